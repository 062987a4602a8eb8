#include "run.h"

#include "speak.h"

#include "sidetone/audio_second.h"

#include <stdlib.h>

static struct st_characteristics *spoken;
static struct st_characteristics_window window;

static void open(void)
{
    st_characteristics_destroy(spoken);
    spoken = st_characteristics_create();
}

static void close(void)
{
    st_characteristics_destroy(spoken);
    spoken = NULL;
}

static void measure(int64_t from_ms, int64_t until_ms)
{
    st_characteristics_measure(spoken, from_ms * 1000, until_ms * 1000, &window);
}

static void hear(unsigned channel, int64_t second, int32_t speech_ms, double db)
{
    struct st_audio_second heard = {
        .start_us = second * 1000000, .speech_us = speech_ms * 1000, .speech_db = (float)db};
    st_characteristics_put_audio(spoken, channel, &heard);
}

static int64_t known_ms(int64_t media_ms)
{
    st_characteristics_advance(spoken, media_ms * 1000);
    return st_characteristics_known_us(spoken) / 1000;
}

/* The pattern of the two interruptions, and of the overlaps that are none, in the call whose
 * document Amazon has published: the same times, other words. */
START_TEST(interruptions_are_those_of_the_published_document)
{
    open();
    speak(spoken, 1, (struct said[]){{"so", 6310, 7000}, {"hi", 7840, 10450}, {NULL, 0, 0}});
    speak(spoken, 0, (struct said[]){{"Yeah.", 7940, 8150}, {"Mhm.", 10740, 11380}, {NULL, 0, 0}});
    speak(spoken, 1, (struct said[]){{"we", 11040, 17560}, {"so", 18740, 20860}, {NULL, 0, 0}});
    speak(spoken, 0, (struct said[]){{"Uh", 18740, 19360}, {"Not", 22540, 27650}, {NULL, 0, 0}});
    speak(spoken, 1, (struct said[]){{"for", 54240, 59550}, {NULL, 0, 0}});
    speak(spoken, 0, (struct said[]){{"Okay", 58040, 58360}, {"no", 58900, 62050}, {NULL, 0, 0}});
    speak(spoken, 1, (struct said[]){{"That", 157340, 161860}, {NULL, 0, 0}});
    speak(spoken, 0,
          (struct said[]){{"Mhm", 157640, 157850}, {"Thank", 162240, 163260}, {NULL, 0, 0}});
    speak(spoken, 1,
          (struct said[]){{"Is", 162540, 165860}, {"today", 169240, 170050}, {NULL, 0, 0}});
    speak(spoken, 0,
          (struct said[]){{"Yes", 166440, 166770},
                          {"I", 166770, 168660},
                          {"Okay", 171090, 175460},
                          {NULL, 0, 0}});
    measure(0, INT64_MAX / 1000);
    ck_assert_uint_eq(window.channels[0].interruptions, 2);
    ck_assert_int_eq(window.channels[0].interruption_us, (2120 + 2220) * 1000);
    ck_assert_uint_eq(window.channels[1].interruptions, 0);
    measure(18741, 166440);
    ck_assert_uint_eq(window.channels[0].interruptions, 0);
    close();
}
END_TEST

START_TEST(an_empty_call_has_nothing)
{
    open();
    measure(0, 100000);
    ck_assert_int_eq(window.until_us, 0);
    ck_assert_int_eq(window.channels[0].talk_us, 0);
    ck_assert_uint_eq(window.channels[0].words_per_minute, 0);
    ck_assert(window.channels[0].loudness_mean < 0);
    ck_assert_int_eq(st_characteristics_response_us(spoken), -1);
    st_characteristics_advance(spoken, 5000000);
    measure(4000, 1000);
    ck_assert_int_eq(window.non_talk_us, 0);
    measure(0, INT64_MAX / 1000);
    ck_assert_int_eq(window.until_us, 5000000);
    ck_assert_int_eq(window.non_talk_us, 5000000);
    close();
}
END_TEST

