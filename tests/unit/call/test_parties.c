/* Who takes part in a call, and when, as its state tells it. */
#include "call_internal.h"
#include "call_rig.h"

#include "sidetone/buf.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static struct call_rig rig;
static struct rig_leg leg;
static struct call *call;

static void begin(const char *start)
{
    rig_open(&rig, 1, "");
    rig_leg_open(&leg, &rig, 0, "pcm");
    rig_leg_start(&leg, "c1", start);
    call = NULL;
    for (unsigned i = 0; !call; i++)
        call = rig.service->shards[0].buckets[i];
}

static void end(void)
{
    rig_leg_close(&leg);
    rig_close(&rig);
}

/* "a1 0-1000, +1555 0-": by channel and time; a name behind a slash. */
static const char *participants(void)
{
    static char out[16384];
    size_t i, used = 0;
    json_t *person;
    struct st_buf *state = story_state(&call->story, ST_SNAPSHOT_TRANSCRIPT);
    json_t *json = json_loadb((const char *)state->data, state->len, 0, NULL);
    ck_assert_ptr_nonnull(json);
    out[0] = 0;
    json_array_foreach(json_object_get(json, "participants"), i, person)
    {
        const json_t *to = json_object_get(person, "to_ms");
        const char *name = json_string_value(json_object_get(person, "name"));
        used += (size_t)snprintf(
            out + used, sizeof(out) - used, "%s%lld:%s%s%s %lld-", i ? ", " : "",
            (long long)json_integer_value(json_object_get(person, "channel")),
            json_string_value(json_object_get(person, "id")), *name ? "/" : "", name,
            (long long)json_integer_value(json_object_get(person, "from_ms")));
        if (to)
            used += (size_t)snprintf(out + used, sizeof(out) - used, "%lld",
                                     (long long)json_integer_value(to));
    }
    json_decref(json);
    st_buf_unref(state);
    return out;
}

static void hand_on(const char *agent, const char *name, const char *caller)
{
    struct st_call_facts *parties = st_call_facts_create();
    st_call_facts_set(&parties->agent_id, agent);
    st_call_facts_set(&parties->agent_name, name);
    st_call_facts_set(&parties->caller, caller);
    call_set_parties(call, parties);
    st_call_facts_unref(parties);
}

START_TEST(each_has_the_time_between_changes)
{
    begin("\"agent\":{\"id\":\"a1\",\"name\":\"Ann\"},\"caller\":\"+1555\"");
    ck_assert_str_eq(participants(), "0:a1/Ann 0-, 1:+1555 0-");
    rig_leg_talk(&leg, 1000);
    hand_on("a2", "Bob", "");
    rig_leg_talk(&leg, 500);
    hand_on("a1", "Ann", "");
    ck_assert_str_eq(participants(),
                     "0:a1/Ann 0-1000, 0:a2/Bob 1000-1500, 0:a1/Ann 1500-, 1:+1555 0-");
    rig_leg_talk(&leg, 500);
    hand_on("", "", "+1666");
    ck_assert_str_eq(participants(), "0:a1/Ann 0-1000, 0:a2/Bob 1000-1500, 0:a1/Ann 1500-, "
                                     "1:+1555 0-2000, 1:+1666 2000-");
    end();
}
END_TEST

/* Nobody is named until somebody is known; a name that comes later is of the same person. */
START_TEST(who_is_not_known_is_not_told)
{
    begin("\"queue\":\"q\"");
    ck_assert_str_eq(participants(), "");
    rig_leg_talk(&leg, 1000);
    hand_on("a1", "", "");
    rig_leg_talk(&leg, 1000);
    hand_on("a1", "Ann", "");
    ck_assert_str_eq(participants(), "0:a1/Ann 1000-");
    end();
}
END_TEST

START_TEST(their_number_is_bounded)
{
    char agent[16];
    begin("\"agent\":{\"id\":\"first\"}");
    for (int i = 0; i < 1000; i++) {
        snprintf(agent, sizeof(agent), "a%d", i);
        hand_on(agent, "", "");
    }
    ck_assert_uint_eq(call->story.party_count, STORY_PARTIES_MAX);
    ck_assert_int_eq(strncmp(participants(), "0:first 0-0, 0:a0 0-0", 21), 0);
    ck_assert_str_eq(call->story.facts->agent_id, "a999");
    end();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {each_has_the_time_between_changes, who_is_not_known_is_not_told,
                                  their_number_is_bounded};
    return run_tests("parties", tests, sizeof(tests) / sizeof(*tests));
}
