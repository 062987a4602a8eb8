/*
 * How one segment is searched, part by part:
 *
 *   text ─tokens─▶ words with their classes ─cues─▶ what is announced ─runs─▶ numbers as digits
 *        ─detectors─▶ what was found, and what is certainly harmless ─output─▶ cleared text
 *
 * Each detector is one file with a function in the table of pii_detect.c. It claims tokens; what is
 * claimed is not looked at by later ones. The memory of the call (pii_memory.c) is read while a
 * segment is searched and changed only afterwards, by finals.
 */
#ifndef SIDETONE_ANALYTICS_PII_SCAN_H
#define SIDETONE_ANALYTICS_PII_SCAN_H

#include "pii_words.h"

#include "sidetone/pii.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_PII_TEXT_BYTES_MAX = 16384,
    ST_PII_WORD_BYTES_MAX = 64, /* longer ones are in no table */
    ST_PII_CUE_WORDS_MAX = 5,
};

/* ---- pii_lexicon.c ---- */

struct st_pii_lexeme {
    uint32_t classes;
    uint16_t word; /* of cue phrases; 0: in none */
    uint8_t value;
};

/* The folded word; all zero when it is unknown. */
struct st_pii_lexeme st_pii_lexicon_find(const struct st_pii_lexicon *lexicon, const char *word,
                                         size_t bytes, uint32_t hash);
uint32_t st_pii_lexicon_hash(const char *word, size_t bytes);

/* The longest cue phrase that `words` begins with; NULL when there is none. */
struct st_pii_cue_match {
    uint8_t kind; /* enum st_pii_cue_kind */
    bool is_strong;
    unsigned words;
};
bool st_pii_lexicon_match_cue(const struct st_pii_lexicon *lexicon, const uint16_t *words,
                              size_t count, size_t stride, struct st_pii_cue_match *ret_match);

/* ---- pii_tokens.c ---- */

enum st_pii_kind { ST_PII_WORD, ST_PII_DIGITS, ST_PII_MIXED };

enum st_pii_gap {
    ST_PII_GAP_SPACE,
    ST_PII_GAP_JOINED, /* by the one character in `mark`, or by nothing */
    ST_PII_GAP_COMMA,
    ST_PII_GAP_STOP, /* end of a sentence */
    ST_PII_GAP_OTHER,
};

struct st_pii_token {
    uint32_t start, end; /* bytes */
    uint32_t classes;
    uint32_t hash; /* of the folded word */
    uint16_t word;
    uint8_t value;
    uint8_t kind;
    uint8_t gap; /* before it */
    char mark;   /* character before it without a space between; 'c' + 128: a currency sign */
    bool is_capital, is_upper;
    bool is_in_cue;
    uint8_t claim; /* 0: free */
};

enum { ST_PII_FREE, ST_PII_CLAIMED, ST_PII_HARMLESS };

#define ST_PII_MARK_CURRENCY '\x01'

struct st_pii_cue {
    unsigned first, last; /* tokens */
    uint8_t kind;
    bool is_strong;
};

/* ---- pii_runs.c: numbers, as digits ---- */

enum st_pii_atom_kind {
    ST_PII_ATOM_WRITTEN,
    ST_PII_ATOM_DIGIT,    /* one spoken digit, also repeated: "double four" */
    ST_PII_ATOM_PAIR,     /* "fourteen", "forty one" */
    ST_PII_ATOM_HUNDREDS, /* "eight hundred" */
    ST_PII_ATOM_CARDINAL, /* "two thousand and five", "10,000", "3.5" */
};

struct st_pii_atom {
    unsigned first, last; /* tokens */
    uint32_t at;          /* its digits */
    uint8_t digits;
    uint8_t kind;
};

struct st_pii_run {
    unsigned first, last; /* tokens */
    unsigned atom, atoms;
    uint32_t at; /* its digits */
    unsigned digits;
    bool has_words;    /* anything spoken */
    bool is_single;    /* spoken digit by digit, most of it */
    bool has_cardinal; /* counts or measures */
    uint8_t type;      /* what it was found to be */
    bool is_dictated;  /* found, and perhaps not at its end */
    bool is_harmless;  /* an order, a flight, …: to be known when it is repeated */
    bool is_rest;      /* said in one breath with another number, which ends before it */
    bool is_year_like; /* 1900…2099, or several of them */
};

/* ---- what was found ---- */

struct st_pii_found {
    enum st_pii_type type;
    unsigned first, last; /* tokens */
    float confidence;
};

struct st_pii_memory;

struct st_pii_scan {
    const struct st_pii_settings *settings;
    const struct st_pii_memory *memory;
    const char *text;
    uint32_t bytes; /* that are searched */
    unsigned channel;
    bool is_final;
    struct st_pii_token *tokens;
    unsigned token_count;
    struct st_pii_cue *cues;
    unsigned cue_count;
    struct st_pii_atom *atoms;
    unsigned atom_count;
    struct st_pii_run *runs;
    unsigned run_count;
    char *digits;
    uint32_t digit_count;
    struct st_pii_found *found;
    unsigned found_count;
    uint32_t cue_kinds; /* bits of the kinds in this segment */
    bool is_cased;      /* capitals mean something in it */
    bool has_dots;      /* the word, somewhere */
    bool is_bare;       /* an answer: numbers, what was found before them, and lead-ins alone */
    void *arena;
};