START_TEST(loudness_is_a_hundred_and_the_level)
{
    open();
    hear(0, 0, 500, -26);
    hear(0, 1, 10, -20); /* too little to count */
    hear(0, 2, 1000, -31.3);
    hear(0, 3, 100, -140);
    hear(0, 4, 100, 7);
    st_characteristics_advance(spoken, 5000000);
    measure(0, 3000);
    ck_assert_double_eq_tol((double)window.channels[0].loudness_mean, (74 + 68.5) / 2, 1e-4);
    ck_assert_double_eq_tol((double)window.channels[0].loudness_max, 74, 1e-4);
    ck_assert(window.channels[1].loudness_mean < 0);
    measure(3000, 4000);
    ck_assert_double_eq_tol((double)window.channels[0].loudness_mean, 0, 1e-4);
    measure(4000, 5000);
    ck_assert_double_eq_tol((double)window.channels[0].loudness_max, 100, 1e-4);
    measure(1, 2000);
    ck_assert(window.channels[0].loudness_mean < 0);
    close();
}
END_TEST

START_TEST(what_is_heard_and_not_yet_said_is_not_known)
{
    open();
    ck_assert_int_eq(known_ms(7000), 7000);
    for (int i = 0; i < 4; i++)
        hear(0, i, 0, 0);
    ck_assert_int_eq(known_ms(7000), 4000); /* as far as it is heard */
    hear(0, 4, 800, -30);
    hear(0, 5, 800, -30);
    hear(0, 6, 0, 0);
    ck_assert_int_eq(known_ms(7000), 4000);
    talk(spoken, 0, 4300, 5900); /* the words of it */
    ck_assert_int_eq(known_ms(7000), 7000);
    hear(0, 7, 600, -30);
    for (int i = 8; i < 28; i++) {
        hear(0, i, 0, 0);
        ck_assert_int_eq(known_ms(i * 1000), 7000);
    }
    hear(0, 28, 0, 0); /* it waited long enough: those were no words */
    ck_assert_int_eq(known_ms(29000), 29000);
    st_characteristics_end(spoken, 40000000);
    ck_assert_int_eq(known_ms(0), 40000);
    close();
}
END_TEST

START_TEST(an_open_partial_is_not_known)
{
    struct st_segment partial = {.start_us = 3000000, .end_us = 4000000, .text = "I wou"};
    open();
    st_characteristics_advance(spoken, 5000000);
    st_characteristics_put_partial(spoken, 1, &partial);
    ck_assert_int_eq(known_ms(6000), 3000);
    ck_assert_int_eq(known_ms(23999), 3000);
    ck_assert_int_eq(known_ms(24000), 24000); /* forgotten by its engine */
    st_characteristics_put_partial(spoken, 1, &partial);
    partial.end_us = 24000000;
    st_characteristics_put_partial(spoken, 1, &partial);
    ck_assert_int_eq(known_ms(25000), 3000);
    talk(spoken, 1, 3000, 24500);
    ck_assert_int_eq(known_ms(25000), 25000);
    st_characteristics_put_partial(spoken, 1, &partial);
    partial.text = "";
    st_characteristics_put_partial(spoken, 1, &partial);
    ck_assert_int_eq(known_ms(25000), 25000);
    close();
}
END_TEST

START_TEST(nothing_is_silent_before_it_is_known)
{
    open();
    talk(spoken, 0, 0, 1000);
    for (int i = 0; i < 12; i++)
        hear(1, i, i >= 6 ? 700 : 0, -30);
    st_characteristics_advance(spoken, 12000000);
    measure(0, 12000);
    ck_assert_int_eq(window.known_us, 6000000);
    ck_assert_int_eq(window.non_talk_us, 5000000);
    close();
}
END_TEST

START_TEST(the_response_is_the_agents_answer_to_the_customers_first_words)
{
    static const struct {
        int64_t customer[2][2], agent[2][2], response_ms;
    } calls[] = {
        {{{5000, 8000}, {0, 0}}, {{0, 3000}, {9500, 12000}}, 1500},
        {{{5000, 8000}, {8400, 9000}}, {{0, 3000}, {9500, 12000}}, 500},
        {{{5000, 8000}, {0, 0}}, {{6000, 6500}, {9500, 12000}}, 1500}, /* a nod answers nothing */
        {{{5000, 8000}, {0, 0}}, {{7000, 9500}, {0, 0}}, 0},
        {{{5000, 8000}, {0, 0}}, {{0, 3000}, {0, 0}}, -1},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        open();
        for (int k = 0; k < 2; k++) {
            if (calls[i].customer[k][1] > 0)
                talk(spoken, 1, calls[i].customer[k][0], calls[i].customer[k][1]);
            if (calls[i].agent[k][1] > 0)
                talk(spoken, 0, calls[i].agent[k][0], calls[i].agent[k][1]);
        }
        int64_t response_us = st_characteristics_response_us(spoken);
        ck_assert_int_eq(response_us, calls[i].response_ms < 0 ? -1 : calls[i].response_ms * 1000);
    }
    close();
}
END_TEST

