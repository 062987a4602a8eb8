/*
 * Samples to payloads: what st_rtp_decoder undoes. For senders and tests.
 *
 * Opus is coded from 16 kHz, for voice; where loss is expected, each packet carries a copy of the
 * one before it.
 */
#ifndef SIDETONE_RTP_ENCODER_H
#define SIDETONE_RTP_ENCODER_H

#include "sidetone/rtp_payload.h"

struct st_rtp_encoder;

/* -ENOTSUP for a format that carries no audio, and for two channels of anything but Opus, whose
 * format says two whatever is coded. expected_loss_pct: 0-100. */
int st_rtp_encoder_create(struct st_rtp_encoder **ret_encoder, const struct st_rtp_format *format,
                          unsigned expected_loss_pct);
void st_rtp_encoder_destroy(struct st_rtp_encoder *encoder); /* NULL is fine */

uint32_t st_rtp_encoder_rate_hz(const struct st_rtp_encoder *encoder); /* of the samples */

/* One payload. Bytes; -EINVAL for a length that no packet of the codec has; -ENOBUFS. */
ssize_t st_rtp_encoder_encode(struct st_rtp_encoder *encoder, const int16_t *samples, size_t count,
                              uint8_t *out, size_t out_bytes);

#endif
