#include "rtp_body.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static struct rtp_body body;
static char why[RTP_BODY_WHY_BYTES];

static void teardown(void)
{
    rtp_body_fini(&body);
}

static void read(const char *text)
{
    int err = rtp_body_parse(&body, text, strlen(text), ST_MEDIA_SOURCE_IP, why);
    ck_assert_msg(err == 0, "%s: %s", text, why);
}

START_TEST(a_stream_alone_has_the_usual_codecs)
{
    read("{\"streams\":[{\"address\":\"10.0.0.5\"}]}");
    ck_assert_str_eq(body.start.call_id, "");
    ck_assert_uint_eq(body.offer.media_count, 1);
    const struct st_rtp_sdp_media *media = &body.offer.media[0];
    ck_assert(st_rtp_sdp_is_usable(media));
    ck_assert_str_eq(media->protocol, "RTP/AVP");
    static const uint8_t types[] = {0, 8, 9, 13, 101};
    ck_assert_uint_eq(media->payload_count, sizeof(types));
    for (size_t i = 0; i < sizeof(types); i++)
        ck_assert_uint_eq(media->payloads[i].payload_type, types[i]);
    ck_assert_uint_eq(body.lines[0].channel_mask, 1);
    ck_assert_int_eq(body.lines[0].roles[0], ST_ROLE_UNKNOWN);
    ck_assert_int_eq(body.lines[0].source.mode, ST_MEDIA_SOURCE_IP);
    ck_assert(!st_udp_address_is_none(&body.lines[0].source.rtp));
    ck_assert_uint_eq(body.lines[0].source.rtp.port, 0);
    ck_assert_uint_eq(body.lines[0].source.rtcp.port, 0);
}
END_TEST

START_TEST(everything_that_is_said_is_read)
{
    read("{\"call_id\":\"c-1\",\"tenant\":\"t\",\"route\":\"r\",\"agent_id\":\"a7\","
         "\"agent_name\":\"Ann\",\"queue\":\"q\",\"caller\":\"+1\",\"language\":\"en-US\","
         "\"attributes\":{\"team\":\"x\"},\"timeout_s\":30,\"reorder_ms\":100,"
         "\"source\":\"learn\",\"streams\":[{\"role\":\"customer\",\"codecs\":[{\"payload_type\":0}"
         ",{\"payload_type\":96,\"name\":\"L16\",\"clock_hz\":16000}],\"address\":\"::1\","
         "\"port\":4000,\"rtcp_port\":4009,\"source\":\"strict\",\"ssrc\":4294967295,"
         "\"shared\":true,\"ptime_ms\":20},{\"role\":\"agent\",\"rtcp_mux\":true,\"srtp\":{"
         "\"suite\":\"AES_CM_128_HMAC_SHA1_80\",\"key\":\"" KEY "\"}}]}");
    ck_assert_str_eq(body.start.call_id, "c-1");
    ck_assert_str_eq(body.tenant, "t");
    ck_assert_str_eq(body.route, "r");
    ck_assert_str_eq(body.start.agent_id, "a7");
    ck_assert_str_eq(body.start.caller, "+1");
    ck_assert_uint_eq(body.start.attribute_count, 1);
    ck_assert_str_eq(body.attributes[0].value, "x");
    ck_assert_int_eq(body.timeout_us, 30000000);
    ck_assert_int_eq(body.reorder_us, 100000);
    const struct st_rtp_session_line *line = &body.lines[0];
    ck_assert_int_eq(line->source.mode, ST_MEDIA_SOURCE_STRICT);
    ck_assert(line->is_shared && line->source.has_ssrc);
    ck_assert_uint_eq(line->source.ssrc, UINT32_MAX);
    ck_assert_uint_eq(line->source.rtp.port, 4000);
    ck_assert_uint_eq(line->source.rtcp.port, 4009);
    ck_assert_int_eq(line->roles[0], ST_ROLE_CUSTOMER);
    ck_assert_uint_eq(body.offer.media[0].payloads[1].format.clock_hz, 16000);
    line++;
    ck_assert_uint_eq(line->channel_mask, 2);
    ck_assert_int_eq(line->roles[1], ST_ROLE_AGENT);
    ck_assert_int_eq(line->source.mode, ST_MEDIA_SOURCE_LEARN);
    ck_assert(st_udp_address_is_none(&line->source.rtcp));
    ck_assert(body.offer.media[1].is_muxed && body.offer.media[1].is_secure);
    ck_assert_str_eq(body.offer.media[1].protocol, "RTP/SAVP");
}
END_TEST

START_TEST(a_stereo_stream_has_both_channels)
{
    read("{\"streams\":[{\"roles\":[\"customer\",\"agent\"],\"address\":\"10.0.0.5\"}]}");
    ck_assert_uint_eq(body.lines[0].channel_mask, 3);
    ck_assert_int_eq(body.lines[0].roles[0], ST_ROLE_CUSTOMER);
    ck_assert_int_eq(body.lines[0].roles[1], ST_ROLE_AGENT);
}
END_TEST

