#include "rules_load.h"

#include "sidetone/config.h"
#include "sidetone/embedder.h"

#include <errno.h>
#include <stdlib.h>

size_t st_rules_load(struct st_rules **ret_rules, char *const *paths, size_t count,
                     st_problem_fn tell, void *user)
{
    struct st_rule_book *book = st_rule_book_create();
    struct st_problems problems;
    struct st_rules *rules = NULL;
    st_problems_init(&problems, paths[0]);
    for (size_t i = 0; i < count; i++)
        st_rule_book_read_file(book, paths[i], &problems);
    st_rules_compile(&rules, book, &problems);
    size_t told = st_problems_send(&problems, tell, user);
    if (told == 0 && ret_rules)
        *ret_rules = rules;
    else
        st_rules_unref(rules);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return told;
}

static void tell_nobody(void *user, const char *text)
{
    (void)user;
    (void)text;
}

struct st_embedder *st_rules_teach(struct st_rules *rules, st_problem_fn tell, void *user)
{
    struct st_config_engines engines = {0};
    struct st_embedder *embedder = NULL;
    char why[512];
    if (st_rules_notes(rules, tell_nobody, NULL) == 0)
        return NULL;
    if (st_embedder_create(&embedder, st_config_models_dir(&engines), why, sizeof(why)) == 0)
        st_rules_learn(rules, embedder);
    st_rules_notes(rules, tell, user);
    return embedder;
}
