#include "shown.h"

#include "tokens.h"

enum side { BEGINS, ENDS };

/* How many edits begin before the byte, or at it. */
static size_t count_until(const struct st_shown *shown, size_t byte, enum side side)
{
    size_t low = 0, high = shown->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        uint32_t begin = shown->edits[middle].begin;
        if (begin < byte || (begin == byte && side == BEGINS))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t shown_at(const struct st_shown *shown, size_t byte, enum side side)
{
    size_t before = count_until(shown, byte, side);
    if (before == 0)
        return (uint32_t)byte;
    const struct st_shown_edit *last = &shown->edits[before - 1];
    if (byte < last->end)
        return side == BEGINS ? last->shown_begin : last->shown_end;
    return last->shown_end + (uint32_t)(byte - last->end);
}

struct st_shown_range st_shown_range(const struct st_shown *shown, size_t begin, size_t end)
{
    struct st_shown_range range = {.begin = shown_at(shown, begin, BEGINS),
                                   .end = shown_at(shown, end, ENDS)};
    if (range.end < range.begin)
        range.end = range.begin;
    return range;
}

struct st_shown_place st_shown_find(const struct st_shown *shown, size_t begin, size_t end)
{
    struct st_shown_range range = st_shown_range(shown, begin, end);
    size_t before = st_tokens_chars(shown->text, range.begin);
    size_t within = st_tokens_chars(shown->text + range.begin, range.end - range.begin);
    return (struct st_shown_place){.begin = range.begin,
                                   .end = range.end,
                                   .begin_char = (uint32_t)before,
                                   .end_char = (uint32_t)(before + within)};
}
