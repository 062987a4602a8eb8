/* sidetone doctor: what of this machine and this configuration would keep the gateway from
 * serving well, and what to do about each. */
#include "doctor_engines.h"
#include "doctor_files.h"
#include "doctor_judge.h"
#include "doctor_look.h"
#include "doctor_telephony.h"
#include "file_limit.h"
#include "loop_count.h"
#include "options.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/embedder.h"
#include "sidetone/err.h"
#include "sidetone/log.h"
#include "sidetone/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    const char *config_path; /* NULL: built-in values */
    bool is_dev, is_offline, is_json;
};

/* ---- configuration ---- */

static void add_config_error(void *user, const char *text)
{
    struct st_doctor_report *report = user;
    st_doctor_report_add(report, "configuration", ST_DOCTOR_FAIL, "%s", text);
    st_doctor_report_fix(report, "correct it; what depends on the configuration was not looked at");
}

/* NULL after adding what is wrong. */
static struct st_settings *load(struct st_doctor_report *report, const struct request *request,
                                char *sentiment_why, size_t why_bytes)
{
    struct st_config *config;
    struct st_settings *settings;
    if (st_config_load(&config, request->config_path, add_config_error, report) < 0)
        return NULL;
    if (st_settings_create(&settings, config, add_config_error, report, sentiment_why, why_bytes) <
        0)
        return NULL;
    const struct st_config *loaded = st_settings_config(settings);
    size_t categories = st_rule_book_count(st_settings_rule_book(settings, ""));
    st_doctor_report_add(report, "configuration", ST_DOCTOR_OK, "%s: %u tenant%s, %zu categor%s",
                         request->config_path ? request->config_path : "built-in values",
                         loaded->tenant_count, loaded->tenant_count == 1 ? "" : "s", categories,
                         categories == 1 ? "y" : "ies");
    return settings;
}

static void check_sentiment(struct st_doctor_report *report, const struct st_settings *settings,
                            const char *why)
{
    const struct st_config *config = st_settings_config(settings);
    if (st_settings_has_sentiment(settings)) {
        const char *file = config->sentiment.lexicon_file;
        st_doctor_report_add(report, "sentiment", ST_DOCTOR_OK, "the lexicon in %s loads",
                             file[0] ? file : st_config_models_dir(&config->engines));
        return;
    }
    st_doctor_report_add(report, "sentiment", ST_DOCTOR_WARN, "%s", why);
    st_doctor_report_fix(report, "deploy/quickstart installs the lexicon; or set "
                                 "sentiment.lexicon_file");
}

static void check_meaning(struct st_doctor_report *report, const struct st_config *config)
{
    struct st_embedder *embedder;
    char why[4096 + 512];
    if (config->meaning.workers == 0) {
        st_doctor_report_add(report, "meaning", ST_DOCTOR_OK, "off: meaning.workers is 0");
        return;
    }
    int err = st_embedder_create(&embedder, st_config_meaning_dir(config), why, sizeof(why));
    if (err) {
        st_doctor_report_add(
            report, "meaning", ST_DOCTOR_WARN, "%s%s",
            err == -ENOENT ? "not installed, so rules by meaning match nothing: " : "", why);
        st_doctor_report_fix(report, "deploy/quickstart installs the embedding model");
        return;
    }
    st_doctor_report_add(report, "meaning", ST_DOCTOR_OK,
                         "the embedding model in %s runs on ONNX Runtime %s",
                         st_config_meaning_dir(config), st_embedder_runtime(embedder));
    st_embedder_unref(embedder);
}

/* ---- machine ---- */

static void check_cores(struct st_doctor_report *report, const struct st_config *config)
{
    unsigned cores = loop_count_cores();
    unsigned loops = config ? loop_count(config) : cores;
    st_doctor_report_add(report, "cores", loops > cores ? ST_DOCTOR_WARN : ST_DOCTOR_OK,
                         "%u, for %u loop thread%s", cores, loops, loops == 1 ? "" : "s");
    if (loops > cores)
        st_doctor_report_fix(report, "threads: 0 takes one per core");
}

