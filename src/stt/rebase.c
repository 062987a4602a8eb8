#include "rebase.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

void st_rebase_fini(struct st_rebase *rebase)
{
    free(rebase->pieces);
    *rebase = (struct st_rebase){0};
}

void st_rebase_reset(struct st_rebase *rebase)
{
    rebase->count = 0;
}

static void reserve(struct st_rebase *rebase)
{
    if (rebase->count < rebase->cap)
        return;
    rebase->cap = rebase->cap ? 2 * rebase->cap : 1;
    rebase->pieces = st_mem_realloc(rebase->pieces, rebase->cap * sizeof(rebase->pieces[0]));
}

void st_rebase_mark(struct st_rebase *rebase, int64_t engine_us, int64_t media_us)
{
    if (rebase->count > 0 && rebase->pieces[rebase->count - 1].engine_us == engine_us)
        rebase->count--;
    const struct st_rebase_piece *last = rebase->count ? &rebase->pieces[rebase->count - 1] : NULL;
    if (last && media_us - last->media_us == engine_us - last->engine_us)
        return;
    if (rebase->count == ST_REBASE_PIECES_MAX) {
        rebase->count--;
        memmove(rebase->pieces, rebase->pieces + 1, rebase->count * sizeof(rebase->pieces[0]));
    }
    reserve(rebase);
    rebase->pieces[rebase->count++] = (struct st_rebase_piece){engine_us, media_us};
}

static int64_t map(const struct st_rebase *rebase, int64_t engine_us, bool is_end)
{
    if (rebase->count == 0)
        return 0;
    unsigned i = rebase->count - 1;
    while (i > 0 && (rebase->pieces[i].engine_us > engine_us ||
                     (is_end && rebase->pieces[i].engine_us == engine_us)))
        i--;
    int64_t since_us = engine_us - rebase->pieces[i].engine_us;
    return rebase->pieces[i].media_us + (since_us > 0 ? since_us : 0);
}

int64_t st_rebase_start_us(const struct st_rebase *rebase, int64_t engine_us)
{
    return map(rebase, engine_us, false);
}

int64_t st_rebase_end_us(const struct st_rebase *rebase, int64_t engine_us)
{
    return map(rebase, engine_us, true);
}

void st_rebase_span(const struct st_rebase *rebase, unsigned i, int64_t fed_us,
                    int64_t *ret_from_us, int64_t *ret_until_us)
{
    const struct st_rebase_piece *piece = rebase->pieces + i;
    int64_t end_us = i + 1 < rebase->count ? piece[1].engine_us : fed_us;
    *ret_from_us = piece->media_us;
    *ret_until_us = piece->media_us + end_us - piece->engine_us;
}
