/* What is sent, and that our own receiver hears it so: the ledgers of both are equal. */
#include "run.h"

#include "sidetone/pool.h"
#include "sidetone/rtp_impair.h"
#include "sidetone/rtp_reorder.h"
#include "sidetone/rtp_rtcp.h"
#include "sidetone/rtp_sender.h"
#include "sidetone/rtp_stream.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 8000, S = 1000000, SSRC = 0x4afe0001, PACKETS_MAX = 4000 };

static struct {
    struct st_rtp_packet packet;
    uint8_t data[600];
    int64_t media_us;
} packets[PACKETS_MAX];
static size_t packet_count;

static void keep(void *user, const struct st_rtp_datagram *datagram)
{
    ck_assert_uint_lt(packet_count, PACKETS_MAX);
    ck_assert_uint_le(datagram->bytes, sizeof(packets->data));
    memcpy(packets[packet_count].data, datagram->data, datagram->bytes);
    packets[packet_count].media_us = datagram->media_us;
    ck_assert_int_eq(st_rtp_packet_parse(&packets[packet_count].packet, packets[packet_count].data,
                                         datagram->bytes),
                     0);
    ck_assert_uint_eq(packets[packet_count].packet.timestamp, datagram->timestamp);
    packet_count++;
}

static struct st_rtp_sender_config config_of(unsigned ptime_ms)
{
    packet_count = 0;
    return (struct st_rtp_sender_config){
        .ssrc = SSRC,
        .sequence = 65530,
        .timestamp = UINT32_MAX - 1000,
        .format = {ST_RTP_CODEC_PCMU, RATE, 1},
        .payload_type = 0,
        .event_type = 101,
        .ptime_ms = ptime_ms,
        .cname = "agent@test",
        .packet = keep,
    };
}

static struct st_rtp_sender *open_sender(unsigned ptime_ms)
{
    struct st_rtp_sender_config config = config_of(ptime_ms);
    struct st_rtp_sender *sender;
    ck_assert_int_eq(st_rtp_sender_create(&sender, &config), 0);
    ck_assert_uint_eq(st_rtp_sender_rate_hz(sender), RATE);
    return sender;
}

/* In pieces of 20 ms, as files are read. */
static void put_tone(struct st_rtp_sender *sender, unsigned ms)
{
    int16_t samples[RATE / 50];
    for (unsigned at = 0; at < ms / 20; at++) {
        for (unsigned i = 0; i < RATE / 50; i++)
            samples[i] = (int16_t)(8000 * sin((at * (RATE / 50.0) + i) * 2 * M_PI * 300 / RATE));
        st_rtp_sender_put(sender, samples, RATE / 50);
    }
}

START_TEST(packets_follow_each_other)
{
    for (unsigned ptime_ms = 10; ptime_ms <= 60; ptime_ms += 10) {
        struct st_rtp_sender *sender = open_sender(ptime_ms);
        put_tone(sender, 1200);
        ck_assert_uint_eq(packet_count, 1200 / ptime_ms);
        for (size_t i = 0; i < packet_count; i++) {
            const struct st_rtp_packet *packet = &packets[i].packet;
            ck_assert_uint_eq(packet->ssrc, SSRC);
            ck_assert_uint_eq(packet->sequence, (uint16_t)(65530 + i));
            ck_assert_uint_eq(packet->timestamp, UINT32_MAX - 1000 + (uint32_t)i * ptime_ms * 8);
            ck_assert_uint_eq(packet->bytes, ptime_ms * 8);
            ck_assert_int_eq(packet->has_marker, i == 0);
            ck_assert_int_eq(packets[i].media_us, (int64_t)i * ptime_ms * 1000);
        }
        struct st_rtp_sender_counts counts = st_rtp_sender_counts(sender);
        ck_assert_uint_eq(counts.packets, packet_count);
        ck_assert_uint_eq(counts.octets, 9600);
        ck_assert_uint_eq(counts.last_sequence, packets[packet_count - 1].packet.sequence);
        st_rtp_sender_destroy(sender);
    }
}
END_TEST

START_TEST(keys_take_the_place_of_audio)
{
    struct st_rtp_sender *sender = open_sender(20);
    ck_assert_int_eq(st_rtp_sender_press(sender, "1#", S / 2), 0);
    put_tone(sender, 2000);
    struct st_rtp_sender_counts counts = st_rtp_sender_counts(sender);
    ck_assert_uint_eq(counts.digits, 2);
    ck_assert_uint_eq(counts.events, 2 * 7);
    ck_assert_uint_eq(counts.packets, 100 - 2 * 5 + 2 * 7);
    size_t after = 0;
    for (size_t i = 1; i < packet_count; i++) {
        bool is_event = packets[i].packet.payload_type == 101;
        bool was_event = packets[i - 1].packet.payload_type == 101;
        ck_assert_uint_eq(packets[i].packet.sequence,
                          (uint16_t)(packets[i - 1].packet.sequence + 1));
        if (is_event && was_event)
            ck_assert_uint_eq(packets[i].packet.timestamp, packets[i - 1].packet.timestamp);
        if (is_event != was_event)
            ck_assert(packets[i].packet.has_marker);
        after += !is_event && was_event;
    }
    ck_assert_uint_eq(after, 2);
    ck_assert_uint_eq(packets[25].packet.payload_type, 101);
    st_rtp_sender_destroy(sender);
}
END_TEST

