/*
 * The closed word classes of personal data, and the phrases that announce it: tables only.
 *
 * A cue is a phrase after which, or in answer to which, a kind of data is to be expected. Strong
 * ones ask for or name the datum itself ("card number"), weak ones only its surroundings ("card").
 */
#ifndef SIDETONE_ANALYTICS_PII_WORDS_H
#define SIDETONE_ANALYTICS_PII_WORDS_H

#include <stdbool.h>
#include <stdint.h>

enum st_pii_class {
    ST_PII_W_DIGIT = 1 << 0,
    ST_PII_W_OH = 1 << 1, /* a zero only between digits */
    ST_PII_W_TEEN = 1 << 2,
    ST_PII_W_TENS = 1 << 3,
    ST_PII_W_HUNDRED = 1 << 4,
    ST_PII_W_THOUSAND = 1 << 5, /* and above; value: zeros */
    ST_PII_W_REPEAT = 1 << 6,   /* double, triple */
    ST_PII_W_ORDINAL = 1 << 7,
    ST_PII_W_MONTH = 1 << 8,
    ST_PII_W_DAY = 1 << 9, /* of the week */
    ST_PII_W_NATO = 1 << 10,
    ST_PII_W_LETTER = 1 << 11,
    ST_PII_W_FILLER = 1 << 12, /* hesitation, assent */
    ST_PII_W_LEAD = 1 << 13,   /* what an answer may begin with */
    ST_PII_W_JOIN = 1 << 14,   /* spoken between groups of digits */
    ST_PII_W_UNIT = 1 << 15,   /* a number before it counts or measures */
    ST_PII_W_STREET = 1 << 16,
    ST_PII_W_COMMON = 1 << 17, /* an everyday word: no name by itself */
    ST_PII_W_TITLE = 1 << 18,
    ST_PII_W_GIVEN = 1 << 19,
    ST_PII_W_SURNAME = 1 << 20,
    ST_PII_W_CITY = 1 << 21,
    ST_PII_W_STATE = 1 << 22,
    ST_PII_W_TOP_LEVEL = 1 << 23, /* of domains */
    ST_PII_W_PROVIDER = 1 << 24,  /* of mailboxes */
    ST_PII_W_DOT = 1 << 25,
    ST_PII_W_SEPARATOR = 1 << 26, /* spoken within addresses: underscore, dash */
    ST_PII_W_AT_TIME = 1 << 27,   /* a time may follow */
    ST_PII_W_HALF_DAY = 1 << 28,
    ST_PII_W_PARTICLE = 1 << 29, /* within names: van, de */
    ST_PII_W_SALUTE = 1 << 30,   /* someone's name may follow */
};

/* Words of one class, separated by spaces; the first has `value`, each further one `step` more. */
struct st_pii_word_group {
    const char *words;
    uint32_t classes;
    uint8_t value, step;
};

extern const struct st_pii_word_group st_pii_word_groups[]; /* ends with words NULL */

enum st_pii_cue_kind {
    ST_PII_CUE_CARD,
    ST_PII_CUE_CVV,
    ST_PII_CUE_EXPIRY,
    ST_PII_CUE_PIN,
    ST_PII_CUE_ACCOUNT,
    ST_PII_CUE_ROUTING,
    ST_PII_CUE_SSN,
    ST_PII_CUE_PHONE,
    ST_PII_CUE_BIRTH,
    ST_PII_CUE_EMAIL,
    ST_PII_CUE_ADDRESS,
    ST_PII_CUE_POSTCODE,
    ST_PII_CUE_NAME,
    ST_PII_CUE_PASSPORT,
    ST_PII_CUE_DRIVER,
    ST_PII_CUE_PLATE,
    ST_PII_CUE_VIN,
    ST_PII_CUE_IBAN,
    ST_PII_CUE_SWIFT,
    ST_PII_CUE_NATIONAL,
    ST_PII_CUE_TAX,
    ST_PII_CUE_MEDICAL,
    ST_PII_CUE_USERNAME,
    ST_PII_CUE_PASSWORD,
    ST_PII_CUE_IP,
    ST_PII_CUE_AGE,
    ST_PII_CUE_OTHER, /* numbers that are nobody's secret: orders, rooms, flights */
    ST_PII_CUE_KINDS, /* the ones above are remembered as expectations */
    ST_PII_CUE_LAST_FOUR = ST_PII_CUE_KINDS,
    ST_PII_CUE_SPELL,
    ST_PII_CUE_ORGANISATION, /* names in it are not a person's */
    ST_PII_CUE_INTRODUCTION, /* "this is": a name only when the word looks like one */
};

struct st_pii_cue_phrase {
    const char *words;
    enum st_pii_cue_kind kind;
    bool is_strong;
};

extern const struct st_pii_cue_phrase st_pii_cue_phrases[]; /* ends with words NULL */

#endif
