#include "sidetone/codec.h"

#include "run.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ITU-T G.711 tables 1a and 2a: eight segments of sixteen intervals. Magnitudes of the decision
 * values in 16-bit units; the decoder's output is the middle of the interval. */
static int decisions[2][130];

static void set_up_decisions(void)
{
    int *mu = decisions[0], *a = decisions[1];
    mu[0] = 0;
    mu[1] = 4;
    for (int i = 2; i <= 128; i++)
        mu[i] = mu[i - 1] + (8 << (i - 1) / 16);
    a[0] = 0;
    for (int i = 1; i <= 128; i++)
        a[i] = a[i - 1] + (i <= 16 ? 16 : 16 << ((i - 1) / 16 - 1));
}

static int standard_sample(bool is_alaw, unsigned octet)
{
    unsigned code = octet ^ (is_alaw ? 0xd5 : 0xff);
    const int *d = decisions[is_alaw];
    unsigned n = code & 127;
    int magnitude = !is_alaw && n == 0 ? 0 : (d[n] + d[n + 1]) / 2;
    return code & 128 ? -magnitude : magnitude;
}

static const struct {
    enum st_codec codec;
    bool is_alaw;
    const char *vectors;
} laws[] = {{ST_CODEC_PCMU, false, VECTORS "/pcmu.txt"},
            {ST_CODEC_PCMA, true, VECTORS "/pcma.txt"}};

static void all_octets(uint8_t *octets)
{
    for (int i = 0; i < 256; i++)
        octets[i] = (uint8_t)i;
}

START_TEST(every_octet_decodes_as_the_standard_says)
{
    uint8_t octets[256];
    int16_t samples[256];
    all_octets(octets);
    ck_assert_uint_eq(st_codec_decode(laws[_i].codec, octets, 256, 0, 1, samples), 256);
    for (unsigned i = 0; i < 256; i++)
        ck_assert_msg(samples[i] == standard_sample(laws[_i].is_alaw, i), "%s: %u gives %d, not %d",
                      st_codec_name(laws[_i].codec), i, samples[i],
                      standard_sample(laws[_i].is_alaw, i));
}
END_TEST

START_TEST(every_octet_decodes_as_elsewhere)
{
    FILE *file = fopen(laws[_i].vectors, "r");
    ck_assert_ptr_nonnull(file);
    unsigned octet;
    int expected, lines = 0;
    for (; fscanf(file, "%u %d", &octet, &expected) == 2; lines++) {
        uint8_t data = (uint8_t)octet;
        int16_t sample;
        st_codec_decode(laws[_i].codec, &data, 1, 0, 1, &sample);
        ck_assert_int_eq(sample, expected);
    }
    fclose(file);
    ck_assert_int_eq(lines, 256);
}
END_TEST

START_TEST(every_sample_encodes_into_its_interval)
{
    bool is_alaw = laws[_i].is_alaw;
    const int *d = decisions[is_alaw];
    for (int value = INT16_MIN; value <= INT16_MAX; value++) {
        int16_t sample = (int16_t)value;
        uint8_t octet;
        st_codec_encode(laws[_i].codec, &sample, 1, &octet);
        unsigned code = octet ^ (is_alaw ? 0xd5 : 0xff), n = code & 127;
        int magnitude = abs(value);
        ck_assert_msg(value == 0 || !!(code & 128) == (value < 0), "sign of %d", value);
        ck_assert_msg(magnitude >= d[n] && (magnitude <= d[n + 1] || n == 127), "%d became %u",
                      value, n);
    }
}
END_TEST

START_TEST(what_was_decoded_encodes_back)
{
    uint8_t octets[256], again[256];
    int16_t samples[256];
    all_octets(octets);
    st_codec_decode(laws[_i].codec, octets, 256, 0, 1, samples);
    st_codec_encode(laws[_i].codec, samples, 256, again);
    for (int i = 0; i < 256; i++)
        if (!(laws[_i].codec == ST_CODEC_PCMU && i == 0x7f)) /* minus zero */
            ck_assert_uint_eq(again[i], octets[i]);
}
END_TEST

START_TEST(linear_samples_survive_both_byte_orders)
{
    static const enum st_codec codecs[] = {ST_CODEC_L16LE, ST_CODEC_L16BE};
    static const int16_t samples[] = {0, 1, -1, 0x1234, INT16_MAX, INT16_MIN};
    uint8_t data[sizeof(samples)];
    int16_t again[6];
    st_codec_encode(codecs[_i], samples, 6, data);
    ck_assert_uint_eq(data[6], _i ? 0x12 : 0x34);
    ck_assert_uint_eq(data[7], _i ? 0x34 : 0x12);
    ck_assert_uint_eq(st_codec_decode(codecs[_i], data, sizeof(data), 0, 1, again), 6);
    ck_assert_mem_eq(again, samples, sizeof(samples));
}
END_TEST

START_TEST(a_channel_is_picked_out_of_interleaved_ones)
{
    enum st_codec codec = (enum st_codec)_i;
    const int16_t in[8] = {100, -100, 200, -200, 300, -300, 400, -400};
    int16_t expected[8], out[4];
    uint8_t data[16];
    st_codec_encode(codec, in, 8, data);
    size_t bytes = 8 * st_codec_sample_bytes(codec);
    st_codec_decode(codec, data, bytes, 0, 1, expected);
    for (unsigned channel = 0; channel < 2; channel++) {
        ck_assert_uint_eq(st_codec_decode(codec, data, bytes, channel, 2, out), 4);
        for (int i = 0; i < 4; i++)
            ck_assert_int_eq(out[i], expected[2 * i + (int)channel]);
    }
}
END_TEST

START_TEST(a_cut_off_sample_is_ignored)
{
    static const uint8_t data[7] = {1, 0, 2, 0, 3, 0, 4};
    int16_t out[4];
    for (size_t bytes = 0; bytes <= sizeof(data); bytes++) {
        ck_assert_uint_eq(st_codec_decode(ST_CODEC_L16LE, data, bytes, 0, 1, out), bytes / 2);
        ck_assert_uint_eq(st_codec_decode(ST_CODEC_L16LE, data, bytes, 0, 2, out), (bytes + 2) / 4);
        ck_assert_uint_eq(st_codec_decode(ST_CODEC_L16LE, data, bytes, 1, 2, out), bytes / 4);
        ck_assert_uint_eq(st_codec_decode(ST_CODEC_L16LE, data, bytes, 2, 2, out), 0);
    }
}
END_TEST

START_TEST(names_are_read_back)
{
    for (int i = 0; i < ST_CODECS; i++)
        ck_assert_int_eq(st_codec_parse(st_codec_name((enum st_codec)i)), i);
    ck_assert_int_eq(st_codec_parse("PCMU"), -EINVAL);
    ck_assert_int_eq(st_codec_parse(""), -EINVAL);
}
END_TEST

int main(void)
{
    set_up_decisions();
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, every_octet_decodes_as_the_standard_says, 0, 2);
    tcase_add_loop_test(tcase, every_octet_decodes_as_elsewhere, 0, 2);
    tcase_add_loop_test(tcase, every_sample_encodes_into_its_interval, 0, 2);
    tcase_add_loop_test(tcase, what_was_decoded_encodes_back, 0, 2);
    tcase_add_loop_test(tcase, linear_samples_survive_both_byte_orders, 0, 2);
    tcase_add_loop_test(tcase, a_channel_is_picked_out_of_interleaved_ones, 0, ST_CODECS);
    tcase_add_test(tcase, a_cut_off_sample_is_ignored);
    tcase_add_test(tcase, names_are_read_back);
    return run_case("codec", tcase);
}
