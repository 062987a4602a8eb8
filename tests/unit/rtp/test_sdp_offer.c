#include "run.h"

#include "sidetone/rtp_offer.h"

#include <errno.h>
#include <string.h>

static const struct st_rtp_srtp_crypto crypto = {
    .tag = 1, .suite = ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_80, .key = {1, 2, 3}};

static const struct st_rtp_offer_line lines[] = {
    {.port = 20000,
     .payload_type = 0,
     .format = {ST_RTP_CODEC_PCMU, 8000, 1},
     .event_type = 101,
     .ptime_ms = 20,
     .label = "1"},
    {.port = 20002,
     .payload_type = 96,
     .format = {ST_RTP_CODEC_OPUS, 48000, 2},
     .label = "2",
     .is_muxed = true,
     .is_inactive = true,
     .crypto = &crypto,
     .address = "::1"},
};
static const struct st_rtp_offer offer = {
    .lines = lines, .count = 2, .address = "127.0.0.1", .session = 7, .version = 3};

START_TEST(an_offer_is_written_as_it_is_read)
{
    char text[2000];
    struct st_rtp_sdp sdp;
    ssize_t chars = st_rtp_offer_write(&offer, text, sizeof(text));
    ck_assert_int_eq(chars, (ssize_t)strlen(text));
    ck_assert_int_eq(st_rtp_sdp_parse(&sdp, text, (size_t)chars), 0);
    ck_assert_uint_eq(sdp.media_count, 2);
    const struct st_rtp_sdp_media *media = sdp.media;
    ck_assert(media[0].is_audio && !media[0].is_secure && !media[0].is_held);
    ck_assert_uint_eq(media[0].port, 20000);
    ck_assert_str_eq(media[0].address, "127.0.0.1");
    ck_assert_str_eq(media[0].label, "1");
    ck_assert_uint_eq(media[0].ptime_ms, 20);
    ck_assert_int_eq(media[0].direction, ST_RTP_SDP_SENDONLY);
    ck_assert_uint_eq(media[0].payload_count, 2);
    ck_assert_int_eq(media[0].payloads[0].format.codec, ST_RTP_CODEC_PCMU);
    ck_assert_int_eq(media[0].payloads[1].format.codec, ST_RTP_CODEC_EVENT);
    ck_assert(media[1].is_secure && media[1].is_muxed && media[1].is_held);
    ck_assert_str_eq(media[1].address, "::1");
    ck_assert_int_eq(media[1].direction, ST_RTP_SDP_INACTIVE);
    ck_assert_int_eq(media[1].payloads[0].format.codec, ST_RTP_CODEC_OPUS);
    ck_assert_uint_eq(media[1].crypto_count, 1);
    ck_assert_mem_eq(media[1].cryptos[0].key, crypto.key, 30);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    char text[2000], part[2000];
    ssize_t chars = st_rtp_offer_write(&offer, text, sizeof(text));
    for (size_t room = 0; room <= (size_t)chars; room++)
        ck_assert_int_eq(st_rtp_offer_write(&offer, part, room), -ENOBUFS);
    ck_assert_int_eq(st_rtp_offer_write(&offer, part, (size_t)chars + 1), chars);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {an_offer_is_written_as_it_is_read, what_does_not_fit_is_refused};
    return run_tests("sdp_offer", tests, sizeof(tests) / sizeof(*tests));
}
