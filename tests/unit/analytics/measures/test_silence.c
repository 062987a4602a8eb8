#include "run.h"

#include "measures/silence.h"
#include "speak.h"

#include "sidetone/audio_second.h"

#include <stdio.h>
#include <stdlib.h>

static struct st_characteristics *spoken;
static struct st_silence silence;
static char told[4000];

static void on_silence(void *user, const struct st_silence_event *event)
{
    size_t used = strlen(told);
    (void)user;
    snprintf(told + used, sizeof(told) - used, "%s%s %u-%u %s", used > 0 ? ", " : "",
             event->finding.is_over ? "over" : "from", event->start_ms, event->end_ms,
             st_silence_reason_name(event->finding.reason));
}

static void open(void)
{
    st_characteristics_destroy(spoken);
    spoken = st_characteristics_create();
    silence = (struct st_silence){.least_ms = 10000};
    told[0] = '\0';
}

static void close(void)
{
    st_characteristics_destroy(spoken);
    spoken = NULL;
}

/* What is told at that time. */
static const char *at(int64_t ms)
{
    told[0] = '\0';
    st_characteristics_advance(spoken, ms * 1000);
    st_silence_look(&silence, spoken, on_silence, NULL);
    return told;
}

static void hear(unsigned channel, int64_t second, int32_t speech_ms)
{
    struct st_audio_second heard = {
        .start_us = second * 1000000, .speech_us = speech_ms * 1000, .speech_db = -30};
    st_characteristics_put_audio(spoken, channel, &heard);
}

START_TEST(it_is_told_once_when_it_begins_and_once_when_it_is_over)
{
    open();
    talk(spoken, 0, 0, 3000);
    ck_assert_str_eq(at(12999), "");
    ck_assert_str_eq(at(13000), "from 3000-13000 unknown");
    ck_assert_str_eq(at(30000), "");
    talk(spoken, 1, 31000, 32000);
    ck_assert_str_eq(at(32000), "over 3000-31000 unknown");
    ck_assert_str_eq(at(41000), "");
    close();
}
END_TEST

START_TEST(looked_at_late_the_same_is_told)
{
    open();
    talk(spoken, 0, 0, 3000);
    talk(spoken, 1, 31000, 32000);
    talk(spoken, 0, 60000, 61000);
    ck_assert_str_eq(at(65000), "from 3000-13000 unknown, over 3000-31000 unknown, "
                                "from 32000-42000 unknown, over 32000-60000 unknown");
    ck_assert_str_eq(at(70999), "");
    st_characteristics_end(spoken, 75000000);
    ck_assert_str_eq(at(75000), "from 61000-71000 unknown, over 61000-75000 unknown");
    ck_assert_str_eq(at(75000), "");
    close();
}
END_TEST

START_TEST(speech_that_is_heard_is_waited_for)
{
    open();
    for (int i = 0; i < 15; i++)
        hear(0, i, i >= 8 ? 900 : 0);
    ck_assert_str_eq(at(15000), ""); /* somebody talks since 8 s */
    talk(spoken, 0, 8000, 15000);
    for (int i = 15; i < 25; i++)
        hear(0, i, 0);
    ck_assert_str_eq(at(25000), "from 15000-25000 unknown");
    close();
}
END_TEST

START_TEST(music_is_heard_and_nobody_says_anything)
{
    open();
    talk(spoken, 0, 0, 2000);
    for (int i = 0; i < 60; i++)
        hear(0, i, i >= 2 ? 900 : 0);
    ck_assert_str_eq(at(21999), "");
    ck_assert_str_eq(at(32000), "from 2000-12000 music");
    ck_assert_int_eq(st_silence_guessed_us(&silence, spoken), 10000000);
    talk(spoken, 0, 60000, 61000);
    for (int i = 60; i < 62; i++)
        hear(0, i, 900);
    ck_assert_str_eq(at(62000), "over 2000-60000 music");
    ck_assert_int_eq(st_silence_guessed_us(&silence, spoken), 58000000);
    close();
}
END_TEST

