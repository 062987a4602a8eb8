/* Roles that are corrected while a call goes on, from another loop than its own. */
#include "call_internal.h"
#include "call_rig.h"
#include "run.h"

#include "sidetone/buf.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct call_rig rig;
static struct fake_link told;
static struct rig_leg leg;
static json_t *state;
static int result;
static unsigned answers;

static void open_call(void)
{
    rig_open(&rig, 2, "");
    fake_link_open(&told, rig.hub, 1);
    fake_link_subscribe(&told, "{}");
    step_loop_settle();
    rig_leg_open(&leg, &rig, 0, "pcm");
    rig_leg_start(&leg, "c1", "");
    rig_leg_talk(&leg, 2000);
    step_loop_settle();
}

static void close_call(void)
{
    json_decref(state);
    state = NULL;
    rig_leg_close(&leg);
    fake_link_close(&told);
    rig_close(&rig);
}

static void on_set(void *user, int ret, struct st_buf *buf)
{
    json_decref(state);
    state = buf ? json_loadb((const char *)buf->data, buf->len, 0, NULL) : NULL;
    result = ret;
    answers++;
}

static int set_as(const char *call_id, enum st_role first, const char *tenant)
{
    struct st_call_roles_command command = {
        .subscription = st_subscription_create(),
        .call_id = call_id,
        .roles = {first, first == ST_ROLE_AGENT ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT}};
    free(command.subscription->only_tenant);
    command.subscription->only_tenant = strdup(tenant);
    answers = 0;
    st_call_set_roles(rig.service, 1, command, on_set, NULL);
    step_loop_settle();
    ck_assert_uint_eq(answers, 1);
    return result;
}

static const char *role_at(const json_t *list, size_t i)
{
    const char *role = json_string_value(json_object_get(json_array_get(list, i), "role"));
    return role ? role : "none";
}

START_TEST(everything_is_told_by_the_new_roles)
{
    open_call();
    fake_engine_say(0, 1, true, 0, 900, "the \"role\":\"agent\" of it");
    fake_engine_say(1, 1, true, 1000, 1500, "well");
    fake_engine_say(1, 2, false, 1600, 1900, "so");
    ck_assert_int_eq(set_as("c1", ST_ROLE_CUSTOMER, ""), 1);
    ck_assert_str_eq(role_at(json_object_get(state, "channels"), 0), "customer");
    const json_t *transcript = json_object_get(state, "transcript");
    ck_assert_uint_eq(json_array_size(transcript), 2);
    ck_assert_str_eq(role_at(transcript, 0), "customer");
    ck_assert_str_eq(role_at(transcript, 1), "agent");
    ck_assert_str_eq(role_at(json_object_get(state, "partials"), 0), "agent");
    const json_t *updated = fake_link_last(&told, "call.updated");
    ck_assert_str_eq(role_at(json_object_get(updated, "channels"), 1), "agent");
    fake_engine_say(1, 2, true, 1600, 1900, "so it is");
    step_loop_settle();
    const json_t *segment = json_object_get(fake_link_last(&told, "transcript.final"), "segment");
    ck_assert_str_eq(json_string_value(json_object_get(segment, "role")), "agent");
    close_call();
}
END_TEST

START_TEST(what_is_so_already_is_not_told_again)
{
    open_call();
    ck_assert_int_eq(set_as("c1", ST_ROLE_CUSTOMER, ""), 1);
    ck_assert_int_eq(set_as("c1", ST_ROLE_CUSTOMER, ""), 0);
    ck_assert_ptr_nonnull(state);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.updated"), 1);
    ck_assert_int_eq(set_as("c1", ST_ROLE_AGENT, "default"), 1);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.updated"), 2);
    close_call();
}
END_TEST

START_TEST(calls_that_are_over_or_not_for_the_token_stay)
{
    open_call();
    ck_assert_int_eq(set_as("c2", ST_ROLE_CUSTOMER, ""), -ESRCH);
    ck_assert_int_eq(set_as("c1", ST_ROLE_CUSTOMER, "other"), -ESRCH);
    ck_assert_ptr_null(state);
    rig_leg_say(&leg, "{\"type\":\"stop\"}");
    step_loop_advance(1000);
    ck_assert_int_eq(set_as("c1", ST_ROLE_CUSTOMER, ""), -EALREADY);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.updated"), 0);
    close_call();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        everything_is_told_by_the_new_roles,
        what_is_so_already_is_not_told_again,
        calls_that_are_over_or_not_for_the_token_stay,
    };
    return run_tests("roles", tests, sizeof(tests) / sizeof(tests[0]));
}
