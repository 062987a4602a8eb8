#include "pii_shown.h"

/* The byte at which character `character` begins, from byte `at` on, which begins `*reached`. */
static size_t byte_of(const char *text, size_t at, uint32_t *reached, uint32_t character)
{
    while (text[at] && *reached < character) {
        at++;
        if (((uint8_t)text[at] & 0xc0) != 0x80)
            ++*reached;
    }
    return at;
}

void st_pii_shown_move(struct st_pii_clearing *clearing, const struct st_shown *shown)
{
    const char *text = clearing->cleared.segment.text;
    struct st_pii_entity *entities = clearing->memory; /* they stand at its beginning */
    size_t at = 0;
    uint32_t reached = 0;
    for (size_t i = 0; shown->count > 0 && i < clearing->finding.count; i++) {
        size_t begin = byte_of(text, at, &reached, entities[i].begin);
        at = byte_of(text, begin, &reached, entities[i].end);
        struct st_shown_place place = st_shown_find(shown, begin, at);
        entities[i].begin = place.begin_char;
        entities[i].end = place.end_char;
    }
}