START_TEST(late_words_end_what_was_told)
{
    open();
    talk(spoken, 0, 0, 3000);
    ck_assert_str_eq(at(13000), "from 3000-13000 unknown");
    talk(spoken, 1, 5000, 6000);
    ck_assert_str_eq(at(13500), "over 3000-5000 unknown");
    ck_assert_str_eq(at(16000), "from 6000-16000 unknown");
    talk(spoken, 1, 6000, 16000);
    ck_assert_str_eq(at(16500), "over 6000-6000 unknown");
    close();
}
END_TEST

START_TEST(a_partial_that_comes_late_ends_nothing_yet)
{
    struct st_segment partial = {.start_us = 7000000, .end_us = 12000000, .text = "well"};
    open();
    talk(spoken, 0, 0, 1000);
    ck_assert_str_eq(at(11000), "from 1000-11000 unknown");
    st_characteristics_put_partial(spoken, 1, &partial);
    ck_assert_str_eq(at(12000), "");
    talk(spoken, 1, 7000, 13000);
    ck_assert_str_eq(at(13000), "over 1000-7000 unknown");
    close();
}
END_TEST

START_TEST(a_hold_that_is_told_is_not_guessed)
{
    open();
    utter(spoken, 0, "let me put you on hold", 0, 2000);
    ck_assert_str_eq(at(12000), "from 2000-12000 hold");
    ck_assert_int_eq(st_silence_guessed_us(&silence, spoken), 10000000);
    st_characteristics_set_paused(spoken, true, 12500000);
    ck_assert_str_eq(at(20000), "");
    ck_assert_int_eq(st_silence_guessed_us(&silence, spoken), 0);
    st_characteristics_set_paused(spoken, false, 40000000);
    talk(spoken, 0, 41000, 42000);
    ck_assert_str_eq(at(42000), "over 2000-41000 hold");
    ck_assert_int_eq(st_silence_guessed_us(&silence, spoken), 0);
    close();
}
END_TEST

/* Whatever comes when: each that begins is over before the next, and they do not overlap. */
static uint32_t last_end_ms, open_start_ms;
static bool is_open;

static void check_order(void *user, const struct st_silence_event *event)
{
    unsigned *count = user;
    (*count)++;
    ck_assert(event->finding.is_over == is_open);
    ck_assert_uint_le(event->start_ms, event->end_ms);
    if (is_open) {
        ck_assert_uint_eq(event->start_ms, open_start_ms);
        last_end_ms = event->end_ms;
    } else {
        ck_assert_uint_ge(event->start_ms, last_end_ms);
        open_start_ms = event->start_ms;
    }
    is_open = !is_open;
}

START_TEST(any_segments_give_silences_in_order)
{
    unsigned count = 0;
    srand(5);
    open();
    for (int64_t i = 0; i < 5000; i++) {
        int64_t start_ms = i * 3000 - rand() % 40000;
        talk(spoken, (unsigned)rand() % 2, start_ms, start_ms + rand() % 4000);
        if (rand() % 2 == 0)
            hear((unsigned)rand() % 2, i * 3, rand() % 2 * 500);
        st_characteristics_advance(spoken, i * 3000000 + (rand() % 8 == 0 ? 20000000 : 0));
        st_silence_look(&silence, spoken, check_order, &count);
    }
    st_characteristics_end(spoken, 20000000000);
    st_silence_look(&silence, spoken, check_order, &count);
    ck_assert(!is_open);
    ck_assert_uint_gt(count, 20);
    close();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {it_is_told_once_when_it_begins_and_once_when_it_is_over,
                            looked_at_late_the_same_is_told,
                            speech_that_is_heard_is_waited_for,
                            music_is_heard_and_nobody_says_anything,
                            late_words_end_what_was_told,
                            a_partial_that_comes_late_ends_nothing_yet,
                            a_hold_that_is_told_is_not_guessed,
                            any_segments_give_silences_in_order};
    return run_tests("silence", tests, sizeof(tests) / sizeof(tests[0]));
}
