/*
 * G.711 without loss: samples that were decoded from it, and nothing else made of them since,
 * become its octets again.
 */
#ifndef SIDETONE_STT_LAW_H
#define SIDETONE_STT_LAW_H

#include "sidetone/codec.h"

#include <stdbool.h>

/* `law` is ST_CODEC_PCMU or ST_CODEC_PCMA. false: some sample is none of that law's; `out` is of no
 * use then. */
bool st_law_encode(enum st_codec law, const int16_t *samples, size_t count, uint8_t *out);

#endif
