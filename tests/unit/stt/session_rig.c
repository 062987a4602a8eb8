#include "session_rig.h"

#include "fake_loop.h"
#include "sidetone/mem.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MS_US = 1000, RATE_HZ = 16000 };

struct st_engine_stream {
    struct rig_stream *seen; /* outlives it */
};

struct st_stt_socket {
    struct rig_stream *seen;
};

/* ---- engines ---- */

static uint32_t engine_rate(const struct st_engine *engine, uint32_t wire_hz)
{
    return RATE_HZ;
}

static int engine_target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                         char *ret_why, size_t why_bytes)
{
    *ret_target = (struct st_engine_target){.url = "ws://127.0.0.1:1/"};
    snprintf(ret_why, why_bytes, "there is no key");
    return stream->seen->engine->target_result;
}

static struct rig_stream *add_stream(struct st_engine *engine,
                                     const struct st_engine_stream_config *config)
{
    struct rig *rig = engine->rig;
    struct rig_stream *seen = st_mem_alloc(sizeof(*seen));
    ck_assert_uint_lt(rig->stream_count, RIG_STREAMS_MAX);
    *seen = (struct rig_stream){.engine = engine,
                                .sink = config->sink,
                                .user = config->user,
                                .channels = config->channels,
                                .hints_at = config->hints,
                                .is_open = true};
    for (unsigned i = 0; i < config->channels; i++) {
        seen->roles[i] = config->roles[i];
        seen->heard[i] = st_mem_alloc_array(RIG_HEARD_MAX, sizeof(int16_t));
    }
    for (size_t i = 0; i < config->hint_count; i++) {
        strcat(seen->hints, i ? "," : "");
        strcat(seen->hints, config->hints[i]);
    }
    rig->streams[rig->stream_count++] = seen;
    rig->stream = seen;
    return seen;
}

static int engine_open(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    engine->opens++;
    if (engine->open_result)
        return engine->open_result;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->seen = add_stream(engine, config);
    *ret_stream = stream;
    if (engine->ops.kind == ST_ENGINE_REMOTE)
        config->sink->send(config->user, "hello", 5, false);
    return 0;
}

static int engine_audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    struct rig_stream *seen = stream->seen;
    struct st_engine *engine = seen->engine;
    if (engine->audio_result)
        return engine->audio_result;
    if (engine->audio_max && seen->heard_count >= engine->audio_max)
        return -EAGAIN;
    for (uint32_t at = 0; at < frames->count; at += RIG_FRAME_SAMPLES) {
        ck_assert_uint_lt(seen->heard_count, RIG_HEARD_MAX);
        for (unsigned i = 0; i < seen->channels; i++) {
            ck_assert_uint_eq(frames[i].count, frames[0].count);
            ck_assert_int_eq(frames[i].media_us, frames[0].media_us);
            seen->heard[i][seen->heard_count] = frames[i].samples[at];
        }
        seen->heard_count++;
    }
    if (engine->ops.kind == ST_ENGINE_REMOTE)
        seen->sink->send(seen->user, frames->samples, frames->count * 2, true);
    if (engine->settles_all)
        seen->sink->settled(seen->user, 0, (int64_t)seen->heard_count * ST_FRAME_US);
    return 0;
}

static void engine_finish(struct st_engine_stream *stream)
{
    stream->seen->engine->finishes++;
    ck_assert(!stream->seen->is_finished);
    stream->seen->is_finished = true;
    if (stream->seen->engine->done_at_once)
        stream->seen->sink->done(stream->seen->user);
}

static void engine_keep_alive(struct st_engine_stream *stream)
{
    stream->seen->engine->keep_alives++;
}

static void engine_close(struct st_engine_stream *stream)
{
    struct rig *rig = stream->seen->engine->rig;
    stream->seen->is_open = false;
    if (rig->stream == stream->seen)
        rig->stream = NULL;
    free(stream);
}

static int engine_receive(struct st_engine_stream *stream, const void *data, size_t bytes,
                          bool is_binary)
{
    return stream->seen->engine->receive_result;
}

static enum st_engine_trouble engine_closing(struct st_engine_stream *stream,
                                             const struct st_engine_closing *closing,
                                             char *ret_what, size_t what_bytes)
{
    if (stream->seen->engine->closing == (enum st_engine_trouble) - 1)
        return st_engine_closing_trouble(closing);
    return stream->seen->engine->closing;
}

/* ---- transport ---- */

