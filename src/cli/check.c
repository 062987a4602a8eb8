/* sidetone check: every error of a configuration file in one run. */
#include "options.h"
#include "verb.h"

#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/json_writer.h"
#include "sidetone/stt.h"

#include <stdio.h>
#include <string.h>

struct report {
    bool is_json;
    unsigned errors;
    struct st_json_writer json;
};

static void report_error(void *user, const char *text)
{
    struct report *report = user;
    report->errors++;
    if (report->is_json)
        st_json_string(&report->json, text);
    else
        fprintf(stderr, "%s\n", text);
}

struct place {
    const char *path;
    const struct st_config *config;
    const struct st_config_tenant *tenant;
    const struct st_config_route *route;
};

static bool is_embedded(const char *name)
{
    const struct st_engine_ops *ops = st_engine_find(name);
    return ops && ops->kind == ST_ENGINE_EMBEDDED;
}

static void check_names(struct report *report, const struct place *at, char *const *engines,
                        unsigned count)
{
    char text[512];
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(engines[i], "auto") == 0 || is_embedded(engines[i]) ||
            st_config_remote_find(&at->config->engines, engines[i]))
            continue;
        snprintf(text, sizeof(text), "%s: route '%s' of tenant '%s': there is no engine '%s'",
                 at->path, at->route->name, at->tenant->name, engines[i]);
        report_error(report, text);
    }
}

static void check_engines(struct report *report, const char *path, const struct st_config *config)
{
    for (unsigned t = 0; t < config->tenant_count; t++) {
        const struct st_config_tenant *tenant = &config->tenants[t];
        for (unsigned r = 0; r < tenant->route_count; r++) {
            const struct st_config_route *route = &tenant->routes[r];
            struct place at = {path, config, tenant, route};
            check_names(report, &at, route->engines, route->engine_count);
            for (unsigned i = 0; i < route->language_count; i++)
                check_names(report, &at, route->languages[i].engines,
                            route->languages[i].engine_count);
        }
    }
}

static void check_file(struct report *report, const char *path)
{
    struct st_config *config;
    struct st_settings *settings;
    char note[4096 + 512];
    if (st_config_load(&config, path, report_error, report) < 0) {
        st_settings_check_rules(path, report_error, report);
        return;
    }
    check_engines(report, path, config);
    if (st_settings_create(&settings, config, report_error, report, note, sizeof(note)) == 0)
        st_settings_unref(settings);
}

static void say_result(struct report *report, const char *path)
{
    if (!report->is_json) {
        if (report->errors == 0)
            printf("%s: no errors\n", path);
        return;
    }
    st_json_end_array(&report->json);
    st_json_end_object(&report->json);
    printf("%.*s\n", (int)report->json.len, report->json.data);
}

static const struct st_option options[] = {
    {"json", NULL, "the errors as JSON", .offset = offsetof(struct report, is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "check",
    .about =
        "Usage: sidetone check [--json] FILE\n"
        "\n"
        "Reads a configuration file as `serve` would and reports every error it can reach, as\n"
        "FILE:LINE: what, and what to do.\n",
    .options = options,
    .examples = "Examples:\n"
                "  sidetone check /etc/sidetone/sidetone.yaml\n"
                "  sidetone check --json deploy/sidetone.yaml\n"
                "\n"
                "Exit codes: 0 no error, 1 errors were reported, 2 wrong usage.\n",
};

static int run(int argc, char **argv)
{
    struct report report = {0};
    int operand = st_options_parse(&command, &report, argc, argv);
    if (operand >= 0 && operand + 1 != argc)
        operand = st_options_refuse("check", "which file", "give one");
    if (operand < 0)
        return st_options_exit(&command, operand);
    const char *path = argv[operand];
    st_json_init(&report.json);
    st_json_begin_object(&report.json);
    st_json_set_string(&report.json, "file", path);
    st_json_key(&report.json, "errors");
    st_json_begin_array(&report.json);
    check_file(&report, path);
    say_result(&report, path);
    st_json_fini(&report.json);
    return report.errors > 0;
}

const struct st_verb st_verb_check = {"check", "check a configuration file", run};
