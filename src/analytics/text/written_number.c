#include "written_number.h"

#include "lexemes.h"
#include "number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const *const small = st_number_units;
static const char *const *const tens = st_number_tens + 2; /* from "twenty" on */
static const char *const days[] = {
    "first",        "second",         "third",         "fourth",        "fifth",
    "sixth",        "seventh",        "eighth",        "ninth",         "tenth",
    "eleventh",     "twelfth",        "thirteenth",    "fourteenth",    "fifteenth",
    "sixteenth",    "seventeenth",    "eighteenth",    "nineteenth",    "twentieth",
    "twenty-first", "twenty-second",  "twenty-third",  "twenty-fourth", "twenty-fifth",
    "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth",  "thirtieth",
    "thirty-first"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

enum { SMALL = 20, TENS = 8, DAYS = 31, MONTHS = 12 };

/* What is left of a sentence: number words do not go over its marks. */
struct reading {
    const struct st_tokens *tokens;
    size_t at;
    bool is_over; /* the last word had a mark behind it */
};

static bool is_word(const struct reading *reading, const char *word)
{
    return !reading->is_over && reading->at < reading->tokens->count &&
           st_token_is(reading->tokens, reading->at, word);
}

static void step(struct reading *reading)
{
    reading->is_over =
        (reading->tokens->items[reading->at].marks & (ST_TOKEN_ENDS | ST_TOKEN_COMMA)) != 0;
    reading->at++;
}

static bool take(struct reading *reading, const char *word)
{
    if (!is_word(reading, word))
        return false;
    step(reading);
    return true;
}

/* Number of the word in the list that stands here, or -1. */
static int take_of(struct reading *reading, const char *const *words, int count)
{
    if (reading->is_over || reading->at >= reading->tokens->count)
        return -1;
    for (int i = 0; i < count; i++)
        if (take(reading, words[i]))
            return i;
    return -1;
}

/* "twenty-two" as one word. */
static int take_hyphened(struct reading *reading)
{
    char word[24];
    if (reading->is_over || reading->at >= reading->tokens->count ||
        !memchr(st_token_text(reading->tokens, reading->at), '-',
                reading->tokens->items[reading->at].bytes))
        return -1;
    for (int ten = 0; ten < TENS; ten++)
        for (int unit = 1; unit < 10; unit++) {
            snprintf(word, sizeof(word), "%s-%s", tens[ten], small[unit]);
            if (take(reading, word))
                return 10 * (ten + 2) + unit;
        }
    return -1;
}

/* 0 … 99, or -1. */
static int take_below_hundred(struct reading *reading)
{
    int value = take_of(reading, small, SMALL);
    if (value >= 0)
        return value;
    int ten = take_of(reading, tens, TENS);
    if (ten < 0)
        return take_hyphened(reading);
    struct reading ahead = *reading;
    int unit = take_of(&ahead, small, 10);
    if (unit < 1)
        return 10 * (ten + 2);
    *reading = ahead;
    return 10 * (ten + 2) + unit;
}

/* 0 … 999 and "twelve hundred", or -1. */
static int take_below_thousand(struct reading *reading)
{
    struct reading ahead = *reading;
    int value = take(&ahead, "a") ? 1 : take_below_hundred(&ahead);
    if (value >= 1 && value <= 19 && take(&ahead, "hundred")) {
        *reading = ahead;
        take(&ahead, "and");
        int more = take_below_hundred(&ahead);
        if (more > 0)
            *reading = ahead;
        return 100 * value + (more > 0 ? more : 0);
    }
    return take_below_hundred(reading);
}

/* Below a thousand millions, or -1. */
static int64_t take_cardinal(struct reading *reading)
{
    static const struct {
        const char *word;
        int64_t value;
    } scales[] = {{"million", 1000000}, {"thousand", 1000}};
    int64_t total = 0;
    struct reading ahead = *reading;
    for (int scale = 0; scale < 2; scale++) {
        struct reading trial = ahead;
        int64_t count = take(&trial, "a") ? 1 : take_below_thousand(&trial);
        if (count < 1 || count > 999 || !take(&trial, scales[scale].word))
            continue;
        total += count * scales[scale].value;
        ahead = trial;
    }
    struct reading trial = ahead;
    if (total > 0)
        take(&trial, "and");
    int rest = take_below_thousand(&trial);
    if (rest < 0 && total == 0)
        return -1;
    *reading = rest < 0 || (rest == 0 && total > 0) ? ahead : trial;
    return total + (rest > 0 ? rest : 0);
}

bool st_written_number_is_word(const struct st_tokens *tokens, size_t index)
{
    const char *text = st_token_text(tokens, index);
    bool is_written = tokens->items[index].bytes > 0 && text[0] >= '0' && text[0] <= '9';
    return is_written || st_token_has(tokens, index, ST_LEXEME_NUMBER);
}

static size_t write_grouped(int64_t value, char *out, size_t bytes)
{
    if (value < 1000)
        return (size_t)snprintf(out, bytes, "%" PRId64, value);
    if (value < 1000000)
        return (size_t)snprintf(out, bytes, "%" PRId64 ",%03" PRId64, value / 1000, value % 1000);
    return (size_t)snprintf(out, bytes, "%" PRId64 ",%03" PRId64 ",%03" PRId64, value / 1000000,
                            value / 1000 % 1000, value % 1000);
}

static bool read_money(struct reading *reading, char *out)
{
    int64_t value = take_cardinal(reading);
    const char *sign = NULL;
    if (value < 0)
        return false;
    if (take(reading, "dollars") || take(reading, "dollar"))
        sign = "$";
    else if (take(reading, "euros") || take(reading, "euro"))
        sign = "€";
    if (!sign)
        return false;
    size_t used = (size_t)snprintf(out, ST_WRITTEN_NUMBER_BYTES, "%s", sign);
    used += write_grouped(value, out + used, ST_WRITTEN_NUMBER_BYTES - used);
    struct reading ahead = *reading;
    take(&ahead, "and");
    int cents = take_below_hundred(&ahead);
    if (cents >= 0 && (take(&ahead, "cents") || take(&ahead, "cent"))) {
        snprintf(out + used, ST_WRITTEN_NUMBER_BYTES - used, ".%02d", cents);
        *reading = ahead;
    }
    return true;
}

static bool read_percent(struct reading *reading, char *out)
{
    int64_t value = take_cardinal(reading);
    char decimals[8] = "";
    if (value < 0)
        return false;
    size_t count = 0;
    if (take(reading, "point"))
        for (int digit; count < 4 && (digit = take_of(reading, small, 10)) >= 0; count++)
            decimals[count] = (char)('0' + digit);
    if (!take(reading, "percent") && !(take(reading, "per") && take(reading, "cent")))
        return false;
    size_t used = write_grouped(value, out, ST_WRITTEN_NUMBER_BYTES);
    snprintf(out + used, ST_WRITTEN_NUMBER_BYTES - used, "%s%s%%", count > 0 ? "." : "", decimals);
    return true;
}

/* "a m", "p.m.", "pm"; NULL when none. */
static const char *take_half_of_day(struct reading *reading)
{
    struct reading ahead = *reading;
    const char *half = take(&ahead, "pm") || (take(&ahead, "p") && take(&ahead, "m")) ? "pm" : NULL;
    if (!half) {
        ahead = *reading;
        bool is_short = take(&ahead, "am");
        if (is_short ? !is_word(&ahead, "i") : take(&ahead, "a") && take(&ahead, "m"))
            half = "am";
    }
    if (half)
        *reading = ahead;
    return half;
}

static int take_hour(struct reading *reading)
{
    int hour = take_of(reading, small, 13);
    return hour >= 1 ? hour : -1;
}

static int take_minute(struct reading *reading)
{
    struct reading ahead = *reading;
    if (take(&ahead, "oh") || take(&ahead, "o")) {
        int minute = take_of(&ahead, small, 10);
        if (minute >= 1)
            *reading = ahead;
        return minute >= 1 ? minute : -1;
    }
    int minute = take_below_hundred(&ahead);
    if (minute < 10 || minute > 59)
        return -1;
    *reading = ahead;
    return minute;
}

static bool read_time(struct reading *reading, char *out)
{
    int hour, minute = 0;
    bool is_certain = true;
    if (take(reading, "half")) {
        hour = take(reading, "past") ? take_hour(reading) : -1;
        minute = 30;
    } else if (take(reading, "quarter")) {
        bool is_before = is_word(reading, "to");
        bool is_after = is_word(reading, "past") || is_word(reading, "after");
        if (!is_before && !is_after)
            return false;
        step(reading);
        hour = take_hour(reading);
        minute = is_before ? 45 : 15;
        if (is_before && hour > 0)
            hour = hour == 1 ? 12 : hour - 1;
    } else {
        hour = take_hour(reading);
        is_certain = hour > 0 && take(reading, "o'clock");
        if (hour > 0 && !is_certain) {
            minute = take_minute(reading);
            minute = minute < 0 ? 0 : minute;
        }
    }
    if (hour < 0)
        return false;
    const char *half = take_half_of_day(reading);
    if (!half && !is_certain)
        return false;
    snprintf(out, ST_WRITTEN_NUMBER_BYTES, "%d:%02d%s%s", hour, minute, half ? " " : "",
             half ? half : "");
    return true;
}

static int take_month(struct reading *reading)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    return take_of(reading, names, MONTHS);
}

