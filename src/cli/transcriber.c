#include "transcriber_engine.h"

#include "ear.h"
#include "engine_net.h"
#include "pace.h"

#include "sidetone/call_facts.h"
#include "sidetone/config.h"
#include "sidetone/err.h"
#include "sidetone/framer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/resample.h"
#include "sidetone/stt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 2,
    FEED_US = 1000,
    FEED_PACED_US = 5000,
    FEED_FRAMES_MAX = 100,  /* before other work of the loop has its turn */
    LAG_MAX_US = 5000000,   /* what may wait for the engine: its ring holds 30 s */
    OUT_SAMPLES_MAX = 8192, /* 20 ms at the file's rate, resampled */
};

/* ---- one recording ---- */

struct run;

struct lane {
    struct run *run;
    unsigned channel;
    struct st_resampler *resampler;
    struct st_framer framer;
    struct st_ear ear;
    int64_t lag_us;
};

struct run {
    const struct st_transcriber *transcriber;
    const struct st_recording *recording;
    struct st_audio_source *source;
    struct st_transcript_build *build;
    struct st_loop *loop;
    struct st_timer *timer;
    struct st_engine_net net; /* of remote engines */
    struct st_pace pace;
    struct st_stt_session *session;
    struct lane lanes[LANES];
    int64_t done_us; /* given to the engine */
    int64_t told_us; /* as progress */
    bool has_ended;  /* no more audio comes */
    bool is_done;    /* every final has come */
    int err;
    char why[256];
};

static void fail(struct run *run, int err, const char *what)
{
    if (run->err)
        return;
    run->err = err;
    snprintf(run->why, sizeof(run->why), "%s", what);
}

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    struct run *run = user;
    if (run->recording->heard)
        run->recording->heard(run->recording->user, channel, segment);
    if (!segment->is_final || segment->text[0] == '\0')
        return;
    int err = st_transcript_build_segment(run->build, channel, segment);
    if (err)
        fail(run, err, "the transcript has become too long");
}

static void on_state(void *user, unsigned channel, enum st_stt_state state,
                     const struct st_stt_news *news)
{
    struct run *run = user;
    if (state == ST_STT_DEGRADED)
        fail(run, news->trouble == ST_TROUBLE_REFUSED ? -EACCES : -EIO, news->why);
}

static void on_done(void *user)
{
    struct run *run = user;
    run->is_done = true;
}

static void on_lag(void *user, unsigned channel, int64_t lag_us)
{
    struct run *run = user;
    run->lanes[channel].lag_us = lag_us;
}

static void on_shed(void *user, unsigned channel, int64_t from_us, int64_t until_us)
{
    fail(user, -ETIMEDOUT, "the engine did not keep up");
}

static const struct st_stt_session_events session_events = {
    .segment = on_segment,
    .state = on_state,
    .done = on_done,
    .lag = on_lag,
    .shed = on_shed,
};

static unsigned mask_of(const struct run *run)
{
    unsigned mask = run->recording->channel_mask;
    return mask ? mask : (1U << LANES) - 1;
}

static void on_frame(void *user, const struct st_frame *frame)
{
    struct lane *lane = user;
    st_ear_put(&lane->ear, frame);
    if (mask_of(lane->run) >> lane->channel & 1)
        st_stt_session_audio(lane->run->session, lane->channel, frame);
}

static int open_session(struct run *run)
{
    const struct st_transcriber *transcriber = run->transcriber;
    struct st_stt_session_config config = {
        .loop = run->loop,
        .engines = &transcriber->engine,
        .engine_count = 1,
        .wire_hz = st_audio_source_rate_hz(run->source),
        .language = run->recording->language,
        .hints = run->recording->hints,
        .hint_count = run->recording->hint_count,
        .roles = {ST_ROLE_AGENT, ST_ROLE_CUSTOMER},
        .wants_partials = run->recording->heard != NULL,
        .transport = transcriber->transport,
        .transport_user = run->net.net,
        .events = &session_events,
        .user = run,
    };
    run->session = st_stt_session_create(&config);
    return st_stt_session_open(run->session, mask_of(run));
}

static int open_lane(struct run *run, unsigned channel)
{
    struct lane *lane = &run->lanes[channel];
    uint32_t audio_hz = st_audio_source_rate_hz(run->source);
    uint32_t frames_hz = st_stt_frames_hz(st_stt_session_rate_hz(run->session), audio_hz);
    lane->run = run;
    lane->channel = channel;
    st_ear_init(&lane->ear);
    st_framer_init(&lane->framer, frames_hz, 0, on_frame, lane);
    return st_resampler_create(&lane->resampler, audio_hz, frames_hz);
}

static void close_lane(struct lane *lane)
{
    st_resampler_destroy(lane->resampler);
    st_framer_fini(&lane->framer);
    st_ear_fini(&lane->ear);
    lane->resampler = NULL;
}

static void feed_lane(struct lane *lane, const int16_t *interleaved, size_t count)
{
    int16_t mono[ST_FRAME_SAMPLES_MAX], out[OUT_SAMPLES_MAX];
    for (size_t i = 0; i < count; i++)
        mono[i] = interleaved[i * LANES + lane->channel];
    size_t samples = st_resampler_process(lane->resampler, mono, count, out);
    st_framer_put(&lane->framer, out, samples);
}

