/*
 * What an engine calls second 3 is some other second of the call: it counts the audio it was given.
 *
 * A stream's audio is a few pieces of the call, one after another; usually one. Between two lies
 * audio that was shed. Times are mapped piece by piece.
 */
#ifndef SIDETONE_STT_REBASE_H
#define SIDETONE_STT_REBASE_H

#include <stdbool.h>
#include <stdint.h>

enum { ST_REBASE_PIECES_MAX = 32 }; /* beyond it the oldest is forgotten */

struct st_rebase_piece {
    int64_t engine_us;
    int64_t media_us;
};

/* One of zeroes is new. */
struct st_rebase {
    unsigned count, cap;
    struct st_rebase_piece *pieces;
};

void st_rebase_fini(struct st_rebase *rebase);
void st_rebase_reset(struct st_rebase *rebase); /* a new stream */

/* From engine time on, audio is that of media time on, whatever was said of that engine time
 * before. Nothing changes when it already was. */
void st_rebase_mark(struct st_rebase *rebase, int64_t engine_us, int64_t media_us);

/* Where a sound starts, or ends, on the call. A time on the border of two pieces starts the later
 * and ends the earlier one; one before the stream is its beginning. */
int64_t st_rebase_start_us(const struct st_rebase *rebase, int64_t engine_us);
int64_t st_rebase_end_us(const struct st_rebase *rebase, int64_t engine_us);

/* Media time covered by piece `i` of a stream that was given `fed_us` of audio. */
void st_rebase_span(const struct st_rebase *rebase, unsigned i, int64_t fed_us,
                    int64_t *ret_from_us, int64_t *ret_until_us);

#endif
