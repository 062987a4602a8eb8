#include "sidetone/rtp_sdp.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static struct st_rtp_sdp sdp;

static const struct st_rtp_sdp_media *read_one(const char *text)
{
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, text, strlen(text)), 0);
    ck_assert_uint_ge(sdp.media_count, 1);
    return &sdp.media[0];
}

static enum st_rtp_codec codec_of(const struct st_rtp_sdp_media *media, unsigned type)
{
    struct st_rtp_payloads payloads;
    st_rtp_sdp_payloads(media, &payloads);
    return st_rtp_payloads_find(&payloads, type)->codec;
}

START_TEST(an_offer_of_two_legs_is_read)
{
    const struct st_rtp_sdp_media *media =
        read_one("v=0\r\no=SBC 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n"
                 "m=audio 16384 RTP/AVP 0 8 9 101\r\na=rtpmap:0 PCMU/8000\r\n"
                 "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
                 "a=sendonly\r\na=label:1\r\na=rtcp:17000 IN IP4 10.0.0.3\r\n"
                 "m=audio 16386 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\na=label:2\r\n"
                 "a=inactive\r\na=rtcp-mux\r\n");
    ck_assert_uint_eq(sdp.media_count, 2);
    ck_assert(media->is_audio && !media->is_secure && !media->is_held && !media->is_muxed);
    ck_assert_uint_eq(media->port, 16384);
    ck_assert_str_eq(media->address, "10.0.0.2");
    ck_assert_str_eq(media->label, "1");
    ck_assert_uint_eq(media->rtcp_port, 17000);
    ck_assert_str_eq(media->rtcp_address, "10.0.0.3");
    ck_assert_int_eq(media->direction, ST_RTP_SDP_SENDONLY);
    ck_assert_uint_eq(media->ptime_ms, 20);
    ck_assert_int_eq(codec_of(media, 0), ST_RTP_CODEC_PCMU);
    ck_assert_int_eq(codec_of(media, 9), ST_RTP_CODEC_G722);
    ck_assert_int_eq(codec_of(media, 101), ST_RTP_CODEC_EVENT);
    ck_assert_int_eq(codec_of(media, 13), ST_RTP_CODEC_NONE);
    media++;
    ck_assert(media->is_held && media->is_muxed);
    ck_assert_str_eq(media->address, "2001:db8::1");
    ck_assert_str_eq(media->rtcp_address, "");
    ck_assert_str_eq(media->label, "2");
}
END_TEST

