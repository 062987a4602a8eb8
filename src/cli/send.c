/* sidetone send: a recorded call, streamed as a platform would. */
#include "audio_source.h"
#include "client.h"
#include "pace.h"
#include "progress.h"
#include "rest.h"
#include "terminal.h"
#include "text.h"
#include "verb.h"
#include "wire.h"

#include "sidetone/err.h"
#include "sidetone/frame.h"
#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUEUE_BYTES_MAX = 256 * 1024, /* beyond it, wait for the gateway to take some */
    STOP_WAIT_US = 120000000,     /* recognition may lag behind */
    PROGRESS_US = 200000,
};

struct request {
    struct st_client_options client;
    struct st_audio_files files;
    struct st_wire_call call;
    const struct st_wire_ops *ops;
    const char *route;
    double speed;
    bool loops, no_progress, is_json;
};

struct session {
    struct request *request;
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

/* ---- options ---- */

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("send", what, value);
}

static int take_speed(void *user, const char *text)
{
    struct request *request = user;
    char *end;
    request->speed = strtod(text, &end);
    bool is_good = end != text && !*end && request->speed >= 1 && request->speed <= 50;
    return is_good ? 0 : refuse("--speed is a number from 1 to 50, not", text);
}

static int take_dialect(void *user, const char *name)
{
    struct request *request = user;
    request->ops = st_wire_find(name);
    return request->ops ? 0 : refuse("--as knows pcm, twilio and acs, not", name);
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"agent", "FILE", "the agent's side, mono", AT(files.agent)},
    {"customer", "FILE", "the customer's side, mono", AT(files.customer)},
    {"swap", NULL, "channel 0 is the customer", AT(files.is_swapped)},
    {"as", "DIALECT", "pcm (default), twilio or acs", .take = take_dialect},
    {"route", "TENANT/ROUTE", "of the gateway (default: the default ones)", AT(route)},
    {"call-id", "ID", "(default: one is made)", AT(call.call_id)},
    {"agent-id", "ID", "", AT(call.agent_id)},
    {"agent-name", "NAME", "", AT(call.agent_name)},
    {"queue", "NAME", "", AT(call.queue)},
    {"caller", "NUMBER", "", AT(call.caller)},
    {"language", "TAG", "such as en-US", AT(call.language)},
    {"speed", "N", "1 to 50 times real time (default 1)", .take = take_speed},
    {"loop", NULL, "begin again at the end, until Ctrl-C", AT(loops)},
    {"no-progress", NULL, "no progress bar (there is none unless standard error is a\nterminal)",
     AT(no_progress)},
    {"json", NULL, "the result as JSON", AT(is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "send",
    .about =
        "Usage: sidetone send [options] CALL.wav\n"
        "       sidetone send [options] --agent AGENT.wav --customer CUSTOMER.wav\n"
        "\n"
        "Streams a recorded call into a gateway as a platform would, paced like a live one. WAV\n"
        "files of 16-bit PCM, mu-law or A-law. Of a stereo file, channel 0 is the agent; a mono\n"
        "file is the customer.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct request, client),
    .examples =
        "Examples:\n"
        "  sidetone send call.wav --agent-id sarah --queue billing\n"
        "  sidetone send --agent a.wav --customer b.wav --as twilio --speed 4\n"
        "  sidetone send call.wav --url wss://gw.example.com --token-file ingest.token --json\n"
        "\n"
        "Exit codes: 0 sent and taken, 1 failed (a file, or the gateway refused the call), 2 "
        "wrong\n"
        "usage, 4 no connection, not let in, or lost.\n",
};

#undef AT

/* Zero, or what st_options_exit takes. */
static int parse(struct request *request, int argc, char **argv)
{
    int operand = st_options_parse(&command, request, argc, argv);
    if (operand < 0)
        return operand;
    bool has_sides = request->files.agent || request->files.customer;
    if (argc - operand > 1 || (has_sides && operand < argc))
        return refuse("one call at a time", argv[argc - 1]);
    if (operand < argc)
        request->files.both = argv[operand];
    else if (!has_sides)
        return refuse("no file", "give a WAV file, or --agent and --customer");
    if (request->call.call_id && (strlen(request->call.call_id) > 128 || !*request->call.call_id))
        return refuse("--call-id", "1 to 128 bytes");
    request->files.rate_hz = request->ops->rate_hz;
    return 0;
}

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

/* 1, 0 at the end, negative errno. */
static int read_frame(struct session *session, int16_t *samples)
{
    int ret = st_audio_source_read(session->source, samples);
    if (ret != 0 || !session->request->loops || session->wire.frames == 0)
        return ret;
    ret = st_audio_source_rewind(session->source);
    return ret < 0 ? ret : st_audio_source_read(session->source, samples);
}

static void send_frame(struct session *session)
{
    int16_t samples[ST_FRAME_SAMPLES_MAX * 2];
    int ret = read_frame(session, samples);
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
    session->request->call.rate_hz = st_audio_source_rate_hz(session->source);
    session->wire.ops->start(&session->wire, &session->request->call);
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

static char *make_path(const struct request *request, struct st_wire *wire)
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
    struct request *request = session->request;
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

static int send_call(struct request *request)
{
    char why[400];
    struct session session = {.request = request,
                              .shows_progress = st_terminal_is(stderr) && !request->no_progress};
    if (st_audio_source_open(&session.source, &request->files, why, sizeof(why)) < 0) {
        fprintf(stderr, "sidetone send: %s\n", why);
        return ST_EXIT_FAILED;
    }
    int exit_code = stream(&session);
    st_audio_source_close(session.source);
    return exit_code;
}

static int run(int argc, char **argv)
{
    struct request request = {.ops = &st_wire_pcm, .speed = 1};
    st_client_options_init(&request.client);
    int parsed = parse(&request, argc, argv);
    int exit_code = parsed < 0 ? st_options_exit(&command, parsed) : send_call(&request);
    st_client_options_fini(&request.client);
    return exit_code;
}

const struct st_verb st_verb_send = {"send", "stream a recorded call into a gateway", run};
