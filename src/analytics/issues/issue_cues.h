/* What is typically said when a problem is stated, something was done, or something is promised. */
#ifndef SIDETONE_ANALYTICS_ISSUE_CUES_H
#define SIDETONE_ANALYTICS_ISSUE_CUES_H

#include "meaning/cue_set.h"

#include "sidetone/issues.h"

#include <stdbool.h>

/* Points by lexical cues alone. */
struct st_issue_points {
    double of[ST_ISSUE_KINDS];
    bool is_another; /* "another thing", "I also need" */
};

struct st_cue_set *st_issue_cues_create(void);

void st_issue_cues_weigh(const struct st_cue_set *cues, const char *text, size_t bytes,
                         bool is_question, struct st_issue_points *ret_points);

#endif