/* Day of the month by its ordinal, or -1. */
static int take_ordinal(struct reading *reading)
{
    struct reading ahead = *reading;
    int ten = take(&ahead, "twenty") ? 20 : take(&ahead, "thirty") ? 30 : 0;
    if (ten > 0) {
        int unit = take_of(&ahead, days, ten == 20 ? 9 : 1);
        if (unit >= 0)
            *reading = ahead;
        return unit >= 0 ? ten + unit + 1 : -1;
    }
    int day = take_of(reading, days, DAYS);
    return day >= 0 ? day + 1 : -1;
}

/* "twenty twenty four", "nineteen oh five", "two thousand and three"; 0 when none. */
static int take_year(struct reading *reading)
{
    struct reading ahead = *reading;
    ahead.is_over = false; /* a comma may stand before it */
    int century = take(&ahead, "nineteen") ? 1900 : take(&ahead, "twenty") ? 2000 : 0;
    int rest;
    if (century > 0) {
        rest = take(&ahead, "oh") ? take_of(&ahead, small, 10) : take_below_hundred(&ahead);
        if (rest < 1 || (rest < 10 && !st_token_is(ahead.tokens, ahead.at - 2, "oh")))
            return 0;
    } else {
        if (!take(&ahead, "two") || !take(&ahead, "thousand"))
            return 0;
        century = 2000;
        struct reading trial = ahead;
        take(&trial, "and");
        rest = take_below_hundred(&trial);
        if (rest > 0)
            ahead = trial;
        rest = rest > 0 ? rest : 0;
    }
    *reading = ahead;
    return century + rest;
}

