/* Letters and digits that are given as a code: identity papers, vehicles, banks, log-ins. */
#include "pii_judge.h"

#include <string.h>

enum { CODE_MAX = 40, ANSWER_WORDS_MAX = 6, VIN_LENGTH = 17, ANSWER_CODE_MIN = 5 };

struct code {
    unsigned first, end; /* tokens */
    char text[CODE_MAX + 1];
    unsigned letters, digits;
    unsigned elements;
};

/* ---- reading one ---- */

static void put_element(struct code *code, const char *text)
{
    size_t len = strlen(code->text);
    for (; *text && len < CODE_MAX; text++) {
        code->text[len++] = *text;
        code->letters += *text >= 'A' && *text <= 'Z';
        code->digits += *text >= '0' && *text <= '9';
    }
    code->text[len] = '\0';
    code->elements++;
}

/* A word in capitals may be a piece of a code that was written down. */
static bool is_written_piece(const struct st_pii_scan *scan, unsigned i)
{
    const struct st_pii_token *token = &scan->tokens[i];
    return (scan->is_cased || token->classes == 0) && token->is_upper &&
           token->end - token->start <= 8 && token->end - token->start >= 2 &&
           token->claim == ST_PII_FREE && !token->is_in_cue;
}

static unsigned read_piece(const struct st_pii_scan *scan, unsigned i, char *text, size_t bytes)
{
    if (is_written_piece(scan, i) && scan->tokens[i].kind == ST_PII_WORD) {
        size_t len = scan->tokens[i].end - scan->tokens[i].start;
        memcpy(text, scan->text + scan->tokens[i].start, len);
        text[len] = '\0';
        return len < bytes ? 1 : 0;
    }
    return st_pii_runs_spell(scan, i, text, bytes);
}

static struct code read_code(const struct st_pii_scan *scan, unsigned first)
{
    struct code code = {.first = first, .end = first};
    char text[CODE_MAX + 1];
    for (unsigned i = first; i < scan->token_count && strlen(code.text) < CODE_MAX;) {
        bool is_break = i > first && scan->tokens[i].gap == ST_PII_GAP_STOP;
        unsigned used = is_break ? 0 : read_piece(scan, i, text, sizeof(text));
        if (used > 0) {
            put_element(&code, text);
            i += used;
            code.end = i;
        } else if (!is_break && code.elements > 0 && i == code.end &&
                   st_pii_token_is(scan, i, ST_PII_W_JOIN)) {
            i++;
        } else {
            break;
        }
    }
    return code;
}

/* ---- what a code may look like ---- */

static float judge_passport(const struct code *code)
{
    size_t len = strlen(code->text);
    return len >= 6 && len <= 10 && code->digits >= 5 ? 0.92F : code->digits >= 3 ? 0.6F : 0;
}

static float judge_driver(const struct code *code)
{
    size_t len = strlen(code->text);
    return len >= 5 && len <= 20 && code->digits >= 3 ? 0.9F : code->digits >= 3 ? 0.6F : 0;
}

static float judge_plate(const struct code *code)
{
    size_t len = strlen(code->text);
    return len >= 4 && len <= 9 && code->letters > 0 ? 0.9F : len >= 3 && len <= 9 ? 0.6F : 0;
}

static float judge_swift(const struct code *code)
{
    size_t len = strlen(code->text);
    return (len == 8 || len == 11) && code->letters >= 6 ? 0.95F : code->letters >= 4 ? 0.6F : 0;
}

static bool passes_vin(const char *text)
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ", values[] = "12345678123457923456789";
    static const unsigned weights[] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    unsigned sum = 0;
    for (unsigned i = 0; i < VIN_LENGTH; i++) {
        const char *letter = text[i] ? strchr(letters, text[i]) : NULL;
        if (!letter && (text[i] < '0' || text[i] > '9'))
            return false;
        unsigned value = (unsigned)((letter ? values[letter - letters] : text[i]) - '0');
        sum += value * weights[i];
    }
    return text[8] == (sum % 11 == 10 ? 'X' : (char)('0' + sum % 11));
}

static float judge_vin(const struct code *code)
{
    size_t len = strlen(code->text);
    return len == VIN_LENGTH ? (passes_vin(code->text) ? 0.98F : 0.9F) : len >= 5 ? 0.6F : 0;
}

