#include "pii_scan.h"

#include <string.h>

enum {
    AWAITED_FINALS = 8, /* "and the rest?", "one moment", "yes" may stand between */
    AWAITED_US = 90000000,
    RELATED_DIGITS_MIN = 3, /* fewer are no sign of a repetition */
};

bool st_pii_memory_awaits(const struct st_pii_memory *memory, enum st_pii_cue_kind kind,
                          bool *ret_is_strong)
{
    uint32_t final = memory->cues[kind].final;
    *ret_is_strong = memory->cues[kind].is_strong;
    return final > 0 && memory->finals - final < AWAITED_FINALS &&
           memory->media_us - memory->cues[kind].media_us < AWAITED_US;
}

uint32_t st_pii_memory_age(const struct st_pii_memory *memory, enum st_pii_cue_kind kind)
{
    return memory->finals - memory->cues[kind].final;
}

static bool is_within(const char *digits, unsigned count, const char *part, unsigned part_count)
{
    for (unsigned at = 0; at + part_count <= count; at++)
        if (memcmp(digits + at, part, part_count) == 0)
            return true;
    return false;
}

int st_pii_memory_find_number(const struct st_pii_memory *memory, const char *digits,
                              unsigned count)
{
    int harmless = -1;
    if (count < RELATED_DIGITS_MIN)
        return -1;
    for (unsigned i = 0; i < ST_PII_NUMBERS_KEPT; i++) {
        const char *kept = memory->numbers[i].digits;
        unsigned kept_count = memory->numbers[i].count;
        bool is_part = is_within(kept, kept_count, digits, count);
        if (memory->numbers[i].type == ST_PII_NUMBER_HARMLESS) {
            if (is_part && count > RELATED_DIGITS_MIN)
                harmless = ST_PII_NUMBER_HARMLESS;
        } else if (is_part || (kept_count > RELATED_DIGITS_MIN &&
                               is_within(digits, count, kept, kept_count))) {
            return memory->numbers[i].type;
        }
    }
    return harmless;
}

bool st_pii_memory_has_name(const struct st_pii_memory *memory, uint32_t hash)
{
    for (unsigned i = 0; i < ST_PII_NAMES_KEPT; i++)
        if (memory->names[i] == hash)
            return hash != 0;
    return false;
}

void st_pii_memory_begin(struct st_pii_memory *memory, int64_t media_us)
{
    if (memory->finals == 0)
        memory->finals = AWAITED_FINALS; /* so that one that is about to be forgotten is not 0 */
    memory->finals++;
    if (media_us > memory->media_us)
        memory->media_us = media_us;
}

/* Returns its place. */
static unsigned keep_number(struct st_pii_memory *memory, unsigned type, const char *digits,
                            unsigned count)
{
    if (count > ST_PII_DIGITS_KEPT)
        count = ST_PII_DIGITS_KEPT;
    unsigned i = memory->number_next++ % ST_PII_NUMBERS_KEPT;
    memory->numbers[i].type = (uint8_t)type;
    memory->numbers[i].count = (uint8_t)count;
    memcpy(memory->numbers[i].digits, digits, count);
    return i;
}

/* Digits of a number that came in pieces are kept as one, so that its repetition in other pieces is
 * known too. */
static bool lengthen_number(struct st_pii_memory *memory, unsigned i, const char *digits,
                            unsigned count)
{
    unsigned kept = memory->numbers[i].count;
    if (kept + count > ST_PII_DIGITS_KEPT)
        return false;
    memcpy(memory->numbers[i].digits + kept, digits, count);
    memory->numbers[i].count = (uint8_t)(kept + count);
    return true;
}

static bool is_number_type(enum st_pii_type type)
{
    return type == ST_PII_CARD_NUMBER || type == ST_PII_BANK_ACCOUNT || type == ST_PII_PHONE ||
           type == ST_PII_SSN || type == ST_PII_PIN || type == ST_PII_CARD_CVV ||
           type == ST_PII_BANK_ROUTING || type == ST_PII_NUMBER || type == ST_PII_NATIONAL_ID ||
           type == ST_PII_MEDICAL_RECORD || type == ST_PII_TAX_ID;
}

