#include "engine_trial.h"

#include "engine_net.h"

#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    TICK_US = 20 * MS_US,
    WIRE_HZ = 8000, /* as most calls come */
    SILENCE_US = SECOND_US,
    OPEN_MAX_US = 6 * SECOND_US,
    END_MAX_US = 6 * SECOND_US,
    CHUNK_SAMPLES_MAX = 4800,
};

struct outgoing {
    struct outgoing *next;
    size_t bytes; /* 0: the end of an HTTP/2 request */
    bool is_binary;
    unsigned char data[];
};

struct runner;

struct attempt {
    struct runner *runner;
    struct st_engine_trial *trial;
    struct st_engine_stream *stream;
    struct st_stt_socket *socket;
    struct outgoing *first, **last; /* to be sent */
    struct st_timer *timer;
    bool is_targeting; /* credentials are being got */
    bool is_finish_sent;
    bool is_over; /* closed by the next tick: nothing is closed inside an engine's callback */
    int64_t start_us;
    int64_t due_us; /* given up by then */
    int64_t fed_us;
    uint32_t rate_hz;
    unsigned channels;
};

struct runner {
    struct st_loop *loop;
    struct st_engine_net net;
    const struct st_stt_transport *transport;
    struct attempt *attempts;
    size_t count, left;
};

/* ---- the verdict ---- */

static void end(struct attempt *attempt, bool is_good, enum st_engine_trouble trouble,
                const char *why)
{
    struct st_engine_trial *trial = attempt->trial;
    if (attempt->is_over)
        return;
    attempt->is_over = true;
    trial->is_good = is_good;
    trial->trouble = trouble;
    snprintf(trial->why, sizeof(trial->why), "%s", why);
    st_utf8_make_plain(trial->why);
    st_timer_set(attempt->timer, 0, 0);
}

static void fail(struct attempt *attempt, enum st_engine_trouble trouble, const char *why)
{
    end(attempt, false, trouble, why);
}

/* ---- what the stream says ---- */

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
}

static void on_finding(void *user, unsigned channel, const struct st_vendor_finding *finding)
{
}

static void on_lag(void *user, int64_t lag_us)
{
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct attempt *attempt = user;
    struct outgoing *message = st_mem_alloc(sizeof(*message) + bytes);
    message->bytes = bytes;
    message->is_binary = is_binary;
    if (bytes > 0)
        memcpy(message->data, data, bytes);
    *attempt->last = message;
    attempt->last = &message->next;
}

static void on_end(void *user)
{
    on_send(user, NULL, 0, true);
}

static void on_done(void *user)
{
    struct attempt *attempt = user;
    if (attempt->is_finish_sent)
        end(attempt, true, ST_TROUBLE_LOST, "");
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    fail(user, trouble, what);
}

static const struct st_engine_sink sink = {
    .segment = on_segment,
    .finding = on_finding,
    .send = on_send,
    .end = on_end,
    .done = on_done,
    .failed = on_failed,
    .lag = on_lag,
    .settled = on_settled,
};

/* ---- what the socket says ---- */

static void on_open(void *user, bool is_accepted)
{
    struct attempt *attempt = user;
    struct st_engine_trial *trial = attempt->trial;
    int64_t now_us = st_loop_now_us();
    trial->has_opened = true;
    trial->open_us = now_us - attempt->start_us;
    attempt->start_us = now_us;
    attempt->due_us = now_us + SILENCE_US + END_MAX_US;
}

static int on_response(void *user, unsigned status,
                       const char *(*header)(const void *headers, const char *name),
                       const void *headers)
{
    struct attempt *attempt = user;
    return attempt->is_over
               ? -ECANCELED
               : attempt->trial->ops->response(attempt->stream, status, header, headers);
}

static void on_message(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct attempt *attempt = user;
    if (!attempt->is_over &&
        attempt->trial->ops->receive(attempt->stream, data, bytes, is_binary) != 0)
        fail(attempt, ST_TROUBLE_PROTOCOL, "the server sent something that makes no sense");
}

static void on_closed(void *user, const struct st_engine_closing *closing)
{
    struct attempt *attempt = user;
    char what[sizeof(attempt->trial->why)];
    if (attempt->is_over)
        return;
    if (closing->ws_code == 1000 && attempt->is_finish_sent) {
        on_done(attempt);
        return;
    }
    snprintf(what, sizeof(what), "%s", closing->what);
    enum st_engine_trouble trouble =
        st_engine_judge(attempt->trial->ops, attempt->stream, closing, what, sizeof(what));
    fail(attempt, trouble, what);
}

static const struct st_stt_socket_events socket_events = {
    .open = on_open,
    .response = on_response,
    .message = on_message,
    .closed = on_closed,
};

/* ---- what is done to both ---- */

static void aim(struct attempt *attempt)
{
    struct st_engine_trial *trial = attempt->trial;
    struct st_engine_target target = {.url = NULL};
    char why[sizeof(trial->why)] = "";
    int err = trial->ops->target(attempt->stream, &target, why, sizeof(why));
    attempt->is_targeting = err == -EAGAIN;
    if (err == -EAGAIN)
        return;
    trial->has_asked = err == 0;
    if (!err)
        err = attempt->runner->transport->connect(attempt->runner->net.net, &attempt->socket,
                                                  &target, &socket_events, attempt);
    if (err)
        fail(attempt, err == -EACCES ? ST_TROUBLE_REFUSED : ST_TROUBLE_LOST,
             why[0] ? why : st_err_text(err));
}

