/* sidetone engine: which speech-to-text there is, and how well it does. */
#include "engine.h"
#include "verb.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: sidetone engine list [options]\n"
    "       sidetone engine test FILE --engine NAME [options]\n"
    "\n"
    "  list   which engines there are, who uses them, and whether they are installed, reachable\n"
    "         and let us in\n"
    "  test   what one of them makes of a recording: its text, errors, latencies and price\n"
    "\n"
    "`sidetone engine list --help` and `test --help` explain each.\n"
    "\n"
    "Examples:\n"
    "  sidetone engine list --config /etc/sidetone/sidetone.yaml\n"
    "  sidetone engine test call.wav --engine deepgram --reference @call.txt\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 more errors than --max-wer allows,\n"
    "4 no connection or not let in.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} parts[] = {
    {"list", st_engine_list_run},
    {"test", st_engine_test_run},
};

static int run(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(parts[i].name, argv[1]) == 0)
            return parts[i].run(argc - 1, argv + 1);
    bool wants_help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (argc > 1 && !wants_help)
        fprintf(stderr, "sidetone engine: there is no '%s'\n", argv[1]);
    fputs(usage, wants_help ? stdout : stderr);
    return wants_help ? ST_EXIT_OK : ST_EXIT_USAGE;
}

const struct st_verb st_verb_engine = {"engine", "list engines, or test one on a recording", run};
