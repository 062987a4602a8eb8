/* A recorded call as the rules are tried on it: who and what it was, and what was said. */
#ifndef SIDETONE_CLI_RULES_CALL_H
#define SIDETONE_CLI_RULES_CALL_H

#include "sidetone/segment.h"

#include <jansson.h>

struct st_call_facts;

struct st_rules_line {
    unsigned channel;
    struct st_segment segment; /* final; points into the call */
    struct st_word *words;
};

struct st_rules_call {
    struct st_call_facts *facts;
    int64_t duration_us;
    struct st_rules_line *lines; /* in the order in which they ended */
    size_t count;
    json_t *state; /* texts point into it */
};

/* From a call state with transcript, as GET /v1/calls/{id} gives it: {"call_id":…,"transcript":[…]}
 * and whatever else is known. -EINVAL with what is wrong in ret_why. */
int st_rules_call_read(struct st_rules_call *ret_call, json_t *state, char *ret_why,
                       size_t why_bytes);
void st_rules_call_fini(struct st_rules_call *call);

#endif