static float judge_iban(const struct code *code)
{
    size_t len = strlen(code->text);
    if (st_pii_bank_passes_iban(code->text, len))
        return 0.99F;
    return len >= 15 && len <= 34 ? 0.9F : len >= 4 ? 0.6F : 0;
}

static float judge_id(const struct code *code)
{
    size_t len = strlen(code->text);
    return len >= 5 && len <= 20 && code->digits >= 3 ? 0.9F
           : len >= 4 && code->digits >= 2            ? 0.6F
                                                      : 0;
}

static float judge_postcode(const struct code *code)
{
    size_t len = strlen(code->text);
    return len >= 5 && len <= 8 && code->letters >= 2 && code->digits >= 2 ? 0.92F
           : len >= 2 && code->digits >= 1 && len <= 8                     ? 0.5F
                                                                           : 0;
}

static const struct {
    uint8_t cue, type;
    float (*judge)(const struct code *code);
} kinds[] = {
    {ST_PII_CUE_PASSPORT, ST_PII_PASSPORT, judge_passport},
    {ST_PII_CUE_DRIVER, ST_PII_DRIVER_ID, judge_driver},
    {ST_PII_CUE_PLATE, ST_PII_LICENSE_PLATE, judge_plate},
    {ST_PII_CUE_VIN, ST_PII_VIN, judge_vin},
    {ST_PII_CUE_IBAN, ST_PII_IBAN, judge_iban},
    {ST_PII_CUE_SWIFT, ST_PII_SWIFT, judge_swift},
    {ST_PII_CUE_NATIONAL, ST_PII_NATIONAL_ID, judge_id},
    {ST_PII_CUE_TAX, ST_PII_TAX_ID, judge_id},
    {ST_PII_CUE_MEDICAL, ST_PII_MEDICAL_RECORD, judge_id},
    {ST_PII_CUE_POSTCODE, ST_PII_ADDRESS, judge_postcode},
};

/* Where an answer begins: behind lead-ins. */
static unsigned skip_lead(const struct st_pii_scan *scan, unsigned i)
{
    while (i < scan->token_count &&
           scan->tokens[i].classes & (ST_PII_W_FILLER | ST_PII_W_LEAD | ST_PII_W_JOIN) &&
           !(scan->tokens[i].classes & (ST_PII_W_OH)))
        i++;
    return i;
}

static bool try_code(struct st_pii_scan *scan, size_t kind, unsigned first)
{
    struct code code = read_code(scan, first);
    bool is_enough = code.elements > 1 || code.digits + code.letters >= 4;
    float confidence = is_enough && code.digits + code.letters > 0 ? kinds[kind].judge(&code) : 0;
    if (confidence == 0 || !st_pii_detect_is_free(scan, code.first, code.end - 1))
        return false;
    st_pii_detect_claim(scan, (enum st_pii_type)kinds[kind].type, code.first, code.end - 1,
                        confidence);
    return true;
}

static void read_announced(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->cue_count; i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
            if (scan->cues[i].kind == kinds[k].cue && scan->cues[i].is_strong)
                try_code(scan, k, skip_lead(scan, scan->cues[i].last + 1));
}

static bool may_begin(const struct st_pii_scan *scan, unsigned i)
{
    return scan->tokens[i].kind != ST_PII_WORD ||
           (st_pii_token_is(scan, i, ST_PII_W_LETTER | ST_PII_W_NATO | ST_PII_W_DIGIT) &&
            !st_pii_token_among(scan, i, "a i"));
}

/* Behind lead-ins, or behind other words ("let me check") when it is long. */
static bool try_answer(struct st_pii_scan *scan, size_t kind, unsigned first)
{
    if (first < scan->token_count && try_code(scan, kind, first))
        return true;
    for (unsigned i = first + 1; i < scan->token_count; i++) {
        if (!may_begin(scan, i))
            continue;
        struct code code = read_code(scan, i);
        if (strlen(code.text) >= ANSWER_CODE_MIN && try_code(scan, kind, i))
            return true;
        if (code.end > i)
            i = code.end - 1;
    }
    return false;
}

