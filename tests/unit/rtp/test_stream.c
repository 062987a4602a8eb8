#include "allocations.h"

#include "sidetone/codec.h"
#include "sidetone/pool.h"
#include "sidetone/rtp_reorder.h"
#include "sidetone/rtp_stream.h"

#include "run.h"

#include <errno.h>
#include <opus.h>
#include <spandsp.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME = 160, FRAME_US = 20000, S = 1000000, RATE = 8000, HEARD_MAX = 3000000 };

static struct st_pool *pool;
static struct st_rtp_stream *stream;
static struct st_rtp_payloads payloads;
static struct st_rtp_stream_stats stats;
static int64_t now_us;

/* What came out, as samples and their kinds, as long as all is at 8 kHz. */
static int16_t heard[HEARD_MAX];
static uint8_t kinds[HEARD_MAX];
static size_t heard_count;
static int64_t end_us;
static uint32_t rates_seen;
static char digits[64];
static int64_t digit_us[64];
static size_t digit_count;

/* A passed ck_assert allocates. */
static void must(bool is_so)
{
    if (!is_so)
        ck_abort();
}

static void on_sound(void *user, const struct st_rtp_sound *sound)
{
    int64_t off_us = sound->position_us - end_us;
    must(off_us >= -2 && off_us <= 2);
    must(sound->count > 0);
    must((sound->samples == NULL) == (sound->kind == ST_RTP_SOUND_SILENCE));
    end_us = sound->position_us + (int64_t)sound->count * S / sound->rate_hz;
    rates_seen |= sound->rate_hz == 8000 ? 1 : sound->rate_hz == 16000 ? 2 : 4;
    for (uint64_t i = 0; i < sound->count && heard_count < HEARD_MAX; i++) {
        heard[heard_count] = sound->samples ? sound->samples[i] : 0;
        kinds[heard_count++] = (uint8_t)sound->kind;
    }
}

static void on_digit(void *user, const struct st_rtp_digit *digit)
{
    must(digit_count < sizeof(digits) - 1);
    digit_us[digit_count] = digit->position_us;
    digits[digit_count++] = digit->key;
    digits[digit_count] = 0;
}

static void add_type(unsigned type, enum st_rtp_codec codec, uint32_t clock_hz, uint8_t channels)
{
    struct st_rtp_format format = {codec, clock_hz, channels};
    ck_assert_int_eq(st_rtp_payloads_add(&payloads, type, &format), 0);
}

static void open_stream_at(int64_t origin_us)
{
    st_rtp_stream_destroy(stream);
    struct st_rtp_stream_config config = {.payloads = &payloads,
                                          .pool = pool,
                                          .origin_us = origin_us,
                                          .sound = on_sound,
                                          .digit = on_digit};
    st_rtp_stream_create(&stream, &config);
    heard_count = digit_count = 0;
    digits[0] = 0;
    end_us = 0;
    now_us = origin_us;
    rates_seen = 0;
}

static void open_stream(void)
{
    open_stream_at(0);
}

static void setup(void)
{
    ck_assert_int_eq(st_pool_create(&pool, ST_RTP_REORDER_BLOCK_BYTES, 256), 0);
    memset(&payloads, 0, sizeof(payloads));
    add_type(0, ST_RTP_CODEC_PCMU, 8000, 1);
    add_type(8, ST_RTP_CODEC_PCMA, 8000, 1);
    add_type(9, ST_RTP_CODEC_G722, 8000, 1);
    add_type(13, ST_RTP_CODEC_NOISE, 8000, 1);
    add_type(101, ST_RTP_CODEC_EVENT, 8000, 1);
    add_type(111, ST_RTP_CODEC_OPUS, 48000, 2);
    open_stream();
}

static void teardown(void)
{
    st_rtp_stream_destroy(stream);
    stream = NULL;
    st_pool_destroy(pool);
}

/* ---- a sender ---- */

static uint32_t ssrc = 0xabc;
static uint16_t sequence = 65500;
static uint32_t timestamp = 4294960000u;

/* The sound itself, by sample: loud, and different everywhere. */
static uint8_t voice(int64_t sample)
{
    uint32_t mixed = (uint32_t)sample * 2654435761u;
    return (uint8_t)(mixed >> 24);
}

static int16_t plain(int64_t sample)
{
    uint8_t code = voice(sample);
    int16_t out;
    st_codec_decode(ST_CODEC_PCMU, &code, 1, 0, 1, &out);
    return out;
}

static int put_bytes(unsigned type, uint16_t number, uint32_t at, const uint8_t *payload,
                     size_t bytes)
{
    uint8_t data[2048];
    struct st_rtp_packet packet = {(uint8_t)type, false, number, at, ssrc, payload, bytes};
    ssize_t all = st_rtp_packet_write(&packet, data, sizeof(data));
    return st_rtp_stream_put(stream, data, (size_t)all, now_us);
}

/* Frame i of the sound, as packet i. */
static int put(int64_t i)
{
    uint8_t payload[FRAME];
    for (int k = 0; k < FRAME; k++)
        payload[k] = voice(i * FRAME + k);
    return put_bytes(0, (uint16_t)(sequence + i), timestamp + (uint32_t)i * FRAME, payload, FRAME);
}

static void pass_us(int64_t us)
{
    for (int64_t until = now_us + us; now_us < until;) {
        int64_t left = until - now_us;
        now_us += left < 5000 ? left : 5000;
        st_rtp_stream_tick(stream, now_us);
    }
}

static void put_range(int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i++) {
        ck_assert_int_eq(put(i), 0);
        pass_us(FRAME_US);
    }
}

static void finish(void)
{
    st_rtp_stream_flush(stream);
    st_rtp_stream_stats(stream, &stats);
}

/* The first sample from `begin` on that is not of the sound, whose sample `from` lies there; `end`:
 * all are. An assertion for each would take longer than everything else here. */
static size_t find_other(size_t begin, size_t end, int64_t from)
{
    size_t k = begin;
    while (k < end && k < heard_count && kinds[k] == ST_RTP_SOUND_RECEIVED &&
           heard[k] == plain(from + (int64_t)(k - begin)))
        k++;
    return k;
}

