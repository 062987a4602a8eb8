#include "number.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const st_number_units[20] = {
    "zero",     "one",     "two",     "three",     "four",     "five",     "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
};

const char *const st_number_tens[10] = {
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
};

static const char *const ordinals[20] = {
    "",           "first",     "second",    "third",       "fourth",     "fifth",      "sixth",
    "seventh",    "eighth",    "ninth",     "tenth",       "eleventh",   "twelfth",    "thirteenth",
    "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
};

static const char *const ordinal_tens[10] = {
    "",         "",         "twentieth",  "thirtieth", "fortieth",
    "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth",
};

struct words {
    const struct st_number_word *at;
    size_t count;
};

static bool is_word(struct words words, size_t i, const char *text)
{
    return i < words.count && words.at[i].text[0] == text[0] && words.at[i].bytes == strlen(text) &&
           memcmp(words.at[i].text, text, words.at[i].bytes) == 0;
}

/* The place of a word in a table, 0 when it is not in it (no table is asked for its first). */
static unsigned find(struct words words, size_t i, const char *const *table, unsigned count)
{
    for (unsigned value = 1; value < count; value++)
        if (table[value][0] != '\0' && is_word(words, i, table[value]))
            return value;
    return 0;
}

/* ---- reading ---- */

/* 1…99; returns words read. */
static size_t read_tens(struct words words, size_t i, uint64_t *ret_value)
{
    unsigned unit = find(words, i, st_number_units, 20);
    unsigned tens = unit > 0 ? 0 : find(words, i, st_number_tens, 10);
    if (unit > 0) {
        *ret_value = unit;
        return 1;
    }
    if (tens == 0)
        return 0;
    unit = find(words, i + 1, st_number_units, 10);
    *ret_value = 10 * tens + unit;
    return unit > 0 ? 2 : 1;
}

/* 1…999, "nineteen hundred" too. */
static size_t read_hundreds(struct words words, size_t i, uint64_t *ret_value)
{
    uint64_t value = 0, rest;
    size_t used = read_tens(words, i, &value), more;
    if (used == 0 && is_word(words, i, "a") && is_word(words, i + 1, "hundred")) {
        value = 1;
        used = 1;
    }
    if (used == 0 || !is_word(words, i + used, "hundred")) {
        *ret_value = value;
        return used;
    }
    used++;
    *ret_value = 100 * value;
    more = is_word(words, i + used, "and");
    size_t last = read_tens(words, i + used + more, &rest);
    if (last > 0) {
        *ret_value += rest;
        used += more + last;
    }
    return used;
}

static size_t read_group(struct words words, size_t i, const char *scale, uint64_t *ret_value)
{
    size_t used = read_hundreds(words, i, ret_value);
    if (used == 0 && is_word(words, i, "a")) {
        *ret_value = 1;
        used = 1;
    }
    return used > 0 && *ret_value < 1000 && is_word(words, i + used, scale) ? used + 1 : 0;
}

static size_t read_cardinal(struct words words, uint64_t *ret_value)
{
    uint64_t group, value = 0;
    size_t i = 0, used;
    static const struct {
        const char *scale;
        uint64_t factor;
    } groups[] = {{"million", 1000000}, {"thousand", 1000}};
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        used = read_group(words, i, groups[g].scale, &group);
        if (used > 0)
            value += group * groups[g].factor;
        i += used;
    }
    size_t and = i > 0 && is_word(words, i, "and");
    used = read_hundreds(words, i + and, &group);
    if (used > 0 && (i == 0 || group < 1000)) {
        value += group;
        i += and+used;
    }
    *ret_value = value;
    return i;
}

