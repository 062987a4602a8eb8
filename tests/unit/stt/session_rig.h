/*
 * A session with everything around it faked: loop, engines, transport, owner.
 *
 * Audio is numbered: every sample of 20 ms number n of channel 0 has the value n, and n + 10000 on
 * channel 1, so what an engine heard can be compared exactly; silence is RIG_SILENCE. What the
 * owner is told is kept as text, one line an event; where two channels are open each line begins
 * with its channel.
 */
#ifndef SESSION_RIG_H
#define SESSION_RIG_H

#include "sidetone/stt.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    RIG_ENGINES_MAX = 3,
    RIG_STREAMS_MAX = 64, /* in one test, of all engines */
    RIG_HEARD_MAX = 100000,
    RIG_EVENTS_BYTES = 32768,
    RIG_FRAME_SAMPLES = 320,
    RIG_SECOND_CHANNEL = 10000, /* its frames' values begin there */
    RIG_SILENCE = 0,
};

/* Its streams do as it says; may be changed at any time, ops and limits only before rig_start. */
struct st_engine {
    struct rig *rig;
    struct st_engine_ops ops; /* kind and name are set */
    int64_t stall_us, session_us;
    const char *const *hints;
    size_t hint_count;
    struct st_guard *guard; /* NULL: none; the rig destroys it */
    int open_result;
    int target_result;
    int connect_result;
    int audio_result;
    int receive_result;
    int send_result;
    unsigned audio_max;             /* frames a stream takes until it is full; 0: no end */
    bool settles_all;               /* all audio heard is settled at once */
    bool opens_at_once;             /* its sockets are open with the next turn of the loop */
    bool done_at_once;              /* finish is answered */
    enum st_engine_trouble closing; /* what a closed socket means; -1: as it is by itself */
    unsigned opens;
    unsigned connects;
    unsigned finishes;
    unsigned messages;
    unsigned keep_alives;
};

struct rig_stream {
    struct st_engine *engine;
    const struct st_engine_sink *sink;
    void *user;
    unsigned channels;
    enum st_role roles[2];
    char hints[64];              /* joined by commas */
    const char *const *hints_at; /* as they were given: until it is closed */
    bool is_open;
    bool is_connected; /* its socket: connect was called and close was not */
    bool is_finished;
    const struct st_stt_socket_events *socket;
    void *socket_user;
    unsigned heard_count; /* frames */
    int16_t *heard[2];    /* by lane */
};

struct rig {
    struct st_loop *loop;
    struct st_stt_session *session;
    struct st_engine a; /* the first one */
    struct st_engine others[RIG_ENGINES_MAX - 1];
    struct st_stt_session_config config; /* may be changed before rig_start */
    unsigned engine_count;
    unsigned channel_mask; /* what rig_start opens: 1 */

    struct rig_stream *streams[RIG_STREAMS_MAX]; /* as they were opened */
    unsigned stream_count;
    struct rig_stream *stream; /* the newest; NULL when it is not open */

    /* the owner */
    int next_frame[2];
    bool destroys_on_segment;
    char events[RIG_EVENTS_BYTES];
    size_t events_len;
};

struct rig *rig_create(enum st_engine_kind kind); /* the session is not started yet */
/* A further engine, "fake2", "fake3". */
struct st_engine *rig_add(struct rig *rig, enum st_engine_kind kind);
struct st_guard *rig_guard(uint32_t streams);
void rig_start(struct rig *rig);
void rig_destroy(struct rig *rig); /* checks that nothing is left open */

void rig_run(struct rig *rig, int64_t ms);       /* time passes, without audio */
void rig_talk(struct rig *rig, unsigned frames); /* 20 ms pass with each, on every channel */
void rig_talk_on(struct rig *rig, unsigned channel, unsigned frames);
void rig_hold(struct rig *rig, unsigned frames); /* exact silence */

/* What the newest stream says on its first channel; times in ms since it began. */
void rig_partial(struct rig *rig, uint64_t id, int64_t start_ms, int64_t end_ms, const char *text);
void rig_final(struct rig *rig, uint64_t id, int64_t start_ms, int64_t end_ms, const char *text);
void rig_segment(struct rig *rig, const struct st_segment *segment); /* as it is */
void rig_fail(struct rig *rig);
void rig_done(struct rig *rig);
/* The same of any stream and channel. A word's times are measured or there are none. */
void rig_say(struct rig_stream *stream, unsigned channel, const struct st_segment *segment);
void rig_trouble(struct rig_stream *stream, enum st_engine_trouble trouble, const char *what);

void rig_socket_open(struct rig *rig);
void rig_socket_open_http(struct rig *rig); /* whose response is to come */
void rig_socket_closed(struct rig *rig, int err);
void rig_socket_message(struct rig *rig);

/* Empties the events after comparing them. */
void rig_expect(struct rig *rig, const char *events);
/* The newest stream heard exactly the frames first…last. */
void rig_expect_heard(struct rig *rig, int first, int last);
/* That lane of a stream heard them from its `at`-th frame on. */
void rig_expect_lane(const struct rig_stream *stream, unsigned lane, unsigned at, int first,
                     int last);

#endif