/* Frames [from, to) of the sound lie `at` frames into what was heard, to the sample. */
static void expect_voice(int64_t at, int64_t from, int64_t to)
{
    size_t begin = (size_t)(at * FRAME), end = begin + (size_t)((to - from) * FRAME);
    ck_assert_uint_eq(find_other(begin, end, from * FRAME), end);
}

static void expect_kind(int64_t from, int64_t to, enum st_rtp_sound_kind kind)
{
    size_t k = (size_t)(from * FRAME), end = (size_t)(to * FRAME);
    while (k < end && k < heard_count && kinds[k] == kind)
        k++;
    ck_assert_uint_eq(k, end);
}

/* ---- what networks and senders do ---- */

START_TEST(an_orderly_stream_comes_out_as_it_was)
{
    put_range(0, 5000);
    finish();
    ck_assert_uint_eq(heard_count, 5000 * FRAME);
    expect_voice(0, 0, 5000);
    ck_assert_uint_eq(stats.counts.received, 5000);
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_int_eq(stats.concealed_us + stats.silence_us + stats.corrected_us, 0);
    ck_assert_int_eq(stats.heard_us, now_us - FRAME_US);
}
END_TEST

START_TEST(a_second_leg_that_comes_late_begins_with_silence)
{
    now_us = 10 * S;
    put_range(0, 100);
    finish();
    ck_assert_uint_eq(heard_count, 600 * FRAME);
    expect_kind(0, 500, ST_RTP_SOUND_SILENCE);
    expect_voice(500, 0, 100);
}
END_TEST

/* Not all at once when it comes: what hears it would have to keep it. */
START_TEST(a_leg_that_is_awaited_is_silent_meanwhile)
{
    open_stream_at(7 * S);
    pass_us(10 * S);
    ck_assert_int_gt(end_us, 9 * S);
    ck_assert_int_le(end_us, 10 * S);
    put_range(0, 100);
    finish();
    ck_assert_uint_eq(heard_count, 600 * FRAME);
    expect_kind(0, 500, ST_RTP_SOUND_SILENCE);
    expect_voice(500, 0, 100);
}
END_TEST

START_TEST(disorder_comes_out_in_order)
{
    static const int order[] = {0, 1, 2, 4, 3, 5, 8, 7, 6, 9};
    for (int block = 0; block < 100; block++)
        for (int i = 0; i < 10; i++) {
            ck_assert_int_eq(put(block * 10 + order[i]), 0);
            pass_us(FRAME_US);
        }
    finish();
    expect_voice(0, 0, 1000);
    ck_assert_uint_eq(stats.counts.reordered, 300);
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_uint_eq(stats.late, 0);
}
END_TEST

START_TEST(a_short_loss_is_concealed_and_the_rest_untouched)
{
    put_range(0, 50);
    put_range(50 + _i, 100);
    finish();
    ck_assert_uint_eq(heard_count, 100 * FRAME);
    expect_voice(0, 0, 50);
    expect_kind(50, 50 + _i, ST_RTP_SOUND_CONCEALED);
    expect_voice(50 + _i, 50 + _i, 100);
    ck_assert_int_eq(stats.counts.lost, _i);
    ck_assert_uint_eq(stats.bursts, 1);
    ck_assert_int_eq(stats.concealed_us, _i * FRAME_US);
}
END_TEST

START_TEST(a_long_loss_is_concealed_60_ms_and_then_silent)
{
    put_range(0, 50);
    put_range(75, 100);
    finish();
    expect_voice(0, 0, 50);
    expect_kind(50, 53, ST_RTP_SOUND_CONCEALED);
    expect_kind(53, 75, ST_RTP_SOUND_SILENCE);
    expect_voice(75, 75, 100);
    ck_assert_int_eq(stats.concealed_us, 60000);
}
END_TEST

START_TEST(silence_suppression_keeps_its_length)
{
    static const int64_t gaps[] = {15, 150, 15000};
    int64_t at = 0;
    for (int64_t i = 0, voiced = 0; i < 3; i++) {
        for (int64_t end = voiced + 20; voiced < end; voiced++) {
            uint8_t payload[FRAME];
            for (int k = 0; k < FRAME; k++)
                payload[k] = voice(voiced * FRAME + k);
            put_bytes(0, (uint16_t)(sequence + voiced), (uint32_t)(at++ * FRAME), payload, FRAME);
            pass_us(FRAME_US);
        }
        pass_us(gaps[i] * FRAME_US);
        at += gaps[i];
    }
    finish();
    expect_voice(0, 0, 20);
    expect_kind(20, 35, ST_RTP_SOUND_SILENCE);
    expect_voice(35, 20, 40);
    expect_kind(55, 205, ST_RTP_SOUND_SILENCE);
    expect_voice(205, 40, 60);
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_int_eq(stats.concealed_us, 0);
    ck_assert_uint_eq(stats.counts.jitter_us, 0);
    /* Without packets the clock has gone on by itself, close behind the time. */
    ck_assert_int_gt(end_us, now_us - S);
    ck_assert_int_le(end_us, now_us);
}
END_TEST

/* The standard's type, Cisco's, and one that was agreed on; some with coefficients behind the
 * level. */
START_TEST(comfort_noise_is_not_played)
{
    static const unsigned types[] = {13, 19, 98};
    static const uint8_t level[] = {60, 100, 150, 200};
    for (int i = 1; i < 3; i++)
        add_type(types[i], ST_RTP_CODEC_NOISE, 8000, 1);
    open_stream();
    put_range(0, 50);
    for (int64_t i = 50; i < 100; i++) {
        if (i % 10 == 0)
            put_bytes(types[_i], (uint16_t)(sequence + 50 + (i - 50) / 10),
                      timestamp + (uint32_t)i * FRAME, level, 1 + (size_t)(i % 4));
        pass_us(FRAME_US);
    }
    sequence = (uint16_t)(sequence - 45);
    put_range(100, 150);
    finish();
    ck_assert_uint_eq(heard_count, 150 * FRAME);
    expect_voice(0, 0, 50);
    expect_kind(50, 100, ST_RTP_SOUND_SILENCE);
    expect_voice(100, 100, 150);
    ck_assert_int_eq(stats.counts.lost, 0);
}
END_TEST

