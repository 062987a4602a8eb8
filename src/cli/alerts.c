/* sidetone alerts: what is open, and what is done about it. */
#include "alerts_view.h"
#include "alerts_watch.h"
#include "duration.h"
#include "json_out.h"
#include "rest.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SNOOZE_MAX_S = 86400, PAGE_ROWS = 1000 };

struct request {
    struct st_client_options client;
    struct st_feed feed; /* its filters, also of a list */
    bool wants_all, wants_watch, is_json;
    int64_t for_s;
    const char *note;              /* NULL: none */
    const struct command *command; /* NULL: list */
    char **arguments;
};

/* ---- commands ---- */

static void put_nothing(const struct request *request, struct st_json_writer *json)
{
}

static void put_for(const struct request *request, struct st_json_writer *json)
{
    st_json_set_int(json, "for_s", request->for_s);
}

static void put_person(const struct request *request, struct st_json_writer *json)
{
    st_json_set_string(json, "person", request->arguments[2]);
}

static const struct command {
    const char *name, *path;
    int arguments;
    void (*put)(const struct request *request, struct st_json_writer *json);
} commands[] = {
    {"ack", "acknowledge", 2, put_nothing}, {"acknowledge", "acknowledge", 2, put_nothing},
    {"snooze", "snooze", 2, put_for},       {"assign", "assign", 3, put_person},
    {"clear", "clear", 2, put_nothing},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int finish_output(void)
{
    return fflush(stdout) == 0 ? ST_EXIT_OK : ST_EXIT_FAILED;
}

static int show_done(const struct request *request, const json_t *alert)
{
    struct st_text text = {0};
    if (request->is_json) {
        st_json_out(alert);
        return finish_output();
    }
    st_alerts_view_done(alert, &text);
    fputs(text.data, stdout);
    st_text_fini(&text);
    return finish_output();
}

static int act(const struct request *request)
{
    struct st_rest rest = {.verb = "alerts", .client = &request->client};
    struct st_text path = {0};
    struct st_json_writer body;
    json_t *alert;
    st_text_add(&path, "/v1/calls/");
    st_rest_add_encoded(&path, request->arguments[0]);
    st_text_add(&path, "/alerts/");
    st_rest_add_encoded(&path, request->arguments[1]);
    st_text_addf(&path, "/%s", request->command->path);
    st_json_init(&body);
    st_json_begin_object(&body);
    request->command->put(request, &body);
    if (request->note)
        st_json_set_string(&body, "note", request->note);
    st_json_end_object(&body);
    struct st_rest_request whole = {
        .method = "POST", .path = path.data, .body = body.data, .body_bytes = body.len};
    int exit_code = st_rest_ask(&rest, &whole, &alert);
    st_text_fini(&path);
    st_json_fini(&body);
    if (exit_code)
        return exit_code;
    exit_code = show_done(request, alert);
    json_decref(alert);
    return exit_code;
}

/* ---- the list ---- */

static void add_filter(struct st_text *query, const char *name, const struct st_feed_filter *filter)
{
    for (size_t i = 0; i < filter->count; i++) {
        st_text_addf(query, "&%s=", name);
        st_rest_add_encoded(query, filter->names[i]);
    }
}

static void add_query(const struct request *request, const char *after, struct st_text *query)
{
    st_text_addf(query, "/v1/alerts?limit=%d", PAGE_ROWS);
    add_filter(query, "call", &request->feed.calls);
    add_filter(query, "agent", &request->feed.agents);
    add_filter(query, "queue", &request->feed.queues);
    add_filter(query, "team", &request->feed.teams);
    if (request->feed.min_severity) {
        st_text_add(query, "&min_severity=");
        st_rest_add_encoded(query, request->feed.min_severity);
    }
    if (request->wants_all)
        st_text_add(query, "&state=raised&state=acknowledged&state=snoozed&state=cleared");
    if (after) {
        st_text_add(query, "&after=");
        st_rest_add_encoded(query, after);
    }
}

/* Every page. */
static int fetch(const struct request *request, json_t *alerts)
{
    struct st_rest rest = {.verb = "alerts", .client = &request->client};
    json_t *page = NULL;
    const char *after = NULL;
    int exit_code = 0;
    do {
        struct st_text query = {0};
        json_t *next = NULL;
        add_query(request, after, &query);
        exit_code = st_rest_ask(
            &rest, &(struct st_rest_request){.method = "GET", .path = query.data}, &next);
        st_text_fini(&query);
        json_decref(page);
        page = exit_code ? NULL : next;
        json_array_extend(alerts, json_object_get(page, "alerts"));
        after = json_string_value(json_object_get(page, "next"));
    } while (after);
    json_decref(page);
    return exit_code;
}

static int list(const struct request *request)
{
    struct st_text text = {0};
    json_t *alerts = json_array();
    int exit_code = fetch(request, alerts);
    if (exit_code == 0 && request->is_json) {
        json_t *whole = json_pack("{s:O}", "alerts", alerts);
        st_json_out(whole);
        json_decref(whole);
    } else if (exit_code == 0) {
        st_alerts_view_table(alerts, st_loop_wall_unix_ms(),
                             st_terminal_is(stdout) ? st_terminal_columns(stdout) : 0, &text);
        fputs(text.data, stdout);
    }
    st_text_fini(&text);
    json_decref(alerts);
    return exit_code ? exit_code : finish_output();
}

/* ---- options ---- */

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("alerts", what, value);
}

