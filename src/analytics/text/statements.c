#include "statements.h"

#include "abbreviation.h"

#include <string.h>

enum {
    PAUSE_US = 900000, /* ends a sentence of at least PAUSE_WORDS */
    PAUSE_WORDS = 3,
    THOUGHT_WORDS = 6,       /* bare words: a new thought begins only after so many */
    LONG_WORDS = 25,         /* as if it were bare words from here on */
    CLIP_BYTES = 32,         /* of a word, as far as it is compared */
    OPENER_WORDS = 3,        /* the longest opening phrase */
    SMALLEST_REST_WORDS = 3, /* openings are not cut down to fewer */
};

/* A word between spaces, punctuation and all. */
struct token {
    size_t begin, end; /* bytes */
    size_t begin_chars, end_chars;
    int64_t start_us, end_us;
    char clip[CLIP_BYTES]; /* lower case, without punctuation around it */
};

struct splitter {
    const struct st_segment *segment;
    st_statement_fn emit;
    void *user;
    size_t chars;       /* of the text */
    bool has_times;     /* the segment's words are its tokens */
    bool is_bare;       /* no punctuation at all */
    size_t token_count; /* so far */
    size_t sentence_count;
    struct token tokens[ST_STATEMENT_WORDS_MAX + 1]; /* the sentence being read, and one ahead */
    size_t held;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

/* ---- reading tokens ---- */

static size_t count_tokens(const char *text)
{
    size_t count = 0;
    for (bool was_space = true; *text; text++) {
        count += was_space && !is_space(*text);
        was_space = is_space(*text);
    }
    return count;
}

static size_t count_chars(const char *text)
{
    size_t chars = 0;
    for (; *text; text++)
        chars += ((unsigned char)*text & 0xc0) != 0x80;
    return chars;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_word_byte(char c)
{
    char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static void clip(char ret_clip[CLIP_BYTES], const char *text, size_t bytes)
{
    size_t used = 0;
    while (bytes > 0 && !is_word_byte(text[0])) {
        text++;
        bytes--;
    }
    while (bytes > 0 && !is_word_byte(text[bytes - 1]))
        bytes--;
    for (size_t i = 0; i < bytes && used + 1 < CLIP_BYTES; i++)
        ret_clip[used++] = lower(text[i]);
    ret_clip[used] = '\0';
}

/* Without word times a sentence gets its share of the segment by characters. Times are in doubles:
 * those of a hostile segment have no difference that fits. */
static int64_t time_at(const struct splitter *splitter, size_t chars)
{
    const double limit_us = 9e18;
    double start_us = (double)splitter->segment->start_us;
    double span_us = (double)splitter->segment->end_us - start_us;
    double at_us = start_us + span_us * (double)chars / (double)splitter->chars;
    return at_us > limit_us ? INT64_MAX : at_us < -limit_us ? INT64_MIN : (int64_t)at_us;
}

/* Reads the next token at *at; false at the end. */
static bool read_token(struct splitter *splitter, size_t *at, size_t *at_chars,
                       struct token *ret_token)
{
    const char *text = splitter->segment->text;
    while (is_space(text[*at])) {
        ++*at;
        ++*at_chars;
    }
    if (!text[*at])
        return false;
    ret_token->begin = *at;
    ret_token->begin_chars = *at_chars;
    for (; text[*at] && !is_space(text[*at]); ++*at)
        *at_chars += ((unsigned char)text[*at] & 0xc0) != 0x80;
    ret_token->end = *at;
    ret_token->end_chars = *at_chars;
    clip(ret_token->clip, text + ret_token->begin, ret_token->end - ret_token->begin);
    if (splitter->has_times) {
        const struct st_word *word = &splitter->segment->words[splitter->token_count];
        ret_token->start_us = word->start_us;
        ret_token->end_us = word->end_us;
    } else {
        ret_token->start_us = time_at(splitter, ret_token->begin_chars);
        ret_token->end_us = time_at(splitter, ret_token->end_chars);
    }
    splitter->token_count++;
    return true;
}

/* ---- where a sentence ends ---- */

/* '.', '?' or '!' when the token ends in one, quotes and brackets aside; else 0. */
static char end_mark(const char *text, const struct token *token)
{
    for (size_t at = token->end; at > token->begin; at--) {
        char c = text[at - 1];
        if (c == '.' || c == '?' || c == '!')
            return c;
        if (c != '"' && c != '\'' && c != ')' && c != ']')
            return 0;
    }
    return 0;
}

static bool has_mark(const char *text, const struct token *last, const struct token *next)
{
    char mark = end_mark(text, last);
    if (mark != '.')
        return mark != 0;
    char first = text[next->begin];
    bool is_short = last->clip[0] && st_abbreviation_is(last->clip, strlen(last->clip));
    return !is_short && !(first >= 'a' && first <= 'z');
}

/* "… since monday | and i need it": a joining word with a new subject or request behind it. */
static bool begins_thought(const struct token *joint, const struct token *after)
{
    static const char *const joints[] = {"and", "but",  "so",      "also",   "okay",
                                         "ok",  "then", "alright", "anyway", NULL};
    static const char *const subjects[] = {
        "i",   "i'm",    "i've",   "i'll", "i'd",  "we",     "we're", "we've", "we'll",
        "you", "you'll", "you're", "he",   "she",  "they",   "it",    "it's",  "there",
        "my",  "our",    "your",   "the",  "this", "that",   "can",   "could", "would",
        "is",  "what",   "how",    "when", "do",   "please", "let",   NULL};
    return is_one_of(joint->clip, joints) && is_one_of(after->clip, subjects);
}

/* Whether a sentence ends before tokens[at]; one further is there when `has_after`. */
static bool ends_before(const struct splitter *splitter, size_t at, bool has_after)
{
    const struct token *last = &splitter->tokens[at - 1], *next = &splitter->tokens[at];
    if (has_mark(splitter->segment->text, last, next))
        return true;
    if (splitter->has_times && at >= PAUSE_WORDS &&
        (double)next->start_us - (double)last->end_us >= PAUSE_US)
        return true;
    bool is_running = (splitter->is_bare && at >= THOUGHT_WORDS) || at >= LONG_WORDS;
    return is_running && has_after && begins_thought(next, next + 1);
}

/* ---- handing one out ---- */

static bool is_filler(const struct token *tokens, size_t count, size_t *ret_used)
{
    static const char *const one[] = {
        "okay",    "ok",        "alright",   "right",    "great",     "well",   "so",     "yeah",
        "yes",     "yep",       "yup",       "no",       "um",        "uh",     "hmm",    "mhm",
        "hi",      "hello",     "hey",       "and",      "but",       "oh",     "ah",     "sure",
        "perfect", "wonderful", "excellent", "actually", "basically", "thanks", "lovely", "fine",
        "good",    "now",       "then",      NULL};
    static const char *const more[][OPENER_WORDS] = {
        {"all", "right", NULL},    {"thank", "you", NULL},      {"of", "course", NULL},
        {"you", "know", NULL},     {"i", "mean", NULL},         {"let's", "see", NULL},
        {"good", "morning", NULL}, {"good", "afternoon", NULL}, {"good", "evening", NULL},
        {"got", "it", NULL},       {"i", "see", NULL},          {"no", "problem", NULL},
        {"sounds", "good", NULL},  {"i", "understand", NULL},
    };
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (count > 2 && strcmp(tokens[0].clip, more[i][0]) == 0 &&
            strcmp(tokens[1].clip, more[i][1]) == 0) {
            *ret_used = 2;
            return true;
        }
    *ret_used = 1;
    return tokens[0].clip[0] == '\0' || is_one_of(tokens[0].clip, one);
}

static size_t count_openers(const struct token *tokens, size_t count)
{
    size_t cut = 0, used;
    while (count - cut > SMALLEST_REST_WORDS && is_filler(tokens + cut, count - cut, &used) &&
           count - cut - used >= SMALLEST_REST_WORDS)
        cut += used;
    return cut;
}

static bool asks(const struct token *tokens, size_t count)
{
    static const char *const first[] = {"can", "could", "would", "will",   "do",   "does",
                                        "did", "is",    "are",   "was",    "were", "have",
                                        "has", "may",   "shall", "should", "am",   NULL};
    static const char *const second[] = {"i",     "you",  "we",   "they", "he", "she", "it",
                                         "there", "that", "this", "your", "my", "the", NULL};
    static const char *const words[] = {"what", "when",  "where",  "who",   "how",
                                        "why",  "which", "what's", "who's", NULL};
    if (count < 2)
        return false;
    return is_one_of(tokens[0].clip, words) ||
           (is_one_of(tokens[0].clip, first) && is_one_of(tokens[1].clip, second));
}

static void hand_out(struct splitter *splitter, size_t count)
{
    const char *text = splitter->segment->text;
    size_t cut = count_openers(splitter->tokens, count);
    const struct token *first = &splitter->tokens[cut], *last = &splitter->tokens[count - 1];
    char mark = end_mark(text, last);
    struct st_statement sentence = {
        .text = text + first->begin,
        .bytes = last->end - first->begin,
        .begin_chars = first->begin_chars,
        .end_chars = last->end_chars,
        .start_us = first->start_us,
        .end_us = last->end_us > first->start_us ? last->end_us : first->start_us,
        .words = (unsigned)(count - cut),
        .is_question = mark == '?' || (mark == 0 && asks(first, count - cut)),
    };
    splitter->sentence_count++;
    if (sentence.bytes <= ST_STATEMENT_BYTES_MAX)
        splitter->emit(splitter->user, &sentence);
}

static void drop_tokens(struct splitter *splitter, size_t count)
{
    splitter->held -= count;
    memmove(splitter->tokens, splitter->tokens + count, splitter->held * sizeof(struct token));
}

/* Tokens are held until it is known whether the last but one begins a sentence. */
static void put_token(struct splitter *splitter, const struct token *token)
{
    splitter->tokens[splitter->held++] = *token;
    size_t at = splitter->held - 2;
    if (splitter->held < 3)
        return;
    if (ends_before(splitter, at, true) || splitter->held > ST_STATEMENT_WORDS_MAX) {
        hand_out(splitter, at);
        drop_tokens(splitter, at);
    }
}

static void finish(struct splitter *splitter)
{
    size_t held = splitter->held;
    if (held >= 2 && ends_before(splitter, held - 1, false)) {
        hand_out(splitter, held - 1);
        drop_tokens(splitter, held - 1);
    }
    if (splitter->held > 0)
        hand_out(splitter, splitter->held);
}

void st_statements_split(const struct st_segment *segment, st_statement_fn emit, void *user)
{
    struct splitter splitter = {.segment = segment, .emit = emit, .user = user};
    splitter.chars = count_chars(segment->text);
    splitter.chars += splitter.chars == 0; /* bytes that are no characters */
    splitter.has_times = segment->word_times != ST_WORD_TIMES_NONE && segment->word_count > 0 &&
                         segment->word_count == count_tokens(segment->text);
    splitter.is_bare = segment->text[strcspn(segment->text, ".?!")] == '\0';
    size_t at = 0, at_chars = 0;
    struct token token;
    while (splitter.sentence_count < ST_STATEMENTS_MAX &&
           read_token(&splitter, &at, &at_chars, &token))
        put_token(&splitter, &token);
    if (splitter.sentence_count < ST_STATEMENTS_MAX)
        finish(&splitter);
}
