#include "sidetone/rtp_packet.h"
#include "sidetone/rtp_srtp.h"

#include "run.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

enum { ROOM = 1500, PAYLOAD = 160 };

static struct st_rtp_srtp_crypto crypto;
static struct st_rtp_srtp *sender, *receiver;
static _Alignas(4) uint8_t data[ROOM];
static size_t bytes;

static void choose(enum st_rtp_srtp_suite suite, uint8_t mki_bytes)
{
    crypto = (struct st_rtp_srtp_crypto){.tag = 1, .suite = suite, .mki_bytes = mki_bytes};
    for (size_t i = 0; i < sizeof(crypto.key); i++)
        crypto.key[i] = (uint8_t)(i * 7 + 3);
    memset(crypto.mki, 9, mki_bytes);
}

static void open_both(void)
{
    ck_assert_int_eq(st_rtp_srtp_create(&sender, &crypto, false), 0);
    ck_assert_int_eq(st_rtp_srtp_create(&receiver, &crypto, true), 0);
}

static void setup(void)
{
    choose(ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_80, 0);
}

static void teardown(void)
{
    st_rtp_srtp_destroy(sender);
    st_rtp_srtp_destroy(receiver);
    sender = receiver = NULL;
}

static void protect_of(uint32_t ssrc, uint16_t sequence)
{
    uint8_t payload[PAYLOAD];
    memset(payload, (uint8_t)sequence, sizeof(payload));
    struct st_rtp_packet packet = {0, false, sequence, sequence * 160u, ssrc, payload, PAYLOAD};
    bytes = (size_t)st_rtp_packet_write(&packet, data, ROOM);
    ck_assert_int_eq(st_rtp_srtp_protect(sender, data, &bytes, ROOM), 0);
}

static void protect(uint16_t sequence)
{
    protect_of(77, sequence);
}

static int unprotect_at(int64_t now_us)
{
    return st_rtp_srtp_unprotect(receiver, data, &bytes, now_us);
}

static int unprotect(void)
{
    return unprotect_at(0);
}

static void expect_plain(uint16_t sequence)
{
    struct st_rtp_packet packet;
    ck_assert_int_eq(st_rtp_packet_parse(&packet, data, bytes), 0);
    ck_assert_uint_eq(packet.sequence, sequence);
    ck_assert_uint_eq(packet.bytes, PAYLOAD);
    for (size_t i = 0; i < PAYLOAD; i++)
        ck_assert_uint_eq(packet.payload[i], (uint8_t)sequence);
}

static void protect_report(void)
{
    static const uint8_t report[] = {0x80, 201, 0, 1, 1, 2, 3, 4, 0x81, 203, 0, 1, 1, 2, 3, 4};
    memcpy(data, report, sizeof(report));
    bytes = sizeof(report);
    ck_assert_int_eq(st_rtp_srtp_protect_rtcp(sender, data, &bytes, ROOM), 0);
}

START_TEST(every_suite_carries_packets)
{
    static const size_t trailers[] = {10, 4, 16, 16};
    choose(_i % ST_RTP_SRTP_SUITES, (uint8_t)(_i / ST_RTP_SRTP_SUITES * 4));
    open_both();
    for (uint16_t i = 65500; i != 50; i++) {
        protect(i);
        ck_assert_uint_eq(bytes, 12 + PAYLOAD + trailers[crypto.suite] + crypto.mki_bytes);
        ck_assert_int_eq(unprotect(), 0);
        expect_plain(i);
    }
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).accepted, 86);
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).rollovers, 0);
}
END_TEST

START_TEST(every_suite_carries_reports)
{
    static const uint8_t report[] = {0x80, 201, 0, 1, 1, 2, 3, 4, 0x81, 203, 0, 1, 1, 2, 3, 4};
    static const size_t trailers[] = {14, 14, 20, 20};
    unsigned suite = _i % ST_RTP_SRTP_SUITES;
    uint8_t mki_bytes = (uint8_t)(_i / ST_RTP_SRTP_SUITES * 4);
    choose(suite, mki_bytes);
    open_both();
    memcpy(data, report, sizeof(report));
    bytes = sizeof(report);
    ck_assert_int_eq(st_rtp_srtp_protect_rtcp(sender, data, &bytes, ROOM), 0);
    ck_assert_uint_eq(bytes, sizeof(report) + trailers[suite] + mki_bytes);
    /* Of those without AEAD the tag comes behind it (RFC 3711, 3.4). */
    ck_assert_mem_eq(data + bytes - mki_bytes - (suite < 2 ? 10 : 0), crypto.mki, mki_bytes);
    ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 0), 0);
    ck_assert_uint_eq(bytes, sizeof(report));
    ck_assert_mem_eq(data, report, sizeof(report));
    ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 0), -EBADMSG);
}
END_TEST

