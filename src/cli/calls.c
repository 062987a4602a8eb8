/* sidetone calls: live calls as a table, or one with its transcript. */
#include "calls_view.h"
#include "client.h"
#include "feed.h"
#include "rest.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_US = 30000000 };

struct request {
    struct st_client_options client;
    struct st_feed feed;
    const char *call_id; /* NULL: list */
    bool wants_all, is_json;
};

struct session {
    struct request *request;
    struct st_client *client;
    struct st_timer *timer;
    json_t *states; /* array */
};

/* ---- options ---- */

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("calls", what, value);
}

static int add_filter(struct st_feed_filter *filter, const char *name)
{
    return st_feed_filter_add(filter, name) == 0 ? 0
                                                 : refuse("a name is empty or one too many", name);
}

static int take_agent(void *request, const char *name)
{
    return add_filter(&((struct request *)request)->feed.agents, name);
}

static int take_queue(void *request, const char *name)
{
    return add_filter(&((struct request *)request)->feed.queues, name);
}

static int take_team(void *request, const char *name)
{
    return add_filter(&((struct request *)request)->feed.teams, name);
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"agent", "ID", "only calls of this agent (may be repeated, as may the next two)",
     .take = take_agent},
    {"queue", "NAME", "only calls of this queue", .take = take_queue},
    {"team", "NAME", "only calls of this team", .take = take_team},
    {"all", NULL, "also calls that have ended and are still kept", AT(wants_all)},
    {"json", NULL, "call states as the gateway gives them", AT(is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "calls",
    .about = "Usage: sidetone calls [options] [CALL-ID]\n"
             "\n"
             "Lists the calls that are running, or shows one with its transcript so far.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct request, client),
    .examples =
        "Examples:\n"
        "  sidetone calls\n"
        "  sidetone calls --queue billing --json | jq '.calls[].call_id'\n"
        "  sidetone calls c-17\n"
        "\n"
        "Exit codes: 0 done, 1 failed or no such call, 2 wrong usage, 4 no connection or not let\n"
        "in.\n",
};

#undef AT

/* Zero, or what st_options_exit takes. */
static int parse(struct request *request, int argc, char **argv)
{
    int operand = st_options_parse(&command, request, argc, argv);
    if (operand < 0)
        return operand;
    if (argc - operand > 1)
        return refuse("one call at a time", argv[argc - 1]);
    if (operand == argc)
        return 0;
    request->call_id = argv[operand];
    return add_filter(&request->feed.calls, request->call_id);
}

/* ---- the result ---- */

static void print_list(struct session *session)
{
    struct st_text text = {0};
    if (session->request->is_json) {
        json_t *list = json_pack("{s:O}", "calls", session->states);
        st_rest_print(list);
        json_decref(list);
        return;
    }
    st_calls_view_table(session->states, st_loop_wall_unix_ms(),
                        st_terminal_is(stdout) ? st_terminal_columns(stdout) : 0, &text);
    fputs(text.data, stdout);
    st_text_fini(&text);
}

static int print_call(struct session *session)
{
    const json_t *state = json_array_get(session->states, 0);
    struct st_text text = {0};
    if (!state) {
        fprintf(stderr, "sidetone calls: the gateway knows no call of that id (any more)\n");
        return ST_EXIT_FAILED;
    }
    if (session->request->is_json) {
        st_rest_print(state);
        return ST_EXIT_OK;
    }
    st_calls_view_call(state, st_terminal_wants_color(stdout), &text);
    fputs(text.data, stdout);
    st_text_fini(&text);
    return ST_EXIT_OK;
}

static void finish(struct session *session)
{
    int exit_code = ST_EXIT_OK;
    if (session->request->call_id)
        exit_code = print_call(session);
    else
        print_list(session);
    st_client_finish(session->client, fflush(stdout) == 0 ? exit_code : ST_EXIT_FAILED);
}

/* ---- the connection ---- */

static void keep(struct session *session, json_t *state)
{
    const char *name = json_string_value(json_object_get(state, "state"));
    bool has_ended = name && strcmp(name, "ended") == 0;
    if (!has_ended || session->request->wants_all || session->request->call_id)
        json_array_append(session->states, state);
}

static void take_message(struct session *session, json_t *message)
{
    const char *what;
    switch (st_feed_take(&session->request->feed, message)) {
    case ST_FEED_SNAPSHOT:
        keep(session, json_object_get(message, "call"));
        break;
    case ST_FEED_SNAPSHOT_END:
        finish(session);
        break;
    case ST_FEED_ERROR:
        what = json_string_value(json_object_get(message, "message"));
        fputs("sidetone calls: the gateway refuses", stderr);
        if (what) {
            struct st_text text = {0};
            st_text_add_clean(&text, what);
            fprintf(stderr, ": %s", text.data ? text.data : "");
            st_text_fini(&text);
        }
        fputs("\n", stderr);
        st_client_finish(session->client, ST_EXIT_FAILED);
        break;
    default:
        break;
    }
}

static void on_open(void *user)
{
    struct session *session = user;
    struct st_json_writer json;
    st_json_init(&json);
    st_feed_subscribe(&session->request->feed, &json);
    st_client_send(session->client, json.data, json.len, false);
    st_json_fini(&json);
}

static void on_message(void *user, const char *data, size_t bytes, bool is_binary)
{
    json_t *message = is_binary ? NULL : json_loadb(data, bytes, 0, NULL);
    if (message)
        take_message(user, message);
    json_decref(message);
}

static void on_closed(void *user, bool was_open, uint16_t code, const char *what)
{
    struct session *session = user;
    struct st_text text = {0};
    (void)was_open;
    (void)code;
    st_text_add_clean(&text, what);
    fprintf(stderr, "sidetone calls: %s: %s\n", st_client_url(session->client),
            text.data ? text.data : "");
    st_text_fini(&text);
    st_client_finish(session->client, ST_EXIT_CONNECTION);
}

static void on_late(void *user)
{
    struct session *session = user;
    fputs("sidetone calls: the gateway did not answer\n", stderr);
    st_client_finish(session->client, ST_EXIT_CONNECTION);
}

static void on_interrupted(void *user)
{
    struct session *session = user;
    st_client_finish(session->client, ST_EXIT_FAILED);
}

static void on_ending(void *user)
{
    struct session *session = user;
    st_timer_close(session->timer);
}

static const struct st_client_events client_events = {.open = on_open,
                                                      .message = on_message,
                                                      .closed = on_closed,
                                                      .interrupted = on_interrupted,
                                                      .ending = on_ending};

static int ask(struct request *request)
{
    struct session session = {.request = request};
    int err =
        st_client_create(&session.client, &request->client, "/v1/events", &client_events, &session);
    if (err < 0)
        return err == -EINVAL ? ST_EXIT_USAGE : ST_EXIT_FAILED;
    session.states = json_array();
    session.timer = st_timer_open(st_client_loop(session.client), on_late, &session);
    st_timer_set(session.timer, ANSWER_US, 0);
    int exit_code = st_client_run(session.client);
    st_client_destroy(session.client);
    json_decref(session.states);
    return exit_code;
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    st_client_options_init(&request.client);
    st_feed_init(&request.feed);
    request.feed.wants_partials = false;
    int parsed = parse(&request, argc, argv);
    int exit_code = parsed < 0 ? st_options_exit(&command, parsed) : ask(&request);
    st_feed_fini(&request.feed);
    st_client_options_fini(&request.client);
    return exit_code;
}

const struct st_verb st_verb_calls = {"calls", "list calls, or show one", run};
