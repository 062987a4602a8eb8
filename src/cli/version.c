/* sidetone version */
#include "options.h"
#include "verb.h"

#include "sidetone/json_writer.h"

#include <stdbool.h>
#include <stdio.h>

static void print_json(void)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_string(&json, "name", "sidetone");
    st_json_set_string(&json, "version", ST_VERSION);
    st_json_end_object(&json);
    printf("%.*s\n", (int)json.len, json.data);
    st_json_fini(&json);
}

struct request {
    bool is_json;
};

static const struct st_option options[] = {
    {"json", NULL, "name and version as JSON", .offset = offsetof(struct request, is_json)},
    {0},
};

static const struct st_command command = {
    .verb = "version",
    .about = "Usage: sidetone version [--json]\n",
    .options = options,
    .examples = "Examples:\n"
                "  sidetone version\n"
                "  sidetone version --json\n"
                "\n"
                "Exit codes: 0 done, 2 wrong usage.\n",
};

static int run(int argc, char **argv)
{
    struct request request = {0};
    int parsed = st_options_parse(&command, &request, argc, argv);
    if (parsed >= 0 && parsed < argc)
        parsed = st_options_refuse("version", "what is this", argv[parsed]);
    if (parsed < 0)
        return st_options_exit(&command, parsed);
    if (request.is_json)
        print_json();
    else
        puts("sidetone " ST_VERSION);
    return ST_EXIT_OK;
}

const struct st_verb st_verb_version = {"version", "say which version this is", run};
