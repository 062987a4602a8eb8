/*
 * From tokens to words: text, confidence and time of each.
 *
 * A word is as sure as its least sure piece. Times are measured from attention when there is some,
 * else spread by letters over the loud part of the utterance; both are then narrowed to loud
 * frames, which takes pauses out and halves the error.
 */
#ifndef SIDETONE_STT_MOONSHINE_WORDS_H
#define SIDETONE_STT_MOONSHINE_WORDS_H

#include "loudness.h"
#include "search.h"
#include "sidetone/segment.h"
#include "tokenizer.h"

enum { ST_WORDS_MAX = ST_SEARCH_TOKENS_MAX, ST_WORDS_TEXT_BYTES = 8192 };

struct st_words {
    struct st_word
        words[ST_WORDS_MAX]; /* texts point into `storage`; times from the clip's start */
    size_t count;
    size_t first_tokens[ST_WORDS_MAX + 1]; /* the last one: where the last word ends */
    char text[ST_WORDS_TEXT_BYTES];        /* the words with single spaces between */
    char storage[ST_WORDS_TEXT_BYTES];
};

/* Clean UTF-8 text and confidences; no times yet. */
void st_words_group(struct st_words *words, const struct st_tokenizer *tokenizer,
                    const struct st_search_result *tokens);

/* token_starts_us: when each token begins, tokens->count of them; the clip is clip_us long. */
void st_words_measure(struct st_words *words, const int64_t *token_starts_us, size_t token_count,
                      int64_t clip_us, const struct st_loudness *loudness);
void st_words_estimate(struct st_words *words, int64_t clip_us, const struct st_loudness *loudness);

#endif
