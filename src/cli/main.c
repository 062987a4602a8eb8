#include "core_dumps.h"
#include "verb.h"

#include <stdio.h>
#include <string.h>

static const struct st_verb *const verbs[] = {
    &st_verb_serve,  &st_verb_check,   &st_verb_doctor,     &st_verb_send,    &st_verb_tail,
    &st_verb_calls,  &st_verb_alerts,  &st_verb_categories, &st_verb_scripts, &st_verb_rules,
    &st_verb_engine, &st_verb_analyze, &st_verb_token,      &st_verb_version,
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void print_usage(FILE *out)
{
    fputs("sidetone " ST_VERSION ": real-time call analytics\n\nUsage: sidetone VERB [options]\n\n",
          out);
    for (size_t i = 0; i < VERBS; i++)
        fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
    fputs("\n`sidetone VERB --help` explains a verb, with examples.\n"
          "\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a requirement was not met,\n"
          "4 no connection or not let in.\n",
          out);
}

static const struct st_verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    return NULL;
}

static int print_help(int argc, char **argv)
{
    static char help[] = "--help";
    const struct st_verb *verb = argc > 2 ? find_verb(argv[2]) : NULL;
    if (verb)
        return verb->run(2, (char *[]){argv[2], help, NULL});
    print_usage(argc > 2 ? stderr : stdout);
    return argc > 2 ? ST_EXIT_USAGE : ST_EXIT_OK;
}

int main(int argc, char **argv)
{
    core_dumps_forbid();
    if (argc < 2) {
        print_usage(stderr);
        return ST_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help(argv[1][0] == '-' ? 1 : argc, argv);
    const struct st_verb *verb =
        strcmp(argv[1], "--version") == 0 ? &st_verb_version : find_verb(argv[1]);
    if (!verb) {
        fprintf(stderr, "sidetone: there is no verb '%s'\n\n", argv[1]);
        print_usage(stderr);
        return ST_EXIT_USAGE;
    }
    return verb->run(argc - 1, argv + 1);
}