START_TEST(holds_are_those_of_the_platform)
{
    open();
    st_characteristics_set_paused(spoken, false, 1000000);
    for (int i = 0; i < 10; i++) {
        st_characteristics_set_paused(spoken, true, i * 20000000LL);
        st_characteristics_set_paused(spoken, true, i * 20000000LL + 1);
        st_characteristics_set_paused(spoken, false, i * 20000000LL + 3000000);
    }
    ck_assert_int_eq(st_characteristics_hold_us(spoken), 30000000);
    st_characteristics_set_paused(spoken, true, 300000000);
    st_characteristics_advance(spoken, 304000000);
    ck_assert_int_eq(st_characteristics_hold_us(spoken), 34000000);
    ck_assert(st_characteristics_was_paused(spoken, 303000, 303001));
    ck_assert(!st_characteristics_was_paused(spoken, 290000, 300000));
    ck_assert_int_eq(st_characteristics_reason(spoken, 301000, 302000), ST_SILENCE_HOLD);
    close();
}
END_TEST

START_TEST(a_silence_has_a_reason)
{
    open();
    utter(spoken, 1, "One moment, please.", 0, 2000); /* not the agent's to ask */
    ck_assert_int_eq(st_characteristics_reason(spoken, 2000, 14000), ST_SILENCE_UNKNOWN);
    utter(spoken, 0, "One moment, please.", 3000, 5000);
    ck_assert_int_eq(st_characteristics_reason(spoken, 5000, 20000), ST_SILENCE_HOLD);
    ck_assert_int_eq(st_characteristics_reason(spoken, 20000, 40000), ST_SILENCE_HOLD);
    ck_assert_int_eq(st_characteristics_reason(spoken, 20001, 40000), ST_SILENCE_UNKNOWN);
    ck_assert_int_eq(st_characteristics_reason(spoken, 4999, 40000), ST_SILENCE_UNKNOWN);
    for (int i = 0; i < 40; i++)
        hear(1, i, i % 2 == 0 && i >= 20 ? 900 : 0, -30);
    ck_assert_int_eq(st_characteristics_reason(spoken, 20001, 40000), ST_SILENCE_UNKNOWN);
    ck_assert_int_eq(st_characteristics_reason(spoken, 20500, 39500), ST_SILENCE_UNKNOWN);
    hear(1, 39, 900, -30);
    ck_assert_int_eq(st_characteristics_reason(spoken, 20500, 40000), ST_SILENCE_MUSIC);
    struct st_audio_second tone = {.start_us = 50000000, .tone_us = 600000};
    st_characteristics_put_audio(spoken, 0, &tone);
    ck_assert_int_eq(st_characteristics_reason(spoken, 50000, 51000), ST_SILENCE_MUSIC);
    close();
}
END_TEST

/* ---- long calls ---- */

/* Each ten seconds: the agent talks for 3 s, 1 s later the customer for 2 s. */
static void converse(unsigned from, unsigned until)
{
    for (unsigned i = from; i < until; i++) {
        talk(spoken, 0, i * 10000LL, i * 10000LL + 3000);
        talk(spoken, 1, i * 10000LL + 4000, i * 10000LL + 6000);
        hear(0, i * 10, 1000, -20);
        hear(0, i * 10 + 9, 0, 0);
        hear(1, i * 10 + 9, 0, 0);
        st_characteristics_advance(spoken, i * 10000000LL + 10000000);
    }
}

static void expect_conversation(int64_t tens)
{
    measure(0, INT64_MAX / 1000);
    ck_assert_int_eq(window.channels[0].talk_us, tens * 3000000);
    ck_assert_int_eq(window.channels[1].talk_us, tens * 2000000);
    ck_assert_uint_eq(window.channels[0].words, tens);
    ck_assert_uint_eq(window.channels[1].segments, tens);
    ck_assert_int_eq(window.non_talk_us, tens * 4000000);
    ck_assert_uint_eq(window.non_talks, tens);
    ck_assert_double_eq_tol((double)window.channels[0].loudness_mean, 80, 1e-3);
}