static bool read_written(struct words words, struct st_number *number)
{
    const char *text = words.at[0].text;
    size_t bytes = words.at[0].bytes;
    if (bytes > ST_NUMBER_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < bytes; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    memcpy(number->digits, text, bytes);
    number->digits[bytes] = '\0';
    number->len = bytes;
    number->words = 1;
    number->is_written = true;
    return true;
}

/* "double five", "triple oh", "zero", "oh". */
static bool read_digits(struct words words, bool is_among_digits, struct st_number *number)
{
    size_t times = is_word(words, 0, "double") ? 2 : is_word(words, 0, "triple") ? 3 : 1;
    size_t i = times > 1;
    bool is_oh = is_word(words, i, "oh") || is_word(words, i, "o");
    unsigned digit = find(words, i, st_number_units, 10);
    if (digit == 0 && !is_word(words, i, "zero") && !(is_oh && is_among_digits))
        return false;
    if (digit > 0 && times == 1)
        return false; /* may be the beginning of more */
    memset(number->digits, '0' + (int)digit, times);
    number->digits[times] = '\0';
    number->len = times;
    number->words = i + 1;
    return true;
}

static bool read_ordinal(struct words words, struct st_number *number)
{
    char said[ST_NUMBER_SAID_BYTES_MAX], written[8];
    unsigned value = find(words, 0, ordinals, 20), tens;
    size_t used = 1;
    if (value == 0)
        value = 10 * find(words, 0, ordinal_tens, 10);
    tens = find(words, 0, st_number_tens, 10);
    if (value == 0 && tens > 0 && (value = find(words, 1, ordinals, 10)) > 0) {
        value += 10 * tens;
        used = 2;
    }
    bool is_written = words.at[0].text[0] >= '1' && words.at[0].text[0] <= '9';
    for (unsigned i = 1; is_written && value == 0 && i < 100 && words.at[0].bytes < sizeof(written);
         i++) {
        st_number_say_ordinal(i, said, written);
        if (is_word(words, 0, written))
            value = i;
    }
    if (value == 0)
        return false;
    number->is_ordinal = true;
    number->len = (size_t)snprintf(number->digits, sizeof(number->digits), "%u", value);
    number->words = used;
    return true;
}

void st_number_read(const struct st_number_word *words, size_t count, bool is_among_digits,
                    struct st_number *ret_number)
{
    struct words all = {.at = words, .count = count};
    uint64_t value;
    memset(ret_number, 0, sizeof(*ret_number));
    if (count == 0 || read_written(all, ret_number) || read_ordinal(all, ret_number) ||
        read_digits(all, is_among_digits, ret_number))
        return;
    ret_number->words = read_cardinal(all, &value);
    if (ret_number->words > 0)
        ret_number->len = (size_t)snprintf(ret_number->digits, sizeof(ret_number->digits), "%llu",
                                           (unsigned long long)value);
}

/* ---- saying ---- */

static void append(char *said, const char *word)
{
    size_t used = strlen(said);
    snprintf(said + used, ST_NUMBER_SAID_BYTES_MAX - used, "%s%s", used > 0 ? " " : "", word);
}

static void say_tens(unsigned value, char *said)
{
    if (value >= 20) {
        append(said, st_number_tens[value / 10]);
        value %= 10;
    }
    if (value > 0)
        append(said, st_number_units[value]);
}

static void say_hundreds(unsigned value, bool has_and, bool has_a, char *said)
{
    bool is_first = said[0] == '\0';
    if (value >= 100) {
        append(said, has_a && is_first && value < 200 ? "a" : st_number_units[value / 100]);
        append(said, "hundred");
    }
    if (value % 100 > 0 && has_and && (value >= 100 || !is_first))
        append(said, "and");
    say_tens(value % 100, said);
}

void st_number_say(const char *digits, size_t len, bool has_and, bool has_a, char *ret_said)
{
    static const struct {
        const char *scale;
        unsigned long factor;
    } groups[] = {{"million", 1000000}, {"thousand", 1000}};
    ret_said[0] = '\0';
    if (len == 0 || len > 9 || digits[0] == '0')
        return;
    unsigned long value = 0;
    for (size_t i = 0; i < len; i++)
        value = 10 * value + (unsigned long)(digits[i] - '0');
    for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
        unsigned group = (unsigned)(value / groups[g].factor % 1000);
        if (group == 0)
            continue;
        if (group == 1 && has_a && ret_said[0] == '\0')
            append(ret_said, "a");
        else
            say_hundreds(group, has_and && group >= 100, has_a, ret_said);
        append(ret_said, groups[g].scale);
    }
    say_hundreds((unsigned)(value % 1000), has_and, has_a, ret_said);
}

void st_number_say_ordinal(unsigned value, char *ret_said, char *ret_written)
{
    unsigned unit = value % 10, tens = value / 10;
    const char *ending = tens == 1 || unit == 0 || unit > 3 ? "th"
                         : unit == 1                        ? "st"
                         : unit == 2                        ? "nd"
                                                            : "rd";
    ret_said[0] = '\0';
    snprintf(ret_written, 8, "%u%s", value % 100, ending);
    if (value < 20)
        append(ret_said, ordinals[value]);
    else if (unit == 0)
        append(ret_said, ordinal_tens[tens]);
    else {
        append(ret_said, st_number_tens[tens]);
        append(ret_said, ordinals[unit]);
    }
}