START_TEST(a_changed_bit_is_refused_and_costs_nothing)
{
    choose(_i, 0);
    open_both();
    protect(5);
    ck_assert_int_eq(unprotect(), 0);
    protect(6);
    uint8_t good[ROOM];
    size_t all = bytes;
    memcpy(good, data, all);
    for (size_t bit = 0; bit < all * 8; bit += 11) {
        memcpy(data, good, all);
        bytes = all;
        data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int err = unprotect();
        ck_assert(err == -EBADMSG || err == -EALREADY);
    }
    for (size_t cut = 0; cut < all; cut++) {
        memcpy(data, good, all);
        bytes = cut;
        ck_assert_int_lt(unprotect(), 0);
    }
    memcpy(data, good, all);
    bytes = all;
    ck_assert_int_eq(unprotect(), 0);
    expect_plain(6);
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).rollovers, 0);
}
END_TEST

START_TEST(replayed_packets_are_refused_and_counted)
{
    open_both();
    uint8_t first[ROOM];
    protect(100);
    size_t all = bytes;
    memcpy(first, data, all);
    ck_assert_int_eq(unprotect(), 0);
    for (uint16_t i = 101; i < 3000; i++) {
        protect(i);
        ck_assert_int_eq(unprotect(), 0);
        memcpy(data, first, all);
        bytes = all;
        ck_assert_int_eq(unprotect(), -EALREADY);
    }
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).replayed, 2899);
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).forged, 0);
}
END_TEST

START_TEST(packets_within_the_window_may_come_late)
{
    static uint8_t held[1000][ROOM];
    static size_t sizes[1000];
    open_both();
    for (uint16_t i = 0; i < 1000; i++) {
        protect(i);
        memcpy(held[i], data, bytes);
        sizes[i] = bytes;
    }
    for (int i = 999; i >= 0; i--) {
        memcpy(data, held[i], sizes[i]);
        bytes = sizes[i];
        ck_assert_int_eq(unprotect(), 0);
    }
}
END_TEST

START_TEST(a_rollover_that_was_missed_is_recovered)
{
    choose(_i, 0);
    open_both();
    protect(1000);
    ck_assert_int_eq(unprotect(), 0);
    /* 65,600 packets that we never saw: the counter has moved, the number hardly. */
    for (uint32_t i = 1001; i < 1000 + 65600; i++)
        protect((uint16_t)i);
    int refused = 0;
    for (uint16_t i = 1064; i < 1200; i++) {
        protect(i);
        refused += unprotect() != 0;
    }
    ck_assert_int_eq(refused, 8);
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).rollovers, 1);
    protect(1200);
    ck_assert_int_eq(unprotect(), 0);
    expect_plain(1200);
}
END_TEST

/* Nothing else is forgotten for it: neither which reports were heard, nor the other sources. */
START_TEST(a_rollover_that_is_recovered_is_one_source_s_own)
{
    uint8_t old[ROOM];
    choose(_i, 0);
    open_both();
    protect_report();
    size_t all = bytes;
    memcpy(old, data, all);
    ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 0), 0);
    for (uint32_t i = 0; i < 65600; i += 60) { /* the one wraps unseen, the other in our sight */
        protect_of(77, (uint16_t)i);
        if (i == 0)
            ck_assert_int_eq(unprotect(), 0);
        protect_of(78, (uint16_t)i);
        ck_assert_int_eq(unprotect(), 0);
    }
    for (uint16_t i = 64; i < 72; i++) {
        protect_of(77, i);
        ck_assert_int_lt(unprotect(), 0);
    }
    protect_of(77, 72);
    ck_assert_int_eq(unprotect(), 0);
    expect_plain(72);
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).rollovers, 1);
    protect_of(78, 64);
    ck_assert_int_eq(unprotect(), 0);
    memcpy(data, old, all);
    bytes = all;
    ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 0), -EALREADY);
    for (uint32_t i = 73; i < 65600 + 100; i += 60) { /* and wraps again */
        protect_of(77, (uint16_t)i);
        ck_assert_int_eq(unprotect(), 0);
    }
}
END_TEST

