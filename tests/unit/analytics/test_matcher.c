#include "listen.h"
#include "run.h"

static char *manager[] = {"manager"};
static char *refund[] = {"refund", "money back"};

START_TEST(a_category_listens_to_its_role)
{
    const struct st_config_category categories[] = {
        {.name = "agent", .role = ST_ROLE_AGENT, .phrases = manager, .phrase_count = 1},
        {.name = "any", .phrases = manager, .phrase_count = 1},
        {.name = "customer", .role = ST_ROLE_CUSTOMER, .phrases = manager, .phrase_count = 1},
    };
    struct st_category_matcher *matcher = listen_for(categories, 3);
    ck_assert_str_eq(say(matcher, 0, ST_ROLE_AGENT, "manager", 0),
                     "agent/manager [manager] 0-700\nany/manager [manager] 0-700");
    ck_assert_str_eq(say(matcher, 1, ST_ROLE_CUSTOMER, "manager", 0),
                     "any/manager [manager] 0-700\ncustomer/manager [manager] 0-700");
    ck_assert_str_eq(say(matcher, 1, ST_ROLE_UNKNOWN, "manager", 1000),
                     "any/manager [manager] 1000-1700");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(matches_come_in_order_of_time)
{
    const struct st_config_category categories[] = {
        {.name = "late", .phrases = manager, .phrase_count = 1},
        {.name = "early", .phrases = refund, .phrase_count = 2},
    };
    struct st_category_matcher *matcher = listen_for(categories, 2);
    ck_assert_str_eq(say(matcher, 0, ST_ROLE_AGENT, "refund. a manager! money back", 0),
                     "early/refund [refund] 0-600\n"
                     "late/manager [manager] 1000-1700\n"
                     "early/money back [money back] 1900-2900");
    st_category_matcher_destroy(matcher);
}
END_TEST

static void check_match(void *user, const struct st_category_match *match)
{
    (*(int *)user)++;
    ck_assert_str_eq(match->category, "escalation");
    ck_assert_int_eq(match->severity, ST_SEVERITY_HIGH);
    ck_assert_int_eq(match->role, ST_ROLE_CUSTOMER);
    ck_assert_uint_eq(match->channel, 1);
    ck_assert_uint_eq(match->segment_id, 42);
}

START_TEST(a_match_says_whose_it_is)
{
    const struct st_config_category category = {
        .name = "escalation", .severity = ST_SEVERITY_HIGH, .phrases = manager, .phrase_count = 1};
    struct st_category_matcher *matcher = listen_for(&category, 1);
    struct st_segment segment = {.id = 42, .text = "manager", .end_us = 1000};
    int matches = 0;
    st_category_matcher_put(matcher, 1, ST_ROLE_CUSTOMER, &segment, check_match, &matches);
    ck_assert_int_eq(matches, 1);
    st_category_matcher_destroy(matcher);
    st_category_matcher_destroy(NULL);
}
END_TEST

START_TEST(new_rules_replace_the_old_ones)
{
    const struct st_config_category before = {.name = "a", .phrases = manager, .phrase_count = 1};
    const struct st_config_category after = {.name = "b", .phrases = refund, .phrase_count = 2};
    struct st_category_matcher *matcher = listen_for(&before, 1);
    ck_assert_str_ne(say(matcher, 0, ST_ROLE_AGENT, "manager money", 0), "");
    struct st_rules *rules = make_rules(&after, 1);
    st_category_matcher_set_rules(matcher, rules);
    st_category_matcher_set_rules(matcher, rules);
    st_rules_unref(rules);
    ck_assert_str_eq(say(matcher, 0, ST_ROLE_AGENT, "back manager", 2000), "");
    ck_assert_str_ne(say(matcher, 0, ST_ROLE_AGENT, "refund", 4000), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

START_TEST(no_rules_match_nothing)
{
    struct st_category_matcher *matcher = listen_for(NULL, 0);
    ck_assert_str_eq(say(matcher, 0, ST_ROLE_AGENT, "anything at all", 0), "");
    st_category_matcher_destroy(matcher);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_category_listens_to_its_role, matches_come_in_order_of_time,
                            a_match_says_whose_it_is, new_rules_replace_the_old_ones,
                            no_rules_match_nothing};
    return run_tests("matcher", tests, sizeof(tests) / sizeof(tests[0]));
}
