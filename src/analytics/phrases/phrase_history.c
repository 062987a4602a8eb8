#include "phrase_history.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void st_phrase_history_init(struct st_phrase_history *history, size_t len)
{
    *history = (struct st_phrase_history){.len = len};
}

void st_phrase_history_fini(struct st_phrase_history *history)
{
    free(history->ring);
    free(history->text);
    *history = (struct st_phrase_history){0};
}

void st_phrase_history_branch(struct st_phrase_history *history,
                              const struct st_phrase_history *trunk)
{
    assert(history->len == trunk->len);
    history->trunk = trunk;
    history->first = history->count = trunk->count;
    history->used = 0;
}

uint64_t st_phrase_history_oldest(const struct st_phrase_history *history)
{
    uint64_t oldest = history->count > history->len ? history->count - history->len : 0;
    return oldest > history->first ? oldest : history->first;
}

/* Moves what is still needed to the front, and grows when that is most of it. */
static void make_room(struct st_phrase_history *history, size_t bytes)
{
    uint64_t oldest = st_phrase_history_oldest(history);
    size_t base = oldest < history->count ? history->ring[oldest % history->len].at : history->used;
    if (base > 0)
        memmove(history->text, history->text + base, history->used - base);
    history->used -= base;
    for (uint64_t i = oldest; i < history->count; i++)
        history->ring[i % history->len].at -= (uint32_t)base;
    size_t needed = history->used + bytes;
    if (needed + needed / 4 >= history->cap) {
        history->cap = needed + needed / 2 + 16;
        history->text = st_mem_realloc(history->text, history->cap);
    }
}

void st_phrase_history_put(struct st_phrase_history *history, const char *text, size_t bytes,
                           struct st_phrase_spoken spoken)
{
    if (!history->ring)
        history->ring = st_mem_alloc_array(history->len, sizeof(*history->ring));
    if (history->used + bytes >= history->cap)
        make_room(history, bytes);
    memcpy(history->text + history->used, text, bytes);
    spoken.at = (uint32_t)history->used;
    spoken.bytes = bytes & 0x3fffffff;
    history->used += bytes;
    history->ring[history->count++ % history->len] = spoken;
}

const struct st_phrase_spoken *st_phrase_history_at(const struct st_phrase_history *history,
                                                    uint64_t number, const char **ret_text)
{
    if (number < history->first && history->trunk)
        history = history->trunk;
    const struct st_phrase_spoken *spoken = &history->ring[number % history->len];
    *ret_text = history->text + spoken->at;
    return spoken;
}

size_t st_phrase_history_bytes(const struct st_phrase_history *history)
{
    return (history->ring ? history->len * sizeof(*history->ring) : 0) + history->cap;
}
