/*
 * Which kind of number a run of digits is.
 *
 * In this order: what is announced in the same segment before it or behind it; what was asked for
 * in an earlier segment; what has been heard before; its own shape. Digits of which nothing is
 * known are let through while they are few, and are ST_PII_NUMBER when they are many or dictated
 * one by one: they may be the first piece of a card.
 */
#include "pii_judge.h"

#include <string.h>

enum {
    CUE_REACH = 16, /* tokens between a cue and its number */
    CUE_AFTER_REACH = 8,
    DICTATED_MIN = 4,
    UNDECIDED_MIN = 5,
    PIECE_MIN = 3,
    CARD_DIGITS_MAX = 19,
    OTHER_FINALS_MAX = 3,
    SHORT_FINALS_MAX = 2,
};

static const struct number_kind {
    uint8_t cue, type;
    st_pii_judge_fn judge;
} kinds[] = {
    {ST_PII_CUE_CARD, ST_PII_CARD_NUMBER, st_pii_card_judge},
    {ST_PII_CUE_CVV, ST_PII_CARD_CVV, st_pii_card_judge_cvv},
    {ST_PII_CUE_EXPIRY, ST_PII_CARD_EXPIRY, st_pii_card_judge_expiry},
    {ST_PII_CUE_PIN, ST_PII_PIN, st_pii_card_judge_pin},
    {ST_PII_CUE_ACCOUNT, ST_PII_BANK_ACCOUNT, st_pii_bank_judge_account},
    {ST_PII_CUE_ROUTING, ST_PII_BANK_ROUTING, st_pii_bank_judge_routing},
    {ST_PII_CUE_SSN, ST_PII_SSN, st_pii_person_judge_ssn},
    {ST_PII_CUE_PHONE, ST_PII_PHONE, st_pii_person_judge_phone},
    {ST_PII_CUE_BIRTH, ST_PII_DATE_OF_BIRTH, st_pii_person_judge_birth},
    {ST_PII_CUE_POSTCODE, ST_PII_ADDRESS, st_pii_person_judge_postcode},
    {ST_PII_CUE_NATIONAL, ST_PII_NATIONAL_ID, st_pii_person_judge_other_id},
    {ST_PII_CUE_TAX, ST_PII_TAX_ID, st_pii_person_judge_other_id},
    {ST_PII_CUE_MEDICAL, ST_PII_MEDICAL_RECORD, st_pii_person_judge_other_id},
    {ST_PII_CUE_PASSPORT, ST_PII_PASSPORT, st_pii_person_judge_other_id},
    {ST_PII_CUE_DRIVER, ST_PII_DRIVER_ID, st_pii_person_judge_other_id},
    {ST_PII_CUE_PLATE, ST_PII_LICENSE_PLATE, st_pii_person_judge_other_id},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), HARMLESS = -2, NOTHING = -1 };

struct verdict {
    int type; /* or HARMLESS, NOTHING */
    float confidence;
};

static const struct verdict nothing = {.type = NOTHING};

static const struct number_kind *kind_of(unsigned cue)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].cue == cue)
            return &kinds[i];
    return NULL;
}

static struct verdict judge_by(unsigned cue, const struct st_pii_number *number,
                               const struct st_pii_context *context)
{
    if (cue == ST_PII_CUE_OTHER) {
        bool counts = context->is_strong || (context->is_near && !context->is_awaited);
        bool is_certain = st_pii_card_is_certain(number->digits, number->count);
        return counts && !is_certain ? (struct verdict){HARMLESS, 0.74F} : nothing;
    }
    const struct number_kind *kind = kind_of(cue);
    float confidence = kind ? kind->judge(number, context) : 0;
    return confidence > 0 ? (struct verdict){kind->type, confidence} : nothing;
}

/* ---- what is announced in the same segment ---- */

static bool has_last_four(const struct st_pii_scan *scan, unsigned at)
{
    return st_pii_detect_cue_before(scan, ST_PII_CUE_LAST_FOUR, at, 8) != NULL;
}

/* A cue whose number has been given already is behind another number. */
static bool is_spent(const struct st_pii_scan *scan, const struct st_pii_cue *cue, unsigned r)
{
    for (unsigned i = cue->last + 1; i < scan->runs[r].first; i++)
        if (scan->tokens[i].claim == ST_PII_CLAIMED)
            return true;
    for (unsigned i = r; i-- > 0 && scan->runs[i].first > cue->last;)
        if (scan->runs[i].digits >= PIECE_MIN)
            return true;
    return false;
}

/* What is never given in pieces is given once. */
static bool is_given_whole(unsigned cue)
{
    return cue == ST_PII_CUE_CVV || cue == ST_PII_CUE_EXPIRY || cue == ST_PII_CUE_PIN ||
           cue == ST_PII_CUE_BIRTH;
}

