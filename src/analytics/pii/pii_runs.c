/*
 * Numbers as people say and recognisers write them, turned into digits.
 *
 * An atom is what is said in one breath: a digit, "forty one", "double seven", "10,000", a group of
 * written digits. A run is a row of atoms with nothing but pauses and hesitation between them.
 */
#include "pii_scan.h"

#include <string.h>

enum { JOIN_WORDS_MAX = 3, ATOM_DIGITS_MAX = 200 };

static const uint32_t numeric_classes = ST_PII_W_DIGIT | ST_PII_W_OH | ST_PII_W_TEEN |
                                        ST_PII_W_TENS | ST_PII_W_REPEAT | ST_PII_W_HUNDRED;

static bool is_usable(const struct st_pii_scan *scan, unsigned i)
{
    return i < scan->token_count && scan->tokens[i].claim == ST_PII_FREE &&
           !scan->tokens[i].is_in_cue;
}

static bool is_near(const struct st_pii_scan *scan, unsigned i)
{
    const struct st_pii_token *token = &scan->tokens[i];
    return token->gap == ST_PII_GAP_SPACE || token->gap == ST_PII_GAP_JOINED;
}

static bool is_letter_o(const struct st_pii_scan *scan, unsigned i)
{
    return st_pii_token_is(scan, i, ST_PII_W_LETTER) && scan->tokens[i].value == 'O';
}

static bool is_zero_word(const struct st_pii_scan *scan, unsigned i)
{
    bool is_abbreviation = i < scan->token_count && scan->is_cased && scan->tokens[i].is_upper;
    return (st_pii_token_is(scan, i, ST_PII_W_OH) && !is_abbreviation) || is_letter_o(scan, i);
}

static bool is_numeric(const struct st_pii_scan *scan, unsigned i)
{
    return is_usable(scan, i) &&
           (scan->tokens[i].kind == ST_PII_DIGITS || scan->tokens[i].classes & numeric_classes ||
            is_letter_o(scan, i));
}

