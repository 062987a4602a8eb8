#include "sidetone/codec.h"
#include "sidetone/rtp_payload.h"
#include "sidetone/rtp_reorder.h"

#include "run.h"

#include <errno.h>
#include <math.h>
#include <opus.h>
#include <spandsp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WIDE = 320, PACKETS = 100 };

static int16_t out[ST_RTP_DECODED_MAX];
static struct st_rtp_format format;
static struct st_rtp_decoder *decoder;

static void open_decoder(const char *name, uint32_t clock_hz, unsigned channels)
{
    ck_assert_int_eq(st_rtp_format_find(&format, name, clock_hz, channels), 0);
    ck_assert_int_eq(st_rtp_decoder_create(&decoder, &format), 0);
}

START_TEST(formats_are_found_by_name)
{
    static const struct {
        const char *name;
        uint32_t clock_hz;
        unsigned channels;
        int expected;
    } cases[] = {
        {"PCMU", 8000, 0, ST_RTP_CODEC_PCMU},
        {"pcma", 8000, 1, ST_RTP_CODEC_PCMA},
        {"PCMU", 16000, 1, -ENOTSUP},
        {"PCMA", 8000, 2, -ENOTSUP},
        {"G722", 8000, 1, ST_RTP_CODEC_G722},
        {"G722", 16000, 1, -ENOTSUP},
        {"L16", 8000, 1, ST_RTP_CODEC_L16},
        {"L16", 48000, 2, ST_RTP_CODEC_L16},
        {"L16", 7999, 1, -ENOTSUP},
        {"L16", 48001, 1, -ENOTSUP},
        {"L16", 16000, 3, -ENOTSUP},
        {"opus", 48000, 2, ST_RTP_CODEC_OPUS},
        {"OPUS", 48000, 0, ST_RTP_CODEC_OPUS},
        {"opus", 16000, 1, -ENOTSUP},
        {"CN", 16000, 1, ST_RTP_CODEC_NOISE},
        {"telephone-event", 48000, 0, ST_RTP_CODEC_EVENT},
        {"G729", 8000, 1, -ENOTSUP},
        {"", 8000, 1, -ENOTSUP},
        {"L16", 16000, 257, -ENOTSUP},
        {"telephone-event", 0, 1, -ENOTSUP},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct st_rtp_format found = {0};
        int err = st_rtp_format_find(&found, cases[i].name, cases[i].clock_hz, cases[i].channels);
        ck_assert_int_eq(err ? err : (int)found.codec, cases[i].expected);
        if (!err)
            ck_assert_int_eq(strcasecmp(st_rtp_codec_name(found.codec), cases[i].name), 0);
    }
}
END_TEST

START_TEST(static_payload_types_are_the_standards)
{
    int known = 0;
    for (unsigned type = 0; type < 300; type++)
        known += st_rtp_format_static(&format, type) == 0;
    ck_assert_int_eq(known, 7);
    ck_assert_int_eq(st_rtp_format_static(&format, 10), 0);
    ck_assert_uint_eq(format.clock_hz, 44100);
    ck_assert_uint_eq(format.channels, 2);
    ck_assert_int_eq(st_rtp_format_static(&format, 19), 0);
    ck_assert_int_eq(format.codec, ST_RTP_CODEC_NOISE);
    ck_assert_int_eq(st_rtp_format_static(&format, 18), -ENOTSUP);
}
END_TEST

START_TEST(types_that_rtcp_hides_are_refused)
{
    for (unsigned type = 0; type < 300; type++) {
        struct st_rtp_payloads payloads = {0};
        ck_assert_int_eq(st_rtp_payloads_add(&payloads, type, &format),
                         type < 64 || (type > 95 && type < 128) ? 0 : -EINVAL);
    }
}
END_TEST

