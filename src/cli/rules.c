/* sidetone rules: look at rules, and try them on calls. */
#include "rules.h"
#include "verb.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: sidetone rules check FILE...\n"
    "       sidetone rules test FILE... --calls FILE... [--labels FILE]\n"
    "       sidetone rules rematch --rules FILE CALL-ID...\n"
    "\n"
    "  check     every error of files of rules, with its line\n"
    "  test      what they find in recorded calls, and how well that fits labels\n"
    "  rematch   what they find in calls that a gateway runs or still keeps\n"
    "\n"
    "`sidetone rules check --help`, `test --help` and `rematch --help` explain each.\n"
    "\n"
    "Examples:\n"
    "  sidetone rules check /etc/sidetone/rules/*.yaml\n"
    "  sidetone rules test rules.yaml --calls calls/*.json\n"
    "  sidetone rules rematch --rules rules.yaml call-2041\n"
    "\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 4 no connection or not let in.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} parts[] = {
    {"check", st_rules_check_run},
    {"test", st_rules_test_run},
    {"rematch", st_rules_rematch_run},
};

static int run(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strcmp(parts[i].name, argv[1]) == 0)
            return parts[i].run(argc - 1, argv + 1);
    bool wants_help = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (argc > 1 && !wants_help)
        fprintf(stderr, "sidetone rules: there is no '%s'\n", argv[1]);
    fputs(usage, wants_help ? stdout : stderr);
    return wants_help ? ST_EXIT_OK : ST_EXIT_USAGE;
}

const struct st_verb st_verb_rules = {"rules", "check rules, try them on calls", run};
