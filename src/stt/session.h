/*
 * The session's parts. A *track* is a channel of the call, with its audio and its transcript; a
 * *link* is one stream to one engine, with the tracks it serves; a *slot* is an engine of the
 * call's list, with what this call has seen of it.
 *
 * session.c is the owner's side and the clock. session_roster.c knows the links, session_plan.c
 * decides which engine has which tracks, session_loss.c what follows from a link's end,
 * session_renewal.c when one follows another, session_return.c when an engine is gone back to. A
 * link itself is session_link.c; session_socket.c is its connection, session_watch.c what time does
 * to it, session_sink.c what its stream says, session_feed.c the way of the audio into it.
 *
 * One timer does everything that is not an answer to a call: whatever has to happen later sets a
 * due time, the timer is set to the earliest, and `work` does what is due. Nothing is closed from
 * inside an engine's callback: failures and ends are noted and met by `work`.
 */
#ifndef SIDETONE_STT_SESSION_H
#define SIDETONE_STT_SESSION_H

#include "backoff.h"
#include "energy_segmenter.h"
#include "guard.h"
#include "outbox.h"
#include "rebase.h"
#include "track.h"

#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/stt.h"

enum {
    ST_STT_WHY_BYTES = 160,
    ST_STT_LINKS_MAX = 4, /* one for each channel, and the one that follows it */
};
#define ST_STT_NEVER INT64_MAX

struct st_session_slot {
    struct st_stt_engine engine;
    bool is_barred;       /* refused or unsuited: not for this call */
    bool has_failed;      /* what follows is a retry */
    int64_t retry_due_us; /* not to be opened before */
    struct st_backoff backoff;
    struct st_guard_pass pass;
};

enum st_session_link_stage {
    ST_LINK_NEXT,    /* opened to follow another; gets no audio yet */
    ST_LINK_SERVING, /* gets its tracks' audio */
    ST_LINK_LEAVING, /* finished; its last finals come in, then the next one serves */
};

struct st_session_link {
    struct st_stt_session *session;
    struct st_session_slot *slot;
    enum st_session_link_stage stage;
    bool is_return;                                  /* to an engine the call would rather have */
    unsigned lane_count;                             /* channels of the stream */
    struct st_track *tracks[ST_ENGINE_CHANNELS_MAX]; /* NULL: silence */

    struct st_engine_stream *stream;
    const char **hints; /* the call's and the engine's */
    struct st_stt_socket *socket;
    bool is_open;      /* audio may be given */
    bool is_accepted;  /* what comes now is no refusal */
    bool is_targeting; /* credentials are being got */
    bool is_answered;  /* the engine has said something, or never does unasked */
    bool has_said;     /* a segment */
    bool is_finish_sent;
    bool is_done;    /* the engine has given everything */
    bool is_waiting; /* the engine, or its socket, is full */
    bool is_closing; /* its socket takes nothing more */
    bool has_died;   /* of `trouble`, `why` */
    enum st_engine_trouble trouble;
    int64_t retry_after_us;
    char why[ST_STT_WHY_BYTES];

    int64_t open_us;   /* when it opened */
    int64_t due_us;    /* give up opening, or leaving */
    int64_t target_us; /* ask for the target again */
    int64_t asked_us;  /* when it was given what it has not answered; 0: nothing */
    int64_t sent_us;   /* when it was last given anything */
    int64_t renew_us;  /* look for a moment to renew it */
    int64_t renew_last_us;

    int64_t fed; /* samples given to this stream, in each lane */
    int64_t engine_lag_us;
    int64_t zeros_us;     /* of exact silence, up to what comes next */
    int64_t sound_us;     /* when it was last given anything else */
    int64_t drift_at_us;  /* when the lag was looked at … */
    int64_t drift_lag_us; /* … and what it was */
    unsigned drifts;      /* times in a row that it had grown */
    struct st_energy_segmenter speech[ST_ENGINE_CHANNELS_MAX];
    struct st_rebase rebase; /* of all lanes: they run side by side */
    struct st_outbox outbox;
};

/* What took an engine away. */
struct st_session_loss {
    const char *engine;
    enum st_engine_trouble trouble;
    char why[ST_STT_WHY_BYTES];
};

struct st_stt_session {
    struct st_stt_session_config config;
    struct st_session_slot *slot; /* in use, or used last */
    char *language;
    char *call_id;
    char **hints;
    struct st_log log;
    uint32_t rate_hz;
    bool is_finishing;
    bool has_ended;
    bool is_destroyed;
    bool is_opening; /* the owner is not ready to be told anything */
    unsigned depth;  /* of the owner's or engine code on the stack */
    struct st_timer *timer;
    int64_t timer_due_us;
    int64_t turn_us;       /* to look for an engine; 0: none taken */
    int64_t late_us;       /* how late the timer was: the loop is busy */
    int64_t plan_due_us;   /* look for an engine again */
    int64_t return_due_us; /* look for a moment to go back to an earlier one of the list */
    int64_t finish_due_us;
    int64_t finish_last_us;      /* it is not put off beyond this */
    unsigned patience;           /* stalls on speech in a row: perhaps it was music */
    struct st_session_loss loss; /* the latest; engine NULL: none */
    struct st_track tracks[ST_CHANNELS_MAX];
    struct st_session_link *links[ST_STT_LINKS_MAX];
    struct st_word *words; /* of the segment being re-based */
    size_t words_cap;
    struct st_session_slot slots[]; /* config.engine_count */
};

