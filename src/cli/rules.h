/* The parts of `sidetone rules`; argv[0] is the part's name. Each returns an exit code. */
#ifndef SIDETONE_CLI_RULES_H
#define SIDETONE_CLI_RULES_H

int st_rules_check_run(int argc, char **argv);
int st_rules_test_run(int argc, char **argv);
int st_rules_rematch_run(int argc, char **argv);

#endif
