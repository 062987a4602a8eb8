/*
 * Names of people: announced ("my name is"), addressed ("thanks Sarah", "Mr Lee"), known from the
 * lexicon, spelled letter by letter, or heard before in the call.
 */
#include "pii_scan.h"

#include <string.h>

enum {
    NAME_WORDS_MAX = 4,
    SPELLED_MIN = 3,
    CUE_REACH = 10,
    ANSWER_TOKENS_MAX = 8,
    INTRODUCTION_REACH = 1,
};

static const uint32_t never = ST_PII_W_DIGIT | ST_PII_W_TEEN | ST_PII_W_TENS | ST_PII_W_HUNDRED |
                              ST_PII_W_THOUSAND | ST_PII_W_FILLER | ST_PII_W_LEAD | ST_PII_W_DAY;

/* How much a word looks like a name by itself. */
enum likeness { NO_NAME, CAPITAL, POSSIBLE, SURNAME, GIVEN };

static bool is_free_word(const struct st_pii_scan *scan, unsigned i)
{
    return i < scan->token_count && scan->tokens[i].claim == ST_PII_FREE &&
           scan->tokens[i].kind == ST_PII_WORD && !scan->tokens[i].is_in_cue;
}

static bool begins_sentence(const struct st_pii_scan *scan, unsigned i)
{
    return i == 0 || scan->tokens[i].gap == ST_PII_GAP_STOP;
}

static bool is_short(const struct st_pii_token *token)
{
    return token->end - token->start < 2;
}

/* Endings of verbs and adverbs: what is in no list is rather one of these. */
static bool is_inflected(const struct st_pii_scan *scan, const struct st_pii_token *token)
{
    static const char *const endings[] = {"ed", "ing", "ly", "tion", "able", "n't"};
    size_t bytes = token->end - token->start;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t len = strlen(endings[i]);
        if (bytes > len + 2 && memcmp(scan->text + token->end - len, endings[i], len) == 0)
            return true;
    }
    return false;
}

static enum likeness likeness_of(const struct st_pii_scan *scan, unsigned i)
{
    if (!is_free_word(scan, i))
        return NO_NAME;
    const struct st_pii_token *token = &scan->tokens[i];
    if (token->classes & never || is_short(token))
        return NO_NAME;
    bool is_small = scan->is_cased && !token->is_capital;
    bool is_named = scan->is_cased && token->is_capital && !begins_sentence(scan, i);
    if (is_small)
        return NO_NAME;
    if (token->classes & ST_PII_W_GIVEN && (!(token->classes & ST_PII_W_COMMON) || is_named))
        return GIVEN;
    if (token->classes & ST_PII_W_SURNAME && (!(token->classes & ST_PII_W_COMMON) || is_named))
        return SURNAME;
    if (token->classes & ST_PII_W_COMMON)
        return NO_NAME;
    if (token->classes & (ST_PII_W_MONTH | ST_PII_W_STATE | ST_PII_W_CITY | ST_PII_W_PROVIDER |
                          ST_PII_W_TOP_LEVEL | ST_PII_W_STREET | ST_PII_W_TITLE))
        return NO_NAME;
    if (is_named)
        return CAPITAL;
    return is_inflected(scan, token) ? NO_NAME : POSSIBLE;
}

/* A word that may go on with a name that has begun. */
static bool may_follow(const struct st_pii_scan *scan, unsigned i, bool is_sure)
{
    if (i >= scan->token_count || scan->tokens[i].gap == ST_PII_GAP_STOP ||
        scan->tokens[i].gap == ST_PII_GAP_COMMA)
        return false;
    enum likeness likeness = likeness_of(scan, i);
    const struct st_pii_token *token = &scan->tokens[i];
    if (likeness >= SURNAME || likeness == CAPITAL)
        return true;
    if (token->classes & ST_PII_W_SURNAME && is_free_word(scan, i) && !(token->classes & never) &&
        is_sure && !scan->is_cased)
        return !(token->classes & ST_PII_W_COMMON) || i + 1 == scan->token_count;
    return is_sure && likeness == POSSIBLE;
}

/* "van der", "de la", an initial: only when a name's word follows. */
static unsigned skip_particles(const struct st_pii_scan *scan, unsigned i)
{
    unsigned at = i;
    while (at < i + 3 && is_free_word(scan, at) && scan->tokens[at].gap != ST_PII_GAP_STOP &&
           (scan->tokens[at].classes & ST_PII_W_PARTICLE ||
            (st_pii_token_is(scan, at, ST_PII_W_LETTER) && !st_pii_token_among(scan, at, "a i"))))
        at++;
    return at;
}

/* The token behind the name that begins at `first`. `is_sure`: someone said that a name follows. */
static unsigned name_end(const struct st_pii_scan *scan, unsigned first, bool is_sure)
{
    unsigned end = first + 1;
    for (unsigned words = 1; words < NAME_WORDS_MAX; words++) {
        unsigned next = skip_particles(scan, end);
        if (!may_follow(scan, next, is_sure || next > end))
            break;
        end = next + 1;
    }
    return end;
}

