/* sidetone rules rematch: what rules find in the calls of a running gateway. */
#include "rules.h"
#include "rules_try.h"
#include "snapshots.h"
#include "verb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FILES_MAX = 64 };

struct request {
    struct st_client_options client;
    struct st_feed feed;
    char *rules[FILES_MAX];
    size_t rule_count;
    const char *lexicon;
    bool is_json, wants_whole;
};

static int refuse(const char *what, const char *value)
{
    return st_options_refuse("rules rematch", what, value);
}

static int take_rules(void *user, const char *path)
{
    struct request *request = user;
    if (request->rule_count == FILES_MAX)
        return refuse("too many files of rules", path);
    request->rules[request->rule_count++] = (char *)path;
    return 0;
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"rules", "FILE", "rules to run (may be repeated)", .take = take_rules},
    {"lexicon", "FILE", "for rules of sentiment; default: the installed one", AT(lexicon)},
    {"whole", NULL, "every line of the transcripts, not only those with a match", AT(wants_whole)},
    {"json", NULL, "matches as events category.matched", AT(is_json)},
    {0},
};

#undef AT

static const struct st_command command = {
    .verb = "rules rematch",
    .about =
        "Usage: sidetone rules rematch [options] --rules FILE CALL-ID...\n"
        "\n"
        "Asks a gateway for calls that run or are still kept, and shows what the rules find in\n"
        "them. The gateway's own rules and what they found stay as they are.\n",
    .options = options,
    .more = st_client_option_table,
    .more_offset = offsetof(struct request, client),
    .examples =
        "Examples:\n"
        "  sidetone rules rematch --rules new.yaml call-2041 call-2042\n"
        "\n"
        "Exit codes: 0 done, 1 failed or no such call, 2 wrong usage, 4 no connection or not\n"
        "let in.\n",
};

/* Zero, or what st_options_exit takes. */
static int parse(struct request *request, int argc, char **argv)
{
    int operand = st_options_parse(&command, request, argc, argv);
    if (operand < 0)
        return operand;
    if (request->rule_count == 0)
        return refuse("which rules?", "--rules is missing");
    if (operand == argc)
        return refuse("which calls?", "no id is given");
    for (int i = operand; i < argc; i++)
        if (st_feed_filter_add(&request->feed.calls, argv[i]) < 0)
            return refuse("an id is empty or one too many", argv[i]);
    return 0;
}

static bool is_among(const json_t *states, const char *call_id)
{
    for (size_t i = 0; i < json_array_size(states); i++) {
        const json_t *id = json_object_get(json_array_get(states, i), "call_id");
        if (json_is_string(id) && strcmp(json_string_value(id), call_id) == 0)
            return true;
    }
    return false;
}

static bool try_calls(struct request *request, struct st_rules_try *trial, const json_t *states)
{
    bool is_good = true;
    for (size_t i = 0; i < json_array_size(states); i++)
        is_good &= st_rules_try_call(trial, json_array_get(states, i), "a call of the gateway");
    for (size_t i = 0; i < request->feed.calls.count; i++)
        if (!is_among(states, request->feed.calls.names[i])) {
            refuse("the gateway knows no such call (any more)", request->feed.calls.names[i]);
            is_good = false;
        }
    st_rules_try_end(trial, NULL);
    return is_good;
}

static int rematch(struct request *request)
{
    json_t *states = NULL;
    struct st_rules_try trial = {.verb = "rules rematch",
                                 .is_json = request->is_json,
                                 .view = {.wants_whole = request->wants_whole}};
    int exit_code = ST_EXIT_FAILED;
    if (st_rules_try_init(&trial, request->rules, request->rule_count, request->lexicon))
        exit_code = st_snapshots_get("rules rematch", &request->client, &request->feed, &states);
    if (states && !try_calls(request, &trial, states))
        exit_code = ST_EXIT_FAILED;
    json_decref(states);
    st_rules_try_fini(&trial);
    return exit_code;
}

int st_rules_rematch_run(int argc, char **argv)
{
    struct request request = {0};
    st_client_options_init(&request.client);
    st_feed_init(&request.feed);
    request.feed.wants_partials = false;
    int parsed = parse(&request, argc, argv);
    int exit_code = parsed < 0 ? st_options_exit(&command, parsed) : rematch(&request);
    st_feed_fini(&request.feed);
    st_client_options_fini(&request.client);
    return exit_code;
}
