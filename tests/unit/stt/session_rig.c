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
    struct rig *rig;
    const struct st_engine_sink *sink;
    void *user;
};

struct st_stt_socket {
    struct rig *rig;
};

/* ---- engine ---- */

static uint32_t engine_rate(const struct st_engine *engine, uint32_t wire_hz)
{
    return RATE_HZ;
}

static int engine_target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                         char *ret_why, size_t why_bytes)
{
    *ret_target = (struct st_engine_target){.url = "ws://127.0.0.1:1/"};
    return 0;
}

static int engine_open(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    struct rig *rig = engine->rig;
    rig->opens++;
    if (rig->open_result)
        return rig->open_result;
    ck_assert_ptr_null(rig->stream);
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    *stream = (struct st_engine_stream){rig, config->sink, config->user};
    rig->stream = stream;
    rig->heard_count = 0;
    *ret_stream = stream;
    if (rig->ops.kind == ST_ENGINE_WEBSOCKET)
        config->sink->send(config->user, "hello", 5, false);
    return 0;
}

static int engine_audio(struct st_engine_stream *stream, const struct st_frame *frame)
{
    struct rig *rig = stream->rig;
    if (rig->audio_result)
        return rig->audio_result;
    if (rig->audio_max && rig->heard_count >= rig->audio_max)
        return -EAGAIN;
    for (uint32_t at = 0; at < frame->count; at += RIG_FRAME_SAMPLES) {
        ck_assert_uint_lt(rig->heard_count, RIG_HEARD_MAX);
        rig->heard[rig->heard_count++] = frame->samples[at];
    }
    if (rig->ops.kind == ST_ENGINE_WEBSOCKET)
        stream->sink->send(stream->user, frame->samples, frame->count * 2, true);
    if (rig->settles_all)
        stream->sink->settled(stream->user, 0, (int64_t)rig->heard_count * ST_FRAME_US);
    return 0;
}

static void engine_finish(struct st_engine_stream *stream)
{
    stream->rig->finishes++;
}

static void engine_close(struct st_engine_stream *stream)
{
    stream->rig->stream = NULL;
    free(stream);
}

static int engine_receive(struct st_engine_stream *stream, const void *data, size_t bytes,
                          bool is_binary)
{
    return stream->rig->receive_result;
}

/* ---- transport ---- */

static int transport_connect(void *transport, struct st_stt_socket **ret_socket,
                             enum st_engine_kind kind, const struct st_engine_target *target,
                             const struct st_stt_socket_events *events, void *user)
{
    struct rig *rig = transport;
    rig->connects++;
    if (rig->connect_result)
        return rig->connect_result;
    ck_assert(!rig->is_connected);
    struct st_stt_socket *socket = st_mem_alloc(sizeof(*socket));
    socket->rig = rig;
    rig->is_connected = true;
    rig->socket = events;
    rig->socket_user = user;
    *ret_socket = socket;
    return 0;
}

static int transport_send(struct st_stt_socket *socket, const void *data, size_t bytes,
                          bool is_binary)
{
    if (socket->rig->send_result)
        return socket->rig->send_result;
    socket->rig->messages++;
    return 0;
}