START_TEST(a_hold_is_silence_that_takes_its_time)
{
    struct st_rtp_sender *sender = open_sender(20);
    ck_assert_int_eq(st_rtp_sender_hold(sender, S, 2 * S), 0);
    ck_assert_int_eq(st_rtp_sender_hold(sender, 3 * S, 3 * S), -EINVAL);
    put_tone(sender, 3000);
    ck_assert_uint_eq(packet_count, 100);
    ck_assert_uint_eq(packets[50].packet.sequence, (uint16_t)(packets[49].packet.sequence + 1));
    ck_assert_uint_eq(packets[50].packet.timestamp - packets[49].packet.timestamp, RATE + 160);
    ck_assert(packets[50].packet.has_marker);
    ck_assert_int_eq(packets[50].media_us, 2 * S);
    ck_assert_uint_eq(st_rtp_sender_counts(sender).holds, 1);
    st_rtp_sender_destroy(sender);
}
END_TEST

START_TEST(reports_tell_the_time_and_what_was_sent)
{
    struct st_rtp_sender *sender = open_sender(20);
    struct st_rtp_rtcp_walk walk;
    struct st_rtp_rtcp_packet packet;
    uint8_t data[200];
    put_tone(sender, 1000);
    const int64_t unix_us = 1700000000250000;
    for (unsigned is_last = 0; is_last < 2; is_last++) {
        ssize_t bytes = st_rtp_sender_report(sender, 1500000, unix_us, is_last, data, sizeof(data));
        ck_assert_int_gt(bytes, 0);
        ck_assert_int_eq(st_rtp_rtcp_open(&walk, data, (size_t)bytes), 0);
        ck_assert(st_rtp_rtcp_next(&walk, &packet));
        ck_assert_uint_eq(packet.type, ST_RTP_RTCP_SR);
        ck_assert_uint_eq(packet.ssrc, SSRC);
        ck_assert_int_le(llabs(st_rtp_rtcp_unix_us(packet.ntp) - unix_us), 1);
        ck_assert_uint_eq(packet.timestamp, UINT32_MAX - 1000 + 12000);
        ck_assert_uint_eq(packet.packets, 50);
        ck_assert_uint_eq(packet.octets, 8000);
        ck_assert(st_rtp_rtcp_next(&walk, &packet));
        ck_assert_uint_eq(packet.type, ST_RTP_RTCP_SDES);
        ck_assert_uint_eq(packet.cname_bytes, 10);
        ck_assert_mem_eq(packet.cname, "agent@test", 10);
        ck_assert_int_eq(st_rtp_rtcp_next(&walk, &packet), is_last);
        ck_assert(!is_last || st_rtp_rtcp_ends(&packet, SSRC));
    }
    ck_assert_int_eq(st_rtp_sender_report(sender, 0, unix_us, true, data, 50), -ENOBUFS);
    st_rtp_sender_destroy(sender);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    struct st_rtp_sender *sender;
    static const unsigned lengths[] = {0, 5, 15, 25, 70};
    struct st_rtp_sender_config config;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        config = config_of(lengths[i]);
        ck_assert_int_eq(st_rtp_sender_create(&sender, &config), -EINVAL);
    }
    config = config_of(30);
    config.format = (struct st_rtp_format){ST_RTP_CODEC_OPUS, 48000, 2};
    ck_assert_int_eq(st_rtp_sender_create(&sender, &config), -EINVAL);
    config.format = (struct st_rtp_format){ST_RTP_CODEC_EVENT, 8000, 1};
    ck_assert_int_eq(st_rtp_sender_create(&sender, &config), -ENOTSUP);
    sender = open_sender(20);
    ck_assert_int_eq(st_rtp_sender_press(sender, "12x", 0), -EINVAL);
    ck_assert_int_eq(st_rtp_sender_press(sender, "", 0), -EINVAL);
    for (unsigned i = 0; i < ST_RTP_SENDER_PRESSES_MAX; i++)
        ck_assert_int_eq(st_rtp_sender_press(sender, "1", i), 0);
    ck_assert_int_eq(st_rtp_sender_press(sender, "1", 0), -ENOBUFS);
    st_rtp_sender_destroy(sender);
    st_rtp_sender_destroy(NULL);
}
END_TEST