START_TEST(a_receiver_that_comes_late_finds_the_rollover)
{
    open_both();
    for (uint32_t i = 0; i < 65536 + 300; i++)
        protect((uint16_t)i);
    int refused = 0;
    for (uint16_t i = 300; i < 340; i++) {
        protect(i);
        refused += unprotect() != 0;
    }
    ck_assert_int_eq(refused, 8);
}
END_TEST

START_TEST(forged_packets_do_not_move_the_rollover)
{
    uint32_t seed = 1;
    open_both();
    protect(10);
    ck_assert_int_eq(unprotect(), 0);
    for (int i = 0; i < 2000; i++) {
        bytes = 182;
        data[2] = (uint8_t)((11 + i) >> 8);
        data[3] = (uint8_t)(11 + i);
        for (size_t k = 12; k < bytes; k++)
            data[k] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        ck_assert_int_lt(unprotect(), 0);
    }
    for (uint16_t i = 11; i < 200; i++) {
        protect(i);
        ck_assert_int_eq(unprotect(), 0);
    }
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).rollovers, 0);
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).forged, 2000);
}
END_TEST

START_TEST(packets_of_before_a_rollover_do_not_set_it_back)
{
    enum { WRAP = 65536, KEPT = 40, FIRST = 1000 };
    static uint8_t kept[KEPT][ROOM];
    size_t all = 0;
    open_both();
    for (uint32_t i = 0; i < 2 * WRAP + 500; i++) {
        protect((uint16_t)i);
        all = bytes;
        if (i >= FIRST && i < FIRST + KEPT)
            memcpy(kept[i - FIRST], data, all);
        ck_assert_int_eq(unprotect(), 0);
    }
    for (int i = 0; i < KEPT; i++) {
        memcpy(data, kept[i], all);
        bytes = all;
        ck_assert_int_lt(unprotect(), 0);
    }
    for (uint16_t i = 500; i < 700; i++) {
        protect(i);
        ck_assert_int_eq(unprotect(), 0);
    }
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).rollovers, 0);
}
END_TEST

/* Whoever has the key may still make up sources: ours is not the memory to pay for it. */
START_TEST(sources_without_number_take_no_memory)
{
    enum { SOURCES = 5000, ROOM_BYTES = 65536 };
    size_t before = 0;
    open_both();
    for (uint32_t i = 0; i < 2 * SOURCES; i++) {
        struct st_rtp_srtp *other;
        if (i == SOURCES)
            before = mallinfo2().uordblks;
        ck_assert_int_eq(st_rtp_srtp_create(&other, &crypto, false), 0);
        st_rtp_srtp_destroy(sender);
        sender = other;
        protect_of(i, 5);
        ck_assert_int_eq(unprotect(), 0);
    }
    ck_assert_uint_lt(mallinfo2().uordblks, before + ROOM_BYTES);
    /* The latest are still known. */
    protect_of(2 * SOURCES - 2, 5);
    ck_assert_int_eq(unprotect(), -EALREADY);
    for (uint32_t i = 0; i < SOURCES; i++) {
        uint8_t report[] = {0x80, 201, 0, 1, 9, 9, (uint8_t)(i >> 8), (uint8_t)i};
        memcpy(data, report, sizeof(report));
        bytes = sizeof(report);
        st_rtp_srtp_destroy(sender);
        ck_assert_int_eq(st_rtp_srtp_create(&sender, &crypto, false), 0);
        ck_assert_int_eq(st_rtp_srtp_protect_rtcp(sender, data, &bytes, ROOM), 0);
        ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 0), 0);
    }
    ck_assert_uint_lt(mallinfo2().uordblks, before + ROOM_BYTES);
}
END_TEST

START_TEST(sources_in_turn_keep_their_state)
{
    open_both();
    for (uint16_t i = 65400; i != 300; i++)
        for (uint32_t ssrc = 1; ssrc <= 4; ssrc++) {
            protect_of(ssrc, i);
            ck_assert_int_eq(unprotect(), 0);
            expect_plain(i);
        }
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).rollovers, 0);
}
END_TEST

