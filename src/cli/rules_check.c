/* sidetone rules check: every error of files of rules in one run. */
#include "options.h"
#include "rules.h"
#include "rules_load.h"
#include "verb.h"

#include "sidetone/embedder.h"
#include "sidetone/json_writer.h"

#include <stdbool.h>
#include <stdio.h>

struct request {
    bool is_json;
};

struct report {
    bool is_json;
    struct st_json_writer json;
};

static const struct st_option options[] = {
    {"json", NULL, "{\"categories\":…,\"errors\":[…]} on standard output",
     .offset = offsetof(struct request, is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "rules check",
    .about =
        "Usage: sidetone rules check [--json] FILE...\n"
        "\n"
        "Reads files of rules as one set, as a gateway would, and reports every error as\n"
        "FILE:LINE: what, and what was meant. Rules that stand in a configuration are checked\n"
        "by `sidetone check`.\n",
    .options = options,
    .examples = "Examples:\n"
                "  sidetone rules check rules.yaml\n"
                "  sidetone rules check --json rules/*.yaml | jq -r '.errors[]'\n"
                "\n"
                "Exit codes: 0 no error, 1 errors were reported, 2 wrong usage.\n",
};

static void tell(void *user, const char *text)
{
    struct report *report = user;
    if (report->is_json)
        st_json_string(&report->json, text);
    else
        fprintf(stderr, "%s\n", text);
}

static void note(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "note: %s\n", text);
}

static void say(struct report *report, const struct st_rules *rules, size_t files)
{
    size_t count = rules ? st_rules_count(rules) : 0;
    if (!report->is_json) {
        if (rules)
            printf("no errors in %zu file%s, %zu categor%s\n", files, files == 1 ? "" : "s", count,
                   count == 1 ? "y" : "ies");
        return;
    }
    st_json_end_array(&report->json);
    st_json_set_int(&report->json, "categories", (int64_t)count);
    st_json_end_object(&report->json);
    printf("%.*s\n", (int)report->json.len, report->json.data);
}

int st_rules_check_run(int argc, char **argv)
{
    struct request request = {0};
    struct st_rules *rules = NULL;
    int operand = st_options_parse(&command, &request, argc, argv);
    if (operand == argc)
        operand = st_options_refuse("rules check", "which files?", "none are given");
    if (operand < 0)
        return st_options_exit(&command, operand);
    struct report report = {.is_json = request.is_json};
    size_t files = (size_t)(argc - operand);
    st_json_init(&report.json);
    st_json_begin_object(&report.json);
    st_json_key(&report.json, "errors");
    st_json_begin_array(&report.json);
    size_t errors = st_rules_load(&rules, argv + operand, files, tell, &report);
    say(&report, rules, files);
    if (rules)
        st_embedder_unref(st_rules_teach(rules, note, NULL));
    st_rules_unref(rules);
    st_json_fini(&report.json);
    return errors > 0 ? ST_EXIT_FAILED : ST_EXIT_OK;
}
