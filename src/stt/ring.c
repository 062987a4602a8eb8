#include "ring.h"

#include "law.h"
#include "spare_blocks.h"

#include <assert.h>
#include <string.h>

enum {
    BLOCKS_PER_SECOND = 10,
    BLOCK_SAMPLES_MAX = 48000 / BLOCKS_PER_SECOND,
    SECOND_US = 1000000,
    HISTORY = ST_RESAMPLER_HISTORY,
};

static const int16_t silence[BLOCK_SAMPLES_MAX];

void st_ring_init(struct st_ring *ring, uint32_t rate_hz, int64_t span_us)
{
    *ring = (struct st_ring){
        .rate_hz = rate_hz, .block_samples = rate_hz / BLOCKS_PER_SECOND, .law = ST_CODEC_PCMU};
    assert(ring->block_samples <= BLOCK_SAMPLES_MAX && ring->block_samples % 2 == 0);
    ring->samples_max = span_us * rate_hz / SECOND_US;
    if (ring->samples_max < ring->block_samples)
        ring->samples_max = ring->block_samples;
    st_spare_blocks_join();
}

void st_ring_fini(struct st_ring *ring)
{
    while (ring->head) {
        struct st_ring_block *block = ring->head;
        ring->head = block->next;
        st_spare_blocks_give(block);
    }
    st_spare_blocks_leave();
    *ring = (struct st_ring){0};
}

/* ---- blocks ---- */

static uint32_t room_of(const struct st_ring *ring, enum st_ring_form form)
{
    if (form == ST_RING_SILENT)
        return 0;
    return form == ST_RING_HALF ? HISTORY + ring->block_samples / 2 : ring->block_samples;
}

static struct st_ring_block *take_block(struct st_ring *ring, enum st_ring_form form,
                                        enum st_codec codec)
{
    uint32_t room = room_of(ring, form);
    struct st_ring_block *block =
        st_spare_blocks_take(codec == ST_CODEC_L16LE ? room : (room + 1) / 2);
    block->form = (uint8_t)form;
    block->codec = (uint8_t)codec;
    block->next = NULL;
    return block;
}

/* The pointer that leads to the last block. */
static struct st_ring_block **find_tail(struct st_ring *ring)
{
    struct st_ring_block **link = &ring->head;
    while (*link != ring->tail)
        link = &(*link)->next;
    return link;
}

static void replace_tail(struct st_ring *ring, struct st_ring_block *block)
{
    struct st_ring_block *before = ring->tail;
    block->first = before->first;
    *find_tail(ring) = block;
    ring->tail = block;
    if (ring->cursor == before)
        ring->cursor = block;
    st_spare_blocks_give(before);
}

/* In the first place by the law that fitted last. */
static void squeeze_tail(struct st_ring *ring)
{
    const struct st_ring_block *tail = ring->tail;
    uint32_t room = room_of(ring, tail->form);
    struct st_ring_block *block = take_block(ring, tail->form, ring->law);
    enum st_codec other = ring->law == ST_CODEC_PCMU ? ST_CODEC_PCMA : ST_CODEC_PCMU;
    uint8_t *octets = (uint8_t *)block->samples;
    if (!st_law_encode(ring->law, tail->samples, room, octets)) {
        if (!st_law_encode(other, tail->samples, room, octets)) {
            st_spare_blocks_give(block);
            return;
        }
        ring->law = other;
    }
    block->codec = (uint8_t)ring->law;
    replace_tail(ring, block);
}

static void append_block(struct st_ring *ring, enum st_ring_form form)
{
    if (ring->tail && ring->tail->form != ST_RING_SILENT)
        squeeze_tail(ring);
    struct st_ring_block *block = take_block(ring, form, ST_CODEC_L16LE);
    block->first = ring->next;
    if (form == ST_RING_HALF)
        memcpy(block->samples, ring->history, sizeof(ring->history));
    if (ring->tail)
        ring->tail->next = block;
    else
        ring->head = block;
    ring->tail = block;
}

/* `at` counts samples of the ring. */
static int16_t *place(struct st_ring_block *block, size_t at)
{
    return block->form == ST_RING_HALF ? block->samples + HISTORY + at / 2 : block->samples + at;
}

static enum st_ring_form sound_form(const struct st_ring *ring)
{
    return ring->is_half ? ST_RING_HALF : ST_RING_WHOLE;
}

/* A sound comes while the last block is silence, and so was what came before it. */
static void give_tail_samples(struct st_ring *ring)
{
    struct st_ring_block *block = take_block(ring, sound_form(ring), ST_CODEC_L16LE);
    size_t so_far = (size_t)(ring->next - ring->tail->first);
    size_t bytes = (size_t)((char *)place(block, so_far) - (char *)block->samples);
    memset(block->samples, 0, bytes);
    replace_tail(ring, block);
}

/* ---- in ---- */

size_t st_ring_count(const struct st_ring *ring, const struct st_frame *frame)
{
    return frame->rate_hz == ring->rate_hz ? frame->count : 2 * (size_t)frame->count;
}

int64_t st_ring_excess(const struct st_ring *ring, size_t count)
{
    int64_t excess = ring->next - ring->first + (int64_t)count - ring->samples_max;
    return excess > 0 ? excess : 0;
}

