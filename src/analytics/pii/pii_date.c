/* Dates with a month's name or with separators: of birth, of expiry, or just dates. */
#include "pii_scan.h"

enum { CUE_REACH = 12, PARTS_MAX = 3 };

struct part {
    unsigned first, end; /* tokens; nothing when they are equal */
    unsigned value;
    bool is_ordinal;
};

static unsigned written_value(const struct st_pii_scan *scan, unsigned i, unsigned *ret_digits)
{
    const struct st_pii_token *token = &scan->tokens[i];
    unsigned value = 0;
    *ret_digits = token->end - token->start;
    for (uint32_t at = token->start; at < token->end && *ret_digits <= 4; at++) {
        char c = scan->text[at];
        value = value * 10 + (c >= '0' && c <= '9' ? (unsigned)(c - '0') : 0);
    }
    return value;
}

static bool is_free(const struct st_pii_scan *scan, unsigned i)
{
    return i < scan->token_count && scan->tokens[i].claim == ST_PII_FREE;
}

/* "4", "4th", "fourth", "twenty first", "thirty one", "oh four" */
static struct part read_day(const struct st_pii_scan *scan, unsigned i)
{
    struct part part = {.first = i, .end = i}, none = part;
    unsigned digits;
    if (!is_free(scan, i))
        return none;
    const struct st_pii_token *token = &scan->tokens[i];
    part.end = i + 1;
    part.value = token->value;
    if (token->kind == ST_PII_DIGITS) {
        part.value = written_value(scan, i, &digits);
        return digits <= 2 && part.value >= 1 && part.value <= 31 ? part : none;
    }
    if (token->classes & ST_PII_W_ORDINAL) {
        part.is_ordinal = true;
        return part.value <= 31 ? part : none;
    }
    if (token->classes & ST_PII_W_OH && st_pii_token_is(scan, i + 1, ST_PII_W_DIGIT)) {
        part.value = scan->tokens[i + 1].value;
        part.end++;
        return part;
    }
    if (token->classes & (ST_PII_W_DIGIT | ST_PII_W_TEEN))
        return part.value > 0 ? part : none;
    if (!(token->classes & ST_PII_W_TENS) || token->value > 30)
        return none;
    if (st_pii_token_is(scan, i + 1, ST_PII_W_DIGIT | ST_PII_W_ORDINAL) &&
        scan->tokens[i + 1].value < 10) {
        part.is_ordinal = st_pii_token_is(scan, i + 1, ST_PII_W_ORDINAL);
        part.value += scan->tokens[i + 1].value;
        part.end++;
    }
    return part;
}

static bool is_pair(const struct st_pii_scan *scan, unsigned i)
{
    return is_free(scan, i) && st_pii_token_is(scan, i, ST_PII_W_TEEN | ST_PII_W_TENS);
}

/* Ten to ninety-nine, or "oh five". Returns the tokens taken. */
static unsigned read_pair(const struct st_pii_scan *scan, unsigned i, unsigned *ret_value)
{
    if (!is_free(scan, i))
        return 0;
    *ret_value = scan->tokens[i].value;
    if (st_pii_token_is(scan, i, ST_PII_W_TEEN))
        return 1;
    if (st_pii_token_is(scan, i, ST_PII_W_OH) && st_pii_token_is(scan, i + 1, ST_PII_W_DIGIT)) {
        *ret_value = scan->tokens[i + 1].value;
        return 2;
    }
    if (!st_pii_token_is(scan, i, ST_PII_W_TENS))
        return 0;
    if (st_pii_token_is(scan, i + 1, ST_PII_W_DIGIT) && scan->tokens[i + 1].value > 0) {
        *ret_value += scan->tokens[i + 1].value;
        return 2;
    }
    return 1;
}

/* "two thousand [and] five" */
static struct part read_millennium(const struct st_pii_scan *scan, unsigned i)
{
    struct part part = {.first = i, .end = i + 2, .value = 2000};
    unsigned rest;
    unsigned and = st_pii_token_equals(scan, i + 2, "and") ? 1 : 0;
    unsigned used = read_pair(scan, i + 2 + and, &rest);
    if (used == 0 && st_pii_token_is(scan, i + 2 + and, ST_PII_W_DIGIT)) {
        rest = scan->tokens[i + 2 + and].value;
        used = 1;
    }
    if (used > 0) {
        part.end += and+used;
        part.value += rest;
    }
    return part;
}

