/*
 * What a call was about, in plain sentences: its reason, its outcome and what is left to do, as the
 * speakers themselves put it, with a few facts. Made of findings alone, without a language model.
 *
 * Memory: the sentences (at most ST_ISSUES_MAX of 1 kB) and the text made of them.
 */
#ifndef SIDETONE_SUMMARY_H
#define SIDETONE_SUMMARY_H

#include "sidetone/finding.h"
#include "sidetone/issues.h"
#include "sidetone/json_writer.h"

#include <stdbool.h>

enum { ST_SUMMARY_FIRST_SEGMENTS = 3 };

struct st_summary_item {
    struct st_issue_finding issue; /* its text is `text` */
    char *text;                    /* owned */
    unsigned channel;
    enum st_role role;
    uint64_t segment_id;
    int64_t start_us;
    int64_t end_us;
};

/* Of one channel: its first segments beside where it stands now. */
struct st_summary_sentiment {
    enum st_role role;
    bool is_known; /* enough was said; what follows is meant */
    enum st_sentiment_label began, stands;
    unsigned segments; /* internal from here on */
    double first_sum;  /* of the compounds of the first ST_SUMMARY_FIRST_SEGMENTS */
    double rolling;
};

/* All zero is a good beginning. */
struct st_summary {
    struct st_summary_item items[ST_ISSUES_MAX]; /* in order of their ids */
    size_t count;
    struct st_summary_sentiment sentiment[ST_CHANNELS_MAX];
    bool is_over; /* the call has ended */
    int64_t duration_us;
    struct st_json_writer text; /* the whole summary as text, not as JSON */
};

/* Takes what matters of a finding. */
void st_summary_note(struct st_summary *summary, const struct st_finding *finding);

/* Writes `text`, `duration_us` and where sentiment stands anew. */
void st_summary_write(struct st_summary *summary, int64_t media_us);

void st_summary_fini(struct st_summary *summary);

#endif
