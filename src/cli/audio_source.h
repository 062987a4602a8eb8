/*
 * Two channels of audio out of WAV files, in frames of 20 ms: agent first, then customer.
 *
 * From one stereo file, from one mono file of each, or from one alone, the other being silent. What
 * has another rate is resampled; what is shorter ends in silence. Reads files as it goes.
 */
#ifndef SIDETONE_CLI_AUDIO_SOURCE_H
#define SIDETONE_CLI_AUDIO_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_audio_files {
    const char *both;     /* stereo; or mono, taken as the customer */
    const char *agent;    /* mono */
    const char *customer; /* mono */
    bool is_swapped;      /* of `both`, channel 0 is the customer */
    uint32_t rate_hz;     /* wanted; 0: that of the files where frames of 20 ms come out even */
};

struct st_audio_source;

/* -EINVAL and errors of the files, with ret_why fit for people. */
int st_audio_source_open(struct st_audio_source **ret_source, const struct st_audio_files *files,
                         char *ret_why, size_t why_bytes);
void st_audio_source_close(struct st_audio_source *source); /* NULL is fine */

uint32_t st_audio_source_rate_hz(const struct st_audio_source *source);
int64_t st_audio_source_duration_us(const struct st_audio_source *source); /* 0: unknown */

/* A bit for each channel that a file has, the agent's the lowest. */
unsigned st_audio_source_channels(const struct st_audio_source *source);

/* Fills one frame: rate_hz / 50 samples of both channels, interleaved. Returns 1, 0 at the end,
 * negative errno. */
int st_audio_source_read(struct st_audio_source *source, int16_t *out);

/* Back to the beginning. */
int st_audio_source_rewind(struct st_audio_source *source);

#endif