START_TEST(a_table_has_the_latest_word_on_32_types)
{
    struct st_rtp_payloads payloads = {0}, other;
    for (unsigned type = 0; type < 40; type++)
        ck_assert_int_eq(st_rtp_payloads_add(&payloads, type,
                                             &(struct st_rtp_format){ST_RTP_CODEC_PCMU, 8000, 1}),
                         type < ST_RTP_PAYLOADS_MAX ? 0 : -ENOBUFS);
    other = payloads;
    ck_assert(st_rtp_payloads_are_same(&payloads, &other));
    ck_assert_int_eq(
        st_rtp_payloads_add(&other, 7, &(struct st_rtp_format){ST_RTP_CODEC_OPUS, 48000, 2}), 0);
    ck_assert(!st_rtp_payloads_are_same(&payloads, &other));
    ck_assert_int_eq(st_rtp_payloads_find(&other, 7)->codec, ST_RTP_CODEC_OPUS);
    ck_assert_int_eq(st_rtp_payloads_find(&other, 8)->codec, ST_RTP_CODEC_PCMU);
    ck_assert_int_eq(st_rtp_payloads_find(&other, 39)->codec, ST_RTP_CODEC_NONE);
}
END_TEST

static bool describe(const struct st_rtp_payloads *payloads, unsigned type, const uint8_t *payload,
                     size_t bytes, struct st_rtp_arrival *arrival)
{
    static struct st_rtp_packet packet;
    packet =
        (struct st_rtp_packet){.payload_type = (uint8_t)type, .payload = payload, .bytes = bytes};
    *arrival = (struct st_rtp_arrival){.packet = &packet, .span_ticks = 7};
    return st_rtp_payloads_describe(payloads, arrival);
}

START_TEST(packets_are_described_by_their_payload_type)
{
    static const uint8_t payload[320] = {0x48}; /* Opus: SILK, 20 ms */
    static const struct {
        unsigned type;
        size_t bytes;
        bool is_good;
        enum st_rtp_kind kind;
        uint32_t span_ticks;
    } cases[] = {
        {0, 160, true, ST_RTP_AUDIO, 160},
        {0, 0, false, 0, 0},
        {8, 240, true, ST_RTP_AUDIO, 240},
        {9, 80, true, ST_RTP_AUDIO, 80},
        {11, 320, true, ST_RTP_AUDIO, 160},
        {11, 1, false, 0, 0},
        {10, 320, true, ST_RTP_AUDIO, 80},
        {10, 3, false, 0, 0},
        {13, 1, true, ST_RTP_NOISE, 0},
        {19, 0, true, ST_RTP_NOISE, 0},
        {101, 4, true, ST_RTP_EVENT, 0},
        {111, 40, true, ST_RTP_AUDIO, 960},
        {111, 2, true, ST_RTP_NOISE, 0},
        {111, 0, false, 0, 0},
        {96, 160, false, 0, 0},
    };
    struct st_rtp_payloads payloads = {0};
    struct st_rtp_arrival arrival;
    for (unsigned type = 0; type < 20; type++)
        if (st_rtp_format_static(&format, type) == 0)
            st_rtp_payloads_add(&payloads, type, &format);
    st_rtp_payloads_add(&payloads, 101, &(struct st_rtp_format){ST_RTP_CODEC_EVENT, 8000, 1});
    st_rtp_payloads_add(&payloads, 111, &(struct st_rtp_format){ST_RTP_CODEC_OPUS, 48000, 2});
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        bool is_good = describe(&payloads, cases[i].type, payload, cases[i].bytes, &arrival);
        ck_assert_msg(is_good == cases[i].is_good, "case %zu", i);
        if (!is_good)
            continue;
        ck_assert_int_eq(arrival.kind, cases[i].kind);
        ck_assert_uint_eq(arrival.span_ticks, cases[i].span_ticks);
        ck_assert_uint_eq(arrival.clock_hz,
                          st_rtp_payloads_find(&payloads, cases[i].type)->clock_hz);
    }
    static const uint8_t broken[] = {0x4b, 0xff, 0, 0}; /* 63 frames of 20 ms */
    ck_assert(!describe(&payloads, 111, broken, sizeof(broken), &arrival));
}
END_TEST

