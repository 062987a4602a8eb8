/* Calls as readers find them: what was read so far, and what was wrong. */
#ifndef SIDETONE_TRANSCRIPT_BUILD_H
#define SIDETONE_TRANSCRIPT_BUILD_H

#include "arena.h"

#include "sidetone/call_facts.h"
#include "sidetone/transcript.h"

struct st_build_segment {
    struct st_transcript_segment line;
    uint64_t rank;
    size_t number; /* as added */
};

struct st_build_call {
    struct st_call_facts *facts; /* as they are now; own reference */
    const struct st_call_facts *first_facts;
    bool is_shared; /* a segment refers to `facts` */
    struct st_build_segment *segments;
    size_t count, cap;
    uint64_t last_ids[ST_CHANNELS_MAX];
    int64_t duration_us;
    int64_t shed_us;
    const char *end_reason;
    bool has_ranks; /* every segment's rank says when it became final; otherwise its end does */
    bool is_over;   /* the file has told the call's end */
    const char *speakers[ST_CHANNELS_MAX]; /* NULL: nobody yet */
    struct st_transcript_pause *pauses;    /* in the arena */
    size_t pause_count;
    const struct st_audio_second *seconds[ST_CHANNELS_MAX]; /* likewise */
    size_t second_counts[ST_CHANNELS_MAX];
};

struct st_transcript_build {
    const struct st_transcript_options *options; /* never NULL */
    struct st_arena arena;
    struct st_build_call *calls;
    size_t count, cap;
    /* Every facts that was made; own references. */
    struct st_call_facts **facts;
    size_t facts_count, facts_cap;
    /* The words of the segment being read. */
    struct st_word *words;
    size_t word_count, word_cap;
    /* What went wrong first. */
    int err;
    char why[256];
};

void st_build_init(struct st_transcript_build *build, const struct st_transcript_options *options);
void st_build_fini(struct st_transcript_build *build);
int st_build_finish(struct st_transcript_build *build, struct st_transcript **ret_transcript);

/* Notes the first error; always false. */
bool st_build_fail(struct st_transcript_build *build, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A new call whose facts may be filled in; NULL after an error. Valid until the next one. */
struct st_build_call *st_build_add_call(struct st_transcript_build *build);
struct st_build_call *st_build_find_call(struct st_transcript_build *build, const char *call_id);
/* A later attribute of the same key replaces the earlier. */
void st_build_set_attribute(struct st_call_facts *facts, const char *key, const char *value);
void st_build_drop_call(struct st_transcript_build *build, struct st_build_call *call);

/* The facts of the call, to be changed for the segments that come from now on. */
struct st_call_facts *st_build_facts(struct st_transcript_build *build, struct st_build_call *call);

bool st_build_pause(struct st_transcript_build *build, struct st_build_call *call,
                    const struct st_transcript_pause *pause);
char *st_build_text(struct st_transcript_build *build, size_t bytes); /* NULL after an error */
bool st_build_word(struct st_transcript_build *build, const struct st_word *word);

/* Takes `segment` with the words read since the last one; texts are in the arena already. An id
 * of 0 is filled in. */
bool st_build_segment(struct st_transcript_build *build, struct st_build_call *call,
                      unsigned channel, struct st_segment segment, uint64_t rank);

/* Which channel a voice has: the agent's 0, the customer's 1, by the options or by its name, or
 * the next that is free. False after noting that there are too many. */
bool st_build_speaker(struct st_transcript_build *build, struct st_build_call *call,
                      const char *name, unsigned *ret_channel);

/* ---- the formats ---- */

extern const struct st_transcript_reader st_transcript_call_state;
extern const struct st_transcript_reader st_transcript_events;
extern const struct st_transcript_reader st_transcript_transcribe;
extern const struct st_transcript_reader st_transcript_assemblyai;
extern const struct st_transcript_reader st_transcript_webvtt;

#endif