static bool read_date(struct reading *reading, char *out)
{
    struct reading ahead = *reading;
    int day = -1, month = take_month(&ahead);
    if (month >= 0) {
        take(&ahead, "the");
        day = take_ordinal(&ahead);
    } else if (take(&ahead, "the")) {
        day = take_ordinal(&ahead);
        month = day > 0 && take(&ahead, "of") ? take_month(&ahead) : -1;
    }
    if (day < 1 || month < 0)
        return false;
    bool may_have_year = !(ahead.tokens->items[ahead.at - 1].marks & ST_TOKEN_ENDS);
    int year = may_have_year ? take_year(&ahead) : 0;
    *reading = ahead;
    if (year > 0)
        snprintf(out, ST_WRITTEN_NUMBER_BYTES, "%s %d, %d", months[month], day, year);
    else
        snprintf(out, ST_WRITTEN_NUMBER_BYTES, "%s %d", months[month], day);
    return true;
}

/* What is read may not be a piece of a longer number. */
static bool is_whole(const struct st_tokens *tokens, size_t begin, size_t end)
{
    bool goes_on = end < tokens->count &&
                   !(tokens->items[end - 1].marks & (ST_TOKEN_ENDS | ST_TOKEN_COMMA)) &&
                   st_written_number_is_word(tokens, end);
    if (goes_on || begin == 0)
        return !goes_on;
    if (st_written_number_is_word(tokens, begin - 1) ||
        st_token_is_any(tokens, begin - 1, "half minus negative"))
        return false;
    return begin < 2 || !st_token_is_any(tokens, begin - 1, "and to or a through") ||
           !st_written_number_is_word(tokens, begin - 2);
}

static bool may_begin(const struct st_tokens *tokens, size_t index)
{
    if (st_token_has(tokens, index, ST_LEXEME_NUMBER | ST_LEXEME_MONTH))
        return true;
    return index + 1 < tokens->count && st_token_is_any(tokens, index, "a half quarter the") &&
           (st_token_has(tokens, index + 1, ST_LEXEME_NUMBER | ST_LEXEME_ORDINAL) ||
            st_token_is_any(tokens, index + 1, "past to after"));
}

size_t st_written_number_read(const struct st_tokens *tokens, size_t index,
                              char out[ST_WRITTEN_NUMBER_BYTES])
{
    static bool (*const readers[])(struct reading * reading, char *out) = {read_money, read_percent,
                                                                           read_time, read_date};
    if (!may_begin(tokens, index))
        return 0;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        struct reading reading = {.tokens = tokens, .at = index};
        if (readers[i](&reading, out))
            return is_whole(tokens, index, reading.at) ? reading.at - index : 0;
    }
    return 0;
}
