#include "net_private.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024, ANY_PORTS_MAX = 16 };

struct address_count {
    struct address_count *next;
    uint32_t connections;
    char address[ST_NET_PEER_BYTES];
};

struct claim {
    struct claim *next;
    uint16_t port;
    char address[];
};

struct st_net_shared {
    pthread_mutex_t lock;
    struct st_config_limits limits;
    uint32_t connections;
    struct address_count *buckets[BUCKETS];
    uint16_t any_ports[ANY_PORTS_MAX];
    struct claim *claims;
};

int st_net_shared_create(struct st_net_shared **ret_shared, const struct st_config_limits *limits)
{
    if (limits->connections == 0 || limits->connections_per_address == 0)
        return -EINVAL;
    struct st_net_shared *shared = st_mem_alloc(sizeof(*shared));
    pthread_mutex_init(&shared->lock, NULL);
    shared->limits = *limits;
    *ret_shared = shared;
    return 0;
}

void st_net_shared_destroy(struct st_net_shared *shared)
{
    if (!shared)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (shared->buckets[i]) {
            struct address_count *count = shared->buckets[i];
            shared->buckets[i] = count->next;
            free(count);
        }
    while (shared->claims) {
        struct claim *claim = shared->claims;
        shared->claims = claim->next;
        free(claim);
    }
    pthread_mutex_destroy(&shared->lock);
    free(shared);
}

static struct address_count **find(struct st_net_shared *shared, const char *address)
{
    uint32_t hash = 2166136261u;
    for (const char *c = address; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    struct address_count **at = &shared->buckets[hash % BUCKETS];
    while (*at && strcmp((*at)->address, address) != 0)
        at = &(*at)->next;
    return at;
}

static int enter_locked(struct st_net_shared *shared, const char *address)
{
    if (shared->connections >= shared->limits.connections)
        return -EAGAIN;
    struct address_count **at = find(shared, address);
    if (*at && (*at)->connections >= shared->limits.connections_per_address)
        return -EDQUOT;
    if (!*at) {
        *at = st_mem_alloc(sizeof(**at));
        snprintf((*at)->address, sizeof((*at)->address), "%s", address);
    }
    (*at)->connections++;
    shared->connections++;
    return 0;
}

int st_net_shared_enter(struct st_net_shared *shared, const char *address)
{
    pthread_mutex_lock(&shared->lock);
    int err = enter_locked(shared, address);
    pthread_mutex_unlock(&shared->lock);
    return err;
}

void st_net_shared_leave(struct st_net_shared *shared, const char *address)
{
    pthread_mutex_lock(&shared->lock);
    struct address_count **at = find(shared, address);
    shared->connections--;
    if (--(*at)->connections == 0) {
        struct address_count *count = *at;
        *at = count->next;
        free(count);
    }
    pthread_mutex_unlock(&shared->lock);
}

uint16_t st_net_shared_port(struct st_net_shared *shared, unsigned index)
{
    pthread_mutex_lock(&shared->lock);
    uint16_t port = index < ANY_PORTS_MAX ? shared->any_ports[index] : 0;
    pthread_mutex_unlock(&shared->lock);
    return port;
}

void st_net_shared_set_port(struct st_net_shared *shared, unsigned index, uint16_t port)
{
    pthread_mutex_lock(&shared->lock);
    if (index < ANY_PORTS_MAX)
        shared->any_ports[index] = port;
    pthread_mutex_unlock(&shared->lock);
}

bool st_net_shared_claim(struct st_net_shared *shared, const char *address, uint16_t port)
{
    pthread_mutex_lock(&shared->lock);
    struct claim *claim = shared->claims;
    while (claim && (claim->port != port || strcmp(claim->address, address) != 0))
        claim = claim->next;
    bool is_known = claim != NULL;
    if (!is_known) {
        claim = st_mem_alloc(sizeof(*claim) + strlen(address) + 1);
        claim->port = port;
        memcpy(claim->address, address, strlen(address) + 1);
        claim->next = shared->claims;
        shared->claims = claim;
    }
    pthread_mutex_unlock(&shared->lock);
    return is_known;
}
