/* Every number and length that a description of a session, its keys and its packets can give: at
 * nothing, at one, at its limit, one less and one more, and at the most that it can say. */
#include "sidetone/rtp_packet.h"
#include "sidetone/rtp_sdp.h"
#include "sidetone/rtp_srtp.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* ---- SDP ---- */

static struct st_rtp_sdp sdp;

static const struct st_rtp_sdp_media *read_text(const char *text)
{
    size_t chars = strlen(text);
    char *exact = malloc(chars); /* so that a sanitizer sees a read past it */
    memcpy(exact, text, chars);
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, exact, chars), 0);
    free(exact);
    ck_assert_uint_eq(sdp.media_count, 1);
    return &sdp.media[0];
}

/* Numbers that do not fit are as if they were not there. */
static const struct {
    const char *number;
    unsigned port, ptime_ms;
    bool is_payload_type;
} numbers[] = {
    {"0", 0, 0, true},
    {"1", 1, 1, true},
    {"126", 126, 126, true},
    {"127", 127, 127, true},
    {"128", 128, 128, false},
    {"999", 999, 999, false},
    {"1000", 1000, 1000, false},
    {"1001", 1001, 0, false},
    {"65534", 65534, 0, false},
    {"65535", 65535, 0, false},
    {"65536", 0, 0, false},
    {"999999999", 0, 0, false},
    {"1000000000", 0, 0, false},
    {"1000000001", 0, 0, false},
    {"4294967295", 0, 0, false},
    {"4294967297", 0, 0, false},
    {"18446744073709551617", 0, 0, false},
    {"99999999999999999999999999999999", 0, 0, false},
    {"-1", 0, 0, false},
    {"", 0, 0, false},
};

START_TEST(numbers_of_a_description)
{
    char text[512];
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const char *number = numbers[i].number;
        snprintf(text, sizeof(text), "m=audio %s RTP/AVP 0\r\na=rtcp:%s\r\na=ptime:%s\r\n",
                 *number ? number : "x", number, number);
        const struct st_rtp_sdp_media *media = read_text(text);
        ck_assert_msg(media->port == numbers[i].port, "port %s", number);
        ck_assert_msg(media->rtcp_port == numbers[i].port, "rtcp %s", number);
        ck_assert_msg(media->ptime_ms == numbers[i].ptime_ms, "ptime %s", number);
        ck_assert_int_eq(media->is_held, media->port == 0);
        snprintf(text, sizeof(text), "m=audio 9 RTP/AVP %s 8\r\na=rtpmap:%s PCMU/8000\r\n", number,
                 number);
        media = read_text(text);
        ck_assert_msg(media->payload_count == (numbers[i].is_payload_type ? 2 : 1), "%s", number);
        ck_assert(st_rtp_sdp_is_usable(media));
    }
}
END_TEST

/* A clock or a number of channels that nobody has is no format; the line goes on without it. */
START_TEST(numbers_of_a_format)
{
    static const struct {
        const char *map;
        bool is_taken;
    } maps[] = {
        {"L16/8000", true},
        {"L16/8000/1", true},
        {"L16/8000/2", true},
        {"L16/0", false},
        {"L16/1", false},
        {"L16/7999", false},
        {"L16/48000", true},
        {"L16/48001", false},
        {"L16/4294967295", false},
        {"L16/4294975296", false}, /* 2^32 more than 8000 */
        {"L16/8000/3", false},
        {"L16/8000/255", false},
        {"L16/8000/258", false},       /* 2^8 more than 2 */
        {"L16/8000/4294967298", true}, /* no number that there is: as if it were not given */
        {"L16/", false},
        {"L16", false},
        {"/8000", false},
        {"", false},
    };
    char text[256];
    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        struct st_rtp_payloads payloads;
        snprintf(text, sizeof(text), "m=audio 9 RTP/AVP 96 0\r\na=rtpmap:96 %s\r\n", maps[i].map);
        st_rtp_sdp_payloads(read_text(text), &payloads);
        ck_assert_msg((payloads.formats[96].codec == ST_RTP_CODEC_L16) == maps[i].is_taken, "%s",
                      maps[i].map);
        ck_assert_int_eq(payloads.formats[0].codec, ST_RTP_CODEC_PCMU);
    }
}
END_TEST

