#include "session_rig.h"

#include "run.h"

#include <errno.h>

static struct rig *start(void)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.ops.stall_us = 5000000;
    rig_start(rig);
    return rig;
}

static struct rig *start_running(void)
{
    struct rig *rig = start();
    rig_socket_open(rig);
    rig_talk(rig, 5);
    rig_socket_message(rig);
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_RUNNING);
    return rig;
}

START_TEST(audio_waits_while_a_slow_engine_starts)
{
    struct rig *rig = start();
    rig_talk(rig, 200);
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_STARTING);
    ck_assert_uint_eq(rig->streams[rig->stream_count - 1]->heard_count, 0);
    ck_assert_uint_eq(rig->a.messages, 0);
    rig_socket_open(rig);
    rig_run(rig, 500);
    rig_expect_heard(rig, 0, 199);
    ck_assert_uint_eq(rig->a.messages, 201); /* what the stream said before, first */
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_STARTING);
    rig_socket_message(rig);
    ck_assert_int_eq(st_stt_session_state(rig->session), ST_STT_RUNNING);
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_connection_that_never_opens_is_given_up)
{
    struct rig *rig = start();
    rig_run(rig, 14999);
    rig_expect(rig, "");
    rig_run(rig, 2);
    rig_expect(rig, "degraded (fake: the connection did not open in time)\n");
    rig_run(rig, 500);
    ck_assert_uint_eq(rig->a.connects, 2);
    rig_destroy(rig);
}
END_TEST

