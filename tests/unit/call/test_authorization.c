/*
 * Nothing leaks: calls of random agents and tenants, subscribers with random claims and random
 * wishes, and everything they are given is held against the claims.
 */
#include "call_internal.h"
#include "call_rig.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOPS = 3, CALLS = 20, VIEWERS = 24, EVENTS = 100000, SEGMENTS_MAX = 400 };

static const char *const tenants[] = {"default", "acme", "globex"};
static const char *const agents[] = {"a1", "a2", "a3", ""};

struct stream {
    struct rig_leg leg, second;
    unsigned engine;   /* number of its first engine stream */
    uint64_t segments; /* said so far */
    bool is_live, has_second;
    char id[16];
    unsigned loop;
};

struct viewer {
    struct st_subscriber *subscriber;
    const char *only_call, *only_agent, *only_tenant;
    char resumed[8][16];
    unsigned resumed_count;
    uint64_t events, snapshots;
    bool is_closed;
};

static struct call_rig rig;
static struct stream streams[CALLS];
static struct viewer viewers[VIEWERS];
static unsigned seed;

static unsigned chance(unsigned of)
{
    return (unsigned)rand_r(&seed) % of;
}

/* ---- what is given, against the claims ---- */

static bool allows(const struct viewer *viewer, const char *call_id, const char *agent,
                   const char *tenant)
{
    return (!viewer->only_call[0] || strcmp(viewer->only_call, call_id) == 0) &&
           (!viewer->only_agent[0] || strcmp(viewer->only_agent, agent) == 0) &&
           (!viewer->only_tenant[0] || strcmp(viewer->only_tenant, tenant) == 0);
}

static void check_call_state(struct viewer *viewer, const json_t *call)
{
    const char *call_id = json_string_value(json_object_get(call, "call_id"));
    const char *tenant = json_string_value(json_object_get(call, "tenant"));
    const char *agent = json_string_value(json_object_get(json_object_get(call, "agent"), "id"));
    ck_assert(allows(viewer, call_id, agent, tenant));
    viewer->snapshots++;
}

static void check_gap(const struct viewer *viewer, const char *call_id)
{
    bool was_asked = false;
    for (unsigned i = 0; i < viewer->resumed_count; i++)
        was_asked = was_asked || strcmp(viewer->resumed[i], call_id) == 0;
    ck_assert(was_asked);
}

/* By the text alone, as a client would see it. */
static void check_text(struct viewer *viewer, const struct st_buf *json)
{
    json_t *root = json_loadb((const char *)json->data, json->len, 0, NULL);
    const char *type = json_string_value(json_object_get(root, "type"));
    if (strcmp(type, "snapshot") == 0)
        check_call_state(viewer, json_object_get(root, "call"));
    else if (strcmp(type, "resume.gap") == 0)
        check_gap(viewer, json_string_value(json_object_get(root, "call_id")));
    else
        ck_assert(strcmp(type, "snapshot.end") == 0 || strcmp(type, "goodbye") == 0);
    json_decref(root);
}

static void check_event(struct viewer *viewer, const struct st_buf *json,
                        const struct st_message *message)
{
    char head[64];
    const struct st_call_facts *call = message->call;
    ck_assert(allows(viewer, call->call_id, call->agent_id, call->tenant));
    int n = snprintf(head, sizeof(head), "{\"v\":1,\"call_id\":\"%s\"", call->call_id);
    ck_assert_ptr_eq(json, message->json);
    ck_assert_int_eq(memcmp(json->data, head, (size_t)n), 0);
    viewer->events++;
}

static int link_send(void *user, struct st_buf *json, const struct st_message *message)
{
    if (message)
        check_event(user, json, message);
    else
        check_text(user, json);
    return 0;
}

static size_t link_queued_bytes(void *user)
{
    return 0;
}

static void link_close(void *user, uint16_t code, const char *reason)
{
    ((struct viewer *)user)->is_closed = true;
}

static const struct st_subscriber_link viewer_link = {
    .send = link_send, .queued_bytes = link_queued_bytes, .close = link_close};

/* ---- what happens ---- */

static void narrow(char **only, const char *claim)
{
    free(*only);
    *only = st_mem_strdup(claim);
}

static void add_name(struct st_filter_names *names, const char *name)
{
    if (name[0])
        st_filter_names_add(names, name, strlen(name));
}

static void subscribe(struct viewer *viewer)
{
    struct st_subscription *wish = st_subscription_create();
    narrow(&wish->only_call, viewer->only_call);
    narrow(&wish->only_agent, viewer->only_agent);
    narrow(&wish->only_tenant, viewer->only_tenant);
    if (chance(3) == 0)
        add_name(&wish->agents, agents[chance(4)]);
    if (chance(4) == 0)
        add_name(&wish->calls, streams[chance(CALLS)].id);
    if (chance(4) == 0)
        wish->types = (uint64_t)chance(1U << 16) << 16 | (uint64_t)chance(1U << 16);
    viewer->resumed_count = chance(8);
    for (unsigned i = 0; i < viewer->resumed_count; i++) {
        const char *id = chance(5) ? streams[chance(CALLS)].id : "gone";
        snprintf(viewer->resumed[i], sizeof(viewer->resumed[i]), "%s", id[0] ? id : "none");
        st_subscription_add_resume(wish, viewer->resumed[i], strlen(viewer->resumed[i]),
                                   chance(300));
    }
    st_subscriber_subscribe(viewer->subscriber, wish);
}

