/* The small words of English that carry the form of what is said, by what they can be in it. */
#ifndef SIDETONE_ANALYTICS_LEXEMES_H
#define SIDETONE_ANALYTICS_LEXEMES_H

#include <stddef.h>
#include <stdint.h>

enum st_lexeme_class {
    ST_LEXEME_WH = 1 << 0,    /* what, when, how, … */
    ST_LEXEME_WH_IS = 1 << 1, /* what's, where'd: with its auxiliary */
    ST_LEXEME_AUX = 1 << 2,
    ST_LEXEME_NEGATED = 1 << 3, /* don't, isn't: auxiliaries */
    ST_LEXEME_SUBJECT = 1 << 4, /* I, you, anyone */
    ST_LEXEME_DETERMINER = 1 << 5,
    ST_LEXEME_OPENER = 1 << 6, /* what people say before they say something: so, okay, please */
    ST_LEXEME_FILLER = 1 << 7, /* um, uh */
    ST_LEXEME_BACKCHANNEL = 1 << 8, /* mhm: I am listening */
    ST_LEXEME_YESNO = 1 << 9,
    ST_LEXEME_NUMBER = 1 << 11,  /* twenty, twenty-one, hundred, oh, point */
    ST_LEXEME_ORDINAL = 1 << 12, /* first … thirty-first, as one word */
    ST_LEXEME_MONTH = 1 << 13,
    ST_LEXEME_STOP = 1 << 10, /* says nothing about the matter */
};

/* Of a folded word; bits, 0 when it is none of these. */
uint16_t st_lexeme_classes(const char *word, size_t bytes);

/* For tests: in order of their bytes; NULL past the last. */
const char *st_lexeme_at(size_t index);

#endif