START_TEST(five_refusals_are_one_degradation)
{
    struct rig *rig = start();
    for (unsigned i = 1; i <= 5; i++) {
        rig_socket_closed(rig, -ECONNREFUSED);
        while (rig->a.connects == i)
            rig_talk(rig, 1);
    }
    rig_socket_open(rig);
    rig_run(rig, 2000);
    rig_socket_message(rig);
    rig_expect(rig, "degraded (fake: the peer hung up)\nrunning (recovered)\n");
    rig_expect_heard(rig, 0, rig->next_frame[0] - 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_connect_that_fails_at_once_is_retried)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.connect_result = -ENOMEM;
    rig_start(rig);
    rig_run(rig, 1);
    rig_expect(rig, "degraded (fake: it could not be started)\n");
    rig->a.connect_result = 0;
    rig_run(rig, 1000);
    rig_socket_open(rig);
    rig_expect(rig, "running (recovered)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_stops_answering_is_replaced)
{
    struct rig *rig = start_running();
    rig_talk(rig, 249);
    rig_expect(rig, "");
    rig_talk(rig, 4);
    rig_expect(rig, "degraded (fake: it stopped answering)\n");
    rig_talk(rig, 50);
    rig_socket_open(rig);
    rig_run(rig, 500);
    rig_socket_message(rig);
    rig_expect(rig, "running (recovered)\n");
    rig_expect_heard(rig, 0, rig->next_frame[0] - 1);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_is_full_and_silent_is_replaced_too)
{
    struct rig *rig = start_running();
    rig->a.audio_max = 5;
    rig_talk(rig, 260);
    rig_expect(rig, "degraded (fake: it stopped answering)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_socket_that_stays_full_is_replaced)
{
    struct rig *rig = start_running();
    rig->a.send_result = -ENOBUFS;
    rig_talk(rig, 2);
    rig_socket_message(rig);
    rig_talk(rig, 240);
    rig_expect(rig, "");
    rig_talk(rig, 12);
    rig_expect(rig, "degraded (fake: it stopped answering)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_stalls_after_finish_is_finished_again)
{
    struct rig *rig = start_running();
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_socket_message(rig);
    rig_run(rig, 6000);
    rig_socket_open(rig);
    rig_run(rig, 1);
    ck_assert_uint_eq(rig->a.finishes, 2);
    rig_done(rig);
    rig_run(rig, 1);
    rig_expect(rig, "done\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_has_nothing_to_answer_is_left_alone)
{
    struct rig *rig = start_running();
    rig_run(rig, 60000);
    rig_expect(rig, "");
    for (int i = 0; i < 100; i++) {
        rig_talk(rig, 50);
        rig_socket_message(rig);
    }
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

START_TEST(garbage_means_a_new_connection)
{
    struct rig *rig = start_running();
    rig->a.receive_result = -EPROTO;
    rig_socket_message(rig);
    rig_run(rig, 1);
    rig_expect(rig, "degraded (fake: the server sent something that makes no sense)\n");
    rig->a.receive_result = 0;
    rig_run(rig, 500);
    rig_socket_open(rig);
    rig_expect_heard(rig, 0, 4);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_full_socket_holds_audio_back)
{
    struct rig *rig = start_running();
    rig->a.send_result = -ENOBUFS;
    rig_talk(rig, 20);
    ck_assert_uint_eq(rig->streams[rig->stream_count - 1]->heard_count,
                      6); /* one message waits in the outbox */
    rig->a.send_result = 0;
    rig_run(rig, 100);
    rig_expect_heard(rig, 0, 24);
    ck_assert_uint_eq(rig->a.messages, 26);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_send_that_fails_is_a_lost_connection)
{
    struct rig *rig = start_running();
    rig->a.send_result = -ENOTCONN;
    rig_talk(rig, 2);
    rig_expect(rig, "");
    rig_run(rig, 1100);
    rig_expect(rig, "degraded (fake: the connection was lost)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_connection_that_closes_may_still_say_why)
{
    struct rig *rig = start_running();
    rig->a.send_result = -ENOTCONN;
    rig_talk(rig, 2);
    rig_socket_closed(rig, 1);
    rig_run(rig, 1);
    rig_expect(rig, "degraded (fake: the peer hung up)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_peer_that_closes_after_finish_is_done)
{
    struct rig *rig = start_running();
    st_stt_session_finish(rig->session);
    rig_run(rig, 1);
    rig_socket_closed(rig, 0);
    rig_run(rig, 1);
    rig_expect(rig, "done\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_peer_that_closes_before_finish_is_not)
{
    struct rig *rig = start_running();
    rig_socket_closed(rig, 0);
    rig_run(rig, 1);
    rig_expect(rig, "degraded (fake: the connection was closed)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(times_and_ids_go_on_over_many_connections)
{
    struct rig *rig = start_running();
    for (int i = 0; i < 5; i++) {
        rig->events_len = 0;
        rig_talk(rig, 95);
        rig_final(rig, 1, 0, 1000, "a");
        rig_socket_closed(rig, -EPIPE);
        rig_talk(rig, 5);
        rig_run(rig, 10000);
        rig_socket_open(rig);
        rig_run(rig, 100);
        rig_socket_message(rig);
    }
    rig_expect(rig, "final 5 4000-5000 'a'\n  a 4000-5000\n"
                    "degraded (fake: the peer hung up)\nrunning (recovered)\n");
    rig_destroy(rig);
}
END_TEST

static int take_response(struct st_engine_stream *stream, unsigned status,
                         const char *(*header)(const void *headers, const char *name),
                         const void *headers)
{
    return 0;
}

static void respond(struct rig *rig, unsigned status)
{
    ck_assert_int_eq(rig->stream->socket->response(rig->stream->socket_user, status, NULL, NULL),
                     0);
    rig_socket_message(rig);
}

static struct rig *start_that_answers_speech_only(void)
{
    struct rig *rig = rig_create(ST_ENGINE_REMOTE);
    rig->a.ops.response = take_response;
    rig->a.ops.answers_speech_only = true;
    rig->a.ops.stall_us = 60000000;
    rig_start(rig);
    return rig;
}

START_TEST(a_websocket_that_opens_is_a_success)
{
    struct rig *rig = start_that_answers_speech_only();
    for (unsigned i = 1; i <= 3; i++) {
        rig_socket_closed(rig, -EPIPE);
        while (rig->a.connects == i)
            rig_talk(rig, 1);
    }
    rig_expect(rig, "degraded (fake: the peer hung up)\n");
    rig_socket_open(rig);
    rig_expect(rig, "running (recovered)\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_refusal_over_http2_is_no_success)
{
    struct rig *rig = start_that_answers_speech_only();
    for (unsigned i = 1; i <= 3; i++) {
        rig_socket_open_http(rig);
        respond(rig, 503);
        rig_socket_closed(rig, -EPIPE);
        while (rig->a.connects == i)
            rig_talk(rig, 1);
    }
    rig_socket_open_http(rig);
    rig_expect(rig, "degraded (fake: the peer hung up)\n");
    respond(rig, 200);
    rig_expect(rig, "running (recovered)\n");
    rig_destroy(rig);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, audio_waits_while_a_slow_engine_starts);
    tcase_add_test(tcase, a_connection_that_never_opens_is_given_up);
    tcase_add_test(tcase, five_refusals_are_one_degradation);
    tcase_add_test(tcase, a_connect_that_fails_at_once_is_retried);
    tcase_add_test(tcase, an_engine_that_stops_answering_is_replaced);
    tcase_add_test(tcase, an_engine_that_is_full_and_silent_is_replaced_too);
    tcase_add_test(tcase, a_socket_that_stays_full_is_replaced);
    tcase_add_test(tcase, an_engine_that_stalls_after_finish_is_finished_again);
    tcase_add_test(tcase, an_engine_that_has_nothing_to_answer_is_left_alone);
    tcase_add_test(tcase, garbage_means_a_new_connection);
    tcase_add_test(tcase, a_full_socket_holds_audio_back);
    tcase_add_test(tcase, a_send_that_fails_is_a_lost_connection);
    tcase_add_test(tcase, a_connection_that_closes_may_still_say_why);
    tcase_add_test(tcase, a_peer_that_closes_after_finish_is_done);
    tcase_add_test(tcase, a_peer_that_closes_before_finish_is_not);
    tcase_add_test(tcase, times_and_ids_go_on_over_many_connections);
    tcase_add_test(tcase, a_websocket_that_opens_is_a_success);
    tcase_add_test(tcase, a_refusal_over_http2_is_no_success);
    return run_case("session_link", tcase);
}
