/* Stalls, drift, silence and keeping alive. */
#include "session_rig.h"

#include "run.h"

#include <errno.h>

static struct rig *start(bool speech_only, int64_t keep_alive_us)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.ops.stall_us = 5000000;
    rig->a.ops.answers_speech_only = speech_only;
    rig->a.ops.keep_alive_us = keep_alive_us;
    rig->a.opens_at_once = true;
    rig_start(rig);
    rig_run(rig, 10);
    return rig;
}

/* A voice, as far as an energy detector is concerned; what was heard cannot be compared. */
static void speak(struct rig *rig, unsigned frames)
{
    int16_t samples[RIG_FRAME_SAMPLES];
    for (unsigned at = 0; at < RIG_FRAME_SAMPLES; at++)
        samples[at] = at / 20 % 2 ? 8000 : -8000;
    for (unsigned i = 0; i < frames; i++) {
        struct st_frame frame = {samples, RIG_FRAME_SAMPLES, 16000,
                                 (int64_t)rig->next_frame[0]++ * ST_FRAME_US};
        st_stt_session_audio(rig->session, 0, &frame);
        rig_run(rig, ST_FRAME_US / 1000);
    }
}

START_TEST(silence_that_is_not_answered_is_no_stall)
{
    struct rig *rig = start(true, 0);
    rig_hold(rig, 3000);
    rig_expect(rig, "");
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(speech_that_is_not_answered_is_one)
{
    struct rig *rig = start(true, 0);
    rig_hold(rig, 100);
    speak(rig, 245);
    rig_expect(rig, "");
    speak(rig, 20);
    rig_expect(rig, "degraded (fake: it stopped answering)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(only_words_answer_speech)
{
    struct rig *rig = start(true, 0);
    for (int i = 0; i < 3; i++) {
        speak(rig, 100);
        rig_partial(rig, 1, 0, 500, "something");
    }
    ck_assert_uint_eq(rig->a.opens, 1);
    for (int i = 0; i < 3; i++) {
        speak(rig, 100);
        rig_socket_message(rig); /* a heartbeat, say */
    }
    ck_assert(!rig->streams[0]->is_open);
    rig_destroy(rig);
}
END_TEST

START_TEST(the_configuration_may_be_more_or_less_patient)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.ops.stall_us = 5000000;
    rig->a.stall_us = 2000000;
    rig->a.opens_at_once = true;
    rig_start(rig);
    rig_talk(rig, 99);
    rig_expect(rig, "");
    rig_talk(rig, 4);
    rig_expect(rig, "degraded (fake: it stopped answering)\n");
    rig_destroy(rig);
}
END_TEST

/* What sounds like speech and is none is answered by no engine. */
START_TEST(music_makes_the_session_more_patient)
{
    struct rig *rig = start(true, 0);
    speak(rig, 3000); /* a minute: stalls after 5, 10, 20 and 40 s */
    ck_assert_uint_ge(rig->a.opens, 3);
    ck_assert_uint_le(rig->a.opens, 4);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_falls_behind_for_good_is_replaced)
{
    struct rig *rig = start(false, 0);
    for (int64_t second = 1; second <= 60 && rig->streams[0]->is_open; second++) {
        rig_talk(rig, 50);
        if (!rig->streams[0]->is_open)
            break;
        rig_socket_message(rig);
        rig->stream->sink->lag(rig->stream->user, second * 500000);
    }
    ck_assert(!rig->streams[0]->is_open);
    ck_assert_int_ge(rig->next_frame[0], 20 * 50);
    ck_assert_int_le(rig->next_frame[0], 36 * 50);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_catches_up_is_left_alone)
{
    struct rig *rig = start(false, 0);
    for (int64_t second = 0; second < 60; second++) {
        rig_talk(rig, 50);
        rig_socket_message(rig);
        rig->stream->sink->lag(rig->stream->user, (60 - second) * 400000);
    }
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(words_in_audio_that_was_never_sent_break_the_protocol)
{
    struct rig *rig = start(false, 0);
    rig_talk(rig, 50);
    rig_socket_message(rig);
    rig_final(rig, 1, 0, 2900, "early");
    rig_final(rig, 2, 2900, 3100, "beyond");
    rig_run(rig, 1);
    rig_expect(rig, "final 1 0-2900 'early'\n  early 0-2900\n"
                    "degraded (fake: it heard words in audio it never had)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(exact_silence_is_held_back_from_an_engine_that_can_be_kept_alive)
{
    struct rig *rig = start(true, 4000000);
    rig_talk(rig, 50);
    rig_socket_message(rig);
    rig_final(rig, 1, 0, 1000, "one");
    rig_hold(rig, 1500); /* 30 s */
    rig_socket_message(rig);
    ck_assert_uint_eq(rig->stream->heard_count, 50 + 250);
    ck_assert_uint_eq(rig->a.keep_alives, 6);
    rig_talk(rig, 50);
    rig_expect_lane(rig->stream, 0, 300, 1550, 1599);
    rig_final(rig, 2, 6000, 7000, "two"); /* its sixth second is the call's 31st */
    rig_expect(rig, "final 1 0-1000 'one'\n  one 0-1000\nfinal 2 31000-32000 'two'\n"
                    "  two 31000-32000\n");
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_cannot_gets_the_silence)
{
    struct rig *rig = start(false, 0);
    for (int i = 0; i < 10; i++) {
        rig_hold(rig, 100);
        rig_socket_message(rig);
    }
    ck_assert_uint_eq(rig->stream->heard_count, 1000);
    ck_assert_uint_eq(rig->a.keep_alives, 0);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_is_kept_alive_when_no_audio_comes_at_all)
{
    struct rig *rig = start(true, 4000000);
    rig_talk(rig, 5);
    rig_socket_message(rig);
    rig_run(rig, 13000);
    ck_assert_uint_eq(rig->a.keep_alives, 3);
    rig_destroy(rig);
}
END_TEST

START_TEST(silence_that_was_held_back_is_not_missed_later)
{
    struct rig *rig = start(true, 4000000);
    rig->config.ring_us = 0;
    rig_talk(rig, 5);
    rig_socket_message(rig);
    rig_hold(rig, 3000); /* a minute: more than the ring holds */
    rig_trouble(rig->stream, ST_TROUBLE_LOST, "it fell over");
    rig_run(rig, 500);
    rig_talk(rig, 5);
    rig_expect_lane(rig->stream, 0, rig->stream->heard_count - 5, 3005, 3009);
    rig_socket_message(rig);
    rig_expect(rig, "degraded (fake: it fell over)\nrunning (recovered)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(speech_before_a_replayed_silence_is_heard_again)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.ops.stall_us = 5000000;
    rig->a.ops.answers_speech_only = true;
    rig->a.ops.keep_alive_us = 4000000;
    rig_start(rig);
    speak(rig, 50);
    rig_hold(rig, 400);
    rig->a.opens_at_once = true;
    rig_run(rig, 1);
    rig_run(rig, 600);
    ck_assert_uint_eq(rig->stream->heard_count, 50 + 250);
    rig_final(rig, 1, 0, 500, "one");
    rig_hold(rig, 5);
    rig_trouble(rig->stream, ST_TROUBLE_LOST, "it fell over");
    rig_run(rig, 500);
    rig_run(rig, 600);
    ck_assert_int_ne(rig->stream->heard[0][0], RIG_SILENCE);
    ck_assert_int_ne(rig->stream->heard[0][24], RIG_SILENCE);
    ck_assert_int_eq(rig->stream->heard[0][25], RIG_SILENCE);
    rig_destroy(rig);
}
END_TEST

START_TEST(what_the_engine_may_know_is_passed_on)
{
    static const char *const hints[] = {"Sidetone", "Moonshine"};
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->config.hints = hints;
    rig->config.hint_count = 2;
    rig_start(rig);
    ck_assert_str_eq(rig->stream->hints, "Sidetone,Moonshine");
    rig_destroy(rig);
}
END_TEST

START_TEST(credentials_that_are_being_got_are_asked_for_again)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.target_result = -EAGAIN;
    rig_start(rig);
    rig_talk(rig, 50);
    ck_assert_uint_eq(rig->a.connects, 0);
    rig->a.target_result = 0;
    rig_run(rig, 100);
    ck_assert_uint_eq(rig->a.connects, 1);
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_socket_open(rig);
    rig_run(rig, 100);
    rig_expect_heard(rig, 0, 49);
    rig_destroy(rig);
}
END_TEST

START_TEST(missing_credentials_are_a_refusal)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.target_result = -EACCES;
    rig_start(rig);
    rig_run(rig, 10000);
    rig_expect(rig, "degraded (fake: there is no key)\n");
    ck_assert_uint_eq(rig->a.opens, 1);
    rig_destroy(rig);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, silence_that_is_not_answered_is_no_stall);
    tcase_add_test(tcase, speech_that_is_not_answered_is_one);
    tcase_add_test(tcase, only_words_answer_speech);
    tcase_add_test(tcase, the_configuration_may_be_more_or_less_patient);
    tcase_add_test(tcase, music_makes_the_session_more_patient);
    tcase_add_test(tcase, an_engine_that_falls_behind_for_good_is_replaced);
    tcase_add_test(tcase, an_engine_that_catches_up_is_left_alone);
    tcase_add_test(tcase, words_in_audio_that_was_never_sent_break_the_protocol);
    tcase_add_test(tcase, exact_silence_is_held_back_from_an_engine_that_can_be_kept_alive);
    tcase_add_test(tcase, an_engine_that_cannot_gets_the_silence);
    tcase_add_test(tcase, an_engine_is_kept_alive_when_no_audio_comes_at_all);
    tcase_add_test(tcase, silence_that_was_held_back_is_not_missed_later);
    tcase_add_test(tcase, speech_before_a_replayed_silence_is_heard_again);
    tcase_add_test(tcase, what_the_engine_may_know_is_passed_on);
    tcase_add_test(tcase, credentials_that_are_being_got_are_asked_for_again);
    tcase_add_test(tcase, missing_credentials_are_a_refusal);
    return run_case("session_silence", tcase);
}