/* The sender has lost us: who repeats what was heard before must not keep us from finding it. */
START_TEST(replays_do_not_hinder_the_recovery)
{
    uint8_t old[ROOM];
    open_both();
    protect(1000);
    size_t all = bytes;
    memcpy(old, data, all);
    ck_assert_int_eq(unprotect(), 0);
    for (uint32_t i = 1001; i < 1000 + 65600; i++)
        protect((uint16_t)i);
    int refused = 0;
    for (uint16_t i = 1064; i < 1100; i++) {
        protect(i);
        refused += unprotect() != 0;
        memcpy(data, old, all);
        bytes = all;
        ck_assert_int_lt(unprotect(), 0);
    }
    ck_assert_int_eq(refused, 8);
}
END_TEST

START_TEST(the_key_before_is_taken_for_a_second)
{
    struct st_rtp_srtp *before;
    open_both();
    protect(1);
    ck_assert_int_eq(unprotect(), 0);
    before = sender;
    crypto.key[0] ^= 1;
    ck_assert_int_eq(st_rtp_srtp_create(&sender, &crypto, false), 0);
    ck_assert_int_eq(st_rtp_srtp_rekey(receiver, &crypto, 1000), 0);
    ck_assert_int_eq(st_rtp_srtp_rekey(receiver, &crypto, 2000), 0);
    struct st_rtp_srtp *after = sender;
    for (uint16_t i = 2; i < 50; i++) {
        uint8_t again[ROOM];
        sender = i % 2 ? after : before;
        protect(i);
        size_t all = bytes;
        memcpy(again, data, all);
        ck_assert_int_eq(unprotect_at(500000), 0);
        expect_plain(i);
        memcpy(data, again, all);
        bytes = all;
        ck_assert_int_eq(unprotect_at(500000), -EALREADY);
    }
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).forged, 0);
    sender = before;
    protect(51);
    ck_assert_int_eq(unprotect_at(1001000), -EBADMSG);
    st_rtp_srtp_destroy(before);
    sender = after;
}
END_TEST

/* The suite and the identifier may have changed with the key. */
START_TEST(reports_under_the_key_before_are_taken_for_a_second)
{
    unsigned suite = _i % ST_RTP_SRTP_SUITES;
    uint8_t mki_bytes = (uint8_t)(_i / ST_RTP_SRTP_SUITES * 4);
    choose(suite, mki_bytes);
    open_both();
    struct st_rtp_srtp *before = sender;
    choose((suite + 1) % ST_RTP_SRTP_SUITES, 4 - mki_bytes);
    crypto.key[0] ^= 1;
    ck_assert_int_eq(st_rtp_srtp_create(&sender, &crypto, false), 0);
    ck_assert_int_eq(st_rtp_srtp_rekey(receiver, &crypto, 1000), 0);
    struct st_rtp_srtp *after = sender;
    for (int i = 0; i < 20; i++) {
        uint8_t again[ROOM];
        sender = i % 2 ? after : before;
        protect_report();
        size_t all = bytes;
        memcpy(again, data, all);
        ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 500000), 0);
        ck_assert_uint_eq(bytes, 16);
        ck_assert_uint_eq(data[9], 203);
        memcpy(data, again, all);
        bytes = all;
        ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 500000), -EALREADY);
    }
    ck_assert_uint_eq(st_rtp_srtp_counts(receiver).accepted, 20);
    sender = before;
    protect_report();
    ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 1001000), -EBADMSG);
    st_rtp_srtp_destroy(before);
    sender = after;
}
END_TEST

/* As the standard has it, however often it has turned over; some senders begin again, though. */
START_TEST(the_rollover_goes_on_under_another_key)
{
    enum { WRAP = 65536 };
    uint32_t count = (uint32_t)_i / 2 * WRAP + 500;
    bool begins_again = _i % 2;
    open_both();
    for (uint32_t i = 0; i < count; i += 100) {
        protect((uint16_t)i);
        ck_assert_int_eq(unprotect(), 0);
    }
    crypto.key[0] ^= 1;
    ck_assert_int_eq(st_rtp_srtp_rekey(receiver, &crypto, 0), 0);
    if (begins_again) {
        st_rtp_srtp_destroy(sender);
        ck_assert_int_eq(st_rtp_srtp_create(&sender, &crypto, false), 0);
    } else {
        ck_assert_int_eq(st_rtp_srtp_rekey(sender, &crypto, 0), 0);
    }
    unsigned refused = 0;
    for (uint32_t i = 0; i < WRAP + 1000; i += i < 50 ? 1 : 100) { /* and it turns over once more */
        protect((uint16_t)(count + i));
        refused += unprotect() != 0;
    }
    ck_assert_uint_eq(refused, begins_again && count > WRAP ? 8 : 0);
}
END_TEST

