/* Postal addresses: a house number, a street's name and suffix, and what follows them. */
#include "pii_scan.h"

#include <string.h>

enum { STREET_WORDS_MAX = 4, CITY_WORDS_MAX = 3, ANSWER_TOKENS_MAX = 14 };

static bool is_word(const struct st_pii_scan *scan, unsigned i)
{
    return i < scan->token_count && scan->tokens[i].kind == ST_PII_WORD &&
           scan->tokens[i].claim == ST_PII_FREE;
}

/* Suffixes that are everyday words too need a name before them that is none. */
static bool is_sure_suffix(const struct st_pii_scan *scan, unsigned i)
{
    return st_pii_token_among(
        scan, i,
        "street avenue ave road rd lane ln boulevard blvd parkway pkwy highway "
        "hwy crescent terrace turnpike drive");
}

static bool is_meant(const struct st_pii_scan *scan, unsigned at)
{
    const struct st_pii_cue *cue = st_pii_detect_cue_before(scan, ST_PII_CUE_ADDRESS, at, 8);
    return (cue && cue->is_strong) || st_pii_detect_is_awaited(scan, ST_PII_CUE_ADDRESS) ||
           st_pii_detect_cue_before(scan, ST_PII_CUE_POSTCODE, at, 8) != NULL;
}

static bool is_direction(const struct st_pii_scan *scan, unsigned i)
{
    return st_pii_token_among(scan, i,
                              "north south east west northeast northwest southeast "
                              "southwest n s e w ne nw se sw");
}

static bool is_name_like(const struct st_pii_scan *scan, unsigned i)
{
    const struct st_pii_token *token = &scan->tokens[i];
    if (scan->is_cased)
        return token->is_capital;
    return (token->classes & (ST_PII_W_COMMON | ST_PII_W_FILLER | ST_PII_W_LEAD | ST_PII_W_UNIT)) ==
               0 ||
           token->classes & (ST_PII_W_SURNAME | ST_PII_W_GIVEN);
}

static bool is_street_word(const struct st_pii_scan *scan, unsigned i)
{
    const struct st_pii_token *token = &scan->tokens[i];
    if (!is_word(scan, i) || token->gap == ST_PII_GAP_STOP || token->is_in_cue)
        return false;
    return (token->classes & (ST_PII_W_FILLER | ST_PII_W_LEAD | ST_PII_W_AT_TIME)) == 0;
}

/* The suffix of the street whose name begins at `first`; 0 when there is none. */
static unsigned find_suffix(const struct st_pii_scan *scan, unsigned first, bool meant)
{
    bool has_name = false;
    for (unsigned i = first; i < first + STREET_WORDS_MAX + 1; i++) {
        if (!is_word(scan, i))
            return 0;
        bool is_suffix = i > first && st_pii_token_is(scan, i, ST_PII_W_STREET);
        bool goes_on = is_suffix && st_pii_token_is(scan, i + 1, ST_PII_W_STREET) &&
                       !st_pii_token_is(scan, i, ST_PII_W_COMMON) && scan->tokens[i + 1].gap <= 1;
        if (is_suffix && !goes_on && (meant || has_name || is_sure_suffix(scan, i)))
            return i;
        if (!is_street_word(scan, i))
            return 0;
        has_name |= is_name_like(scan, i) || is_direction(scan, i) ||
                    st_pii_token_is(scan, i, ST_PII_W_ORDINAL);
    }
    return 0;
}

/* "apartment 4 b", "unit twelve", ", suite 300" */
static unsigned skip_unit(const struct st_pii_scan *scan, unsigned i)
{
    char text[16];
    unsigned used, end = i;
    if (!st_pii_token_among(scan, i,
                            "apartment apt suite unit flat floor number room building "
                            "block lot house"))
        return i;
    end++;
    if (st_pii_token_equals(scan, end, "number"))
        end++;
    for (unsigned parts = 0; parts < 3; parts++) {
        used = st_pii_runs_spell(scan, end, text, sizeof(text));
        if (used == 0)
            break;
        end += used;
    }
    return end > i + 1 ? end : i;
}

static unsigned skip_state(const struct st_pii_scan *scan, unsigned i)
{
    if (!is_word(scan, i))
        return i;
    if (st_pii_token_among(scan, i, "new north south west rhode district") &&
        is_word(scan, i + 1) &&
        st_pii_token_among(scan, i + 1,
                           "york jersey mexico hampshire carolina dakota virginia "
                           "island wales"))
        return i + 2;
    bool is_capital = st_pii_token_equals(scan, i, "washington");
    if (is_capital && st_pii_token_equals(scan, i + 1, "d") &&
        st_pii_token_equals(scan, i + 2, "c"))
        return i + 3;
    if (is_capital && st_pii_token_equals(scan, i + 1, "dc"))
        return i + 2;
    const struct st_pii_token *token = &scan->tokens[i];
    bool is_short = token->end - token->start <= 2;
    if (!(token->classes & ST_PII_W_STATE) || (is_short && scan->is_cased && !token->is_upper))
        return i;
    if (is_short && !scan->is_cased && token->classes & ST_PII_W_COMMON)
        return i;
    return i + 1;
}