static struct verdict judge_cue(const struct st_pii_scan *scan, const struct st_pii_cue *cue,
                                const struct st_pii_number *number, bool is_near,
                                bool has_last_four_behind)
{
    struct st_pii_context context = {
        .is_strong = cue->is_strong,
        .is_near = is_near,
        .is_bare = scan->is_bare,
        .has_last_four = has_last_four_behind || has_last_four(scan, number->run->first),
    };
    return judge_by(cue->kind, number, &context);
}

/* The nearest strong one that fits, else the nearest weak one; those that wait for their number
 * before those that have theirs. */
static struct verdict judge_before(const struct st_pii_scan *scan, unsigned r,
                                   const struct st_pii_number *number)
{
    struct verdict best = nothing;
    unsigned best_rank = 0;
    unsigned first = number->run->first;
    for (unsigned i = st_pii_detect_cues_before(scan, first); i-- > 0;) {
        const struct st_pii_cue *cue = &scan->cues[i];
        if (first - cue->first > CUE_REACH)
            break;
        if (cue->last >= first || cue->kind >= ST_PII_CUE_KINDS)
            continue;
        bool is_near = st_pii_detect_is_lead(scan, cue->last + 1, first);
        bool spent = is_spent(scan, cue, r);
        if (spent && (is_given_whole(cue->kind) || (!is_near && cue->kind == ST_PII_CUE_OTHER)))
            continue;
        struct verdict verdict = judge_cue(scan, cue, number, is_near && !spent, false);
        unsigned rank = 1 + (cue->is_strong ? 2 : 0) + (is_near ? 1 : 0) + (spent ? 0 : 4);
        if (verdict.type != NOTHING && rank > best_rank) {
            best = verdict;
            best_rank = rank;
        }
    }
    return best;
}

/* Nothing stands between a number and what it is said to be. What is only for something, or of it,
 * may be an amount unless it was dictated. */
static bool is_link(const struct st_pii_scan *scan, const struct st_pii_number *number,
                    unsigned first, unsigned end)
{
    bool is_dictated = number->count >= DICTATED_MIN && st_pii_judge_is_dictated(number);
    for (unsigned i = first; i < end; i++)
        if (!st_pii_detect_is_lead(scan, i, i + 1) &&
            !(is_dictated && st_pii_token_among(scan, i, "for of as on in")))
            return false;
    return true;
}

static bool ends_in_last_four(const struct st_pii_scan *scan, unsigned first, unsigned end)
{
    const struct st_pii_cue *cue =
        st_pii_detect_cue_before(scan, ST_PII_CUE_LAST_FOUR, end, end - first);
    return cue && cue->first >= first;
}

/* "4 5 6 7 is my pin", "4 5 6 7 are the last four of my social" */
static struct verdict judge_after(const struct st_pii_scan *scan,
                                  const struct st_pii_number *number)
{
    unsigned end = number->run->last + 1;
    if (!st_pii_token_among(scan, end, "is as for was my that's it's on are that those these of"))
        return nothing;
    for (unsigned i = st_pii_detect_cues_before(scan, end); i < scan->cue_count; i++) {
        const struct st_pii_cue *cue = &scan->cues[i];
        if (cue->first - end > CUE_AFTER_REACH)
            break;
        if (cue->kind >= ST_PII_CUE_KINDS || !is_link(scan, number, end, cue->first))
            continue;
        struct verdict verdict =
            judge_cue(scan, cue, number, true, ends_in_last_four(scan, end, cue->first));
        if (verdict.type != NOTHING)
            return verdict;
    }
    return nothing;
}

/* ---- what was asked for ---- */

/* One or two digits answer a recent question, or go on with an answer; only a card is worth more
 * caution. */
static bool is_stale(const struct st_pii_scan *scan, unsigned kind,
                     const struct st_pii_number *number, uint32_t age)
{
    const struct number_kind *of = kind_of(kind);
    bool goes_on =
        of && scan->memory->open[scan->channel].type == of->type &&
        scan->memory->open[scan->channel].final + SHORT_FINALS_MAX >= scan->memory->finals;
    return kind != ST_PII_CUE_CARD && number->count < PIECE_MIN && age > SHORT_FINALS_MAX &&
           !goes_on;
}

