/*
 * A whole utterance of 8 kHz telephone audio to the 16 kHz that the recogniser hears.
 *
 * Even output samples are the input, odd ones come from a windowed-sinc half-band filter that
 * looks both ways: an utterance is complete, so no delay has to be carried.
 */
#ifndef SIDETONE_STT_MOONSHINE_UPSAMPLE_H
#define SIDETONE_STT_MOONSHINE_UPSAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* Writes 2 × count samples, scaled to ±1. */
void st_upsample_double(const int16_t *in, size_t count, float *out);

/* The same scale at the rate it has. */
void st_upsample_copy(const int16_t *in, size_t count, float *out);

#endif