static void claim(struct st_pii_scan *scan, unsigned first, unsigned end, float confidence)
{
    if (end > first && st_pii_detect_is_free(scan, first, end - 1))
        st_pii_detect_claim(scan, ST_PII_NAME, first, end - 1, confidence);
}

/* ---- announced ---- */

static unsigned skip_lead(const struct st_pii_scan *scan, unsigned i)
{
    while (i < scan->token_count &&
           (scan->tokens[i].classes & (ST_PII_W_FILLER | ST_PII_W_LEAD | ST_PII_W_TITLE) ||
            scan->tokens[i].is_in_cue))
        i++;
    return i;
}

static bool is_name_start(const struct st_pii_scan *scan, unsigned i)
{
    if (!is_free_word(scan, i) || scan->tokens[i].classes & (never & ~ST_PII_W_LEAD))
        return false;
    if (likeness_of(scan, i) != NO_NAME)
        return true;
    /* Names that are everyday words too, where a name is due. */
    bool is_small = scan->is_cased && !scan->tokens[i].is_capital;
    return !is_small && scan->tokens[i].classes & (ST_PII_W_GIVEN | ST_PII_W_SURNAME);
}

/* "my name is …", "last name …" */
static void read_announced(struct st_pii_scan *scan, const struct st_pii_cue *cue)
{
    unsigned next = cue->last + 1;
    bool says_is = st_pii_token_among(scan, cue->last, "is name's called of holder") ||
                   st_pii_token_among(scan, next, "is was would it's");
    unsigned first = skip_lead(scan, next);
    if (first >= scan->token_count || (!says_is && first > next + 1))
        return;
    if (scan->tokens[first].gap == ST_PII_GAP_STOP && !says_is)
        return;
    bool is_likely = likeness_of(scan, first) >= SURNAME || likeness_of(scan, first) == CAPITAL;
    if (is_name_start(scan, first) && (cue->is_strong || says_is || is_likely))
        claim(scan, first, name_end(scan, first, true), cue->is_strong ? 0.92F : 0.7F);
}

/* "this is …", "speaking with …": only what looks like a name. */
static void read_introduced(struct st_pii_scan *scan, const struct st_pii_cue *cue)
{
    unsigned first = cue->last + 1;
    while (st_pii_token_is(scan, first, ST_PII_W_TITLE) || st_pii_token_equals(scan, first, "is"))
        first++;
    enum likeness likeness = likeness_of(scan, first);
    bool is_pair = is_free_word(scan, first) && is_free_word(scan, first + 1) && !scan->is_cased &&
                   scan->tokens[first].classes & ST_PII_W_GIVEN &&
                   scan->tokens[first + 1].classes & ST_PII_W_SURNAME;
    if (is_pair && likeness < GIVEN)
        claim(scan, first, first + 2, 0.7F);
    else if (likeness >= SURNAME || (likeness == CAPITAL && may_follow(scan, first + 1, false)))
        claim(scan, first, name_end(scan, first, likeness == GIVEN), 0.85F);
}

static void read_cues(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->cue_count; i++)
        if (scan->cues[i].kind == ST_PII_CUE_NAME)
            read_announced(scan, &scan->cues[i]);
        else if (scan->cues[i].kind == ST_PII_CUE_INTRODUCTION)
            read_introduced(scan, &scan->cues[i]);
}

/* A question was asked, and this is all that is answered. */
static void read_answer(struct st_pii_scan *scan)
{
    unsigned first = skip_lead(scan, 0);
    if (!st_pii_detect_is_awaited(scan, ST_PII_CUE_NAME) ||
        st_pii_memory_age(scan->memory, ST_PII_CUE_NAME) > 2 ||
        scan->memory->cues[ST_PII_CUE_NAME].channel == scan->channel ||
        scan->token_count - first > ANSWER_TOKENS_MAX || !is_name_start(scan, first))
        return;
    unsigned end = name_end(scan, first, true);
    bool is_all = end == scan->token_count || scan->tokens[end].gap != ST_PII_GAP_SPACE ||
                  scan->tokens[end].classes & (ST_PII_W_FILLER | ST_PII_W_LETTER | ST_PII_W_JOIN) ||
                  scan->tokens[end].is_in_cue;
    if (is_all || likeness_of(scan, first) == GIVEN)
        claim(scan, first, end, 0.75F);
}

/* ---- addressed, or plain ---- */

