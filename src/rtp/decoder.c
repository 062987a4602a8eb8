#include "sidetone/codec.h"
#include "sidetone/mem.h"
#include "sidetone/prefetch.h"
#include "sidetone/rtp_conceal.h"
#include "sidetone/rtp_payload.h"
#include "sidetone/rtp_reorder.h"

#include <assert.h>
#include <errno.h>
#include <opus.h>
#include <spandsp.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDE_HZ = 16000, /* G.722 and Opus */
    G722_BITS_PER_S = 64000,
    OPUS_STEP_SAMPLES = WIDE_HZ / 400, /* it conceals in multiples of 2.5 ms */
    OPUS_PACKET_MAX_SAMPLES = WIDE_HZ / 1000 * 120,
    LOST_MAX_SAMPLES = 48000 / 1000 * (ST_RTP_CONCEAL_MAX_US / 1000),
};

_Static_assert(ST_RTP_REORDER_PAYLOAD_BYTES * 2 + WIDE_HZ / 1000 * 60 <= ST_RTP_DECODED_MAX,
               "the largest payload of G.722");
_Static_assert(ST_RTP_REORDER_PAYLOAD_BYTES / 2 + LOST_MAX_SAMPLES <= ST_RTP_DECODED_MAX,
               "the largest payload of L16");
_Static_assert(OPUS_PACKET_MAX_SAMPLES + LOST_MAX_SAMPLES <= ST_RTP_DECODED_MAX,
               "the longest packet of Opus");

struct st_rtp_decoder {
    struct st_rtp_format format;
    uint8_t side; /* 0: mixed, or there is only one */
    uint32_t rate_hz;
    struct st_rtp_conceal *conceal; /* NULL for Opus */
    g722_decode_state_t *g722;
    OpusDecoder *opus;
};

static uint32_t rate_of(const struct st_rtp_format *format)
{
    bool is_wide = format->codec == ST_RTP_CODEC_G722 || format->codec == ST_RTP_CODEC_OPUS;
    return is_wide ? WIDE_HZ : format->clock_hz;
}

/* Mixing is the codec's own: it costs less than two. */
static int opus_channels(const struct st_rtp_decoder *decoder)
{
    return decoder->side ? 2 : 1;
}

static int open_codec(struct st_rtp_decoder *decoder)
{
    int err = OPUS_OK;
    if (decoder->format.codec == ST_RTP_CODEC_OPUS) {
        decoder->opus = opus_decoder_create(WIDE_HZ, opus_channels(decoder), &err);
        return err == OPUS_OK ? 0 : -ENOMEM;
    }
    if (decoder->format.codec == ST_RTP_CODEC_G722) {
        decoder->g722 = g722_decode_init(NULL, G722_BITS_PER_S, 0);
        if (!decoder->g722)
            return -ENOMEM;
    }
    return st_rtp_conceal_create(&decoder->conceal, decoder->rate_hz);
}

int st_rtp_decoder_create_side(struct st_rtp_decoder **ret_decoder,
                               const struct st_rtp_format *format, uint8_t side)
{
    if (format->codec == ST_RTP_CODEC_NONE || format->codec >= ST_RTP_CODEC_NOISE)
        return -ENOTSUP;
    struct st_rtp_decoder *decoder = st_mem_alloc(sizeof(*decoder));
    decoder->format = *format;
    decoder->side = format->channels == 2 ? side : 0;
    decoder->rate_hz = rate_of(format);
    int err = open_codec(decoder);
    if (err) {
        st_rtp_decoder_destroy(decoder);
        return err;
    }
    *ret_decoder = decoder;
    return 0;
}

int st_rtp_decoder_create(struct st_rtp_decoder **ret_decoder, const struct st_rtp_format *format)
{
    return st_rtp_decoder_create_side(ret_decoder, format, 0);
}

void st_rtp_decoder_destroy(struct st_rtp_decoder *decoder)
{
    if (!decoder)
        return;
    st_rtp_conceal_destroy(decoder->conceal);
    if (decoder->g722)
        g722_decode_free(decoder->g722);
    if (decoder->opus)
        opus_decoder_destroy(decoder->opus);
    free(decoder);
}

uint32_t st_rtp_decoder_rate_hz(const struct st_rtp_decoder *decoder)
{
    return decoder->rate_hz;
}

void st_rtp_decoder_prefetch(const struct st_rtp_decoder *decoder, unsigned step)
{
    if (step == 0)
        st_prefetch(decoder, sizeof(*decoder));
    else if (decoder->conceal)
        st_rtp_conceal_prefetch(decoder->conceal);
}

void st_rtp_decoder_reset(struct st_rtp_decoder *decoder)
{
    if (decoder->opus)
        opus_decoder_ctl(decoder->opus, OPUS_RESET_STATE);
    if (decoder->g722)
        g722_decode_init(decoder->g722, G722_BITS_PER_S, 0);
    st_rtp_decoder_silence(decoder);
}