/* What comes next is at the whole rate. */
static void leave_half(struct st_ring *ring)
{
    struct st_ring_block *half = ring->tail;
    ring->is_half = false;
    if (!half || half->form != ST_RING_HALF || ring->next == half->first + ring->block_samples)
        return;
    struct st_ring_block *block = take_block(ring, ST_RING_WHOLE, ST_CODEC_L16LE);
    st_resampler_double(place(half, 0), (size_t)(ring->next - half->first) / 2, block->samples);
    replace_tail(ring, block);
}

static void remember(struct st_ring *ring, const int16_t *samples, size_t count)
{
    size_t n = count < HISTORY ? count : HISTORY;
    memmove(ring->history, ring->history + n, (HISTORY - n) * sizeof(*samples));
    memcpy(ring->history + HISTORY - n, samples + count - n, n * sizeof(*samples));
}

static bool is_history_silent(const struct st_ring *ring)
{
    return memcmp(ring->history, silence, sizeof(ring->history)) == 0;
}

static void put_some(struct st_ring *ring, size_t at, const int16_t *samples, size_t count)
{
    size_t bytes = count * sizeof(*samples);
    bool is_silent = memcmp(samples, silence, bytes) == 0;
    if (at == 0)
        append_block(ring,
                     is_silent && is_history_silent(ring) ? ST_RING_SILENT : sound_form(ring));
    else if (ring->tail->form == ST_RING_SILENT && !is_silent)
        give_tail_samples(ring);
    if (ring->tail->form != ST_RING_SILENT)
        memcpy(place(ring->tail, at), samples, bytes);
    if (ring->is_half)
        remember(ring, samples, count);
}

void st_ring_put(struct st_ring *ring, const struct st_frame *frame)
{
    size_t step = st_ring_count(ring, frame) == frame->count ? 1 : 2;
    assert(frame->rate_hz * step == ring->rate_hz);
    assert(st_ring_excess(ring, frame->count * step) == 0 || ring->first == ring->next);
    if (ring->next == 0) {
        ring->base_us = frame->media_us;
        ring->is_half = step == 2;
    }
    if (ring->is_half && step == 1)
        leave_half(ring);
    assert(ring->is_half == (step == 2));
    for (size_t done = 0; done < frame->count;) {
        bool is_block_full = !ring->tail || ring->next == ring->tail->first + ring->block_samples;
        size_t at = is_block_full ? 0 : (size_t)(ring->next - ring->tail->first);
        size_t n = (ring->block_samples - at) / step;
        if (n > frame->count - done)
            n = frame->count - done;
        put_some(ring, at, frame->samples + done, n);
        ring->next += (int64_t)(n * step);
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
        st_spare_blocks_give(block);
    }
}

/* ---- out ---- */

static struct st_ring_block *find_block(struct st_ring *ring, int64_t index)
{
    struct st_ring_block *block = ring->cursor;
    assert(index >= ring->first);
    if (!block || block->first > index)
        block = ring->head;
    while (block->first + ring->block_samples <= index)
        block = block->next;
    ring->cursor = block;
    return block;
}

/* From `index` to the end of its block, or of what is held. */
static size_t count_left(const struct st_ring *ring, const struct st_ring_block *block,
                         int64_t index)
{
    int64_t held = ring->next - index, left = block->first + ring->block_samples - index;
    return (size_t)(held < left ? held : left);
}

size_t st_ring_peek(struct st_ring *ring, int64_t index, const int16_t **ret_samples)
{
    if (index >= ring->next)
        return 0;
    struct st_ring_block *block = find_block(ring, index);
    size_t at = (size_t)(index - block->first);
    if (block->form == ST_RING_HALF || block->codec != ST_CODEC_L16LE)
        return 0;
    *ret_samples = (block->form == ST_RING_SILENT ? silence : block->samples) + at;
    return count_left(ring, block, index);
}

/* Two samples become of one: the first and the last that are wanted may be half of such a pair. */
static void read_doubled(const int16_t *samples, size_t at, int16_t *out, size_t count)
{
    int16_t pair[2];
    size_t odd = at % 2, pairs = (count - odd) / 2;
    const int16_t *from = samples + HISTORY + at / 2;
    if (odd) {
        st_resampler_double(from, 1, pair);
        out[0] = pair[1];
    }
    st_resampler_double(from + odd, pairs, out + odd);
    if (odd + 2 * pairs < count) {
        st_resampler_double(from + odd + pairs, 1, pair);
        out[count - 1] = pair[0];
    }
}

static void read_block(const struct st_ring *ring, const struct st_ring_block *block, size_t at,
                       int16_t *out, size_t count)
{
    int16_t decoded[HISTORY + BLOCK_SAMPLES_MAX];
    const int16_t *samples = block->samples;
    if (block->form == ST_RING_SILENT)
        samples = silence;
    if (block->codec != ST_CODEC_L16LE) {
        st_codec_decode(block->codec, (const uint8_t *)samples, room_of(ring, block->form), 0, 1,
                        decoded);
        samples = decoded;
    }
    if (block->form == ST_RING_HALF)
        read_doubled(samples, at, out, count);
    else
        memcpy(out, samples + at, count * sizeof(out[0]));
}

size_t st_ring_read(struct st_ring *ring, int64_t index, int16_t *out, size_t count)
{
    size_t done = 0;
    while (done < count && index + (int64_t)done < ring->next) {
        int64_t from = index + (int64_t)done;
        const struct st_ring_block *block = find_block(ring, from);
        size_t left = count_left(ring, block, from), n = count - done < left ? count - done : left;
        read_block(ring, block, (size_t)(from - block->first), out + done, n);
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
