/* What `tail --require` wants to have been received before it is content. */
#ifndef SIDETONE_CLI_REQUIRE_H
#define SIDETONE_CLI_REQUIRE_H

#include "text.h"

#include <jansson.h>
#include <stdbool.h>

enum st_requirement {
    ST_REQUIRE_AGENT = 1,     /* a final with words of the agent */
    ST_REQUIRE_CUSTOMER = 2,  /* likewise of the customer */
    ST_REQUIRE_ALERT = 4,     /* alert.raised */
    ST_REQUIRE_SENTIMENT = 8, /* the sentiment of a channel moved */
};

struct st_require {
    unsigned wanted; /* enum st_requirement bits */
    unsigned met;
};

/* "agent,customer,…": -EINVAL for an unknown or missing word. */
int st_require_parse(struct st_require *require, const char *list);

/* An event that was received. */
void st_require_take(struct st_require *require, const json_t *event);

/* True when everything was met; otherwise the names of what is missing are added to `text`. */
bool st_require_is_met(const struct st_require *require, struct st_text *text);

#endif