/* PCMU, PCMA, G.722 and Opus in turn, two seconds each. */
START_TEST(the_codec_may_change_at_any_packet)
{
    int err;
    int16_t wave[320];
    uint8_t data[400];
    uint16_t number = 9;
    uint32_t at = 77;
    g722_encode_state_t *g722 = g722_encode_init(NULL, 64000, 0);
    OpusEncoder *opus = opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &err);
    for (int i = 0; i < 2000; i++) {
        static const unsigned types[] = {0, 8, 9, 111};
        unsigned type = types[i / 100 % 4];
        int bytes = 160;
        for (int k = 0; k < 320; k++)
            wave[k] = (int16_t)(((i * 320 + k) * 97 % 200 - 100) * 80);
        memset(data, 0x55, sizeof(data));
        if (type == 9)
            bytes = g722_encode(g722, data, wave, 320);
        if (type == 111)
            bytes = opus_encode(opus, wave, 320, data, sizeof(data));
        ck_assert_int_eq(put_bytes(type, number++, at, data, (size_t)bytes), 0);
        at += type == 111 ? 960 : 160;
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_int_eq(end_us, 2000 * FRAME_US);
    ck_assert_uint_eq(rates_seen, 3);
    ck_assert_uint_eq(stats.counts.payload_changes, 19);
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_int_eq(stats.silence_us + stats.concealed_us, 0);
    ck_assert_uint_eq(stats.undecodable, 0);
    g722_encode_free(g722);
    opus_encoder_destroy(opus);
}
END_TEST

