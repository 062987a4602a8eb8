#include "tokens.h"

#include "fold.h"
#include "lexemes.h"

#include "sidetone/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const int64_t time_max_us = (int64_t)1 << 50; /* sums of a few cannot overflow */

enum { KEPT_TOKENS = 64, KEPT_BYTES = 512, TEXT_BYTES_MAX = 1 << 16 };

struct reading {
    struct st_tokens *tokens;
    const struct st_segment *segment;
    size_t offset; /* of the piece being folded */
};

void st_tokens_fini(struct st_tokens *tokens)
{
    free(tokens->items);
    free(tokens->folded);
    memset(tokens, 0, sizeof(*tokens));
}

static struct st_token *add(struct st_tokens *tokens, size_t begin, size_t end)
{
    if (tokens->count == tokens->cap) {
        tokens->cap = tokens->cap ? 2 * tokens->cap : 32;
        tokens->items = st_mem_realloc(tokens->items, tokens->cap * sizeof(*tokens->items));
    }
    struct st_token *token = &tokens->items[tokens->count++];
    *token = (struct st_token){.begin = (uint32_t)begin, .end = (uint32_t)end};
    token->folded = (uint32_t)tokens->folded_bytes;
    return token;
}

static void keep_folded(struct st_tokens *tokens, const char *text, size_t bytes)
{
    if (tokens->folded_bytes + bytes > tokens->folded_cap) {
        tokens->folded_cap = 2 * (tokens->folded_bytes + bytes) + 128;
        tokens->folded = st_mem_realloc(tokens->folded, tokens->folded_cap);
    }
    memcpy(tokens->folded + tokens->folded_bytes, text, bytes);
    tokens->folded_bytes += bytes;
}

static void on_word(void *user, const struct st_fold_word *word)
{
    struct reading *reading = user;
    if (reading->tokens->count >= ST_TOKENS_MAX)
        return;
    struct st_token *token =
        add(reading->tokens, reading->offset + word->start, reading->offset + word->end);
    token->bytes = (uint16_t)word->bytes;
    token->classes = st_lexeme_classes(word->text, word->bytes);
    if (word->bytes > 0)
        keep_folded(reading->tokens, word->text, word->bytes);
}

/* Bytes of what the privacy stage put here: a name in capitals in brackets, perhaps with a code
 * behind it; 0 when it is something else. */
