/* A subcommand: one file each, listed in main.c. */
#ifndef SIDETONE_CLI_VERB_H
#define SIDETONE_CLI_VERB_H

struct st_verb {
    const char *name;
    const char *summary; /* one line, for `sidetone --help` */
    /* argv[0] is the verb's name. Returns the exit code. */
    int (*run)(int argc, char **argv);
};

extern const struct st_verb st_verb_serve;
extern const struct st_verb st_verb_check;

#endif
