/* Where a partial must end in mode redact: before the first word that the next ones may turn into
 * personal data. */
#include "pii_scan.h"

enum { AWAITED_FINALS_MAX = 2, SPELLED_REACH = 12, INTRODUCED_REACH = 4 };

static const uint32_t numeric = ST_PII_W_DIGIT | ST_PII_W_OH | ST_PII_W_TEEN | ST_PII_W_TENS |
                                ST_PII_W_REPEAT | ST_PII_W_HUNDRED | ST_PII_W_THOUSAND |
                                ST_PII_W_NATO | ST_PII_W_LETTER;

static bool is_open_ended(const struct st_pii_token *token)
{
    if (token->claim == ST_PII_CLAIMED)
        return false;
    return token->kind != ST_PII_WORD || (token->classes & numeric) != 0;
}

static bool is_join(const struct st_pii_token *token)
{
    return token->claim != ST_PII_CLAIMED &&
           (token->classes &
            (ST_PII_W_JOIN | ST_PII_W_FILLER | ST_PII_W_SEPARATOR | ST_PII_W_DOT)) != 0;
}

/* The number or spelling that reaches the end, whatever it was taken for. */
static unsigned number_start(const struct st_pii_scan *scan)
{
    unsigned start = scan->token_count;
    for (unsigned i = scan->token_count; i-- > 0;) {
        if (is_open_ended(&scan->tokens[i]))
            start = i;
        else if (!is_join(&scan->tokens[i]))
            break;
    }
    return start;
}

/* "john dot", "bluebird underscore": what may become an address in the next words. */
static unsigned address_start(const struct st_pii_scan *scan)
{
    unsigned count = scan->token_count;
    unsigned first = count > SPELLED_REACH ? count - SPELLED_REACH : 0;
    for (unsigned i = first; i < count; i++) {
        const struct st_pii_token *token = &scan->tokens[i];
        bool is_part = token->claim == ST_PII_FREE &&
                       (token->classes & (ST_PII_W_SEPARATOR | ST_PII_W_DOT)) != 0;
        if (is_part)
            return i > first ? i - 1 : i;
    }
    return count > 1 && st_pii_token_equals(scan, count - 1, "at") ? count - 2 : count;
}

static bool is_asked(const struct st_pii_scan *scan, enum st_pii_cue_kind kind)
{
    return st_pii_detect_is_awaited(scan, kind) &&
           st_pii_memory_age(scan->memory, kind) <= AWAITED_FINALS_MAX &&
           scan->memory->cues[kind].channel != scan->channel;
}

/* The words of an answer, or behind "my password is". */
static unsigned words_start(const struct st_pii_scan *scan)
{
    static const enum st_pii_cue_kind kinds[] = {ST_PII_CUE_EMAIL,    ST_PII_CUE_ADDRESS,
                                                 ST_PII_CUE_USERNAME, ST_PII_CUE_PASSWORD,
                                                 ST_PII_CUE_NAME,     ST_PII_CUE_POSTCODE};
    unsigned start = scan->token_count;
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        unsigned from = 0;
        if (!is_asked(scan, kinds[k])) {
            unsigned reach = kinds[k] == ST_PII_CUE_NAME ? INTRODUCED_REACH : SPELLED_REACH;
            const struct st_pii_cue *cue =
                st_pii_detect_cue_before(scan, kinds[k], scan->token_count, reach);
            if (!cue || !cue->is_strong)
                continue;
            from = cue->last + 1;
        }
        while (from < start && (st_pii_detect_is_lead(scan, from, from + 1) ||
                                scan->tokens[from].claim == ST_PII_CLAIMED))
            from++;
        if (from < start)
            start = from;
    }
    return start;
}

unsigned st_pii_hold_start(const struct st_pii_scan *scan)
{
    unsigned number = number_start(scan), address = address_start(scan), words = words_start(scan);
    unsigned start = number < address ? number : address;
    return start < words ? start : words;
}