static void put_value(struct st_pii_scan *scan, struct st_pii_atom *atom, unsigned value)
{
    char text[12];
    unsigned len = 0;
    do
        text[len++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    atom->digits = (uint8_t)len;
    for (unsigned i = 0; i < len; i++)
        scan->digits[atom->at + i] = text[len - 1 - i];
}

/* ---- written ---- */

/* Up to 200 of them: what is longer is no number that anyone gives. */
static void put_written(struct st_pii_scan *scan, struct st_pii_atom *atom, unsigned i)
{
    const struct st_pii_token *token = &scan->tokens[i];
    const uint8_t *text = (const uint8_t *)scan->text;
    for (uint32_t at = token->start; at < token->end && atom->digits < ATOM_DIGITS_MAX; at++) {
        uint8_t c = text[at];
        if (c >= '0' && c <= '9')
            scan->digits[atom->at + atom->digits++] = (char)c;
        else if (c >= 0xc0) /* another script's digit: which one does not matter here */
            scan->digits[atom->at + atom->digits++] = '0';
    }
}

static unsigned digits_of(const struct st_pii_scan *scan, unsigned i)
{
    if (i >= scan->token_count || scan->tokens[i].kind != ST_PII_DIGITS)
        return 0;
    return scan->tokens[i].end - scan->tokens[i].start;
}

static bool is_joined(const struct st_pii_scan *scan, unsigned i, char mark)
{
    return i < scan->token_count && scan->tokens[i].gap == ST_PII_GAP_JOINED &&
           scan->tokens[i].mark == mark;
}

static bool is_percent(const struct st_pii_scan *scan, unsigned i)
{
    uint32_t end = scan->tokens[i].end;
    return end < scan->bytes && scan->text[end] == '%';
}

/* "10,000" "3.5" "3:30" "$20" "5%" */
static bool is_written_measure(const struct st_pii_scan *scan, unsigned i, unsigned *ret_last)
{
    unsigned last = i;
    bool is_measure = scan->tokens[i].mark == ST_PII_MARK_CURRENCY;
    while (is_joined(scan, last + 1, ',') && digits_of(scan, last + 1) == 3 &&
           (last > i || (digits_of(scan, i) <= 3 && scan->text[scan->tokens[i].start] != '0')))
        last++;
    is_measure |= last > i;
    bool is_point = is_joined(scan, last + 1, '.') && !is_joined(scan, last + 2, '.') &&
                    !is_joined(scan, i, '.') && digits_of(scan, last + 1) > 0 &&
                    digits_of(scan, last + 1) <= 3;
    bool is_time =
        is_joined(scan, last + 1, ':') && digits_of(scan, last + 1) == 2 && digits_of(scan, i) <= 2;
    if (is_point || is_time) {
        is_measure = true;
        last++;
    }
    *ret_last = last;
    return is_measure || is_percent(scan, last);
}

static unsigned read_written(struct st_pii_scan *scan, unsigned i, struct st_pii_atom *atom)
{
    unsigned last = i;
    bool is_measure = is_written_measure(scan, i, &last);
    atom->kind = is_measure ? ST_PII_ATOM_CARDINAL : ST_PII_ATOM_WRITTEN;
    if (!is_measure)
        last = i;
    for (unsigned t = i; t <= last; t++)
        put_written(scan, atom, t);
    if (!is_measure && is_usable(scan, i + 1) && st_pii_token_is(scan, i + 1, ST_PII_W_THOUSAND)) {
        atom->kind = ST_PII_ATOM_CARDINAL;
        last = i + 1;
    }
    return last - i + 1;
}

/* ---- spoken ---- */

/* One to ninety-nine. Returns the tokens taken. */
static unsigned read_below_hundred(const struct st_pii_scan *scan, unsigned i, unsigned *ret_value)
{
    if (!is_usable(scan, i))
        return 0;
    const struct st_pii_token *token = &scan->tokens[i];
    *ret_value = token->value;
    if (token->classes & (ST_PII_W_DIGIT | ST_PII_W_TEEN))
        return 1;
    if (!(token->classes & ST_PII_W_TENS))
        return 0;
    if (is_usable(scan, i + 1) && is_near(scan, i + 1) &&
        st_pii_token_is(scan, i + 1, ST_PII_W_DIGIT) && scan->tokens[i + 1].value > 0) {
        *ret_value += scan->tokens[i + 1].value;
        return 2;
    }
    return 1;
}

/* "hundred [and] twenty five" behind its multiplier. Two single digits after "eight hundred" are no
 * part of it: that is how telephone numbers are said. */
static unsigned read_hundreds(const struct st_pii_scan *scan, unsigned i, unsigned *value,
                              bool *is_plain)
{
    unsigned used = 1, rest, and;
    *value *= 100;
    *is_plain = true;
    and = st_pii_token_equals(scan, i + 1, "and") ? 1 : 0;
    unsigned more = read_below_hundred(scan, i + 1 + and, &rest);
    if (more == 0)
        return used;
    bool is_digit = st_pii_token_is(scan, i + 1 + and, ST_PII_W_DIGIT);
    if (is_digit && !and&&is_numeric(scan, i + 2))
        return used;
    *value += rest;
    *is_plain = false;
    return used + and+more;
}

static unsigned power_of_ten(unsigned zeros)
{
    return zeros >= 6 ? 1000000 : 1000;
}

/* Behind a value that "thousand" or "million" multiplies. */
static unsigned read_thousands(const struct st_pii_scan *scan, unsigned i, unsigned *value)
{
    unsigned used = 1, rest, and, tens;
    bool is_plain;
    *value = (*value < 1000 ? *value : 999) * power_of_ten(scan->tokens[i].value);
    and = st_pii_token_equals(scan, i + 1, "and") ? 1 : 0;
    tens = read_below_hundred(scan, i + 1 + and, &rest);
    if (tens == 0)
        return used;
    unsigned next = i + 1 + and+tens;
    if (is_usable(scan, next) && st_pii_token_is(scan, next, ST_PII_W_HUNDRED))
        tens += read_hundreds(scan, next, &rest, &is_plain);
    *value += rest;
    return used + and+tens;
}

static unsigned read_repeat(struct st_pii_scan *scan, unsigned i, struct st_pii_atom *atom)
{
    unsigned times = scan->tokens[i].value, value;
    if (!is_usable(scan, i + 1) || !is_near(scan, i + 1))
        return 0;
    const struct st_pii_token *next = &scan->tokens[i + 1];
    if (next->classes & ST_PII_W_DIGIT)
        value = next->value;
    else if (is_zero_word(scan, i + 1))
        value = 0;
    else if (digits_of(scan, i + 1) == 1)
        value = (unsigned)(scan->text[next->start] - '0') % 10;
    else
        return 0;
    atom->kind = ST_PII_ATOM_DIGIT;
    atom->digits = (uint8_t)times;
    memset(scan->digits + atom->at, (int)('0' + value), times);
    return 2;
}

static unsigned read_spoken(struct st_pii_scan *scan, unsigned i, struct st_pii_atom *atom)
{
    unsigned value, used = read_below_hundred(scan, i, &value);
    bool is_plain = false;
    if (used == 0)
        return 0;
    atom->kind = st_pii_token_is(scan, i, ST_PII_W_DIGIT) ? ST_PII_ATOM_DIGIT : ST_PII_ATOM_PAIR;
    if (is_usable(scan, i + used) && st_pii_token_is(scan, i + used, ST_PII_W_HUNDRED)) {
        used += read_hundreds(scan, i + used, &value, &is_plain);
        atom->kind = is_plain ? ST_PII_ATOM_HUNDREDS : ST_PII_ATOM_CARDINAL;
    }
    if (is_usable(scan, i + used) && st_pii_token_is(scan, i + used, ST_PII_W_THOUSAND)) {
        used += read_thousands(scan, i + used, &value);
        atom->kind = ST_PII_ATOM_CARDINAL;
    }
    put_value(scan, atom, value);
    return used;
}

/* "oh" is a zero next to other digits, and an exclamation elsewhere. */
static bool is_zero(const struct st_pii_scan *scan, unsigned i, bool goes_on)
{
    if (!is_zero_word(scan, i))
        return false;
    if (goes_on && (is_near(scan, i) || is_numeric(scan, i + 1)))
        return true;
    return is_numeric(scan, i + 1) && is_near(scan, i + 1) &&
           (!is_zero_word(scan, i + 1) || is_numeric(scan, i + 2));
}

/* Returns the tokens taken, 0 when no number begins here. */
static unsigned read_atom(struct st_pii_scan *scan, unsigned i, bool goes_on,
                          struct st_pii_atom *ret_atom)
{
    if (!is_usable(scan, i))
        return 0;
    const struct st_pii_token *token = &scan->tokens[i];
    *ret_atom = (struct st_pii_atom){.first = i, .at = scan->digit_count};
    unsigned used = 0;
    if (token->kind == ST_PII_DIGITS) {
        used = read_written(scan, i, ret_atom);
    } else if (is_zero(scan, i, goes_on)) {
        ret_atom->kind = ST_PII_ATOM_DIGIT;
        put_value(scan, ret_atom, 0);
        used = 1;
    } else if (token->classes & ST_PII_W_REPEAT) {
        used = read_repeat(scan, i, ret_atom);
    } else if (token->kind == ST_PII_WORD) {
        used = read_spoken(scan, i, ret_atom);
    }
    ret_atom->last = i + used - 1;
    return used;
}

/* ---- runs ---- */

static bool is_same_manner(const struct st_pii_atom *last, const struct st_pii_atom *next)
{
    if (last->kind == ST_PII_ATOM_WRITTEN && next->kind == ST_PII_ATOM_WRITTEN)
        return last->digits == next->digits && last->digits > 1;
    return last->kind == ST_PII_ATOM_DIGIT && next->kind == ST_PII_ATOM_DIGIT;
}

/* Where the run's next atom may begin; 0 when the run is over. */
static unsigned skip_joins(const struct st_pii_scan *scan, unsigned i, bool *ret_is_stop)
{
    *ret_is_stop = false;
    for (unsigned skipped = 0; i < scan->token_count; i++, skipped++) {
        const struct st_pii_token *token = &scan->tokens[i];
        *ret_is_stop |= token->gap == ST_PII_GAP_STOP;
        if (token->gap == ST_PII_GAP_JOINED && token->mark == ':')
            return 0;
        if (token->claim != ST_PII_FREE)
            return 0;
        if (!(token->classes & ST_PII_W_JOIN))
            return i;
        if (skipped == JOIN_WORDS_MAX || token->is_in_cue)
            return 0;
    }
    return 0;
}

static bool is_year(const char *digits)
{
    return (digits[0] == '1' && digits[1] == '9') || (digits[0] == '2' && digits[1] == '0');
}

static bool is_year_like(const struct st_pii_scan *scan, const struct st_pii_run *run)
{
    const struct st_pii_atom *atoms = scan->atoms + run->atom;
    const char *digits = scan->digits + run->at;
    if (run->digits == 4 && is_year(digits))
        return atoms[0].digits == 4 || atoms[0].digits == 2;
    for (unsigned i = 0; i < run->atoms; i++)
        if (atoms[i].kind != ST_PII_ATOM_WRITTEN || atoms[i].digits != 4 ||
            !is_year(scan->digits + atoms[i].at))
            return false;
    return run->atoms > 0;
}

static void close_run(struct st_pii_scan *scan, struct st_pii_run *run)
{
    unsigned single = 0;
    const struct st_pii_atom *atoms = scan->atoms + run->atom;
    run->atoms = scan->atom_count - run->atom;
    run->first = atoms[0].first;
    run->last = atoms[run->atoms - 1].last;
    run->at = atoms[0].at;
    for (unsigned i = 0; i < run->atoms; i++) {
        run->digits += atoms[i].digits;
        run->has_words |= atoms[i].kind != ST_PII_ATOM_WRITTEN;
        run->has_cardinal |= atoms[i].kind == ST_PII_ATOM_CARDINAL;
        if (atoms[i].kind == ST_PII_ATOM_DIGIT ||
            (atoms[i].kind == ST_PII_ATOM_WRITTEN && atoms[i].digits == 1))
            single += atoms[i].digits;
    }
    run->is_single = single >= 3 && 2 * single >= run->digits;
    run->is_year_like = is_year_like(scan, run);
}

static void take_atom(struct st_pii_scan *scan, const struct st_pii_atom *atom)
{
    scan->atoms[scan->atom_count++] = *atom;
    scan->digit_count += atom->digits;
}

/* Returns the token behind the run. */
static unsigned read_run(struct st_pii_scan *scan, unsigned i)
{
    struct st_pii_atom atom;
    unsigned used = read_atom(scan, i, false, &atom);
    if (used == 0)
        return i + 1;
    bool is_range = i > 0 && st_pii_token_equals(scan, i - 1, "between");
    struct st_pii_run *run = &scan->runs[scan->run_count++];
    *run = (struct st_pii_run){.atom = scan->atom_count};
    for (unsigned end = i;;) {
        struct st_pii_atom last = atom;
        bool is_stop;
        take_atom(scan, &atom);
        end = last.last + 1;
        unsigned next = last.kind == ST_PII_ATOM_CARDINAL ? 0 : skip_joins(scan, end, &is_stop);
        if (is_range && next > end)
            next = 0;
        used = next > 0 ? read_atom(scan, next, next == end, &atom) : 0;
        if (used == 0 || atom.kind == ST_PII_ATOM_CARDINAL ||
            (is_stop && !is_same_manner(&last, &atom))) {
            close_run(scan, run);
            return end;
        }
    }
}

void st_pii_runs_read(struct st_pii_scan *scan)
{
    for (unsigned i = 0; i < scan->token_count;)
        i = read_run(scan, i);
}

/* ---- spelling ---- */

static size_t put_letter(char *text, size_t at, size_t bytes, char letter, unsigned times)
{
    for (; times > 0 && at + 1 < bytes; times--)
        text[at++] = letter;
    text[at] = '\0';
    return at;
}

/* "as in sam", "for sugar", "like sam" behind a letter. */
static unsigned skip_example(const struct st_pii_scan *scan, unsigned i)
{
    unsigned words = st_pii_token_equals(scan, i, "as") && st_pii_token_equals(scan, i + 1, "in")
                         ? 2
                     : st_pii_token_among(scan, i, "for like") ? 1
                                                               : 0;
    if (words == 0 || i + words >= scan->token_count)
        return 0;
    const struct st_pii_token *example = &scan->tokens[i + words];
    return example->kind == ST_PII_WORD && example->end - example->start > 1 ? words + 1 : 0;
}

static unsigned spell_letter(const struct st_pii_scan *scan, unsigned i, char *text, size_t bytes)
{
    unsigned at = i, times = 1;
    if (st_pii_token_among(scan, at, "capital uppercase lowercase letter") &&
        st_pii_token_is(scan, at + 1, ST_PII_W_LETTER))
        at++;
    if (st_pii_token_is(scan, at, ST_PII_W_REPEAT) &&
        st_pii_token_is(scan, at + 1, ST_PII_W_LETTER)) {
        times = scan->tokens[at].value;
        at++;
    }
    if (!st_pii_token_is(scan, at, ST_PII_W_LETTER | ST_PII_W_NATO))
        return 0;
    put_letter(text, 0, bytes, (char)scan->tokens[at].value, times);
    at++;
    if (scan->tokens[at - 1].classes & ST_PII_W_LETTER)
        at += skip_example(scan, at);
    return at - i;
}

static unsigned spell_written(const struct st_pii_scan *scan, unsigned i, char *text, size_t bytes)
{
    const struct st_pii_token *token = &scan->tokens[i];
    size_t len = 0;
    for (uint32_t at = token->start; at < token->end && len + 1 < bytes; at++) {
        char c = scan->text[at];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 32);
        len = put_letter(text, len, bytes, c, 1);
    }
    return 1;
}

unsigned st_pii_runs_spell(const struct st_pii_scan *scan, unsigned i, char *ret_text,
                           size_t text_bytes)
{
    ret_text[0] = '\0';
    if (!is_usable(scan, i))
        return 0;
    const struct st_pii_token *token = &scan->tokens[i];
    if (token->kind == ST_PII_MIXED || token->kind == ST_PII_DIGITS)
        return spell_written(scan, i, ret_text, text_bytes);
    unsigned used = spell_letter(scan, i, ret_text, text_bytes);
    if (used > 0)
        return used;
    struct st_pii_scan side = *scan; /* its digits go behind those that are taken */
    struct st_pii_atom atom;
    used = read_atom(&side, i, true, &atom);
    if (used == 0 || atom.kind == ST_PII_ATOM_CARDINAL || atom.digits + 1U > text_bytes)
        return 0;
    memcpy(ret_text, scan->digits + atom.at, atom.digits);
    ret_text[atom.digits] = '\0';
    return used;
}