static void check_net(struct st_doctor_report *report)
{
    int err = st_doctor_look_net();
    if (err == 0) {
        st_doctor_report_add(report, "libwebsockets", ST_DOCTOR_OK, "its libuv plug-in loads");
        return;
    }
    st_doctor_report_add(report, "libwebsockets", ST_DOCTOR_FAIL,
                         "does not run on libuv's event loop: %s", st_err_text(err));
    st_doctor_report_fix(report, "install its plug-in: apt install libwebsockets-evlib-uv");
}

static void check_machine(struct st_doctor_report *report, const struct st_config *config)
{
    if (config)
        st_doctor_judge_files(report, st_doctor_look_files(),
                              file_limit_needed(config, loop_count(config)));
    check_cores(report, config);
    struct st_doctor_clock clock = st_doctor_look_clock();
    st_doctor_judge_clock(report, &clock);
    check_net(report);
}

/* ---- listeners ---- */

static void check_ports(struct st_doctor_report *report, const struct st_config *config)
{
    struct st_doctor_port listen = {.check = "port",
                                    .option = "listen.port",
                                    .address = config->listen.address,
                                    .port = config->listen.port};
    struct st_doctor_port operations = {.check = "operations port",
                                        .option = "operations.port",
                                        .address = config->operations.address,
                                        .port = config->operations.port};
    st_doctor_look_port(&listen);
    st_doctor_judge_port(report, &listen);
    if (config->operations.is_off)
        return;
    st_doctor_look_port(&operations);
    st_doctor_judge_port(report, &operations);
}

static void check_certificate(struct st_doctor_report *report, const struct st_config *config)
{
    const struct st_config_tls *tls = &config->listen.tls;
    static const struct st_doctor_tls_checks checks = {"certificate", "certificate names",
                                                       "certificate key"};
    if (!tls->certificate_file) {
        bool is_local = st_config_is_loopback(config->listen.address);
        st_doctor_report_add(report, "certificate", is_local ? ST_DOCTOR_OK : ST_DOCTOR_WARN,
                             is_local ? "none; %s is on this machine only"
                                      : "none: calls and tokens cross the network to %s in clear",
                             config->listen.address);
        if (!is_local)
            st_doctor_report_fix(report, "set listen.tls, or put a proxy with TLS in front");
        return;
    }
    st_doctor_files_tls(report, &checks, tls);
}

/* ---- secrets ---- */

static bool has_twilio_secret(const struct st_config *config)
{
    for (unsigned t = 0; t < config->tenant_count; t++)
        for (unsigned r = 0; r < config->tenants[t].route_count; r++) {
            const struct st_config_twilio *twilio = &config->tenants[t].routes[r].twilio;
            if (twilio->auth_token[0] && !twilio->auth_token_file[0])
                return true;
        }
    return false;
}

static bool has_siprec_secret(const struct st_config_siprec *siprec)
{
    for (unsigned i = 0; i < siprec->user_count; i++)
        if (siprec->users[i].password[0] && !siprec->users[i].password_file[0])
            return true;
    return false;
}

static bool has_engine_secret(const struct st_config_engines *engines)
{
    for (unsigned i = 0; i < engines->remote_count; i++)
        if (engines->remote[i].key[0] && !engines->remote[i].key_file[0])
            return true;
    return false;
}

static void check_engine_files(struct st_doctor_report *report,
                               const struct st_config_engines *engines)
{
    for (unsigned i = 0; i < engines->remote_count; i++)
        if (engines->remote[i].key_file[0])
            st_doctor_files_secret(report, "engine key", engines->remote[i].key_file);
}

static void check_twilio_files(struct st_doctor_report *report, const struct st_config *config)
{
    for (unsigned t = 0; t < config->tenant_count; t++)
        for (unsigned r = 0; r < config->tenants[t].route_count; r++) {
            const char *path = config->tenants[t].routes[r].twilio.auth_token_file;
            if (path[0])
                st_doctor_files_secret(report, "twilio token", path);
        }
}

static void check_no_secret(struct st_doctor_report *report, const struct request *request,
                            const struct st_config *config)
{
    if (request->is_dev && st_config_is_loopback(config->listen.address)) {
        st_doctor_report_add(report, "secret", ST_DOCTOR_OK, "none; --dev needs none on %s",
                             config->listen.address);
        return;
    }
    st_doctor_report_add(report, "secret", request->config_path ? ST_DOCTOR_FAIL : ST_DOCTOR_WARN,
                         "none: `serve` starts with --dev only, on a loopback address");
    st_doctor_report_fix(report, "openssl rand -base64 48 > FILE, chmod 600 FILE, and name it in "
                                 "auth.secret_file");
}