/* ---- through a bad network into our receiver ---- */

static struct st_rtp_impair *impair;
static struct st_rtp_stream *stream;
static struct st_rtp_stream_stats stats;
static char digits[64];
static size_t digit_count;
static int64_t heard_us;

static void on_sound(void *user, const struct st_rtp_sound *sound)
{
    heard_us = sound->position_us + (int64_t)sound->count * S / sound->rate_hz;
}

static void on_digit(void *user, const struct st_rtp_digit *digit)
{
    digits[digit_count++] = digit->key;
    digits[digit_count] = '\0';
}

static void deliver(int64_t until_us)
{
    struct st_rtp_impaired datagram;
    while (st_rtp_impair_due_us(impair) <= until_us) {
        int64_t due_us = st_rtp_impair_due_us(impair);
        st_rtp_impair_take(impair, due_us, &datagram);
        st_rtp_stream_put(stream, datagram.data, datagram.bytes, due_us);
        st_rtp_stream_tick(stream, due_us);
    }
}

static void worsen(void *user, const struct st_rtp_datagram *datagram)
{
    deliver(datagram->media_us);
    ck_assert_int_eq(st_rtp_impair_put(impair, datagram->data, datagram->bytes, datagram->media_us),
                     0);
}

/* 30 s with digits, as the configuration of the network has them arrive. */
static void exchange(const struct st_rtp_impair_config *network)
{
    struct st_rtp_sender *sender;
    struct st_rtp_payloads payloads = {0};
    struct st_pool *pool;
    struct st_rtp_sender_config config = config_of(20);
    digit_count = 0;
    digits[0] = '\0';
    config.packet = worsen;
    ck_assert_int_eq(st_pool_create(&pool, ST_RTP_REORDER_BLOCK_BYTES, 256), 0);
    st_rtp_payloads_add(&payloads, 0, &config.format);
    st_rtp_payloads_add(&payloads, 101, &(struct st_rtp_format){ST_RTP_CODEC_EVENT, RATE, 1});
    st_rtp_stream_create(
        &stream, &(struct st_rtp_stream_config){
                     .payloads = &payloads, .pool = pool, .sound = on_sound, .digit = on_digit});
    ck_assert_int_eq(st_rtp_impair_create(&impair, network), 0);
    ck_assert_int_eq(st_rtp_sender_create(&sender, &config), 0);
    ck_assert_int_eq(st_rtp_sender_press(sender, "4111#", 5 * S), 0);
    ck_assert_int_eq(st_rtp_sender_press(sender, "22*", 20 * S), 0);
    put_tone(sender, 30000);
    st_rtp_impair_end(impair);
    deliver(INT64_MAX - 1);
    st_rtp_stream_flush(stream);
    st_rtp_stream_stats(stream, &stats);
    st_rtp_sender_destroy(sender);
    st_rtp_stream_destroy(stream);
    st_pool_destroy(pool);
}

START_TEST(our_receiver_counts_what_the_network_did)
{
    static const struct st_rtp_impair_config networks[] = {
        {.seed = 1},
        {.seed = 2, .loss_pct = 3},
        {.seed = 3, .loss_pct = 5, .burst = 3},
        {.seed = 4, .reorder_pct = 5},
        {.seed = 5, .duplicate_pct = 5},
        {.seed = 6, .jitter_us = 40000},
        {.seed = 7,
         .loss_pct = 3,
         .burst = 2,
         .reorder_pct = 3,
         .duplicate_pct = 3,
         .jitter_us = 20000},
    };
    for (size_t i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
        exchange(&networks[i]);
        const struct st_rtp_impair_counts did = st_rtp_impair_counts(impair);
        ck_assert_uint_eq(stats.counts.received, did.sent);
        ck_assert_int_eq(stats.counts.lost, (int64_t)(did.lost - did.lost_at_end));
        ck_assert_uint_eq(stats.counts.duplicates, did.duplicated);
        ck_assert_uint_eq(stats.counts.reordered, did.reordered);
        ck_assert_uint_eq(stats.late, 0);
        ck_assert_str_eq(digits, "4111#22*");
        ck_assert_int_le(llabs(heard_us - 30 * S), S / 5);
        st_rtp_impair_destroy(impair);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {packets_follow_each_other,
                            keys_take_the_place_of_audio,
                            a_hold_is_silence_that_takes_its_time,
                            reports_tell_the_time_and_what_was_sent,
                            nonsense_is_refused,
                            our_receiver_counts_what_the_network_did};
    return run_tests("sender", tests, sizeof(tests) / sizeof(*tests));
}
