/*
 * A session with everything around it faked: loop, engine, transport, owner.
 *
 * Audio is numbered: every sample of 20 ms number n has the value n, so what the engine heard can
 * be compared exactly. What the owner is told is kept as text, one line an event.
 */
#ifndef SESSION_RIG_H
#define SESSION_RIG_H

#include "sidetone/stt.h"

#include <stdbool.h>
#include <stddef.h>

enum { RIG_HEARD_MAX = 100000, RIG_EVENTS_BYTES = 32768, RIG_FRAME_SAMPLES = 320 };

struct st_engine {
    struct rig *rig;
};

struct rig {
    struct st_loop *loop;
    struct st_stt_session *session;
    struct st_engine_ops ops; /* may be changed before rig_start */
    struct st_stt_session_config config;
    struct st_engine engine;

    /* the engine */
    struct st_engine_stream *stream; /* NULL: none is open */
    int open_result;
    int audio_result;
    int receive_result;
    unsigned audio_max; /* frames taken until it is full; 0: no end */
    bool settles_all;   /* all audio heard is settled at once */
    unsigned opens;
    unsigned finishes;
    unsigned heard_count; /* by the open stream, or the last one */
    int heard[RIG_HEARD_MAX];

    /* the socket */
    bool is_connected; /* connect was called and close was not */
    int connect_result;
    int send_result;
    unsigned connects;
    unsigned messages;
    const struct st_stt_socket_events *socket;
    void *socket_user;

    /* the owner */
    int next_frame;
    bool destroys_on_segment;
    char events[RIG_EVENTS_BYTES];
    size_t events_len;
};

struct rig *rig_create(enum st_engine_kind kind); /* the session is not started yet */
void rig_start(struct rig *rig);
void rig_destroy(struct rig *rig); /* checks that nothing is left open */

void rig_run(struct rig *rig, int64_t ms);       /* time passes, without audio */
void rig_talk(struct rig *rig, unsigned frames); /* 20 ms pass with each */

/* What the engine says; times in ms since its stream began. */
void rig_partial(struct rig *rig, uint64_t id, int64_t start_ms, int64_t end_ms, const char *text);
void rig_final(struct rig *rig, uint64_t id, int64_t start_ms, int64_t end_ms, const char *text);
void rig_segment(struct rig *rig, const struct st_segment *segment); /* as it is */
void rig_fail(struct rig *rig);
void rig_done(struct rig *rig);

void rig_socket_open(struct rig *rig);
void rig_socket_closed(struct rig *rig, int err);
void rig_socket_message(struct rig *rig);

/* Empties the events after comparing them. */
void rig_expect(struct rig *rig, const char *events);
/* The stream heard exactly the frames first…last. */
void rig_expect_heard(struct rig *rig, int first, int last);

#endif