/* Orders, rooms and flights count only when they are what was asked for last. */
static struct verdict judge_awaited(const struct st_pii_scan *scan,
                                    const struct st_pii_number *number)
{
    struct verdict best = nothing, other = nothing;
    float best_score = 0;
    uint32_t newest = UINT32_MAX;
    struct st_pii_context context = {
        .is_awaited = true,
        .is_bare = scan->is_bare,
        .has_last_four = has_last_four(scan, number->run->first),
    };
    for (unsigned kind = 0; kind < ST_PII_CUE_KINDS; kind++) {
        if (!st_pii_memory_awaits(scan->memory, kind, &context.is_strong))
            continue;
        uint32_t age = st_pii_memory_age(scan->memory, kind);
        if (is_stale(scan, kind, number, age))
            continue;
        struct verdict verdict = judge_by(kind, number, &context);
        float score = verdict.confidence - 0.04F * (float)age;
        if (kind == ST_PII_CUE_OTHER)
            other = age <= OTHER_FINALS_MAX ? verdict : nothing;
        else if (verdict.type != NOTHING && age < newest)
            newest = age;
        if (kind != ST_PII_CUE_OTHER && verdict.type != NOTHING && score > best_score) {
            best = verdict;
            best_score = score;
        }
    }
    bool is_other =
        other.type != NOTHING && st_pii_memory_age(scan->memory, ST_PII_CUE_OTHER) < newest;
    return is_other ? other : best;
}

/* ---- its own shape ---- */

static bool touches_end(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    return st_pii_detect_is_lead(scan, run->last + 1, scan->token_count);
}

/* "ten thirty", "five oh five" */
static bool is_time_like(const struct st_pii_number *number)
{
    const struct st_pii_run *run = number->run;
    const char *digits = number->digits;
    unsigned minutes = number->count == 3   ? (unsigned)(digits[1] - '0')
                       : number->count == 4 ? (unsigned)(digits[2] - '0')
                                            : 9;
    return run->atoms == 2 && minutes < 6 && number->atoms[1].kind == ST_PII_ATOM_PAIR;
}

static bool goes_on(const struct st_pii_scan *scan)
{
    return scan->memory->open[scan->channel].type == ST_PII_NUMBER &&
           scan->memory->open[scan->channel].final + 2 > scan->memory->finals &&
           scan->memory->open[scan->channel].digits > 0;
}

static struct verdict judge_undecided(const struct st_pii_scan *scan,
                                      const struct st_pii_number *number)
{
    const struct st_pii_run *run = number->run;
    unsigned count = number->count;
    if (run->has_cardinal || run->is_year_like)
        return nothing;
    bool is_bare = scan->is_bare;
    if (count >= UNDECIDED_MIN)
        return (struct verdict){ST_PII_NUMBER, 0.5F};
    if (run->is_rest || (is_bare && goes_on(scan)))
        return (struct verdict){ST_PII_NUMBER, 0.4F};
    if (count < PIECE_MIN || is_time_like(number))
        return nothing;
    if (!scan->is_final)
        return (struct verdict){ST_PII_NUMBER, 0.4F};
    bool is_piece = run->is_single ? is_bare || touches_end(scan, run) || !scan->is_final
                                   : is_bare && count == 4;
    return is_piece ? (struct verdict){ST_PII_NUMBER, 0.4F} : nothing;
}

static struct verdict judge_shape(const struct st_pii_scan *scan,
                                  const struct st_pii_number *number)
{
    const struct st_pii_run *run = number->run;
    if (run->has_cardinal)
        return nothing;
    if (st_pii_card_is_certain(number->digits, number->count))
        return (struct verdict){ST_PII_CARD_NUMBER, 0.95F};
    if (st_pii_person_is_ssn_shaped(number))
        return (struct verdict){ST_PII_SSN, 0.85F};
    if (run->is_year_like)
        return nothing;
    if (number->count >= 15 && number->count <= 16)
        return (struct verdict){ST_PII_CARD_NUMBER, 0.7F};
    if (st_pii_person_is_phone_shaped(scan, number))
        return (struct verdict){ST_PII_PHONE, 0.8F};
    return judge_undecided(scan, number);
}

static struct verdict judge_repeated(const struct st_pii_scan *scan,
                                     const struct st_pii_number *number)
{
    bool is_enough = number->count >= 4 || scan->is_bare;
    int type =
        is_enough ? st_pii_memory_find_number(scan->memory, number->digits, number->count) : -1;
    if (type == ST_PII_NUMBER_HARMLESS)
        return (struct verdict){HARMLESS, 0.7F};
    return type >= 0 ? (struct verdict){type, 0.7F} : nothing;
}

/* More of the number before it, after a pause. */
static struct verdict judge_continued(const struct st_pii_scan *scan, unsigned r)
{
    const struct st_pii_run *run = &scan->runs[r], *before = run - 1;
    if (r == 0 || run->has_cardinal || !before->is_dictated)
        return nothing;
    for (unsigned i = before->last + 1; i <= run->first; i++)
        if (scan->tokens[i].gap == ST_PII_GAP_STOP)
            return nothing;
    for (unsigned i = before->last + 1; i < run->first; i++)
        if (!(scan->tokens[i].classes & (ST_PII_W_FILLER | ST_PII_W_JOIN)))
            return nothing;
    return (struct verdict){before->type, 0.5F};
}

