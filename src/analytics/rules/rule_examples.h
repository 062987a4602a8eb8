/*
 * Examples of what a topic is about, as people give them: a remark, or a piece of a conversation.
 * What is learned from are their sentences, because what is later heard comes as sentences.
 */
#ifndef SIDETONE_ANALYTICS_RULE_EXAMPLES_H
#define SIDETONE_ANALYTICS_RULE_EXAMPLES_H

#include "rule_reader.h"

enum {
    ST_RULE_EXAMPLES_MAX = 20,
    ST_RULE_EXAMPLE_BYTES_MAX = 2000,
    ST_RULE_EXAMPLE_SENTENCES_MAX = 20, /* of one example; the rest says nothing */
};

/* The sentences of at least four words, in order, with the lines of their examples; an example
 * without any stays whole. Free them. */
void st_rule_examples_cut(const struct st_rule_texts *examples,
                          struct st_rule_texts *ret_sentences);

#endif