static bool is_postcode_first(const struct st_pii_scan *scan, unsigned i)
{
    const struct st_pii_token *token = &scan->tokens[i];
    size_t len = token->end - token->start;
    const char *text = scan->text + token->start;
    if (token->kind != ST_PII_MIXED || len < 2 || len > 4 || !(token->is_upper || !scan->is_cased))
        return false;
    bool is_letter = (text[0] | 32) >= 'a' && (text[0] | 32) <= 'z';
    return is_letter && strcspn(text, "0123456789") <= 2;
}

static bool is_postcode_second(const struct st_pii_scan *scan, unsigned i)
{
    if (i >= scan->token_count || scan->tokens[i].kind != ST_PII_MIXED)
        return false;
    const struct st_pii_token *token = &scan->tokens[i];
    const char *text = scan->text + token->start;
    return token->end - token->start == 3 && text[0] >= '0' && text[0] <= '9' && text[1] >= 'A' &&
           text[2] >= 'A';
}

static const struct st_pii_run *run_at(const struct st_pii_scan *scan, unsigned i)
{
    unsigned first = 0, end = scan->run_count;
    while (first < end) {
        unsigned middle = first + (end - first) / 2;
        if (scan->runs[middle].first < i)
            first = middle + 1;
        else
            end = middle;
    }
    return first < scan->run_count && scan->runs[first].first == i ? &scan->runs[first] : NULL;
}

/* A zip code or a postcode at i, perhaps behind a word for it. */
static unsigned skip_postcode(const struct st_pii_scan *scan, unsigned i)
{
    unsigned at = i;
    while (
        at < i + 5 && at < scan->token_count &&
        (scan->tokens[at].is_in_cue || scan->tokens[at].classes & (ST_PII_W_LEAD | ST_PII_W_JOIN)))
        at++;
    if (at >= scan->token_count || (at > i && !st_pii_token_among(scan, i,
                                                                  "zip postcode postal post "
                                                                  "zipcode and the")))
        return i;
    const struct st_pii_run *run = run_at(scan, at);
    if (run && (run->digits == 5 || run->digits == 9 || run->digits == 4) && !run->has_cardinal)
        return run->last + 1;
    if (at + 1 < scan->token_count && is_postcode_first(scan, at) &&
        is_postcode_second(scan, at + 1))
        return at + 2;
    return i;
}

/* A row of words that may be a town: known, or named before a state or a postcode. */
static unsigned skip_city(const struct st_pii_scan *scan, unsigned i, bool meant)
{
    unsigned end = i;
    bool is_known = false;
    if (st_pii_token_equals(scan, i, "in"))
        end++;
    unsigned first = end;
    while (end < first + CITY_WORDS_MAX && is_word(scan, end) && !scan->tokens[end].is_in_cue &&
           (scan->tokens[end].gap != ST_PII_GAP_STOP) && skip_state(scan, end) == end) {
        const struct st_pii_token *token = &scan->tokens[end];
        bool is_city = (token->classes & ST_PII_W_CITY) != 0;
        bool is_odd = (token->classes & (ST_PII_W_COMMON | ST_PII_W_FILLER | ST_PII_W_LEAD)) == 0;
        if (!is_city && !is_odd && !(scan->is_cased && token->is_capital))
            break;
        is_known |= is_city || (scan->is_cased && token->is_capital);
        end++;
    }
    if (end == first)
        return skip_state(scan, first) > first ? skip_state(scan, first) : i;
    unsigned state = skip_state(scan, end);
    if (state > end || is_known || meant || skip_postcode(scan, end) > end)
        return state;
    return i;
}

/* What goes on with an address behind its street. */
static unsigned read_rest(const struct st_pii_scan *scan, unsigned end, bool meant)
{
    if (is_direction(scan, end) && is_word(scan, end))
        end++;
    for (unsigned i = 0; i < 2; i++) {
        unsigned next = skip_unit(scan, end);
        next = skip_city(scan, next, meant);
        next = skip_postcode(scan, next);
        if (next == end)
            break;
        end = next;
    }
    return end;
}

/* "ten minutes drive", "two way street" */
static bool is_measured(const struct st_pii_scan *scan, unsigned i)
{
    return st_pii_token_is(scan, i, ST_PII_W_UNIT) ||
           st_pii_token_among(scan, i, "way lane star bedroom minute mile percent of");
}

static void read_street(struct st_pii_scan *scan, const struct st_pii_run *run)
{
    bool meant = is_meant(scan, run->first);
    if (run->digits > 6 || !st_pii_detect_is_free(scan, run->first, run->last))
        return;
    unsigned next = run->last + 1;
    if (next < scan->token_count &&
        (scan->tokens[next].gap == ST_PII_GAP_STOP || is_measured(scan, next)))
        return;
    if (next < scan->token_count && st_pii_token_is(scan, next, ST_PII_W_LETTER) &&
        !st_pii_token_among(scan, next, "a i"))
        next++;
    unsigned suffix = find_suffix(scan, next, meant);
    if (suffix == 0)
        return;
    unsigned first = run->first;
    while (first > 1 && st_pii_token_equals(scan, first - 1, "number"))
        first--;
    st_pii_detect_claim(scan, ST_PII_ADDRESS, first, read_rest(scan, suffix + 1, meant) - 1,
                        meant ? 0.95F : 0.85F);
}