static size_t cut(size_t chars, size_t room)
{
    return chars < room - 1 ? chars : room - 1;
}

START_TEST(words_of_a_description)
{
    char word[300], text[2048];
    for (size_t chars = 1; chars < sizeof(word) - 1; chars++) {
        memset(word, 'w', chars);
        word[chars] = 0;
        snprintf(text, sizeof(text),
                 "m=%s 9 %s %s\r\nc=IN IP4 %s/127\r\na=label:%s\r\na=ssrc:1 cname:%s\r\n", word,
                 word, word, word, word, word);
        const struct st_rtp_sdp_media *media = read_text(text);
        ck_assert_uint_eq(strlen(media->kind), cut(chars, ST_RTP_SDP_NAME_MAX));
        ck_assert_uint_eq(strlen(media->protocol), cut(chars, ST_RTP_SDP_NAME_MAX));
        ck_assert_uint_eq(strlen(media->formats), cut(chars, ST_RTP_SDP_NAME_MAX));
        ck_assert_uint_eq(strlen(media->address), cut(chars, ST_RTP_SDP_ADDRESS_MAX));
        ck_assert_uint_eq(strlen(media->label), cut(chars, ST_RTP_SDP_WORD_MAX));
        ck_assert_uint_eq(strlen(media->cname), cut(chars, ST_RTP_SDP_WORD_MAX));
    }
}
END_TEST

#define KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

START_TEST(how_many_of_each)
{
    char text[4096];
    for (int count = 0; count < 40; count++) {
        char *at = text + sprintf(text, "m=audio 9 RTP/AVP 0");
        for (int i = 0; i < count; i++)
            at += sprintf(at, " %d", 80 + i);
        for (int i = 0; i < count; i++)
            at += sprintf(at, "\r\na=crypto:%d AES_CM_128_HMAC_SHA1_80 inline:" KEY, i + 1);
        const struct st_rtp_sdp_media *media = read_text(text);
        ck_assert_uint_eq(media->payload_count, cut((size_t)count, ST_RTP_SDP_PAYLOADS_MAX) + 1);
        ck_assert_uint_eq(media->crypto_count, cut((size_t)count, ST_RTP_SDP_CRYPTOS_MAX + 1));
    }
}
END_TEST

START_TEST(the_size_of_a_description)
{
    static const size_t sizes[] = {0, 1, ST_RTP_SDP_BYTES_MAX - 1, ST_RTP_SDP_BYTES_MAX,
                                   ST_RTP_SDP_BYTES_MAX + 1};
    static const char line[] = "\r\nm=audio 9 RTP/AVP 0";
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *text = malloc(sizes[i] + 1);
        memset(text, 'x', sizes[i]);
        if (sizes[i] > sizeof(line))
            memcpy(text + sizes[i] - (sizeof(line) - 1), line, sizeof(line) - 1);
        int err = st_rtp_sdp_parse(&sdp, text, sizes[i]);
        ck_assert_int_eq(err, sizes[i] > ST_RTP_SDP_BYTES_MAX ? -EMSGSIZE : 0);
        ck_assert_uint_eq(sdp.media_count, !err && sizes[i] > 1);
        free(text);
    }
}
END_TEST

/* ---- keys ---- */

static int read_key(const char *before, const char *number, const char *behind)
{
    struct st_rtp_srtp_crypto crypto;
    char text[512];
    int chars = snprintf(text, sizeof(text), "1 %s%s%s", before, number, behind);
    return st_rtp_srtp_parse(&crypto, text, (size_t)chars);
}

/* Of each length around that of the suite's key and of the most; padding may be left out. */
START_TEST(the_length_of_a_key)
{
    static const struct {
        const char *before, *behind;
        size_t chars;
    } suites[] = {{"AES_CM_128_HMAC_SHA1_80 inline:", "", 40},
                  {"AES_CM_128_HMAC_SHA1_32 inline:", "|2^20|1:4", 40},
                  {"AEAD_AES_256_GCM inline:", "", 60}};
    char key[128];
    for (size_t i = 0; i < COUNT_OF(suites); i++)
        for (size_t chars = 0; chars < sizeof(key); chars++) {
            memset(key, 'A', chars);
            key[chars] = 0;
            if (chars == 60) /* 44 bytes have one character of padding */
                key[59] = '=';
            bool is_right = chars == suites[i].chars || (chars == 59 && suites[i].chars == 60);
            int expected = is_right ? 0 : -EBADMSG;
            ck_assert_msg(read_key(suites[i].before, key, suites[i].behind) == expected, "%zu: %zu",
                          i, chars);
        }
}
END_TEST

