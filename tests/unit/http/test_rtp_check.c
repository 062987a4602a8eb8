#include "rtp.h"
#include "run.h"

#include <errno.h>
#include <string.h>

static struct rtp_body body;
static char why[RTP_BODY_WHY_BYTES];

static int judge(const char *text)
{
    why[0] = '\0';
    ck_assert_int_eq(rtp_body_parse(&body, text, strlen(text), ST_MEDIA_SOURCE_IP, why), 0);
    int err = rtp_check(&body, why);
    rtp_body_fini(&body);
    return err;
}

START_TEST(senders_that_can_be_told_from_others_are_fine)
{
    static const char *const bodies[] = {
        "{\"streams\":[{\"address\":\"10.0.0.5\"},{\"address\":\"2001:db8::1\"}]}",
        "{\"streams\":[{\"source\":\"learn\"}]}",
        "{\"streams\":[{\"source\":\"strict\",\"address\":\"::1\",\"port\":4000}]}",
        "{\"streams\":[{\"address\":\"::ffff:10.0.0.5\",\"shared\":true,\"ssrc\":5}]}",
        "{\"sdp\":\"c=IN IP4 10.0.0.1\\r\\nm=audio 4000 RTP/AVP 0\\r\\nm=video 9 RTP/AVP 96\"}",
        "{\"sdp\":\"c=IN IP4 0.0.0.0\\r\\nm=audio 4000 RTP/AVP 0\"}", /* on hold */
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        ck_assert_msg(judge(bodies[i]) == 0, "%s: %s", bodies[i], why);
}
END_TEST

START_TEST(others_are_refused_by_their_place)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{\"streams\":[{\"address\":\"::1\"},{\"port\":4000}]}",
         "streams[1]: 'source' ip needs 'address'"},
        {"{\"source\":\"strict\",\"streams\":[{\"address\":\"::1\"}]}",
         "streams[0]: 'source' strict needs 'address' and 'port'"},
        {"{\"streams\":[{\"address\":\"::1\",\"shared\":true}]}", "streams[0]: 'shared' needs"},
        {"{\"streams\":[{\"address\":\"0.0.0.0\"}]}", "streams[0]: 'address' must be"},
        {"{\"streams\":[{\"address\":\"::\"}]}", "streams[0]: 'address' must be"},
        {"{\"source\":\"learn\",\"streams\":[{},{\"address\":\"239.1.2.3\"}]}",
         "streams[1]: 'address' must be"},
        {"{\"streams\":[{\"address\":\"255.255.255.255\"}]}", "'address' must be"},
        {"{\"streams\":[{\"address\":\"ff02::1\"}]}", "'address' must be"},
        {"{\"sdp\":\"m=audio 4000 RTP/AVP 0\"}", "streams[0]: 'source' ip needs"},
        {"{\"sdp\":\"c=IN IP4 sbc.example.com\\r\\nm=audio 4000 RTP/AVP 0\"}",
         "streams[0]: 'address' must be"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_int_eq(judge(rows[i].text), -EBADMSG);
        ck_assert_msg(strstr(why, rows[i].why) != NULL, "%s: %s", rows[i].text, why);
    }
}
END_TEST

START_TEST(reports_go_to_their_port_without_one_of_the_audio)
{
    static const char text[] = "{\"streams\":[{\"address\":\"10.0.0.5\",\"rtcp_port\":4009}]}";
    ck_assert_int_eq(rtp_body_parse(&body, text, strlen(text), ST_MEDIA_SOURCE_IP, why), 0);
    const struct st_media_source *source = &body.lines[0].source;
    ck_assert_uint_eq(source->rtp.port, 0);
    ck_assert_uint_eq(source->rtcp.port, 4009);
    ck_assert(st_udp_address_has_ip_of(&source->rtcp, &source->rtp));
    rtp_body_fini(&body);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        senders_that_can_be_told_from_others_are_fine,
        others_are_refused_by_their_place,
        reports_go_to_their_port_without_one_of_the_audio,
    };
    return run_tests("rtp_check", tests, sizeof(tests) / sizeof(tests[0]));
}
