/*
 * A call that is over, told again: the same analysis, handlers, numbers and encoder as live.
 *
 * Time passes as it does live, and a recogniser answers at once: who begins to speak is known to
 * speak (by a partial of three dots, which nobody is told of), and the final comes at its end, or
 * behind the one that became final before. Times of events are those of the call: `at_unix_ms`
 * counts from its start.
 * Blocks; any thread, one at a time.
 */
#ifndef SIDETONE_REVIEW_H
#define SIDETONE_REVIEW_H

#include <stdint.h>

struct st_buf;
struct st_message;
struct st_settings;
struct st_transcript_call;

struct st_review {
    struct st_settings *settings;
    const struct st_transcript_call *call;
    int64_t tick_us; /* 0: 1 s, as live. Results do not depend on it. */
    /* Every event, in order; borrowed. */
    void (*event)(void *user, const struct st_message *message);
    /* How far it has come, at each tick; NULL: nobody asks. */
    void (*progress)(void *user, int64_t media_us);
    void *user;
};

/* The call's state at its end, as GET /v1/calls lists it: one reference. */
struct st_buf *st_review_run(const struct st_review *review);

#endif
