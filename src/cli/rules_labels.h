/*
 * What categories should have matched, as people labelled calls: JSON, an object a line.
 *
 *   {"call": "call-2041", "category": "escalation"}                     somewhere in the call
 *   {"call": "call-2041", "category": "escalation", "start_ms": 61200}  there, within 5 s
 *
 * A call without a label of a category should not match it. Of a call and category whose labels
 * have times each match counts, otherwise the call counts once.
 */
#ifndef SIDETONE_CLI_RULES_LABELS_H
#define SIDETONE_CLI_RULES_LABELS_H

#include <jansson.h>
#include <stdbool.h>

struct st_rules_labels {
    json_t *list; /* of the objects */
};

/* -EINVAL with "line 7: …" in ret_why. */
int st_rules_labels_read(struct st_rules_labels *ret_labels, const char *text, char *ret_why,
                         size_t why_bytes);
void st_rules_labels_fini(struct st_rules_labels *labels);

/* Compares the matches of the calls, each {"call_id":…,"matches":[…]}, with the labels. Labels of
 * other calls do not count. Gives a list of {"category", "found", "wrong", "missed", "precision",
 * "recall"} by name, the last one with the category null for all of them; shares are null where
 * they would be of nothing. A new reference. */
json_t *st_rules_labels_compare(const struct st_rules_labels *labels, const json_t *calls);

#endif
