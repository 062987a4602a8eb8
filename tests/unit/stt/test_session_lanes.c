/* Two channels in one stream. */
#include "session_rig.h"

#include "run.h"

static struct rig *create(unsigned channels_min, unsigned mask)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.ops.channels_min = channels_min;
    rig->a.ops.channels_max = 2;
    rig->channel_mask = mask;
    rig->config.ring_us = 10000000;
    rig_start(rig);
    return rig;
}

static void say(struct rig *rig, unsigned channel, uint64_t id, int64_t start_ms, int64_t end_ms,
                const char *text)
{
    struct st_segment segment = {.id = id,
                                 .is_final = true,
                                 .start_us = start_ms * 1000,
                                 .end_us = end_ms * 1000,
                                 .text = text,
                                 .confidence = ST_CONFIDENCE_ABSENT};
    rig_say(rig->streams[rig->stream_count - 1], channel, &segment);
}

START_TEST(both_channels_are_one_stream)
{
    struct rig *rig = create(1, 3);
    rig_talk(rig, 100);
    ck_assert_uint_eq(rig->stream_count, 1);
    ck_assert_uint_eq(rig->stream->channels, 2);
    ck_assert_int_eq(rig->stream->roles[0], ST_ROLE_AGENT);
    ck_assert_int_eq(rig->stream->roles[1], ST_ROLE_CUSTOMER);
    rig_expect_lane(rig->stream, 0, 0, 0, 99);
    rig_expect_lane(rig->stream, 1, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 99);
    say(rig, 0, 1, 0, 500, "hello");
    say(rig, 1, 1, 400, 900, "hi");
    say(rig, 0, 2, 1000, 1200, "how");
    rig_expect(rig, "0 final 1 0-500 'hello'\n1 final 1 400-900 'hi'\n0 final 2 1000-1200 'how'\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(one_channel_is_a_stream_of_one)
{
    struct rig *rig = create(1, 1);
    rig_talk(rig, 10);
    ck_assert_uint_eq(rig->stream->channels, 1);
    rig_expect_heard(rig, 0, 9);
    rig_destroy(rig);
}
END_TEST

START_TEST(channels_that_come_one_behind_the_other_are_one_stream)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.ops.channels_max = 1 + _i;
    rig->config.coming_mask = 2;
    rig_start(rig);
    ck_assert_int_eq(st_stt_session_open(rig->session, 2), 0);
    rig->channel_mask = 3;
    rig_talk(rig, 20);
    ck_assert_uint_eq(rig->stream_count, _i ? 1 : 2);
    ck_assert_uint_eq(rig->streams[0]->channels, 1 + (unsigned)_i);
    rig_expect_lane(rig->streams[0], 0, 0, 0, 19);
    rig_expect_lane(rig->stream, _i ? 1 : 0, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 19);
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_that_must_have_two_gets_silence_for_the_other)
{
    struct rig *rig = create(2, 2);
    rig_talk(rig, 10);
    ck_assert_uint_eq(rig->stream->channels, 2);
    rig_expect_lane(rig->stream, 1, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 9);
    for (unsigned i = 0; i < 10; i++)
        ck_assert_int_eq(rig->stream->heard[0][i], RIG_SILENCE);
    rig_destroy(rig);
}
END_TEST

START_TEST(a_channel_that_joins_such_a_stream_takes_the_place_of_silence)
{
    struct rig *rig = create(2, 1);
    rig_talk(rig, 50);
    ck_assert_int_eq(st_stt_session_open(rig->session, 2), 0);
    rig->channel_mask = 3;
    rig->next_frame[1] = 50;
    rig_talk(rig, 50);
    ck_assert_uint_eq(rig->stream_count, 1);
    rig_expect_lane(rig->stream, 0, 0, 0, 99);
    rig_expect_lane(rig->stream, 1, 50, RIG_SECOND_CHANNEL + 50, RIG_SECOND_CHANNEL + 99);
    say(rig, 1, 1, 1000, 1500, "hi");
    rig_expect(rig, "1 final 1 1000-1500 'hi'\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_channel_that_joins_a_stream_of_one_brings_a_stream_of_two)
{
    struct rig *rig = create(1, 1);
    rig->a.done_at_once = true;
    rig_talk(rig, 50);
    rig_final(rig, 1, 0, 1000, "one");
    ck_assert_int_eq(st_stt_session_open(rig->session, 2), 0);
    rig->channel_mask = 3;
    rig->next_frame[1] = 50;
    rig_talk(rig, 50);
    rig_run(rig, 100);
    ck_assert_uint_eq(rig->stream_count, 2);
    ck_assert(!rig->streams[0]->is_open);
    unsigned before = rig->streams[0]->heard_count;
    ck_assert_uint_eq(rig->stream->heard_count, 50); /* the new channel's, all of them */
    rig_expect_lane(rig->stream, 0, before - 50, (int)before, 99);
    rig_expect_lane(rig->stream, 1, 0, RIG_SECOND_CHANNEL + 50, RIG_SECOND_CHANNEL + 99);
    rig_expect(rig, "final 1 0-1000 'one'\n  one 0-1000\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_channel_is_not_waited_for_longer_than_300_ms)
{
    struct rig *rig = create(1, 3);
    rig_talk_on(rig, 0, 15);
    ck_assert_uint_eq(rig->stream->heard_count, 0);
    rig_talk_on(rig, 0, 10);
    ck_assert_uint_eq(rig->stream->heard_count, 10);
    rig_talk_on(rig, 1, 25); /* what it missed is gone, and counted */
    ck_assert_uint_eq(rig->stream->heard_count, 25);
    for (unsigned i = 0; i < 10; i++)
        ck_assert_int_eq(rig->stream->heard[1][i], RIG_SILENCE);
    rig_expect_lane(rig->stream, 0, 0, 0, 24);
    rig_expect_lane(rig->stream, 1, 10, RIG_SECOND_CHANNEL + 10, RIG_SECOND_CHANNEL + 24);
    rig_expect(rig, "1 shed 0-20\n1 shed 20-40\n1 shed 40-60\n1 shed 60-80\n1 shed 80-100\n"
                    "1 shed 100-120\n1 shed 120-140\n1 shed 140-160\n1 shed 160-180\n"
                    "1 shed 180-200\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(channels_that_come_by_turns_stay_side_by_side)
{
    struct rig *rig = create(1, 3);
    for (int i = 0; i < 10; i++) {
        rig_talk_on(rig, 0, 5);
        rig_talk_on(rig, 1, 5);
    }
    rig_expect_lane(rig->stream, 0, 0, 0, 49);
    rig_expect_lane(rig->stream, 1, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 49);
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

START_TEST(a_new_stream_begins_where_the_channel_furthest_back_has_to)
{
    struct rig *rig = create(1, 3);
    rig_talk(rig, 100);
    say(rig, 0, 1, 0, 1500, "long");
    say(rig, 1, 1, 0, 500, "short");
    rig_trouble(rig->stream, ST_TROUBLE_LOST, "it fell over");
    rig_run(rig, 1000);
    ck_assert_uint_eq(rig->stream_count, 2);
    ck_assert_uint_eq(rig->stream->heard_count, 75);
    rig_expect_lane(rig->stream, 1, 0, RIG_SECOND_CHANNEL + 25, RIG_SECOND_CHANNEL + 99);
    for (unsigned i = 0; i < 50; i++) /* it is known already */
        ck_assert_int_eq(rig->stream->heard[0][i], RIG_SILENCE);
    rig_expect_lane(rig->stream, 0, 50, 75, 99);
    say(rig, 0, 1, 1100, 1400, "more");
    say(rig, 1, 1, 0, 300, "again");
    rig_expect(rig, "0 final 1 0-1500 'long'\n1 final 1 0-500 'short'\n"
                    "0 degraded (fake: it fell over)\n1 degraded (fake: it fell over)\n"
                    "0 running (recovered)\n1 running (recovered)\n"
                    "0 final 2 1600-1900 'more'\n1 final 2 500-800 'again'\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(what_is_shed_from_one_is_shed_from_both)
{
    struct rig *rig = create(1, 3);
    rig->a.audio_max = 10;
    rig_talk(rig, 550);
    rig_expect(rig, "0 shed 200-1200\n1 shed 200-1200\n");
    rig->a.audio_max = 0;
    rig_run(rig, 1000);
    ck_assert_uint_eq(rig->stream->heard_count, 500);
    rig_expect_lane(rig->stream, 0, 10, 60, 549);
    rig_expect_lane(rig->stream, 1, 10, RIG_SECOND_CHANNEL + 60, RIG_SECOND_CHANNEL + 549);
    say(rig, 1, 1, 200, 400, "after");
    rig_expect(rig, "1 final 1 1200-1400 'after'\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(channels_may_begin_at_different_times)
{
    struct rig *rig = create(1, 3);
    rig->next_frame[1] = 20;
    rig_talk_on(rig, 0, 30); /* the other one's place is taken by silence */
    rig_talk(rig, 50);
    rig_run(rig, 100);
    rig_expect_lane(rig->stream, 0, 0, 0, 64);
    for (unsigned i = 0; i < 20; i++)
        ck_assert_int_eq(rig->stream->heard[1][i], RIG_SILENCE);
    rig_expect_lane(rig->stream, 1, 20, RIG_SECOND_CHANNEL + 20, RIG_SECOND_CHANNEL + 64);
    rig_destroy(rig);
}
END_TEST

START_TEST(at_the_end_the_shorter_channel_ends_in_silence)
{
    struct rig *rig = create(1, 3);
    rig_talk(rig, 10);
    rig_talk_on(rig, 0, 7);
    st_stt_session_finish(rig->session);
    rig_run(rig, 10);
    ck_assert_uint_eq(rig->stream->heard_count, 17);
    ck_assert_uint_eq(rig->a.finishes, 1);
    rig->stream->sink->done(rig->stream->user);
    rig_run(rig, 10);
    rig_expect(rig, "done\n");
    rig_destroy(rig);
}
END_TEST

START_TEST(an_engine_of_one_channel_follows_one_of_two_and_back)
{
    struct rig *rig = rig_create(ST_ENGINE_EMBEDDED);
    rig->a.ops.channels_max = 2;
    rig_add(rig, ST_ENGINE_EMBEDDED);
    rig->channel_mask = 3;
    rig_start(rig);
    rig_talk(rig, 20);
    rig_trouble(rig->streams[0], ST_TROUBLE_SERVER, "500");
    rig_run(rig, 500);
    ck_assert_uint_eq(rig->stream_count, 3);
    rig_expect_lane(rig->streams[1], 0, 0, 0, 19);
    rig_expect_lane(rig->streams[2], 0, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 19);
    rig_trouble(rig->streams[1], ST_TROUBLE_SERVER, "500");
    rig_run(rig, 500);
    ck_assert_uint_eq(rig->stream_count, 4);
    ck_assert_uint_eq(rig->streams[3]->channels, 2);
    rig_expect_lane(rig->streams[3], 0, 0, 0, 19);
    rig_expect_lane(rig->streams[3], 1, 0, RIG_SECOND_CHANNEL, RIG_SECOND_CHANNEL + 19);
    rig_destroy(rig);
}
END_TEST

START_TEST(what_a_channel_that_is_not_there_says_is_not_heard)
{
    struct rig *rig = create(2, 1);
    rig_talk(rig, 10);
    say(rig, 1, 1, 0, 100, "ghost");
    say(rig, 7, 1, 0, 100, "ghost");
    rig_expect(rig, "");
    rig_destroy(rig);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, both_channels_are_one_stream);
    tcase_add_test(tcase, one_channel_is_a_stream_of_one);
    tcase_add_loop_test(tcase, channels_that_come_one_behind_the_other_are_one_stream, 0, 2);
    tcase_add_test(tcase, an_engine_that_must_have_two_gets_silence_for_the_other);
    tcase_add_test(tcase, a_channel_that_joins_such_a_stream_takes_the_place_of_silence);
    tcase_add_test(tcase, a_channel_that_joins_a_stream_of_one_brings_a_stream_of_two);
    tcase_add_test(tcase, a_channel_is_not_waited_for_longer_than_300_ms);
    tcase_add_test(tcase, channels_that_come_by_turns_stay_side_by_side);
    tcase_add_test(tcase, a_new_stream_begins_where_the_channel_furthest_back_has_to);
    tcase_add_test(tcase, what_is_shed_from_one_is_shed_from_both);
    tcase_add_test(tcase, channels_may_begin_at_different_times);
    tcase_add_test(tcase, at_the_end_the_shorter_channel_ends_in_silence);
    tcase_add_test(tcase, an_engine_of_one_channel_follows_one_of_two_and_back);
    tcase_add_test(tcase, what_a_channel_that_is_not_there_says_is_not_heard);
    return run_case("session_lanes", tcase);
}
