/*
 * A recording, recognised by an embedded engine as fast as that goes: audio files in, a transcript
 * out. The audio takes the same way to the engine as a live call's.
 */
#ifndef SIDETONE_CLI_TRANSCRIBER_H
#define SIDETONE_CLI_TRANSCRIBER_H

#include "audio_source.h"

#include "sidetone/transcript.h"

#include <stddef.h>
#include <stdint.h>

struct st_config;

/* Models and workers, loaded once for any number of recordings. */
struct st_transcriber;

/* `engine` as in routes; "auto" and remote ones give the best embedded one there is. `ret_why`
 * says what is missing. */
int st_transcriber_create(struct st_transcriber **ret_transcriber, const struct st_config *config,
                          const char *engine, char *ret_why, size_t why_bytes);
void st_transcriber_destroy(struct st_transcriber *transcriber); /* NULL is fine */

struct st_recording {
    const struct st_audio_files *files;
    const char *language;
    const char *const *hints; /* words and names to expect */
    size_t hint_count;
    const struct st_transcript_options *options;
    void (*progress)(void *user, int64_t done_us, int64_t total_us); /* total_us 0: unknown */
    void *user;
};

/* Blocks until it is done. -errno with `ret_why` fit for people. */
int st_transcriber_run(struct st_transcriber *transcriber, const struct st_recording *recording,
                       struct st_transcript **ret_transcript, char *ret_why, size_t why_bytes);

#endif
