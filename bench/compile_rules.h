/* Rules from a document that is known to be right; what is wrong with it ends the program. */
#ifndef BENCH_COMPILE_RULES_H
#define BENCH_COMPILE_RULES_H

#include "sidetone/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void say_problem(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "%s\n", text);
}

static inline struct st_rules *compile_rules(const char *text)
{
    struct st_rules *rules = NULL;
    struct st_problems problems;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "bench");
    int err = st_rule_book_read(book, text, strlen(text), &problems);
    if (!err)
        err = st_rules_compile(&rules, book, &problems);
    st_problems_send(&problems, say_problem, NULL);
    if (err)
        abort();
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

#endif
