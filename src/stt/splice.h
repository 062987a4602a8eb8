/*
 * Joins what successive streams of one channel say into one transcript.
 *
 * Each stream counts its segments on its own and, after a cut, hears audio again that an earlier
 * one had begun with. Here ids become unique on the channel, a partial left open by a cut is taken
 * up by the first segment of the next stream (or withdrawn by an empty final), and nothing final
 * is said twice: words of a replay that lie before the last final's end are trimmed. Where an
 * engine does not measure times, words that the last final ended with and the next stream begins
 * with are taken for the same.
 *
 * Knows neither streams nor time: media times come in and go out.
 */
#ifndef SIDETONE_STT_SPLICE_H
#define SIDETONE_STT_SPLICE_H

#include "sidetone/segment.h"

enum { ST_SPLICE_OPEN_MAX = 8, ST_SPLICE_FINALS_KEPT = 16, ST_SPLICE_TAIL_MAX = 8 };

typedef void (*st_splice_emit_fn)(void *user, const struct st_segment *segment);

struct st_splice_open {
    uint64_t id;
    int64_t start_us;
    int64_t end_us;
    bool is_orphan; /* of a stream that is gone */
};

struct st_splice {
    st_splice_emit_fn emit;
    void *user;
    uint64_t last_id;  /* highest given out */
    uint64_t base_in;  /* first id of this stream … */
    uint64_t base_out; /* … and what it became */
    bool has_base;
    bool is_replay;           /* a stream was there before this one */
    int64_t last_final_us;    /* end of the last final of any stream */
    int64_t replay_border_us; /* that, when this stream began */
    unsigned open_count;
    struct st_splice_open open[ST_SPLICE_OPEN_MAX];
    unsigned final_count;
    uint64_t finals[ST_SPLICE_FINALS_KEPT]; /* ids made final lately */
    uint32_t tail[ST_SPLICE_TAIL_MAX];      /* hashes of the words said last, in order */
    unsigned tail_count;
    bool has_sure_end; /* the last final's end was measured */
    bool has_final;    /* this stream has given one */
    char *text;        /* of a trimmed segment */
    size_t text_cap;
};

void st_splice_init(struct st_splice *splice, st_splice_emit_fn emit, void *user);
void st_splice_fini(struct st_splice *splice);

/* A new stream speaks from here on. */
void st_splice_restart(struct st_splice *splice);

/* Emits the segment as the channel should have it, after withdrawals it brings about; or nothing.
 */
void st_splice_put(struct st_splice *splice, const struct st_segment *segment);

/* What the id of a segment of this stream is on the channel; 0 before its first one. */
uint64_t st_splice_id(const struct st_splice *splice, uint64_t id);

/* No more segments come: withdraws what is open. */
void st_splice_end(struct st_splice *splice);

#endif