START_TEST(companded_and_linear_audio_is_exact)
{
    uint8_t data[256], l16[512];
    int16_t expected[256];
    for (int i = 0; i < 256; i++)
        data[i] = (uint8_t)i;
    open_decoder("PCMU", 8000, 1);
    st_codec_decode(ST_CODEC_PCMU, data, 256, 0, 1, expected);
    ck_assert_int_eq(st_rtp_decoder_decode(decoder, data, 256, 0, out), 256);
    ck_assert_mem_eq(out, expected, sizeof(expected));
    st_rtp_decoder_destroy(decoder);
    open_decoder("PCMA", 8000, 1);
    st_codec_decode(ST_CODEC_PCMA, data, 256, 0, 1, expected);
    ck_assert_int_eq(st_rtp_decoder_decode(decoder, data, 256, 0, out), 256);
    ck_assert_mem_eq(out, expected, sizeof(expected));
    st_rtp_decoder_destroy(decoder);
    st_codec_encode(ST_CODEC_L16BE, expected, 256, l16);
    open_decoder("L16", 16000, 1);
    ck_assert_uint_eq(st_rtp_decoder_rate_hz(decoder), 16000);
    ck_assert_int_eq(st_rtp_decoder_decode(decoder, l16, 512, 0, out), 256);
    ck_assert_mem_eq(out, expected, sizeof(expected));
    st_rtp_decoder_destroy(decoder);
}
END_TEST

START_TEST(two_channels_are_mixed)
{
    static const uint8_t stereo[] = {0x7f, 0xff, 0x7f, 0xff, 0x80, 0, 0x7f, 0xfe, 0, 4, 0, 8, 9};
    open_decoder("L16", 48000, 2);
    ck_assert_int_eq(st_rtp_decoder_decode(decoder, stereo, sizeof(stereo), 0, out), 3);
    ck_assert_int_eq(out[0], INT16_MAX);
    ck_assert_int_eq(out[1], -1);
    ck_assert_int_eq(out[2], 6);
    st_rtp_decoder_destroy(decoder);
}
END_TEST

START_TEST(one_of_two_channels_is_taken)
{
    static const uint8_t stereo[] = {0x7f, 0xff, 0x12, 0x34, 0x80, 0, 0, 5};
    int16_t wave[640], expected[2][2] = {{0x7fff, -0x8000}, {0x1234, 5}};
    uint8_t packet[400];
    int err;
    OpusEncoder *opus = opus_encoder_create(16000, 2, OPUS_APPLICATION_AUDIO, &err);
    opus_encoder_ctl(opus, OPUS_SET_BITRATE(96000));
    for (uint8_t side = 1; side <= 2; side++) {
        ck_assert_int_eq(st_rtp_format_find(&format, "L16", 48000, 2), 0);
        ck_assert_int_eq(st_rtp_decoder_create_side(&decoder, &format, side), 0);
        ck_assert_int_eq(st_rtp_decoder_decode(decoder, stereo, sizeof(stereo), 0, out), 2);
        ck_assert_mem_eq(out, expected[side - 1], sizeof(expected[0]));
        st_rtp_decoder_destroy(decoder);
        ck_assert_int_eq(st_rtp_format_find(&format, "opus", 48000, 2), 0);
        ck_assert_int_eq(st_rtp_decoder_create_side(&decoder, &format, side), 0);
        int64_t power = 0;
        for (int i = 0; i < 20; i++) { /* the first channel speaks, the second is silent */
            for (int k = 0; k < 320; k++) {
                wave[2 * k] = (int16_t)((k * 40 % 320 - 160) * 60);
                wave[2 * k + 1] = 0;
            }
            int bytes = opus_encode(opus, wave, 320, packet, sizeof(packet));
            ck_assert_int_eq(st_rtp_decoder_decode(decoder, packet, (size_t)bytes, 0, out), 320);
            for (int k = 0; k < 320 && i > 10; k++)
                power += out[k] * out[k] / 320;
        }
        ck_assert(side == 1 ? power > 100000 : power < 1000);
        st_rtp_decoder_destroy(decoder);
    }
    opus_encoder_destroy(opus);
}
END_TEST

static void draw_wave(int16_t *wave, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double t = (double)i / 16000, swell = 0.5 + 0.5 * sin(2 * M_PI * 3 * t);
        double glide = 2 * M_PI * (180 * t + 30 * sin(2 * M_PI * 1.3 * t));
        wave[i] = (int16_t)(swell * (6000 * sin(glide) + 2500 * sin(2 * glide) +
                                     1500 * sin(5 * glide) + 500 * sin(11 * glide)));
    }
}

