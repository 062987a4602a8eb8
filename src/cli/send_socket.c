/* A recorded call over a WebSocket, in one of the dialects. */
#include "client.h"
#include "pace.h"
#include "progress.h"
#include "rest.h"
#include "send.h"
#include "terminal.h"
#include "text.h"
#include "verb.h"

#include "sidetone/err.h"
#include "sidetone/frame.h"
#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_BYTES_MAX = 256 * 1024, /* beyond it, wait for the gateway to take some */
    STOP_WAIT_US = 120000000,     /* recognition may lag behind */
    PROGRESS_US = 200000,
};

struct session {
    const struct st_send *request;
    struct st_client *client;
    struct st_audio_source *source;
    struct st_wire wire;
    struct st_pace pace;
    struct st_timer *timer, *progress_timer;
    bool has_ended;  /* no more audio will be sent */
    bool has_failed; /* to read */
    bool is_lost;    /* nothing can be sent any more; closed follows */
    bool shows_progress;
    int64_t opened_us, stopped_us, late_us;
    uint64_t bytes;
    uint16_t close_code;
    char why[300];
};

/* ---- the session ---- */

static void put(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct session *session = user;
    if (session->is_lost)
        return;
    session->is_lost = st_client_send(session->client, data, bytes, is_binary) < 0;
    session->bytes += bytes;
}

static void show_progress(void *user)
{
    struct session *session = user;
    if (!session->shows_progress || session->opened_us == 0)
        return;
    struct st_text text = {0};
    const struct st_progress progress = {
        .what = session->has_ended ? "finishing" : "sending",
        .done_us = (int64_t)session->wire.frames * ST_FRAME_US,
        .total_us = session->request->loops ? 0 : st_audio_source_duration_us(session->source),
        .elapsed_us = st_loop_now_us() - session->opened_us,
    };
    st_progress_line(&text, &progress, st_terminal_columns(stderr) - 1);
    fputs(text.data, stderr);
    st_text_fini(&text);
}

static void end_audio(struct session *session)
{
    if (session->has_ended)
        return;
    session->has_ended = true;
    session->stopped_us = st_loop_now_us();
    session->wire.ops->stop(&session->wire);
    if (session->wire.has_stopped)
        st_client_close(session->client);
    st_timer_set(session->timer, STOP_WAIT_US, 0);
}

static void send_frame(struct session *session)
{
    int16_t samples[ST_FRAME_SAMPLES_MAX * 2];
    int ret = st_send_read(session->request, session->source, session->wire.frames, samples);
    if (ret <= 0) {
        if (ret < 0) {
            snprintf(session->why, sizeof(session->why), "reading the file: %s", st_err_text(ret));
            session->has_failed = true;
        }
        end_audio(session);
        return;
    }
    session->wire.ops->frame(&session->wire, samples,
                             st_audio_source_rate_hz(session->source) * ST_FRAME_US / 1000000);
}

static void send_due(struct session *session)
{
    int64_t now_us = st_loop_now_us();
    uint64_t due = st_pace_due(&session->pace, now_us);
    if (due > session->wire.frames) {
        int64_t late_us = now_us - st_pace_due_us(&session->pace, session->wire.frames);
        session->late_us = late_us > session->late_us ? late_us : session->late_us;
    }
    while (session->wire.frames < due && !session->has_ended && !session->is_lost) {
        if (st_client_queued_bytes(session->client) > QUEUE_BYTES_MAX)
            return; /* on_drained goes on */
        send_frame(session);
    }
    if (!session->has_ended)
        st_timer_set(session->timer, st_pace_due_us(&session->pace, session->wire.frames) - now_us,
                     0);
}

static void on_timer(void *user)
{
    struct session *session = user;
    if (!session->has_ended) {
        send_due(session);
        return;
    }
    snprintf(session->why, sizeof(session->why), "the gateway did not finish the call in time");
    st_client_finish(session->client, ST_EXIT_FAILED);
}

static void on_open(void *user)
{
    struct session *session = user;
    session->opened_us = st_loop_now_us();
    struct st_wire_call call = session->request->call;
    call.rate_hz = st_audio_source_rate_hz(session->source);
    session->wire.ops->start(&session->wire, &call);
    st_pace_init(&session->pace, session->request->speed, session->opened_us);
    st_timer_set(session->progress_timer, 0, PROGRESS_US);
    send_due(session);
}

static void on_message(void *user, const char *data, size_t bytes, bool is_binary)
{
    struct session *session = user;
    if (is_binary)
        return;
    session->wire.ops->receive(&session->wire, data, bytes);
    if (session->wire.has_stopped)
        st_client_close(session->client);
}

static void on_drained(void *user)
{
    struct session *session = user;
    if (!session->has_ended)
        send_due(session);
}

static bool is_taken(const struct session *session, uint16_t code)
{
    if (session->has_failed || session->wire.error[0] || !session->has_ended)
        return false;
    return session->wire.has_stopped || code == 1000 || code == 1005 ||
           (!session->wire.ops->answers_stop && code == 1006);
}