/* Deviations of real senders. */
START_TEST(what_senders_leave_out_or_get_wrong_is_read)
{
    static const struct {
        const char *text;
        const char *address, *label;
        unsigned type;
        enum st_rtp_codec codec;
        bool is_usable, is_held;
    } cases[] = {
        /* no c=, no t=, line feeds only */
        {"v=0\no=- 1 1 IN IP4 1.1.1.1\ns=-\nm=audio 9000 RTP/AVP 8\na=label:0\n", "", "0", 8,
         ST_RTP_CODEC_PCMA, true, false},
        /* nothing but the m-line, without an end */
        {"m=audio 9000 RTP/AVP 0", "", "", 0, ST_RTP_CODEC_PCMU, true, false},
        /* Opus first, events at its clock, labels as large as they come */
        {"c=IN IP4 1.2.3.4\r\nm=audio 9000 RTP/AVP 111 0 101\r\na=rtpmap:111 OPUS/48000/2\r\n"
         "a=rtpmap:101 Telephone-Event/48000\r\na=LABEL: 16777227 \r\n",
         "1.2.3.4", "16777227", 111, ST_RTP_CODEC_OPUS, true, false},
        /* 19 as comfort noise, c= per media with a TTL */
        {"m=audio 9000 RTP/AVP 0 19\r\nc=IN IP4 1.2.3.4/127\r\na=rtpmap:19 CN/8000\r\n", "1.2.3.4",
         "", 19, ST_RTP_CODEC_NOISE, true, false},
        /* hold by address, by port, by direction of the session */
        {"c=IN IP4 0.0.0.0\r\nm=audio 9000 RTP/AVP 0\r\n", "0.0.0.0", "", 0, ST_RTP_CODEC_PCMU,
         true, true},
        {"m=audio 0 RTP/AVP 0\r\n", "", "", 0, ST_RTP_CODEC_PCMU, true, true},
        {"a=inactive\r\nm=audio 9 RTP/AVP 0\r\n", "", "", 0, ST_RTP_CODEC_PCMU, true, true},
        {"a=inactive\r\nm=audio 9 RTP/AVP 0\r\na=sendonly\r\n", "", "", 0, ST_RTP_CODEC_PCMU, true,
         false},
        {"m=audio 9 RTP/AVP 0\r\na=recvonly\r\n", "", "", 0, ST_RTP_CODEC_PCMU, true, true},
        {"m=audio 9 RTP/AVP 0\r\na=sendrecv\r\n", "", "", 0, ST_RTP_CODEC_PCMU, true, false},
        /* a secure profile without a key, or with none that we know */
        {"m=audio 9 RTP/SAVP 0\r\n", "", "", 0, ST_RTP_CODEC_PCMU, false, false},
        {"m=audio 9 RTP/SAVPF 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 " KEY "\r\n", "", "", 0,
         ST_RTP_CODEC_PCMU, false, false},
        {"m=audio 9 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n", "", "", 0,
         ST_RTP_CODEC_PCMU, true, false},
        /* an rtpmap of a static number wins */
        {"m=audio 9 RTP/AVP 0\r\na=rtpmap:0 G729/8000\r\n", "", "", 0, ST_RTP_CODEC_NONE, false,
         false},
        {"m=audio 9 RTP/AVP 9\r\na=rtpmap:9 L16/16000\r\n", "", "", 9, ST_RTP_CODEC_L16, true,
         false},
        /* an rtpmap for nobody, a wrong one, a second one */
        {"m=audio 9 RTP/AVP 8\r\na=rtpmap:96 opus/48000\r\na=rtpmap:x\r\na=rtpmap:\r\na=rtpmap:300 "
         "PCMU/8000\r\n",
         "", "", 8, ST_RTP_CODEC_PCMA, true, false},
        /* only events and noise: nothing to hear */
        {"m=audio 9 RTP/AVP 13 101\r\na=rtpmap:101 telephone-event/8000\r\n", "", "", 101,
         ST_RTP_CODEC_EVENT, false, false},
        /* types that RTCP hides */
        {"m=audio 9 RTP/AVP 72 0\r\na=rtpmap:72 PCMA/8000\r\n", "", "", 72, ST_RTP_CODEC_NONE, true,
         false},
        /* junk */
        {"x\r\n=\r\na\r\nz=1\r\nm=audio 9 rtp/avp 0\r\na=direction:both\r\na=\r\n \t\r\na:\r\n", "",
         "", 0, ST_RTP_CODEC_PCMU, true, false},
        {"m=audio 99999 RTP/AVP 0\r\n", "", "", 0, ST_RTP_CODEC_PCMU, true, true},
        {"m=audio 9 UDP/TLS/RTP/SAVP 0\r\n", "", "", 0, ST_RTP_CODEC_PCMU, false, false},
        {"m=video 9 RTP/AVP 0\r\n", "", "", 0, ST_RTP_CODEC_PCMU, false, false},
        {"m=\r\n", "", "", 0, ST_RTP_CODEC_NONE, false, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const struct st_rtp_sdp_media *media = read_one(cases[i].text);
        ck_assert_str_eq(media->address, cases[i].address);
        ck_assert_str_eq(media->label, cases[i].label);
        ck_assert_msg(codec_of(media, cases[i].type) == cases[i].codec, "%s", cases[i].text);
        ck_assert_msg(st_rtp_sdp_is_usable(media) == cases[i].is_usable, "%s", cases[i].text);
        ck_assert_msg(media->is_held == cases[i].is_held, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(keys_are_read_and_unknown_ones_passed_over)
{
    const struct st_rtp_sdp_media *media =
        read_one("m=audio 9 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 " KEY "\r\n"
                 "a=crypto:2 AES_CM_128_HMAC_SHA1_32 " KEY "|2^20\r\na=crypto:broken\r\n"
                 "a=crypto:3 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n");
    ck_assert(media->is_secure && media->is_audio);
    ck_assert_uint_eq(media->crypto_count, 2);
    ck_assert_uint_eq(media->cryptos[0].tag, 2);
    ck_assert_int_eq(media->cryptos[1].suite, ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_80);
    /* best effort: keys with a plain profile */
    media = read_one("m=audio 9 RTP/AVP 0\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 " KEY "\r\n");
    ck_assert(!media->is_secure);
    ck_assert_uint_eq(media->crypto_count, 1);
}
END_TEST

/* RFC 3605, and what is said otherwise. */
START_TEST(reports_have_an_address_of_their_own)
{
    static const struct {
        const char *line, *address;
        uint16_t port;
    } rows[] = {
        {"a=rtcp:53020", "", 53020},
        {"a=rtcp:53020 IN IP4 126.16.64.4", "126.16.64.4", 53020},
        {"a=rtcp:53020 IN IP6 2001:2345:6789:ABCD:EF01:2345:6789:ABCD",
         "2001:2345:6789:ABCD:EF01:2345:6789:ABCD", 53020},
        {"a=RTCP: 7  IN\tIP4  10.0.0.3  ", "10.0.0.3", 7},
        {"a=rtcp:7 IN IP4 10.0.0.3/127", "10.0.0.3", 7},
        {"a=rtcp:7 IN IP4 sbc.example.com", "sbc.example.com", 7},
        {"a=rtcp:7 IN IP4", "", 7},
        {"a=rtcp:7 IN", "", 7},
        {"a=rtcp:0 IN IP4 10.0.0.3", "10.0.0.3", 0},
        {"a=rtcp:65536 IN IP4 10.0.0.3", "10.0.0.3", 0},
        {"a=rtcp:x IN IP4 10.0.0.3", "10.0.0.3", 0},
        {"a=rtcp:7 IN IP4 10.0.0.3\r\na=rtcp:8", "", 8},
        {"a=rtcp:", "", 0},
        {"a=rtcp", "", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[200];
        snprintf(text, sizeof(text), "c=IN IP4 10.0.0.1\r\nm=audio 9000 RTP/AVP 0\r\n%s\r\n",
                 rows[i].line);
        const struct st_rtp_sdp_media *media = read_one(text);
        ck_assert_msg(strcmp(media->rtcp_address, rows[i].address) == 0, "%s", rows[i].line);
        ck_assert_msg(media->rtcp_port == rows[i].port, "%s", rows[i].line);
        ck_assert_str_eq(media->address, "10.0.0.1");
    }
    /* Nor does a word without an end. */
    char text[4000] = "m=audio 9000 RTP/AVP 0\r\na=rtcp:7 IN IP4 ";
    memset(text + strlen(text), '1', 3000);
    ck_assert_uint_eq(strlen(read_one(text)->rtcp_address), ST_RTP_SDP_ADDRESS_MAX - 1);
}
END_TEST

/* Byte by byte: never more than what is there. */
START_TEST(an_address_for_reports_may_be_cut_anywhere)
{
    static const char text[] = "m=audio 9000 RTP/AVP 0\na=rtcp:53020 IN IP6 2001:db8::7";
    static const uint16_t ports[] = {0, 5, 53, 530, 5302, 53020};
    size_t port_at = strlen("m=audio 9000 RTP/AVP 0\na=rtcp:");
    size_t address_at = strlen("m=audio 9000 RTP/AVP 0\na=rtcp:53020 IN IP6 ");
    for (size_t cut = 1; cut < sizeof(text); cut++) {
        char *copy = malloc(cut);
        memcpy(copy, text, cut);
        ck_assert_int_eq(st_rtp_sdp_parse(&sdp, copy, cut), 0);
        free(copy);
        if (cut <= port_at)
            continue;
        size_t digits = cut - port_at < 5 ? cut - port_at : 5;
        ck_assert_uint_eq(sdp.media[0].rtcp_port, ports[digits]);
        size_t chars = cut > address_at ? cut - address_at : 0;
        ck_assert_uint_eq(strlen(sdp.media[0].rtcp_address), chars);
        ck_assert_mem_eq(sdp.media[0].rtcp_address, text + address_at, chars);
    }
}
END_TEST

START_TEST(limits_hold)
{
    static char text[ST_RTP_SDP_BYTES_MAX + 2];
    const struct st_rtp_sdp_media *media;
    memset(text, 'x', sizeof(text) - 1);
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, text, ST_RTP_SDP_BYTES_MAX + 1), -EMSGSIZE);
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, text, ST_RTP_SDP_BYTES_MAX), 0);
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, "m=audio\0", 8), -EBADMSG);
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, NULL, 0), 0);
    for (int lines = 1; lines < 10; lines++) {
        text[0] = 0;
        for (int i = 0; i < lines; i++)
            memcpy(text + i * 23, "m=audio 9 RTP/AVP 0 8\r\n", 24);
        ck_assert_int_eq(st_rtp_sdp_parse(&sdp, text, strlen(text)), lines <= 8 ? 0 : -ENOBUFS);
    }
    size_t at = (size_t)snprintf(text, sizeof(text), "m=audio 9 RTP/AVP");
    for (int i = 0; i < 200; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, " %d", i);
    at += (size_t)snprintf(text + at, sizeof(text) - at, "\r\na=label:");
    memset(text + at, 'l', 1000);
    text[at + 1000] = 0;
    media = read_one(text);
    ck_assert_uint_eq(media->payload_count, ST_RTP_SDP_PAYLOADS_MAX);
    ck_assert_uint_eq(strlen(media->label), ST_RTP_SDP_WORD_MAX - 1);
}
END_TEST