/* session.c */
void st_session_progress(struct st_stt_session *session); /* puts off giving up after finish */
void st_session_wake(struct st_stt_session *session, int64_t due_us); /* `work` by then */
void st_session_shed(struct st_stt_session *session, const struct st_track *track, int64_t from_us,
                     int64_t until_us);
void st_session_tell_degraded(struct st_stt_session *session, unsigned channel_mask,
                              const struct st_stt_news *news);
void st_session_tell_recovered(struct st_session_link *link);

/* session_roster.c */
/* The link that gives a track its transcript; NULL: none. */
struct st_session_link *st_session_link_of(const struct st_stt_session *session,
                                           const struct st_track *track);
struct st_session_link *st_session_running_link(const struct st_stt_session *session);
/* Channels: those that are open, those of links in that stage, those that have a transcript now. */
unsigned st_session_open_mask(const struct st_stt_session *session);
unsigned st_session_stage_mask(const struct st_stt_session *session,
                               enum st_session_link_stage stage);
unsigned st_session_held_mask(const struct st_stt_session *session);
/* Open channels without any link; at the end only those that still have something to hear. */
unsigned st_session_orphan_mask(const struct st_stt_session *session);
/* Another engine of the list is not out of the question. */
bool st_session_has_other(const struct st_stt_session *session, const struct st_session_slot *slot);
struct st_session_link **st_session_free_place(struct st_stt_session *session);
/* The place in the guard is taken already. */
int st_session_open_link(struct st_stt_session *session, struct st_session_slot *slot,
                         unsigned mask, enum st_session_link_stage stage);
void st_session_remove_link(struct st_session_link *link);
void st_session_close_links(struct st_stt_session *session);

/* session_plan.c */
/* Links that have died or are done are closed, and what follows from that; what has no link gets
 * one, if there is an engine. Returns an error when every engine of the list is out of the
 * question for this call. */
int st_session_plan(struct st_stt_session *session, int64_t now_us);
bool st_session_takes_both(const struct st_session_slot *slot); /* channels, in one stream */
unsigned st_session_places(const struct st_session_slot *slot, unsigned mask);

/* session_loss.c */
void st_session_end_links(struct st_stt_session *session, int64_t now_us);

/* session_renewal.c */
void st_session_promote(struct st_session_link *link); /* it serves from now on */
/* Links that are to follow others do so when they can. */
void st_session_hand_over(struct st_stt_session *session, int64_t now_us);
void st_session_renew_links(struct st_stt_session *session, int64_t now_us);
/* Nobody talks, and nothing is unfinished. */
bool st_session_is_quiet(const struct st_session_link *link);

/* session_return.c */
/* Another engine serves from now on. */
void st_session_return_later(struct st_stt_session *session, int64_t now_us);
void st_session_return(struct st_stt_session *session, int64_t now_us); /* if it is time */
/* An engine that does not open for one channel is gone back to with none. */
void st_session_stay(struct st_stt_session *session);

/* session_link.c */
/* On failure the link is there all the same, and dead, unless the engine is unsuited. */
int st_session_link_open(struct st_session_link **ret_link, struct st_stt_session *session,
                         struct st_session_slot *slot, unsigned channel_mask);
bool st_session_is_unsuited(int err); /* the engine cannot serve this call */
/* A further channel of a stream that has room for it, before there is audio of it. */
bool st_session_link_attach(struct st_session_link *link, struct st_track *track);
void st_session_link_close(struct st_session_link *link);
void st_session_link_die(struct st_session_link *link, enum st_engine_trouble trouble,
                         const char *why); /* noted for `work` */
void st_session_link_finish(struct st_session_link *link);
bool st_session_link_is_listening(const struct st_session_link *link);
int64_t st_session_link_fed_us(const struct st_session_link *link);
unsigned st_session_link_mask(const struct st_session_link *link);

/* session_socket.c */
/* Where to; -EAGAIN is met by asking again. */
int st_session_link_aim(struct st_session_link *link, int64_t now_us);
void st_session_link_opened(struct st_session_link *link, int64_t now_us);
/* Its socket takes nothing more: soon it says why, or is given up. */
void st_session_link_closing(struct st_session_link *link);
/* False while messages wait for the socket. */
bool st_session_link_flush(struct st_session_link *link);

/* session_watch.c */
void st_session_link_answered(struct st_session_link *link);
void st_session_link_asked(struct st_session_link *link);
void st_session_link_check(struct st_session_link *link, int64_t now_us);
int64_t st_session_link_due_us(const struct st_session_link *link);
/* When the engine should have answered; ST_STT_NEVER when nothing is asked. */
int64_t st_session_link_stall_due_us(const struct st_session_link *link);

/* session_sink.c */
extern const struct st_engine_sink st_session_sink; /* its user is a link */

/* session_feed.c */
void st_session_feed_put(struct st_stt_session *session, struct st_track *track,
                         const struct st_frame *frame);
/* The link has just become the one that serves its tracks. */
void st_session_feed_begin(struct st_session_link *link);
void st_session_feed_pump(struct st_session_link *link);
/* The stream is gone: go back to what no final covers; tells what cannot be heard again. */
void st_session_feed_rewind(struct st_session_link *link);
/* The stream has said everything about what it was given. */
void st_session_feed_complete(struct st_session_link *link);
/* No stream will come: tells everything that no final covers. */
void st_session_feed_abandon(struct st_stt_session *session, struct st_track *track);
void st_session_feed_tell_lag(struct st_stt_session *session, struct st_track *track);

#endif