static size_t hidden_bytes(const char *at, size_t left)
{
    static const char names[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    static const char codes[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t bytes = 1;
    while (bytes < left && strchr(names, at[bytes]))
        bytes++;
    if (bytes == 1)
        return 0;
    if (bytes < left && at[bytes] == ':')
        for (bytes++; bytes < left && strchr(codes, at[bytes]);)
            bytes++;
    return bytes < left && at[bytes] == ']' ? bytes + 1 : 0;
}

static void read_words(struct reading *reading, size_t bytes)
{
    const char *text = reading->segment->text;
    while (reading->offset < bytes && reading->tokens->count < ST_TOKENS_MAX) {
        const char *from = text + reading->offset;
        const char *bracket = memchr(from, '[', bytes - reading->offset);
        size_t hidden = 0;
        while (bracket && !(hidden = hidden_bytes(bracket, bytes - (size_t)(bracket - text))))
            bracket = memchr(bracket + 1, '[', bytes - (size_t)(bracket + 1 - text));
        size_t piece = bracket ? (size_t)(bracket - from) : bytes - reading->offset;
        st_fold_words(from, piece, on_word, reading);
        reading->offset += piece;
        if (hidden == 0 || reading->tokens->count >= ST_TOKENS_MAX)
            continue;
        struct st_token *token = add(reading->tokens, reading->offset, reading->offset + hidden);
        token->marks = ST_TOKEN_HIDDEN;
        reading->offset += hidden;
    }
}

/* What stands between a word and the next, the first characters of it. */
static uint8_t marks_of(const char *gap, size_t bytes, bool is_last)
{
    uint8_t marks = 0;
    for (size_t i = 0; i < bytes && i < 8; i++) {
        bool is_loose = i + 1 == bytes ? is_last : strchr(" \"')]?!.", gap[i + 1]) != NULL;
        if (gap[i] == '?')
            marks |= ST_TOKEN_ASKS | ST_TOKEN_ENDS;
        else if (gap[i] == '!' || (gap[i] == '.' && is_loose))
            marks |= ST_TOKEN_ENDS;
        else if (gap[i] == ',' || gap[i] == ';' || gap[i] == ':')
            marks |= ST_TOKEN_COMMA;
    }
    return marks;
}

/* "a.m. tomorrow": the point belongs to the word. */
static bool is_abbreviation(const struct st_tokens *tokens, size_t index)
{
    const struct st_token *token = &tokens->items[index];
    return token->end - token->begin == 1 && token->begin > 0 &&
           tokens->text[token->begin - 1] == '.' && tokens->text[token->end] == '.' &&
           tokens->text[token->end + 1] == ' ' &&
           islower((unsigned char)tokens->text[token->end + 2]);
}

static void read_marks(struct st_tokens *tokens, size_t bytes)
{
    tokens->is_punctuated = false;
    for (size_t i = 0; i < tokens->count; i++) {
        struct st_token *token = &tokens->items[i];
        bool is_last = i + 1 == tokens->count;
        size_t next = is_last ? bytes : tokens->items[i + 1].begin;
        if (!is_abbreviation(tokens, i))
            token->marks |= marks_of(tokens->text + token->end, next - token->end, is_last);
        tokens->is_punctuated = tokens->is_punctuated || (token->marks & ST_TOKEN_ENDS);
    }
}

static int64_t clamp(int64_t time_us, int64_t least_us)
{
    return time_us < least_us ? least_us : time_us > time_max_us ? time_max_us : time_us;
}

static void estimate_times(struct st_tokens *tokens, size_t bytes)
{
    double per_byte = (double)(tokens->end_us - tokens->start_us) / (double)bytes;
    for (size_t i = 0; i < tokens->count; i++) {
        struct st_token *token = &tokens->items[i];
        token->start_us = tokens->start_us + (int64_t)(per_byte * (double)token->begin);
        token->end_us = tokens->start_us + (int64_t)(per_byte * (double)token->end);
    }
}

/* Walks the engine's words and the tokens along the text; false when they are not the same. */
static bool take_times(struct st_tokens *tokens, const struct st_segment *segment, size_t bytes)
{
    size_t at = 0, next = 0;
    for (size_t i = 0; i < segment->word_count && next < tokens->count; i++) {
        const struct st_word *word = &segment->words[i];
        size_t length = strlen(word->text);
        at += strspn(segment->text + at, " ");
        if (length > bytes - at || memcmp(segment->text + at, word->text, length) != 0)
            return false;
        for (; next < tokens->count && tokens->items[next].begin < at + length; next++) {
            tokens->items[next].start_us = clamp(word->start_us, 0);
            tokens->items[next].end_us = clamp(word->end_us, tokens->items[next].start_us);
        }
        at += length;
    }
    return next == tokens->count;
}

static void shrink(struct st_tokens *tokens)
{
    if (tokens->cap > KEPT_TOKENS || tokens->folded_cap > KEPT_BYTES)
        st_tokens_fini(tokens);
}

void st_tokens_read(struct st_tokens *tokens, const struct st_segment *segment)
{
    size_t bytes = strnlen(segment->text, TEXT_BYTES_MAX);
    struct reading reading = {.tokens = tokens, .segment = segment};
    shrink(tokens);
    tokens->text = segment->text;
    tokens->start_us = clamp(segment->start_us, 0);
    tokens->end_us = clamp(segment->end_us, tokens->start_us);
    tokens->count = tokens->folded_bytes = 0;
    read_words(&reading, bytes);
    read_marks(tokens, bytes);
    tokens->has_times = segment->word_count > 0 && take_times(tokens, segment, bytes);
    if (!tokens->has_times && bytes > 0)
        estimate_times(tokens, bytes);
}

static bool is_word(const struct st_tokens *tokens, size_t index, const char *word, size_t bytes)
{
    return tokens->items[index].bytes == bytes &&
           memcmp(st_token_text(tokens, index), word, bytes) == 0;
}

bool st_token_is(const struct st_tokens *tokens, size_t index, const char *word)
{
    return is_word(tokens, index, word, strlen(word));
}

bool st_token_is_any(const struct st_tokens *tokens, size_t index, const char *words)
{
    for (size_t bytes; *words; words += bytes + (words[bytes] == ' ')) {
        bytes = strcspn(words, " ");
        if (is_word(tokens, index, words, bytes))
            return true;
    }
    return false;
}

bool st_tokens_are(const struct st_tokens *tokens, size_t index, size_t end, const char *words)
{
    for (size_t bytes; *words; words += bytes + (words[bytes] == ' '), index++) {
        bytes = strcspn(words, " ");
        if (index >= end || !is_word(tokens, index, words, bytes))
            return false;
    }
    return true;
}

uint32_t st_token_hash(const char *text, size_t bytes)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < bytes; i++)
        hash = st_token_hash_more(hash, text[i]);
    return hash;
}

size_t st_tokens_chars(const char *text, size_t bytes)
{
    size_t chars = 0;
    for (size_t i = 0; i < bytes; i++)
        chars += ((unsigned char)text[i] & 0xc0) != 0x80;
    return chars;
}
