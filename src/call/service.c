#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { SWEEP_US = 1000000, DRAIN_POLL_MS = 20 };

/* ---- calls of a shard ---- */

struct call *shard_find(struct call_shard *shard, uint64_t serial)
{
    struct call *call = shard->buckets[serial % CALL_BUCKETS];
    while (call && call->serial != serial)
        call = call->next_in_bucket;
    return call;
}

static void unlink_call(struct call_shard *shard, struct call *call)
{
    struct call **link = &shard->buckets[call->serial % CALL_BUCKETS];
    while (*link != call)
        link = &(*link)->next_in_bucket;
    *link = call->next_in_bucket;
}

/* `link` points at an ended call. */
static void forget(struct call_shard *shard, struct call **link)
{
    struct call *call = *link;
    *link = call->next_ended;
    if (!call->next_ended)
        shard->last_ended = link;
    shard->ended_count--;
    unlink_call(shard, call);
    directory_release(shard->service->directory, call->story.facts->call_id, call->serial);
    call_destroy(call);
}

void shard_forget(struct call_shard *shard, uint64_t serial)
{
    struct call **link = &shard->first_ended;
    while (*link && (*link)->serial != serial)
        link = &(*link)->next_ended;
    if (*link)
        forget(shard, link);
}

static void on_sweep(void *user)
{
    struct call_shard *shard = user;
    int64_t now_us = st_loop_now_us();
    uint32_t kept_max = shard->service->keep_ended_max / shard->service->loop_count + 1;
    for (size_t i = 0; i < CALL_BUCKETS; i++)
        for (struct call *call = shard->buckets[i]; call; call = call->next_in_bucket)
            story_alerts_tick(&call->story);
    while (shard->first_ended &&
           (shard->ended_count > kept_max ||
            now_us - shard->first_ended->ended_us > shard->service->keep_ended_us))
        forget(shard, &shard->first_ended);
}

/* ---- the hub's questions ---- */

/* Events from before the subscription could see the call say nothing to it: it needs the state. */
static bool can_replay(const struct call *call, uint64_t seq,
                       const struct st_subscription *subscription)
{
    const struct history *history = &call->story.history;
    if (!history_reaches(history, seq, call->story.seq))
        return false;
    for (size_t i = (size_t)(seq + 1 - history->first_seq); i < history->count; i++)
        if (history->messages[i]->call != call->story.facts &&
            !st_subscription_sees_call(subscription, history->messages[i]->call))
            return false;
    return true;
}

static void replay(struct call *call, uint64_t seq, const struct st_subscription *subscription,
                   struct st_hub_backlog *backlog)
{
    const struct history *history = &call->story.history;
    for (size_t i = (size_t)(seq + 1 - history->first_seq); i < history->count; i++)
        if (st_subscription_wants(subscription, history->messages[i]))
            st_hub_backlog_add_event(backlog, history->messages[i]);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct st_message *partial = call->story.channels[i].partial;
        if (partial && st_subscription_wants(subscription, partial))
            st_hub_backlog_add_event(backlog, partial);
    }
}