/* Nothing is sent under it any more. */
START_TEST(the_key_before_of_a_sender_is_let_go_at_once)
{
    enum { SENDERS = 100, ROOM_BYTES = 65536 };
    struct st_rtp_srtp *senders[SENDERS];
    for (int i = 0; i < SENDERS; i++)
        ck_assert_int_eq(st_rtp_srtp_create(&senders[i], &crypto, false), 0);
    size_t before = mallinfo2().uordblks;
    crypto.key[0] ^= 1;
    for (int i = 0; i < SENDERS; i++)
        ck_assert_int_eq(st_rtp_srtp_rekey(senders[i], &crypto, 1000), 0);
    ck_assert_uint_lt(mallinfo2().uordblks, before + ROOM_BYTES);
    for (int i = 0; i < SENDERS; i++)
        st_rtp_srtp_destroy(senders[i]);
}
END_TEST

START_TEST(room_and_sizes_are_checked)
{
    open_both();
    bytes = 172;
    ck_assert_int_eq(st_rtp_srtp_protect(sender, data, &bytes, 172 + ST_RTP_SRTP_TRAILER_MAX - 1),
                     -ENOBUFS);
    ck_assert_int_eq(st_rtp_srtp_protect(sender, data, &bytes, 100), -ENOBUFS);
    bytes = 11;
    ck_assert_int_eq(st_rtp_srtp_protect(sender, data, &bytes, ROOM), -EINVAL);
    bytes = ST_RTP_SRTP_DATAGRAM_MAX + 1;
    ck_assert_int_eq(unprotect(), -EBADMSG);
    bytes = SIZE_MAX;
    ck_assert_int_eq(unprotect(), -EBADMSG);
    ck_assert_int_eq(st_rtp_srtp_unprotect_rtcp(receiver, data, &bytes, 0), -EBADMSG);
    st_rtp_srtp_destroy(NULL);
}
END_TEST

/* ---- keys in SDP ---- */

#define KEY30 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define KEY28 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubA=="