static void transport_close(struct st_stt_socket *socket)
{
    socket->rig->is_connected = false;
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

static void on_segment(void *user, const struct st_segment *segment)
{
    struct rig *rig = user;
    check_precision(segment->start_us, segment->end_us, segment->confidence);
    for (size_t i = 0; i < segment->word_count; i++)
        check_precision(segment->words[i].start_us, segment->words[i].end_us,
                        segment->words[i].confidence);
    note(rig, "%s %d %d-%d '%s'\n", segment->is_final ? "final" : "partial", (int)segment->id,
         (int)(segment->start_us / MS_US), (int)(segment->end_us / MS_US), segment->text);
    for (size_t i = 0; i < segment->word_count; i++)
        note(rig, "  %s %d-%d\n", segment->words[i].text, (int)(segment->words[i].start_us / MS_US),
             (int)(segment->words[i].end_us / MS_US));
    if (rig->destroys_on_segment) {
        st_stt_session_destroy(rig->session);
        rig->session = NULL;
    }
}

static void on_state(void *user, enum st_stt_state state, const char *why)
{
    note(user, "%s (%s)\n", st_stt_state_name(state), why);
}

static void on_done(void *user)
{
    struct rig *rig = user;
    note(rig, "done\n");
}

static void on_shed(void *user, int64_t from_us, int64_t until_us)
{
    note(user, "shed %d-%d\n", (int)(from_us / MS_US), (int)(until_us / MS_US));
}

static const struct st_stt_session_events events = {
    .segment = on_segment,
    .state = on_state,
    .done = on_done,
    .shed = on_shed,
};

/* ---- the rig ---- */

struct rig *rig_create(enum st_engine_kind kind)
{
    struct rig *rig = st_mem_alloc(sizeof(*rig));
    ck_assert_int_eq(st_loop_create(&rig->loop, 0, 0), 0);
    rig->engine.rig = rig;
    rig->ops = (struct st_engine_ops){
        .name = "fake",
        .kind = kind,
        .rate_hz = engine_rate,
        .target = engine_target,
        .open = engine_open,
        .audio = engine_audio,
        .finish = engine_finish,
        .close = engine_close,
        .receive = engine_receive,
    };
    rig->config = (struct st_stt_session_config){
        .loop = rig->loop,
        .ops = &rig->ops,
        .engine = &rig->engine,
        .wire_hz = 8000,
        .language = "en-US",
        .wants_partials = true,
        .transport = &transport,
        .transport_user = rig,
        .events = &events,
        .user = rig,
    };
    return rig;
}

void rig_start(struct rig *rig)
{
    ck_assert_int_eq(st_stt_session_create(&rig->session, &rig->config), 0);
    ck_assert_uint_eq(st_stt_session_rate_hz(rig->session), RATE_HZ);
}

void rig_destroy(struct rig *rig)
{
    st_stt_session_destroy(rig->session);
    ck_assert_ptr_null(rig->stream);
    ck_assert(!rig->is_connected);
    st_loop_destroy(rig->loop);
    free(rig);
}

void rig_run(struct rig *rig, int64_t ms)
{
    fake_loop_advance(rig->loop, ms * MS_US);
}

void rig_talk(struct rig *rig, unsigned frames)
{
    int16_t samples[RIG_FRAME_SAMPLES];
    for (unsigned i = 0; i < frames; i++, rig->next_frame++) {
        struct st_frame frame = {samples, RIG_FRAME_SAMPLES, RATE_HZ,
                                 (int64_t)rig->next_frame * ST_FRAME_US};
        for (unsigned at = 0; at < RIG_FRAME_SAMPLES; at++)
            samples[at] = (int16_t)rig->next_frame;
        st_stt_session_audio(rig->session, &frame);
        fake_loop_advance(rig->loop, ST_FRAME_US);
    }
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
    ck_assert_ptr_nonnull(rig->stream);
    rig->stream->sink->segment(rig->stream->user, 0, &segment);
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
    rig->stream->sink->segment(rig->stream->user, 0, segment);
}

void rig_fail(struct rig *rig)
{
    rig->stream->sink->failed(rig->stream->user, ST_TROUBLE_LOST, "it fell over");
}

void rig_done(struct rig *rig)
{
    rig->stream->sink->done(rig->stream->user);
}

void rig_socket_open(struct rig *rig)
{
    rig->socket->open(rig->socket_user);
}

void rig_socket_closed(struct rig *rig, int err)
{
    struct st_engine_closing closing = {.ws_code = err ? 0 : 1000,
                                        .reason = "",
                                        .what =
                                            err ? "the peer hung up" : "the connection was closed"};
    rig->socket->closed(rig->socket_user, &closing);
}

void rig_socket_message(struct rig *rig)
{
    rig->socket->message(rig->socket_user, "{}", 2, false);
}

void rig_expect(struct rig *rig, const char *expected)
{
    ck_assert_str_eq(rig->events, expected);
    rig->events_len = 0;
    rig->events[0] = '\0';
}

void rig_expect_heard(struct rig *rig, int first, int last)
{
    ck_assert_int_eq((int)rig->heard_count, last - first + 1);
    for (unsigned i = 0; i < rig->heard_count; i++)
        ck_assert_int_eq(rig->heard[i], first + (int)i);
}
