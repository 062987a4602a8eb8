/*
 * Payload types: what was negotiated, and its decoders.
 *
 * | name            | clock      | decoded to | span of a packet from |
 * | --------------- | ---------- | ---------- | --------------------- |
 * | PCMU, PCMA      | 8000       | 8 kHz      | bytes                 |
 * | L16, 1 or 2     | 8000-48000 | its clock  | bytes                 |
 * | G722            | 8000       | 16 kHz     | bytes                 |
 * | opus            | 48000      | 16 kHz     | the packet itself     |
 * | CN              | 8000-48000 |            | silence until audio   |
 * | telephone-event | 8000-48000 |            |                       |
 *
 * Two channels are mixed into one, or one of them is taken. A decoder belongs to one stream; it
 * allocates when created and never again.
 */
#ifndef SIDETONE_RTP_PAYLOAD_H
#define SIDETONE_RTP_PAYLOAD_H

#include "sidetone/rtp_receiver.h"

enum st_rtp_codec {
    ST_RTP_CODEC_NONE, /* not negotiated */
    ST_RTP_CODEC_PCMU,
    ST_RTP_CODEC_PCMA,
    ST_RTP_CODEC_L16,
    ST_RTP_CODEC_G722,
    ST_RTP_CODEC_OPUS,
    ST_RTP_CODEC_NOISE,
    ST_RTP_CODEC_EVENT,
    ST_RTP_CODECS,
};

struct st_rtp_format {
    uint8_t codec; /* enum st_rtp_codec */
    uint16_t clock_hz;
    uint8_t channels;
};

/* Of one stream, by payload type. One of zeroes is empty. */
struct st_rtp_payloads {
    struct st_rtp_format formats[ST_RTP_PAYLOAD_TYPES];
    uint8_t side; /* of two channels: 0 both mixed, 1 the first, 2 the second */
};

/* The name of a codec in rtpmap lines; "" for none. */
const char *st_rtp_codec_name(enum st_rtp_codec codec);

/* What an rtpmap says; the name in any case, channels 0: 1. -ENOTSUP: not one of the above. */
int st_rtp_format_find(struct st_rtp_format *ret_format, const char *name, uint32_t clock_hz,
                       unsigned channels);
/* What a payload type means without an rtpmap (RFC 3551, and 19 as Cisco uses it). -ENOTSUP. */
int st_rtp_format_static(struct st_rtp_format *ret_format, unsigned payload_type);

/* -EINVAL: not a payload type, or one that RTCP on the same port hides (64-95). */
int st_rtp_payloads_add(struct st_rtp_payloads *payloads, unsigned payload_type,
                        const struct st_rtp_format *format);

bool st_rtp_format_is_same(const struct st_rtp_format *a, const struct st_rtp_format *b);
bool st_rtp_payloads_are_same(const struct st_rtp_payloads *a, const struct st_rtp_payloads *b);

/* false: the payload type was not negotiated, or the payload is none of its codec. Fills the kind,
 * clock and span of the arrival from its packet. */
bool st_rtp_payloads_describe(const struct st_rtp_payloads *payloads,
                              struct st_rtp_arrival *arrival);

/* ---- decoding ---- */

enum { ST_RTP_DECODED_MAX = 9216 }; /* samples from one packet and the loss before it */

struct st_rtp_decoder;

/* -ENOTSUP for a format that carries no audio. */
int st_rtp_decoder_create(struct st_rtp_decoder **ret_decoder, const struct st_rtp_format *format);
/* That side alone, as st_rtp_payloads has it. */
int st_rtp_decoder_create_side(struct st_rtp_decoder **ret_decoder,
                               const struct st_rtp_format *format, uint8_t side);
void st_rtp_decoder_destroy(struct st_rtp_decoder *decoder); /* NULL is fine */
uint32_t st_rtp_decoder_rate_hz(const struct st_rtp_decoder *decoder);

/* Decodes a packet, and before it conceals `lost_samples` (at most 60 ms) of what came before: by
 * what the packet itself carries of it, by the codec's own means, or by ours. Writes the concealed
 * samples and then the packet's; returns their number together, or -EBADMSG with nothing written
 * that counts. `out` holds ST_RTP_DECODED_MAX. */
ssize_t st_rtp_decoder_decode(struct st_rtp_decoder *decoder, const uint8_t *payload, size_t bytes,
                              size_t lost_samples, int16_t *out);

/* Conceals from the past alone, for a loss that is followed by silence; at most 60 ms. */
void st_rtp_decoder_conceal(struct st_rtp_decoder *decoder, size_t lost_samples, int16_t *out);

/* Silence went by: a loss after it is not to be filled with what was before. */
void st_rtp_decoder_silence(struct st_rtp_decoder *decoder);
/* It is needed soon: step 0 fetches what it is, step 1 what it remembers. */
void st_rtp_decoder_prefetch(const struct st_rtp_decoder *decoder, unsigned step);
/* The sound goes on elsewhere meanwhile: the past no longer counts at all. */
void st_rtp_decoder_reset(struct st_rtp_decoder *decoder);

#endif
