#include "pii_judge.h"

enum { SSN_DIGITS = 9, PHONE_DIGITS_MIN = 7, PHONE_DIGITS_MAX = 15 };

static bool is_grouped(const struct st_pii_number *number, const unsigned *groups, unsigned count)
{
    if (number->run->atoms != count)
        return false;
    for (unsigned i = 0; i < count; i++)
        if (number->atoms[i].kind != ST_PII_ATOM_WRITTEN || number->atoms[i].digits != groups[i])
            return false;
    return true;
}

bool st_pii_person_is_ssn_shaped(const struct st_pii_number *number)
{
    static const unsigned groups[] = {3, 2, 4};
    return is_grouped(number, groups, 3);
}

bool st_pii_person_is_phone_shaped(const struct st_pii_scan *scan,
                                   const struct st_pii_number *number)
{
    static const unsigned local[] = {3, 4}, national[] = {3, 3, 4}, abroad[] = {1, 3, 3, 4};
    const char *digits = number->digits;
    bool has_plus = scan->tokens[number->run->first].mark == '+';
    if (number->run->has_cardinal || number->count < PHONE_DIGITS_MIN ||
        number->count > PHONE_DIGITS_MAX)
        return false;
    if (has_plus || is_grouped(number, local, 2) || is_grouped(number, national, 3) ||
        is_grouped(number, abroad, 4))
        return true;
    if (number->count == 10)
        return digits[0] >= '2' || (digits[0] == '0' && digits[1] > '0');
    return number->count == 11 && (digits[0] == '1' || digits[0] == '0');
}

float st_pii_person_judge_ssn(const struct st_pii_number *number,
                              const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > 10)
        return 0;
    if (count == SSN_DIGITS)
        return 0.96F;
    if (context->has_last_four && count == 4)
        return 0.92F;
    if (context->has_last_four && context->is_strong && (count == 3 || count == 5))
        return 0.72F;
    if (st_pii_judge_is_given(context))
        return count >= 3 ? 0.72F : 0.53F;
    return count >= 4 && st_pii_judge_is_dictated(number) ? 0.68F : 0;
}

bool st_pii_person_is_service(const char *digits)
{
    return (digits[1] == '1' && (digits[2] == '1' || digits[2] == '2')) ||
           (digits[0] == '9' && digits[1] == '9' && digits[2] == '9');
}

float st_pii_person_judge_phone(const struct st_pii_number *number,
                                const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > PHONE_DIGITS_MAX)
        return 0;
    if (count >= PHONE_DIGITS_MIN)
        return count >= 10 ? 0.95F : 0.9F;
    if (count == 3 && st_pii_person_is_service(number->digits))
        return 0;
    if (st_pii_judge_is_given(context))
        return count >= 3 ? 0.7F : 0.52F;
    if (!st_pii_judge_is_dictated(number))
        return 0;
    return context->is_strong && count >= 3 ? 0.6F : 0;
}

static unsigned number_of(const char *digits, unsigned count)
{
    unsigned value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value * 10 + (unsigned)(digits[i] - '0');
    return value;
}

/* Day, month and year in any order, by the groups in which they were said. */
static bool is_date(const struct st_pii_number *number)
{
    if (number->count < 3 || number->count > 8)
        return false;
    unsigned first = number_of(number->digits, number->count >= 6 ? 2 : 1);
    return first >= 1 && first <= 31;
}

float st_pii_person_judge_birth(const struct st_pii_number *number,
                                const struct st_pii_context *context)
{
    bool is_given = st_pii_judge_is_given(context) || (context->is_strong && !context->is_awaited);
    if (number->run->has_cardinal && number->count != 4)
        return 0;
    if (number->run->is_year_like)
        return is_given ? 0.9F : 0;
    if (is_date(number))
        return is_given ? 0.94F : 0.7F;
    return is_given && number->count <= 8 ? 0.6F : 0;
}

float st_pii_person_judge_postcode(const struct st_pii_number *number,
                                   const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > 9)
        return 0;
    if (count == 5 || count == 9)
        return 0.93F;
    return st_pii_judge_is_given(context) && count >= 3 ? 0.6F : 0;
}

float st_pii_person_judge_other_id(const struct st_pii_number *number,
                                   const struct st_pii_context *context)
{
    unsigned count = number->count;
    if (number->run->has_cardinal || count > 20)
        return 0;
    if (st_pii_judge_is_given(context))
        return count >= 5 ? 0.93F : 0.6F;
    return count >= 4 && st_pii_judge_is_dictated(number) ? 0.75F : 0;
}
