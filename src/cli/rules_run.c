#include "rules_run.h"

#include "sidetone/analysis.h"
#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/embedder.h"
#include "sidetone/json_writer.h"
#include "sidetone/message.h"

#include <errno.h>

struct run {
    const struct st_rules_call *call;
    struct st_embedder *embedder;
    struct st_json_writer json;
    json_t *matches;
};

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void add_match(struct run *run, const struct st_finding *finding)
{
    struct st_event event = {
        .type = ST_EVENT_CATEGORY_MATCHED,
        .seq = json_array_size(run->matches) + 1,
        .media_us = finding->end_us,
        .call = run->call->facts,
        .channel = finding->channel,
        .role = finding->role,
        .finding = finding,
    };
    struct st_message *message = st_message_encode(&event, &run->json);
    json_array_append_new(
        run->matches, json_loadb((const char *)message->json->data, message->json->len, 0, NULL));
    st_message_unref(message);
}

static void drop_match(struct run *run, uint64_t match_id)
{
    for (size_t i = json_array_size(run->matches); i-- > 0;) {
        const json_t *match = json_array_get(run->matches, i);
        if ((uint64_t)json_integer_value(json_object_get(match, "match_id")) == match_id)
            json_array_remove(run->matches, i);
    }
}

static void on_finding(void *user, const struct st_finding *finding)
{
    struct run *run = user;
    if (finding->type == ST_FINDING_CATEGORY)
        add_match(run, finding);
    else if (finding->type == ST_FINDING_CATEGORY_WITHDRAWN)
        drop_match(run, finding->category->match_id);
}

static int on_ask_vector(void *user, uint64_t ticket, const char *text, float *ret_vector)
{
    const struct run *run = user;
    (void)ticket;
    if (!run->embedder)
        return -ENOENT;
    int err = st_embedder_embed(run->embedder, text, ret_vector);
    return err ? err : 1;
}

json_t *st_rules_run(const struct st_analysis_settings *settings, const struct st_rules_call *call,
                     struct st_embedder *embedder)
{
    static const struct st_analysis_events events = {.segment = on_segment, .finding = on_finding};
    struct run run = {.call = call, .embedder = embedder, .matches = json_array()};
    st_json_init(&run.json);
    struct st_analysis *analysis = st_analysis_create(settings, call->facts, &events, &run);
    st_analysis_set_ask(analysis, on_ask_vector);
    for (size_t i = 0; i < call->count; i++)
        st_analysis_put_segment(analysis, call->lines[i].channel, &call->lines[i].segment);
    st_analysis_finish(analysis, call->duration_us);
    st_analysis_destroy(analysis);
    st_json_fini(&run.json);
    return run.matches;
}
