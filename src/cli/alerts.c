/* sidetone alerts: what is open, and what is done about it. */
#include "alerts_view.h"
#include "alerts_watch.h"
#include "duration.h"
#include "rest.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: sidetone alerts [options]\n"
    "       sidetone alerts ack CALL ALERT [--note TEXT]\n"
    "       sidetone alerts snooze CALL ALERT --for TIME [--note TEXT]\n"
    "       sidetone alerts assign CALL ALERT PERSON [--note TEXT]\n"
    "       sidetone alerts clear CALL ALERT [--note TEXT]\n"
    "\n"
    "Lists the open alerts of all calls, newest first, or does something about one. CALL and "
    "ALERT\n"
    "are an alert's first two columns. A PERSON of \"\" is nobody.\n"
    "\n"
    "      --call ID             only alerts of this call (may be repeated, as may the next "
    "three)\n"
    "      --agent ID            only of calls of this agent\n"
    "      --queue NAME          only of calls of this queue\n"
    "      --team NAME           only of calls of this team\n"
    "      --min-severity LEVEL  low, medium, high or critical: weaker ones are left out\n"
    "      --all                 also those that have been cleared and are still kept\n"
    "      --watch               then every change, until Ctrl-C\n"
    "      --for TIME            how long to snooze: 90, 90s, 15m, 8h; a day at most\n"
    "      --note TEXT           for the alert's history, 200 characters at most\n"
    "      --json                alerts as the gateway gives them; events with "
    "--watch\n" ST_CLIENT_USAGE "  -h, --help\n"
    "\n"
    "Doing something needs a token with alerts:write.\n"
    "\n"
    "Examples:\n"
    "  sidetone alerts --team red --min-severity high\n"
    "  sidetone alerts --watch\n"
    "  sidetone alerts ack c-17 2 --note \"listening in\"\n"
    "  sidetone alerts snooze c-17 2 --for 5m\n"
    "  sidetone alerts assign c-17 2 joe\n"
    "\n"
    "Exit codes: 0 done, 1 failed or no such alert, 2 wrong usage, 4 no connection or not let "
    "in.\n";

enum {
    OPT_CALL = 256,
    OPT_AGENT,
    OPT_QUEUE,
    OPT_TEAM,
    OPT_MIN_SEVERITY,
    OPT_ALL,
    OPT_WATCH,
    OPT_FOR,
    OPT_NOTE,
    OPT_JSON,
    SNOOZE_MAX_S = 86400,
    PAGE_ROWS = 1000,
};

static const struct option long_options[] = {
    {"call", required_argument, NULL, OPT_CALL},
    {"agent", required_argument, NULL, OPT_AGENT},
    {"queue", required_argument, NULL, OPT_QUEUE},
    {"team", required_argument, NULL, OPT_TEAM},
    {"min-severity", required_argument, NULL, OPT_MIN_SEVERITY},
    {"all", no_argument, NULL, OPT_ALL},
    {"watch", no_argument, NULL, OPT_WATCH},
    {"for", required_argument, NULL, OPT_FOR},
    {"note", required_argument, NULL, OPT_NOTE},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, 'h'},
    ST_CLIENT_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

struct request {
    struct st_client_options client;
    struct st_feed feed; /* its filters, also of a list */
    bool wants_all, wants_watch, is_json, wants_help;
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
        st_rest_print(alert);
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
        st_rest_print(whole);
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

static int complain(const char *what, const char *value)
{
    fprintf(stderr, "sidetone alerts: %s: %s\n", what, value);
    return -EINVAL;
}

static int take_name(struct st_feed_filter *filter, const char *name)
{
    return st_feed_filter_add(filter, name) == 0
               ? 0
               : complain("a name is empty or one too many", name);
}

static int take_severity(struct request *request, const char *value)
{
    static const char *const names[] = {"low", "medium", "high", "critical"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], value) == 0) {
            request->feed.min_severity = names[i];
            return 0;
        }
    return complain("--min-severity knows low, medium, high and critical, not", value);
}

static int take_option(struct request *request, int opt, const char *value)
{
    int ret = st_client_options_take(&request->client, opt, value);
    if (ret <= 0)
        return ret;
    switch (opt) {
    case OPT_CALL:
        return take_name(&request->feed.calls, value);
    case OPT_AGENT:
        return take_name(&request->feed.agents, value);
    case OPT_QUEUE:
        return take_name(&request->feed.queues, value);
    case OPT_TEAM:
        return take_name(&request->feed.teams, value);
    case OPT_MIN_SEVERITY:
        return take_severity(request, value);
    case OPT_ALL:
        request->wants_all = true;
        return 0;
    case OPT_WATCH:
        request->wants_watch = true;
        return 0;
    case OPT_FOR:
        return st_duration_parse(value, SNOOZE_MAX_S, &request->for_s) == 0
                   ? 0
                   : complain("--for is no time between 1 second and a day", value);
    case OPT_NOTE:
        request->note = value;
        return 0;
    case OPT_JSON:
        request->is_json = true;
        return 0;
    case 'h':
        request->wants_help = true;
        return 0;
    default:
        return -EINVAL;
    }
}

static int take_command(struct request *request, int count, char **words)
{
    request->command = find_command(words[0]);
    request->arguments = words + 1;
    if (!request->command)
        return complain("there is ack, snooze, assign and clear, not", words[0]);
    if (count - 1 != request->command->arguments)
        return complain(request->command->name, request->command->arguments == 3
                                                    ? "takes a call, an alert and a person"
                                                    : "takes a call and an alert");
    if (!*words[1] || strspn(words[2], "0123456789") != strlen(words[2]) || !*words[2])
        return complain("an alert is a number of a call, not", words[2]);
    if (request->command->put == put_for && request->for_s == 0)
        return complain("snooze", "needs --for TIME");
    return 0;
}

static int parse(struct request *request, int argc, char **argv)
{
    for (int opt; (opt = getopt_long(argc, argv, "h", long_options, NULL)) != -1;)
        if (take_option(request, opt, optarg) < 0)
            return -EINVAL;
    if (request->wants_help || optind == argc)
        return 0;
    return take_command(request, argc - optind, argv + optind);
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    int exit_code = ST_EXIT_USAGE;
    st_client_options_init(&request.client);
    st_feed_init(&request.feed);
    if (parse(&request, argc, argv) < 0) {
        fputs("`sidetone alerts --help` explains.\n", stderr);
    } else if (request.wants_help) {
        fputs(usage, stdout);
        exit_code = ST_EXIT_OK;
    } else if (request.command) {
        exit_code = act(&request);
    } else if (request.wants_watch) {
        exit_code = st_alerts_watch(&request.client, &request.feed, request.is_json);
    } else {
        exit_code = list(&request);
    }
    st_feed_fini(&request.feed);
    st_client_options_fini(&request.client);
    return exit_code;
}

const struct st_verb st_verb_alerts = {"alerts", "list alerts, acknowledge, snooze, assign, clear",
                                       run};
