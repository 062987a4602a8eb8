#include "json_number.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    /* More digits than any point half-way between two doubles has (767), so that cutting a longer
     * number there, with a mark that something followed, rounds the same way. */
    DIGITS_MAX = 800,
};

bool st_json_number_int(const char *at, const char *end, int64_t *ret_value)
{
    bool is_negative = at < end && *at == '-';
    uint64_t value = 0, limit = is_negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
    at += is_negative;
    if (at == end)
        return false;
    for (; at < end; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (digit > 9 || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = (int64_t)(is_negative ? 0 - value : value);
    return true;
}

static int64_t exponent_of(const char *at, const char *end)
{
    const int64_t beyond = INT64_C(1000000000000);
    bool is_negative = at < end && *at == '-';
    int64_t value = 0;
    for (at += at < end && (*at == '-' || *at == '+'); at < end; at++)
        value = value < beyond ? value * 10 + (*at - '0') : beyond;
    return is_negative ? -value : value;
}

/* Rewritten as digits and an exponent: bounded in length and free of the locale's radix sign,
 * strtod rounds it exactly. */
double st_json_number_real(const char *begin, const char *end)
{
    char text[DIGITS_MAX + 32];
    size_t digits = 0;
    int64_t exponent = 0;
    bool in_fraction = false, is_cut = false;
    const char *at = begin + (*begin == '-');
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            in_fraction = true;
            continue;
        }
        bool is_kept = digits < DIGITS_MAX && (digits > 0 || *at != '0');
        if (is_kept)
            text[digits++] = *at;
        else
            is_cut |= *at != '0';
        exponent += !is_kept && digits > 0 && !in_fraction;
        exponent -= (is_kept || digits == 0) && in_fraction;
    }
    if (digits == 0)
        text[digits++] = '0';
    if (is_cut) {
        text[digits++] = '1';
        exponent--;
    }
    if (at < end)
        exponent += exponent_of(at + 1, end);
    const int64_t far = 99999;
    exponent = exponent > far ? far : exponent < -far ? -far : exponent;
    snprintf(text + digits, sizeof(text) - digits, "e%d", (int)exponent);
    double value = strtod(text, NULL);
    return *begin == '-' ? -value : value;
}
