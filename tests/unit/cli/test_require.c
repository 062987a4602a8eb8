#include "require.h"
#include "run.h"

#include <errno.h>

static void take(struct st_require *require, const char *json)
{
    json_t *event = json_loads(json, 0, NULL);
    ck_assert_ptr_nonnull(event);
    st_require_take(require, event);
    json_decref(event);
}

START_TEST(lists_are_read)
{
    struct st_require require = {0};
    ck_assert_int_eq(st_require_parse(&require, "agent,alert"), 0);
    ck_assert_uint_eq(require.wanted, ST_REQUIRE_AGENT | ST_REQUIRE_ALERT);
    static const char *const bad[] = {"", "agent,", ",agent", "agents", "agent,,alert", "Agent"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(st_require_parse(&require, bad[i]), -EINVAL);
    ck_assert_uint_eq(require.wanted, ST_REQUIRE_AGENT | ST_REQUIRE_ALERT);
}
END_TEST

START_TEST(what_is_missing_is_named)
{
    struct st_require require = {0};
    struct st_text text = {0};
    st_require_parse(&require, "agent,customer,alert,sentiment");
    take(&require,
         "{\"type\":\"transcript.final\",\"segment\":{\"role\":\"agent\",\"text\":\"hi\"}}");
    take(&require, "{\"type\":\"alert.raised\"}");
    ck_assert(!st_require_is_met(&require, &text));
    ck_assert_str_eq(text.data, "customer, sentiment");
    st_text_fini(&text);
}
END_TEST

START_TEST(only_the_real_thing_counts)
{
    struct st_require require = {0};
    struct st_text text = {0};
    st_require_parse(&require, "agent,customer,alert,sentiment");
    take(&require,
         "{\"type\":\"transcript.final\",\"segment\":{\"role\":\"agent\",\"text\":\"\"}}");
    take(&require,
         "{\"type\":\"transcript.partial\",\"segment\":{\"role\":\"customer\",\"text\":\"hi\"}}");
    take(&require, "{\"type\":\"category.matched\",\"severity\":\"high\"}");
    take(&require, "{\"type\":\"sentiment.updated\",\"rolling\":0.0,\"compound\":0.0}");
    take(&require, "{\"type\":\"transcript.final\"}");
    take(&require, "{\"type\":7}");
    take(&require, "[]");
    ck_assert_uint_eq(require.met, 0);
    take(&require, "{\"type\":\"sentiment.updated\",\"rolling\":-0.3}");
    take(&require, "{\"type\":\"alert.raised\"}");
    take(&require,
         "{\"type\":\"transcript.final\",\"segment\":{\"role\":\"agent\",\"text\":\"a\"}}");
    ck_assert(!st_require_is_met(&require, &text));
    take(&require,
         "{\"type\":\"transcript.final\",\"segment\":{\"role\":\"customer\",\"text\":\"a\"}}");
    ck_assert(st_require_is_met(&require, &text));
    st_text_fini(&text);
}
END_TEST

START_TEST(nothing_required_is_met)
{
    struct st_require require = {0};
    struct st_text text = {0};
    ck_assert(st_require_is_met(&require, &text));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {lists_are_read, what_is_missing_is_named, only_the_real_thing_counts,
                            nothing_required_is_met};
    return run_tests("require", tests, sizeof(tests) / sizeof(tests[0]));
}