static void add_gap(struct call *call, uint64_t seq, struct st_hub_backlog *backlog)
{
    struct st_json_writer *json = &call->shard->json;
    st_json_reset(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", "resume.gap");
    st_json_set_string(json, "call_id", call->story.facts->call_id);
    st_json_set_int(json, "seq", (int64_t)seq);
    st_json_end_object(json);
    st_hub_backlog_add(backlog, st_buf_copy(json->data, json->len));
}

static void collect_call(struct call *call, const struct st_subscription *subscription,
                         struct st_hub_backlog *backlog)
{
    if (!st_subscription_sees_call(subscription, call->story.facts))
        return;
    const struct st_resume *resume =
        st_subscription_find_resume(subscription, call->story.facts->call_id);
    if (resume) {
        st_hub_backlog_add_known(backlog, (size_t)(resume - subscription->resume));
        if (can_replay(call, resume->seq, subscription)) {
            replay(call, resume->seq, subscription, backlog);
            return;
        }
        add_gap(call, resume->seq, backlog);
    }
    st_hub_backlog_add(backlog,
                       story_snapshot(&call->story, st_subscription_snapshot_form(subscription)));
    backlog->snapshots++;
}

static void collect(void *source, unsigned loop_index, const struct st_subscription *subscription,
                    struct st_hub_backlog *backlog)
{
    struct st_call_service *service = source;
    struct call_shard *shard = &service->shards[loop_index];
    for (size_t i = 0; i < CALL_BUCKETS; i++)
        for (struct call *call = shard->buckets[i]; call; call = call->next_in_bucket)
            collect_call(call, subscription, backlog);
}

static const struct st_hub_source hub_source = {.collect = collect};

/* ---- life ---- */

static void make_metrics(struct call_metrics *metrics)
{
    const char *hop = "sidetone_hop_seconds";
    const char *hop_help = "Time spent on each hop of the way from audio to subscriber.";
    *metrics = (struct call_metrics){
        .live = st_metrics_gauge("sidetone_calls_live", "Calls not yet ended.", NULL, NULL),
        .started = st_metrics_counter("sidetone_calls_started_total", "Calls begun.", NULL, NULL),
        .ended = st_metrics_counter("sidetone_calls_ended_total", "Calls ended.", NULL, NULL),
        .refused = st_metrics_counter("sidetone_calls_refused_total",
                                      "Calls refused: full or shutting down.", NULL, NULL),
        .ignored = st_metrics_counter("sidetone_ingest_ignored_messages_total",
                                      "Messages of an unknown kind or stream.", NULL, NULL),
        .media_messages = st_metrics_counter("sidetone_media_messages_total",
                                             "Messages of audio received.", NULL, NULL),
        .media_bytes =
            st_metrics_counter("sidetone_media_bytes_total", "Encoded audio received.", NULL, NULL),
        .dropped_messages = st_metrics_counter(
            "sidetone_media_dropped_messages_total",
            "Messages of audio that their call's loop could not take.", NULL, NULL),
        .presses =
            st_metrics_counter("sidetone_dtmf_total", "Keys that were pressed (DTMF).", NULL, NULL),
        .silence_samples = st_metrics_counter("sidetone_media_silence_samples_total",
                                              "Samples of silence put into gaps.", NULL, NULL),
        .overlap_samples =
            st_metrics_counter("sidetone_media_overlap_samples_total",
                               "Samples dropped because they came twice.", NULL, NULL),
        .shed_us = st_metrics_counter("sidetone_stt_shed_microseconds_total",
                                      "Audio that was never recognised.", NULL, NULL),
        .alerts = st_metrics_counter("sidetone_alerts_total", "Alerts raised.", NULL, NULL),
        .alerts_open =
            st_metrics_gauge("sidetone_alerts_open", "Alerts not cleared yet.", NULL, NULL),
        .alerts_suppressed = st_metrics_counter(
            "sidetone_alerts_suppressed_total",
            "Matches that raised no alert: their category rests, or too many are open.", NULL,
            NULL),
        .segments = st_metrics_counter("sidetone_segments_total", "Final segments.", NULL, NULL),
        .hop_segment = st_metrics_histogram(hop, hop_help, "hop", "speech_to_final"),
        .hop_media = st_metrics_histogram(hop, hop_help, "hop", "media_to_engine"),
        .lag =
            st_metrics_histogram("sidetone_stt_lag_seconds",
                                 "Audio not recognised yet, at each change by 0.1 s.", NULL, NULL),
    };
    quality_make_metrics(&metrics->quality);
    for (int i = 0; i < ST_ALERT_CHANGES; i++)
        metrics->alert_changes[i] =
            st_metrics_counter("sidetone_alert_changes_total", "What happened to alerts.", "change",
                               st_alert_change_name((enum st_alert_change)i));
}

static void init_shard(struct call_shard *shard, struct st_call_service *service, unsigned index,
                       const struct st_call_service_config *config)
{
    shard->service = service;
    shard->index = index;
    shard->loop = config->loops[index];
    shard->net = config->nets ? config->nets[index] : NULL;
    shard->settings = st_settings_ref(config->settings);
    shard->last_ended = &shard->first_ended;
    shard->sweep = st_timer_open(shard->loop, on_sweep, shard);
    st_timer_set(shard->sweep, SWEEP_US, SWEEP_US);
    rtp_sessions_init(shard, config->loop_count);
    st_json_init(&shard->json);
}

static int create_hub(struct st_call_service *service, const struct st_config *config)
{
    struct st_hub_config hub = {
        .loops = service->loops,
        .loop_count = service->loop_count,
        .queue_bytes = config->push.queue_bytes,
        .partial_bytes = config->push.partial_bytes,
        .subscribers_max = config->push.subscribers,
        .source = &hub_source,
        .source_user = service,
    };
    return st_hub_create(&service->hub, &hub);
}

static int check_rtp(const struct st_config *config, const struct st_call_service_config *from,
                     void (*report)(void *user, bool is_problem, const char *text), void *user)
{
    char why[200];
    int err = rtp_sessions_check(config, from->loops[0], from->loop_count, why, sizeof(why));
    if (err)
        report(user, true, why);
    return err;
}

int st_call_service_create(struct st_call_service **ret_service,
                           const struct st_call_service_config *from,
                           void (*report)(void *user, bool is_problem, const char *text),
                           void *user)
{
    const struct st_config *config = from->settings->config;
    struct st_call_service *service =
        st_mem_alloc(sizeof(*service) + from->loop_count * sizeof(service->shards[0]));
    service->log.module = "call";
    service->loops = from->loops;
    service->calls_max = config->limits.calls;
    service->keep_ended_max = config->calls.keep_ended;
    service->grace_us = (int64_t)config->calls.grace_s * 1000000;
    service->keep_ended_us = (int64_t)config->calls.keep_ended_s * 1000000;
    service->ring_us = (int64_t)config->calls.ring_s * 1000000;
    service->return_us = (int64_t)config->calls.engine_return_s * 1000000;
    service->directory = directory_create();
    make_metrics(&service->metrics);
    service->settings = st_settings_ref(from->settings);
    int err = check_rtp(config, from, report, user);
    if (!err)
        err = engine_set_load(&service->engines, config, report, user);
    if (err)
        goto fail;
    for (; service->loop_count < from->loop_count; service->loop_count++)
        init_shard(&service->shards[service->loop_count], service, service->loop_count, from);
    err = create_hub(service, config);
    if (err)
        goto fail;
    service->meaning =
        meaning_create(from->embedder, config->meaning.workers, config->meaning.queue);
    *ret_service = service;
    return 0;

fail:
    for (unsigned i = 0; i < service->loop_count; i++)
        st_call_service_close_loop(service, i);
    st_call_service_destroy(service);
    return err;
}

void st_call_service_close_loop(struct st_call_service *service, unsigned loop_index)
{
    struct call_shard *shard = &service->shards[loop_index];
    rtp_sessions_fini(shard);
    st_timer_close(shard->sweep);
    shard->sweep = NULL;
    for (size_t i = 0; i < CALL_BUCKETS; i++) {
        struct call *next;
        for (struct call *call = shard->buckets[i]; call; call = next) {
            next = call->next_in_bucket;
            call_destroy(call);
        }
        shard->buckets[i] = NULL;
    }
    shard->first_ended = NULL;
    shard->last_ended = &shard->first_ended;
    shard->ended_count = 0;
}

void st_call_service_destroy(struct st_call_service *service)
{
    if (!service)
        return;
    for (unsigned i = 0; i < service->loop_count; i++) {
        st_settings_unref(service->shards[i].settings);
        st_json_fini(&service->shards[i].json);
    }
    engine_set_unload(&service->engines);
    st_settings_unref(service->settings);
    meaning_destroy(service->meaning);
    st_hub_destroy(service->hub);
    directory_destroy(service->directory);
    free(service);
}

struct st_hub *st_call_service_hub(struct st_call_service *service)
{
    return service->hub;
}

unsigned st_call_service_live_calls(const struct st_call_service *service)
{
    return atomic_load(&service->live_calls);
}

bool st_call_service_is_draining(const struct st_call_service *service)
{
    return atomic_load(&service->is_draining);
}

struct st_settings *st_call_service_settings(struct st_call_service *service, unsigned loop_index)
{
    return service->shards[loop_index].settings;
}

/* ---- from the control thread ---- */

struct waiting {
    atomic_uint left;
    void (*done)(void *user); /* NULL: nobody waits */
    void *user;
};

struct order {
    struct call_shard *shard;
    struct st_settings *settings;
    struct waiting *waiting;
};

static void arrive(struct waiting *waiting)
{
    if (atomic_fetch_sub_explicit(&waiting->left, 1, memory_order_acq_rel) != 1)
        return;
    if (waiting->done)
        waiting->done(waiting->user);
    free(waiting);
}

static void on_reload(void *user)
{
    struct order *order = user;
    struct call_shard *shard = order->shard;
    for (size_t i = 0; i < CALL_BUCKETS; i++)
        for (struct call *call = shard->buckets[i]; call; call = call->next_in_bucket)
            story_set_settings(&call->story, order->settings, call->state == CALL_ENDED);
    st_settings_unref(shard->settings);
    shard->settings = order->settings;
    arrive(order->waiting);
    free(order);
}

static void on_drain(void *user)
{
    struct call_shard *shard = user;
    for (size_t i = 0; i < CALL_BUCKETS; i++) {
        struct call *next;
        for (struct call *call = shard->buckets[i]; call; call = next) {
            next = call->next_in_bucket;
            call_end(call, "shutdown");
        }
    }
}

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* -ECANCELED when that loop has been stopped. */
static int post_from_control(struct st_loop *loop, st_loop_fn run, void *user)
{
    int err;
    while ((err = st_loop_post(loop, run, user)) == -ENOBUFS)
        sleep_ms(DRAIN_POLL_MS);
    return err;
}

void st_call_service_reload_then(struct st_call_service *service, struct st_settings *settings,
                                 void (*done)(void *user), void *user)
{
    struct waiting *waiting = st_mem_alloc(sizeof(*waiting));
    *waiting = (struct waiting){.done = done, .user = user};
    atomic_init(&waiting->left, service->loop_count + 1);
    for (unsigned i = 0; i < service->loop_count; i++) {
        struct order *order = st_mem_alloc(sizeof(*order));
        *order = (struct order){&service->shards[i], st_settings_ref(settings), waiting};
        if (post_from_control(service->loops[i], on_reload, order) < 0) {
            st_settings_unref(settings);
            arrive(waiting);
            free(order);
        }
    }
    arrive(waiting);
}

void st_call_service_reload(struct st_call_service *service, struct st_settings *settings)
{
    st_call_service_reload_then(service, settings, NULL, NULL);
}

void st_call_service_drain(struct st_call_service *service, int64_t timeout_us)
{
    atomic_store(&service->is_draining, true);
    for (unsigned i = 0; i < service->loop_count; i++)
        post_from_control(service->loops[i], on_drain, &service->shards[i]);
    int64_t until_us = st_loop_now_us() + timeout_us;
    while (st_call_service_live_calls(service) > 0 && st_loop_now_us() < until_us)
        sleep_ms(DRAIN_POLL_MS);
}