static void learn_run(struct st_pii_memory *memory, unsigned channel, enum st_pii_type type,
                      const char *digits, unsigned count)
{
    bool goes_on = memory->open[channel].type == type && memory->open[channel].digits > 0 &&
                   memory->finals - memory->open[channel].final < AWAITED_FINALS;
    bool is_new = st_pii_memory_find_number(memory, digits, count) < 0;
    unsigned total = count;
    if (is_new && goes_on)
        total += memory->open[channel].digits;
    if (is_new &&
        !(goes_on && lengthen_number(memory, memory->open[channel].number, digits, count)))
        memory->open[channel].number = (uint8_t)keep_number(memory, type, digits, count);
    memory->open[channel].final = memory->finals;
    memory->open[channel].type = (uint8_t)type;
    memory->open[channel].digits = (uint8_t)(total < 255 ? total : 255);
}

static void learn_number(struct st_pii_memory *memory, const struct st_pii_scan *scan,
                         const struct st_pii_found *found)
{
    for (unsigned r = 0; r < scan->run_count; r++) {
        const struct st_pii_run *run = &scan->runs[r];
        if (run->first >= found->first && run->last <= found->last)
            learn_run(memory, scan->channel, found->type, scan->digits + run->at, run->digits);
    }
}

static void learn_harmless(struct st_pii_memory *memory, const struct st_pii_scan *scan)
{
    for (unsigned r = 0; r < scan->run_count; r++) {
        const struct st_pii_run *run = &scan->runs[r];
        const char *digits = scan->digits + run->at;
        if (run->is_harmless && run->digits > RELATED_DIGITS_MIN &&
            st_pii_memory_find_number(memory, digits, run->digits) < 0)
            keep_number(memory, ST_PII_NUMBER_HARMLESS, digits, run->digits);
    }
}

static void learn_name(struct st_pii_memory *memory, const struct st_pii_scan *scan,
                       const struct st_pii_found *found)
{
    for (unsigned i = found->first; i <= found->last; i++) {
        const struct st_pii_token *token = &scan->tokens[i];
        if (token->kind != ST_PII_WORD || token->end - token->start < 3 ||
            token->classes & (ST_PII_W_COMMON | ST_PII_W_PARTICLE | ST_PII_W_NATO) ||
            st_pii_memory_has_name(memory, token->hash))
            continue;
        memory->names[memory->name_next++ % ST_PII_NAMES_KEPT] = token->hash;
    }
}

static void hear_cue(struct st_pii_memory *memory, unsigned kind, bool is_strong, unsigned channel)
{
    bool was_strong;
    bool is_kept = st_pii_memory_awaits(memory, kind, &was_strong) && was_strong;
    memory->cues[kind].final = memory->finals;
    memory->cues[kind].media_us = memory->media_us;
    memory->cues[kind].is_strong = is_strong || is_kept;
    memory->cues[kind].channel = (uint8_t)channel;
}

/* What is being given keeps being awaited: a number may come in many pieces. */
static void renew_cues(struct st_pii_memory *memory, const struct st_pii_scan *scan)
{
    static const struct {
        uint8_t type, kind;
    } renewed[] = {
        {ST_PII_CARD_NUMBER, ST_PII_CUE_CARD},     {ST_PII_BANK_ACCOUNT, ST_PII_CUE_ACCOUNT},
        {ST_PII_BANK_ROUTING, ST_PII_CUE_ROUTING}, {ST_PII_SSN, ST_PII_CUE_SSN},
        {ST_PII_PHONE, ST_PII_CUE_PHONE},          {ST_PII_ADDRESS, ST_PII_CUE_ADDRESS},
        {ST_PII_EMAIL, ST_PII_CUE_EMAIL},
    };
    for (unsigned f = 0; f < scan->found_count; f++)
        for (size_t i = 0; i < sizeof(renewed) / sizeof(renewed[0]); i++) {
            bool is_strong;
            unsigned kind = renewed[i].kind;
            if (scan->found[f].type == renewed[i].type &&
                st_pii_memory_awaits(memory, kind, &is_strong))
                hear_cue(memory, kind, is_strong, memory->cues[kind].channel);
        }
}