static int take_name(struct st_feed_filter *filter, const char *name)
{
    return st_feed_filter_add(filter, name) == 0 ? 0
                                                 : refuse("a name is empty or one too many", name);
}

static int take_call(void *request, const char *name)
{
    return take_name(&((struct request *)request)->feed.calls, name);
}

static int take_agent(void *request, const char *name)
{
    return take_name(&((struct request *)request)->feed.agents, name);
}

static int take_queue(void *request, const char *name)
{
    return take_name(&((struct request *)request)->feed.queues, name);
}

static int take_team(void *request, const char *name)
{
    return take_name(&((struct request *)request)->feed.teams, name);
}

static int take_severity(void *user, const char *value)
{
    static const char *const names[] = {"low", "medium", "high", "critical"};
    struct request *request = user;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], value) == 0) {
            request->feed.min_severity = names[i];
            return 0;
        }
    return refuse("--min-severity knows low, medium, high and critical, not", value);
}

static int take_for(void *user, const char *value)
{
    struct request *request = user;
    if (st_duration_parse(value, SNOOZE_MAX_S, &request->for_s) == 0)
        return 0;
    return refuse("--for is no time between 1 second and a day", value);
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"call", "ID", "only alerts of this call (may be repeated, as may the next three)",
     .take = take_call},
    {"agent", "ID", "only of calls of this agent", .take = take_agent},
    {"queue", "NAME", "only of calls of this queue", .take = take_queue},
    {"team", "NAME", "only of calls of this team", .take = take_team},
    {"min-severity", "LEVEL", "low, medium, high or critical: weaker ones are left out",
     .take = take_severity},
    {"all", NULL, "also those that have been cleared and are still kept", AT(wants_all)},
    {"watch", NULL, "then every change, until Ctrl-C", AT(wants_watch)},
    {"for", "TIME", "how long to snooze: 90, 90s, 15m, 8h; a day at most", .take = take_for},
    {"note", "TEXT", "for the alert's history, 200 characters at most", AT(note)},
    {"json", NULL, "alerts as the gateway gives them; events with --watch", AT(is_json)},
    {0},
};

static const struct st_command whole_command = {
    .verb = "alerts",
    .about = "Usage: sidetone alerts [options]\n"
             "       sidetone alerts ack CALL ALERT [--note TEXT]\n"
             "       sidetone alerts snooze CALL ALERT --for TIME [--note TEXT]\n"
             "       sidetone alerts assign CALL ALERT PERSON [--note TEXT]\n"
             "       sidetone alerts clear CALL ALERT [--note TEXT]\n"
             "\n"
             "Lists the open alerts of all calls, newest first, or does something about one, for "
             "which a\n"
             "token needs alerts:write. CALL and ALERT are an alert's first two columns. A PERSON "
             "of \"\" is\n"
             "nobody.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct request, client),
    .examples =
        "Examples:\n"
        "  sidetone alerts --team red --min-severity high\n"
        "  sidetone alerts --watch\n"
        "  sidetone alerts ack c-17 2 --note \"listening in\"\n"
        "  sidetone alerts snooze c-17 2 --for 5m\n"
        "  sidetone alerts assign c-17 2 joe\n"
        "\n"
        "Exit codes: 0 done, 1 failed or no such alert, 2 wrong usage, 4 no connection or not let\n"
        "in.\n",
};

#undef AT

static int take_command(struct request *request, int count, char **words)
{
    request->command = find_command(words[0]);
    request->arguments = words + 1;
    if (!request->command)
        return refuse("there is ack, snooze, assign and clear, not", words[0]);
    if (count - 1 != request->command->arguments)
        return refuse(request->command->name, request->command->arguments == 3
                                                  ? "takes a call, an alert and a person"
                                                  : "takes a call and an alert");
    if (!*words[1] || strspn(words[2], "0123456789") != strlen(words[2]) || !*words[2])
        return refuse("an alert is a number of a call, not", words[2]);
    if (request->command->put == put_for && request->for_s == 0)
        return refuse("snooze", "needs --for TIME");
    return 0;
}

/* Zero, or what st_options_exit takes. */
static int parse(struct request *request, int argc, char **argv)
{
    int operand = st_options_parse(&whole_command, request, argc, argv);
    if (operand < 0 || operand == argc)
        return operand < 0 ? operand : 0;
    return take_command(request, argc - operand, argv + operand);
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    st_client_options_init(&request.client);
    st_feed_init(&request.feed);
    int parsed = parse(&request, argc, argv), exit_code;
    if (parsed < 0)
        exit_code = st_options_exit(&whole_command, parsed);
    else if (request.command)
        exit_code = act(&request);
    else if (request.wants_watch)
        exit_code = st_alerts_watch(&request.client, &request.feed, request.is_json);
    else
        exit_code = list(&request);
    st_feed_fini(&request.feed);
    st_client_options_fini(&request.client);
    return exit_code;
}

const struct st_verb st_verb_alerts = {"alerts", "list alerts, acknowledge, snooze, assign, clear",
                                       run};