static struct verdict judge_run(const struct st_pii_scan *scan, unsigned r,
                                const struct st_pii_number *number)
{
    struct verdict verdict = judge_before(scan, r, number);
    if (verdict.type == NOTHING)
        verdict = judge_after(scan, number);
    struct verdict repeated = judge_repeated(scan, number);
    if (verdict.type == NOTHING && repeated.type == HARMLESS && number->count >= UNDECIDED_MIN)
        return repeated;
    if (verdict.type == NOTHING)
        verdict = judge_awaited(scan, number);
    if (verdict.type != NOTHING && verdict.type != HARMLESS)
        return verdict;
    if (verdict.type == NOTHING)
        verdict = judge_continued(scan, r);
    if (verdict.type != NOTHING && verdict.type != HARMLESS)
        return verdict;
    if (repeated.type != NOTHING || verdict.type == HARMLESS)
        return repeated.type != NOTHING ? repeated : verdict;
    return judge_shape(scan, number);
}

/* Makes two runs of one: its first `atoms` atoms with `digits` digits, and the rest. */
static void split_run(struct st_pii_scan *scan, unsigned r, unsigned atoms, unsigned digits)
{
    struct st_pii_run *run = &scan->runs[r];
    for (unsigned moved = scan->run_count++; moved > r + 1; moved--)
        scan->runs[moved] = scan->runs[moved - 1];
    struct st_pii_run *rest = &scan->runs[r + 1];
    *rest = *run;
    rest->atom += atoms;
    rest->atoms -= atoms;
    rest->first = scan->atoms[rest->atom].first;
    rest->at = scan->atoms[rest->atom].at;
    rest->digits -= digits;
    rest->is_rest = true;
    run->atoms = atoms;
    run->last = scan->atoms[run->atom + atoms - 1].last;
    run->digits = digits;
}

static bool is_due(const struct st_pii_scan *scan, enum st_pii_cue_kind kind)
{
    return scan->cue_kinds >> kind & 1 || st_pii_detect_is_awaited(scan, kind);
}

/* A card with what follows it in the same breath: "… six four six seven, oh four twenty eight":
 * where a card ends with its check digit the rest is another number, and so is what comes behind a
 * date of expiry and an "and". */
static void split_card(struct st_pii_scan *scan, unsigned r)
{
    const struct st_pii_run *run = &scan->runs[r];
    unsigned digits = 0;
    if (run->has_cardinal)
        return;
    bool expiry_is_due = is_due(scan, ST_PII_CUE_EXPIRY);
    for (unsigned i = 0; i + 1 < run->atoms; i++) {
        const struct st_pii_atom *atom = &scan->atoms[run->atom + i];
        digits += atom->digits;
        bool is_card = run->digits >= CARD_DIGITS_MAX - 1 && (digits == 15 || digits == 16) &&
                       (st_pii_card_is_certain(scan->digits + run->at, digits) ||
                        (expiry_is_due && digits == 16));
        bool is_expiry = expiry_is_due && run->digits - digits >= 3 && run->digits - digits <= 4 &&
                         atom[1].first > atom->last + 1 &&
                         st_pii_card_is_expiry(scan->digits + run->at, digits);
        if (is_card || is_expiry) {
            split_run(scan, r, i + 1, digits);
            return;
        }
    }
}

static void claim(struct st_pii_scan *scan, struct st_pii_run *run, const struct verdict *verdict)
{
    run->type = (uint8_t)verdict->type;
    run->is_dictated = run->is_single || run->digits > 4;
    st_pii_detect_claim(scan, (enum st_pii_type)verdict->type, run->first, run->last,
                        verdict->confidence);
}

void st_pii_number_detect(struct st_pii_scan *scan)
{
    for (unsigned r = 0; r < scan->run_count; r++) {
        split_card(scan, r);
        struct st_pii_run *run = &scan->runs[r];
        struct st_pii_number number = {.digits = scan->digits + run->at,
                                       .count = run->digits,
                                       .run = run,
                                       .atoms = scan->atoms + run->atom};
        if (!st_pii_detect_is_free(scan, run->first, run->last))
            continue;
        struct verdict verdict = judge_run(scan, r, &number);
        run->is_harmless = verdict.type == HARMLESS;
        if (verdict.type == HARMLESS)
            st_pii_detect_spare(scan, run->first, run->last);
        else if (verdict.type != NOTHING)
            claim(scan, run, &verdict);
    }
}
