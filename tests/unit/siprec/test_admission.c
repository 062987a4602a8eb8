#include "admission.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>

static struct admission admission;

START_TEST(prefixes_are_read)
{
    static const struct {
        const char *text;
        int err;
    } cases[] = {{"192.0.2.1", 0},
                 {"10.0.0.0/8", 0},
                 {"0.0.0.0/0", 0},
                 {"10.0.0.0/32", 0},
                 {"10.0.0.0/33", -EINVAL},
                 {"2001:db8::/32", 0},
                 {"2001:db8::/129", -EINVAL},
                 {"::1/128", 0},
                 {"10.0.0.0/", -EINVAL},
                 {"10.0.0.0/-1", -EINVAL},
                 {"10.0.0/8", -EINVAL},
                 {"", -EINVAL},
                 {"sbc.example", -EINVAL},
                 {"10.0.0.0/8x", -EINVAL}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct address_prefix prefix;
        ck_assert_msg(address_prefix_parse(&prefix, cases[i].text) == cases[i].err, "%s",
                      cases[i].text);
    }
}
END_TEST

START_TEST(addresses_are_held_against_them)
{
    static const char *const allowed[] = {"10.1.0.0/15", "192.0.2.1", "2001:db8::/33"};
    static const struct {
        const char *address;
        bool is_allowed;
    } cases[] = {{"10.0.255.255", true},    {"10.1.255.255", true},     {"10.2.0.0", false},
                 {"192.0.2.1", true},       {"192.0.2.2", false},       {"2001:db8::5", true},
                 {"2001:db8:7fff::", true}, {"2001:db8:8000::", false}, {"::ffff:192.0.2.1", true},
                 {"nonsense", false}};
    ck_assert_int_eq(admission_init(&admission, allowed, 3, 10, 1), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(admission_allows(&admission, cases[i].address) == cases[i].is_allowed, "%s",
                      cases[i].address);
    admission_fini(&admission);
    ck_assert_int_eq(admission_init(&admission, NULL, 0, 10, 1), 0);
    ck_assert(admission_allows(&admission, "203.0.113.1"));
    admission_fini(&admission);
}
END_TEST

START_TEST(a_source_has_its_rate)
{
    int64_t now_us = 5000000;
    unsigned taken = 0;
    ck_assert_int_eq(admission_init(&admission, NULL, 0, 10, 1), 0);
    for (int i = 0; i < 100; i++)
        taken += admission_take(&admission, "192.0.2.1", now_us) == ADMISSION_TAKEN;
    ck_assert_uint_eq(taken, 20); /* a burst of two seconds */
    ck_assert_int_eq(admission_take(&admission, "192.0.2.2", now_us), ADMISSION_TAKEN);
    for (int i = 0; i < 100; i++)
        taken += admission_take(&admission, "192.0.2.1", now_us += 50000) == ADMISSION_TAKEN;
    ck_assert_uint_ge(taken, 69);
    ck_assert_uint_le(taken, 71);
    ck_assert_int_ne(admission_take(&admission, "192.0.2.1", now_us - 10000000), ADMISSION_TAKEN);
    admission_fini(&admission);
}
END_TEST

/* Refusals have a rate, too; both are full again after a while. */
START_TEST(a_flood_is_not_answered_by_a_flood)
{
    ck_assert_int_eq(admission_init(&admission, NULL, 0, 10, 1), 0);
    for (int64_t now_us = 5000000; now_us < 20000000; now_us += 10000000) {
        unsigned counts[3] = {0};
        for (int i = 0; i < 100; i++)
            counts[admission_take(&admission, "192.0.2.1", now_us)]++;
        ck_assert_uint_eq(counts[ADMISSION_TAKEN], 20);
        ck_assert_uint_eq(counts[ADMISSION_REFUSED], 20);
        ck_assert_uint_eq(counts[ADMISSION_DROPPED], 60);
    }
    admission_fini(&admission);
}
END_TEST

/* Whoever has one address of IPv6 has more than there are buckets. */
START_TEST(a_network_of_ipv6_is_one_source)
{
    char address[64];
    unsigned taken = 0;
    ck_assert_int_eq(admission_init(&admission, NULL, 0, 10, 1), 0);
    for (unsigned i = 0; i < 1000; i++) {
        snprintf(address, sizeof(address), "2001:db8:0:1:%x::%x", i, i + 1);
        taken += admission_take(&admission, address, 5000000) == ADMISSION_TAKEN;
    }
    ck_assert_uint_eq(taken, 20);
    ck_assert_int_eq(admission_take(&admission, "2001:db8:0:2::1", 5000000), ADMISSION_TAKEN);
    admission_fini(&admission);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {prefixes_are_read, addresses_are_held_against_them,
                                  a_source_has_its_rate, a_flood_is_not_answered_by_a_flood,
                                  a_network_of_ipv6_is_one_source};
    return run_tests("admission", tests, sizeof(tests) / sizeof(*tests));
}