START_TEST(the_length_of_a_key_identifier)
{
    static const struct {
        const char *length;
        int err;
    } cases[] = {{"0", -ENOTSUP},
                 {"1", 0},
                 {"7", 0},
                 {"8", 0},
                 {"9", -ENOTSUP},
                 {"128", -ENOTSUP},
                 {"257", -ENOTSUP},
                 {"999999999", -ENOTSUP},
                 {"1000000000", -EBADMSG},
                 {"4294967297", -EBADMSG},
                 {"", -EBADMSG},
                 {"-1", -EBADMSG}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ck_assert_msg(read_key("AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:", cases[i].length, "") ==
                          cases[i].err,
                      "%s", cases[i].length);
}
END_TEST

/* ---- packets with a tag ---- */

enum { ROOM = 512, PLAIN = 12 + 160 };

static const uint8_t report[] = {0x80, 201, 0, 1, 1, 2, 3, 4, 0x81, 203, 0, 1, 1, 2, 3, 4};

static int open_exactly(struct st_rtp_srtp *receiver, const uint8_t *packet, size_t bytes,
                        bool is_report)
{
    uint8_t *exact = malloc(bytes ? bytes : 1);
    memcpy(exact, packet, bytes);
    int err = is_report ? st_rtp_srtp_unprotect_rtcp(receiver, exact, &bytes, 0)
                        : st_rtp_srtp_unprotect(receiver, exact, &bytes, 0);
    free(exact);
    return err;
}

/* Every length but the right one is refused, and leaves the right one to be taken. */
START_TEST(the_length_of_a_protected_packet)
{
    struct st_rtp_srtp_crypto crypto = {.tag = 1, .mki_bytes = 4, .mki = {1, 2, 3, 4}};
    for (unsigned i = 0; i < 2 * ST_RTP_SRTP_SUITES; i++) {
        static _Alignas(4) uint8_t data[ROOM], payload[160];
        struct st_rtp_srtp *sender, *receiver;
        bool is_report = i % 2;
        struct st_rtp_packet packet = {.ssrc = 7, .sequence = 9, .payload = payload, .bytes = 160};
        crypto.suite = (enum st_rtp_srtp_suite)(i / 2);
        ck_assert_int_eq(st_rtp_srtp_create(&sender, &crypto, false), 0);
        ck_assert_int_eq(st_rtp_srtp_create(&receiver, &crypto, true), 0);
        memset(data, 0, sizeof(data));
        size_t bytes = is_report ? sizeof(report) : PLAIN;
        if (is_report)
            memcpy(data, report, sizeof(report));
        else
            ck_assert_int_eq(st_rtp_packet_write(&packet, data, ROOM), PLAIN);
        ck_assert_int_eq(is_report ? st_rtp_srtp_protect_rtcp(sender, data, &bytes, ROOM)
                                   : st_rtp_srtp_protect(sender, data, &bytes, ROOM),
                         0);
        for (size_t length = 0; length < bytes + 40; length++)
            if (length != bytes)
                ck_assert_msg(open_exactly(receiver, data, length, is_report) < 0, "%u: %zu of %zu",
                              i, length, bytes);
        ck_assert_msg(open_exactly(receiver, data, bytes, is_report) == 0, "%u", i);
        st_rtp_srtp_destroy(sender);
        st_rtp_srtp_destroy(receiver);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        numbers_of_a_description,       numbers_of_a_format,
        words_of_a_description,         how_many_of_each,
        the_size_of_a_description,      the_length_of_a_key,
        the_length_of_a_key_identifier, the_length_of_a_protected_packet,
    };
    return run_tests("lengths", tests, COUNT_OF(tests));
}
