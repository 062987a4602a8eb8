/*
 * Stateless codecs: bytes of one encoded channel, or of several interleaved, to 16-bit samples.
 *
 * G.711 is ITU-T G.711; L16 is linear PCM in either byte order.
 */
#ifndef SIDETONE_CODEC_H
#define SIDETONE_CODEC_H

#include <stddef.h>
#include <stdint.h>

enum st_codec {
    ST_CODEC_L16LE,
    ST_CODEC_L16BE,
    ST_CODEC_PCMU,
    ST_CODEC_PCMA,
    ST_CODECS,
};

/* "l16le", "l16be", "pcmu", "pcma". */
const char *st_codec_name(enum st_codec codec);
int st_codec_parse(const char *name); /* an enum st_codec, or -EINVAL */

size_t st_codec_sample_bytes(enum st_codec codec);

/* Decodes channel `channel` of `channels` interleaved ones. `out` holds at least
 * bytes / sample_bytes / channels samples. Returns samples written; a cut-off last sample is
 * ignored. */
size_t st_codec_decode(enum st_codec codec, const uint8_t *data, size_t bytes, unsigned channel,
                       unsigned channels, int16_t *out);

/* For senders and tests. `out` holds samples × sample_bytes. */
void st_codec_encode(enum st_codec codec, const int16_t *samples, size_t count, uint8_t *out);

#endif
