/*
 * Puts the chunks of one track back in order.
 *
 * A chunk that follows what came before is passed on at once, without a copy; so in an orderly
 * stream nothing is held and nothing is late. Behind a gap, chunks wait until the missing one
 * comes, until the stream has moved on 100 ms, or until the slots are full; then the gap is real. A
 * chunk that comes later still is passed on too: the timeline drops what is too late. Allocates
 * nothing.
 */
#ifndef SIDETONE_INGEST_REORDER_H
#define SIDETONE_INGEST_REORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_REORDER_SLOTS = 5,
    ST_REORDER_CHUNK_BYTES = 480,
    ST_REORDER_WINDOW_US = 100000,
    ST_REORDER_SLACK_US = 10000, /* a smaller gap is rounding, not a missing chunk */
};

struct st_reorder_slot {
    bool is_held;
    int64_t position_us;
    int64_t end_us;
    size_t bytes;
    uint8_t payload[ST_REORDER_CHUNK_BYTES];
};

typedef void (*st_reorder_fn)(void *user, int64_t position_us, const uint8_t *payload,
                              size_t bytes);

struct st_reorder {
    int64_t next_us; /* end of what was passed on */
    st_reorder_fn pass;
    void *user;
    struct st_reorder_slot slots[ST_REORDER_SLOTS];
};

/* Expects the first chunk at position 0. */
void st_reorder_init(struct st_reorder *reorder, st_reorder_fn pass, void *user);

/* bytes ≤ ST_REORDER_CHUNK_BYTES. A chunk with the position of one that is held is dropped. */
void st_reorder_put(struct st_reorder *reorder, int64_t position_us, int64_t end_us,
                    const uint8_t *payload, size_t bytes);

/* The stream, this track or another of the same clock, has come to now_us. */
void st_reorder_advance(struct st_reorder *reorder, int64_t now_us);

/* Passes on everything that is held. */
void st_reorder_flush(struct st_reorder *reorder);

#endif