START_TEST(an_offer_is_read)
{
    read("{\"roles\":[\"agent\",\"customer\"],\"sdp\":\"v=0\\r\\nc=IN IP4 10.0.0.1\\r\\n"
         "m=audio 4000 RTP/AVP 0\\r\\nm=video 9 RTP/AVP 96\\r\\nm=audio 4002 RTP/AVP 8\\r\\n"
         "a=rtcp-mux\\r\\nm=audio 4004 RTP/AVP 8\\r\\n\"}");
    ck_assert_uint_eq(body.offer.media_count, 4);
    static const unsigned masks[] = {1, 0, 2, 0};
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(body.lines[i].channel_mask, masks[i]);
    ck_assert_int_eq(body.lines[0].roles[0], ST_ROLE_AGENT);
    ck_assert_int_eq(body.lines[2].roles[1], ST_ROLE_CUSTOMER);
    ck_assert_uint_eq(body.lines[0].source.rtcp.port, 4001);
    ck_assert_uint_eq(body.lines[2].source.rtcp.port, 4002);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused_with_its_name)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "the body"},
        {"[]", "the body"},
        {"{}", "give 'streams'"},
        {"{\"streams\":[{}],\"sdp\":\"v=0\"}", "give 'streams'"},
        {"{\"streams\":5}", "'streams'"},
        {"{\"streams\":[]}", "'streams'"},
        {"{\"streams\":[5]}", "a stream"},
        {"{\"streams\":[{},{},{}]}", "at most two"},
        {"{\"streams\":[{\"roles\":[\"agent\",\"customer\"]},{}]}", "two channels"},
        {"{\"streams\":[{\"roles\":[]}]}", "'roles'"},
        {"{\"streams\":[{\"roles\":\"agent\"}]}", "'roles'"},
        {"{\"streams\":[{\"role\":\"boss\"}]}", "a role"},
        {"{\"streams\":[{\"address\":\"host\"}]}", "'address'"},
        {"{\"streams\":[{\"port\":65536}]}", "'port'"},
        {"{\"streams\":[{\"port\":\"1\"}]}", "'port'"},
        {"{\"streams\":[{\"ssrc\":4294967296}]}", "'ssrc'"},
        {"{\"streams\":[{\"ptime_ms\":1}]}", "'ptime_ms'"},
        {"{\"streams\":[{\"shared\":1}]}", "'shared'"},
        {"{\"streams\":[{\"source\":\"any\"}]}", "'source'"},
        {"{\"streams\":[{\"codecs\":[]}]}", "'codecs'"},
        {"{\"streams\":[{\"codecs\":[{}]}]}", "'payload_type'"},
        {"{\"streams\":[{\"codecs\":[{\"payload_type\":96}]}]}", "payload type 96"},
        {"{\"streams\":[{\"codecs\":[{\"payload_type\":94,\"name\":\"PCMU\",\"clock_hz\":8000}]}]}",
         "names no audio"},
        {"{\"streams\":[{\"codecs\":[{\"payload_type\":13}]}]}", "names no audio"},
        {"{\"streams\":[{\"codecs\":[{\"payload_type\":0,\"name\":5}]}]}", "payload type 0"},
        {"{\"streams\":[{\"srtp\":{}}]}", "'srtp'"},
        {"{\"streams\":[{\"srtp\":{\"suite\":\"X\",\"key\":\"" KEY "\"}}]}", "'srtp.suite'"},
        {"{\"streams\":[{\"srtp\":{\"suite\":\"AES_CM_128_HMAC_SHA1_80\",\"key\":\"AA\"}}]}",
         "'srtp.key'"},
        {"{\"streams\":[{\"more\":1}]}", "'more'"},
        {"{\"streams\":[{}],\"more\":1}", "'more'"},
        {"{\"streams\":[{}],\"streams\":[{}]}", "the body"},
        {"{\"streams\":[{}],\"call_id\":\"\"}", "'call_id'"},
        {"{\"streams\":[{}],\"call_id\":\"a\\u0007\"}", "'call_id'"},
        {"{\"streams\":[{}],\"queue\":5}", "'queue'"},
        {"{\"streams\":[{}],\"attributes\":{\"a\":5}}", "'attributes'"},
        {"{\"streams\":[{}],\"timeout_s\":0}", "'timeout_s'"},
        {"{\"streams\":[{}],\"reorder_ms\":10}", "'reorder_ms'"},
        {"{\"sdp\":5}", "'sdp'"},
        {"{\"sdp\":\"v=0\"}", "'sdp' offers"},
        {"{\"sdp\":\"m=audio 1 RTP/AVP 3\"}", "'sdp' offers"},
    };
    const char *text = cases[_i].text;
    ck_assert_int_eq(rtp_body_parse(&body, text, strlen(text), ST_MEDIA_SOURCE_IP, why), -EBADMSG);
    ck_assert_msg(strstr(why, cases[_i].why) != NULL, "%s: %s", text, why);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_stream_alone_has_the_usual_codecs);
    tcase_add_test(tcase, everything_that_is_said_is_read);
    tcase_add_test(tcase, a_stereo_stream_has_both_channels);
    tcase_add_test(tcase, an_offer_is_read);
    tcase_add_loop_test(tcase, what_makes_no_sense_is_refused_with_its_name, 0, 40);
    return run_case("rtp_body", tcase);
}