static void read_titles(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i + 1 < scan->token_count; i++) {
        if (!(scan->tokens[i].classes & ST_PII_W_TITLE) ||
            st_pii_token_among(scan, i, "sir madam ma'am miss dr"))
            if (!st_pii_token_among(scan, i, "miss dr") ||
                likeness_of(scan, i + 1) < (scan->is_cased ? CAPITAL : SURNAME))
                continue;
        bool is_named = is_free_word(scan, i + 1) && scan->tokens[i + 1].gap != ST_PII_GAP_COMMA &&
                        (likeness_of(scan, i + 1) != NO_NAME ||
                         scan->tokens[i + 1].classes & ST_PII_W_SURNAME) &&
                        !(scan->tokens[i + 1].classes & never);
        if (is_named)
            claim(scan, i + 1, name_end(scan, i + 1, false), 0.9F);
    }
}

static bool is_salute(const struct st_pii_scan *scan, unsigned i)
{
    return i > 0 && st_pii_token_is(scan, i - 1, ST_PII_W_SALUTE);
}

/* "from Austin", "in Charlotte": towns that are names too. */
static bool is_place(const struct st_pii_scan *scan, unsigned i)
{
    return i > 0 && st_pii_token_is(scan, i, ST_PII_W_CITY | ST_PII_W_STATE) &&
           st_pii_token_among(scan, i - 1, "in from to near at outside downtown of through");
}

static void read_known(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->token_count; i++) {
        if (!is_free_word(scan, i) || is_place(scan, i))
            continue;
        const struct st_pii_token *token = &scan->tokens[i];
        enum likeness likeness = likeness_of(scan, i);
        bool is_repeated = likeness != NO_NAME && st_pii_memory_has_name(scan->memory, token->hash);
        bool is_ambiguous = (token->classes & (ST_PII_W_COMMON | ST_PII_W_CITY | ST_PII_W_MONTH |
                                               ST_PII_W_STATE | ST_PII_W_NATO)) != 0;
        bool has_first =
            likeness == GIVEN || (likeness == CAPITAL && likeness_of(scan, i + 1) == SURNAME &&
                                  scan->tokens[i + 1].gap == ST_PII_GAP_SPACE);
        unsigned end = has_first ? name_end(scan, i, !is_ambiguous) : i + 1;
        bool has_surname = end > i + 1;
        bool is_all = end == scan->token_count || scan->tokens[end].gap != ST_PII_GAP_SPACE;
        if (has_first && (has_surname || !is_ambiguous || is_salute(scan, i)))
            claim(scan, i, end, has_surname ? 0.85F : 0.75F);
        else if (is_repeated)
            claim(scan, i, end, 0.7F);
        else if (is_salute(scan, i) && is_all && likeness == CAPITAL)
            claim(scan, i, end, 0.6F);
        else if (is_salute(scan, i) && token->classes & ST_PII_W_GIVEN &&
                 !st_pii_token_is(scan, i, never) && end == scan->token_count)
            claim(scan, i, end, 0.65F);
    }
}

/* ---- spelled ---- */

static bool is_spelled_element(const struct st_pii_scan *scan, unsigned i, unsigned *ret_used)
{
    char text[16];
    if (i >= scan->token_count || scan->tokens[i].kind != ST_PII_WORD)
        return false;
    *ret_used = st_pii_runs_spell(scan, i, text, sizeof(text));
    return *ret_used > 0 && text[0] >= 'A';
}

static bool is_name_spelled(const struct st_pii_scan *scan, unsigned first)
{
    return st_pii_detect_cue_before(scan, ST_PII_CUE_SPELL, first, CUE_REACH) ||
           st_pii_detect_cue_before(scan, ST_PII_CUE_NAME, first, CUE_REACH) ||
           st_pii_detect_is_awaited(scan, ST_PII_CUE_NAME) ||
           (first > 0 && scan->tokens[first - 1].claim == ST_PII_CLAIMED);
}

static unsigned read_spelled(struct st_pii_scan *scan, unsigned first)
{
    unsigned end = first, used, letters = 0;
    while (is_spelled_element(scan, end, &used) &&
           (end == first || scan->tokens[end].gap != ST_PII_GAP_STOP)) {
        end += used;
        letters++;
    }
    if (letters >= SPELLED_MIN && is_name_spelled(scan, first))
        claim(scan, first, end, 0.85F);
    return end > first ? end : first + 1;
}

static void read_organisations(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->cue_count; i++)
        if (scan->cues[i].kind == ST_PII_CUE_ORGANISATION &&
            st_pii_detect_is_free(scan, scan->cues[i].first, scan->cues[i].last))
            st_pii_detect_spare(scan, scan->cues[i].first, scan->cues[i].last);
}

void st_pii_name_detect(struct st_pii_scan *scan)
{
    read_organisations(scan);
    read_cues(scan);
    read_answer(scan);
    read_titles(scan);
    read_known(scan);
    for (unsigned i = 0; i < scan->token_count;)
        i = st_pii_token_is(scan, i, ST_PII_W_LETTER | ST_PII_W_NATO | ST_PII_W_REPEAT)
                ? read_spelled(scan, i)
                : i + 1;
}
