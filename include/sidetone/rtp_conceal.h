/*
 * Fills a short loss with sound like that before it, after the idea of G.711's Appendix I: the
 * last period of the voice is repeated, at full level for 10 ms, then fading, and is nothing after
 * 60 ms. Where the audio that follows is known, the end is led over into it; what was really
 * received is never changed. For codecs without a concealment of their own.
 */
#ifndef SIDETONE_RTP_CONCEAL_H
#define SIDETONE_RTP_CONCEAL_H

#include <stddef.h>
#include <stdint.h>

enum { ST_RTP_CONCEAL_MAX_US = 60000 };

struct st_rtp_conceal;

/* -EINVAL for a rate outside 8-48 kHz. */
int st_rtp_conceal_create(struct st_rtp_conceal **ret_conceal, uint32_t rate_hz);
void st_rtp_conceal_destroy(struct st_rtp_conceal *conceal); /* NULL is fine */

/* It is needed soon (prefetch.h). */
void st_rtp_conceal_prefetch(const struct st_rtp_conceal *conceal);
/* What was heard. samples NULL: silence. */
void st_rtp_conceal_put(struct st_rtp_conceal *conceal, const int16_t *samples, size_t count);

/* Writes `count` samples in the place of lost ones and takes them as heard; zeros from 60 ms on.
 * next: the audio behind the loss, or NULL. */
void st_rtp_conceal_fill(struct st_rtp_conceal *conceal, int16_t *out, size_t count,
                         const int16_t *next, size_t next_count);

#endif
