#include "sidetone/pool.h"

#include "run.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

START_TEST(blocks_are_bounded_and_come_back)
{
    struct st_pool *pool;
    ck_assert_int_eq(st_pool_create(&pool, 640, 2), 0);
    void *a = st_pool_get(pool), *b = st_pool_get(pool);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_ne(a, b);
    memset(a, 1, 640);
    memset(b, 2, 640);
    ck_assert_ptr_null(st_pool_get(pool));
    st_pool_put(pool, a);
    ck_assert_ptr_eq(st_pool_get(pool), a);
    st_pool_put(pool, a);
    st_pool_put(pool, b);
    st_pool_put(pool, NULL);
    st_pool_destroy(pool);
}
END_TEST

START_TEST(tiny_blocks_work)
{
    struct st_pool *pool;
    ck_assert_int_eq(st_pool_create(&pool, 1, 3), 0);
    void *blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = st_pool_get(pool);
    for (int i = 0; i < 3; i++)
        st_pool_put(pool, blocks[i]);
    st_pool_destroy(pool);
}
END_TEST

START_TEST(sizes_that_make_no_sense_are_refused)
{
    struct st_pool *pool = NULL;
    ck_assert_int_eq(st_pool_create(&pool, 0, 1), -EINVAL);
    ck_assert_int_eq(st_pool_create(&pool, 1, 0), -EINVAL);
    ck_assert_int_eq(st_pool_create(&pool, SIZE_MAX / 2, 3), -EINVAL);
    ck_assert_ptr_null(pool);
    st_pool_destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, blocks_are_bounded_and_come_back);
    tcase_add_test(tcase, tiny_blocks_work);
    tcase_add_test(tcase, sizes_that_make_no_sense_are_refused);
    return run_case("pool", tcase);
}
