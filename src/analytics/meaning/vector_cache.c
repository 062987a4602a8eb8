/*
 * A text is known by two 64-bit hashes, one of which is keyed when the process starts: that another
 * text has both is as good as impossible, and no caller can arrange it. No text is kept.
 */
#include "vector_cache.h"

#include "sidetone/mem.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { PLACES = 4 }; /* that a text may stand in */

struct key {
    uint64_t plain, keyed;
};

struct place {
    struct key key;
    uint64_t used; /* 0: free */
};

struct st_vector_cache {
    pthread_mutex_t lock;
    uint64_t secret;
    uint64_t clock;
    size_t sets, len;
    struct place *places;
    float *vectors;
};

struct st_vector_cache *st_vector_cache_create(size_t count, size_t len)
{
    struct st_vector_cache *cache = st_mem_alloc(sizeof(*cache));
    pthread_mutex_init(&cache->lock, NULL);
    if (getrandom(&cache->secret, sizeof(cache->secret), 0) != sizeof(cache->secret))
        cache->secret = (uintptr_t)cache;
    cache->sets = count / PLACES + 1;
    cache->len = len;
    cache->places = st_mem_alloc_array(cache->sets * PLACES, sizeof(*cache->places));
    cache->vectors = st_mem_alloc_array(cache->sets * PLACES, len * sizeof(float));
    return cache;
}

void st_vector_cache_destroy(struct st_vector_cache *cache)
{
    if (!cache)
        return;
    pthread_mutex_destroy(&cache->lock);
    free(cache->places);
    free(cache->vectors);
    free(cache);
}

static uint64_t mix(uint64_t hash, uint8_t byte)
{
    hash = (hash ^ byte) * 0x9fb21c651e98df25U;
    return hash ^ hash >> 29;
}

static struct key key_of(const struct st_vector_cache *cache, const char *text)
{
    struct key key = {.plain = 0xcbf29ce484222325U, .keyed = cache->secret};
    size_t bytes = strlen(text);
    while (bytes > 0 && text[bytes - 1] == ' ')
        bytes--;
    while (bytes > 0 && *text == ' ') {
        text++;
        bytes--;
    }
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
        key.plain = (key.plain ^ (uint8_t)c) * 0x100000001b3U;
        key.keyed = mix(key.keyed, (uint8_t)c);
    }
    return key;
}

static struct place *find(const struct st_vector_cache *cache, struct key key)
{
    struct place *first = &cache->places[key.keyed % cache->sets * PLACES];
    for (struct place *place = first; place < first + PLACES; place++)
        if (place->used > 0 && place->key.plain == key.plain && place->key.keyed == key.keyed)
            return place;
    return NULL;
}

static float *vector_of(const struct st_vector_cache *cache, const struct place *place)
{
    return cache->vectors + (size_t)(place - cache->places) * cache->len;
}

bool st_vector_cache_find(struct st_vector_cache *cache, const char *text, float *ret_vector)
{
    struct key key = key_of(cache, text);
    pthread_mutex_lock(&cache->lock);
    struct place *place = find(cache, key);
    if (place) {
        place->used = ++cache->clock;
        memcpy(ret_vector, vector_of(cache, place), cache->len * sizeof(float));
    }
    pthread_mutex_unlock(&cache->lock);
    return place != NULL;
}

void st_vector_cache_put(struct st_vector_cache *cache, const char *text, const float *vector)
{
    struct key key = key_of(cache, text);
    pthread_mutex_lock(&cache->lock);
    struct place *place = find(cache, key);
    if (!place) {
        struct place *first = &cache->places[key.keyed % cache->sets * PLACES];
        place = first;
        for (struct place *other = first + 1; other < first + PLACES; other++)
            if (other->used < place->used)
                place = other;
    }
    *place = (struct place){.key = key, .used = ++cache->clock};
    memcpy(vector_of(cache, place), vector, cache->len * sizeof(float));
    pthread_mutex_unlock(&cache->lock);
}
