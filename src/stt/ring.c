#include "ring.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS_PER_SECOND = 10,
    SPARES_MAX = 16 * BLOCKS_PER_SECOND, /* a long utterance's: the next one allocates nothing */
    BLOCK_SAMPLES_MAX = 48000 / BLOCKS_PER_SECOND,
    SECOND_US = 1000000,
};

struct st_ring_block {
    struct st_ring_block *next;
    int64_t first;
    bool is_silent;
    int16_t samples[]; /* none when it is silent */
};

static const int16_t silence[BLOCK_SAMPLES_MAX];

void st_ring_init(struct st_ring *ring, uint32_t rate_hz, int64_t span_us)
{
    *ring = (struct st_ring){.rate_hz = rate_hz, .block_samples = rate_hz / BLOCKS_PER_SECOND};
    assert(ring->block_samples <= BLOCK_SAMPLES_MAX);
    ring->samples_max = span_us * rate_hz / SECOND_US;
    if (ring->samples_max < ring->block_samples)
        ring->samples_max = ring->block_samples;
}

static void free_blocks(struct st_ring_block *block)
{
    while (block) {
        struct st_ring_block *next = block->next;
        free(block);
        block = next;
    }
}

void st_ring_fini(struct st_ring *ring)
{
    free_blocks(ring->head);
    free_blocks(ring->spares[false].head);
    free_blocks(ring->spares[true].head);
    *ring = (struct st_ring){0};
}

static struct st_ring_block *take_block(struct st_ring *ring, bool is_silent)
{
    struct st_ring_spares *spares = &ring->spares[is_silent];
    struct st_ring_block *block = spares->head;
    if (block) {
        spares->head = block->next;
        spares->count--;
    } else {
        size_t samples = is_silent ? 0 : ring->block_samples;
        block = st_mem_alloc(sizeof(*block) + samples * sizeof(block->samples[0]));
        block->is_silent = is_silent;
    }
    block->next = NULL;
    return block;
}

static void give_block(struct st_ring *ring, struct st_ring_block *block)
{
    struct st_ring_spares *spares = &ring->spares[block->is_silent];
    if (spares->count >= SPARES_MAX) {
        free(block);
        return;
    }
    block->next = spares->head;
    spares->head = block;
    spares->count++;
}

/* The pointer that leads to the last block. */
static struct st_ring_block **find_tail(struct st_ring *ring)
{
    struct st_ring_block **link = &ring->head;
    while (*link != ring->tail)
        link = &(*link)->next;
    return link;
}

static void append_block(struct st_ring *ring, bool is_silent)
{
    struct st_ring_block *block = take_block(ring, is_silent);
    block->first = ring->next;
    if (ring->tail)
        ring->tail->next = block;
    else
        ring->head = block;
    ring->tail = block;
}

/* A sound comes while the last block is silence. */
static void give_tail_samples(struct st_ring *ring)
{
    struct st_ring_block *silent = ring->tail, *block = take_block(ring, false);
    block->first = silent->first;
    memset(block->samples, 0, (size_t)(ring->next - block->first) * sizeof(block->samples[0]));
    *find_tail(ring) = block;
    ring->tail = block;
    if (ring->cursor == silent)
        ring->cursor = block;
    give_block(ring, silent);
}

int64_t st_ring_excess(const struct st_ring *ring, size_t count)
{
    int64_t excess = ring->next - ring->first + (int64_t)count - ring->samples_max;
    return excess > 0 ? excess : 0;
}

void st_ring_put(struct st_ring *ring, const struct st_frame *frame)
{
    assert(st_ring_excess(ring, frame->count) == 0 || ring->first == ring->next);
    if (ring->next == 0)
        ring->base_us = frame->media_us;
    for (size_t done = 0; done < frame->count;) {
        bool is_block_full = !ring->tail || ring->next == ring->tail->first + ring->block_samples;
        size_t at = is_block_full ? 0 : (size_t)(ring->next - ring->tail->first);
        size_t n = ring->block_samples - at;
        if (n > frame->count - done)
            n = frame->count - done;
        size_t bytes = n * sizeof(frame->samples[0]);
        bool is_silent = memcmp(frame->samples + done, silence, bytes) == 0;
        if (is_block_full)
            append_block(ring, is_silent);
        else if (ring->tail->is_silent && !is_silent)
            give_tail_samples(ring);
        if (!ring->tail->is_silent)
            memcpy(ring->tail->samples + at, frame->samples + done, bytes);
        ring->next += (int64_t)n;
        done += n;
    }
}

void st_ring_drop(struct st_ring *ring, int64_t index)
{
    if (index <= ring->first)
        return;
    ring->first = index < ring->next ? index : ring->next;
    while (ring->head && ring->head->first + ring->block_samples <= ring->first) {
        struct st_ring_block *block = ring->head;
        ring->head = block->next;
        if (ring->tail == block)
            ring->tail = NULL;
        if (ring->cursor == block)
            ring->cursor = NULL;
        give_block(ring, block);
    }
}

size_t st_ring_peek(struct st_ring *ring, int64_t index, const int16_t **ret_samples)
{
    assert(index >= ring->first);
    if (index >= ring->next)
        return 0;
    struct st_ring_block *block = ring->cursor;
    if (!block || block->first > index)
        block = ring->head;
    while (block->first + ring->block_samples <= index)
        block = block->next;
    ring->cursor = block;
    size_t at = (size_t)(index - block->first);
    int64_t held = ring->next - index;
    *ret_samples = (block->is_silent ? silence : block->samples) + at;
    return held < (int64_t)(ring->block_samples - at) ? (size_t)held : ring->block_samples - at;
}

size_t st_ring_read(struct st_ring *ring, int64_t index, int16_t *out, size_t count)
{
    size_t done = 0;
    while (done < count) {
        const int16_t *samples;
        size_t n = st_ring_peek(ring, index + (int64_t)done, &samples);
        if (n == 0)
            break;
        if (n > count - done)
            n = count - done;
        memcpy(out + done, samples, n * sizeof(out[0]));
        done += n;
    }
    return done;
}

int64_t st_ring_media_us(const struct st_ring *ring, int64_t index)
{
    return ring->base_us + index * SECOND_US / ring->rate_hz;
}

int64_t st_ring_index(const struct st_ring *ring, int64_t media_us)
{
    int64_t since_us = media_us - ring->base_us;
    if (since_us <= 0)
        return 0;
    if (since_us > INT64_MAX / ring->rate_hz)
        return INT64_MAX;
    return since_us * ring->rate_hz / SECOND_US;
}
