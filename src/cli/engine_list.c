/* sidetone engine list: which engines there are, and how they do. */
#include "engine.h"
#include "engine_view.h"
#include "json_out.h"
#include "options.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/config.h"
#include "sidetone/err.h"
#include "sidetone/log.h"

#include <stdio.h>

struct request {
    const char *config_path; /* NULL: built-in values */
    bool is_offline, is_json;
};

#define AT(member) .offset = offsetof(struct request, member)

static const struct st_option options[] = {
    {"config", "FILE", "as for `serve` (default: built-in values)", AT(config_path), .letter = 'c'},
    {"offline", NULL, "connect to nobody: what is configured and installed, no more",
     AT(is_offline)},
    {"json", NULL, "the list as JSON", AT(is_json)},
    {0},
};

#undef AT

static const struct st_command command = {
    .verb = "engine list",
    .about =
        "Usage: sidetone engine list [--config FILE] [--offline] [--json]\n"
        "\n"
        "Lists every engine of this program and of the configuration, with the routes that use\n"
        "it (#1: first choice) and how it does: embedded ones are installed or not; to remote\n"
        "ones a stream is opened as for a call, with a second of silence, which the vendor may\n"
        "charge for. For what is wrong it says what to do. Loads no model; a gateway may be\n"
        "running.\n",
    .options = options,
    .examples =
        "Examples:\n"
        "  sidetone engine list --config /etc/sidetone/sidetone.yaml\n"
        "  sidetone engine list --json | jq '.engines[] | select(.status != \"ok\")'\n"
        "\n"
        "Exit codes: 0 nothing failed that a route needs, 1 something did, 2 wrong usage.\n",
};

static void on_config_error(void *user, const char *text)
{
    fprintf(stderr, "%s\n", text);
}

static void show(const struct request *request, const json_t *list)
{
    struct st_text text = {0};
    if (request->is_json) {
        st_json_out(list);
        return;
    }
    st_engine_view_text(list, st_terminal_is(stdout) ? st_terminal_columns(stdout) : 0, &text);
    fputs(text.data, stdout);
    st_text_fini(&text);
}

static int list_engines(const struct request *request)
{
    struct st_engine_survey survey = {0};
    struct st_config *config;
    if (st_config_load(&config, request->config_path, on_config_error, NULL) < 0)
        return ST_EXIT_FAILED;
    int exit_code = ST_EXIT_FAILED;
    int err = st_engine_survey_run(&survey, config, request->is_offline);
    if (err) {
        fprintf(stderr, "sidetone engine list: cannot set up the network: %s\n", st_err_text(err));
    } else {
        json_t *list = st_engine_view_json(&survey);
        show(request, list);
        if (json_is_true(json_object_get(list, "ok")) && fflush(stdout) == 0)
            exit_code = ST_EXIT_OK;
        json_decref(list);
    }
    st_engine_survey_fini(&survey);
    st_config_free(config);
    return exit_code;
}

int st_engine_list_run(int argc, char **argv)
{
    struct request request = {0};
    int parsed = st_options_parse(&command, &request, argc, argv);
    if (parsed >= 0 && parsed < argc)
        parsed = st_options_refuse(command.verb, "what is this", argv[parsed]);
    if (parsed < 0)
        return st_options_exit(&command, parsed);
    st_log_set_level(NULL, ST_LOG_OFF);
    return list_engines(&request);
}
