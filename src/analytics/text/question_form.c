#include "question_form.h"

#include "lexemes.h"

enum { PAUSE_US = 500000, NONE = -1 };

static const unsigned wh = ST_LEXEME_WH | ST_LEXEME_WH_IS;
static const unsigned openers = ST_LEXEME_OPENER | ST_LEXEME_FILLER;

size_t st_question_sentence_end(const struct st_tokens *tokens, size_t begin)
{
    while (begin < tokens->count && !(tokens->items[begin].marks & ST_TOKEN_ENDS))
        begin++;
    return begin < tokens->count ? begin + 1 : begin;
}

static bool is_hidden(const struct st_tokens *tokens, size_t index)
{
    return (tokens->items[index].marks & ST_TOKEN_HIDDEN) != 0;
}

/* What people say before they say something, and whom they say it to. */
static size_t skip_openers(const struct st_tokens *tokens, size_t begin, size_t end)
{
    static const char *const pairs[] = {"thank you",  "i see",  "excuse me",   "of course",
                                        "no problem", "got it", "my apologies"};
    for (size_t i = begin; i < end;) {
        size_t words = st_token_has(tokens, i, openers) || is_hidden(tokens, i);
        for (size_t k = 0; k < sizeof(pairs) / sizeof(pairs[0]); k++)
            if (st_tokens_are(tokens, i, end, pairs[k]))
                words = 2;
        if (words == 0)
            return i;
        i += words;
    }
    return end;
}

static bool is_subject(const struct st_tokens *tokens, size_t index, size_t end)
{
    return index < end && (is_hidden(tokens, index) ||
                           st_token_has(tokens, index, ST_LEXEME_SUBJECT | ST_LEXEME_DETERMINER));
}

/* "can you", "is the": an auxiliary before its subject. Orders look like it: "do it", "have a". */
static bool is_inverted(const struct st_tokens *tokens, size_t index, size_t end)
{
    if (index >= end || !st_token_has(tokens, index, ST_LEXEME_AUX) ||
        !is_subject(tokens, index + 1, end))
        return false;
    if (st_token_is_any(tokens, index, "do don't dont"))
        return st_token_is_any(tokens, index + 1, "i you we they these those");
    if (st_token_is_any(tokens, index, "have haven't havent had hadn't hadnt"))
        return st_token_is_any(tokens, index + 1,
                               "you he she we they anyone anybody someone somebody");
    if (st_token_is(tokens, index, "am"))
        return st_token_is(tokens, index + 1, "i");
    return true;
}

static bool has_aux(const struct st_tokens *tokens, size_t begin, size_t end)
{
    for (; begin < end; begin++)
        if (st_token_has(tokens, begin, ST_LEXEME_AUX))
            return true;
    return false;
}

/* "how much …", "how long does it …". */
static bool is_measure(const struct st_tokens *tokens, size_t index, size_t end)
{
    if (index + 1 >= end || !st_token_is(tokens, index, "how"))
        return false;
    if (st_token_is_any(tokens, index + 1, "come about"))
        return true;
    if (is_inverted(tokens, index + 2, end) &&
        !st_token_has(tokens, index + 1, ST_LEXEME_SUBJECT | ST_LEXEME_DETERMINER))
        return true;
    return st_token_is_any(tokens, index + 1,
                           "much many long often far soon old big quickly fast late") &&
           (end - index <= 4 || has_aux(tokens, index + 2, end < index + 6 ? end : index + 6));
}

/* "what time is it", "which number do you". */
static bool is_which(const struct st_tokens *tokens, size_t index, size_t end)
{
    if (!st_token_is_any(tokens, index, "what which whose"))
        return false;
    for (size_t i = index + 1; i < end && i <= index + 4; i++) {
        if (st_token_has(tokens, i, ST_LEXEME_AUX))
            return i > index + 1 && is_subject(tokens, i + 1, end);
        if (st_token_has(tokens, i, ST_LEXEME_SUBJECT | ST_LEXEME_DETERMINER | wh))
            return false;
    }
    return false;
}

/* A question word where a clause begins. */
static bool is_wh_clause(const struct st_tokens *tokens, size_t index, size_t end)
{
    size_t left = end - index;
    if (st_token_has(tokens, index, ST_LEXEME_WH_IS))
        return left > 1;
    if (!st_token_has(tokens, index, ST_LEXEME_WH) || left < 2)
        return false;
    if (is_inverted(tokens, index + 1, end) && !st_token_is(tokens, index, "which"))
        return true;
    if (is_measure(tokens, index, end) || is_which(tokens, index, end))
        return true;
    if (st_token_is(tokens, index, "what"))
        return st_token_is_any(tokens, index + 1, "about happened happens went if else kind") ||
               (st_token_has(tokens, index + 1, ST_LEXEME_AUX) && left <= 6);
    if (st_token_is_any(tokens, index, "when where why how"))
        return st_token_has(tokens, index + 1, ST_LEXEME_AUX) ||
               st_tokens_are(tokens, index, end, "why not");
    return st_token_is_any(tokens, index, "who whom") &&
           (st_token_has(tokens, index + 1, ST_LEXEME_AUX) || left <= 4);
}

/* "I was wondering if", "I'd like to know when". */
static bool is_indirect(const struct st_tokens *tokens, size_t index, size_t end)
{
    bool is_wonder = st_token_is_any(tokens, index, "wondering wonder");
    bool is_wish = index >= 2 && st_token_is(tokens, index, "know") &&
                   st_token_is(tokens, index - 1, "to") &&
                   st_token_is_any(tokens, index - 2, "like want need love");
    return (is_wonder || is_wish) && index + 1 < end &&
           (st_token_has(tokens, index + 1, wh) ||
            st_token_is_any(tokens, index + 1, "if whether"));
}

