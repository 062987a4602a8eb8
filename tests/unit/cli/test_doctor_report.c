#include "doctor_report.h"

#include "run.h"

#include <jansson.h>
#include <string.h>

static struct st_doctor_report report;
static struct st_text text;

static void setup(void)
{
    report = (struct st_doctor_report){0};
    text = (struct st_text){0};
}

static void teardown(void)
{
    st_doctor_report_fini(&report);
    st_text_fini(&text);
}

START_TEST(results_stay_in_order_and_are_counted)
{
    st_doctor_report_add(&report, "clock", ST_DOCTOR_OK, "%d o'clock", 5);
    st_doctor_report_add(&report, "port", ST_DOCTOR_FAIL, "taken");
    st_doctor_report_fix(&report, "choose another, such as %u", 8081u);
    st_doctor_report_add(&report, "secret", ST_DOCTOR_WARN, "none");
    ck_assert_uint_eq(st_doctor_report_count(&report, ST_DOCTOR_FAIL), 1);
    st_doctor_report_text(&report, false, &text);
    ck_assert_str_eq(text.data, "ok   clock               5 o'clock\n"
                                "FAIL port                taken\n"
                                "                         → choose another, such as 8081\n"
                                "warn secret              none\n"
                                "\n1 ok, 1 to look at, 1 failed\n");
}
END_TEST

START_TEST(json_says_the_same)
{
    st_doctor_report_add(&report, "port", ST_DOCTOR_WARN, "a \"quoted\" name");
    st_doctor_report_fix(&report, "stop it");
    st_doctor_report_json(&report, &text);
    json_t *root = json_loads(text.data, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert(json_is_true(json_object_get(root, "ok")));
    const json_t *check = json_array_get(json_object_get(root, "checks"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(check, "check")), "port");
    ck_assert_str_eq(json_string_value(json_object_get(check, "status")), "warn");
    ck_assert_str_eq(json_string_value(json_object_get(check, "found")), "a \"quoted\" name");
    ck_assert_str_eq(json_string_value(json_object_get(check, "fix")), "stop it");
    json_decref(root);
}
END_TEST

START_TEST(a_failure_is_not_ok)
{
    st_doctor_report_add(&report, "port", ST_DOCTOR_FAIL, "taken");
    st_doctor_report_json(&report, &text);
    ck_assert_ptr_nonnull(strstr(text.data, "\"ok\":false"));
    ck_assert_ptr_nonnull(strstr(text.data, "\"fix\":null"));
}
END_TEST

START_TEST(what_others_wrote_cannot_reach_the_terminal)
{
    st_doctor_report_add(&report, "certificate", ST_DOCTOR_OK, "%s", "a\033[2Jb\nc");
    st_doctor_report_fix(&report, "%s", "d\033]0;e\a");
    st_doctor_report_text(&report, false, &text);
    ck_assert_ptr_null(strchr(text.data, '\033'));
    ck_assert_ptr_null(strchr(text.data, '\a'));
    ck_assert_ptr_nonnull(strstr(text.data, "b c"));
}
END_TEST

START_TEST(colors_are_for_terminals)
{
    st_doctor_report_add(&report, "clock", ST_DOCTOR_OK, "fine");
    st_doctor_report_text(&report, true, &text);
    ck_assert_ptr_nonnull(strstr(text.data, "\033[32mok  \033[0m clock"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, results_stay_in_order_and_are_counted);
    tcase_add_test(tcase, json_says_the_same);
    tcase_add_test(tcase, a_failure_is_not_ok);
    tcase_add_test(tcase, what_others_wrote_cannot_reach_the_terminal);
    tcase_add_test(tcase, colors_are_for_terminals);
    return run_case("doctor_report", tcase);
}
