/* sidetone tail: calls as they happen. */
#include "client.h"
#include "feed.h"
#include "fields.h"
#include "require.h"
#include "tail_screen.h"
#include "tail_view.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/finding.h"
#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECONNECT_US = 60000000, /* how long it may take until the connection counts as lost */
    HISTORY_MAX = 3,         /* finals shown of a call that was found running */
    LIVE_LINES_MAX = 12,
};

struct request {
    struct st_client_options client;
    struct st_feed feed;
    struct st_require require;
    char *events; /* what the filter's names point to */
    int64_t wait_us;
    bool no_partials, until_end, is_json;
};

struct session {
    struct request *request;
    struct st_client *client;
    struct st_tail_view view;
    struct st_tail_screen screen;
    struct st_json_writer json;
    struct st_text kept;
    struct st_timer *reconnect, *wait;
    bool is_terminal;
    bool was_connected;
    int64_t lost_us;
    char *followed; /* the call whose end ends the run; NULL: not seen yet */
};

/* ---- options ---- */

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("tail", what, value);
}

static int add_filter(struct st_feed_filter *filter, const char *name)
{
    int err = st_feed_filter_add(filter, name);
    return err == 0 ? 0 : refuse(err == -EINVAL ? "an empty name" : "too many names", name);
}

static int take_call(void *request, const char *id)
{
    return add_filter(&((struct request *)request)->feed.calls, id);
}

static int take_agent(void *request, const char *id)
{
    return add_filter(&((struct request *)request)->feed.agents, id);
}

static int take_queue(void *request, const char *name)
{
    return add_filter(&((struct request *)request)->feed.queues, name);
}

static int take_team(void *request, const char *name)
{
    return add_filter(&((struct request *)request)->feed.teams, name);
}

static int take_events(void *user, const char *list)
{
    struct request *request = user;
    if (request->events)
        return refuse("--events", "once is enough");
    char *rest = request->events = st_mem_strdup(list);
    while (rest) {
        int err = add_filter(&request->feed.events, strsep(&rest, ","));
        if (err < 0)
            return err;
    }
    return 0;
}

static int take_severity(void *user, const char *name)
{
    struct request *request = user;
    for (enum st_severity severity = ST_SEVERITY_LOW; severity <= ST_SEVERITY_CRITICAL; severity++)
        if (strcmp(st_severity_name(severity), name) == 0) {
            request->feed.min_severity = name;
            return 0;
        }
    return refuse("--min-severity knows low, medium, high and critical, not", name);
}

static int take_wait(void *user, const char *text)
{
    struct request *request = user;
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end || !(seconds > 0 && seconds <= 1e6))
        return refuse("--wait needs seconds, not", text);
    request->wait_us = (int64_t)(seconds * 1e6);
    return 0;
}

