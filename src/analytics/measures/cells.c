#include "cells.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

enum { GROW_BY = 32 };

static uint32_t greater(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void st_cells_fini(struct st_cells *cells)
{
    free(cells->list);
    memset(cells, 0, sizeof(*cells));
}

static void add_channels(struct st_cell *sum, const struct st_cell *cell, double share)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        sum->channels[i].talk_ms += (uint32_t)(cell->channels[i].talk_ms * share);
        sum->channels[i].interruption_ms += (uint32_t)(cell->channels[i].interruption_ms * share);
        sum->channels[i].words += (uint32_t)(cell->channels[i].words * share + 0.5);
        sum->channels[i].segments += (uint32_t)(cell->channels[i].segments * share + 0.5);
        sum->channels[i].interruptions += (uint32_t)(cell->channels[i].interruptions * share + 0.5);
        sum->channels[i].loudness_sum += (uint32_t)(cell->channels[i].loudness_sum * share);
        sum->channels[i].loudness_seconds += (uint32_t)(cell->channels[i].loudness_seconds * share);
        sum->channels[i].loudness_max =
            greater(sum->channels[i].loudness_max, cell->channels[i].loudness_max);
    }
}

static void add_share(struct st_cell *sum, const struct st_cell *cell, double share,
                      uint32_t longest_ms)
{
    add_channels(sum, cell, share);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        sum->channels[i].monologue_ms = greater(sum->channels[i].monologue_ms,
                                                lesser(cell->channels[i].monologue_ms, longest_ms));
    sum->overlap_ms += (uint32_t)(cell->overlap_ms * share);
    sum->non_talk_ms += (uint32_t)(cell->non_talk_ms * share);
    sum->non_talks += (uint32_t)(cell->non_talks * share + 0.5);
    sum->non_talk_longest_ms =
        greater(sum->non_talk_longest_ms, lesser(cell->non_talk_longest_ms, longest_ms));
}

void st_cell_add(struct st_cell *sum, const struct st_cell *cell)
{
    add_share(sum, cell, 1, UINT32_MAX);
}

static void halve(struct st_cells *cells)
{
    size_t pairs = (cells->count + 1) / 2;
    for (size_t i = 0; i < pairs; i++) {
        struct st_cell sum = cells->list[2 * i];
        if (2 * i + 1 < cells->count)
            st_cell_add(&sum, &cells->list[2 * i + 1]);
        cells->list[i] = sum;
    }
    cells->count = pairs;
    cells->step_ms *= 2;
}

void st_cells_put(struct st_cells *cells, uint32_t ms, const struct st_cell *cell)
{
    if (cells->step_ms == 0)
        cells->step_ms = ST_CELLS_STEP_MS;
    while (ms / cells->step_ms >= ST_CELLS_MAX)
        halve(cells);
    size_t at = ms / cells->step_ms;
    if (at >= cells->cap) {
        cells->cap = (at / GROW_BY + 1) * GROW_BY;
        cells->list = st_mem_realloc(cells->list, cells->cap * sizeof(*cells->list));
    }
    for (; cells->count <= at; cells->count++)
        memset(&cells->list[cells->count], 0, sizeof(*cells->list));
    st_cell_add(&cells->list[at], cell);
    cells->end_ms = greater(cells->end_ms, ms + ST_CELLS_STEP_MS);
}

void st_cells_sum(const struct st_cells *cells, uint32_t from_ms, uint32_t until_ms,
                  struct st_cell *sum)
{
    for (size_t i = cells->step_ms > 0 ? from_ms / cells->step_ms : 0; i < cells->count; i++) {
        uint32_t start_ms = (uint32_t)i * cells->step_ms;
        uint32_t end_ms = lesser(start_ms + cells->step_ms, cells->end_ms);
        if (start_ms >= until_ms || from_ms >= end_ms)
            break;
        uint32_t covered_ms = lesser(end_ms, until_ms) - greater(start_ms, from_ms);
        add_share(sum, &cells->list[i], (double)covered_ms / (end_ms - start_ms), covered_ms);
    }
}
