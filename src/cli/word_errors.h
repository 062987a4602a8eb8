/*
 * How many words of a text are wrong, held against what was said.
 *
 * Both are compared without case and punctuation: a word is a run of letters, digits and
 * apostrophes; a hyphen parts words; marks on letters count. The alignment has the fewest errors,
 * and of those with as few the one with the most words right.
 */
#ifndef SIDETONE_CLI_WORD_ERRORS_H
#define SIDETONE_CLI_WORD_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

/* Words for comparing, owned. One of zeroes is empty. */
struct st_words {
    char **words;
    size_t count, cap;
};

void st_words_add(struct st_words *words, const char *text); /* UTF-8; what is not parts words */
void st_words_fini(struct st_words *words);

enum st_word_error_kind {
    ST_WORD_SUBSTITUTED,
    ST_WORD_MISSING, /* said and not heard: a deletion */
    ST_WORD_ADDED,   /* heard and not said: an insertion */
};

const char *st_word_error_name(enum st_word_error_kind kind);

struct st_word_error {
    enum st_word_error_kind kind;
    const char *said, *heard; /* NULL where there is none; borrowed from the words */
    size_t at;                /* words said before it */
};

struct st_word_errors {
    size_t said; /* words */
    size_t counts[ST_WORD_ADDED + 1];
    struct st_word_error *list; /* in order */
    size_t count;
};

/* 0, or -ENOBUFS when they are too long to be compared (more than 16,000 words each). */
int st_word_errors_find(struct st_word_errors *ret_errors, const struct st_words *said,
                        const struct st_words *heard);
void st_word_errors_fini(struct st_word_errors *errors);
/* Errors per word said; 0 of nothing, and 1 of nothing with errors. */
double st_word_errors_rate(const struct st_word_errors *errors);

#endif
