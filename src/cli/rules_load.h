/* Rules from files, as `sidetone rules` takes them. */
#ifndef SIDETONE_CLI_RULES_LOAD_H
#define SIDETONE_CLI_RULES_LOAD_H

#include "sidetone/rules.h"

/* Every problem of every file is told to `tell`, with its file and line. *ret_rules is written when
 * there is none; NULL: only look. Returns how many problems there are. */
size_t st_rules_load(struct st_rules **ret_rules, char *const *paths, size_t count,
                     st_problem_fn tell, void *user);

struct st_embedder;

/* Lets rules by meaning learn, when there are any and the embedding model is installed, and tells
 * what people should know of them. Returns the model, to be unreferenced; NULL: none. */
struct st_embedder *st_rules_teach(struct st_rules *rules, st_problem_fn tell, void *user);

#endif
