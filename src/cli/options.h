/*
 * A verb's options as a table: parsed by one loop, and --help lists the same lines.
 */
#ifndef SIDETONE_CLI_OPTIONS_H
#define SIDETONE_CLI_OPTIONS_H

#include <stddef.h>

enum { ST_OPTIONS_MAX = 48, ST_OPTIONS_HELPED = -1000 };

struct st_option {
    const char *name;  /* long, without dashes */
    const char *value; /* what it is called in the help; NULL: a flag */
    const char *help;  /* lines for people, separated by \n */
    /* Of the verb's request: a bool that becomes true, or a const char * to the value. */
    size_t offset;
    /* Instead of storing it. A flag's value is NULL. 0, or -EINVAL after saying what is wrong. */
    int (*take)(void *request, const char *value);
    char letter; /* short; 0: none */
};

struct st_command {
    const char *verb;
    const char *about; /* from "Usage: " to what it does; ends with a line */
    const struct st_option
        *options;                 /* ended by one without a name; -h, --help come by themselves */
    const struct st_option *more; /* NULL, or options that several verbs have */
    size_t more_offset;           /* where their part of the request begins */
    const struct st_option *also; /* NULL, or a table of another part */
    size_t also_offset;
    const char *examples; /* with the exit codes; ends with a line */
};

/* The index of the first operand in argv, which getopt_long may have reordered. -EINVAL after
 * saying what is wrong; ST_OPTIONS_HELPED after printing the help. Values point into argv. */
int st_options_parse(const struct st_command *command, void *request, int argc, char **argv);
/* The exit code of a negative result; says where to read more unless that is what was printed. */
int st_options_exit(const struct st_command *command, int parsed);

/* Says "sidetone VERB: what: value"; -EINVAL. */
int st_options_refuse(const char *verb, const char *what, const char *value);

#endif
