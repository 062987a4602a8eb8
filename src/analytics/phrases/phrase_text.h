/*
 * Reads the text of a pattern (the language is in phrase_set.h) into the ways it can be said: parts
 * with gaps between, and for each part the sequences of words that its alternatives allow.
 */
#ifndef SIDETONE_ANALYTICS_PHRASE_TEXT_H
#define SIDETONE_ANALYTICS_PHRASE_TEXT_H

#include "phrase_graph.h"
#include "phrase_set.h"

struct st_phrase_token {
    enum st_phrase_kind kind;
    uint32_t at; /* in chars */
    uint16_t bytes;
    uint16_t joins; /* the last of so many tokens that were one word with hyphens; 0: it was not */
};

/* A way to say a part, from its last word back to its first. */
struct st_phrase_path {
    uint32_t prev; /* the way up to here; 0: nothing */
    uint32_t token;
    uint32_t words;
};

struct st_phrase_part {
    uint32_t first, count; /* in ways */
    unsigned gap;          /* words between it and the part before */
};

/* Kept between texts, so that many are read without allocating for each. */
struct st_phrase_text {
    char *chars;
    size_t char_count, char_cap;
    struct st_phrase_token *tokens;
    uint32_t token_count, token_cap;
    struct st_phrase_path *paths; /* paths[0] is nothing */
    uint32_t path_count, path_cap;
    uint32_t *ways; /* numbers of paths */
    uint32_t way_count, way_cap;
    struct st_phrase_part parts[ST_PHRASE_PARTS_MAX];
    size_t part_count;
};

/* All zero is ready for use. */
void st_phrase_text_fini(struct st_phrase_text *text);

/* NULL, or what is wrong with the pattern: "has no word in it". */
const char *st_phrase_text_read(struct st_phrase_text *text,
                                const struct st_phrase_pattern *pattern);

#endif