/* Allocates for the text and reads its tokens and cues. */
void st_pii_tokens_read(struct st_pii_scan *scan);

void st_pii_tokens_free(struct st_pii_scan *scan);

/* Every number in the segment. */
void st_pii_runs_read(struct st_pii_scan *scan);

/* Spoken or written digits, letters, code words and "s as in sam" from token `at` on, as capital
 * letters and digits in `ret_text`. Returns the tokens it took, 0 when there is none there. */
unsigned st_pii_runs_spell(const struct st_pii_scan *scan, unsigned at, char *ret_text,
                           size_t text_bytes);

/* ---- pii_detect.c ---- */

typedef void (*st_pii_detect_fn)(struct st_pii_scan *scan);

void st_pii_detect_run(struct st_pii_scan *scan);

/* Claims the tokens and notes what was found. */
void st_pii_detect_claim(struct st_pii_scan *scan, enum st_pii_type type, unsigned first,
                         unsigned last, float confidence);
void st_pii_detect_spare(struct st_pii_scan *scan, unsigned first, unsigned last);

static inline bool st_pii_token_is(const struct st_pii_scan *scan, unsigned i, uint32_t classes)
{
    return i < scan->token_count && (scan->tokens[i].classes & classes) != 0;
}

bool st_pii_token_equals(const struct st_pii_scan *scan, unsigned i, const char *word);
/* One of the words, separated by spaces. */
bool st_pii_token_among(const struct st_pii_scan *scan, unsigned i, const char *words);
bool st_pii_detect_is_free(const struct st_pii_scan *scan, unsigned first, unsigned last);

/* The nearest cue of a kind that ends before token `at`, no more than `reach` tokens away. */
const struct st_pii_cue *st_pii_detect_cue_before(const struct st_pii_scan *scan,
                                                  enum st_pii_cue_kind kind, unsigned at,
                                                  unsigned reach);

/* Nothing is said from `first` to before `end` but hesitation and lead-ins. */
bool st_pii_detect_is_lead(const struct st_pii_scan *scan, unsigned first, unsigned end);

/* How many cues begin before token `at`: they stand in order. */
unsigned st_pii_detect_cues_before(const struct st_pii_scan *scan, unsigned at);

/* Whether this kind was asked for in an earlier segment and is still awaited. */
bool st_pii_detect_is_awaited(const struct st_pii_scan *scan, enum st_pii_cue_kind kind);

void st_pii_net_detect(struct st_pii_scan *scan);
void st_pii_code_detect(struct st_pii_scan *scan);
void st_pii_date_detect(struct st_pii_scan *scan);
void st_pii_quantity_detect(struct st_pii_scan *scan);
void st_pii_address_detect(struct st_pii_scan *scan);
void st_pii_number_detect(struct st_pii_scan *scan);
void st_pii_name_detect(struct st_pii_scan *scan);

/* ---- pii_memory.c: what one segment leaves for the next ones ---- */

enum {
    ST_PII_NUMBERS_KEPT = 16,
    ST_PII_DIGITS_KEPT = 24,
    ST_PII_NAMES_KEPT = 48,
};

struct st_pii_memory {
    struct {
        uint32_t final; /* the number of the final in which it was last heard; 0: never */
        bool is_strong;
        uint8_t channel;
        int64_t media_us;
    } cues[ST_PII_CUE_KINDS];
    struct {
        char digits[ST_PII_DIGITS_KEPT];
        uint8_t count;
        uint8_t type;
    } numbers[ST_PII_NUMBERS_KEPT]; /* found earlier, to know them when they are repeated */
    unsigned number_next;
    uint32_t names[ST_PII_NAMES_KEPT]; /* hashes of words */
    unsigned name_next;
    struct {
        uint32_t final;
        uint8_t type;
        uint8_t digits;      /* of it, so far */
        uint8_t number;      /* its place among the numbers */
    } open[ST_CHANNELS_MAX]; /* the segment ended within a number */
    uint32_t finals;
    int64_t media_us;
};

/* A cue of an earlier segment that still counts. */
bool st_pii_memory_awaits(const struct st_pii_memory *memory, enum st_pii_cue_kind kind,
                          bool *ret_is_strong);
/* How many finals ago; for comparing two that are awaited. */
uint32_t st_pii_memory_age(const struct st_pii_memory *memory, enum st_pii_cue_kind kind);

enum { ST_PII_NUMBER_HARMLESS = 255 };

/* The type of a number found earlier of which these digits are a part, or which is a part of them;
 * ST_PII_NUMBER_HARMLESS for a part of an order number and the like; -1 when there is none. */
int st_pii_memory_find_number(const struct st_pii_memory *memory, const char *digits,
                              unsigned count);
bool st_pii_memory_has_name(const struct st_pii_memory *memory, uint32_t hash);

/* A final has been searched. */
void st_pii_memory_begin(struct st_pii_memory *memory, int64_t media_us);
void st_pii_memory_learn(struct st_pii_memory *memory, const struct st_pii_scan *scan);

/* ---- pii_hold.c ---- */

/* The token from which on a partial is held back; the number of tokens: none. */
unsigned st_pii_hold_start(const struct st_pii_scan *scan);

/* ---- pii_output.c ---- */

void st_pii_output_write(const struct st_pii_scan *scan, const struct st_segment *segment,
                         struct st_pii_clearing *ret_clearing);

#endif