/* "p o box 1234" */
static void read_box(struct st_pii_scan *scan, const struct st_pii_run *run)
{
    unsigned at = run->first;
    if (at == 0 || !st_pii_token_equals(scan, at - 1, "box") ||
        !st_pii_detect_is_free(scan, run->first, run->last))
        return;
    unsigned first = at - 1;
    if (first > 1 && st_pii_token_equals(scan, first - 1, "o") &&
        st_pii_token_equals(scan, first - 2, "p"))
        first -= 2;
    else if (first > 0 && st_pii_token_equals(scan, first - 1, "po"))
        first -= 1;
    else
        return;
    st_pii_detect_claim(scan, ST_PII_ADDRESS, first, read_rest(scan, run->last + 1, true) - 1,
                        0.9F);
}

/* "austin texas seven eight seven oh one" */
static void read_town_and_zip(struct st_pii_scan *scan, const struct st_pii_run *run)
{
    unsigned state = run->first;
    if ((run->digits != 5 && run->digits != 9) || run->has_cardinal || run->first == 0 ||
        !st_pii_detect_is_free(scan, run->first, run->last))
        return;
    if (skip_state(scan, run->first - 1) == run->first)
        state = run->first - 1;
    else if (run->first > 1 && skip_state(scan, run->first - 2) == run->first)
        state = run->first - 2;
    else
        return;
    unsigned first = state;
    while (first > 0 && state - first < CITY_WORDS_MAX && is_word(scan, first - 1) &&
           scan->tokens[first].gap != ST_PII_GAP_STOP &&
           (st_pii_token_is(scan, first - 1, ST_PII_W_CITY) ||
            (scan->is_cased && scan->tokens[first - 1].is_capital)) &&
           !scan->tokens[first - 1].is_in_cue)
        first--;
    st_pii_detect_claim(scan, ST_PII_ADDRESS, first, run->last, 0.85F);
}

/* In answer to the question a town will do, and a street without its suffix. */
static void read_answer(struct st_pii_scan *scan)
{
    unsigned first = 0;
    if (scan->token_count > ANSWER_TOKENS_MAX || scan->found_count > 0 ||
        !st_pii_detect_is_awaited(scan, ST_PII_CUE_ADDRESS) ||
        st_pii_memory_age(scan->memory, ST_PII_CUE_ADDRESS) > 2 ||
        scan->memory->cues[ST_PII_CUE_ADDRESS].channel == scan->channel)
        return;
    while (st_pii_detect_is_lead(scan, first, first + 1 < scan->token_count ? first + 1 : first) &&
           first + 1 < scan->token_count)
        first++;
    const struct st_pii_run *run = run_at(scan, first);
    unsigned after = run ? run->last + 1 : first;
    unsigned end = skip_city(scan, after, run != NULL);
    end = skip_postcode(scan, end);
    bool is_town = !run && end > first && end == scan->token_count;
    if (end > after && (is_town || (run && run->digits <= 6 && !run->has_cardinal)))
        st_pii_detect_claim(scan, ST_PII_ADDRESS, first, end - 1, 0.6F);
}

static void read_postcodes(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i + 1 < scan->token_count; i++)
        if (scan->tokens[i].kind == ST_PII_MIXED && st_pii_detect_is_free(scan, i, i + 1) &&
            is_postcode_first(scan, i) && is_postcode_second(scan, i + 1))
            st_pii_detect_claim(scan, ST_PII_ADDRESS, i, i + 1, 0.85F);
}

/* "I live in Portland Oregon" */
static void read_residence(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->cue_count; i++) {
        const struct st_pii_cue *cue = &scan->cues[i];
        unsigned next = cue->last + 1;
        if (cue->kind != ST_PII_CUE_ADDRESS || !st_pii_token_equals(scan, next, "in") ||
            !is_word(scan, next + 1))
            continue;
        unsigned end = skip_city(scan, next + 1, false);
        if (end > next + 1 && st_pii_detect_is_free(scan, next + 1, end - 1))
            st_pii_detect_claim(scan, ST_PII_ADDRESS, next + 1, end - 1, 0.6F);
    }
}

void st_pii_address_detect(struct st_pii_scan *scan)
{
    for (unsigned r = 0; r < scan->run_count; r++) {
        const struct st_pii_run *run = &scan->runs[r];
        read_street(scan, run);
        read_box(scan, run);
        read_town_and_zip(scan, run);
    }
    read_postcodes(scan);
    if (scan->cue_kinds >> ST_PII_CUE_ADDRESS & 1)
        read_residence(scan);
    read_answer(scan);
}
