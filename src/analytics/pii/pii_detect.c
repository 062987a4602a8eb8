#include "pii_scan.h"

#include <string.h>

/* In this order: what is claimed by one is not seen by the next. */
static const st_pii_detect_fn before_numbers[] = {st_pii_net_detect, st_pii_date_detect};
static const st_pii_detect_fn with_numbers[] = {st_pii_address_detect, st_pii_quantity_detect,
                                                st_pii_code_detect, st_pii_number_detect,
                                                st_pii_name_detect};

static void sort_found(struct st_pii_scan *scan)
{
    for (unsigned i = 1; i < scan->found_count; i++) {
        struct st_pii_found found = scan->found[i];
        unsigned at = i;
        for (; at > 0 && scan->found[at - 1].first > found.first; at--)
            scan->found[at] = scan->found[at - 1];
        scan->found[at] = found;
    }
}

static bool belongs_to(const struct st_pii_scan *scan, const struct st_pii_found *last,
                       const struct st_pii_found *found)
{
    if (found->first <= last->last)
        return true;
    return last->type == found->type && last->last + 1 == found->first &&
           scan->tokens[found->first].gap != ST_PII_GAP_STOP &&
           (found->type == ST_PII_NAME || found->type == ST_PII_ADDRESS);
}

/* Names and addresses with nothing but a pause between them are one, and so is what overlaps: of
 * two detectors the one that began earlier has it. */
static void join_found(struct st_pii_scan *scan)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < scan->found_count; i++) {
        struct st_pii_found *last = kept > 0 ? &scan->found[kept - 1] : NULL;
        const struct st_pii_found *found = &scan->found[i];
        if (!last || !belongs_to(scan, last, found)) {
            scan->found[kept++] = *found;
            continue;
        }
        if (found->last > last->last)
            last->last = found->last;
        if (found->confidence > last->confidence)
            last->confidence = found->confidence;
    }
    scan->found_count = kept;
}

static bool is_bare(const struct st_pii_scan *scan);

void st_pii_detect_run(struct st_pii_scan *scan)
{
    for (size_t i = 0; i < sizeof(before_numbers) / sizeof(before_numbers[0]); i++)
        before_numbers[i](scan);
    st_pii_runs_read(scan);
    scan->is_bare = is_bare(scan);
    for (size_t i = 0; i < sizeof(with_numbers) / sizeof(with_numbers[0]); i++)
        with_numbers[i](scan);
    sort_found(scan);
    join_found(scan);
}

static void mark(struct st_pii_scan *scan, unsigned first, unsigned last, uint8_t claim)
{
    for (unsigned i = first; i <= last && i < scan->token_count; i++)
        scan->tokens[i].claim = claim;
}

void st_pii_detect_claim(struct st_pii_scan *scan, enum st_pii_type type, unsigned first,
                         unsigned last, float confidence)
{
    if (!(scan->settings->types >> type & 1)) {
        mark(scan, first, last, ST_PII_HARMLESS);
        return;
    }
    mark(scan, first, last, ST_PII_CLAIMED);
    scan->found[scan->found_count++] =
        (struct st_pii_found){.type = type, .first = first, .last = last, .confidence = confidence};
}

void st_pii_detect_spare(struct st_pii_scan *scan, unsigned first, unsigned last)
{
    mark(scan, first, last, ST_PII_HARMLESS);
}

bool st_pii_token_equals(const struct st_pii_scan *scan, unsigned i, const char *word)
{
    if (i >= scan->token_count)
        return false;
    const struct st_pii_token *token = &scan->tokens[i];
    size_t bytes = token->end - token->start;
    for (size_t at = 0; at < bytes; at++) {
        char c = scan->text[token->start + at];
        c = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        if (c != word[at])
            return false;
    }
    return word[bytes] == '\0';
}

bool st_pii_token_among(const struct st_pii_scan *scan, unsigned i, const char *words)
{
    if (i >= scan->token_count)
        return false;
    const struct st_pii_token *token = &scan->tokens[i];
    size_t bytes = token->end - token->start;
    while (*words) {
        size_t len = strcspn(words, " ");
        if (len == bytes) {
            char word[32];
            if (len >= sizeof(word))
                return false;
            memcpy(word, words, len);
            word[len] = '\0';
            if (st_pii_token_equals(scan, i, word))
                return true;
        }
        words += len + (words[len] == ' ');
    }
    return false;
}

bool st_pii_detect_is_free(const struct st_pii_scan *scan, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++)
        if (i >= scan->token_count || scan->tokens[i].claim != ST_PII_FREE)
            return false;
    return true;
}

unsigned st_pii_detect_cues_before(const struct st_pii_scan *scan, unsigned at)
{
    unsigned first = 0, end = scan->cue_count;
    while (first < end) {
        unsigned middle = first + (end - first) / 2;
        if (scan->cues[middle].first < at)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

const struct st_pii_cue *st_pii_detect_cue_before(const struct st_pii_scan *scan,
                                                  enum st_pii_cue_kind kind, unsigned at,
                                                  unsigned reach)
{
    if (!(scan->cue_kinds >> kind & 1))
        return NULL;
    for (unsigned i = st_pii_detect_cues_before(scan, at); i-- > 0;) {
        const struct st_pii_cue *cue = &scan->cues[i];
        if (at - cue->first > reach + ST_PII_CUE_WORDS_MAX)
            return NULL;
        if (cue->kind == kind && cue->last < at && at - cue->last <= reach + 1)
            return cue;
    }
    return NULL;
}

/* "no sorry", "no wait"; "hold on": what people say between the pieces of a number. */
static bool is_aside(const struct st_pii_scan *scan, unsigned i)
{
    if (i + 1 < scan->token_count && st_pii_token_among(scan, i, "no nope"))
        return (scan->tokens[i + 1].classes & ST_PII_W_FILLER) != 0;
    return i > 0 && st_pii_token_among(scan, i, "on") &&
           st_pii_token_among(scan, i - 1, "hold hang");
}

static bool is_filling(const struct st_pii_scan *scan, unsigned i)
{
    const struct st_pii_token *token = &scan->tokens[i];
    return (token->classes & (ST_PII_W_FILLER | ST_PII_W_LEAD | ST_PII_W_JOIN)) != 0 ||
           token->is_in_cue || is_aside(scan, i);
}

bool st_pii_detect_is_lead(const struct st_pii_scan *scan, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++)
        if (!is_filling(scan, i))
            return false;
    return true;
}

static bool is_bare(const struct st_pii_scan *scan)
{
    static const uint32_t numeric = ST_PII_W_DIGIT | ST_PII_W_OH | ST_PII_W_TEEN | ST_PII_W_TENS |
                                    ST_PII_W_REPEAT | ST_PII_W_HUNDRED;
    for (unsigned i = 0; i < scan->token_count; i++) {
        const struct st_pii_token *token = &scan->tokens[i];
        if (!is_filling(scan, i) && token->kind != ST_PII_DIGITS && !(token->classes & numeric) &&
            token->claim != ST_PII_CLAIMED)
            return false;
    }
    return true;
}

bool st_pii_detect_is_awaited(const struct st_pii_scan *scan, enum st_pii_cue_kind kind)
{
    bool is_strong;
    return st_pii_memory_awaits(scan->memory, kind, &is_strong) && is_strong;
}
