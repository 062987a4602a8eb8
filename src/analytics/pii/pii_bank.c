#include "pii_judge.h"

enum { ACCOUNT_DIGITS_MAX = 20, ABA_DIGITS = 9, SORT_CODE_DIGITS = 6 };

bool st_pii_bank_passes_aba(const char *digits)
{
    static const unsigned weights[] = {3, 7, 1};
    unsigned sum = 0;
    for (unsigned i = 0; i < ABA_DIGITS; i++)
        sum += weights[i % 3] * (unsigned)(digits[i] - '0');
    return sum > 0 && sum % 10 == 0;
}

bool st_pii_bank_passes_iban(const char *text, size_t len)
{
    unsigned rest = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[(i + 4) % len];
        if (c >= '0' && c <= '9')
            rest = (rest * 10 + (unsigned)(c - '0')) % 97;
        else if (c >= 'A' && c <= 'Z')
            rest = (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
        else
            return false;
    }
    return len >= 15 && len <= 34 && rest == 1;
}

float st_pii_bank_judge_account(const struct st_pii_number *number,
                                const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > ACCOUNT_DIGITS_MAX)
        return 0;
    if (context->has_last_four && count == 4)
        return 0.88F;
    if (st_pii_judge_is_given(context))
        return count >= 6 ? 0.93F : count >= 4 ? 0.74F : 0.54F;
    if (!st_pii_judge_is_dictated(number))
        return 0;
    if (context->is_strong)
        return count >= 4 ? 0.7F : 0;
    return (context->is_near || context->is_bare) && count >= 4 ? 0.58F : count >= 6 ? 0.55F : 0;
}

float st_pii_bank_judge_routing(const struct st_pii_number *number,
                                const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > 12)
        return 0;
    if (count == ABA_DIGITS)
        return st_pii_bank_passes_aba(number->digits) ? 0.97F : 0.94F;
    if (count == SORT_CODE_DIGITS)
        return 0.94F;
    if (context->has_last_four && count == 4)
        return 0.86F;
    if (st_pii_judge_is_given(context))
        return 0.6F;
    return count >= 4 && st_pii_judge_is_dictated(number) ? 0.6F : 0;
}