START_TEST(any_cut_is_read)
{
    static const char text[] =
        "v=0\r\nc=IN IP4 10.0.0.2/4\r\nm=audio 16384/2 RTP/SAVP 0 8 101\r\na=rtpmap:101 "
        "telephone-event/8000/1\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " KEY "|2^31|1:4\r\n"
        "a=rtcp:1 IN IP4 1.1.1.1\r\na=ptime:20\r\na=sendonly\r\na=label:a_leg\r\n";
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        char *copy = malloc(cut ? cut : 1);
        memcpy(copy, text, cut);
        int err = st_rtp_sdp_parse(&sdp, copy, cut);
        ck_assert_int_eq(err, 0);
        free(copy);
    }
}
END_TEST

static const char *answer_to(const char *offer, const struct st_rtp_sdp_choice *choices)
{
    static char text[4096];
    read_one(offer);
    struct st_rtp_sdp_answer answer = {&sdp, choices, "192.0.2.9", 77, 3};
    ssize_t chars = st_rtp_sdp_write(&answer, text, sizeof(text));
    ck_assert_int_gt(chars, 0);
    ck_assert_uint_eq((size_t)chars, strlen(text));
    char *small = malloc((size_t)chars + 1);
    ck_assert_int_eq(st_rtp_sdp_write(&answer, small, (size_t)chars + 1), chars);
    for (size_t room = 0; room <= (size_t)chars; room++)
        ck_assert_int_eq(st_rtp_sdp_write(&answer, small, room), -ENOBUFS);
    free(small);
    return text;
}

