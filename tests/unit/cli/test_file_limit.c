#include "file_limit.h"

#include "sidetone/config.h"
#include "sidetone/log.h"

#include "run.h"

#include <sys/resource.h>

static const struct st_log test_log = {.module = "test"};

static rlim_t soft_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

static struct st_config config_of(uint32_t connections, uint32_t calls)
{
    return (struct st_config){.limits = {.connections = connections, .calls = calls}};
}

START_TEST(the_need_grows_with_the_limits)
{
    struct st_config small = config_of(10, 1), large = config_of(10000, 2000);
    struct st_config huge = config_of(UINT32_MAX, UINT32_MAX);
    ck_assert_uint_ge(file_limit_needed(&small, 1), 1024);
    ck_assert_uint_ge(file_limit_needed(&large, 2), 10000 + 2 * 2000);
    ck_assert_uint_gt(file_limit_needed(&large, 3), file_limit_needed(&large, 2));
    ck_assert_uint_gt(file_limit_needed(&huge, 64), 3ull * UINT32_MAX);
    uint64_t without = file_limit_needed(&large, 2);
    large.rtp.first_port = 20000;
    large.rtp.last_port = 20999;
    ck_assert_uint_eq(file_limit_needed(&large, 2), without + 1000);
    large.siprec.connections = 200;
    ck_assert_uint_eq(file_limit_needed(&large, 2), without + 1000);
    large.siprec.listen_count = 1;
    ck_assert_uint_eq(file_limit_needed(&large, 2), without + 1200);
}
END_TEST

/* The tests run each in a process of its own. */
START_TEST(the_soft_limit_becomes_the_need_within_the_hard_one)
{
    struct st_config config = config_of(100, 100);
    uint64_t needed = file_limit_needed(&config, 1);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_uint_ge(limit.rlim_max, needed);
    limit.rlim_cur = _i ? needed / 2 : needed * 2;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    file_limit_apply(&test_log, &config, 1);
    ck_assert_uint_eq(soft_limit(), needed);
}
END_TEST

START_TEST(the_hard_limit_holds)
{
    struct st_config config = config_of(10000, 2000);
    struct rlimit limit = {.rlim_cur = 600, .rlim_max = 700};
    setrlimit(RLIMIT_NOFILE, &limit);
    file_limit_apply(&test_log, &config, 1);
    ck_assert_uint_eq(soft_limit(), 700);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, the_need_grows_with_the_limits);
    tcase_add_loop_test(tcase, the_soft_limit_becomes_the_need_within_the_hard_one, 0, 2);
    tcase_add_test(tcase, the_hard_limit_holds);
    return run_case("file_limit", tcase);
}
