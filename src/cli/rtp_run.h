/*
 * Sends a call as RTP: reads the file as time goes by, and waits for whatever is due next on its
 * legs, or with a companion that does the signalling. On the caller's thread; Ctrl-C ends the
 * audio, a second one everything.
 */
#ifndef SIDETONE_CLI_RTP_RUN_H
#define SIDETONE_CLI_RTP_RUN_H

#include "rtp_leg.h"
#include "send.h"

/* Has something to do besides: each optional. */
struct st_rtp_companion {
    int (*socket)(void *user); /* -1: none now */
    void (*readable)(void *user);
    int64_t (*due_us)(void *user); /* INT64_MAX: nothing */
    void (*tick)(void *user, int64_t now_us);
    void *user;
};

struct st_rtp_run {
    const struct st_send *send;
    struct st_audio_source *source;
    struct st_rtp_leg *legs[ST_RTP_PLAN_LEGS];
    const struct st_rtp_companion *companion; /* NULL: none */
    /* from here on, of the run */
    bool has_started;
    bool has_ended; /* no more audio */
    unsigned interrupts;
    uint64_t frames;
    int64_t started_us, ended_us, shown_us;
    char why[300]; /* "": nothing went wrong */
};

/* Ctrl-C counts from here on. */
void st_rtp_run_init(struct st_rtp_run *run);
void st_rtp_run_fini(struct st_rtp_run *run);

/* The audio begins now. */
void st_rtp_run_start(struct st_rtp_run *run);
void st_rtp_run_end(struct st_rtp_run *run);
/* All that was to be sent is sent. */
bool st_rtp_run_is_done(const struct st_rtp_run *run);

/* Gives the last packets time to arrive. says_bye: receivers learn by RTCP that it is over; not
 * where signalling tells them. */
void st_rtp_run_finish(struct st_rtp_run *run, bool says_bye);

/* Does what is due and waits for what comes next. */
void st_rtp_run_step(struct st_rtp_run *run);

#endif
