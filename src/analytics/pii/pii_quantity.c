/* Numbers that count, measure or tell the time: they are spared before anyone takes them for
 * personal data. */
#include "pii_judge.h"

enum { COUNT_DIGITS_MAX = 6, CARDINAL_DIGITS_MAX = 9 };

static bool is_half_day(const struct st_pii_scan *scan, unsigned i)
{
    if (st_pii_token_is(scan, i, ST_PII_W_HALF_DAY))
        return true;
    return st_pii_token_among(scan, i, "a p") && st_pii_token_equals(scan, i + 1, "m");
}

static bool is_hour(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    const char *digits = scan->digits + run->at;
    unsigned hours_digits = run->digits == 4 || run->digits == 2 ? 2 : 1, hours = 0;
    for (unsigned i = 0; i < hours_digits; i++)
        hours = hours * 10 + (unsigned)(digits[i] - '0');
    return run->digits <= 4 && hours <= 24 && (run->digits <= 2 || digits[hours_digits] < '6');
}

static bool is_time(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    if (!is_hour(scan, run))
        return false;
    if (is_half_day(scan, run->last + 1))
        return true;
    return run->first > 0 && st_pii_token_is(scan, run->first - 1, ST_PII_W_AT_TIME) &&
           !run->is_single && !scan->tokens[run->first - 1].is_in_cue;
}

static bool is_counted(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    unsigned next = run->last + 1;
    if (!st_pii_token_is(scan, next, ST_PII_W_UNIT) || scan->tokens[next].gap == ST_PII_GAP_STOP ||
        scan->tokens[next].is_in_cue)
        return false;
    return run->digits <= COUNT_DIGITS_MAX && !run->is_single;
}

/* "the one", "another one" */
static bool is_pronoun(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    return run->digits == 1 && run->first > 0 && st_pii_token_equals(scan, run->first, "one") &&
           st_pii_token_among(scan, run->first - 1,
                              "the this that another which any each every no new old last other");
}

/* "press nine then one" */
static bool is_key(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    return run->digits <= 3 && run->first > 0 &&
           st_pii_token_among(scan, run->first - 1,
                              "press pressed pressing push pushed option hit "
                              "choose select selected");
}

/* "call 911" */
static bool is_service(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    return run->digits == 3 && run->first > 0 &&
           st_pii_token_among(scan, run->first - 1, "dial dialed call called calling ring rang") &&
           st_pii_person_is_service(scan->digits + run->at);
}

void st_pii_quantity_detect(struct st_pii_scan *scan)
{
    for (unsigned r = 0; r < scan->run_count; r++) {
        const struct st_pii_run *run = &scan->runs[r];
        bool is_cardinal = run->has_cardinal && run->digits <= CARDINAL_DIGITS_MAX;
        if (is_cardinal || is_counted(scan, run) || is_time(scan, run) || is_pronoun(scan, run) ||
            is_service(scan, run) || is_key(scan, run))
            st_pii_detect_spare(scan, run->first, run->last);
    }
}