/* "isn't it", "don't you", "is that right" at the end of a statement. */
static bool ends_with_tag(const struct st_tokens *tokens, size_t begin, size_t end)
{
    if (end < begin + 3)
        return false;
    if (st_token_has(tokens, end - 2, ST_LEXEME_NEGATED) &&
        st_token_has(tokens, end - 1, ST_LEXEME_SUBJECT))
        return true;
    return st_tokens_are(tokens, end - 3, end, "is that right") ||
           st_tokens_are(tokens, end - 3, end, "is that correct") ||
           st_tokens_are(tokens, end - 3, end, "is that okay");
}

/* Looks like a question and asks nothing. The tokens are those behind the openers. */
static bool is_rhetorical(const struct st_tokens *tokens, size_t begin, size_t end)
{
    static const char *const whole[] = {"you know",
                                        "you know what",
                                        "you know what i mean",
                                        "you see",
                                        "you see what i mean",
                                        "know what i mean",
                                        "do you know what i mean",
                                        "really",
                                        "oh really",
                                        "who knows",
                                        "who cares",
                                        "how so",
                                        "huh",
                                        "eh",
                                        "what",
                                        "pardon",
                                        "guess what",
                                        "is that so",
                                        "you know that"};
    static const char *const head[] = {"how dare", "are you kidding", "are you joking",
                                       "are you serious", "who do you think you are"};
    if (begin == end)
        return true;
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        if (st_tokens_are(tokens, begin, end, whole[i]) &&
            !st_tokens_are(tokens, begin, end - 1, whole[i]))
            return true;
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        if (st_tokens_are(tokens, begin, end, head[i]))
            return true;
    for (size_t i = begin; i < end; i++)
        if (!st_token_has(tokens, i,
                          openers | ST_LEXEME_YESNO | ST_LEXEME_BACKCHANNEL | ST_LEXEME_FILLER))
            return false;
    return true;
}

/* Where a clause may begin within text without punctuation. */
static bool is_border(const struct st_tokens *tokens, size_t index)
{
    const struct st_token *before = &tokens->items[index - 1];
    return (before->marks & (ST_TOKEN_HIDDEN | ST_TOKEN_COMMA)) || (before->classes & openers) ||
           (tokens->has_times && tokens->items[index].start_us - before->end_us >= PAUSE_US);
}

/* "… my bill can you check it": nothing in front of it takes the auxiliary for itself. */
static bool is_free(const struct st_tokens *tokens, size_t index)
{
    return !st_token_has(tokens, index - 1, ST_LEXEME_SUBJECT | ST_LEXEME_AUX | wh) &&
           !st_token_is_any(tokens, index - 1,
                            "if as than know sure understand see that's thats exactly matter that "
                            "not to about");
}

static bool asks_midway(const struct st_tokens *tokens, size_t index, size_t end)
{
    if (!st_token_has(tokens, index, wh | ST_LEXEME_AUX) || !is_free(tokens, index))
        return false;
    if (st_token_has(tokens, index, ST_LEXEME_WH_IS))
        return is_subject(tokens, index + 1, end);
    if (st_token_has(tokens, index, ST_LEXEME_WH))
        return is_inverted(tokens, index + 1, end) && !st_token_is(tokens, index, "which");
    return is_inverted(tokens, index, end) && st_token_is_any(tokens, index + 1, "i you we");
}

static bool asks_here(const struct st_tokens *tokens, size_t index, size_t end)
{
    if (is_wh_clause(tokens, index, end) || is_inverted(tokens, index, end))
        return true;
    return st_token_begins(tokens, index, "a") &&
           (st_tokens_are(tokens, index, end, "any questions") ||
            st_tokens_are(tokens, index, end, "any other questions") ||
            st_tokens_are(tokens, index, end, "anything else"));
}

/* The token with which the asking begins, or NONE. */
static int find_form(const struct st_tokens *tokens, size_t begin, size_t end)
{
    bool may_be_inside = !tokens->is_punctuated;
    for (size_t i = begin; i < end; i++) {
        bool is_start = i == begin || (may_be_inside && is_border(tokens, i));
        if (is_start && asks_here(tokens, i, end))
            return (int)i;
        if (i > begin && may_be_inside && asks_midway(tokens, i, end))
            return (int)i;
        if (st_token_begins(tokens, i, "wk") && is_indirect(tokens, i, end))
            return (int)(i + 1);
    }
    return ends_with_tag(tokens, begin, end) ? (int)begin : NONE;
}

bool st_question_find(const struct st_tokens *tokens, size_t begin, size_t end,
                      struct st_question_form *ret_form)
{
    size_t start = skip_openers(tokens, begin, end);
    bool is_marked = end > begin && (tokens->items[end - 1].marks & ST_TOKEN_ASKS);
    int form = find_form(tokens, start, end);
    if (form == NONE && !is_marked)
        return false;
    size_t from = is_marked || form == NONE ? start : (size_t)form;
    if (is_rhetorical(tokens, from, end))
        return false;
    size_t asks = form == NONE ? start : (size_t)form;
    *ret_form = (struct st_question_form){
        .begin = from, .end = end, .is_open = st_token_has(tokens, asks, wh)};
    return true;
}

bool st_question_may_begin(const struct st_tokens *tokens, size_t index)
{
    return st_token_has(tokens, index, wh | ST_LEXEME_AUX);
}
