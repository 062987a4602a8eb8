/* What to listen for, as it stands in rules of several kinds: targets, and what does not count. */
#ifndef SIDETONE_ANALYTICS_RULE_PHRASES_H
#define SIDETONE_ANALYTICS_RULE_PHRASES_H

#include "rule_reader.h"

struct st_rule_phrases {
    struct st_rule_texts any;
    struct st_rule_texts except;
    bool is_verbatim;
};

/* A text, a list of texts, or a section with any, except and verbatim. */
void st_rule_phrases_read(struct st_rule_reader *reader, const struct st_node *node,
                          struct st_rule_phrases *ret_phrases);
void st_rule_phrases_write(const struct st_rule_phrases *phrases, struct st_json_writer *json);
void st_rule_phrases_free(struct st_rule_phrases *phrases);

/* The first target, and whether there are more. Returns out. */
enum { ST_RULE_PHRASES_SHOWN = 120 };
const char *st_rule_phrases_text(const struct st_rule_phrases *phrases,
                                 char out[ST_RULE_PHRASES_SHOWN]);

#endif