/* The newest stream is the one that connects. */
static int transport_connect(void *transport, struct st_stt_socket **ret_socket,
                             const struct st_engine_target *target,
                             const struct st_stt_socket_events *events, void *user)
{
    struct rig *rig = transport;
    struct rig_stream *seen = rig->streams[rig->stream_count - 1];
    seen->engine->connects++;
    if (seen->engine->connect_result)
        return seen->engine->connect_result;
    struct st_stt_socket *socket = st_mem_alloc(sizeof(*socket));
    socket->seen = seen;
    seen->is_connected = true;
    seen->socket = events;
    seen->socket_user = user;
    *ret_socket = socket;
    return 0;
}

static int transport_send(struct st_stt_socket *socket, const void *data, size_t bytes,
                          bool is_binary)
{
    if (socket->seen->engine->send_result)
        return socket->seen->engine->send_result;
    socket->seen->engine->messages++;
    return 0;
}

static void transport_close(struct st_stt_socket *socket)
{
    socket->seen->is_connected = false;
    free(socket);
}

static const struct st_stt_transport transport = {
    .connect = transport_connect,
    .send = transport_send,
    .close = transport_close,
};

/* ---- owner ---- */

static void __attribute__((format(printf, 2, 3))) note(struct rig *rig, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len =
        vsnprintf(rig->events + rig->events_len, RIG_EVENTS_BYTES - rig->events_len, format, args);
    va_end(args);
    rig->events_len += (size_t)len;
    ck_assert_uint_lt(rig->events_len, RIG_EVENTS_BYTES);
}

/* What is told of it later has no more digits. */
static void check_precision(int64_t start_us, int64_t end_us, float confidence)
{
    ck_assert_int_eq(start_us % MS_US, 0);
    ck_assert_int_eq(end_us % MS_US, 0);
    ck_assert_float_eq(confidence, roundf(confidence * 1000) / 1000);
}

/* Which channel, when there are two. */
static const char *prefix(const struct rig *rig, unsigned channel)
{
    return rig->channel_mask != 3 ? "" : channel ? "1 " : "0 ";
}

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    struct rig *rig = user;
    check_precision(segment->start_us, segment->end_us, segment->confidence);
    for (size_t i = 0; i < segment->word_count; i++)
        check_precision(segment->words[i].start_us, segment->words[i].end_us,
                        segment->words[i].confidence);
    note(rig, "%s%s %d %d-%d '%s'\n", prefix(rig, channel), segment->is_final ? "final" : "partial",
         (int)segment->id, (int)(segment->start_us / MS_US), (int)(segment->end_us / MS_US),
         segment->text);
    for (size_t i = 0; i < segment->word_count; i++)
        note(rig, "  %s %d-%d\n", segment->words[i].text, (int)(segment->words[i].start_us / MS_US),
             (int)(segment->words[i].end_us / MS_US));
    if (rig->destroys_on_segment) {
        st_stt_session_destroy(rig->session);
        rig->session = NULL;
    }
}

static void on_state(void *user, unsigned channel, enum st_stt_state state,
                     const struct st_stt_news *news)
{
    struct rig *rig = user;
    if (state == ST_STT_RUNNING && rig->engine_count == 1)
        note(rig, "%srunning (%s)\n", prefix(rig, channel), news->why);
    else if (state == ST_STT_RUNNING)
        note(rig, "%srunning on %s\n", prefix(rig, channel), news->engine);
    else if (rig->engine_count == 1)
        note(rig, "%sdegraded (%s)\n", prefix(rig, channel), news->why);
    else
        note(rig, "%sdegraded: %s (%s)\n", prefix(rig, channel),
             st_engine_trouble_name(news->trouble), news->why);
}

static void on_done(void *user)
{
    note(user, "done\n");
}

static void on_shed(void *user, unsigned channel, int64_t from_us, int64_t until_us)
{
    note(user, "%sshed %d-%d\n", prefix(user, channel), (int)(from_us / MS_US),
         (int)(until_us / MS_US));
}

static void on_finding(void *user, unsigned channel, const char *engine,
                       const struct st_vendor_finding *finding)
{
    note(user, "%sfinding of %s: %s in %d %d-%d\n", prefix(user, channel), engine,
         finding->name ? finding->name : "-", (int)finding->segment_id,
         (int)(finding->start_us / MS_US), (int)(finding->end_us / MS_US));
}

static const struct st_stt_session_events events = {
    .segment = on_segment,
    .finding = on_finding,
    .state = on_state,
    .done = on_done,
    .shed = on_shed,
};

/* ---- the rig ---- */

