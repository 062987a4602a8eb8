#include "words.h"

#include "text_rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Tokens of one word, from `first` to before the next that starts one (or the end mark). */
static size_t find_end(const struct st_tokenizer *tokenizer, const struct st_search_result *tokens,
                       size_t first)
{
    size_t end = first + 1;
    while (end < tokens->count && tokens->tokens[end] != ST_TOKEN_END &&
           !st_tokenizer_starts_word(tokenizer, tokens->tokens[end]))
        end++;
    return end;
}

/* Writes the word's clean text at `out`; returns its length, 0 when nothing is left of it. */
static size_t write_word(const struct st_tokenizer *tokenizer, const int64_t *ids, size_t count,
                         char *out, size_t out_bytes)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += st_tokenizer_bytes(tokenizer, ids[i], out + bytes, out_bytes - 1 - bytes);
    return st_text_rules_clean(out, bytes);
}

static float least(const float *log_probs, size_t count)
{
    float smallest = 0;
    for (size_t i = 0; i < count; i++)
        smallest = fminf(smallest, log_probs[i]);
    return expf(smallest);
}

static void join(struct st_words *words)
{
    size_t at = 0;
    words->text[0] = '\0';
    for (size_t i = 0; i < words->count; i++) {
        int n = snprintf(words->text + at, sizeof(words->text) - at, "%s%s", i ? " " : "",
                         words->words[i].text);
        at += (size_t)n;
    }
}

void st_words_group(struct st_words *words, const struct st_tokenizer *tokenizer,
                    const struct st_search_result *tokens)
{
    size_t used = 0, end = 0;
    words->count = 0;
    for (size_t first = 0; first < tokens->count; first = end) {
        if (tokens->tokens[first] == ST_TOKEN_END)
            break;
        end = find_end(tokenizer, tokens, first);
        /* Half of the room: the joined text, with its spaces, has to fit as well. */
        char *text = words->storage + used;
        size_t room = sizeof(words->storage) / 2 - used;
        if (room < 64)
            break;
        size_t bytes = write_word(tokenizer, tokens->tokens + first, end - first, text, room);
        if (bytes == 0)
            continue;
        words->first_tokens[words->count] = first;
        words->words[words->count++] = (struct st_word){
            .text = text,
            .confidence = least(tokens->log_probs + first, end - first),
        };
        words->first_tokens[words->count] = end;
        used += bytes + 1;
    }
    join(words);
}

static void narrow_all(struct st_words *words, const struct st_loudness *loudness)
{
    for (size_t i = 0; i < words->count; i++)
        st_loudness_narrow(loudness, &words->words[i].start_us, &words->words[i].end_us);
}

void st_words_measure(struct st_words *words, const int64_t *token_starts_us, size_t token_count,
                      int64_t clip_us, const struct st_loudness *loudness)
{
    for (size_t i = 0; i < words->count; i++) {
        size_t next = words->first_tokens[i + 1];
        int64_t end_us = next < token_count ? token_starts_us[next] : clip_us;
        int64_t start_us = token_starts_us[words->first_tokens[i]];
        words->words[i].end_us = end_us < clip_us ? end_us : clip_us;
        words->words[i].start_us = start_us < clip_us ? start_us : clip_us;
    }
    narrow_all(words, loudness);
}

void st_words_estimate(struct st_words *words, int64_t clip_us, const struct st_loudness *loudness)
{
    int64_t from_us = 0, until_us = clip_us;
    st_loudness_narrow(loudness, &from_us, &until_us);
    size_t total = strlen(words->text) + 1, at = 0;
    for (size_t i = 0; i < words->count; i++) {
        size_t bytes = strlen(words->words[i].text);
        int64_t span_us = until_us - from_us;
        words->words[i].start_us = from_us + span_us * (int64_t)at / (int64_t)total;
        words->words[i].end_us = from_us + span_us * (int64_t)(at + bytes + 1) / (int64_t)total;
        at += bytes + 1;
    }
}
