/*
 * Calls with their issues, outcomes and action items marked by hand, and how well they are found.
 *
 *   == name
 *   A an agent's segment
 *   C Hi. {i|I lost my card.}      i: issue, o: outcome, a: action item
 */
#ifndef LABELLED_CALLS_H
#define LABELLED_CALLS_H

#include "sidetone/analysis.h"
#include "sidetone/issues.h"

enum { LABELLED_CALLS_MAX = 64, LABELLED_LINES_MAX = 32, LABELLED_SPANS_MAX = 4 };

struct labelled_span {
    enum st_issue_kind kind;
    size_t begin_chars, end_chars;
};

struct labelled_line {
    enum st_role role;
    char text[512];
    struct labelled_span spans[LABELLED_SPANS_MAX];
    size_t span_count;
};

struct labelled_call {
    char name[64];
    struct labelled_line lines[LABELLED_LINES_MAX];
    size_t line_count;
};

struct labelled_calls {
    struct labelled_call calls[LABELLED_CALLS_MAX];
    size_t count;
};

/* Ends the process when the file is not as described. */
struct labelled_calls *labelled_calls_read(const char *path);

struct labelled_figures {
    unsigned calls;
    unsigned issue_hits;             /* the first issue that stands at the end is a marked one */
    unsigned marked[ST_ISSUE_KINDS]; /* spans */
    unsigned found[ST_ISSUE_KINDS];  /* marked spans that a standing finding hits */
    unsigned told[ST_ISSUE_KINDS];   /* standing findings */
    unsigned right[ST_ISSUE_KINDS];  /* standing findings that hit a marked span */
    unsigned changes;                /* findings told, replacements included */
};

/* Puts every call through an analysis. `ask` may be NULL; `report` (NULL: none) gets a line of text
 * for every miss. */
struct labelled_figures labelled_calls_measure(const struct labelled_calls *calls,
                                               const struct st_analysis_settings *settings,
                                               int (*ask)(void *user, uint64_t ticket,
                                                          const char *text, float *ret_vector),
                                               void (*report)(const char *line));

/* Calls whose issue is in the customer's first segment of at least five words, or in the longest of
 * the first six. */
unsigned labelled_calls_first_long(const struct labelled_calls *calls);
unsigned labelled_calls_longest(const struct labelled_calls *calls);

#endif
