#include "sidetone/rtp_encoder.h"

#include "sidetone/codec.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <opus.h>
#include <spandsp.h>
#include <stdlib.h>

enum {
    WIDE_HZ = 16000, /* G.722 and Opus */
    G722_BITS_PER_S = 64000,
    OPUS_BITS_PER_S = 32000,
    OPUS_STEP_SAMPLES = WIDE_HZ / 400,
    OPUS_PACKET_MAX_SAMPLES = WIDE_HZ / 1000 * 60,
};

struct st_rtp_encoder {
    struct st_rtp_format format;
    uint32_t rate_hz;
    g722_encode_state_t *g722;
    OpusEncoder *opus;
};

static int open_opus(struct st_rtp_encoder *encoder, unsigned expected_loss_pct)
{
    int err;
    encoder->opus = opus_encoder_create(WIDE_HZ, 1, OPUS_APPLICATION_VOIP, &err);
    if (err != OPUS_OK)
        return -ENOMEM;
    opus_encoder_ctl(encoder->opus, OPUS_SET_BITRATE(OPUS_BITS_PER_S));
    opus_encoder_ctl(encoder->opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    opus_encoder_ctl(encoder->opus, OPUS_SET_INBAND_FEC(expected_loss_pct > 0));
    opus_encoder_ctl(encoder->opus, OPUS_SET_PACKET_LOSS_PERC((opus_int32)expected_loss_pct));
    return 0;
}

static int open_codec(struct st_rtp_encoder *encoder, unsigned expected_loss_pct)
{
    encoder->rate_hz = WIDE_HZ;
    switch (encoder->format.codec) {
    case ST_RTP_CODEC_OPUS:
        return open_opus(encoder, expected_loss_pct);
    case ST_RTP_CODEC_G722:
        encoder->g722 = g722_encode_init(NULL, G722_BITS_PER_S, 0);
        return encoder->g722 ? 0 : -ENOMEM;
    default:
        encoder->rate_hz = encoder->format.clock_hz;
        return 0;
    }
}

int st_rtp_encoder_create(struct st_rtp_encoder **ret_encoder, const struct st_rtp_format *format,
                          unsigned expected_loss_pct)
{
    bool is_audio = format->codec > ST_RTP_CODEC_NONE && format->codec < ST_RTP_CODEC_NOISE;
    if (!is_audio || (format->channels != 1 && format->codec != ST_RTP_CODEC_OPUS))
        return -ENOTSUP;
    struct st_rtp_encoder *encoder = st_mem_alloc(sizeof(*encoder));
    encoder->format = *format;
    int err = open_codec(encoder, expected_loss_pct);
    if (err) {
        st_rtp_encoder_destroy(encoder);
        return err;
    }
    *ret_encoder = encoder;
    return 0;
}

void st_rtp_encoder_destroy(struct st_rtp_encoder *encoder)
{
    if (!encoder)
        return;
    if (encoder->g722)
        g722_encode_free(encoder->g722);
    if (encoder->opus)
        opus_encoder_destroy(encoder->opus);
    free(encoder);
}

uint32_t st_rtp_encoder_rate_hz(const struct st_rtp_encoder *encoder)
{
    return encoder->rate_hz;
}

static ssize_t encode_opus(OpusEncoder *opus, const int16_t *samples, size_t count, uint8_t *out,
                           size_t out_bytes)
{
    if (count % OPUS_STEP_SAMPLES != 0 || count > OPUS_PACKET_MAX_SAMPLES)
        return -EINVAL;
    int bytes = opus_encode(opus, samples, (int)count, out, (opus_int32)out_bytes);
    if (bytes < 0)
        return bytes == OPUS_BUFFER_TOO_SMALL ? -ENOBUFS : -EINVAL;
    return bytes;
}

static ssize_t encode_plain(enum st_codec codec, const int16_t *samples, size_t count, uint8_t *out,
                            size_t out_bytes)
{
    size_t bytes = count * st_codec_sample_bytes(codec);
    if (bytes > out_bytes)
        return -ENOBUFS;
    st_codec_encode(codec, samples, count, out);
    return (ssize_t)bytes;
}

ssize_t st_rtp_encoder_encode(struct st_rtp_encoder *encoder, const int16_t *samples, size_t count,
                              uint8_t *out, size_t out_bytes)
{
    if (count == 0)
        return -EINVAL;
    switch (encoder->format.codec) {
    case ST_RTP_CODEC_OPUS:
        return encode_opus(encoder->opus, samples, count, out, out_bytes);
    case ST_RTP_CODEC_G722:
        if (count % 2 != 0)
            return -EINVAL;
        if (count / 2 > out_bytes)
            return -ENOBUFS;
        return g722_encode(encoder->g722, out, samples, (int)count);
    case ST_RTP_CODEC_PCMU:
        return encode_plain(ST_CODEC_PCMU, samples, count, out, out_bytes);
    case ST_RTP_CODEC_PCMA:
        return encode_plain(ST_CODEC_PCMA, samples, count, out, out_bytes);
    default:
        return encode_plain(ST_CODEC_L16BE, samples, count, out, out_bytes);
    }
}
