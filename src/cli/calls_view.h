/* Call states as text: a table of many, or one with its transcript. Pure. */
#ifndef SIDETONE_CLI_CALLS_VIEW_H
#define SIDETONE_CLI_CALLS_VIEW_H

#include "text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* One line each, alerts first, then the longest. columns 0: cells are never cut. */
void st_calls_view_table(const json_t *states, int64_t now_unix_ms, size_t columns,
                         struct st_text *text);

/* Who it is and what it is about. */
void st_calls_view_summary(const json_t *state, struct st_text *text);

/* The same, with what was found: alerts, categories. */
void st_calls_view_result(const json_t *state, bool has_color, struct st_text *text);

/* The same, with the transcript. */
void st_calls_view_call(const json_t *state, bool has_color, struct st_text *text);

#endif