static void init_engine(struct st_engine *engine, struct rig *rig, enum st_engine_kind kind,
                        const char *name)
{
    engine->rig = rig;
    engine->closing = (enum st_engine_trouble) - 1;
    engine->ops = (struct st_engine_ops){
        .name = name,
        .kind = kind,
        .rate_hz = engine_rate,
        .target = engine_target,
        .open = engine_open,
        .audio = engine_audio,
        .keep_alive = engine_keep_alive,
        .finish = engine_finish,
        .close = engine_close,
        .receive = engine_receive,
        .closing = engine_closing,
    };
}

struct rig *rig_create(enum st_engine_kind kind)
{
    struct rig *rig = st_mem_alloc(sizeof(*rig));
    ck_assert_int_eq(st_loop_create(&rig->loop, 0, 0), 0);
    init_engine(&rig->a, rig, kind, "fake");
    rig->engine_count = 1;
    rig->channel_mask = 1;
    rig->config = (struct st_stt_session_config){
        .loop = rig->loop,
        .wire_hz = 8000,
        .language = "en-US",
        .roles = {ST_ROLE_AGENT, ST_ROLE_CUSTOMER},
        .wants_partials = true,
        .transport = &transport,
        .transport_user = rig,
        .events = &events,
        .user = rig,
    };
    return rig;
}

struct st_engine *rig_add(struct rig *rig, enum st_engine_kind kind)
{
    static const char *const names[] = {"fake2", "fake3"};
    struct st_engine *engine = &rig->others[rig->engine_count - 1];
    init_engine(engine, rig, kind, names[rig->engine_count - 1]);
    rig->engine_count++;
    return engine;
}

static struct st_stt_engine list_engine(struct st_engine *engine)
{
    return (struct st_stt_engine){.name = engine->ops.name,
                                  .ops = &engine->ops,
                                  .engine = engine,
                                  .guard = engine->guard,
                                  .hints = engine->hints,
                                  .hint_count = engine->hint_count,
                                  .stall_us = engine->stall_us,
                                  .session_us = engine->session_us};
}

struct st_guard *rig_guard(uint32_t streams)
{
    struct st_guard_limits limits = {.streams = streams};
    return st_guard_create(&limits);
}

void rig_start(struct rig *rig)
{
    struct st_stt_engine engines[RIG_ENGINES_MAX];
    engines[0] = list_engine(&rig->a);
    for (unsigned i = 1; i < rig->engine_count; i++)
        engines[i] = list_engine(&rig->others[i - 1]);
    rig->config.engines = engines;
    rig->config.engine_count = rig->engine_count;
    rig->session = st_stt_session_create(&rig->config);
    ck_assert_uint_eq(st_stt_session_rate_hz(rig->session), RATE_HZ);
    ck_assert_int_eq(st_stt_session_open(rig->session, rig->channel_mask), 0);
}

void rig_destroy(struct rig *rig)
{
    st_stt_session_destroy(rig->session);
    for (unsigned i = 0; i < rig->stream_count; i++) {
        struct rig_stream *stream = rig->streams[i];
        ck_assert(!stream->is_open);
        ck_assert(!stream->is_connected);
        free(stream->heard[0]);
        free(stream->heard[1]);
        free(stream);
    }
    st_guard_destroy(rig->a.guard);
    for (unsigned i = 0; i < RIG_ENGINES_MAX - 1; i++)
        st_guard_destroy(rig->others[i].guard);
    st_loop_destroy(rig->loop);
    free(rig);
}

static void open_sockets(struct rig *rig)
{
    for (unsigned i = 0; i < rig->stream_count; i++) {
        struct rig_stream *stream = rig->streams[i];
        if (stream->is_connected && stream->engine->opens_at_once)
            stream->socket->open(stream->socket_user, true);
    }
}

void rig_run(struct rig *rig, int64_t ms)
{
    open_sockets(rig);
    fake_loop_advance(rig->loop, ms * MS_US);
    open_sockets(rig);
}

static void put_frame(struct rig *rig, unsigned channel, bool is_silent)
{
    int16_t samples[RIG_FRAME_SAMPLES];
    int number = rig->next_frame[channel]++;
    struct st_frame frame = {samples, RIG_FRAME_SAMPLES, RATE_HZ, (int64_t)number * ST_FRAME_US};
    int value = is_silent ? RIG_SILENCE : number + (channel ? RIG_SECOND_CHANNEL : 0);
    for (unsigned at = 0; at < RIG_FRAME_SAMPLES; at++)
        samples[at] = (int16_t)value;
    st_stt_session_audio(rig->session, channel, &frame);
}

static void put_frames(struct rig *rig, unsigned mask, unsigned frames, bool is_silent)
{
    for (unsigned i = 0; i < frames; i++) {
        for (unsigned channel = 0; channel < 2; channel++)
            if (mask >> channel & 1)
                put_frame(rig, channel, is_silent);
        rig_run(rig, ST_FRAME_US / MS_US);
    }
}

