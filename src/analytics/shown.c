#include "shown.h"

#include "tokens.h"

enum side { BEGINS, ENDS };

static uint32_t shown_at(const struct st_shown *shown, size_t byte, enum side side)
{
    const struct st_shown_edit *last = NULL;
    for (size_t i = 0; i < shown->count && shown->edits[i].begin <= byte; i++)
        if (side == BEGINS || shown->edits[i].begin < byte)
            last = &shown->edits[i];
    if (!last)
        return (uint32_t)byte;
    if (byte < last->end)
        return side == BEGINS ? last->shown_begin : last->shown_end;
    return last->shown_end + (uint32_t)(byte - last->end);
}

struct st_shown_place st_shown_find(const struct st_shown *shown, size_t begin, size_t end)
{
    struct st_shown_place place = {.begin = shown_at(shown, begin, BEGINS),
                                   .end = shown_at(shown, end, ENDS)};
    if (place.end < place.begin)
        place.end = place.begin;
    place.begin_char = (uint32_t)st_tokens_chars(shown->text, place.begin);
    place.end_char = place.begin_char +
                     (uint32_t)st_tokens_chars(shown->text + place.begin, place.end - place.begin);
    return place;
}
