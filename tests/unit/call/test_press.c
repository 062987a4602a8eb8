/* Keys that are pressed, from a leg's message to the event. */
#include "call_internal.h"
#include "call_rig.h"
#include "run.h"

#include <string.h>

static struct call_rig rig;
static struct fake_link told;
static struct rig_leg leg;

#define ROUTE(privacy)                                                                             \
    "tenants: [{name: default, routes: [{name: default, privacy: {" privacy "}}]}]\n"

static void open_call(const char *yaml)
{
    rig_open(&rig, 2, yaml);
    fake_link_open(&told, rig.hub, 1);
    fake_link_subscribe(&told, "{}");
    step_loop_settle();
    rig_leg_open(&leg, &rig, 0, "pcm");
    rig_leg_start(&leg, "c1", "");
    rig_leg_talk(&leg, 2000);
}

static void press(const char *key)
{
    char text[64];
    snprintf(text, sizeof(text), "{\"type\":\"dtmf\",\"digit\":\"%s\",\"channel\":1}", key);
    rig_leg_say(&leg, text);
    step_loop_settle();
}

static void close_call(void)
{
    rig_leg_close(&leg);
    fake_link_close(&told);
    rig_close(&rig);
}

static const char *digit_told(void)
{
    const json_t *digit = json_object_get(fake_link_last(&told, "call.dtmf"), "digit");
    return digit ? json_string_value(digit) : "";
}

START_TEST(a_key_is_told_and_which_it_was_is_not)
{
    open_call("");
    press("7");
    const json_t *event = fake_link_last(&told, "call.dtmf");
    ck_assert_ptr_nonnull(event);
    ck_assert_int_eq(json_integer_value(json_object_get(event, "channel")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(event, "role")), "customer");
    ck_assert_int_eq(json_integer_value(json_object_get(event, "start_ms")), 2000);
    ck_assert_int_eq(json_integer_value(json_object_get(event, "media_ms")), 2000);
    ck_assert_ptr_null(json_object_get(event, "digit"));
    ck_assert_ptr_null(json_object_get(event, "duration_ms"));
    close_call();
}
END_TEST

START_TEST(which_it_was_is_told_where_the_route_says_so)
{
    static const struct {
        const char *yaml, *shown;
    } rows[] = {{ROUTE("dtmf: hide"), ""},
                {ROUTE("dtmf: show"), "#"},
                {ROUTE("dtmf: show, mode: identify"), "#"},
                {ROUTE("dtmf: show, mode: redact"), ""}};
    open_call(rows[_i].yaml);
    press("#");
    ck_assert_str_eq(digit_told(), rows[_i].shown);
    rig_leg_say(&leg, "{\"type\":\"pause\"}");
    press("4");
    ck_assert_str_eq(digit_told(), "");
    rig_leg_say(&leg, "{\"type\":\"resume\"}");
    press("#");
    ck_assert_str_eq(digit_told(), rows[_i].shown);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.dtmf"), 3);
    close_call();
}
END_TEST

START_TEST(a_reload_hides_what_was_shown)
{
    open_call(ROUTE("dtmf: show"));
    press("1");
    ck_assert_str_eq(digit_told(), "1");
    struct st_settings *settings = rig_settings(ROUTE("dtmf: hide"));
    st_call_service_reload(rig.service, settings);
    st_settings_unref(settings);
    step_loop_settle();
    press("2");
    ck_assert_str_eq(digit_told(), "");
    close_call();
}
END_TEST

START_TEST(a_leg_on_another_loop_tells_its_keys)
{
    struct rig_leg other;
    open_call("");
    rig_leg_say(&leg, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    rig_leg_close(&leg);
    rig_leg_open(&leg, &rig, 1, "pcm");
    rig_leg_start(&leg, "c2", "\"layout\":\"mono\",\"channel\":0");
    rig_leg_open(&other, &rig, 0, "pcm");
    rig_leg_start(&other, "c2", "\"layout\":\"mono\",\"channel\":1");
    step_loop_settle();
    rig_leg_say(&other, "{\"type\":\"dtmf\",\"digit\":\"5\",\"channel\":1}");
    step_loop_settle();
    ck_assert_uint_eq(fake_link_count_type(&told, "call.dtmf"), 1);
    rig_leg_close(&other);
    close_call();
}
END_TEST

START_TEST(a_flood_of_keys_has_an_end)
{
    open_call("");
    for (unsigned i = 0; i < 2100; i++)
        rig_leg_say(&leg, "{\"type\":\"dtmf\",\"digit\":\"5\",\"channel\":1}");
    const struct call *call = NULL;
    for (unsigned i = 0; i < CALL_BUCKETS && !call; i++)
        call = rig.service->shards[0].buckets[i];
    ck_assert_ptr_nonnull(call);
    ck_assert_uint_eq(call->presses, 2100);
    ck_assert_uint_lt(call->story.seq, 2010);
    close_call();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_key_is_told_and_which_it_was_is_not);
    tcase_add_loop_test(tcase, which_it_was_is_told_where_the_route_says_so, 0, 4);
    tcase_add_test(tcase, a_reload_hides_what_was_shown);
    tcase_add_test(tcase, a_leg_on_another_loop_tells_its_keys);
    tcase_add_test(tcase, a_flood_of_keys_has_an_end);
    return run_case("press", tcase);
}
