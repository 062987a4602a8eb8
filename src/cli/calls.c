/* sidetone calls: live calls as a table, or one with its transcript. */
#include "calls_view.h"
#include "json_out.h"
#include "snapshots.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/loop.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    struct st_client_options client;
    struct st_feed feed;
    const char *call_id; /* NULL: list */
    bool wants_all, wants_summary, is_json;
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
    {"summary", NULL, "of one call: reason, outcome and next steps, no transcript",
     AT(wants_summary)},
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
        return request->wants_summary ? refuse("needs a call", "--summary") : 0;
    request->call_id = argv[operand];
    return add_filter(&request->feed.calls, request->call_id);
}

/* ---- the result ---- */

static void print_list(const struct request *request, json_t *states)
{
    struct st_text text = {0};
    if (request->is_json) {
        json_t *list = json_pack("{s:O}", "calls", states);
        st_json_out(list);
        json_decref(list);
        return;
    }
    st_calls_view_table(states, st_loop_wall_unix_ms(),
                        st_terminal_is(stdout) ? st_terminal_columns(stdout) : 0, &text);
    fputs(text.data, stdout);
    st_text_fini(&text);
}

static int print_call(const struct request *request, const json_t *states)
{
    const json_t *state = json_array_get(states, 0);
    struct st_text text = {0};
    if (!state) {
        fprintf(stderr, "sidetone calls: the gateway knows no call of that id (any more)\n");
        return ST_EXIT_FAILED;
    }
    if (request->is_json) {
        st_json_out(state);
        return ST_EXIT_OK;
    }
    if (request->wants_summary)
        st_calls_view_summary(state, &text);
    else
        st_calls_view_call(state, st_terminal_wants_color(stdout), &text);
    fputs(text.data, stdout);
    st_text_fini(&text);
    return ST_EXIT_OK;
}

static bool has_ended(const json_t *state)
{
    const char *name = json_string_value(json_object_get(state, "state"));
    return name && strcmp(name, "ended") == 0;
}

static int show(const struct request *request, json_t *states)
{
    int exit_code = ST_EXIT_OK;
    for (size_t i = json_array_size(states); i-- > 0;)
        if (!request->wants_all && !request->call_id && has_ended(json_array_get(states, i)))
            json_array_remove(states, i);
    if (request->call_id)
        exit_code = print_call(request, states);
    else
        print_list(request, states);
    return fflush(stdout) == 0 ? exit_code : ST_EXIT_FAILED;
}

static int ask(struct request *request)
{
    json_t *states;
    int exit_code = st_snapshots_get("calls", &request->client, &request->feed, &states);
    if (exit_code != ST_EXIT_OK)
        return exit_code;
    exit_code = show(request, states);
    json_decref(states);
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
