/*
 * Sample rate conversion of one channel: a 24-tap half-band filter of ours for 1:2, SpeexDSP for
 * other ratios, a copy for 1:1. Output counts follow input counts from the first call; the
 * filter's delay is in st_resampler_delay_us. State survives between calls; one thread at a time.
 */
#ifndef SIDETONE_RESAMPLE_H
#define SIDETONE_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct st_resampler;

/* Rates 8,000…48,000 Hz; -EINVAL otherwise. */
int st_resampler_create(struct st_resampler **ret_resampler, uint32_t in_hz, uint32_t out_hz);
void st_resampler_destroy(struct st_resampler *resampler);

/* Room that process needs for `count` input samples. */
size_t st_resampler_out_max(const struct st_resampler *resampler, size_t count);

/* It is needed soon (prefetch.h). */
void st_resampler_prefetch(const struct st_resampler *resampler);
/* in NULL stands for silence. Returns samples written. Allocates nothing. */
size_t st_resampler_process(struct st_resampler *resampler, const int16_t *in, size_t count,
                            int16_t *out);

int64_t st_resampler_delay_us(const struct st_resampler *resampler);
void st_resampler_reset(struct st_resampler *resampler);

#endif