/* An order number that is said at once is awaited no longer. */
static bool is_answered(const struct st_pii_scan *scan, const struct st_pii_cue *cue)
{
    return cue->kind == ST_PII_CUE_OTHER && scan->run_count > 0 &&
           scan->runs[scan->run_count - 1].first > cue->last;
}

static bool ends_with_postcode(const struct st_pii_scan *scan, const struct st_pii_found *found)
{
    for (unsigned r = scan->run_count; r-- > 0;)
        if (scan->runs[r].last == found->last)
            return scan->runs[r].digits == 5 || scan->runs[r].digits == 9;
    return false;
}

/* American Express: 34 and 37 have 15 digits. */
static bool is_short_card(const struct st_pii_memory *memory, unsigned channel)
{
    const char *digits = memory->numbers[memory->open[channel].number].digits;
    return memory->open[channel].type == ST_PII_CARD_NUMBER && memory->open[channel].digits == 15 &&
           digits[0] == '3' && (digits[1] == '4' || digits[1] == '7');
}

/* What has been given whole is awaited no longer, unless it is asked for again in the same breath.
 */
static void satisfy(struct st_pii_memory *memory, const struct st_pii_scan *scan,
                    const struct st_pii_found *found)
{
    static const struct {
        uint8_t type, kind, digits, short_digits;
        uint8_t grace; /* finals in which it may be mended */
    } wholes[] = {
        {ST_PII_CARD_NUMBER, ST_PII_CUE_CARD, 16, 0, 2},
        {ST_PII_CARD_CVV, ST_PII_CUE_CVV, 3, 0, 3},
        {ST_PII_CARD_EXPIRY, ST_PII_CUE_EXPIRY, 0, 0, 0},
        {ST_PII_PIN, ST_PII_CUE_PIN, 4, 0, 3},
        {ST_PII_SSN, ST_PII_CUE_SSN, 9, 4, 3},
        {ST_PII_PHONE, ST_PII_CUE_PHONE, 10, 0, 3},
        {ST_PII_BANK_ROUTING, ST_PII_CUE_ROUTING, 9, 6, 2},
        {ST_PII_EMAIL, ST_PII_CUE_EMAIL, 0, 0, 0},
        {ST_PII_DATE_OF_BIRTH, ST_PII_CUE_BIRTH, 0, 0, 0},
    };
    if (found->type == ST_PII_ADDRESS && ends_with_postcode(scan, found))
        memory->cues[ST_PII_CUE_POSTCODE].final = 0;
    for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
        unsigned digits = memory->open[scan->channel].digits;
        if (wholes[i].type != found->type)
            continue;
        bool is_whole = digits >= wholes[i].digits || is_short_card(memory, scan->channel) ||
                        (wholes[i].short_digits > 0 && digits == wholes[i].short_digits);
        const struct st_pii_cue *again = st_pii_detect_cue_before(
            scan, wholes[i].kind, scan->token_count, scan->token_count - found->last);
        if (!is_whole)
            continue;
        if (is_number_type(found->type))
            memory->open[scan->channel].digits = 0;
        if (!again || again->first < found->first)
            memory->cues[wholes[i].kind].final =
                wholes[i].grace > 0 ? memory->finals - (AWAITED_FINALS - wholes[i].grace) : 0;
    }
}

void st_pii_memory_learn(struct st_pii_memory *memory, const struct st_pii_scan *scan)
{
    renew_cues(memory, scan);
    learn_harmless(memory, scan);
    for (unsigned i = 0; i < scan->cue_count; i++)
        if (scan->cues[i].kind < ST_PII_CUE_KINDS && !is_answered(scan, &scan->cues[i]))
            hear_cue(memory, scan->cues[i].kind, scan->cues[i].is_strong, scan->channel);
    for (unsigned i = 0; i < scan->found_count; i++) {
        if (scan->found[i].type == ST_PII_NAME)
            learn_name(memory, scan, &scan->found[i]);
        else if (is_number_type(scan->found[i].type))
            learn_number(memory, scan, &scan->found[i]);
        satisfy(memory, scan, &scan->found[i]);
    }
}
