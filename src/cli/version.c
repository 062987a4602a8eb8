/* sidetone version */
#include "verb.h"

#include "sidetone/json_writer.h"

#include <getopt.h>
#include <stdio.h>

static const char usage[] = "Usage: sidetone version [--json]\n"
                            "\n"
                            "Examples:\n"
                            "  sidetone version\n"
                            "  sidetone version --json\n"
                            "\n"
                            "Exit codes: 0 done, 2 wrong usage.\n";

static const struct option options[] = {
    {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

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

static int run(int argc, char **argv)
{
    for (int opt; (opt = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (opt == 'j') {
            print_json();
            return ST_EXIT_OK;
        }
        fputs(usage, opt == 'h' ? stdout : stderr);
        return opt == 'h' ? ST_EXIT_OK : ST_EXIT_USAGE;
    }
    if (optind != argc) {
        fputs(usage, stderr);
        return ST_EXIT_USAGE;
    }
    puts("sidetone " ST_VERSION);
    return ST_EXIT_OK;
}

const struct st_verb st_verb_version = {"version", "say which version this is", run};