static void check_secrets(struct st_doctor_report *report, const struct request *request,
                          const struct st_config *config)
{
    const struct st_config_auth *auth = &config->auth;
    bool is_in_environment = getenv("SIDETONE_AUTH_SECRET") != NULL;
    bool is_in_config = (auth->secret[0] && !auth->secret_file[0] && !is_in_environment) ||
                        has_twilio_secret(config) || has_siprec_secret(&config->siprec) ||
                        has_engine_secret(&config->engines);
    if (!auth->secret[0])
        check_no_secret(report, request, config);
    else if (auth->secret_file[0])
        st_doctor_files_secret(report, "secret", auth->secret_file);
    else if (is_in_environment)
        st_doctor_report_add(report, "secret", ST_DOCTOR_OK, "from SIDETONE_AUTH_SECRET");
    if (is_in_config && request->config_path)
        st_doctor_files_secret(report, "secret", request->config_path);
    check_twilio_files(report, config);
    check_engine_files(report, &config->engines);
}

/* ---- the verb ---- */

static void examine(struct st_doctor_report *report, const struct request *request)
{
    char why[4096] = "";
    struct st_settings *settings = load(report, request, why, sizeof(why));
    const struct st_config *config = settings ? st_settings_config(settings) : NULL;
    check_machine(report, config);
    if (!config)
        return;
    st_doctor_engines(report, config, request->is_offline);
    check_sentiment(report, settings, why);
    check_meaning(report, st_settings_config(settings));
    check_ports(report, config);
    check_certificate(report, config);
    st_doctor_telephony(report, config, request->is_dev);
    check_secrets(report, request, config);
    st_settings_unref(settings);
}

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"config", "FILE", "as for `serve` (default: built-in values)", AT(config_path), .letter = 'c'},
    {"dev", NULL, "as for `serve`: no secret is needed", AT(is_dev)},
    {"offline", NULL, "do not connect to engines", AT(is_offline)},
    {"json", NULL, "the results as JSON", AT(is_json)},
    {0},
};

#undef AT

static const struct st_command command = {
    .verb = "doctor",
    .about =
        "Usage: sidetone doctor [--config FILE] [--dev] [--offline] [--json]\n"
        "\n"
        "Looks at this machine and at a configuration for what would keep `serve` from working\n"
        "well: files, limits, engines and their models, ports and listeners, also of RTP and\n"
        "SIPREC, certificates, secrets, clock.\n"
        "To remote engines a stream is opened, with a second of silence. Changes nothing and "
        "loads\n"
        "no model; a gateway may be running.\n",
    .options = options,
    .examples = "Examples:\n"
                "  sidetone doctor --dev\n"
                "  sidetone doctor --config /etc/sidetone/sidetone.yaml\n"
                "  sidetone doctor --json | jq '.checks[] | select(.status != \"ok\")'\n"
                "\n"
                "Exit codes: 0 nothing failed, 1 something did, 2 wrong usage.\n",
};

static int run(int argc, char **argv)
{
    struct request request = {0};
    int parsed = st_options_parse(&command, &request, argc, argv);
    if (parsed >= 0 && parsed < argc)
        parsed = st_options_refuse("doctor", "what is this", argv[parsed]);
    if (parsed < 0)
        return st_options_exit(&command, parsed);
    struct st_doctor_report report = {0};
    struct st_text text = {0};
    st_log_set_level(NULL, ST_LOG_OFF);
    examine(&report, &request);
    if (request.is_json)
        st_doctor_report_json(&report, &text);
    else
        st_doctor_report_text(&report, st_terminal_wants_color(stdout), &text);
    fputs(text.data, stdout);
    bool has_failed = st_doctor_report_count(&report, ST_DOCTOR_FAIL) > 0;
    st_text_fini(&text);
    st_doctor_report_fini(&report);
    return has_failed ? ST_EXIT_FAILED : ST_EXIT_OK;
}

const struct st_verb st_verb_doctor = {"doctor", "look for what would keep it from working", run};