#define HEAD "v=0\r\no=sidetone 77 3 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"

START_TEST(every_line_is_answered_in_its_order)
{
    static const struct st_rtp_sdp_choice choices[] = {
        {.port = 20000, .is_muxed = true, .is_stereo = true},
        {.port = 20002, .is_muxed = true},
        {.port = 20004},
        {.port = 20006}};
    ck_assert_str_eq(
        answer_to("m=audio 16384 RTP/AVP 18 111 0 0 101\r\na=rtpmap:111 opus/48000/2\r\n"
                  "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=label:1\r\na=sendonly\r\n"
                  "m=video 9 RTP/AVP 31 32\r\na=label:v\r\n"
                  "m=audio 9 RTP/AVP 8\r\na=inactive\r\na=rtcp-mux\r\n"
                  "m=audio 9 RTP/AVP 8\r\na=recvonly\r\n",
                  choices),
        HEAD "m=audio 20000 RTP/AVP 111 0 101\r\n"
             "a=rtpmap:111 opus/48000/2\r\n"
             "a=fmtp:111 useinbandfec=1;stereo=1;maxplaybackrate=16000\r\n"
             "a=rtpmap:0 PCMU/8000\r\n"
             "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
             "a=ptime:20\r\na=label:1\r\na=recvonly\r\n"
             "m=video 0 RTP/AVP 31\r\na=label:v\r\n"
             "m=audio 20004 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=inactive\r\n"
             "m=audio 20006 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=inactive\r\n");
}
END_TEST

