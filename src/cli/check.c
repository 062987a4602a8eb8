/* sidetone check: every error of a configuration file in one run. */
#include "hint_trial.h"
#include "options.h"
#include "text.h"
#include "verb.h"

#include "sidetone/call.h"
#include "sidetone/call_facts.h"
#include "sidetone/config.h"
#include "sidetone/json_writer.h"
#include "sidetone/log.h"
#include "sidetone/mem.h"
#include "sidetone/siprec_calls.h"
#include "sidetone/stt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGES_SHOWN = 1000 };

struct report {
    bool is_json;
    const char *recording; /* NULL: hints are not tried */
    unsigned errors;
    struct st_hint_trial trial; /* of zeroes when there was none */
    char route[72];             /* whose they are */
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

struct file {
    struct report *report;
    const char *path;
};

static void report_refusal(void *user, const char *why)
{
    struct file *file = user;
    char text[1024];
    snprintf(text, sizeof(text), "%.400s: %s", file->path, why);
    report_error(file->report, text);
}

/* Whoever may yet be let in by --dev is not refused here. */
static void check_siprec(struct report *report, const char *path, const struct st_config *config)
{
    struct file file = {report, path};
    st_siprec_calls_check(config, true, report_refusal, &file);
}

/* On the route of calls that name none. */
static void try_hints(struct report *report, const char *path, const struct st_config *config)
{
    char why[512] = "", text[1024];
    const struct st_config_tenant *tenant = st_config_tenant_find(config, NULL, 0);
    const struct st_config_route *route = tenant ? st_config_route_find(tenant, NULL, 0) : NULL;
    snprintf(report->route, sizeof(report->route), "%s", route ? route->name : "");
    if (!route)
        snprintf(why, sizeof(why), "there is no default route whose hints could be tried");
    else if (st_hint_trial_run(&report->trial, config, route, report->recording, why,
                               sizeof(why)) == 0)
        return;
    snprintf(text, sizeof(text), "%s: %s", path, why);
    report_error(report, text);
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
    check_siprec(report, path, config);
    if (st_settings_create(&settings, config, report_error, report, note, sizeof(note)) < 0)
        return;
    if (report->recording)
        try_hints(report, path, st_settings_config(settings));
    st_settings_unref(settings);
}

static void add_words(struct st_text *text, const struct st_word *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        st_text_add(text, i ? " " : "");
        st_text_add_clean(text, words[i].text);
    }
    if (count == 0)
        st_text_add(text, "(nothing)");
}

static void print_change(const struct st_hint_change *change, const char *role)
{
    struct st_text text = {0};
    int64_t at_s = change->start_us / 1000000;
    st_text_addf(&text, "  %lld:%02lld %-8s  ", (long long)(at_s / 60), (long long)(at_s % 60),
                 role);
    add_words(&text, change->before, change->before_count);
    st_text_add(&text, " \u2192 ");
    add_words(&text, change->after, change->after_count);
    printf("%s\n", text.data);
    st_text_fini(&text);
}

static void write_words(struct st_json_writer *json, const char *key, const struct st_word *words,
                        size_t count)
{
    st_json_key(json, key);
    st_json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        st_json_string(json, words[i].text);
    st_json_end_array(json);
}

static void write_change(struct st_json_writer *json, const struct st_hint_change *change,
                         const char *role)
{
    st_json_begin_object(json);
    st_json_set_string(json, "role", role);
    st_json_set_int(json, "start_ms", change->start_us / 1000);
    write_words(json, "before", change->before, change->before_count);
    write_words(json, "after", change->after, change->after_count);
    st_json_end_object(json);
}

static void begin_trial(struct report *report, size_t changes)
{
    const struct st_transcript_call *call = &report->trial.after->calls[0];
    const char *engine = call->facts->engine;
    if (!report->is_json) {
        printf("%s: %zu hints of route '%s' tried with %s: %zu of %zu utterances changed\n",
               report->recording, report->trial.hint_count, report->route, engine, changes,
               call->count);
        return;
    }
    st_json_key(&report->json, "trial");
    st_json_begin_object(&report->json);
    st_json_set_string(&report->json, "recording", report->recording);
    st_json_set_string(&report->json, "route", report->route);
    st_json_set_string(&report->json, "engine", engine);
    st_json_set_int(&report->json, "hints", (int64_t)report->trial.hint_count);
    st_json_set_int(&report->json, "utterances", (int64_t)call->count);
    st_json_key(&report->json, "changes");
    st_json_begin_array(&report->json);
}

static void say_trial(struct report *report)
{
    const struct st_transcript_call *before = &report->trial.before->calls[0];
    const struct st_transcript_call *after = &report->trial.after->calls[0];
    struct st_hint_change *changes = st_mem_alloc_array(CHANGES_SHOWN, sizeof(*changes));
    size_t count = st_hint_trial_compare(before, after, changes, CHANGES_SHOWN);
    begin_trial(report, count);
    for (size_t i = 0; i < count && i < CHANGES_SHOWN; i++) {
        const char *role = st_role_name(after->facts->roles[changes[i].channel]);
        if (report->is_json)
            write_change(&report->json, &changes[i], role);
        else
            print_change(&changes[i], role);
    }
    if (report->is_json) {
        st_json_end_array(&report->json);
        st_json_end_object(&report->json);
    }
    free(changes);
}

static void say_result(struct report *report, const char *path)
{
    if (!report->is_json) {
        if (report->errors == 0)
            printf("%s: no errors\n", path);
        if (report->trial.after)
            say_trial(report);
        return;
    }
    st_json_end_array(&report->json);
    if (report->trial.after)
        say_trial(report);
    st_json_end_object(&report->json);
    printf("%.*s\n", (int)report->json.len, report->json.data);
}

static const struct st_option options[] = {
    {"json", NULL, "the errors as JSON", .offset = offsetof(struct report, is_json)},
    {"recognise", "FILE",
     "try the default route's hints on a recording (WAV): recognise it without\n"
     "them and with them, and say which words changed",
     .offset = offsetof(struct report, recording)},
    {0},
};

static const struct st_command command = {
    .verb = "check",
    .about =
        "Usage: sidetone check [--json] [--recognise CALL.wav] FILE\n"
        "\n"
        "Reads a configuration file as `serve` would and reports every error it can reach, as\n"
        "FILE:LINE: what, and what to do.\n",
    .options = options,
    .examples = "Examples:\n"
                "  sidetone check /etc/sidetone/sidetone.yaml\n"
                "  sidetone check --json deploy/sidetone.yaml\n"
                "  sidetone check sidetone.yaml --recognise call.wav\n"
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
    if (report.recording)
        st_log_set_level(NULL, ST_LOG_ERROR);
    st_json_init(&report.json);
    st_json_begin_object(&report.json);
    st_json_set_string(&report.json, "file", path);
    st_json_key(&report.json, "errors");
    st_json_begin_array(&report.json);
    check_file(&report, path);
    say_result(&report, path);
    st_json_fini(&report.json);
    st_hint_trial_fini(&report.trial);
    return report.errors > 0;
}

const struct st_verb st_verb_check = {"check", "check a configuration file", run};
