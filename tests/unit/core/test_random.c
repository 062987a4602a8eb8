#include "run.h"
#include "sidetone/random.h"

#include <string.h>

START_TEST(every_byte_is_filled_and_none_behind)
{
    uint8_t bytes[ST_RANDOM_BYTES_MAX + 1] = {0}, seen[ST_RANDOM_BYTES_MAX] = {0};
    bytes[ST_RANDOM_BYTES_MAX] = 0x5a;
    for (int round = 0; round < 16; round++) {
        st_random_fill(bytes, ST_RANDOM_BYTES_MAX);
        for (size_t i = 0; i < ST_RANDOM_BYTES_MAX; i++)
            seen[i] |= bytes[i];
    }
    for (size_t i = 0; i < ST_RANDOM_BYTES_MAX; i++)
        ck_assert_uint_ne(seen[i], 0);
    ck_assert_uint_eq(bytes[ST_RANDOM_BYTES_MAX], 0x5a);
    st_random_fill(bytes, 0);
}
END_TEST

START_TEST(no_two_numbers_are_the_same)
{
    uint64_t drawn[64];
    for (size_t i = 0; i < 64; i++) {
        drawn[i] = st_random_u64();
        for (size_t k = 0; k < i; k++)
            ck_assert_uint_ne(drawn[k], drawn[i]);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_byte_is_filled_and_none_behind, no_two_numbers_are_the_same};
    return run_tests("random", tests, sizeof(tests) / sizeof(tests[0]));
}