static void on_closed(void *user, bool was_open, uint16_t code, const char *what)
{
    struct session *session = user;
    session->close_code = code;
    if (was_open && is_taken(session, code)) {
        st_client_finish(session->client, ST_EXIT_OK);
        return;
    }
    if (session->why[0] == '\0')
        snprintf(session->why, sizeof(session->why), "%s",
                 session->wire.error[0] ? session->wire.error : what);
    bool is_refused = was_open && (session->wire.error[0] || code != 1006);
    st_client_finish(session->client,
                     is_refused || session->has_failed ? ST_EXIT_FAILED : ST_EXIT_CONNECTION);
}

static void on_interrupted(void *user)
{
    struct session *session = user;
    if (session->opened_us != 0) {
        end_audio(session);
        return;
    }
    snprintf(session->why, sizeof(session->why), "interrupted");
    st_client_finish(session->client, ST_EXIT_FAILED);
}

static void on_ending(void *user)
{
    struct session *session = user;
    st_timer_close(session->timer);
    st_timer_close(session->progress_timer);
}

/* ---- the result ---- */

static void print_json(const struct session *session, int exit_code)
{
    struct st_json_writer json;
    struct st_text text = {0};
    int64_t end_us = session->stopped_us ? session->stopped_us : st_loop_now_us();
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_bool(&json, "ok", exit_code == ST_EXIT_OK);
    st_json_set_string(&json, "call_id", session->wire.call_id[0] ? session->wire.call_id : NULL);
    st_json_set_string(&json, "as", session->wire.ops->name);
    st_json_set_int(&json, "audio_ms", (int64_t)session->wire.frames * ST_FRAME_US / 1000);
    st_json_set_int(&json, "elapsed_ms",
                    session->opened_us ? (end_us - session->opened_us) / 1000 : 0);
    st_json_set_int(&json, "late_ms_max", session->late_us / 1000);
    st_json_set_int(&json, "bytes", (int64_t)session->bytes);
    st_json_set_int(&json, "close_code", session->close_code);
    st_json_set_string(&json, "error", exit_code == ST_EXIT_OK ? NULL : session->why);
    st_json_end_object(&json);
    st_text_add_clean_json(&text, json.data, json.len);
    puts(text.data);
    st_text_fini(&text);
    st_json_fini(&json);
}

static void print_text(const struct session *session, int exit_code)
{
    struct st_text text = {0};
    if (exit_code == ST_EXIT_OK) {
        st_text_add(&text, "call ");
        st_text_add_clean(&text, session->wire.call_id);
        st_text_add(&text, ": ");
        st_progress_add_time(&text, (int64_t)session->wire.frames * ST_FRAME_US);
        st_text_add(&text, " of audio sent\n");
        fputs(text.data, stdout);
    } else {
        st_text_add(&text, "sidetone send: ");
        st_text_add(&text, st_client_url(session->client));
        st_text_add(&text, ": ");
        st_text_add_clean(&text, session->why);
        st_text_add(&text, "\n");
        fputs(text.data, stderr);
    }
    st_text_fini(&text);
}

static void add_parameter(struct st_text *path, const char *name, const char *value)
{
    if (!value)
        return;
    st_text_add(path, strchr(path->data, '?') ? "&" : "?");
    st_text_add(path, name);
    st_text_add(path, "=");
    st_rest_add_encoded(path, value);
}

static char *make_path(const struct st_send *request, struct st_wire *wire)
{
    const struct st_wire_call *call = &request->call;
    const char *route = request->route ? request->route : "";
    struct st_text path = {0};
    st_text_add(&path, "/v1/ingest/");
    st_text_add(&path, request->ops->name);
    st_text_add(&path, route[0] ? "/" : "");
    st_text_add(&path, route);
    if (request->ops->name_call) {
        request->ops->name_call(wire, call);
        add_parameter(&path, "call_id", wire->call_id);
        add_parameter(&path, "agent_id", call->agent_id);
        add_parameter(&path, "agent_name", call->agent_name);
        add_parameter(&path, "queue", call->queue);
        add_parameter(&path, "caller", call->caller);
        add_parameter(&path, "language", call->language);
    }
    return path.data;
}

static const struct st_client_events client_events = {.open = on_open,
                                                      .message = on_message,
                                                      .drained = on_drained,
                                                      .closed = on_closed,
                                                      .interrupted = on_interrupted,
                                                      .ending = on_ending};

static int stream(struct session *session)
{
    const struct st_send *request = session->request;
    st_wire_init(&session->wire, request->ops, put, session);
    char *path = make_path(request, &session->wire);
    int err = st_client_create(&session->client, &request->client, path, &client_events, session);
    free(path);
    if (err < 0) {
        st_wire_fini(&session->wire);
        return err == -EINVAL ? ST_EXIT_USAGE : ST_EXIT_FAILED;
    }
    session->timer = st_timer_open(st_client_loop(session->client), on_timer, session);
    session->progress_timer =
        st_timer_open(st_client_loop(session->client), show_progress, session);
    int exit_code = st_client_run(session->client);
    if (session->shows_progress && session->opened_us != 0)
        fputs("\r\033[K", stderr);
    if (request->is_json)
        print_json(session, exit_code);
    else
        print_text(session, exit_code);
    st_wire_fini(&session->wire);
    st_client_destroy(session->client);
    return exit_code;
}

int st_send_over_socket(const struct st_send *send, struct st_audio_source *source)
{
    struct session session = {
        .request = send,
        .source = source,
        .shows_progress = st_terminal_is(stderr) && !send->no_progress,
    };
    return stream(&session);
}