void st_rtp_decoder_silence(struct st_rtp_decoder *decoder)
{
    if (decoder->conceal)
        st_rtp_conceal_put(decoder->conceal, NULL, LOST_MAX_SAMPLES);
}

/* ---- Opus ---- */

/* As opus_decode, of the side that is wanted. */
static int decode_side(struct st_rtp_decoder *decoder, const uint8_t *payload, size_t bytes,
                       int16_t *out, int samples, bool is_copy)
{
    int16_t both[OPUS_PACKET_MAX_SAMPLES * 2];
    bool is_mixed = opus_channels(decoder) == 1;
    int got = opus_decode(decoder->opus, payload, (opus_int32)bytes, is_mixed ? out : both, samples,
                          is_copy);
    for (int i = 0; !is_mixed && i < got; i++)
        out[i] = both[2 * i + decoder->side - 1];
    return got;
}

/* The part that the codec makes up from the past. */
static size_t conceal_opus(struct st_rtp_decoder *decoder, size_t samples, int16_t *out)
{
    size_t whole = samples / OPUS_STEP_SAMPLES * OPUS_STEP_SAMPLES;
    if (whole > 0 && decode_side(decoder, NULL, 0, out, (int)whole, false) != (int)whole)
        memset(out, 0, whole * sizeof(*out));
    memset(out + whole, 0, (samples - whole) * sizeof(*out));
    return samples;
}

/* A packet may carry a copy of the one before it: what lies further back comes first, then the
 * copy, then the packet. */
static ssize_t decode_opus(struct st_rtp_decoder *decoder, const uint8_t *payload, size_t bytes,
                           size_t lost, int16_t *out)
{
    int span = opus_packet_get_nb_samples(payload, (opus_int32)bytes, WIDE_HZ);
    if (span <= 0 || span > OPUS_PACKET_MAX_SAMPLES)
        return -EBADMSG;
    size_t copied = lost >= (size_t)span ? (size_t)span : 0;
    size_t done = conceal_opus(decoder, lost - copied, out);
    if (copied > 0 && decode_side(decoder, payload, bytes, out + done, span, true) != span)
        conceal_opus(decoder, copied, out + done);
    done += copied;
    int got = decode_side(decoder, payload, bytes, out + done, OPUS_PACKET_MAX_SAMPLES, false);
    return got > 0 ? (ssize_t)done + got : -EBADMSG;
}

/* ---- the others ---- */

static size_t decode_l16(const struct st_rtp_decoder *decoder, const uint8_t *payload, size_t bytes,
                         int16_t *out)
{
    unsigned channels = decoder->format.channels;
    if (decoder->side)
        return st_codec_decode(ST_CODEC_L16BE, payload, bytes, decoder->side - 1U, channels, out);
    size_t count = st_codec_decode(ST_CODEC_L16BE, payload, bytes, 0, 1, out) / channels;
    for (size_t i = 0; channels == 2 && i < count; i++)
        out[i] = (int16_t)((out[2 * i] + out[2 * i + 1]) / 2);
    return count;
}

static size_t decode_plain(struct st_rtp_decoder *decoder, const uint8_t *payload, size_t bytes,
                           int16_t *out)
{
    switch (decoder->format.codec) {
    case ST_RTP_CODEC_PCMU:
        return st_codec_decode(ST_CODEC_PCMU, payload, bytes, 0, 1, out);
    case ST_RTP_CODEC_PCMA:
        return st_codec_decode(ST_CODEC_PCMA, payload, bytes, 0, 1, out);
    case ST_RTP_CODEC_G722:
        return (size_t)g722_decode(decoder->g722, out, payload, (int)bytes);
    default:
        return decode_l16(decoder, payload, bytes, out);
    }
}

static size_t lost_max(const struct st_rtp_decoder *decoder)
{
    return (size_t)((uint64_t)decoder->rate_hz * ST_RTP_CONCEAL_MAX_US / 1000000);
}

ssize_t st_rtp_decoder_decode(struct st_rtp_decoder *decoder, const uint8_t *payload, size_t bytes,
                              size_t lost_samples, int16_t *out)
{
    assert(lost_samples <= lost_max(decoder));
    if (bytes == 0 || bytes > ST_RTP_REORDER_PAYLOAD_BYTES)
        return -EBADMSG;
    if (decoder->opus)
        return decode_opus(decoder, payload, bytes, lost_samples, out);
    size_t count = decode_plain(decoder, payload, bytes, out + lost_samples);
    if (count == 0)
        return -EBADMSG;
    if (lost_samples > 0)
        st_rtp_conceal_fill(decoder->conceal, out, lost_samples, out + lost_samples, count);
    st_rtp_conceal_put(decoder->conceal, out + lost_samples, count);
    return (ssize_t)(lost_samples + count);
}

void st_rtp_decoder_conceal(struct st_rtp_decoder *decoder, size_t lost_samples, int16_t *out)
{
    assert(lost_samples <= lost_max(decoder));
    if (decoder->opus)
        conceal_opus(decoder, lost_samples, out);
    else
        st_rtp_conceal_fill(decoder->conceal, out, lost_samples, NULL, 0);
}
