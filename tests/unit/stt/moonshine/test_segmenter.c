#include "moonshine/segmenter.h"

#include "run.h"

#include <stdlib.h>

enum { RATE = 8000, FRAME = 256, MS = RATE / 1000 };

static struct st_segmenter segmenter;
static struct st_utterance utterance;

/* Gives frames of one probability until something other than `expected` comes; returns how many
 * were given, the last one included. */
static int give(float probability, int frames, enum st_segmenter_state expected)
{
    for (int i = 1; i <= frames; i++)
        if (st_segmenter_put(&segmenter, probability, &utterance) != expected)
            return i;
    return frames + 1;
}

static void begin(void)
{
    st_segmenter_init(&segmenter, RATE, FRAME);
}

START_TEST(three_frames_of_speech_open)
{
    begin();
    ck_assert_int_eq(give(0.1F, 50, ST_SEGMENTER_QUIET), 51);
    ck_assert_int_eq(give(0.6F, 9, ST_SEGMENTER_QUIET), 3);
    ck_assert_int_eq(utterance.speech_start, 50 * FRAME);
    ck_assert_int_eq(utterance.start, 50 * FRAME - 300 * MS);
}
END_TEST

START_TEST(clicks_do_not_open)
{
    begin();
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(give(0.9F, 2, ST_SEGMENTER_QUIET), 3);
        ck_assert_int_eq(give(0.4F, 1, ST_SEGMENTER_QUIET), 2);
    }
}
END_TEST

START_TEST(speech_at_once_starts_at_zero)
{
    begin();
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    ck_assert_int_eq(utterance.start, 0);
    ck_assert_int_eq(st_segmenter_keep_from(&segmenter), 0);
}
END_TEST

START_TEST(silence_closes_and_300_ms_are_kept)
{
    begin();
    ck_assert_int_eq(give(0.9F, 3, ST_SEGMENTER_QUIET), 3);
    ck_assert_int_eq(give(0.9F, 17, ST_SEGMENTER_SPEAKING), 18);
    ck_assert_int_eq(give(0.1F, 100, ST_SEGMENTER_SPEAKING), 22); /* 704 ms */
    ck_assert_int_eq(utterance.speech_end, 20 * FRAME);
    ck_assert_int_eq(utterance.end, 20 * FRAME + 300 * MS);
}
END_TEST

START_TEST(a_pause_below_the_limit_does_not_close)
{
    begin();
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(give(0.1F, 20, ST_SEGMENTER_SPEAKING), 21);
        ck_assert_int_eq(give(0.4F, 1, ST_SEGMENTER_SPEAKING), 2);
    }
}
END_TEST

START_TEST(utterances_do_not_overlap)
{
    begin();
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    ck_assert_int_eq(give(0.1F, 100, ST_SEGMENTER_SPEAKING), 22);
    int64_t end = utterance.end;
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    ck_assert_int_ge(utterance.start, end);
    ck_assert_int_lt(utterance.start, utterance.speech_start);
}
END_TEST

START_TEST(past_ten_seconds_a_dip_cuts)
{
    begin();
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    ck_assert_int_eq(give(0.1F, 3, ST_SEGMENTER_SPEAKING), 4); /* too early */
    ck_assert_int_eq(give(0.9F, 310, ST_SEGMENTER_SPEAKING), 311);
    ck_assert_int_eq(give(0.1F, 22, ST_SEGMENTER_SPEAKING), 3);
    ck_assert_int_eq(utterance.end, segmenter.position);
    int64_t end = utterance.end;
    ck_assert_int_eq(give(0.9F, 9, ST_SEGMENTER_QUIET), 3);
    ck_assert_int_eq(utterance.start, end); /* nothing is lost in between */
}
END_TEST

START_TEST(fifteen_seconds_are_the_limit)
{
    begin();
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    ck_assert_int_eq(give(0.9F, 1000, ST_SEGMENTER_SPEAKING), 466);
    ck_assert_int_gt(utterance.end - utterance.start, 15000 * MS);
    ck_assert_int_le(utterance.end - utterance.start, 15000 * MS + FRAME);
}
END_TEST

START_TEST(partials_come_with_growth_and_speech)
{
    int due = 0;
    begin();
    ck_assert(!st_segmenter_is_partial_due(&segmenter));
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    int64_t last = segmenter.position;
    for (int i = 0; i < 300; i++) {
        give(0.9F, 1, ST_SEGMENTER_SPEAKING);
        if (!st_segmenter_is_partial_due(&segmenter))
            continue;
        due++;
        ck_assert_int_ge(segmenter.position - last, 1000 * MS);
        ck_assert_int_ge(100 * (segmenter.position - last),
                         34 * (segmenter.position - utterance.start));
        last = segmenter.position;
    }
    ck_assert_int_ge(due, 5);
    ck_assert_int_le(due, 7);
}
END_TEST

START_TEST(no_partial_without_new_speech)
{
    begin();
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(give(0.4F, 1, ST_SEGMENTER_SPEAKING), 2);
        ck_assert(!st_segmenter_is_partial_due(&segmenter));
    }
}
END_TEST

START_TEST(kept_audio_reaches_back_to_the_next_start)
{
    begin();
    for (int i = 0; i < 500; i++) {
        float probability = i % 97 < 40 ? 0.9F : 0.1F;
        int64_t kept = st_segmenter_keep_from(&segmenter);
        enum st_segmenter_state state = st_segmenter_put(&segmenter, probability, &utterance);
        if (state == ST_SEGMENTER_OPENED || state == ST_SEGMENTER_CLOSED)
            ck_assert_int_ge(utterance.start, kept);
        ck_assert_int_ge(st_segmenter_keep_from(&segmenter), kept);
    }
}
END_TEST

START_TEST(the_end_closes_what_is_open)
{
    begin();
    ck_assert(!st_segmenter_flush(&segmenter, 0, &utterance));
    give(0.9F, 3, ST_SEGMENTER_QUIET);
    ck_assert(st_segmenter_flush(&segmenter, 3 * FRAME - 100, &utterance));
    ck_assert_int_eq(utterance.end, 3 * FRAME - 100);
    ck_assert_int_le(utterance.speech_end, utterance.end);
    ck_assert(!st_segmenter_flush(&segmenter, 3 * FRAME, &utterance));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, three_frames_of_speech_open);
    tcase_add_test(tcase, clicks_do_not_open);
    tcase_add_test(tcase, speech_at_once_starts_at_zero);
    tcase_add_test(tcase, silence_closes_and_300_ms_are_kept);
    tcase_add_test(tcase, a_pause_below_the_limit_does_not_close);
    tcase_add_test(tcase, utterances_do_not_overlap);
    tcase_add_test(tcase, past_ten_seconds_a_dip_cuts);
    tcase_add_test(tcase, fifteen_seconds_are_the_limit);
    tcase_add_test(tcase, partials_come_with_growth_and_speech);
    tcase_add_test(tcase, no_partial_without_new_speech);
    tcase_add_test(tcase, kept_audio_reaches_back_to_the_next_start);
    tcase_add_test(tcase, the_end_closes_what_is_open);
    return run_case("segmenter", tcase);
}