void rig_talk(struct rig *rig, unsigned frames)
{
    put_frames(rig, rig->channel_mask, frames, false);
}

void rig_talk_on(struct rig *rig, unsigned channel, unsigned frames)
{
    put_frames(rig, 1U << channel, frames, false);
}

void rig_hold(struct rig *rig, unsigned frames)
{
    put_frames(rig, rig->channel_mask, frames, true);
}

/* One word for each of the text's, spread evenly. */
static size_t make_words(struct st_word *words, size_t max, char *text, int64_t start_us,
                         int64_t end_us)
{
    size_t count = 0;
    for (char *save, *word = strtok_r(text, " ", &save); word && count < max;
         word = strtok_r(NULL, " ", &save))
        words[count++] = (struct st_word){.text = word, .confidence = 0.5F};
    for (size_t i = 0; i < count; i++) {
        words[i].start_us = start_us + (end_us - start_us) * (int64_t)i / (int64_t)count;
        words[i].end_us = start_us + (end_us - start_us) * (int64_t)(i + 1) / (int64_t)count;
    }
    return count;
}

static void say(struct rig *rig, bool is_final, uint64_t id, int64_t start_ms, int64_t end_ms,
                const char *text)
{
    struct st_word words[16];
    char *copy = st_mem_strdup(text);
    struct st_segment segment = {
        .id = id,
        .is_final = is_final,
        .start_us = start_ms * MS_US,
        .end_us = end_ms * MS_US,
        .text = text,
        .confidence = ST_CONFIDENCE_ABSENT,
        .words = words,
    };
    if (is_final)
        segment.word_count = make_words(words, 16, copy, segment.start_us, segment.end_us);
    if (segment.word_count > 0)
        segment.word_times = ST_WORD_TIMES_MEASURED;
    rig_segment(rig, &segment);
    free(copy);
}

void rig_partial(struct rig *rig, uint64_t id, int64_t start_ms, int64_t end_ms, const char *text)
{
    say(rig, false, id, start_ms, end_ms, text);
}

void rig_final(struct rig *rig, uint64_t id, int64_t start_ms, int64_t end_ms, const char *text)
{
    say(rig, true, id, start_ms, end_ms, text);
}

void rig_segment(struct rig *rig, const struct st_segment *segment)
{
    ck_assert_ptr_nonnull(rig->stream);
    rig_say(rig->stream, 0, segment);
}

void rig_say(struct rig_stream *stream, unsigned channel, const struct st_segment *segment)
{
    ck_assert(stream->is_open);
    stream->sink->segment(stream->user, channel, segment);
}

void rig_fail(struct rig *rig)
{
    rig_trouble(rig->stream, ST_TROUBLE_LOST, "it fell over");
}

void rig_trouble(struct rig_stream *stream, enum st_engine_trouble trouble, const char *what)
{
    ck_assert(stream->is_open);
    stream->sink->failed(stream->user, trouble, what);
}

void rig_done(struct rig *rig)
{
    rig->stream->sink->done(rig->stream->user);
}

void rig_socket_open_http(struct rig *rig)
{
    rig->stream->socket->open(rig->stream->socket_user, false);
}

void rig_socket_open(struct rig *rig)
{
    rig->stream->socket->open(rig->stream->socket_user, true);
}

void rig_socket_closed(struct rig *rig, int err)
{
    struct st_engine_closing closing = {.ws_code = err ? 0 : 1000,
                                        .reason = "",
                                        .what =
                                            err ? "the peer hung up" : "the connection was closed"};
    rig->stream->socket->closed(rig->stream->socket_user, &closing);
}

void rig_socket_message(struct rig *rig)
{
    rig->stream->socket->message(rig->stream->socket_user, "{}", 2, false);
}

void rig_expect(struct rig *rig, const char *expected)
{
    ck_assert_str_eq(rig->events, expected);
    rig->events_len = 0;
    rig->events[0] = '\0';
}

void rig_expect_lane(const struct rig_stream *stream, unsigned lane, unsigned at, int first,
                     int last)
{
    ck_assert_int_ge((int)(stream->heard_count - at), last - first + 1);
    for (int i = 0; i <= last - first; i++)
        ck_assert_int_eq(stream->heard[lane][at + (unsigned)i], first + i);
}

void rig_expect_heard(struct rig *rig, int first, int last)
{
    const struct rig_stream *stream = rig->streams[rig->stream_count - 1];
    ck_assert_int_eq((int)stream->heard_count, last - first + 1);
    rig_expect_lane(stream, 0, 0, first, last);
}