/* A year of four digits, or with `short_too` of two: "2028", "nineteen eighty two", "eighty two".
 */
static struct part read_year(const struct st_pii_scan *scan, unsigned i, bool short_too)
{
    struct part part = {.first = i, .end = i}, none = part;
    unsigned digits, century, rest;
    if (!is_free(scan, i))
        return none;
    if (scan->tokens[i].kind == ST_PII_DIGITS) {
        part.value = written_value(scan, i, &digits);
        part.end = i + 1;
        bool is_year = digits == 4 && part.value >= 1900 && part.value < 2100;
        return is_year || (digits == 2 && short_too) ? part : none;
    }
    if (st_pii_token_is(scan, i, ST_PII_W_DIGIT) && scan->tokens[i].value == 2 &&
        st_pii_token_is(scan, i + 1, ST_PII_W_THOUSAND))
        return read_millennium(scan, i);
    unsigned used = read_pair(scan, i, &century);
    if (used == 1 && is_pair(scan, i) && (century == 19 || century == 20)) {
        unsigned more = read_pair(scan, i + 1, &rest);
        if (more == 0 && st_pii_token_is(scan, i + 1, ST_PII_W_HUNDRED)) {
            part.end = i + 2;
            part.value = century * 100;
            return part;
        }
        if (more > 0) {
            part.end = i + 1 + more;
            part.value = century * 100 + rest;
            return part;
        }
    }
    if (used == 0 || !short_too)
        return none;
    part.end = i + used;
    part.value = century;
    return part;
}

static unsigned skip(const struct st_pii_scan *scan, unsigned i, const char *words)
{
    return st_pii_token_among(scan, i, words) ? i + 1 : i;
}

static bool is_meant(const struct st_pii_scan *scan, enum st_pii_cue_kind kind, unsigned first,
                     unsigned end)
{
    if (st_pii_detect_cue_before(scan, kind, first, CUE_REACH))
        return true;
    unsigned next = st_pii_detect_cues_before(scan, end);
    if (st_pii_token_among(scan, end, "is was") && next < scan->cue_count &&
        scan->cues[next].kind == kind && scan->cues[next].first <= end + 3)
        return true;
    return st_pii_detect_is_awaited(scan, kind);
}

static void claim(struct st_pii_scan *scan, unsigned first, unsigned end, bool has_day)
{
    enum st_pii_type type = ST_PII_DATE;
    float confidence = 0.9F;
    if (!has_day && is_meant(scan, ST_PII_CUE_EXPIRY, first, end))
        type = ST_PII_CARD_EXPIRY;
    else if (is_meant(scan, ST_PII_CUE_BIRTH, first, end))
        type = ST_PII_DATE_OF_BIRTH;
    else if (!has_day)
        confidence = 0.6F;
    st_pii_detect_claim(scan, type, first, end - 1, confidence);
}

static bool is_digit_word(const struct st_pii_scan *scan, unsigned i)
{
    return scan->tokens[i].kind == ST_PII_DIGITS ||
           st_pii_token_is(scan, i, ST_PII_W_DIGIT | ST_PII_W_OH | ST_PII_W_TEEN | ST_PII_W_TENS);
}

/* The parts before the month: "[the] fourth of" */
static struct part day_before(const struct st_pii_scan *scan, unsigned month)
{
    unsigned end = month;
    struct part none = {.first = month, .end = month};
    if (end > 0 && st_pii_token_equals(scan, end - 1, "of"))
        end--;
    for (unsigned words = 2; words >= 1; words--) {
        if (end < words)
            continue;
        struct part day = read_day(scan, end - words);
        bool is_cut = end > words && !day.is_ordinal && is_digit_word(scan, end - words - 1);
        bool is_said = (day.is_ordinal || end == month) && !is_cut;
        if (day.end == end && day.end > day.first && is_said)
            return day;
    }
    return none;
}

static unsigned read_month(struct st_pii_scan *scan, unsigned month)
{
    bool is_expiry = is_meant(scan, ST_PII_CUE_EXPIRY, month, month + 1);
    struct part before = day_before(scan, month);
    unsigned first = before.end > before.first ? before.first : month, end = month + 1;
    bool has_day = before.end > before.first;
    if (first > 0 && has_day && st_pii_token_equals(scan, first - 1, "the"))
        first--;
    unsigned at = skip(scan, end, "the of");
    struct part year = read_year(scan, at, is_expiry || has_day);
    if (!has_day && year.end == year.first) {
        struct part day = read_day(scan, at);
        has_day = day.end > day.first;
        end = has_day ? day.end : end;
        if (has_day)
            year = read_year(scan, skip(scan, end, "in of"), true);
    }
    if (year.end > year.first)
        end = year.end;
    if (has_day || year.end > year.first)
        claim(scan, first, end, has_day);
    return end;
}

