#include "align.h"

#include "sidetone/mem.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* How the path came to a cell. */
enum move { MOVE_STAY, MOVE_NEXT, MOVE_SKIP };

/* One row of sums from the row above; `above` is NULL for the first. */
static void fill_row(const float *weights, const float *above, size_t frames, float *sums,
                     uint8_t *moves)
{
    for (size_t i = 0; i < frames; i++) {
        float best = i > 0 ? sums[i - 1] : above ? -INFINITY : 0;
        moves[i] = MOVE_STAY;
        if (above && i > 0 && above[i - 1] > best) {
            best = above[i - 1];
            moves[i] = MOVE_NEXT;
        }
        if (above && above[i] > best) {
            best = above[i];
            moves[i] = MOVE_SKIP;
        }
        sums[i] = best + weights[i];
    }
}

static void trace_back(const uint8_t *moves, size_t tokens, size_t frames, size_t *ret_starts)
{
    size_t token = tokens - 1, frame = frames - 1;
    for (;;) {
        ret_starts[token] = frame;
        enum move move = (enum move)moves[token * frames + frame];
        if (token == 0 && frame == 0)
            return;
        if (move != MOVE_STAY)
            token--;
        if (move != MOVE_SKIP)
            frame--;
    }
}

void st_align_run(const float *const *rows, size_t tokens, size_t frames, size_t *ret_starts)
{
    float *sums = st_mem_alloc_array(2 * frames, sizeof(*sums));
    uint8_t *moves = st_mem_alloc_array(tokens, frames);
    for (size_t token = 0; token < tokens; token++) {
        float *row = sums + (token % 2) * frames;
        const float *above = token > 0 ? sums + ((token + 1) % 2) * frames : NULL;
        fill_row(rows[token], above, frames, row, moves + token * frames);
    }
    trace_back(moves, tokens, frames, ret_starts);
    free(moves);
    free(sums);
}
