#include "verb.h"

#include <stdio.h>
#include <string.h>

static const struct st_verb *const verbs[] = {
    &st_verb_serve,
    &st_verb_check,
};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void print_help(FILE *out)
{
    fprintf(out, "sidetone " ST_VERSION ": real-time call analytics\n\n"
                 "Usage: sidetone VERB [options]\n\n");
    for (int i = 0; i < VERBS; i++)
        fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
    fprintf(out, "\n`sidetone VERB --help` explains a verb, with examples.\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return 0;
    }
    for (int i = 0; i < VERBS; i++)
        if (strcmp(argv[1], verbs[i]->name) == 0)
            return verbs[i]->run(argc - 1, argv + 1);
    fprintf(stderr, "sidetone: there is no verb '%s' (see sidetone --help)\n", argv[1]);
    return 2;
}
