/* What `sidetone <name> …` is: one file per verb, listed in main.c. */
#ifndef SIDETONE_CLI_VERB_H
#define SIDETONE_CLI_VERB_H

/* Exit codes, the same for every verb. */
enum st_exit {
    ST_EXIT_OK = 0,
    ST_EXIT_FAILED = 1,
    ST_EXIT_USAGE = 2,
    ST_EXIT_NOT_MET = 3,    /* what was required did not happen */
    ST_EXIT_CONNECTION = 4, /* not reached, not let in, or lost */
};

struct st_verb {
    const char *name;
    const char *summary; /* one line, lower case */
    /* argv[0] is the verb's name; getopt_long has not been used on it. Returns an exit code. */
    int (*run)(int argc, char **argv);
};

extern const struct st_verb st_verb_analyze;
extern const struct st_verb st_verb_alerts;
extern const struct st_verb st_verb_calls;
extern const struct st_verb st_verb_categories;
extern const struct st_verb st_verb_scripts;
extern const struct st_verb st_verb_check;
extern const struct st_verb st_verb_doctor;
extern const struct st_verb st_verb_engine;
extern const struct st_verb st_verb_rules;
extern const struct st_verb st_verb_send;
extern const struct st_verb st_verb_serve;
extern const struct st_verb st_verb_tail;
extern const struct st_verb st_verb_token;
extern const struct st_verb st_verb_version;

#endif