static int take_require(void *user, const char *list)
{
    struct request *request = user;
    if (st_require_parse(&request->require, list) == 0)
        return 0;
    return refuse("--require knows agent, customer, alert and sentiment, not", list);
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"call", "ID", "only this call (may be repeated, as may the next three)", .take = take_call},
    {"agent", "ID", "only calls of this agent", .take = take_agent},
    {"queue", "NAME", "only calls of this queue", .take = take_queue},
    {"team", "NAME", "only calls of this team", .take = take_team},
    {"events", "LIST", "only these types, such as transcript.final,alert.raised",
     .take = take_events},
    {"min-severity", "LEVEL", "low, medium, high or critical: weaker alerts are left out",
     .take = take_severity},
    {"no-partials", NULL, "nothing that may still change", AT(no_partials)},
    {"until-end", NULL, "end when the call has ended (without --call: the first one seen)",
     AT(until_end)},
    {"wait", "SECONDS", "with --until-end: give up (3) when the call is not seen by then",
     .take = take_wait},
    {"require", "LIST",
     "of agent, customer (finals of theirs), alert, sentiment (a\n"
     "change of it): exit with 3 unless each was received live",
     .take = take_require},
    {"json", NULL, "events as received, a line each", AT(is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "tail",
    .about =
        "Usage: sidetone tail [options]\n"
        "\n"
        "Shows calls as they happen: who says what, alerts the moment they come, sentiment as it\n"
        "moves. On a terminal what is being said changes in place; otherwise only what is final "
        "is\n"
        "printed, a line each. After a cut it connects again and goes on where it was.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct request, client),
    .examples =
        "Examples:\n"
        "  sidetone tail\n"
        "  sidetone tail --queue billing --min-severity high\n"
        "  sidetone tail --call c-17 --until-end --require agent,customer\n"
        "  sidetone tail --json --events alert.raised | jq .alert.words\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something required was not received, 4 no\n"
        "connection or not let in.\n",
};

#undef AT

/* What the options need to see is subscribed to, wanted or not. */
static void complete_events(struct request *request)
{
    static const struct {
        unsigned bits;
        const char *type;
    } needed[] = {{ST_REQUIRE_AGENT | ST_REQUIRE_CUSTOMER, "transcript.final"},
                  {ST_REQUIRE_ALERT, "alert.raised"},
                  {ST_REQUIRE_SENTIMENT, "sentiment.updated"}};
    if (request->feed.events.count == 0)
        return;
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (request->require.wanted & needed[i].bits)
            st_feed_filter_add(&request->feed.events, needed[i].type);
    if (request->until_end) {
        st_feed_filter_add(&request->feed.events, "call.started");
        st_feed_filter_add(&request->feed.events, "call.ended");
    }
}

/* Zero, or what st_options_exit takes. */
static int parse(struct request *request, int argc, char **argv)
{
    int operand = st_options_parse(&command, request, argc, argv);
    if (operand < 0)
        return operand;
    if (operand < argc)
        return refuse("what is this", argv[operand]);
    if (request->until_end && request->feed.calls.count > 1)
        return refuse("--until-end", "follows one call, several are given");
    request->feed.wants_partials &= !request->no_partials;
    complete_events(request);
    return 0;
}

/* ---- showing ---- */

static void flush(struct session *session)
{
    struct st_text live = {0}, out = {0};
    size_t lines = 0;
    if (session->is_terminal) {
        size_t rows = st_terminal_rows(stdout), most = rows > 4 ? rows - 2 : 2;
        lines = st_tail_view_live(&session->view, st_terminal_columns(stdout) - 1,
                                  most < LIVE_LINES_MAX ? most : LIVE_LINES_MAX, &live);
        st_tail_screen_update(&session->screen, &session->kept, &live, lines, &out);
    } else {
        st_text_add_bytes(&out, session->kept.data ? session->kept.data : "", session->kept.len);
    }
    if (out.len > 0)
        fwrite(out.data, 1, out.len, stdout);
    if (fflush(stdout) != 0)
        st_client_finish(session->client, ST_EXIT_FAILED);
    st_text_reset(&session->kept);
    st_text_fini(&live);
    st_text_fini(&out);
}

static void note(struct session *session, const char *what, const char *foreign)
{
    if (session->request->is_json) {
        struct st_text text = {0};
        st_text_add(&text, "sidetone tail: ");
        st_text_add(&text, what);
        st_text_add_clean(&text, foreign ? foreign : "");
        fprintf(stderr, "%s\n", text.data);
        st_text_fini(&text);
        return;
    }
    st_tail_view_note(&session->view, what, foreign, &session->kept);
}

static void print_json(struct session *session, const char *data, size_t bytes)
{
    st_text_add_clean_json(&session->kept, data, bytes);
    st_text_add(&session->kept, "\n");
}

/* ---- messages ---- */

static void finish(struct session *session)
{
    struct st_text missing = {0};
    bool is_met = st_require_is_met(&session->request->require, &missing);
    if (session->is_terminal)
        st_tail_model_drop_partials(&session->view.model);
    flush(session);
    if (!is_met)
        fprintf(stderr, "sidetone tail: required but not received: %s\n", missing.data);
    st_text_fini(&missing);
    st_client_finish(session->client, is_met ? ST_EXIT_OK : ST_EXIT_NOT_MET);
}

static bool is_followed(const struct session *session, const char *call_id)
{
    return session->followed && strcmp(session->followed, call_id) == 0;
}

/* A call is there. The first one is that whose end counts, unless one was named. */
static void follow(struct session *session, const char *call_id)
{
    if (!session->followed && session->request->until_end)
        session->followed = st_mem_strdup(call_id);
    if (is_followed(session, call_id))
        st_timer_cancel(session->wait);
}

/* The snapshot of a call that ended before we came, and that nobody asked for by name. */
static bool is_over(const struct session *session, const json_t *message)
{
    const json_t *state = json_object_get(message, "call");
    return session->request->feed.calls.count == 0 &&
           strcmp(st_fields_text(state, "state"), "ended") == 0;
}

static void take_snapshot(struct session *session, const json_t *message)
{
    const json_t *state = json_object_get(message, "call");
    const char *call_id = st_fields_text(state, "call_id");
    bool is_named = session->request->feed.calls.count > 0;
    bool has_ended = strcmp(st_fields_text(state, "state"), "ended") == 0;
    if (is_over(session, message))
        return;
    follow(session, call_id);
    if (!session->request->is_json) {
        st_tail_view_snapshot(&session->view, state, is_named ? SIZE_MAX : HISTORY_MAX,
                              &session->kept);
        st_tail_updates_add_news(&session->view, state, &session->kept);
    }
    if (has_ended && is_followed(session, call_id))
        finish(session);
}

static void take_event(struct session *session, const json_t *event)
{
    const char *call_id = st_fields_text(event, "call_id");
    bool has_ended = strcmp(st_fields_text(event, "type"), "call.ended") == 0;
    if (!has_ended)
        follow(session, call_id);
    if (!session->request->until_end || is_followed(session, call_id))
        st_require_take(&session->request->require, event);
    if (!session->request->is_json)
        st_tail_view_event(&session->view, event, &session->kept);
    if (has_ended && is_followed(session, call_id))
        finish(session);
}

static void take_message(struct session *session, const json_t *message, const char *data,
                         size_t bytes)
{
    enum st_feed_kind kind = st_feed_take(&session->request->feed, message);
    bool is_shown = kind == ST_FEED_EVENT || kind == ST_FEED_SNAPSHOT || kind == ST_FEED_GAP;
    if (session->request->is_json && is_shown && !is_over(session, message))
        print_json(session, data, bytes);
    switch (kind) {
    case ST_FEED_SNAPSHOT:
        take_snapshot(session, message);
        break;
    case ST_FEED_EVENT:
        take_event(session, message);
        break;
    case ST_FEED_GAP:
        if (!session->request->is_json)
            note(session, "some of this call was missed: ", st_fields_text(message, "call_id"));
        break;
    case ST_FEED_GOODBYE:
        note(session, "the gateway takes leave: ", st_fields_text(message, "reason"));
        break;
    case ST_FEED_ERROR:
        note(session, "the gateway refuses: ", st_fields_text(message, "message"));
        break;
    case ST_FEED_SNAPSHOT_END:
    case ST_FEED_NONE:
        break;
    }
}

static void on_message(void *user, const char *data, size_t bytes, bool is_binary)
{
    struct session *session = user;
    json_t *message = is_binary ? NULL : json_loadb(data, bytes, 0, NULL);
    if (!message)
        return;
    take_message(session, message, data, bytes);
    json_decref(message);
    flush(session);
}

/* ---- the connection ---- */

static void on_open(void *user)
{
    struct session *session = user;
    if (session->lost_us != 0)
        note(session, "connected again", NULL);
    session->was_connected = true;
    session->lost_us = 0;
    st_feed_connected(&session->request->feed);
    st_feed_subscribe(&session->request->feed, &session->json);
    st_client_send(session->client, session->json.data, session->json.len, false);
    flush(session);
}

static void give_up(struct session *session, const char *what)
{
    struct st_text text = {0};
    flush(session);
    st_text_add(&text, "sidetone tail: ");
    st_text_add(&text, st_client_url(session->client));
    st_text_add(&text, ": ");
    st_text_add_clean(&text, what);
    fprintf(stderr, "%s\n", text.data);
    st_text_fini(&text);
    st_client_finish(session->client, ST_EXIT_CONNECTION);
}

static void on_closed(void *user, bool was_open, uint16_t code, const char *what)
{
    struct session *session = user;
    int64_t now_us = st_loop_now_us();
    if (session->lost_us == 0)
        session->lost_us = now_us;
    st_tail_model_drop_partials(&session->view.model);
    if (!session->was_connected || code == 1008 || now_us - session->lost_us > RECONNECT_US) {
        give_up(session, what);
        return;
    }
    if (was_open)
        note(session, "connection lost, trying again: ", what);
    flush(session);
    st_timer_set(session->reconnect, st_feed_backoff_us(&session->request->feed), 0);
}

static void on_reconnect(void *user)
{
    struct session *session = user;
    st_client_connect(session->client);
}

static void on_wait_over(void *user)
{
    struct session *session = user;
    flush(session);
    fputs("sidetone tail: the call was not seen in time\n", stderr);
    st_client_finish(session->client, ST_EXIT_NOT_MET);
}

static void on_interrupted(void *user)
{
    finish(user);
}

static void on_ending(void *user)
{
    struct session *session = user;
    st_timer_close(session->reconnect);
    st_timer_close(session->wait);
}

static const struct st_client_events client_events = {.open = on_open,
                                                      .message = on_message,
                                                      .closed = on_closed,
                                                      .interrupted = on_interrupted,
                                                      .ending = on_ending};

static int tail(struct request *request)
{
    bool is_terminal = st_terminal_is(stdout) && !request->is_json;
    struct session session = {
        .request = request,
        .is_terminal = is_terminal,
        .view = {.has_color = is_terminal && st_terminal_wants_color(stdout),
                 .is_live = is_terminal,
                 .is_single = request->feed.calls.count == 1},
    };
    if (!is_terminal && !request->is_json)
        request->feed.wants_partials = false;
    int err =
        st_client_create(&session.client, &request->client, "/v1/events", &client_events, &session);
    if (err < 0)
        return err == -EINVAL ? ST_EXIT_USAGE : ST_EXIT_FAILED;
    st_json_init(&session.json);
    if (request->until_end && request->feed.calls.count == 1)
        session.followed = st_mem_strdup(request->feed.calls.names[0]);
    session.reconnect = st_timer_open(st_client_loop(session.client), on_reconnect, &session);
    session.wait = st_timer_open(st_client_loop(session.client), on_wait_over, &session);
    if (request->until_end && request->wait_us > 0)
        st_timer_set(session.wait, request->wait_us, 0);
    int exit_code = st_client_run(session.client);
    st_client_destroy(session.client);
    st_tail_view_fini(&session.view);
    st_tail_screen_fini(&session.screen);
    st_text_fini(&session.kept);
    st_json_fini(&session.json);
    free(session.followed);
    return exit_code;
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    st_client_options_init(&request.client);
    st_feed_init(&request.feed);
    int parsed = parse(&request, argc, argv);
    int exit_code = parsed < 0 ? st_options_exit(&command, parsed) : tail(&request);
    st_feed_fini(&request.feed);
    free(request.events);
    st_client_options_fini(&request.client);
    return exit_code;
}

const struct st_verb st_verb_tail = {"tail", "watch calls as they happen", run};
