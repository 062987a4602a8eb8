#include "pii/pii_hash.h"
#include "pii/pii_judge.h"
#include "run.h"

#include <string.h>

START_TEST(cards_by_check_digit_and_issuer)
{
    ck_assert(st_pii_card_passes_luhn("4539148803436467", 16));
    ck_assert(!st_pii_card_passes_luhn("4539148803436468", 16));
    ck_assert(!st_pii_card_passes_luhn("", 0));
    ck_assert(st_pii_card_is_certain("378282246310005", 15));
    ck_assert(st_pii_card_is_certain("2221000000000009", 16));
    ck_assert(!st_pii_card_is_certain("9000000000000001", 16));
    ck_assert(!st_pii_card_is_certain("4539148803436468", 16));
    ck_assert(!st_pii_card_is_certain("0", 1));
}
END_TEST

START_TEST(month_and_year)
{
    static const char *const good[] = {"428", "0428", "1228", "42028", "042028"};
    static const char *const bad[] = {"0028", "1328", "0401", "04", "041999", "0420281"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ck_assert_msg(st_pii_card_is_expiry(good[i], (unsigned)strlen(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(!st_pii_card_is_expiry(bad[i], (unsigned)strlen(bad[i])), "%s", bad[i]);
}
END_TEST

START_TEST(banks_by_check_digits)
{
    ck_assert(st_pii_bank_passes_aba("021000021"));
    ck_assert(!st_pii_bank_passes_aba("021000022"));
    ck_assert(!st_pii_bank_passes_aba("000000000"));
    ck_assert(st_pii_bank_passes_iban("GB29NWBK60161331926819", 22));
    ck_assert(!st_pii_bank_passes_iban("GB28NWBK60161331926819", 22));
    ck_assert(!st_pii_bank_passes_iban("GB29 NWBK", 9));
    ck_assert(!st_pii_bank_passes_iban("", 0));
}
END_TEST

/* The first vectors of the paper's appendix: key 00…0f, messages 00… of each length. */
START_TEST(the_hash_is_siphash)
{
    static const uint64_t expected[] = {0x726fdb47dd0e0e31U, 0x74f839c593dc67fdU,
                                        0x0d6c8009d9a94f5aU};
    const uint64_t key[2] = {0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
    struct st_pii_hash hash;
    for (unsigned len = 0; len < 3; len++) {
        st_pii_hash_init(&hash, key);
        for (unsigned i = 0; i < len; i++)
            st_pii_hash_put(&hash, (uint8_t)i);
        ck_assert_uint_eq(st_pii_hash_finish(&hash), expected[len]);
    }
    st_pii_hash_init(&hash, key);
    for (unsigned i = 0; i < 15; i++)
        st_pii_hash_put(&hash, (uint8_t)i);
    ck_assert_uint_eq(st_pii_hash_finish(&hash), 0xa129ca6149be45e5U);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {cards_by_check_digit_and_issuer, month_and_year, banks_by_check_digits,
                            the_hash_is_siphash};
    return run_tests("pii_judge", tests, sizeof(tests) / sizeof(tests[0]));
}
