#include "disfluency.h"

#include "lexemes.h"

#include <ctype.h>
#include <string.h>

enum { RESTART_MAX = 3 };

/* Said twice in a row only by mistake. */
static const char repeated[] = "i i'm i've i'd i'll the a an to and of my your our their we we're "
                               "we've they they're he she but for with if or";

static bool is_same(const struct st_tokens *tokens, size_t a, size_t b)
{
    uint16_t bytes = tokens->items[a].bytes;
    return bytes > 0 && bytes == tokens->items[b].bytes &&
           memcmp(st_token_text(tokens, a), st_token_text(tokens, b), bytes) == 0;
}

/* "ER", in text that has small letters elsewhere, is no "er". */
static bool is_filler(const struct st_tokens *tokens, size_t index)
{
    const struct st_token *token = &tokens->items[index];
    return (token->classes & ST_LEXEME_FILLER) &&
           !(token->end - token->begin > 1 &&
             isupper((unsigned char)tokens->text[token->begin + 1]));
}

static bool has_end(const struct st_tokens *tokens, size_t begin, size_t end)
{
    for (; begin < end; begin++)
        if (tokens->items[begin].marks & ST_TOKEN_ENDS)
            return true;
    return false;
}

/* "I want I want to": what was begun is said again at once, and goes on. */
static bool is_restart(const struct st_tokens *tokens, size_t index, size_t words)
{
    if (index + 2 * words >= tokens->count)
        return false;
    for (size_t i = 0; i < words; i++)
        if (!is_same(tokens, index + i, index + words + i))
            return false;
    return st_token_is_any(tokens, index, repeated) && !has_end(tokens, index, index + 2 * words);
}

static bool is_in_restart(const struct st_tokens *tokens, size_t index)
{
    for (size_t words = 2; words <= RESTART_MAX; words++)
        for (size_t back = 0; back < words && back <= index; back++)
            if (is_restart(tokens, index - back, words))
                return true;
    return false;
}

/* The next word that is no filler. */
static size_t next_of(const struct st_tokens *tokens, size_t index)
{
    do
        index++;
    while (index < tokens->count && is_filler(tokens, index));
    return index;
}

static bool is_repeated(const struct st_tokens *tokens, size_t index)
{
    size_t next = next_of(tokens, index);
    return next < tokens->count && is_same(tokens, index, next) && !has_end(tokens, index, next) &&
           st_token_is_any(tokens, index, repeated);
}

/* "wan- want" */
static bool is_broken_off(const struct st_tokens *tokens, size_t index)
{
    const struct st_token *token = &tokens->items[index];
    const char *behind = tokens->text + token->end;
    size_t next = next_of(tokens, index);
    return behind[0] == '-' && (behind[1] == ' ' || behind[1] == '\0') && token->bytes > 0 &&
           next < tokens->count && tokens->items[next].bytes >= token->bytes &&
           memcmp(st_token_text(tokens, index), st_token_text(tokens, next), token->bytes) == 0;
}

bool st_disfluency_at(const struct st_tokens *tokens, size_t index)
{
    return is_filler(tokens, index) || is_repeated(tokens, index) || is_in_restart(tokens, index) ||
           is_broken_off(tokens, index);
}
