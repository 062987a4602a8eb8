/*
 * Reading the parts of a rule: every problem is told with its line and with whose it is, and
 * reading goes on, so that one run tells them all.
 */
#ifndef SIDETONE_ANALYTICS_RULE_READER_H
#define SIDETONE_ANALYTICS_RULE_READER_H

#include "rules.h"

struct st_rule_reader {
    struct st_problems *problems;
    const struct st_rule_category *category;
    const char *owner; /* what is read, as messages call it; NULL: a category */
    char where[96];    /* "rule 3", "rule 3.2" in a composition; "": of the category as a whole */
    bool is_broken;    /* a problem was told */
    unsigned depth;    /* of compositions */
    size_t node_count, target_count;
};

void st_rule_reader_refuse(struct st_rule_reader *reader, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One of the keys of a section. */
struct st_rule_key {
    const char *name;
    void (*read)(struct st_rule_reader *reader, const struct st_node *value, void *into);
};

/* Gives each member to its key; the table ends with a key without a name. `what` names the section
 * in messages: "'range'". False when it is no section; unknown keys are told and left out. */
bool st_rule_read_section(struct st_rule_reader *reader, const struct st_node *node,
                          const char *what, const struct st_rule_key *keys, void *into);

/* Each is false after telling what is wrong; the result is written on success only. */
bool st_rule_read_text(struct st_rule_reader *reader, const struct st_node *node, size_t bytes_max,
                       char **ret_text); /* not blank; free the old one first */
bool st_rule_read_bool(struct st_rule_reader *reader, const struct st_node *node, bool *ret_value);
bool st_rule_read_number(struct st_rule_reader *reader, const struct st_node *node, double min,
                         double max, double *ret_value);
/* Seconds, to the millisecond, 0 to 86,400. */
bool st_rule_read_seconds(struct st_rule_reader *reader, const struct st_node *node,
                          int64_t *ret_us);
/* One of `words` (NULL-terminated); gives its place. */
bool st_rule_read_word(struct st_rule_reader *reader, const struct st_node *node,
                       const char *const *words, unsigned *ret_place);
bool st_rule_read_role(struct st_rule_reader *reader, const struct st_node *node,
                       enum st_role *ret_role);

/* What a `what` ("category") is called: as its document says, or as `given` from outside (NULL:
 * not), which must be the same where both are there. */
bool st_rule_read_name(struct st_rule_reader *reader, const struct st_node *section,
                       const char *what, const char *given, char **ret_name);

/* One text or a list of them. */
struct st_rule_texts {
    char **items;
    int *lines;
    size_t count;
};
bool st_rule_read_texts(struct st_rule_reader *reader, const struct st_node *node, size_t count_max,
                        size_t bytes_max, struct st_rule_texts *ret_texts);
void st_rule_texts_free(struct st_rule_texts *texts);
void st_rule_texts_write(const struct st_rule_texts *texts, struct st_json_writer *json);

/* A whole rule; a list of them, 1 to 20. What could be read is in the result, problems or not. */
void st_rule_read(struct st_rule_reader *reader, const struct st_node *node,
                  struct st_rule *ret_rule);
void st_rule_read_list(struct st_rule_reader *reader, const struct st_node *node,
                       struct st_rule **ret_rules, size_t *ret_count);
void st_rule_write(const struct st_rule *rule, struct st_json_writer *json);
void st_rule_list_write(const struct st_rule *rules, size_t count, struct st_json_writer *json);
void st_rule_list_free(struct st_rule *rules, size_t count);

/* A rule `semantic` from a list of examples alone. */
void st_rule_read_examples(struct st_rule_reader *reader, const struct st_node *value,
                           struct st_rule *rule);

/* A number as people write it: without a fraction that is zero. */
void st_rule_number_write(struct st_json_writer *json, double value);
void st_rule_seconds_write(struct st_json_writer *json, int64_t us);
/* "12.5", for texts. Returns out. */
const char *st_rule_number_text(double value, char out[32]);

/* FNV-1a of a canonical form: says whether two texts mean the same, not who wrote them. */
void st_rule_fingerprint(const char *text, size_t bytes, char out[ST_RULE_VERSION_BYTES]);

/* rule->text = formatted. */
void st_rule_set_text(struct st_rule *rule, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