static void end_audio(struct run *run)
{
    run->has_ended = true;
    for (unsigned i = 0; i < LANES; i++) {
        struct lane *lane = &run->lanes[i];
        st_framer_flush(&lane->framer);
        st_ear_flush(&lane->ear);
        int err = st_transcript_build_seconds(run->build, i, lane->ear.list, lane->ear.count);
        if (err)
            fail(run, err, st_err_text(err));
    }
    st_stt_session_finish(run->session);
}

static void feed_frame(struct run *run)
{
    int16_t samples[ST_FRAME_SAMPLES_MAX * LANES];
    int ret = st_audio_source_read(run->source, samples);
    if (ret < 0)
        fail(run, ret, st_err_text(ret));
    if (ret <= 0) {
        end_audio(run);
        return;
    }
    size_t count = st_audio_source_rate_hz(run->source) / (1000000 / ST_FRAME_US);
    for (unsigned i = 0; i < LANES; i++)
        feed_lane(&run->lanes[i], samples, count);
    run->done_us += ST_FRAME_US;
    if (run->recording->sent)
        run->recording->sent(run->recording->user, run->done_us);
}

static int64_t lag_of(const struct run *run)
{
    int64_t lag_us = 0;
    for (unsigned i = 0; i < LANES; i++)
        lag_us = run->lanes[i].lag_us > lag_us ? run->lanes[i].lag_us : lag_us;
    return lag_us;
}

static void close_all(struct run *run)
{
    st_stt_session_destroy(run->session);
    for (unsigned i = 0; i < LANES; i++)
        close_lane(&run->lanes[i]);
    st_timer_close(run->timer);
    if (run->net.net)
        st_engine_net_close(&run->net);
    else
        st_loop_stop(run->loop);
}

/* What is being recognised may be more again: that does not undo anything. */
static void tell_progress(struct run *run)
{
    int64_t heard_us = run->done_us - lag_of(run);
    if (heard_us > run->told_us)
        run->told_us = heard_us;
    if (run->recording->progress)
        run->recording->progress(run->recording->user, run->told_us,
                                 st_audio_source_duration_us(run->source));
}

static bool is_due(const struct run *run)
{
    if (run->recording->speed > 0)
        return st_pace_due_us(&run->pace, (uint64_t)(run->done_us / ST_FRAME_US) + 1) <=
               st_loop_now_us();
    return lag_of(run) < LAG_MAX_US;
}

static void on_feed(void *user)
{
    struct run *run = user;
    for (int i = 0; i < FEED_FRAMES_MAX && !run->has_ended && is_due(run); i++)
        feed_frame(run);
    tell_progress(run);
    if (run->err || run->is_done)
        close_all(run);
}

static struct st_call_facts *make_facts(const struct run *run)
{
    struct st_call_facts *facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    const struct st_stt_engine *engine = &run->transcriber->engine;
    facts->engine = engine->name;
    facts->engine_quality = engine->ops->quality ? engine->ops->quality : "";
    st_call_facts_set(&facts->dialect, "wav");
    st_call_facts_set(&facts->language, run->recording->language);
    return facts;
}

static int recognise(struct run *run)
{
    int err = st_loop_create(&run->loop, 0, 0);
    if (err)
        return err;
    run->timer = st_timer_open(run->loop, on_feed, run);
    if (run->transcriber->engine.ops->kind != ST_ENGINE_EMBEDDED)
        err = st_engine_net_open(&run->net, run->loop, &run->transcriber->config->limits);
    if (!err)
        err = open_session(run);
    for (unsigned i = 0; i < LANES && !err; i++)
        err = open_lane(run, i);
    if (err) {
        fail(run, err, "the engine takes neither this sample rate nor this language");
        close_all(run);
    } else {
        st_pace_init(&run->pace, run->recording->speed, st_loop_now_us());
        st_timer_set(run->timer, 0, run->recording->speed > 0 ? FEED_PACED_US : FEED_US);
    }
    int ret = st_loop_run(run->loop);
    st_engine_net_fini(&run->net);
    st_loop_destroy(run->loop);
    return run->err ? run->err : ret;
}

int st_transcriber_run(struct st_transcriber *transcriber, const struct st_recording *recording,
                       struct st_transcript **ret_transcript, char *ret_why, size_t why_bytes)
{
    struct run *run = st_mem_alloc(sizeof(*run));
    run->transcriber = transcriber;
    run->recording = recording;
    int err = st_audio_source_open(&run->source, recording->files, ret_why, why_bytes);
    if (err) {
        free(run);
        return err;
    }
    run->build = st_transcript_build_create(recording->options);
    err = st_transcript_build_call(run->build, make_facts(run));
    if (!err)
        err = recognise(run);
    if (!err)
        st_transcript_build_duration(run->build,
                                     st_audio_source_duration_us(run->source) / 1000 * 1000);
    int ret = st_transcript_build_finish(ret_transcript, run->build);
    if (err && !ret)
        st_transcript_free(*ret_transcript);
    if (err || ret)
        snprintf(ret_why, why_bytes, "%s", run->why[0] ? run->why : st_err_text(err ? err : ret));
    st_audio_source_close(run->source);
    free(run);
    return err ? err : ret;
}
