/*
 * What a final segment states, sentence by sentence: what is judged, embedded and quoted. Sentences
 * by their punctuation alone, as sentiment counts them, are in written_sentences.h.
 *
 * Where the recogniser punctuates, its marks count; a speaker's pause counts in any case. Where it
 * gives bare words, a new thought is heard in how it begins ("and i …", "so can you …"). Every
 * sentence comes with the words that only open it ("okay, well, so") cut off.
 */
#ifndef SIDETONE_ANALYTICS_STATEMENTS_H
#define SIDETONE_ANALYTICS_STATEMENTS_H

#include "sidetone/segment.h"

enum {
    ST_STATEMENT_WORDS_MAX = 60,   /* a longer one is cut */
    ST_STATEMENTS_MAX = 64,        /* of one segment; the rest is not looked at */
    ST_STATEMENT_BYTES_MAX = 1024, /* a longer one is left out */
};

struct st_statement {
    const char *text; /* borrowed from the segment, not NUL-terminated */
    size_t bytes;
    size_t begin_chars; /* code points of the segment's text, half open */
    size_t end_chars;
    int64_t start_us; /* of its first word, as good as the segment's word times are */
    int64_t end_us;
    unsigned words;
    bool is_question;
};

typedef void (*st_statement_fn)(void *user, const struct st_statement *sentence);

/* In order. Costs time in proportion to the text, and at most ST_STATEMENTS_MAX callbacks. */
void st_statements_split(const struct st_segment *segment, st_statement_fn emit, void *user);

#endif
