/* Parts of `sidetone engine`: each is run as a verb of its own. */
#ifndef SIDETONE_CLI_ENGINE_H
#define SIDETONE_CLI_ENGINE_H

int st_engine_list_run(int argc, char **argv);
int st_engine_test_run(int argc, char **argv);

#endif
