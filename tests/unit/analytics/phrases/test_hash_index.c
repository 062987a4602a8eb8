#include "phrases/hash_index.h"
#include "run.h"

START_TEST(numbers_are_found_by_their_hash)
{
    struct st_hash_index index = {0};
    uint32_t place = 7;
    ck_assert_uint_eq(st_hash_index_next(&index, 7, &place), 0);
    for (uint32_t i = 1; i <= 5000; i++)
        st_hash_index_put(&index, i % 1000, i);
    for (uint32_t hash = 0; hash < 1100; hash++) {
        uint32_t count = 0, number;
        place = hash;
        while ((number = st_hash_index_next(&index, hash, &place)) != 0) {
            ck_assert_uint_eq(number % 1000, hash);
            count++;
        }
        ck_assert_uint_eq(count, hash < 1000 ? 5 : 0);
    }
    ck_assert_uint_ge(st_hash_index_bytes(&index), 5000 * sizeof(struct st_hash_slot));
    st_hash_index_fini(&index);
    ck_assert_uint_eq(st_hash_index_bytes(&index), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {numbers_are_found_by_their_hash};
    return run_tests("hash_index", tests, sizeof(tests) / sizeof(tests[0]));
}
