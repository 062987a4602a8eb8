/*
 * Reads RIFF/WAVE files: PCM 16 bit, mu-law, A-law; 1 or 2 channels; 8,000…48,000 Hz.
 *
 * The header is parsed from memory (fuzzed as such); samples are read in pieces. Files from
 * writers that never filled in the length (0 or 0xffffffff) are read to their end.
 */
#ifndef SIDETONE_WAV_H
#define SIDETONE_WAV_H

#include "sidetone/codec.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct st_wav_info {
    enum st_codec codec;
    unsigned channels;
    uint32_t rate_hz;
    uint64_t data_offset; /* bytes from the start of the file */
    uint64_t data_bytes;  /* UINT64_MAX: to the end of the file */
};

/* Returns bytes used up to the first sample, 0 when more are needed, -EBADMSG when it is no WAVE
 * file, -ENOTSUP when it holds another encoding or more channels. */
ssize_t st_wav_parse(struct st_wav_info *ret_info, const void *data, size_t bytes);

struct st_wav;
int st_wav_open(struct st_wav **ret_wav, const char *path); /* also -errno of the file */
void st_wav_close(struct st_wav *wav);
const struct st_wav_info *st_wav_info(const struct st_wav *wav);
uint64_t st_wav_frame_count(const struct st_wav *wav); /* samples of one channel */

/* Reads up to `count` samples of every channel, interleaved, decoded. Returns samples per channel,
 * 0 at the end, negative errno. Blocks: not for loop threads. */
ssize_t st_wav_read(struct st_wav *wav, int16_t *out, size_t count);

#endif