/* A new claim is a new connection. */
static void open_viewer(struct viewer *viewer)
{
    *viewer = (struct viewer){.only_call = chance(4) ? "" : streams[chance(CALLS)].id,
                              .only_agent = chance(2) ? "" : agents[chance(3)],
                              .only_tenant = chance(2) ? "" : tenants[chance(3)]};
    ck_assert_int_eq(
        st_subscriber_open(&viewer->subscriber, rig.hub, chance(LOOPS), &viewer_link, viewer), 0);
    subscribe(viewer);
}

static void begin(struct stream *stream, unsigned number)
{
    char members[128];
    const char *agent = agents[chance(4)];
    snprintf(stream->id, sizeof(stream->id), "call-%u", number);
    stream->loop = chance(LOOPS);
    stream->engine = fake_engine.opened;
    snprintf(members, sizeof(members),
             "\"layout\":\"mono\",\"channel\":0,\"agent\":{\"id\":\"%s\"}", agent);
    rig_leg_open_as(&stream->leg, &rig, stream->loop, tenants[chance(3)], NULL);
    rig_leg_start(&stream->leg, stream->id, members);
    rig_leg_talk_mono(&stream->leg, 20);
    stream->is_live = true;
}

/* Who the agent is may become known later: then others may see the call. */
static void join(struct stream *stream)
{
    char members[128];
    struct call *call = NULL;
    for (unsigned i = 0; i < CALL_BUCKETS && !call; i++)
        for (call = rig.service->shards[stream->loop].buckets[i]; call; call = call->next_in_bucket)
            if (strcmp(call->story.facts->call_id, stream->id) == 0)
                break;
    ck_assert_ptr_nonnull(call);
    snprintf(members, sizeof(members),
             "\"layout\":\"mono\",\"channel\":1,\"agent\":{\"id\":\"%s\"}", agents[chance(3)]);
    rig_leg_open_as(&stream->second, &rig, chance(LOOPS), call->story.facts->tenant, NULL);
    rig_leg_start(&stream->second, stream->id, members);
    stream->has_second = true;
    step_loop_settle();
}

static void say(struct stream *stream)
{
    bool is_final = chance(3) > 0;
    int64_t at_ms = (int64_t)stream->segments * 10;
    if (stream->segments % 50 == 0)
        rig_leg_talk_mono(&stream->leg, 500);
    fake_engine_say(stream->engine, stream->segments + 1, is_final, at_ms, at_ms + 9, "hello");
    stream->segments += is_final;
}

static uint64_t count_events(void)
{
    uint64_t events = 0;
    for (unsigned loop = 0; loop < LOOPS; loop++)
        for (unsigned i = 0; i < CALL_BUCKETS; i++)
            for (struct call *call = rig.service->shards[loop].buckets[i]; call;
                 call = call->next_in_bucket)
                events += call->story.seq;
    return events;
}

static void step(unsigned number)
{
    struct stream *stream = &streams[chance(CALLS)];
    if (!stream->is_live && fake_engine.opened < CALLS)
        begin(stream, (unsigned)(stream - streams));
    else if (stream->is_live && !stream->has_second && chance(1000) == 0)
        join(stream);
    else if (stream->is_live)
        say(stream);
    struct viewer *viewer = &viewers[chance(VIEWERS)];
    if (viewer->is_closed || chance(6000) == 0) {
        st_subscriber_close(viewer->subscriber);
        open_viewer(viewer);
    } else if (chance(3000) == 0) {
        subscribe(viewer);
    }
    if (number % 8 == 0)
        step_loop_run_one(rig.loops[chance(LOOPS)]);
    if (number % 512 == 0)
        step_loop_settle();
}

START_TEST(nothing_goes_past_a_claim)
{
    uint64_t events = 0, snapshots = 0;
    seed = 42;
    rig_open(&rig, LOOPS,
             "tenants:\n  - name: default\n    routes: [{name: default}]\n"
             "  - name: acme\n    routes: [{name: default}]\n"
             "  - name: globex\n    routes: [{name: default}]\n");
    for (unsigned i = 0; i < CALLS; i++)
        begin(&streams[i], i);
    for (unsigned i = 0; i < VIEWERS; i++)
        open_viewer(&viewers[i]);
    unsigned number = 0;
    for (uint64_t made = 0; made < EVENTS; made = number % 4096 ? made : count_events())
        step(++number);
    step_loop_settle();
    for (unsigned i = 0; i < VIEWERS; i++) {
        events += viewers[i].events;
        snapshots += viewers[i].snapshots;
        st_subscriber_close(viewers[i].subscriber);
    }
    ck_assert_uint_gt(events, 1000);
    ck_assert_uint_gt(snapshots, 10);
    for (unsigned i = 0; i < CALLS; i++) {
        rig_leg_close(&streams[i].leg);
        if (streams[i].has_second)
            rig_leg_close(&streams[i].second);
    }
    rig_close(&rig);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, nothing_goes_past_a_claim);
    return run_case("authorization", tcase);
}
