/*
 * A recording, recognised: audio files in, a transcript out. The audio takes the same way to the
 * engine as a live call's.
 */
#ifndef SIDETONE_CLI_TRANSCRIBER_H
#define SIDETONE_CLI_TRANSCRIBER_H

#include "audio_source.h"

#include "sidetone/transcript.h"

#include <stddef.h>
#include <stdint.h>

struct st_config;
struct st_segment;
struct st_stt_engine;
struct st_stt_transport;

/* Models and workers, loaded once for any number of recordings. */
struct st_transcriber;

/* The config outlives it. `engine` as in routes; "auto" and remote ones give the best embedded one
 * there is. `ret_why` says what is missing. */
int st_transcriber_create(struct st_transcriber **ret_transcriber, const struct st_config *config,
                          const char *engine, char *ret_why, size_t why_bytes);
/* The same with that engine and no other: a remote one by its name in the configuration, an
 * embedded one, or "auto". */
int st_transcriber_create_named(struct st_transcriber **ret_transcriber,
                                const struct st_config *config, const char *engine,
                                const struct st_stt_transport *transport, char *ret_why,
                                size_t why_bytes);
void st_transcriber_destroy(struct st_transcriber *transcriber); /* NULL is fine */
/* Its guard counts what all recordings cost. */
const struct st_stt_engine *st_transcriber_engine(const struct st_transcriber *transcriber);

struct st_recording {
    const struct st_audio_files *files;
    const char *language;
    const char *const *hints; /* words and names to expect */
    size_t hint_count;
    const struct st_transcript_options *options;
    unsigned channel_mask; /* only these are recognised; 0: both */
    double speed;          /* 1: real time; 0: as fast as the engine takes it */
    /* Optional: the engine has had the audio until there; it said something, partials too. */
    void (*sent)(void *user, int64_t media_us);
    void (*heard)(void *user, unsigned channel, const struct st_segment *segment);
    void (*progress)(void *user, int64_t done_us, int64_t total_us); /* total_us 0: unknown */
    void *user;
};

/* Blocks until it is done; what the engine fails at ends it. -EACCES when the engine does not let
 * us in, other -errno, with `ret_why` fit for people. */
int st_transcriber_run(struct st_transcriber *transcriber, const struct st_recording *recording,
                       struct st_transcript **ret_transcript, char *ret_why, size_t why_bytes);

#endif
