/* Sessions on hold whose peers never said how long they mean to live. */
#include "siprec_rig.h"

#include "run.h"

#include <string.h>

#define MINUTES(n) ((int64_t)(n)*60 * 1000000)

static const char held[] = "c=IN IP4 192.0.2.1\nm=audio 16000 RTP/AVP 0\na=inactive\na=label:1\n"
                           "m=audio 16002 RTP/AVP 0\na=inactive\na=label:2\n";

static bool was_asked(void)
{
    return strncmp(rig_sent(0), "OPTIONS ", 8) == 0;
}

START_TEST(only_who_is_held_without_a_timer_is_asked)
{
    static const struct {
        const char *extra, *body;
        bool is_asked;
    } cases[] = {
        {"", held, true},
        {"", rig_two_legs, false}, /* its media would be missed */
        {"Supported: timer\nSession-Expires: 7200;refresher=uac\n", held, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_call_up(cases[i].extra, cases[i].body);
        rig_pass(MINUTES(14));
        ck_assert(!was_asked());
        rig_pass(MINUTES(2));
        ck_assert_int_eq(was_asked(), cases[i].is_asked);
        rig_tear_down();
    }
}
END_TEST

START_TEST(who_answers_lives_on)
{
    rig_call_up("", held);
    for (int i = 0; i < 8; i++) {
        rig_pass(MINUTES(15) + 200000);
        ck_assert(was_asked());
        rig_respond(i % 2 ? "200 OK" : "405 Method Not Allowed");
    }
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_pass(MINUTES(15) + 200000);
    rig_respond("481 Gone");
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_LOST);
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
}
END_TEST

/* Not at once: it may have lost its connection, and come back by another to end the hold. */
START_TEST(who_does_not_answer_is_given_up_in_the_end)
{
    rig_call_up("", held);
    rig_pass(MINUTES(59));
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_pass(MINUTES(2));
    ck_assert_int_eq(rig.told.end, ST_SIPREC_END_LOST);
    rig_pass(MINUTES(1));
    ck_assert_uint_eq(st_siprec_live(rig.siprec), 0);
    rig_tear_down();
    rig_call_up("", held);
    rig_pass(MINUTES(59));
    rig_put(rig_in_dialog("UPDATE", 2, "", rig_two_legs));
    ck_assert_int_eq(rig_status(), 200);
    rig_pass(MINUTES(90));
    ck_assert_uint_eq(rig.told.ends, 0);
    rig_tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        only_who_is_held_without_a_timer_is_asked,
        who_answers_lives_on,
        who_does_not_answer_is_given_up_in_the_end,
    };
    return run_tests("liveness", tests, sizeof(tests) / sizeof(*tests));
}
