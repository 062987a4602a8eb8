#include "call_internal.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct node {
    struct node *next;
    struct directory_entry entry;
    char call_id[];
};

struct directory {
    pthread_mutex_t lock;
    struct node *buckets[BUCKETS];
};

struct directory *directory_create(void)
{
    struct directory *directory = st_mem_alloc(sizeof(*directory));
    pthread_mutex_init(&directory->lock, NULL);
    return directory;
}

void directory_destroy(struct directory *directory)
{
    if (!directory)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct node *next;
        for (struct node *at = directory->buckets[i]; at; at = next) {
            next = at->next;
            free(at);
        }
    }
    pthread_mutex_destroy(&directory->lock);
    free(directory);
}

/* FNV-1a. */
static size_t bucket_of(const char *call_id)
{
    uint32_t hash = 2166136261U;
    for (; *call_id; call_id++)
        hash = (hash ^ (uint8_t)*call_id) * 16777619U;
    return hash % BUCKETS;
}

/* The link that points at the id's node, or at NULL. Under the lock. */
static struct node **locate(struct directory *directory, const char *call_id)
{
    struct node **link = &directory->buckets[bucket_of(call_id)];
    while (*link && strcmp((*link)->call_id, call_id) != 0)
        link = &(*link)->next;
    return link;
}

int directory_claim(struct directory *directory, const char *call_id,
                    const struct directory_entry *entry, struct directory_entry *ret_present)
{
    int err = 0;
    *ret_present = (struct directory_entry){0};
    pthread_mutex_lock(&directory->lock);
    struct node **link = locate(directory, call_id);
    if (*link) {
        *ret_present = (*link)->entry;
        if ((*link)->entry.is_ended)
            (*link)->entry = *entry;
        else
            err = -EEXIST;
    } else {
        size_t bytes = strlen(call_id) + 1;
        struct node *node = st_mem_alloc(sizeof(*node) + bytes);
        node->entry = *entry;
        memcpy(node->call_id, call_id, bytes);
        *link = node;
    }
    pthread_mutex_unlock(&directory->lock);
    return err;
}

bool directory_find_live(struct directory *directory, const char *call_id,
                         struct directory_entry *ret_present)
{
    pthread_mutex_lock(&directory->lock);
    const struct node *node = *locate(directory, call_id);
    bool is_live = node && !node->entry.is_ended;
    if (is_live)
        *ret_present = node->entry;
    pthread_mutex_unlock(&directory->lock);
    return is_live;
}

bool directory_find(struct directory *directory, const char *call_id,
                    struct directory_entry *ret_present)
{
    pthread_mutex_lock(&directory->lock);
    const struct node *node = *locate(directory, call_id);
    if (node)
        *ret_present = node->entry;
    pthread_mutex_unlock(&directory->lock);
    return node != NULL;
}

void directory_set_ended(struct directory *directory, const char *call_id, uint64_t serial)
{
    pthread_mutex_lock(&directory->lock);
    struct node *node = *locate(directory, call_id);
    if (node && node->entry.serial == serial)
        node->entry.is_ended = true;
    pthread_mutex_unlock(&directory->lock);
}

void directory_release(struct directory *directory, const char *call_id, uint64_t serial)
{
    pthread_mutex_lock(&directory->lock);
    struct node **link = locate(directory, call_id);
    struct node *node = *link;
    if (node && node->entry.serial == serial) {
        *link = node->next;
        free(node);
    }
    pthread_mutex_unlock(&directory->lock);
}