static void open_stream(struct attempt *attempt)
{
    struct st_engine_trial *trial = attempt->trial;
    attempt->rate_hz = trial->ops->rate_hz(trial->engine, WIRE_HZ);
    attempt->channels = trial->ops->channels_min ? trial->ops->channels_min : 1;
    struct st_engine_stream_config config = {
        .loop = attempt->runner->loop,
        .rate_hz = attempt->rate_hz,
        .channels = attempt->channels,
        .roles = {ST_ROLE_AGENT, ST_ROLE_CUSTOMER},
        .call_id = "",
        .language = trial->language,
        .hints = trial->hints,
        .hint_count = trial->hint_count,
        .wants_partials = true,
        .sink = &sink,
        .user = attempt,
    };
    int err = trial->ops->open(&attempt->stream, trial->engine, &config);
    if (err)
        fail(attempt, ST_TROUBLE_UNSUITED, "it takes neither this language nor these options");
    else
        aim(attempt);
}

static void flush(struct attempt *attempt)
{
    while (attempt->first && !attempt->is_over) {
        struct outgoing *message = attempt->first;
        int err = attempt->runner->transport->send(attempt->socket, message->data, message->bytes,
                                                   message->is_binary);
        if (err == -ENOBUFS)
            return;
        if (err)
            fail(attempt, ST_TROUBLE_LOST, "the connection was lost");
        attempt->first = message->next;
        if (!attempt->first)
            attempt->last = &attempt->first;
        free(message);
    }
}

/* Silence at the pace of speech, then the end. */
static void feed(struct attempt *attempt, int64_t now_us)
{
    static const int16_t silence[CHUNK_SAMPLES_MAX];
    const struct st_engine_ops *ops = attempt->trial->ops;
    int64_t chunk_us = ops->chunk_us ? ops->chunk_us : ST_FRAME_US;
    int64_t until_us =
        now_us - attempt->start_us < SILENCE_US ? now_us - attempt->start_us : SILENCE_US;
    while (!attempt->is_over && attempt->fed_us + chunk_us <= until_us) {
        struct st_frame frames[ST_ENGINE_CHANNELS_MAX];
        for (unsigned i = 0; i < attempt->channels; i++)
            frames[i] =
                (struct st_frame){silence, (uint32_t)(chunk_us * attempt->rate_hz / SECOND_US),
                                  attempt->rate_hz, attempt->fed_us};
        int err = ops->audio(attempt->stream, frames);
        if (err == -EAGAIN)
            return;
        if (err)
            fail(attempt, ST_TROUBLE_PROTOCOL, "the engine refused audio");
        attempt->fed_us += chunk_us;
    }
    if (!attempt->is_over && attempt->fed_us + chunk_us > SILENCE_US) {
        attempt->is_finish_sent = true;
        ops->finish(attempt->stream);
    }
}

static void close_attempt(struct attempt *attempt)
{
    struct runner *runner = attempt->runner;
    if (attempt->socket)
        runner->transport->close(attempt->socket);
    if (attempt->stream)
        attempt->trial->ops->close(attempt->stream);
    while (attempt->first) {
        struct outgoing *next = attempt->first->next;
        free(attempt->first);
        attempt->first = next;
    }
    st_timer_close(attempt->timer);
    if (--runner->left == 0)
        st_engine_net_close(&runner->net);
}

static void give_up(struct attempt *attempt)
{
    if (!attempt->trial->has_opened)
        fail(attempt, ST_TROUBLE_LOST, "the connection did not open in time");
    else
        fail(attempt, ST_TROUBLE_STALLED, "it took the audio, and did not answer in time");
}

static void on_tick(void *user)
{
    struct attempt *attempt = user;
    int64_t now_us = st_loop_now_us();
    if (attempt->is_over) {
        close_attempt(attempt);
        return;
    }
    if (now_us >= attempt->due_us)
        give_up(attempt);
    else if (!attempt->stream)
        open_stream(attempt);
    else if (attempt->is_targeting)
        aim(attempt);
    if (attempt->trial->has_opened && !attempt->is_over && !attempt->is_finish_sent)
        feed(attempt, now_us);
    if (attempt->trial->has_opened && !attempt->is_over)
        flush(attempt);
    if (!attempt->is_over)
        st_timer_set(attempt->timer, TICK_US, 0);
}

/* ---- all of them ---- */

static void begin(struct runner *runner, struct st_engine_trial *trial, struct attempt *attempt)
{
    int64_t open_max_us = trial->open_max_us ? trial->open_max_us : OPEN_MAX_US;
    attempt->runner = runner;
    attempt->trial = trial;
    attempt->last = &attempt->first;
    attempt->start_us = st_loop_now_us();
    attempt->due_us = attempt->start_us + open_max_us;
    attempt->timer = st_timer_open(runner->loop, on_tick, attempt);
    st_timer_set(attempt->timer, 0, 0);
}

int st_engine_trial_run(struct st_engine_trial *trials, size_t count,
                        const struct st_stt_transport *transport,
                        const struct st_config_limits *limits)
{
    struct runner runner = {.transport = transport, .count = count, .left = count};
    if (count == 0)
        return 0;
    int err = st_loop_create(&runner.loop, 0, 0);
    if (!err)
        err = st_engine_net_open(&runner.net, runner.loop, limits);
    if (!err) {
        runner.attempts = st_mem_alloc_array(count, sizeof(runner.attempts[0]));
        for (size_t i = 0; i < count; i++)
            begin(&runner, &trials[i], &runner.attempts[i]);
        err = st_loop_run(runner.loop);
    }
    free(runner.attempts);
    st_engine_net_fini(&runner.net);
    st_loop_destroy(runner.loop);
    return err;
}