/* Error against the wave in dB, at the delay of the codec that fits best. */
static double error_db(const int16_t *wave, const int16_t *got, size_t count, size_t delay_max)
{
    double best = 1e9;
    for (size_t delay = 0; delay <= delay_max; delay++) {
        double error = 0, power = 1;
        for (size_t i = delay_max; i < count; i++) {
            error += pow(got[i] - wave[i - delay], 2);
            power += pow(wave[i - delay], 2);
        }
        double db = 10 * log10(error / power);
        best = db < best ? db : best;
    }
    return best;
}

START_TEST(g722_is_wideband)
{
    static int16_t wave[WIDE * PACKETS], got[WIDE * PACKETS];
    uint8_t data[WIDE / 2];
    g722_encode_state_t *encoder = g722_encode_init(NULL, 64000, 0);
    draw_wave(wave, WIDE * PACKETS);
    open_decoder("G722", 8000, 1);
    ck_assert_uint_eq(st_rtp_decoder_rate_hz(decoder), 16000);
    for (int i = 0; i < PACKETS; i++) {
        ck_assert_int_eq(g722_encode(encoder, data, wave + i * WIDE, WIDE), WIDE / 2);
        ck_assert_int_eq(st_rtp_decoder_decode(decoder, data, WIDE / 2, 0, out), WIDE);
        memcpy(got + i * WIDE, out, WIDE * sizeof(*out));
    }
    ck_assert_double_lt(error_db(wave, got, WIDE * PACKETS, 40), -20);
    g722_encode_free(encoder);
    st_rtp_decoder_destroy(decoder);
}
END_TEST

/* ---- Opus ---- */

struct packets {
    size_t bytes[PACKETS];
    uint8_t data[PACKETS][400];
};

static void encode_opus(struct packets *packets, const int16_t *wave, bool has_fec)
{
    int err;
    OpusEncoder *encoder = opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &err);
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(32000));
    opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(has_fec));
    opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(has_fec ? 30 : 0));
    opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    for (int i = 0; i < PACKETS; i++) {
        int n = opus_encode(encoder, wave + i * WIDE, WIDE, packets->data[i], 400);
        ck_assert_int_gt(n, 2);
        packets->bytes[i] = (size_t)n;
    }
    opus_encoder_destroy(encoder);
}

/* Decodes with every fifth packet lost. */
static void decode_lossy(const struct packets *packets, int16_t *got)
{
    size_t lost = 0, at = 0;
    open_decoder("opus", 48000, 2);
    for (int i = 0; i < PACKETS; i++) {
        if (i % 5 == 3) {
            lost += WIDE;
            continue;
        }
        ssize_t n = st_rtp_decoder_decode(decoder, packets->data[i], packets->bytes[i], lost, out);
        ck_assert_int_eq(n, (ssize_t)lost + WIDE);
        memcpy(got + at, out, (size_t)n * sizeof(*out));
        at += (size_t)n;
        lost = 0;
    }
    ck_assert_uint_eq(at, WIDE * PACKETS);
    st_rtp_decoder_destroy(decoder);
}

START_TEST(opus_is_decoded_at_16_khz)
{
    static int16_t wave[WIDE * PACKETS];
    static struct packets packets;
    draw_wave(wave, WIDE * PACKETS);
    encode_opus(&packets, wave, false);
    open_decoder("opus", 48000, 2);
    ck_assert_uint_eq(st_rtp_decoder_rate_hz(decoder), 16000);
    double power = 0;
    for (int i = 0; i < PACKETS; i++) {
        ck_assert_int_eq(st_rtp_decoder_decode(decoder, packets.data[i], packets.bytes[i], 0, out),
                         WIDE);
        for (int k = 0; k < WIDE; k++)
            power += (double)out[k] * out[k];
    }
    ck_assert_double_gt(power / (WIDE * PACKETS), 1e6);
    st_rtp_decoder_destroy(decoder);
}
END_TEST

