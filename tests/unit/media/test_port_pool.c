#include "port_pool.h"

#include "run.h"

enum { FIRST = 20000, PAIRS = 50, S = 1000000 };

static struct port_pool pool;

static void setup(void)
{
    port_pool_init(&pool, FIRST, PAIRS, 30 * (int64_t)S);
}

static void teardown(void)
{
    port_pool_fini(&pool);
}

START_TEST(every_pair_is_given_once_and_none_twice)
{
    bool is_given[PAIRS] = {false};
    unsigned in_order = 0;
    for (unsigned i = 0; i < PAIRS; i++) {
        uint16_t port = port_pool_take(&pool, 0);
        ck_assert_uint_ge(port, FIRST);
        ck_assert_uint_lt(port, FIRST + 2 * PAIRS);
        ck_assert_uint_eq(port % 2, 0);
        ck_assert(!is_given[(port - FIRST) / 2]);
        is_given[(port - FIRST) / 2] = true;
        in_order += port == FIRST + 2 * i;
    }
    ck_assert_uint_eq(port_pool_take(&pool, 0), 0);
    ck_assert_uint_lt(in_order, PAIRS / 2);
}
END_TEST

START_TEST(a_used_pair_rests)
{
    uint16_t ports[PAIRS];
    for (unsigned i = 0; i < PAIRS; i++)
        ports[i] = port_pool_take(&pool, 0);
    port_pool_put(&pool, ports[7], 5 * S);
    ck_assert_uint_eq(port_pool_take(&pool, 35 * S - 1), 0);
    ck_assert_uint_eq(port_pool_take(&pool, 35 * S), ports[7]);
    ck_assert_uint_eq(port_pool_take(&pool, 3600 * (int64_t)S), 0);
}
END_TEST

START_TEST(a_pool_without_ports_has_none)
{
    struct port_pool none;
    port_pool_init(&none, 0, 0, S);
    ck_assert_uint_eq(port_pool_take(&none, 0), 0);
    port_pool_fini(&none);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, every_pair_is_given_once_and_none_twice);
    tcase_add_test(tcase, a_used_pair_rests);
    tcase_add_test(tcase, a_pool_without_ports_has_none);
    return run_case("port_pool", tcase);
}