/* What the encoder says in silence is two bytes at most, now and then more, and mostly not sent. */
START_TEST(opus_that_sends_nothing_in_silence_keeps_its_length)
{
    enum { ALL = 1000, SAMPLES = 320 };
    int err, unsent = 0;
    uint16_t number = 9;
    OpusEncoder *opus = opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &err);
    opus_encoder_ctl(opus, OPUS_SET_DTX(1));
    opus_encoder_ctl(opus, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    for (int i = 0; i < ALL; i++) {
        int16_t wave[SAMPLES] = {0};
        uint8_t data[400];
        bool is_spoken = i % 200 < 50 || i >= ALL - 50;
        for (int k = 0; k < SAMPLES && is_spoken; k++)
            wave[k] = (int16_t)(((i * SAMPLES + k) * 97 % 200 - 100) * 80);
        int bytes = opus_encode(opus, wave, SAMPLES, data, sizeof(data));
        bool is_sent = bytes > 2 || (_i == 1 && bytes > 0);
        if (is_sent)
            must(put_bytes(111, number++, (uint32_t)i * 960, data, (size_t)bytes) == 0);
        unsent += bytes <= 2;
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_int_gt(unsent, 300);
    ck_assert_int_eq(end_us, ALL * FRAME_US);
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_int_eq(stats.concealed_us, 0);
    ck_assert_int_eq(stats.silence_us, unsent * FRAME_US);
    ck_assert_uint_eq(stats.counts.jitter_us, 0);
    opus_encoder_destroy(opus);
}
END_TEST

START_TEST(what_is_around_a_payload_is_taken_off)
{
    for (int64_t i = 0; i < 100; i++) {
        /* Two contributors, an extension of one word, padding of three. */
        uint8_t data[12 + 8 + 8 + FRAME + 3] = {0xb2, 0};
        uint8_t tail[8] = {0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0};
        struct st_rtp_packet packet = {
            0, false, (uint16_t)(sequence + i), timestamp + (uint32_t)i * FRAME, ssrc, NULL, 0};
        must(st_rtp_packet_write(&packet, data, sizeof(data)) == 12);
        data[0] = 0xb2;
        memset(data + 12, 0x77, 8);
        memcpy(data + 20, tail, sizeof(tail));
        for (int k = 0; k < FRAME; k++)
            data[28 + k] = voice(i * FRAME + k);
        memcpy(data + 28 + FRAME, (uint8_t[]){0xee, 0xee, 3}, 3);
        ck_assert_int_eq(st_rtp_stream_put(stream, data, sizeof(data), now_us), 0);
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_uint_eq(heard_count, 100 * FRAME);
    expect_voice(0, 0, 100);
}
END_TEST

START_TEST(ptime_may_change_at_any_packet)
{
    static const int spans[] = {160, 320, 80, 240, 40, 480, 160};
    int64_t at = 0;
    uint16_t number = 1;
    for (int i = 0; i < 1400; i++) {
        uint8_t payload[480];
        int span = spans[i / 200];
        for (int k = 0; k < span; k++)
            payload[k] = voice(at + k);
        ck_assert_int_eq(put_bytes(0, number++, (uint32_t)at, payload, (size_t)span), 0);
        at += span;
        pass_us(span * 125);
    }
    finish();
    ck_assert_uint_eq(heard_count, (size_t)at);
    ck_assert_uint_eq(find_other(0, heard_count, 0), heard_count);
    ck_assert_uint_eq(stats.counts.ptime_changes, 6);
}
END_TEST

START_TEST(a_new_source_loses_nothing)
{
    put_range(0, 250);
    ssrc++;
    sequence = (uint16_t)(sequence + 12345);
    timestamp += 987654321;
    put_range(250, 500);
    finish();
    ck_assert_uint_eq(heard_count, 500 * FRAME);
    expect_voice(0, 0, 500);
    ck_assert_uint_eq(stats.counts.sources, 2);
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_uint_eq(stats.counts.received, 500);
    ck_assert_uint_eq(stats.counts.foreign, 0);
}
END_TEST

/* The old sender goes on for a while: what the new one says meanwhile is not put behind it. */
START_TEST(a_new_source_that_comes_early_takes_over_in_time)
{
    uint32_t own_ssrc = ssrc;
    for (int64_t i = 0; i < 200; i++) {
        ssrc = own_ssrc;
        if (i < 100)
            ck_assert_int_eq(put(i), 0);
        ssrc = own_ssrc + 1;
        if (i >= 90)
            ck_assert_int_eq(put(i), 0);
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_uint_eq(heard_count, 200 * FRAME);
    expect_voice(0, 0, 200);
    ck_assert_uint_eq(stats.counts.received, 200);
    ck_assert_uint_eq(stats.counts.foreign, 10);
    ck_assert_int_eq(stats.counts.lost, 0);
}
END_TEST

/* The decoder of the one before would be a way off. */
START_TEST(a_new_source_is_decoded_afresh)
{
    enum { COUNT = 50, SAMPLES = 320 };
    for (int source = 0; source < 2; source++, ssrc++) {
        g722_encode_state_t *g722 = g722_encode_init(NULL, 64000, 0);
        for (int i = 0; i < COUNT; i++) {
            int16_t wave[SAMPLES];
            uint8_t data[SAMPLES];
            for (int k = 0; k < SAMPLES; k++)
                wave[k] = (int16_t)(((i * SAMPLES + k) * 97 % 200 - 100) * 200);
            int bytes = g722_encode(g722, data, wave, SAMPLES);
            uint16_t number = (uint16_t)(i + source * 20000);
            must(put_bytes(9, number, (uint32_t)i * FRAME, data, (size_t)bytes) == 0);
            pass_us(FRAME_US);
        }
        g722_encode_free(g722);
    }
    finish();
    ck_assert_uint_eq(heard_count, 2 * COUNT * SAMPLES);
    ck_assert_mem_eq(heard, heard + COUNT * SAMPLES, COUNT * SAMPLES * sizeof(*heard));
}
END_TEST

START_TEST(a_rival_keeps_no_memory_from_the_stream)
{
    uint32_t own_ssrc = ssrc;
    st_rtp_stream_destroy(stream);
    stream = NULL;
    st_pool_destroy(pool);
    ck_assert_int_eq(st_pool_create(&pool, ST_RTP_REORDER_BLOCK_BYTES, 2), 0);
    open_stream();
    put_range(0, 50);
    for (int64_t i = 50; i < 100; i += 2) {
        ssrc = own_ssrc + 1;
        ck_assert_int_eq(put(i), 0);
        ck_assert_int_eq(put(i + 1), 0);
        ssrc = own_ssrc;
        ck_assert_int_eq(put(i + 1), 0);
        ck_assert_int_eq(put(i), 0);
        pass_us(2 * FRAME_US);
    }
    finish();
    expect_voice(0, 0, 100);
    ck_assert_uint_eq(stats.late, 0);
}
END_TEST

/* Two senders at one port from the first packet on: the first is heard, the other counted. */
START_TEST(of_two_that_begin_together_one_is_heard)
{
    uint32_t own_ssrc = ssrc;
    for (int64_t i = 0; i < 250; i++) {
        ck_assert_int_eq(put(i), 0);
        ssrc = own_ssrc + 1;
        ck_assert_int_eq(put(i + 5000), 0);
        ssrc = own_ssrc;
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_uint_eq(heard_count, 250 * FRAME);
    expect_voice(0, 0, 250);
    ck_assert_uint_eq(stats.counts.received, 250);
    ck_assert_uint_eq(stats.counts.foreign, 250);
}
END_TEST

/* Anybody can write a BYE: the sender goes on, and nobody takes its place. */
START_TEST(a_forged_bye_lets_nobody_in)
{
    uint8_t bye[8] = {0x81, 203, 0, 1};
    uint32_t own_ssrc = ssrc;
    put_range(0, 50);
    for (int i = 0; i < 4; i++)
        bye[4 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    ck_assert_int_eq(st_rtp_stream_put_rtcp(stream, bye, sizeof(bye), now_us), 1);
    for (int64_t i = 50; i < 100; i++) {
        ssrc = own_ssrc + 1;
        ck_assert_int_eq(put(i + 5000), 0);
        ssrc = own_ssrc;
        ck_assert_int_eq(put(i), 0);
        pass_us(FRAME_US);
    }
    finish();
    expect_voice(0, 0, 100);
    ck_assert_uint_eq(stats.counts.sources, 1);
}
END_TEST

/* What waits for the one that is missing goes on waiting, unless its payload type means something
 * else from now on. */
START_TEST(a_refresh_lets_nothing_out)
{
    struct st_rtp_payloads table = payloads;
    bool is_other = _i == 1;
    put_range(0, 50);
    ck_assert_int_eq(put(51), 0);
    if (is_other)
        table.formats[9] = (struct st_rtp_format){0};
    st_rtp_stream_renegotiate(stream, &table, false);
    ck_assert_int_eq(put(50), is_other ? -ETIME : 0);
    pass_us(2 * FRAME_US);
    put_range(52, 100);
    finish();
    expect_voice(0, 0, 50);
    expect_voice(51, 51, 100);
    ck_assert_uint_eq(stats.late, is_other);
    ck_assert_int_eq(stats.concealed_us, is_other ? FRAME_US : 0);
}
END_TEST

START_TEST(after_a_refresh_nobody_else_is_let_in)
{
    uint32_t own_ssrc = ssrc;
    bool is_from_elsewhere = _i == 1;
    put_range(0, 50);
    st_rtp_stream_renegotiate(stream, &payloads, is_from_elsewhere);
    for (int64_t i = 50; i < 100; i++) {
        ck_assert_int_eq(put(i), 0);
        ssrc = own_ssrc + 1;
        ck_assert_int_eq(put(i + 5000), 0);
        ssrc = own_ssrc;
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_uint_eq(stats.counts.sources, is_from_elsewhere ? 2 : 1);
}
END_TEST

START_TEST(a_hold_keeps_the_time)
{
    put_range(0, 100);
    pass_us(60 * S);
    ck_assert_int_gt(end_us, now_us - S);
    ssrc += 7;
    timestamp = 1;
    sequence = 1;
    int64_t resumed_us = now_us;
    put_range(100, 200);
    finish();
    ck_assert_int_eq(end_us, resumed_us + 100 * FRAME_US);
    expect_voice(resumed_us / FRAME_US, 100, 200);
    ck_assert_int_eq(stats.counts.lost, 0);
}
END_TEST

START_TEST(a_stale_packet_after_a_hold_adds_no_silence)
{
    put_range(0, 100);
    pass_us(30 * S);
    ck_assert_int_eq(put(100), -ETIME);
    timestamp += 30 * RATE;
    put_range(101, 200);
    finish();
    ck_assert_int_eq(end_us, 200 * FRAME_US + 30 * S);
    ck_assert_uint_eq(stats.late, 1);
    ck_assert_int_eq(stats.counts.lost, 0);
    expect_voice(101 + 1500, 101, 200);
}
END_TEST

START_TEST(a_hold_in_which_the_clock_stood_still_keeps_the_time)
{
    put_range(0, 100);
    pass_us(30 * S);
    int64_t resumed_us = now_us;
    for (int64_t i = 100; i < 103; i++, pass_us(FRAME_US))
        put(i);
    put_range(103, 6000);
    finish();
    ck_assert_uint_eq(stats.late, 3);
    ck_assert_int_eq(stats.corrected_us, 0);
    ck_assert_int_eq(end_us, resumed_us + 5900 * FRAME_US);
    expect_voice(resumed_us / FRAME_US + 3, 103, 6000);
}
END_TEST

/* After a pause the way has become longer by 400 ms: the silence that was passed on meanwhile has
 * run ahead of the speech, all of which is heard, and is made up for in pauses. The first packet
 * waits for none, or for one that never comes. */
START_TEST(speech_that_comes_late_after_a_pause_is_moved_and_not_cut)
{
    enum { PAUSE = 100, PAUSES = 10, SPOKEN = 10 };
    int64_t next = 50 + _i, media = 50 + PAUSE + _i;
    put_range(0, 50);
    pass_us(PAUSE * FRAME_US + 400000 + _i * FRAME_US);
    timestamp += PAUSE * FRAME;
    put_range(next, next + 50);
    next += 50;
    media += 50;
    pass_us(FRAME_US); /* nothing waits any more */
    st_rtp_stream_stats(stream, &stats);
    ck_assert_int_eq(stats.corrected_us, 0);
    int64_t moved_us = end_us - media * FRAME_US;
    ck_assert_int_gt(moved_us, 50000);
    ck_assert_int_lt(moved_us, 200000);
    expect_voice(end_us / FRAME_US - 50, next - 50, next);
    for (int pause = 0; pause < PAUSES; pause++) {
        pass_us(SPOKEN * FRAME_US);
        timestamp += SPOKEN * FRAME;
        put_range(next, next + SPOKEN);
        next += SPOKEN;
        media += 2 * SPOKEN;
        expect_voice(end_us / FRAME_US - SPOKEN, next - SPOKEN, next);
    }
    finish();
    ck_assert_int_eq(stats.corrected_us, -moved_us);
    ck_assert_int_eq(end_us, media * FRAME_US);
}
END_TEST

static void put_event(uint16_t number, uint32_t at, unsigned event, bool is_end, unsigned duration)
{
    uint8_t payload[] = {(uint8_t)event, (uint8_t)(is_end ? 0x8a : 10), (uint8_t)(duration >> 8),
                         (uint8_t)duration};
    must(put_bytes(101, number, at, payload, 4) == 0);
}

START_TEST(digits_are_told_once_and_take_their_time)
{
    uint16_t number = 0;
    put_range(0, 50);
    for (int press = 0; press < 12; press++) {
        uint32_t at = timestamp + (uint32_t)(50 + press * 20) * FRAME;
        for (unsigned i = 1; i <= 7; i++, number++) {
            put_event((uint16_t)(sequence + 50 + number), at, (unsigned)press, i >= 5,
                      (i < 5 ? i : 5) * 160);
            pass_us(FRAME_US);
        }
        for (int64_t i = 0; i < 13; i++, number++) {
            uint8_t payload[FRAME];
            for (int k = 0; k < FRAME; k++)
                payload[k] = voice((50 + press * 20 + 7 + i) * FRAME + k);
            put_bytes(0, (uint16_t)(sequence + 50 + number), at + (uint32_t)(7 + i) * FRAME,
                      payload, FRAME);
            pass_us(FRAME_US);
        }
    }
    finish();
    ck_assert_str_eq(digits, "0123456789*#");
    for (int64_t press = 0; press < 12; press++) {
        ck_assert_int_eq(digit_us[press], (50 + press * 20) * FRAME_US);
        expect_kind(50 + press * 20, 57 + press * 20, ST_RTP_SOUND_SILENCE);
        expect_voice(57 + press * 20, 57 + press * 20, 70 + press * 20);
    }
    ck_assert_uint_eq(heard_count, 290 * FRAME);
    ck_assert_int_eq(stats.counts.lost, 0);
}
END_TEST

/* Beside audio that goes on, that pauses, or that only begins; each packet twice as well. */
START_TEST(digits_of_an_ssrc_of_their_own_are_heard_beside_the_audio)
{
    enum { CONTINUOUS, PAUSED, DOUBLED, FROM_THE_FIRST };
    enum { ALL = 300, PAUSE = 40, RESUME = 200, PRESS = 20 };
    int64_t voiced = 0, begin = _i == FROM_THE_FIRST ? 0 : 50;
    uint32_t own_ssrc = ssrc;
    uint16_t number = 7;
    for (int64_t i = 0; i < ALL; i++) {
        uint8_t payload[FRAME];
        for (int k = 0; k < FRAME; k++)
            payload[k] = voice(i * FRAME + k);
        if (_i != PAUSED || i < PAUSE || i >= RESUME)
            put_bytes(0, (uint16_t)(sequence + voiced++), timestamp + (uint32_t)i * FRAME, payload,
                      FRAME);
        int64_t press = (i - begin) / PRESS, part = (i - begin) % PRESS + 1;
        bool is_pressed = i >= begin && press < 12 && part <= 7;
        ssrc = own_ssrc + 1;
        for (int k = 0; k < (_i == DOUBLED ? 2 : 1) && is_pressed; k++)
            put_event(number, 99 + (uint32_t)press * PRESS * FRAME, (unsigned)press, part >= 5,
                      (unsigned)(part < 5 ? part : 5) * FRAME);
        number = (uint16_t)(number + is_pressed);
        ssrc = own_ssrc;
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_str_eq(digits, "0123456789*#");
    for (int64_t press = 0; press < 12; press++) {
        int64_t late_us = digit_us[press] - (begin + press * PRESS) * FRAME_US;
        ck_assert(late_us >= 0 && late_us <= 4 * FRAME_US);
    }
    ck_assert_uint_eq(heard_count, ALL * FRAME);
    expect_voice(0, 0, _i == PAUSED ? PAUSE : ALL);
    if (_i == PAUSED)
        expect_voice(RESUME, RESUME, ALL);
    ck_assert_uint_eq(stats.counts.sources, 1);
    ck_assert_uint_eq(stats.counts.received, (uint64_t)voiced);
    ck_assert_uint_eq(stats.counts.foreign, 12 * 7 * (_i == DOUBLED ? 2 : 1));
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_uint_eq(stats.counts.jitter_us, 0);
}
END_TEST

/* One that has no audio before is heard, and told no second time when it turns out to be the next
 * source. */
START_TEST(a_new_source_that_begins_with_a_digit_tells_it_once)
{
    put_range(0, 50);
    pass_us(S);
    ssrc++;
    sequence = 9;
    timestamp = 12345;
    for (uint16_t i = 0; i < 7; i++) {
        /* of a sender whose timestamp runs on */
        put_event((uint16_t)(sequence + i), timestamp + i * 160u, 3, i >= 4, 160);
        pass_us(FRAME_US);
    }
    ck_assert_str_eq(digits, "3");
    put_range(7, 50);
    finish();
    ck_assert_str_eq(digits, "3");
    ck_assert_uint_eq(stats.counts.sources, 2);
    ck_assert_uint_eq(stats.counts.received, 100);
    ck_assert_uint_eq(stats.counts.foreign, 0);
    ck_assert_int_eq(stats.counts.lost, 0);
}
END_TEST

/* Two seconds of speech, one of quiet; an hour. */
static int64_t drift_after_an_hour(int32_t ppm, bool has_pauses)
{
    uint32_t seed = 5;
    int64_t largest_us = 0;
    uint8_t payload[FRAME];
    open_stream();
    for (int64_t i = 0; i < 180000; i++) {
        int64_t real_us = i * FRAME_US - i * FRAME_US / S * ppm;
        seed = seed * 1664525 + 1013904223;
        now_us = real_us + 40000 + (seed >> 8) % 15000;
        bool is_quiet = has_pauses && i % 150 >= 100;
        memset(payload, is_quiet ? 0xff : 0x20, sizeof(payload));
        put_bytes(0, (uint16_t)i, (uint32_t)(i * FRAME), payload, FRAME);
        int64_t off_us = end_us - (real_us + FRAME_US + 40000);
        off_us = off_us < 0 ? -off_us : off_us;
        bool is_confirmed = i > 0;
        largest_us = is_confirmed && off_us > largest_us ? off_us : largest_us;
    }
    return largest_us;
}

START_TEST(clocks_that_drift_are_held_to_ours)
{
    static const int32_t ppm[] = {200, -200, 0};
    ck_assert_int_lt(drift_after_an_hour(ppm[_i % 3], _i < 3), 50000);
    finish();
    if (ppm[_i % 3] == 0)
        ck_assert_int_eq(stats.corrected_us, 0);
    ck_assert_int_le(abs(stats.ppm + ppm[_i % 3]), 10);
    ck_assert_int_eq(stats.counts.lost, 0);
}
END_TEST

START_TEST(the_sound_lasts_as_long_as_the_call)
{
    uint32_t seed = 11;
    for (int64_t i = 0; i < 3000; i++) {
        seed = seed * 1664525 + 1013904223;
        if (i < 3 || i > 2990 || seed >> 29 != 0)
            put(i);
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_uint_eq(heard_count, 3000 * FRAME);
}
END_TEST

START_TEST(sprayed_packets_change_nothing_and_are_counted)
{
    static int16_t clean[400 * FRAME];
    uint32_t seed = 77, own_ssrc = ssrc;
    uint64_t malformed = 0, unknown = 0, foreign = 0;
    put_range(0, 400);
    finish();
    memcpy(clean, heard, sizeof(clean));
    uint64_t before = stats.counts.foreign;
    open_stream();
    for (int64_t i = 0; i < 400; i++) {
        ck_assert_int_eq(put(i), 0);
        for (int k = 0; k < 250 && i >= 10; k++) {
            uint8_t data[64];
            for (size_t b = 0; b < sizeof(data); b++)
                data[b] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
            data[0] = k % 3 ? 0x80 : data[0];
            data[1] = k % 5 ? 0 : data[1];
            int err = st_rtp_stream_put(stream, data, sizeof(data), now_us);
            malformed += err == -EBADMSG;
            unknown += err == -ENOTSUP;
            foreign += err == 0;
            /* And a second sender, in sequence. */
            ssrc = own_ssrc + 1;
            foreign += put(i * 250 + k) == 0;
            ssrc = own_ssrc;
        }
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_uint_eq(heard_count, 400 * FRAME);
    ck_assert_mem_eq(heard, clean, sizeof(clean));
    ck_assert_uint_eq(stats.malformed, malformed);
    ck_assert_uint_eq(stats.unknown_type, unknown);
    ck_assert_uint_eq(stats.counts.foreign, before + foreign);
    ck_assert_uint_eq(malformed + unknown + foreign, 390 * 500);
    ck_assert_uint_eq(stats.counts.sources, 1);
}
END_TEST

/* ---- the ledger ---- */

enum { PACKETS = 10000, DELAY_MAX = 9 };

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % below;
}

START_TEST(what_was_injected_is_what_is_counted)
{
    static uint8_t delay[PACKETS];
    uint32_t seed = (uint32_t)_i * 31 + 7;
    uint64_t lost = 0, late = 0, doubled = 0, missing = 0;
    for (uint32_t i = 0; i < PACKETS; i++) {
        uint32_t dice = draw(&seed, 100);
        bool is_calm = i < 8 || i >= PACKETS - 20;
        delay[i] = is_calm ? 0 : dice < 5 ? 255 : dice < 20 ? 1 + dice % 3 : dice < 23 ? 9 : 0;
        lost += delay[i] == 255;
    }
    for (uint32_t slot = 0; slot < PACKETS + DELAY_MAX; slot++) {
        for (uint32_t back = DELAY_MAX + 1; back-- > 0;) {
            uint32_t i = slot - back;
            if (back > slot || i >= PACKETS || delay[i] != back)
                continue;
            late += put(i) == -ETIME;
            if (i > 4 && draw(&seed, 25) == 0) {
                ck_assert_int_eq(put(i), -EALREADY);
                doubled++;
            }
        }
        pass_us(FRAME_US);
    }
    finish();
    for (int64_t i = 0; i < PACKETS; i++) {
        if (kinds[i * FRAME] == ST_RTP_SOUND_RECEIVED)
            expect_voice(i, i, i + 1);
        else
            missing++;
    }
    ck_assert_uint_eq(missing, lost + late);
    ck_assert_int_eq(stats.counts.lost, (int64_t)lost);
    ck_assert_uint_eq(stats.late, late);
    ck_assert_uint_eq(stats.counts.duplicates, doubled);
    ck_assert_uint_eq(stats.counts.received, PACKETS - lost);
    ck_assert_int_eq(stats.concealed_us + stats.silence_us, (int64_t)missing * FRAME_US);
    ck_assert_uint_eq(heard_count, PACKETS * FRAME);
    ck_assert_uint_gt(late, 0);
    ck_assert_uint_gt(stats.counts.reordered, 0);
}
END_TEST

/* ---- RTCP ---- */

START_TEST(reports_are_read_and_written)
{
    struct st_rtp_rtcp_block block;
    uint8_t sr[28] = {0x80, 200, 0, 6, 0, 0, 0, 0, 0xe0, 1, 2, 3, 4, 5, 6, 7};
    ck_assert(!st_rtp_stream_report(stream, now_us, &block));
    ck_assert_int_eq(st_rtp_stream_put_rtcp(stream, sr, sizeof(sr), now_us), 0);
    put_range(0, 10);
    put_range(11, 100);
    for (int i = 0; i < 4; i++)
        sr[4 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    ck_assert_int_eq(st_rtp_stream_put_rtcp(stream, sr, sizeof(sr), now_us), 0);
    ck_assert(st_rtp_stream_report(stream, now_us + 2 * S, &block));
    ck_assert_uint_eq(block.ssrc, ssrc);
    ck_assert_int_eq(block.lost, 1);
    ck_assert_uint_eq(block.fraction_lost, 2); /* of 256: one of a hundred */
    ck_assert_uint_eq(block.highest, 65500 + 99);
    ck_assert_uint_eq(block.jitter_ticks, 0);
    ck_assert_uint_eq(block.last_sr, 0x02030405);
    ck_assert_uint_eq(block.delay, 2 * 65536);
    ck_assert_int_eq(st_rtp_stream_put_rtcp(stream, sr, 27, now_us), -EBADMSG);
    uint8_t bye[8] = {0x81, 203, 0, 1, 1, 2, 3, 4};
    ck_assert_int_eq(st_rtp_stream_put_rtcp(stream, bye, sizeof(bye), now_us), 0);
    memcpy(bye + 4, sr + 4, 4);
    ck_assert_int_eq(st_rtp_stream_put_rtcp(stream, bye, sizeof(bye), now_us), 1);
    /* What the one before reported says nothing of the next. */
    ssrc++;
    pass_us(S);
    put_range(100, 110);
    ck_assert(st_rtp_stream_report(stream, now_us, &block));
    ck_assert_uint_eq(block.ssrc, ssrc);
    ck_assert_uint_eq(block.last_sr, 0);
    ck_assert_uint_eq(block.delay, 0);
}
END_TEST

START_TEST(packets_of_types_not_negotiated_are_refused)
{
    uint8_t payload[5000] = {0};
    put_range(0, 10);
    ck_assert_int_eq(put_bytes(3, 1, 1, payload, 33), -ENOTSUP);
    ck_assert_int_eq(put_bytes(0, 1, 1, payload, 0), -ENOTSUP);
    payload[0] = 0x80;
    ck_assert_int_eq(st_rtp_stream_put(stream, payload, 12 + 4032, now_us), 0);
    ck_assert_int_eq(st_rtp_stream_put(stream, payload, 12 + 4033, now_us), -EMSGSIZE);
    ck_assert_int_eq(st_rtp_stream_put(stream, payload, 11, now_us), -EBADMSG);
    struct st_rtp_payloads fewer = {0};
    st_rtp_stream_renegotiate(stream, &fewer, false);
    ck_assert_int_eq(put(10), -ENOTSUP);
    finish();
    ck_assert_uint_eq(stats.unknown_type, 3);
    ck_assert_uint_eq(stats.oversized, 1);
    ck_assert_uint_eq(stats.malformed, 1);
}
END_TEST

/* An unknown type, or nothing but padding, every few packets. */
START_TEST(packets_without_media_are_no_loss)
{
    static const uint8_t noise[] = {60};
    uint16_t number = sequence;
    for (int64_t i = 0; i < 200; i++) {
        uint8_t payload[FRAME];
        for (int k = 0; k < FRAME; k++)
            payload[k] = voice(i * FRAME + k);
        must(put_bytes(0, number++, timestamp + (uint32_t)i * FRAME, payload, FRAME) == 0);
        if (i % 10 == 9)
            ck_assert_int_eq(put_bytes(_i ? 96 : 0, number++, timestamp + (uint32_t)i * FRAME,
                                       noise, _i ? 1 : 0),
                             -ENOTSUP);
        ck_assert(i == 0 || heard_count == (size_t)(i + 1) * FRAME); /* nothing is waited for */
        pass_us(FRAME_US);
    }
    finish();
    expect_voice(0, 0, 200);
    ck_assert_int_eq(stats.counts.lost, 0);
    ck_assert_uint_eq(stats.counts.received, 220);
    ck_assert_uint_eq(stats.unknown_type, 20);
    ck_assert_uint_eq(stats.bursts, 0);
    ck_assert_int_eq(stats.concealed_us + stats.silence_us, 0);
    /* Of nobody, or far off, they are nothing. */
    put_bytes(96, (uint16_t)(number + 1000), 0, noise, 1);
    ssrc++;
    put_bytes(96, number, 0, noise, 1);
    finish();
    ck_assert_uint_eq(stats.counts.received, 220);
    ck_assert_uint_eq(stats.counts.foreign, 0);
}
END_TEST

START_TEST(a_source_that_sends_no_media_any_more_gives_way)
{
    static const uint8_t other[20] = {0};
    uint32_t own_ssrc = ssrc;
    put_range(0, 50);
    for (int64_t i = 50; i < 100; i++) {
        uint16_t number = (uint16_t)(sequence + i);
        ck_assert_int_eq(put_bytes(18, number, timestamp + (uint32_t)i * FRAME, other, 20),
                         -ENOTSUP);
        ssrc++;
        ck_assert_int_eq(put(i), 0);
        ssrc = own_ssrc;
        pass_us(FRAME_US);
    }
    finish();
    ck_assert_uint_eq(stats.counts.sources, 2);
    expect_voice(0, 0, 100);
}
END_TEST

START_TEST(odd_rates_lose_no_sample)
{
    static const uint32_t rates[] = {8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000};
    uint32_t rate = rates[_i];
    uint8_t payload[1920] = {0};
    add_type(96, ST_RTP_CODEC_L16, rate, 1);
    open_stream();
    int64_t at = 0;
    for (uint16_t i = 0; i < 2000; i++) {
        int64_t next = (int64_t)(i + 1) * rate / 50;
        now_us = at * S / rate;
        if (i % 40 != 17 && i % 40 != 18 && i % 40 != 19)
            put_bytes(96, i, (uint32_t)at, payload, (size_t)(next - at) * 2);
        st_rtp_stream_tick(stream, now_us);
        at = next;
    }
    finish();
    ck_assert_uint_eq(heard_count, (size_t)at);
    ck_assert_int_eq(stats.counts.lost, 150);
}
END_TEST

/* ---- memory ---- */

static void put_bad_minute(unsigned type, const uint8_t *payload, size_t bytes, uint32_t span)
{
    static uint32_t count;
    uint32_t until = count + 3000;
    for (; count < until; count++) {
        uint32_t i = count % 10 == 4 ? count + 1 : count % 10 == 5 ? count - 1 : count;
        if (count % 23 != 7)
            put_bytes(type, (uint16_t)i, i * span, payload, bytes);
        if (count % 50 == 9)
            put_event((uint16_t)(count + 30000), i * span, 5, false, 160);
        pass_us(FRAME_US);
    }
}

START_TEST(nothing_is_allocated_for_packets)
{
    int err;
    int16_t wave[320] = {0};
    uint8_t data[400] = {0};
    for (int k = 0; k < 320; k++)
        wave[k] = (int16_t)((k % 50 - 25) * 300);
    OpusEncoder *opus = opus_encoder_create(16000, 1, OPUS_APPLICATION_VOIP, &err);
    int opus_bytes = opus_encode(opus, wave, 320, data, sizeof(data));
    const struct {
        unsigned type;
        size_t bytes;
        uint32_t span;
    } codecs[] = {{0, 160, 160}, {9, 160, 160}, {111, (size_t)opus_bytes, 960}};
    heard_count = HEARD_MAX;
    put_bad_minute(codecs[_i].type, data, codecs[_i].bytes, codecs[_i].span);
    uint64_t before = allocations_count();
    put_bad_minute(codecs[_i].type, data, codecs[_i].bytes, codecs[_i].span);
    ck_assert_uint_eq(allocations_count(), before);
    finish();
    ck_assert_int_gt(stats.counts.lost, 100);
    ck_assert_int_gt(stats.concealed_us, 0);
    opus_encoder_destroy(opus);
}
END_TEST

int main(void)
{
    allocations_watch();
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_orderly_stream_comes_out_as_it_was);
    tcase_add_test(tcase, a_second_leg_that_comes_late_begins_with_silence);
    tcase_add_test(tcase, a_leg_that_is_awaited_is_silent_meanwhile);
    tcase_add_test(tcase, disorder_comes_out_in_order);
    tcase_add_loop_test(tcase, a_short_loss_is_concealed_and_the_rest_untouched, 1, 4);
    tcase_add_test(tcase, a_long_loss_is_concealed_60_ms_and_then_silent);
    tcase_add_test(tcase, silence_suppression_keeps_its_length);
    tcase_add_loop_test(tcase, comfort_noise_is_not_played, 0, 3);
    tcase_add_test(tcase, the_codec_may_change_at_any_packet);
    tcase_add_loop_test(tcase, opus_that_sends_nothing_in_silence_keeps_its_length, 0, 2);
    tcase_add_test(tcase, what_is_around_a_payload_is_taken_off);
    tcase_add_test(tcase, ptime_may_change_at_any_packet);
    tcase_add_test(tcase, a_new_source_loses_nothing);
    tcase_add_test(tcase, a_new_source_that_comes_early_takes_over_in_time);
    tcase_add_test(tcase, a_new_source_is_decoded_afresh);
    tcase_add_test(tcase, a_rival_keeps_no_memory_from_the_stream);
    tcase_add_test(tcase, of_two_that_begin_together_one_is_heard);
    tcase_add_test(tcase, a_forged_bye_lets_nobody_in);
    tcase_add_loop_test(tcase, a_refresh_lets_nothing_out, 0, 2);
    tcase_add_loop_test(tcase, after_a_refresh_nobody_else_is_let_in, 0, 2);
    tcase_add_test(tcase, a_hold_keeps_the_time);
    tcase_add_test(tcase, a_stale_packet_after_a_hold_adds_no_silence);
    tcase_add_test(tcase, a_hold_in_which_the_clock_stood_still_keeps_the_time);
    tcase_add_loop_test(tcase, speech_that_comes_late_after_a_pause_is_moved_and_not_cut, 0, 2);
    tcase_add_test(tcase, digits_are_told_once_and_take_their_time);
    tcase_add_loop_test(tcase, digits_of_an_ssrc_of_their_own_are_heard_beside_the_audio, 0, 4);
    tcase_add_test(tcase, a_new_source_that_begins_with_a_digit_tells_it_once);
    tcase_add_loop_test(tcase, clocks_that_drift_are_held_to_ours, 0, 6);
    tcase_add_test(tcase, the_sound_lasts_as_long_as_the_call);
    tcase_add_test(tcase, sprayed_packets_change_nothing_and_are_counted);
    tcase_add_loop_test(tcase, what_was_injected_is_what_is_counted, 0, 4);
    tcase_add_test(tcase, reports_are_read_and_written);
    tcase_add_test(tcase, packets_of_types_not_negotiated_are_refused);
    tcase_add_loop_test(tcase, packets_without_media_are_no_loss, 0, 2);
    tcase_add_test(tcase, a_source_that_sends_no_media_any_more_gives_way);
    tcase_add_loop_test(tcase, odd_rates_lose_no_sample, 0, 8);
    tcase_add_loop_test(tcase, nothing_is_allocated_for_packets, 0, 3);
    return run_case("stream", tcase);
}
