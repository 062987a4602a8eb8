#include "run.h"

#include "sidetone/rtp_encoder.h"

#include <errno.h>
#include <math.h>
#include <opus.h>
#include <stdlib.h>
#include <string.h>

enum { PACKETS = 50, ROOM = 4096 };

static struct st_rtp_encoder *encoder;
static struct st_rtp_decoder *decoder;
static int16_t sent[PACKETS * 2880], heard[PACKETS * ST_RTP_DECODED_MAX];

static void open_both(enum st_rtp_codec codec, uint32_t clock_hz, unsigned loss_pct)
{
    const struct st_rtp_format format = {codec, clock_hz, codec == ST_RTP_CODEC_OPUS ? 2 : 1};
    ck_assert_int_eq(st_rtp_encoder_create(&encoder, &format, loss_pct), 0);
    ck_assert_int_eq(st_rtp_decoder_create(&decoder, &format), 0);
    ck_assert_uint_eq(st_rtp_encoder_rate_hz(encoder), st_rtp_decoder_rate_hz(decoder));
}

static void close_both(void)
{
    st_rtp_encoder_destroy(encoder);
    st_rtp_decoder_destroy(decoder);
}

static void fill(uint32_t rate_hz)
{
    for (size_t i = 0; i < sizeof(sent) / sizeof(*sent); i++) {
        double t = (double)i / rate_hz;
        sent[i] = (int16_t)(6000 * sin(t * 2 * M_PI * 440) + 3000 * sin(t * 2 * M_PI * 1230));
    }
}

/* The likeness of two signals at the lag that suits them best; 1: the same. */
static double likeness(const int16_t *a, const int16_t *b, size_t count, size_t lag_max)
{
    double best = -1;
    for (size_t lag = 0; lag <= lag_max; lag++) {
        double ab = 0, aa = 1, bb = 1;
        for (size_t i = 0; i + lag < count; i++) {
            ab += (double)a[i] * b[i + lag];
            aa += (double)a[i] * a[i];
            bb += (double)b[i + lag] * b[i + lag];
        }
        double value = ab / sqrt(aa * bb);
        best = value > best ? value : best;
    }
    return best;
}

START_TEST(what_is_encoded_is_decoded_alike)
{
    static const struct {
        enum st_rtp_codec codec;
        uint32_t clock_hz;
        unsigned ms;
        size_t bytes; /* of a payload; 0: any */
    } cases[] = {
        {ST_RTP_CODEC_PCMU, 8000, 20, 160}, {ST_RTP_CODEC_PCMA, 8000, 30, 240},
        {ST_RTP_CODEC_L16, 16000, 20, 640}, {ST_RTP_CODEC_L16, 44100, 10, 882},
        {ST_RTP_CODEC_G722, 8000, 20, 160}, {ST_RTP_CODEC_G722, 8000, 10, 80},
        {ST_RTP_CODEC_OPUS, 48000, 20, 0},  {ST_RTP_CODEC_OPUS, 48000, 60, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint8_t payload[ROOM];
        size_t count = 0;
        open_both(cases[i].codec, cases[i].clock_hz, 0);
        uint32_t rate_hz = st_rtp_encoder_rate_hz(encoder);
        size_t step = rate_hz * cases[i].ms / 1000;
        fill(rate_hz);
        for (unsigned n = 0; n < PACKETS; n++) {
            ssize_t bytes = st_rtp_encoder_encode(encoder, sent + n * step, step, payload, ROOM);
            ck_assert_int_gt(bytes, 0);
            if (cases[i].bytes)
                ck_assert_uint_eq((size_t)bytes, cases[i].bytes);
            count +=
                (size_t)st_rtp_decoder_decode(decoder, payload, (size_t)bytes, 0, heard + count);
        }
        ck_assert_uint_eq(count, PACKETS * step);
        ck_assert_double_gt(likeness(sent, heard, count, 200), 0.98);
        close_both();
    }
}
END_TEST

START_TEST(opus_carries_a_copy_where_loss_is_expected)
{
    uint8_t payload[ROOM];
    int with_copy[2] = {0, 0};
    fill(16000);
    for (unsigned expects = 0; expects < 2; expects++) {
        open_both(ST_RTP_CODEC_OPUS, 48000, expects * 20);
        for (unsigned n = 0; n < PACKETS; n++) {
            ssize_t bytes = st_rtp_encoder_encode(encoder, sent + n * 320, 320, payload, ROOM);
            ck_assert_int_gt(bytes, 2);
            /* RFC 6716, 4.2.3: the first bit of SILK's payload is voice activity, the next LBRR. */
            bool is_silk = payload[0] >> 3 < 16;
            with_copy[expects] += is_silk && (payload[1] & 0x40) != 0;
        }
        close_both();
    }
    ck_assert_int_eq(with_copy[0], 0);
    ck_assert_int_gt(with_copy[1], PACKETS / 2);
}
END_TEST

START_TEST(formats_without_audio_are_refused)
{
    static const struct st_rtp_format formats[] = {
        {ST_RTP_CODEC_NONE, 8000, 1},
        {ST_RTP_CODEC_NOISE, 8000, 1},
        {ST_RTP_CODEC_EVENT, 8000, 1},
        {ST_RTP_CODEC_L16, 44100, 2},
    };
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
        ck_assert_int_eq(st_rtp_encoder_create(&encoder, &formats[i], 0), -ENOTSUP);
    st_rtp_encoder_destroy(NULL);
}
END_TEST

START_TEST(lengths_and_room_are_checked)
{
    uint8_t payload[ROOM];
    fill(16000);
    open_both(ST_RTP_CODEC_OPUS, 48000, 0);
    ck_assert_int_eq(st_rtp_encoder_encode(encoder, sent, 321, payload, ROOM), -EINVAL);
    ck_assert_int_eq(st_rtp_encoder_encode(encoder, sent, 1000, payload, ROOM), -EINVAL);
    ck_assert_int_eq(st_rtp_encoder_encode(encoder, sent, 0, payload, ROOM), -EINVAL);
    close_both();
    open_both(ST_RTP_CODEC_G722, 8000, 0);
    ck_assert_int_eq(st_rtp_encoder_encode(encoder, sent, 321, payload, ROOM), -EINVAL);
    ck_assert_int_eq(st_rtp_encoder_encode(encoder, sent, 320, payload, 159), -ENOBUFS);
    close_both();
    open_both(ST_RTP_CODEC_PCMU, 8000, 0);
    ck_assert_int_eq(st_rtp_encoder_encode(encoder, sent, 160, payload, 159), -ENOBUFS);
    ck_assert_int_eq(st_rtp_encoder_encode(encoder, sent, 160, payload, 160), 160);
    close_both();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_is_encoded_is_decoded_alike,
                            opus_carries_a_copy_where_loss_is_expected,
                            formats_without_audio_are_refused, lengths_and_room_are_checked};
    return run_tests("encoder", tests, sizeof(tests) / sizeof(*tests));
}