START_TEST(crypto_lines_are_read)
{
    static const struct {
        const char *text;
        int expected; /* the suite, or an error */
        uint32_t tag;
        uint8_t mki_bytes;
    } cases[] = {
        {"1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30, 0, 1, 0},
        {"2 AES_CM_128_HMAC_SHA1_32 inline:" KEY30 "|2^20|1:4", 1, 2, 4},
        {"3 aes_cm_128_hmac_sha1_80 INLINE:" KEY30 "|2^31 WSH=64", 0, 3, 0},
        {"4 AEAD_AES_128_GCM inline:" KEY28, 2, 4, 0},
        {"999999999 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|1:1;inline:" KEY30 "|2:1", 0,
         999999999, 1},
        {"5\tAES_CM_128_HMAC_SHA1_80  inline:" KEY30 " -XYZ KDR=0", 0, 5, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " UNENCRYPTED_SRTP", -ENOTSUP, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 " KDR=3", -ENOTSUP, 0, 0},
        {"5 F8_128_HMAC_SHA1_80 inline:" KEY30, -ENOTSUP, 0, 0},
        {"5 AEAD_AES_128_GCM inline:" KEY30, -EBADMSG, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:" KEY28, -EBADMSG, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:", -EBADMSG, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 " KEY30, -EBADMSG, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80", -EBADMSG, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|1:0", -ENOTSUP, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|1:9", -ENOTSUP, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "|1:x", -EBADMSG, 0, 0},
        {"5 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "!!", -EBADMSG, 0, 0},
        {"1000000000 AES_CM_128_HMAC_SHA1_80 inline:" KEY30, -EBADMSG, 0, 0},
        {"x AES_CM_128_HMAC_SHA1_80 inline:" KEY30, -EBADMSG, 0, 0},
        {"", -EBADMSG, 0, 0},
        {" ", -EBADMSG, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct st_rtp_srtp_crypto got;
        int err = st_rtp_srtp_parse(&got, cases[i].text, strlen(cases[i].text));
        ck_assert_msg((err ? err : (int)got.suite) == cases[i].expected, "%s", cases[i].text);
        if (err)
            continue;
        ck_assert_uint_eq(got.tag, cases[i].tag);
        ck_assert_uint_eq(got.mki_bytes, cases[i].mki_bytes);
        ck_assert_mem_eq(got.key, "YS___semctl () {\t220;}\n}\nunl", 28);
        if (got.mki_bytes > 0)
            ck_assert_uint_eq(got.mki[got.mki_bytes - 1], 1);
    }
}
END_TEST

START_TEST(any_cut_of_a_crypto_line_is_read_or_refused)
{
    static const char text[] = "2 AES_CM_128_HMAC_SHA1_32 inline:" KEY30 "|2^20|1:4 WSH=99";
    struct st_rtp_srtp_crypto got;
    for (size_t cut = 0; cut < sizeof(text); cut++)
        st_rtp_srtp_parse(&got, text, cut);
    ck_assert_int_eq(st_rtp_srtp_parse(&got, text, sizeof(text)), -EBADMSG); /* the NUL */
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    char text[ST_RTP_SRTP_TEXT_MAX];
    struct st_rtp_srtp_crypto got;
    choose(_i % ST_RTP_SRTP_SUITES, (uint8_t)(_i / ST_RTP_SRTP_SUITES % 5));
    crypto.tag = 999999999;
    memset(crypto.mki, 0, sizeof(crypto.mki));
    crypto.mki[crypto.mki_bytes ? crypto.mki_bytes - 1 : 0] = crypto.mki_bytes ? 200 : 0;
    size_t chars = st_rtp_srtp_write(&crypto, text);
    ck_assert_uint_eq(chars, strlen(text));
    ck_assert_int_eq(st_rtp_srtp_parse(&got, text, chars), 0);
    ck_assert_uint_eq(got.tag, crypto.tag);
    ck_assert_int_eq(got.suite, crypto.suite);
    ck_assert_mem_eq(got.key, crypto.key, st_rtp_srtp_key_bytes(crypto.suite));
    ck_assert_mem_eq(got.mki, crypto.mki, crypto.mki_bytes);
    ck_assert_uint_eq(got.mki_bytes, crypto.mki_bytes);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, every_suite_carries_packets, 0, 2 * ST_RTP_SRTP_SUITES);
    tcase_add_loop_test(tcase, every_suite_carries_reports, 0, 2 * ST_RTP_SRTP_SUITES);
    tcase_add_loop_test(tcase, a_changed_bit_is_refused_and_costs_nothing, 0, ST_RTP_SRTP_SUITES);
    tcase_add_test(tcase, replayed_packets_are_refused_and_counted);
    tcase_add_test(tcase, packets_within_the_window_may_come_late);
    tcase_add_loop_test(tcase, a_rollover_that_was_missed_is_recovered, 0, ST_RTP_SRTP_SUITES);
    tcase_add_loop_test(tcase, a_rollover_that_is_recovered_is_one_source_s_own, 0,
                        ST_RTP_SRTP_SUITES);
    tcase_add_test(tcase, a_receiver_that_comes_late_finds_the_rollover);
    tcase_add_test(tcase, forged_packets_do_not_move_the_rollover);
    tcase_add_test(tcase, packets_of_before_a_rollover_do_not_set_it_back);
    tcase_add_test(tcase, sources_without_number_take_no_memory);
    tcase_add_test(tcase, sources_in_turn_keep_their_state);
    tcase_add_test(tcase, replays_do_not_hinder_the_recovery);
    tcase_add_test(tcase, the_key_before_is_taken_for_a_second);
    tcase_add_loop_test(tcase, reports_under_the_key_before_are_taken_for_a_second, 0,
                        2 * ST_RTP_SRTP_SUITES);
    tcase_add_loop_test(tcase, the_rollover_goes_on_under_another_key, 0, 8);
    tcase_add_test(tcase, the_key_before_of_a_sender_is_let_go_at_once);
    tcase_add_test(tcase, room_and_sizes_are_checked);
    tcase_add_test(tcase, crypto_lines_are_read);
    tcase_add_test(tcase, any_cut_of_a_crypto_line_is_read_or_refused);
    tcase_add_loop_test(tcase, what_is_written_is_read_back, 0, 5 * ST_RTP_SRTP_SUITES);
    return run_case("srtp", tcase);
}
