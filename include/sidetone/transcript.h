/*
 * Calls that were transcribed before, out of files: bytes in, calls with segments out.
 *
 * A reader is one file ending in one `const struct st_transcript_reader`, listed in
 * src/transcript/transcript.c: Sidetone's own call states and events, Amazon Transcribe's post-call
 * documents, AssemblyAI's transcript objects, WebVTT with voices. Pure: no I/O, no clock. Whatever
 * the bytes are, cost and memory are bounded by their number.
 */
#ifndef SIDETONE_TRANSCRIPT_H
#define SIDETONE_TRANSCRIPT_H

#include "sidetone/audio_second.h"
#include "sidetone/frame.h"
#include "sidetone/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ST_TRANSCRIPT_BYTES_MAX = 128 << 20, /* of a file */
    ST_TRANSCRIPT_CALLS_MAX = 1000,      /* in it */
    ST_TRANSCRIPT_SEGMENTS_MAX = 100000, /* of a call */
    ST_TRANSCRIPT_WORDS_MAX = 100000,    /* of a segment */
    ST_TRANSCRIPT_PAUSES_MAX = 1000,     /* of a call */
};

#define ST_TRANSCRIPT_LENGTH_MAX_US (48 * 3600 * INT64_C(1000000)) /* of a call */

struct st_call_facts;
struct st_transcript_build;

struct st_transcript_segment {
    unsigned channel;
    const struct st_call_facts *facts; /* what was known of the call when it came */
    struct st_segment segment;         /* final */
};

/* The platform paused the call, or went on with it. */
struct st_transcript_pause {
    int64_t media_us;
    bool is_paused;
};

struct st_transcript_call {
    /* At the beginning. Its `engine` points into the transcript, which outlives all its facts. */
    const struct st_call_facts *facts;
    struct st_transcript_segment *segments; /* in the order in which they became final */
    size_t count;
    const struct st_transcript_pause *pauses; /* in order */
    size_t pause_count;
    /* Of a recording: what each second sounds like, in order. */
    const struct st_audio_second *seconds[ST_CHANNELS_MAX];
    size_t second_counts[ST_CHANNELS_MAX];
    int64_t duration_us; /* at least until the last segment's end */
    int64_t shed_us;
    const char *end_reason; /* "stopped" when the file does not say */
};

struct st_transcript {
    const struct st_transcript_reader *format;
    struct st_transcript_call *calls; /* at least one */
    size_t count;
};

struct st_transcript_reader {
    const char *name;    /* for --format */
    const char *summary; /* a line for people */
    /* Whether a text that begins so is probably one; may be wrong about broken ones. */
    bool (*is_it)(const char *text, size_t bytes);
    /* internal */
    bool (*read)(struct st_transcript_build *build, const char *text, size_t bytes);
};

/* NULL-terminated. */
extern const struct st_transcript_reader *const st_transcript_readers[];
const struct st_transcript_reader *st_transcript_reader_find(const char *name); /* or NULL */
const struct st_transcript_reader *st_transcript_recognise(const void *data, size_t bytes);

/* Who a voice or speaker of the file is. */
struct st_transcript_speaker {
    const char *name;
    enum st_role role;
};

struct st_transcript_attribute {
    const char *key, *value;
};

struct st_transcript_names {
    const char *call_id, *tenant, *route, *language, *agent_id, *queue, *caller;
};

/* What is known better than the file does. Borrowed while it is read; strings may be NULL. */
struct st_transcript_options {
    enum st_role roles[ST_CHANNELS_MAX]; /* unknown: as the file says */
    const struct st_transcript_speaker *speakers;
    size_t speaker_count;
    struct st_transcript_names given;     /* instead of what the file says */
    struct st_transcript_names otherwise; /* where the file says nothing */
    const struct st_transcript_attribute *attributes;
    size_t attribute_count;
};

/* `format` NULL: recognised. -EINVAL when it is none of them, -EBADMSG when it cannot be read,
 * -ENOBUFS beyond a limit, -ENOMEM; `ret_why` says what is wrong, where ("line 12: …"), and what to
 * do. */
int st_transcript_read(struct st_transcript **ret_transcript,
                       const struct st_transcript_reader *format, const void *data, size_t bytes,
                       const struct st_transcript_options *options, char *ret_why,
                       size_t why_bytes);
void st_transcript_free(struct st_transcript *transcript); /* NULL is fine */

/* ---- calls that come from elsewhere, such as a recogniser ---- */

struct st_transcript_build;

struct st_transcript_build *st_transcript_build_create(const struct st_transcript_options *options);
/* A call; takes the facts, whose `engine` is copied. 0 or -ENOBUFS. */
int st_transcript_build_call(struct st_transcript_build *build, struct st_call_facts *take_facts);
/* A final of the call added last; copied. 0 or -ENOBUFS, -ENOMEM. */
int st_transcript_build_segment(struct st_transcript_build *build, unsigned channel,
                                const struct st_segment *segment);
/* What a channel of that call sounds like: copied. */
int st_transcript_build_seconds(struct st_transcript_build *build, unsigned channel,
                                const struct st_audio_second *seconds, size_t count);
/* How long that call is, when that is more than until its last segment's end. */
void st_transcript_build_duration(struct st_transcript_build *build, int64_t duration_us);
/* Ends the building, successful or not; segments are put into the order of their ends. */
int st_transcript_build_finish(struct st_transcript **ret_transcript,
                               struct st_transcript_build *take_build);

#endif
