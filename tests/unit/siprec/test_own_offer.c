/* What we offer of lines that they hold or have ended. */
#include "siprec_rig.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

#define SECONDS(n) ((int64_t)(n)*1000000)

/* Of two legs, each with its port and direction. */
static const char *legs(unsigned first, const char *how, unsigned second, const char *how_second)
{
    static char text[512];
    snprintf(text, sizeof(text),
             "c=IN IP4 192.0.2.1\nm=audio %u RTP/AVP 0\na=%s\na=label:1\n"
             "m=audio %u RTP/AVP 0\na=%s\na=label:2\n",
             first, how, second, how_second);
    return text;
}

static void offer(unsigned cseq, const char *sdp)
{
    rig_put(rig_in_dialog("INVITE", cseq, "", sdp));
    ck_assert_int_eq(rig_status(), 200);
    rig_put(rig_in_dialog("ACK", cseq, "", ""));
}

static bool says(const char *text)
{
    return strstr(rig_body(), text) != NULL;
}

/* They answer it, and the line goes on by the port that it had. */
START_TEST(who_ended_a_line_is_offered_it_again)
{
    rig_call_up("", rig_two_legs);
    offer(2, legs(0, "sendonly", 16002, "sendonly"));
    ck_assert(says("m=audio 0 RTP/AVP 0\r\n") && says("m=audio 20002 RTP/AVP 0\r\n"));
    ck_assert(rig.told.media[0].is_held && !rig.told.media[1].is_held);
    rig_put(rig_in_dialog("INVITE", 3, "", ""));
    ck_assert(says("m=audio 20000 RTP/AVP 0 8 101\r\n") && says("m=audio 20002 RTP/AVP 0\r\n"));
    ck_assert(says("o=sidetone 1 3 ") && says("a=label:1\r\n") && !says("a=inactive"));
    rig_put(rig_in_dialog("ACK", 3, "", legs(16000, "sendonly", 16002, "sendonly")));
    ck_assert(!rig.told.media[0].is_held && !rig.told.media[1].is_held);
    rig_tear_down();
}
END_TEST

/* What they resumed by themselves is not taken from the time before. */
START_TEST(a_line_that_came_back_is_offered_as_it_is)
{
    rig_call_up("", rig_two_legs);
    offer(2, legs(0, "sendonly", 0, "sendonly"));
    offer(3, legs(0, "sendonly", 0, "sendonly"));
    offer(4, legs(18000, "sendonly", 0, "sendonly"));
    rig_put(rig_in_dialog("INVITE", 5, "", ""));
    ck_assert(says("m=audio 20000 RTP/AVP 0\r\n") && says("m=audio 20002 RTP/AVP 0 8 101\r\n"));
    ck_assert(says("o=sidetone 1 5 ") && !says("m=audio 0 "));
    rig_put(rig_in_dialog("ACK", 5, "", legs(18000, "sendonly", 0, "sendonly")));
    rig_put(rig_in_dialog("INVITE", 6, "", "")); /* nothing is new in it */
    ck_assert(says("o=sidetone 1 5 ") && says("m=audio 20002 "));
    rig_tear_down();
}
END_TEST

/* A refresh asks for nothing that is on hold, and takes no line away. */
START_TEST(a_refresh_leaves_every_line_its_port)
{
    rig_call_up("Supported: timer\nSession-Expires: 100;refresher=uas\n", rig_two_legs);
    offer(2, legs(0, "sendonly", 16002, "inactive"));
    for (unsigned i = 0; i < 2; i++) {
        rig_pass(SECONDS(51));
        ck_assert_int_eq(strncmp(rig_sent(0), "INVITE ", 7), 0);
        ck_assert(says("m=audio 20000 RTP/AVP 0 8 101\r\n") && says("m=audio 20002 RTP/AVP 0\r\n"));
        ck_assert(says("o=sidetone 1 3 ") && !says("a=recvonly"));
        rig_respond_with("200 OK", legs(0, "sendonly", 16002, "inactive"));
        ck_assert(rig.told.media[0].is_held && rig.told.media[1].is_held);
    }
    offer(3, legs(16000, "sendonly", 16002, "sendonly"));
    ck_assert(says("m=audio 20000 ") && says("m=audio 20002 ") && !says("a=inactive"));
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

/* Lines that were never taken, and those beyond what there is room for, stay refused. */
START_TEST(what_was_never_taken_is_not_offered)
{
    char many[2048] = "c=IN IP4 192.0.2.1\nm=video 17000 RTP/AVP 96\n"
                      "m=audio 16000 RTP/AVP 0\na=sendonly\na=label:1\n";
    for (unsigned i = 0; i < 8; i++)
        strcat(many, "m=video 17002 RTP/AVP 96\n");
    rig_call_up("", many);
    char *port = strstr(many, "16000");
    memcpy(port, "00000", 5);
    offer(2, many);
    rig_put(rig_in_dialog("INVITE", 3, "", ""));
    ck_assert(says("m=audio 20000 RTP/AVP 0\r\n"));
    unsigned lines = 0;
    for (const char *at = rig_body(); (at = strstr(at, "m=video 0 RTP/AVP 96\r\n")) != NULL; at++)
        lines++;
    ck_assert_uint_eq(lines, 9);
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        who_ended_a_line_is_offered_it_again,
        a_line_that_came_back_is_offered_as_it_is,
        a_refresh_leaves_every_line_its_port,
        what_was_never_taken_is_not_offered,
    };
    return run_tests("own_offer", tests, sizeof(tests) / sizeof(*tests));
}
