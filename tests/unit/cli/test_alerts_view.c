#include "alerts_view.h"
#include "events.h"
#include "run.h"

static struct st_text text;

static const char alerts_json[] =
    "[{\"call_id\":\"c-17\",\"id\":2,\"severity\":\"high\",\"category\":\"manager\",\"count\":3,"
    "\"state\":\"snoozed\",\"until_unix_ms\":190000,\"raised_unix_ms\":40000,\"assigned\":\"joe\","
    "\"agent\":{\"id\":\"a1\",\"name\":\"Ann\"},\"queue\":\"bil\\u001bling\",\"words\":"
    "\"to a manager\"},"
    "{\"call_id\":\"c-2\",\"id\":1,\"severity\":\"low\",\"category\":\"refund\",\"count\":1,"
    "\"state\":\"raised\",\"until_unix_ms\":null,\"raised_unix_ms\":99000,\"assigned\":\"\","
    "\"agent\":{\"id\":\"a2\",\"name\":\"\"},\"queue\":\"\",\"words\":\"money back\"}]";

START_TEST(alerts_are_listed)
{
    json_t *alerts = parse(alerts_json);
    st_alerts_view_table(alerts, 100000, 0, &text);
    ck_assert_str_eq(
        text.data,
        "CALL  ALERT  SEVERITY  CATEGORY    STATE               AGE   ASSIGNED  AGENT  QUEUE     "
        "WORDS\n"
        "c-17  2      high      manager x3  snoozed, 1:30 left  1:00  joe       Ann    "
        "bil\ufffdling  to a manager\n"
        "c-2   1      low       refund      raised              0:01            a2               "
        "money back\n");
    json_decref(alerts);
    st_text_fini(&text);
}
END_TEST

START_TEST(no_alerts_are_said_so)
{
    json_t *alerts = parse("[]");
    st_alerts_view_table(alerts, 0, 80, &text);
    ck_assert_str_eq(text.data, "no alerts\n");
    json_decref(alerts);
    st_text_fini(&text);
}
END_TEST

START_TEST(what_was_done_is_one_line)
{
    json_t *alerts = parse(alerts_json);
    st_alerts_view_done(json_array_get(alerts, 0), &text);
    ck_assert_str_eq(text.data, "alert 2 of c-17: snoozed, assigned to joe (manager, high)\n");
    json_decref(alerts);
    st_text_fini(&text);
}
END_TEST

START_TEST(odd_rows_are_survived)
{
    json_t *alerts = parse("[1,{},[],{\"id\":\"x\",\"agent\":1,\"count\":-1,\"until_unix_ms\":[]},"
                           "{\"call_id\":\"\\u001b[2J\",\"raised_unix_ms\":9000000000000}]");
    st_alerts_view_table(alerts, 5, 40, &text);
    ck_assert_ptr_null(strchr(text.data, '\033'));
    for (size_t i = 0; i < json_array_size(alerts); i++)
        st_alerts_view_done(json_array_get(alerts, i), &text);
    json_decref(alerts);
    st_text_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {alerts_are_listed, no_alerts_are_said_so, what_was_done_is_one_line,
                            odd_rows_are_survived};
    return run_tests("alerts_view", tests, sizeof(tests) / sizeof(tests[0]));
}