START_TEST(opus_restores_a_lost_packet_from_the_next)
{
    static int16_t wave[WIDE * PACKETS], with[WIDE * PACKETS], without[WIDE * PACKETS];
    static struct packets packets;
    draw_wave(wave, WIDE * PACKETS);
    encode_opus(&packets, wave, true);
    decode_lossy(&packets, with);
    encode_opus(&packets, wave, false);
    decode_lossy(&packets, without);
    double restored = error_db(wave, with, WIDE * PACKETS, 200);
    double made_up = error_db(wave, without, WIDE * PACKETS, 200);
    ck_assert_double_lt(restored, made_up - 1);
}
END_TEST

START_TEST(opus_conceals_any_length_up_to_60_ms)
{
    static int16_t wave[WIDE * PACKETS];
    static struct packets packets;
    draw_wave(wave, WIDE * PACKETS);
    encode_opus(&packets, wave, true);
    open_decoder("opus", 48000, 2);
    for (size_t lost = 0; lost <= 960; lost += 17)
        ck_assert_int_eq(st_rtp_decoder_decode(decoder, packets.data[lost % PACKETS],
                                               packets.bytes[lost % PACKETS], lost, out),
                         (ssize_t)lost + WIDE);
    st_rtp_decoder_destroy(decoder);
}
END_TEST

START_TEST(garbage_gives_an_error_or_sound_and_no_more)
{
    static const struct {
        const char *name;
        uint32_t clock_hz;
    } codecs[] = {{"PCMU", 8000}, {"L16", 48000}, {"G722", 8000}, {"opus", 48000}};
    static const size_t sizes[] = {0, 1, 2, 3, 160, 1500, 4032, 4033};
    uint32_t seed = 4;
    for (size_t c = 0; c < 4; c++) {
        open_decoder(codecs[c].name, codecs[c].clock_hz, 1);
        for (int round = 0; round < 400; round++) {
            size_t bytes = sizes[round % 8];
            uint8_t *data = malloc(bytes ? bytes : 1);
            for (size_t i = 0; i < bytes; i++)
                data[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
            size_t lost = st_rtp_decoder_rate_hz(decoder) / 1000 * (unsigned)(round % 61);
            ssize_t n = st_rtp_decoder_decode(decoder, data, bytes, lost, out);
            ck_assert(n == -EBADMSG || (n > (ssize_t)lost && n <= ST_RTP_DECODED_MAX));
            ck_assert(bytes > 0 || n == -EBADMSG);
            ck_assert(bytes <= ST_RTP_REORDER_PAYLOAD_BYTES || n == -EBADMSG);
            free(data);
        }
        st_rtp_decoder_reset(decoder);
        st_rtp_decoder_destroy(decoder);
    }
}
END_TEST

START_TEST(what_carries_no_audio_has_no_decoder)
{
    static const enum st_rtp_codec codecs[] = {ST_RTP_CODEC_NONE, ST_RTP_CODEC_NOISE,
                                               ST_RTP_CODEC_EVENT};
    for (int i = 0; i < 3; i++) {
        format = (struct st_rtp_format){codecs[i], 8000, 1};
        ck_assert_int_eq(st_rtp_decoder_create(&decoder, &format), -ENOTSUP);
    }
    st_rtp_decoder_destroy(NULL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, formats_are_found_by_name);
    tcase_add_test(tcase, static_payload_types_are_the_standards);
    tcase_add_test(tcase, types_that_rtcp_hides_are_refused);
    tcase_add_test(tcase, a_table_has_the_latest_word_on_32_types);
    tcase_add_test(tcase, packets_are_described_by_their_payload_type);
    tcase_add_test(tcase, companded_and_linear_audio_is_exact);
    tcase_add_test(tcase, two_channels_are_mixed);
    tcase_add_test(tcase, one_of_two_channels_is_taken);
    tcase_add_test(tcase, g722_is_wideband);
    tcase_add_test(tcase, opus_is_decoded_at_16_khz);
    tcase_add_test(tcase, opus_restores_a_lost_packet_from_the_next);
    tcase_add_test(tcase, opus_conceals_any_length_up_to_60_ms);
    tcase_add_test(tcase, garbage_gives_an_error_or_sound_and_no_more);
    tcase_add_test(tcase, what_carries_no_audio_has_no_decoder);
    return run_case("payload", tcase);
}
