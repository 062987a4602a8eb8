/* Other rules in the middle of calls: nothing is missed, nothing is told twice. */
#include "call_internal.h"
#include "call_rig.h"
#include "run.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { RELOADS = 120, SEGMENT_MS = 500 };

#define STAYS                                                                                      \
    "categories:\n"                                                                                \
    "  - {name: refund, phrases: [money back]}\n"                                                  \
    "  - {name: both, rules: [{phrase: first}, {phrase: last}]}\n"                                 \
    "  - {name: quiet, rules: [{phrase: never, range: {first_s: 1}, absent: true}]}\n"

static struct call_rig rig;
static struct rig_leg leg;
static struct fake_link told;

static void reload(const char *yaml)
{
    struct st_settings *settings = rig_settings(yaml);
    st_call_service_reload(rig.service, settings);
    st_settings_unref(settings);
    step_loop_settle();
}

static size_t count_of(const char *category)
{
    size_t count = 0;
    for (size_t i = 0; i < fake_link_count(&told); i++) {
        const json_t *message = fake_link_at(&told, i);
        const char *type = json_string_value(json_object_get(message, "type"));
        const char *name = json_string_value(json_object_get(message, "category"));
        count += strcmp(type, "category.matched") == 0 && strcmp(name, category) == 0;
    }
    return count;
}

static void open_rig(const char *yaml)
{
    rig_open(&rig, 1, yaml);
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{}");
    rig_leg_open(&leg, &rig, 0, "pcm");
    rig_leg_start(&leg, "c1", "");
}

static void close_rig(void)
{
    rig_leg_close(&leg);
    step_loop_advance(20000000);
    fake_link_close(&told);
    rig_close(&rig);
}

START_TEST(every_occurrence_is_told_once_however_often_rules_are_reloaded)
{
    open_rig(STAYS);
    for (int i = 0; i < RELOADS; i++) {
        /* The phrase begins before one reload and ends behind it. */
        const char *text = i == 0             ? "first money"
                           : i == RELOADS - 1 ? "back last"
                           : i % 2            ? "back"
                                              : "money";
        rig_leg_talk(&leg, SEGMENT_MS);
        fake_engine_say(1, (uint64_t)i + 1, true, i * SEGMENT_MS, (i + 1) * SEGMENT_MS, text);
        reload(i % 2 ? STAYS : STAYS "  - {name: more, phrases: [xyz]}\n");
    }
    ck_assert_uint_eq(count_of("refund"), RELOADS / 2);
    ck_assert_uint_eq(count_of("both"), 1);
    ck_assert_uint_eq(count_of("quiet"), 1);
    rig_leg_say(&leg, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.ended"), 1);
    ck_assert_uint_eq(count_of("quiet"), 1);
    close_rig();
}
END_TEST

START_TEST(a_category_is_there_from_the_reload_on_and_gone_from_the_next)
{
    open_rig(STAYS);
    rig_leg_talk(&leg, 3000);
    fake_engine_say(1, 1, true, 0, 500, "xyz");
    reload(STAYS "  - {name: more, phrases: [xyz]}\n");
    fake_engine_say(1, 2, true, 500, 1000, "xyz");
    reload(STAYS);
    fake_engine_say(1, 3, true, 1000, 1500, "xyz");
    ck_assert_uint_eq(count_of("more"), 1);
    close_rig();
}
END_TEST

START_TEST(a_match_names_the_version_of_its_rule)
{
    open_rig("categories: [{name: a, phrases: [xyz]}]");
    rig_leg_talk(&leg, 3000);
    fake_engine_say(1, 1, true, 0, 500, "xyz");
    char *first = strdup(json_string_value(
        json_object_get(fake_link_last(&told, "category.matched"), "rule_version")));
    reload("categories: [{name: b, phrases: [q]}, {name: a, rules: [{phrase: xyz}]}]");
    fake_engine_say(1, 2, true, 500, 1000, "xyz");
    const json_t *again = fake_link_last(&told, "category.matched");
    ck_assert_str_eq(json_string_value(json_object_get(again, "rule_version")), first);
    reload("categories: [{name: a, severity: low, rules: [{phrase: xyz}]}]");
    fake_engine_say(1, 3, true, 1000, 1500, "xyz");
    const json_t *changed = fake_link_last(&told, "category.matched");
    ck_assert_str_ne(json_string_value(json_object_get(changed, "rule_version")), first);
    ck_assert_int_eq(json_integer_value(json_object_get(changed, "match_id")), 3);
    free(first);
    close_rig();
}
END_TEST

START_TEST(engines_keep_what_they_were_loaded_from)
{
    rig_open(&rig, 1, STAYS);
    reload(STAYS);
    ck_assert_ptr_ne(st_call_service_settings(rig.service, 0), rig.settings);
    ck_assert_uint_eq(atomic_load(&rig.settings->refs), 2); /* the rig's, and theirs */
    rig_close(&rig);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {every_occurrence_is_told_once_however_often_rules_are_reloaded,
                            a_category_is_there_from_the_reload_on_and_gone_from_the_next,
                            a_match_names_the_version_of_its_rule,
                            engines_keep_what_they_were_loaded_from};
    return run_tests("reload", tests, sizeof(tests) / sizeof(tests[0]));
}