START_TEST(our_key_is_answered_with_their_tag)
{
    struct st_rtp_srtp_crypto ours = {.tag = 4, .suite = ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_32};
    struct st_rtp_sdp_choice choices[] = {{.port = 20000, .is_muxed = true, .crypto = &ours}};
    ck_assert_str_eq(
        answer_to("m=audio 1 RTP/SAVP 8\r\na=rtcp-mux\r\na=crypto:4 AES_CM_128_HMAC_SHA1_32 " KEY,
                  choices),
        HEAD "m=audio 20000 RTP/SAVP 8\r\na=rtpmap:8 PCMA/8000\r\na=rtcp-mux\r\n"
             "a=crypto:4 AES_CM_128_HMAC_SHA1_32 "
             "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\na=recvonly\r\n");
}
END_TEST

START_TEST(what_cannot_be_decoded_or_is_not_wanted_is_refused)
{
    static const struct st_rtp_sdp_choice choices[] = {
        {.port = 20000}, {.port = 0}, {.port = 9}, {.port = 20002}};
    ck_assert_str_eq(answer_to("m=audio 1 RTP/AVP 18\r\nm=audio 1 RTP/AVP 0\r\nm=\r\n"
                               "m=audio 1 RTP/SAVP 0\r\n",
                               choices),
                     HEAD "m=audio 0 RTP/AVP 18\r\nm=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n"
                          "m=audio 0 RTP/SAVP 0\r\n");
}
END_TEST

START_TEST(a_copy_has_the_lines_that_there_are)
{
    read_one("m=audio 1 RTP/AVP 0\r\na=label:x\r\nm=audio 3 RTP/AVP 8\r\na=label:y\r\n");
    struct st_rtp_sdp *copy = st_rtp_sdp_copy(&sdp);
    ck_assert_uint_eq(copy->media_count, 2);
    ck_assert_mem_eq(copy->media, sdp.media, 2 * sizeof(sdp.media[0]));
    st_rtp_sdp_free(copy);
    sdp.media_count = 0;
    copy = st_rtp_sdp_copy(&sdp);
    ck_assert_uint_eq(copy->media_count, 0);
    st_rtp_sdp_free(copy);
}
END_TEST

START_TEST(an_answer_can_be_read)
{
    static const struct st_rtp_sdp_choice choices[] = {{.port = 20000}};
    struct st_rtp_sdp again;
    const char *text = answer_to("m=audio 1 RTP/AVP 0 9\r\na=label:x\r\na=ptime:30\r\n", choices);
    ck_assert_int_eq(st_rtp_sdp_parse(&again, text, strlen(text)), 0);
    ck_assert_uint_eq(again.media[0].port, 20000);
    ck_assert_str_eq(again.media[0].address, "192.0.2.9");
    ck_assert_str_eq(again.media[0].label, "x");
    ck_assert_int_eq(again.media[0].direction, ST_RTP_SDP_RECVONLY);
    ck_assert_int_eq(codec_of(&again.media[0], 9), ST_RTP_CODEC_G722);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, an_offer_of_two_legs_is_read);
    tcase_add_test(tcase, what_senders_leave_out_or_get_wrong_is_read);
    tcase_add_test(tcase, keys_are_read_and_unknown_ones_passed_over);
    tcase_add_test(tcase, reports_have_an_address_of_their_own);
    tcase_add_test(tcase, an_address_for_reports_may_be_cut_anywhere);
    tcase_add_test(tcase, limits_hold);
    tcase_add_test(tcase, any_cut_is_read);
    tcase_add_test(tcase, every_line_is_answered_in_its_order);
    tcase_add_test(tcase, our_key_is_answered_with_their_tag);
    tcase_add_test(tcase, what_cannot_be_decoded_or_is_not_wanted_is_refused);
    tcase_add_test(tcase, a_copy_has_the_lines_that_there_are);
    tcase_add_test(tcase, an_answer_can_be_read);
    return run_case("sdp", tcase);
}
