#include "pii_judge.h"

enum { CARD_DIGITS_MIN = 13, CARD_DIGITS_MAX = 19, NEARLY_CARD = 11 };

bool st_pii_card_passes_luhn(const char *digits, unsigned count)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned value = (unsigned)(digits[count - 1 - i] - '0');
        if (i % 2 == 1)
            value = value > 4 ? 2 * value - 9 : 2 * value;
        sum += value;
    }
    return count > 0 && sum % 10 == 0;
}

static bool is_issued(const char *digits, unsigned count)
{
    switch (digits[0]) {
    case '2': /* Mastercard 2221…2720 */
        return count == 16 && digits[1] >= '2' && digits[1] <= '7';
    case '3': /* American Express, Diners, JCB */
        return digits[1] == '4' || digits[1] == '7' || digits[1] == '0' || digits[1] == '5' ||
               digits[1] == '6' || digits[1] == '8';
    case '4':
    case '5':
    case '6':
        return true;
    default:
        return false;
    }
}

bool st_pii_card_is_certain(const char *digits, unsigned count)
{
    return count >= CARD_DIGITS_MIN && count <= CARD_DIGITS_MAX && is_issued(digits, count) &&
           st_pii_card_passes_luhn(digits, count);
}

static float judge_piece(const struct st_pii_number *number, const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (context->has_last_four && (count == 4 || count == 6))
        return 0.9F;
    if (st_pii_judge_is_given(context))
        return count >= 4 ? 0.75F : count == 3 ? 0.6F : 0.55F;
    if ((context->is_near || context->is_bare) && count >= 4 && !number->run->is_year_like)
        return 0.6F;
    if (!st_pii_judge_is_dictated(number))
        return 0;
    if (context->is_strong)
        return count >= 4 ? 0.7F : count == 3 && number->run->is_single ? 0.5F : 0;
    return count >= 8 ? 0.6F : 0;
}

float st_pii_card_judge(const struct st_pii_number *number, const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal)
        return 0;
    if (count >= CARD_DIGITS_MIN && count <= CARD_DIGITS_MAX)
        return st_pii_card_passes_luhn(number->digits, count) ? 0.99F : 0.95F;
    if (count >= NEARLY_CARD)
        return 0.85F;
    return judge_piece(number, context);
}

float st_pii_card_judge_cvv(const struct st_pii_number *number,
                            const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > 4 || number->run->is_year_like)
        return 0;
    if (!context->is_strong)
        return context->is_near && !context->is_awaited && count >= 3 ? 0.6F : 0;
    if (count >= 3)
        return !context->is_awaited || context->is_bare ? 0.92F : 0.6F;
    return st_pii_judge_is_given(context) ? 0.5F : 0;
}

bool st_pii_card_is_expiry(const char *digits, unsigned count)
{
    unsigned month_digits = count == 3 || count == 5 ? 1 : 2;
    unsigned month = 0;
    for (unsigned i = 0; i < month_digits; i++)
        month = month * 10 + (unsigned)(digits[i] - '0');
    if (count < 3 || count > 6 || month < 1 || month > 12)
        return false;
    if (count - month_digits == 4)
        return digits[month_digits] == '2' && digits[month_digits + 1] == '0';
    char decade = digits[month_digits];
    return count - month_digits == 2 && decade >= '1' && decade <= '4';
}

float st_pii_card_judge_expiry(const struct st_pii_number *number,
                               const struct st_pii_context *context)
{
    if (number->run->has_cardinal || number->count > 6)
        return 0;
    bool is_given = st_pii_judge_is_given(context);
    if (st_pii_card_is_expiry(number->digits, number->count))
        return number->count == 3 ? 0.7F : !context->is_awaited || is_given ? 0.95F : 0.8F;
    return is_given && !context->is_awaited ? 0.6F : 0;
}

float st_pii_card_judge_pin(const struct st_pii_number *number,
                            const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > 8)
        return 0;
    if (st_pii_judge_is_given(context))
        return count >= 4 ? 0.93F : 0.5F;
    if (count >= 4 && st_pii_judge_is_dictated(number))
        return 0.8F;
    return count == 4 && context->is_strong && !number->run->is_year_like ? 0.6F : 0;
}
