/* What rules found in a call, for people: the lines it was said in, the words marked. */
#ifndef SIDETONE_CLI_RULES_VIEW_H
#define SIDETONE_CLI_RULES_VIEW_H

#include "rules_call.h"
#include "text.h"

#include <stdbool.h>

struct st_rules_view {
    bool has_color;   /* else marked words stand in brackets */
    bool wants_whole; /* every line, not only those with a match */
};

void st_rules_view_call(const struct st_rules_view *view, const struct st_rules_call *call,
                        const json_t *matches, struct st_text *text);
/* The rows of st_rules_labels_compare. */
void st_rules_view_scores(const json_t *rows, struct st_text *text);

#endif