/* 04/12/1982, 4-12-82, 1982.12.04, 04 12 1982 when a date is due */
static bool read_separated(struct st_pii_scan *scan, unsigned i)
{
    unsigned digits[PARTS_MAX], values[PARTS_MAX], fours = 0;
    for (unsigned p = 0; p < PARTS_MAX; p++) {
        unsigned t = i + p;
        if (!is_free(scan, t) || scan->tokens[t].kind != ST_PII_DIGITS)
            return false;
        if (p > 0 && (scan->tokens[t].gap != ST_PII_GAP_JOINED ||
                      (scan->tokens[t].mark != '/' && scan->tokens[t].mark != '-' &&
                       scan->tokens[t].mark != '.') ||
                      scan->tokens[t].mark != scan->tokens[i + 1].mark))
            return false;
        values[p] = written_value(scan, t, &digits[p]);
        fours += digits[p] == 4;
        if (digits[p] != 4 && (digits[p] > 2 || ((values[p] > 31 || values[p] == 0) && p < 2)))
            return false;
    }
    bool goes_on =
        i + PARTS_MAX < scan->token_count && scan->tokens[i + PARTS_MAX].gap == ST_PII_GAP_JOINED;
    bool is_year = digits[0] == 4 || digits[2] == 4 || digits[2] == 2;
    if (fours > 1 || digits[1] == 4 || !is_year || goes_on)
        return false;
    claim(scan, i, i + PARTS_MAX, true);
    return true;
}

/* "seven sixteen two thousand and four", "four slash twelve slash eighty two", where a date of
 * birth is due. */
static bool read_birth(struct st_pii_scan *scan, unsigned i)
{
    struct part day, month = read_day(scan, i);
    if (month.end == month.first)
        return false;
    unsigned at = month.is_ordinal ? skip(scan, skip(scan, month.end, "of"), "the")
                                   : skip(scan, month.end, "slash dash hyphen");
    day = read_day(scan, at);
    if (day.end == day.first || (month.value > 12 && day.value > 12))
        return false;
    struct part year = read_year(scan, skip(scan, day.end, "slash dash hyphen"), true);
    unsigned next = year.end;
    if (year.end == year.first || st_pii_token_is(scan, next, ST_PII_W_DIGIT | ST_PII_W_TENS) ||
        !is_meant(scan, ST_PII_CUE_BIRTH, i, next))
        return false;
    claim(scan, i, next, true);
    return true;
}

/* "42 years old", "aged 42" */
static void read_age(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->cue_count; i++) {
        const struct st_pii_cue *cue = &scan->cues[i];
        if (cue->kind != ST_PII_CUE_AGE || cue->first == 0)
            continue;
        for (unsigned words = 2; words >= 1; words--) {
            if (cue->first < words)
                continue;
            unsigned value, first = cue->first - words;
            unsigned used = read_pair(scan, first, &value);
            if (used != words && words == 1 && scan->tokens[first].kind == ST_PII_DIGITS)
                used = 1;
            if (used == words && is_free(scan, first)) {
                st_pii_detect_claim(scan, ST_PII_AGE, first, cue->first - 1, 0.85F);
                break;
            }
        }
    }
}

static bool is_birth_due(const struct st_pii_scan *scan)
{
    return scan->cue_kinds >> ST_PII_CUE_BIRTH & 1 ||
           st_pii_detect_is_awaited(scan, ST_PII_CUE_BIRTH);
}

void st_pii_date_detect(struct st_pii_scan *scan)
{
    bool birth_is_due = is_birth_due(scan);
    for (unsigned i = 0; i < scan->token_count;) {
        if (scan->tokens[i].claim == ST_PII_FREE && scan->tokens[i].classes & ST_PII_W_MONTH)
            i = read_month(scan, i);
        else if (birth_is_due && read_birth(scan, i))
            i++;
        else
            i += read_separated(scan, i) ? PARTS_MAX : 1;
    }
    if (scan->cue_kinds >> ST_PII_CUE_AGE & 1)
        read_age(scan);
}
