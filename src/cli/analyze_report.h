/*
 * What `analyze` shows to people: the call line by line, findings where they belong, and at the end
 * what it comes to. Pure: events in, text out. Everything that others wrote is made harmless.
 */
#ifndef SIDETONE_CLI_ANALYZE_REPORT_H
#define SIDETONE_CLI_ANALYZE_REPORT_H

#include "tail_view.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_analyze_report {
    struct st_tail_view view;
    struct st_text *out;
    /* internal from here on: a final waits for its sentiment, and what was found in it behind it */
    struct st_text final, findings;
    bool has_final;
    int64_t final_channel, final_id;
};

void st_analyze_report_init(struct st_analyze_report *report, bool has_color, struct st_text *out);
void st_analyze_report_fini(struct st_analyze_report *report);

/* An event as it is encoded. */
void st_analyze_report_event(struct st_analyze_report *report, const char *json, size_t bytes);
/* The call's state at its end. */
void st_analyze_report_end(struct st_analyze_report *report, const char *json, size_t bytes);

#endif
