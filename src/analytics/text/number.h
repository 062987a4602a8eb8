/*
 * Numbers in a phrase: which words are one, and in which other ways it is said and written. Numbers
 * of a transcript that is shown in digits are in written_number.h.
 *
 * Read are digits ("411", "1,200"), cardinals up to the millions ("forty five", "four hundred and
 * eleven", "a thousand"), digits one by one ("four one one", "oh" and "double five" between
 * others), and ordinals up to 99 ("twenty first", "21st"). Neighbours are one number: "555 1234" is
 * "5551234" is "five five five twelve thirty four".
 */
#ifndef SIDETONE_ANALYTICS_SPOKEN_NUMBER_H
#define SIDETONE_ANALYTICS_SPOKEN_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum {
    ST_NUMBER_DIGITS_MAX = 32, /* of a run; a longer one is matched as written alone */
    ST_NUMBER_SAID_BYTES_MAX = 160,
};

struct st_number_word {
    const char *text; /* folded */
    size_t bytes;
};

struct st_number {
    size_t words; /* read; 0: this is not a number */
    size_t len;   /* of digits */
    char digits[ST_NUMBER_DIGITS_MAX + 1];
    bool is_ordinal;
    bool is_written; /* in digits */
};

/* The longest number at the beginning of `words`. `is_among_digits`: there is a number before it,
 * so that "oh" is a zero. */
void st_number_read(const struct st_number_word *words, size_t count, bool is_among_digits,
                    struct st_number *ret_number);

/* A cardinal of up to nine digits in words with blanks between ("four hundred and eleven"). Empty
 * when it is not said so: with a leading zero, or longer. */
void st_number_say(const char *digits, size_t len, bool has_and, bool has_a, char *ret_said);

/* 1…99: "twenty first" and "21st". */
void st_number_say_ordinal(unsigned value, char *ret_said, char *ret_written);

/* "zero" … "nineteen" by value, "twenty" … "ninety" by value / 10 (2…9). */
extern const char *const st_number_units[20];
extern const char *const st_number_tens[10];

#endif
