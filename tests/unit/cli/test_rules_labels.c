#include "rules_labels.h"
#include "run.h"

#include <check.h>
#include <errno.h>
#include <string.h>

static char why[200];

static struct st_rules_labels read_labels(const char *text)
{
    struct st_rules_labels labels;
    ck_assert_msg(st_rules_labels_read(&labels, text, why, sizeof(why)) == 0, "%s", why);
    return labels;
}

static const json_t *row_of(const json_t *rows, const char *category)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(rows, i), "category"));
        if (category ? name && strcmp(name, category) == 0 : !name)
            return json_array_get(rows, i);
    }
    ck_abort_msg("no row '%s'", category);
    return NULL;
}

static void expect(const json_t *rows, const char *category, int found, int wrong, int missed)
{
    const json_t *row = row_of(rows, category);
    ck_assert_int_eq(json_integer_value(json_object_get(row, "found")), found);
    ck_assert_int_eq(json_integer_value(json_object_get(row, "wrong")), wrong);
    ck_assert_int_eq(json_integer_value(json_object_get(row, "missed")), missed);
}

START_TEST(bad_lines_are_named)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"\n\n[1]\n", "line 3: is no JSON object"},
        {"{\"call\":\"c\"}", "line 1: has no 'category'"},
        {"{\"call\":\"c\",\"category\":\"a\"}\r\n{\"category\":\"a\"}", "line 2: has no 'call'"},
        {"{\"call\":\"c\",\"category\":\"a\",\"start_ms\":1.5}",
         "line 1: 'start_ms' is no whole number"},
        {"{", "line 1: is no JSON object"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_rules_labels labels;
        ck_assert_int_eq(st_rules_labels_read(&labels, rows[i].text, why, sizeof(why)), -EINVAL);
        ck_assert_str_eq(why, rows[i].problem);
    }
}
END_TEST

START_TEST(labels_with_times_count_match_by_match_others_call_by_call)
{
    struct st_rules_labels labels =
        read_labels("{\"call\":\"c1\",\"category\":\"timed\",\"start_ms\":10000}\n"
                    "{\"call\":\"c1\",\"category\":\"timed\",\"start_ms\":50000}\n"
                    "{\"call\":\"c1\",\"category\":\"whole\"}\n"
                    "{\"call\":\"c2\",\"category\":\"whole\"}\n"
                    "{\"call\":\"elsewhere\",\"category\":\"whole\"}\n");
    json_t *calls = json_loads(
        "[{\"call_id\":\"c1\",\"matches\":["
        "{\"category\":\"timed\",\"start_ms\":14000,\"end_ms\":15000},"
        "{\"category\":\"timed\",\"start_ms\":15001,\"end_ms\":15500},"
        "{\"category\":\"whole\",\"start_ms\":1,\"end_ms\":2},"
        "{\"category\":\"whole\",\"start_ms\":3,\"end_ms\":4}]},"
        "{\"call_id\":\"c2\",\"matches\":[{\"category\":\"wild\",\"start_ms\":1,\"end_ms\":2},"
        "{\"category\":\"wild\",\"start_ms\":3,\"end_ms\":4}]}]",
        0, NULL);
    json_t *rows = st_rules_labels_compare(&labels, calls);
    expect(rows, "timed", 1, 1, 1);
    expect(rows, "whole", 1, 0, 1);
    expect(rows, "wild", 0, 1, 0);
    expect(rows, NULL, 2, 2, 2);
    ck_assert(json_is_null(json_object_get(row_of(rows, "wild"), "recall")));
    ck_assert_double_eq(json_real_value(json_object_get(row_of(rows, NULL), "precision")), 0.5);
    json_decref(rows);
    json_decref(calls);
    st_rules_labels_fini(&labels);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {bad_lines_are_named,
                            labels_with_times_count_match_by_match_others_call_by_call};
    return run_tests("rules_labels", tests, sizeof(tests) / sizeof(tests[0]));
}
