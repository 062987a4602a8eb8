/* The call's way to its engines: what its route says becomes a session, and what that says, news
 * of the call. */
#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

/* ---- from the engines ---- */

static unsigned kinds_found(const struct call *call, unsigned channel)
{
    const struct st_stt_engine *engine = st_stt_session_engine_of(call->session, channel);
    const char *language = call->story.facts->language;
    return engine->ops->findings ? engine->ops->findings(engine->engine, language) : 0;
}

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    struct call *call = user;
    struct st_segment mine = *segment;
    mine.id += call->told.channels[channel].last_id; /* what came before the engine */
    if (call->wants_findings)
        vendor_finals_put(&call->channels[channel].finals, &mine);
    vendor_leave(call, channel, &mine, kinds_found(call, channel));
    st_analysis_put_segment(call->story.analysis, channel, &mine);
}

static void on_finding(void *user, unsigned channel, const char *engine,
                       const struct st_vendor_finding *finding)
{
    struct call *call = user;
    struct st_vendor_finding mine = *finding;
    if (mine.segment_id)
        mine.segment_id += call->told.channels[channel].last_id;
    if (call->wants_findings)
        vendor_put(call, channel, engine, &mine);
}

/* What a call shows is the engine in use. */
static void take_engine(struct call *call)
{
    const struct st_stt_engine *engine = st_stt_session_engine(call->session);
    struct st_call_facts *facts = call->story.facts;
    if (facts->engine == engine->name)
        return;
    facts = st_call_facts_copy(facts);
    facts->engine = engine->name;
    facts->engine_quality = engine->ops->quality ? engine->ops->quality : "";
    call->log.call_id = facts->call_id;
    st_call_facts_unref(story_set_facts(&call->story, facts));
}

static void tell_degraded(struct channel *channel, const struct st_stt_news *news)
{
    struct call *call = channel->call;
    ST_WARN(&call->log, "channel %u: engine %s is away (%s, %s); audio waits", channel->index,
            news->engine, st_engine_trouble_name(news->trouble), news->why);
    story_emit(&call->story,
               &(struct st_event){.type = ST_EVENT_STT_DEGRADED,
                                  .channel = channel->index,
                                  .stt = {.engine = news->engine,
                                          .trouble = st_engine_trouble_name(news->trouble),
                                          .reason = news->why}});
}

static void tell_recovered(struct channel *channel, const struct st_stt_news *news)
{
    struct call *call = channel->call;
    take_engine(call);
    ST_INFO(&call->log, "channel %u: engine %s goes on", channel->index, news->engine);
    story_emit(&call->story,
               &(struct st_event){.type = ST_EVENT_STT_RECOVERED,
                                  .channel = channel->index,
                                  .stt = {.engine = news->engine, .reason = news->why}});
}

static void on_state(void *user, unsigned channel, enum st_stt_state state,
                     const struct st_stt_news *news)
{
    struct call *call = user;
    call->channels[channel].is_degraded = state == ST_STT_DEGRADED;
    if (state == ST_STT_DEGRADED)
        tell_degraded(&call->channels[channel], news);
    else
        tell_recovered(&call->channels[channel], news);
}

static void on_done(void *user)
{
    call_on_session_done(user);
}

static void on_lag(void *user, unsigned channel, int64_t lag_us)
{
    struct call *call = user;
    call_on_lag(&call->channels[channel], lag_us);
}

static void on_shed(void *user, unsigned channel, int64_t from_us, int64_t until_us)
{
    struct call *call = user;
    call->shed_us += until_us - from_us;
    st_counter_add(call->shard->service->metrics.shed_us, (uint64_t)(until_us - from_us));
    ST_WARN(&call->log, "channel %u: %lld ms of audio at %lld ms were never recognised", channel,
            (long long)((until_us - from_us) / 1000), (long long)(from_us / 1000));
}

static const struct st_stt_session_events session_events = {
    .segment = on_segment,
    .finding = on_finding,
    .state = on_state,
    .done = on_done,
    .lag = on_lag,
    .shed = on_shed,
};

/* ---- to the engines ---- */

int recognition_create(struct call *call, const struct call_start *start)
{
    struct st_call_service *service = call->shard->service;
    const struct st_call_facts *facts = call->story.facts;
    struct engine_list list = engine_set_list(&service->engines, start->route, facts->language);
    const char **hints;
    if (list.count == 0)
        return -ENOENT;
    struct st_stt_session_config config = {
        .loop = call->shard->loop,
        .engines = list.engines,
        .engine_count = list.count,
        .wire_hz = start->start->rate_hz,
        .coming_mask = start->start->coming_mask,
        .language = facts->language,
        .call_id = facts->call_id,
        .hint_count = st_config_hints(start->route, facts->language, &hints),
        .wants_partials = start->route->wants_partials,
        .wants_findings = call->wants_findings,
        .ring_us = service->ring_us,
        .return_us = service->return_us,
        .transport = &call_stt_transport,
        .transport_user = call->shard->net,
        .events = &session_events,
        .user = call,
    };
    config.hints = hints;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        config.roles[i] = facts->roles[i];
    call->session = st_stt_session_create(&config);
    free(hints);
    return 0;
}

int recognition_open(struct call *call, unsigned channel_mask)
{
    int err = st_stt_session_open(call->session, channel_mask);
    if (!err)
        take_engine(call);
    return err;
}

void recognition_finish(struct call *call)
{
    st_stt_session_finish(call->session);
}

void recognition_close(struct call *call)
{
    st_stt_session_destroy(call->session);
    call->session = NULL;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        vendor_finals_fini(&call->channels[i].finals);
}
