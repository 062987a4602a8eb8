/*
 * The words of a segment, folded, with their places in the text and in time.
 *
 * Read once per segment for all stages that look at words. What the privacy stage put into the
 * text ("[NAME]") is one token that equals no word. A word's time is that of the word of the engine
 * that it stands in, or in proportion to the text where the engine gave no words, or others than
 * the text has. At most ST_TOKENS_MAX words are read; what is behind them is not looked at.
 */
#ifndef SIDETONE_ANALYTICS_TOKENS_H
#define SIDETONE_ANALYTICS_TOKENS_H

#include "sidetone/segment.h"

#include <string.h>

enum { ST_TOKENS_MAX = 4096 };

enum st_token_mark {
    ST_TOKEN_HIDDEN = 1, /* put in by the privacy stage */
    ST_TOKEN_ENDS = 2,   /* a sentence ends behind it */
    ST_TOKEN_ASKS = 4,   /* with a question mark */
    ST_TOKEN_COMMA = 8,  /* a comma or the like stands behind it */
};

struct st_token {
    uint32_t begin; /* bytes of the segment's text, half open */
    uint32_t end;
    uint32_t folded;  /* where its folded bytes begin */
    uint16_t bytes;   /* folded; 0: equal to no word */
    uint16_t classes; /* enum st_lexeme_class */
    uint8_t marks;
    int64_t start_us; /* from 0 on, never after end_us */
    int64_t end_us;
};

/* All zero is empty. */
struct st_tokens {
    const char *text; /* the segment's, borrowed */
    struct st_token *items;
    size_t count, cap;
    char *folded;
    size_t folded_bytes, folded_cap;
    bool has_times;     /* given by the engine, if only estimated */
    bool is_punctuated; /* a sentence ends in it */
    /* The segment's own times, from 0 on and never reversed. */
    int64_t start_us, end_us;
};

void st_tokens_fini(struct st_tokens *tokens);

/* Replaces what was there; valid as long as the segment. Memory of a long segment is given back by
 * the next one. */
void st_tokens_read(struct st_tokens *tokens, const struct st_segment *segment);

static inline const char *st_token_text(const struct st_tokens *tokens, size_t index)
{
    return tokens->folded ? tokens->folded + tokens->items[index].folded : "";
}

/* Whether it begins with one of these letters: cheaper than asking for whole words. */
static inline bool st_token_begins(const struct st_tokens *tokens, size_t index,
                                   const char *letters)
{
    return tokens->items[index].bytes > 0 && strchr(letters, *st_token_text(tokens, index));
}

bool st_token_is(const struct st_tokens *tokens, size_t index, const char *word);

/* True when one of the words, which are separated by single spaces, equals it. */
bool st_token_is_any(const struct st_tokens *tokens, size_t index, const char *words);

/* True when the tokens from `index` on are these words, separated by single spaces, and end before
 * `end`. */
bool st_tokens_are(const struct st_tokens *tokens, size_t index, size_t end, const char *words);

static inline bool st_token_has(const struct st_tokens *tokens, size_t index, unsigned classes)
{
    return (tokens->items[index].classes & classes) != 0;
}

/* FNV-1a of a folded word, and of one a byte longer. */
uint32_t st_token_hash(const char *text, size_t bytes);

static inline uint32_t st_token_hash_more(uint32_t hash, char byte)
{
    return (hash ^ (uint8_t)byte) * 16777619U;
}

/* Unicode characters in so many bytes of UTF-8. */
size_t st_tokens_chars(const char *text, size_t bytes);

#endif
