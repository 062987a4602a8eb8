/*
 * What is said in a stream: three words in each second, of which the first says which second it is.
 *
 * The mark in the audio is these words; an utterance is four seconds of them. Channels end theirs
 * at different times.
 */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_PER_SECOND = 3, WORD_BYTES = 12 };

struct word {
    char text[WORD_BYTES];
    double start_s, end_s; /* within its second */
};

struct word words_of(unsigned second, unsigned index);
bool words_end_utterance(int channel, unsigned second);

/* The second that a word of a transcript names; −1: none. */
int words_read(const char *text, size_t len);

#endif