/* Only what was asked for last: digits may answer many questions. */
static void read_awaited(struct st_pii_scan *scan)
{
    unsigned first = skip_lead(scan, 0);
    uint32_t newest = UINT32_MAX;
    for (unsigned cue = 0; cue < ST_PII_CUE_KINDS; cue++)
        if (st_pii_detect_is_awaited(scan, cue) && st_pii_memory_age(scan->memory, cue) < newest)
            newest = st_pii_memory_age(scan->memory, cue);
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        if (st_pii_detect_is_awaited(scan, kinds[k].cue) &&
            st_pii_memory_age(scan->memory, kinds[k].cue) == newest && try_answer(scan, k, first))
            return;
}

/* ---- log-ins ---- */

static bool is_secret_word(const struct st_pii_scan *scan, unsigned i, unsigned first)
{
    const struct st_pii_token *token = &scan->tokens[i];
    if (i >= scan->token_count || token->claim != ST_PII_FREE || token->is_in_cue ||
        (i > first && token->gap == ST_PII_GAP_STOP))
        return false;
    if (token->kind != ST_PII_WORD || i + 1 == first)
        return true;
    bool is_plain = (token->classes & (ST_PII_W_COMMON | ST_PII_W_FILLER | ST_PII_W_LEAD)) != 0 &&
                    !(token->classes & (ST_PII_W_DIGIT | ST_PII_W_LETTER | ST_PII_W_NATO));
    return !is_plain || st_pii_token_is(scan, i, ST_PII_W_SEPARATOR | ST_PII_W_DOT);
}

static void claim_secret(struct st_pii_scan *scan, enum st_pii_type type, unsigned first)
{
    unsigned end = first;
    while (end < scan->token_count && end < first + 2 * ANSWER_WORDS_MAX &&
           is_secret_word(scan, end, first))
        end++;
    if (end > first)
        st_pii_detect_claim(scan, type, first, end - 1, 0.8F);
}

static void read_secret(struct st_pii_scan *scan, enum st_pii_cue_kind cue, enum st_pii_type type)
{
    for (unsigned i = 0; i < scan->cue_count; i++) {
        unsigned next = scan->cues[i].last + 1;
        bool is_odd = next < scan->token_count && scan->tokens[next].gap != ST_PII_GAP_STOP &&
                      (scan->tokens[next].kind == ST_PII_MIXED || scan->tokens[next].classes == 0);
        if (scan->cues[i].kind == cue &&
            (is_odd || st_pii_token_among(scan, next, "is was it's as"))) {
            claim_secret(scan, type, skip_lead(scan, next));
            return;
        }
    }
    unsigned first = skip_lead(scan, 0);
    if (st_pii_detect_is_awaited(scan, cue) && !(scan->cue_kinds >> cue & 1) &&
        st_pii_memory_age(scan->memory, cue) <= 2 &&
        scan->memory->cues[cue].channel != scan->channel &&
        scan->token_count - first <= ANSWER_WORDS_MAX + 2)
        claim_secret(scan, type, first);
}

/* ---- what needs no announcement ---- */

/* An IBAN or a VIN by its check digits, a United Kingdom postcode by its form. */
static void read_written(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->token_count; i++) {
        const struct st_pii_token *token = &scan->tokens[i];
        if (token->kind != ST_PII_MIXED || token->claim != ST_PII_FREE)
            continue;
        struct code code = read_code(scan, i);
        size_t len = strlen(code.text);
        if (code.end == i)
            continue;
        if (st_pii_bank_passes_iban(code.text, len) && code.letters >= 2)
            st_pii_detect_claim(scan, ST_PII_IBAN, i, code.end - 1, 0.97F);
        else if (len == VIN_LENGTH && passes_vin(code.text) && code.letters >= 3)
            st_pii_detect_claim(scan, ST_PII_VIN, i, code.end - 1, 0.95F);
        else if (code.digits >= 7)
            st_pii_detect_claim(scan, ST_PII_NUMBER, i, code.end - 1, 0.4F);
    }
}

void st_pii_code_detect(struct st_pii_scan *scan)
{
    read_announced(scan);
    read_secret(scan, ST_PII_CUE_USERNAME, ST_PII_USERNAME);
    read_secret(scan, ST_PII_CUE_PASSWORD, ST_PII_PASSWORD);
    read_awaited(scan);
    read_written(scan);
}
