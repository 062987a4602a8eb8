/*
 * The session's parts: session.c is the state machine and its clock, session_link.c one
 * connection to the engine, session_feed.c the way of the audio from the ring into it.
 *
 * One timer does everything that is not an answer to a call: whatever has to happen later sets a
 * due time, the timer is set to the earliest, and `work` does what is due. Nothing is closed from
 * inside an engine's callback: failures and ends are noted and met by `work`.
 */
#ifndef SIDETONE_STT_SESSION_H
#define SIDETONE_STT_SESSION_H

#include "backoff.h"
#include "outbox.h"
#include "rebase.h"
#include "ring.h"
#include "splice.h"

#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/stt.h"

enum { ST_STT_WHY_BYTES = 160 };
#define ST_STT_NEVER INT64_MAX

struct st_stt_session {
    struct st_stt_session_config config;
    char *language;
    struct st_log log;
    enum st_stt_state state;
    struct st_timer *timer;
    int64_t timer_due_us;
    int64_t finish_due_us;
    int64_t finish_last_us; /* it is not put off beyond this */
    bool is_destroyed;
    unsigned depth; /* of engine code on the stack */

    /* The audio. Indices into the ring. */
    uint32_t rate_hz;
    struct st_ring ring;
    int64_t sent;    /* next for the engine */
    int64_t covered; /* nothing before it is needed for a replay */
    bool is_waiting; /* the engine, or its socket, is full */
    int64_t engine_lag_us;
    int64_t told_lag_us;

    /* The link. Without a stream it is down and retry_due_us is set. */
    struct st_engine_stream *stream;
    struct st_stt_socket *socket;
    bool is_open;     /* audio may be given */
    bool is_answered; /* the engine has said something, or never does unasked */
    bool is_finish_sent;
    bool is_done;   /* the engine has given everything */
    bool has_died;  /* `why` says of what */
    bool wants_end; /* HTTP/2: behind what waits to be sent */
    char why[ST_STT_WHY_BYTES];
    int64_t open_us;      /* when it opened */
    int64_t asked_us;     /* when it was given what it has not answered; 0: nothing */
    int64_t link_due_us;  /* give up opening */
    int64_t retry_due_us; /* open again */
    int64_t fed;          /* samples given to this stream */
    struct st_backoff backoff;
    struct st_rebase rebase;
    struct st_splice splice;
    struct st_outbox outbox;
    struct st_word *words; /* of the segment being re-based */
    size_t words_cap;
};

/* session.c */
void st_session_set_state(struct st_stt_session *session, enum st_stt_state state);
void st_session_progress(struct st_stt_session *session); /* puts off giving up after finish */
void st_session_wake(struct st_stt_session *session, int64_t due_us); /* `work` by then */
void st_session_shed(struct st_stt_session *session, int64_t from_us, int64_t until_us);

/* session_link.c */
int st_session_link_open(struct st_stt_session *session, int64_t now_us);
void st_session_link_close(struct st_stt_session *session);
void st_session_link_die(struct st_stt_session *session, const char *why); /* noted for `work` */
void st_session_link_answered(struct st_stt_session *session);
/* When the engine should have answered; ST_STT_NEVER when nothing is asked. */
int64_t st_session_link_stall_due_us(const struct st_stt_session *session);
void st_session_link_asked(struct st_stt_session *session);
/* False while messages wait for the socket. */
bool st_session_link_flush(struct st_stt_session *session);

/* session_feed.c */
void st_session_feed_put(struct st_stt_session *session, const struct st_frame *frame);
void st_session_feed_pump(struct st_stt_session *session);
void st_session_feed_cover(struct st_stt_session *session, int64_t media_us);
/* The stream is gone: go back to what no final covers; tells what cannot be heard again. */
void st_session_feed_rewind(struct st_stt_session *session);
/* No stream will come: tells everything that no final covers. */
void st_session_feed_abandon(struct st_stt_session *session);
bool st_session_feed_is_empty(const struct st_stt_session *session);
void st_session_feed_tell_lag(struct st_stt_session *session);

#endif