START_TEST(totals_stay_exact_and_memory_bounded)
{
    open();
    converse(0, 6 * 1440); /* a day */
    expect_conversation(6 * 1440);
    ck_assert_uint_gt(spoken->folded_ms, 0);
    ck_assert_uint_le(spoken->cells.cap, ST_CELLS_MAX);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        ck_assert_uint_le(spoken->channels[i].talks.cap, ST_TALK_TALKS_MAX);
        ck_assert_uint_le(spoken->channels[i].second_cap, 2304);
    }
    /* the last half hour is exact, older windows nearly so */
    int64_t end_ms = 6 * 1440 * 10000;
    measure(end_ms - 1800000, end_ms);
    ck_assert_int_eq(window.channels[0].talk_us, 180 * 3000000LL);
    measure(3600000, 7200000);
    ck_assert_int_eq(window.channels[0].talk_us, 360 * 3000000LL);
    close();
}
END_TEST

START_TEST(half_an_hour_keeps_its_promise)
{
    open();
    converse(0, 180);
    size_t bytes = sizeof(*spoken) + sizeof(*spoken->answers);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        bytes += spoken->channels[i].talks.cap * sizeof(struct st_stretch) +
                 spoken->channels[i].second_cap;
    ck_assert_uint_le(bytes, 10000);
    ck_assert_uint_eq(spoken->folded_ms, 0);
    close();
}
END_TEST

START_TEST(the_longest_are_whole_across_what_is_folded)
{
    open();
    talk(spoken, 0, 0, 1000);
    talk(spoken, 0, 51000, 75000); /* over the border of a minute, as is the silence before it */
    for (unsigned i = 10; i < 1000; i++) {
        talk(spoken, 0, i * 8000, i * 8000 + 100);
        talk(spoken, 1, i * 8000 + 4000, i * 8000 + 4100);
        st_characteristics_advance(spoken, i * 8000000LL);
    }
    ck_assert_uint_gt(spoken->folded_ms, 75000);
    measure(0, INT64_MAX / 1000);
    ck_assert_int_eq(window.non_talk_longest_us, 50000000);
    ck_assert_int_eq(window.channels[0].monologue_us, 24000000);
    close();
}
END_TEST

START_TEST(what_comes_late_is_counted)
{
    open();
    converse(0, 1000);
    ck_assert_uint_gt(spoken->folded_ms, 100000);
    talk(spoken, 1, 7000, 9000);
    measure(0, INT64_MAX / 1000);
    ck_assert_int_eq(window.channels[1].talk_us, 1000 * 2000000 + 2000000);
    ck_assert_uint_eq(window.channels[1].words, 1001);
    talk(spoken, 1, spoken->folded_ms - 500, spoken->folded_ms + 500);
    measure(0, INT64_MAX / 1000);
    ck_assert_uint_eq(window.channels[1].segments, 1002);
    close();
}
END_TEST

START_TEST(hostile_segments_cost_what_others_cost)
{
    open();
    srand(3);
    for (int i = 0; i < 20000; i++) {
        int64_t at_ms = rand() % 3 == 0 ? rand() : rand() % 1000000;
        talk(spoken, (unsigned)rand() % 2, at_ms, at_ms + rand() % 9000 - 1000);
        if (i % 7 == 0)
            hear((unsigned)rand() % 2, rand() % 100000, 300, -30);
        st_characteristics_advance(spoken, at_ms * 1000);
        ck_assert_uint_le(spoken->channels[0].talks.count, ST_TALK_TALKS_MAX);
        ck_assert_uint_le(spoken->channels[0].second_cap, 2304);
        if (i % 100 == 0)
            measure(rand() % 1000000, INT64_MAX / 1000);
    }
    ck_assert_uint_le(spoken->cells.cap, ST_CELLS_MAX);
    close();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        interruptions_are_those_of_the_published_document,
        an_empty_call_has_nothing,
        loudness_is_a_hundred_and_the_level,
        what_is_heard_and_not_yet_said_is_not_known,
        an_open_partial_is_not_known,
        nothing_is_silent_before_it_is_known,
        the_response_is_the_agents_answer_to_the_customers_first_words,
        holds_are_those_of_the_platform,
        a_silence_has_a_reason,
        totals_stay_exact_and_memory_bounded,
        half_an_hour_keeps_its_promise,
        the_longest_are_whole_across_what_is_folded,
        what_comes_late_is_counted,
        hostile_segments_cost_what_others_cost,
    };
    return run_tests("characteristics", tests, sizeof(tests) / sizeof(tests[0]));
}
