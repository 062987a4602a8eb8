#include "run.h"

#include "speak.h"

#include <stdio.h>
#include <stdlib.h>

static struct st_stretches talks;

static void say(const struct said *said)
{
    struct st_word words[SPEAK_WORDS_MAX];
    struct st_segment segment = segment_of(said, words);
    st_stretches_put(&talks, &segment);
}

/* "start-end words[+][@content]" of every stretch; "+": goes on. */
static const char *drawn(void)
{
    static char text[4000];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < talks.count; i++) {
        const struct st_stretch *talk = &talks.list[i];
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s%u-%u %u%s", i > 0 ? ", " : "",
                             talk->start_ms, talk->end_ms, talk->words, talk->goes_on ? "+" : "");
        if (talk->content_ms != ST_STRETCHES_NO_CONTENT)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "@%u", talk->content_ms);
    }
    return text;
}

static void expect(const char *expected)
{
    ck_assert_str_eq(drawn(), expected);
    st_stretches_fini(&talks);
}

START_TEST(a_pause_of_two_seconds_cuts)
{
    say((struct said[]){{"a", 100, 200}, {"b", 2199, 2300}, {"c", 4300, 4500}, {NULL, 0, 0}});
    expect("100-2300 2@0, 4300-4500 1+");
}
END_TEST

START_TEST(content_begins_behind_back_channels)
{
    say((struct said[]){
        {"yeah", 0, 200}, {"Right.", 250, 400}, {"thanks", 450, 900}, {NULL, 0, 0}});
    say((struct said[]){{"mhm", 1000, 1200}, {NULL, 0, 0}});
    expect("0-900 3@450, 1000-1200 1");
}
END_TEST

START_TEST(a_segment_without_words_counts_whole)
{
    struct st_segment segment = {
        .is_final = true, .start_us = 5000, .end_us = 2005999, .text = " two  words\n"};
    st_stretches_put(&talks, &segment);
    segment.start_us = 3000000;
    segment.end_us = 3500000;
    segment.text = "yeah okay";
    st_stretches_put(&talks, &segment);
    expect("5-2005 2@0, 3000-3500 2");
}
END_TEST

START_TEST(empty_words_are_no_words)
{
    say((struct said[]){{"", 0, 100}, {"a", 200, 300}, {NULL, 0, 0}});
    expect("200-300 1@0");
}
END_TEST

START_TEST(segments_come_in_any_order_and_never_overlap)
{
    say((struct said[]){{"late", 5000, 6000}, {NULL, 0, 0}});
    say((struct said[]){{"early", 1000, 2000}, {NULL, 0, 0}});
    say((struct said[]){{"across", 1500, 5500}, {NULL, 0, 0}});
    say((struct said[]){{"within", 5200, 5400}, {NULL, 0, 0}});
    expect("1000-2000 1@0, 2000-5000 1@0, 5000-6000 2@0");
}
END_TEST

START_TEST(what_came_between_ends_a_turn)
{
    say((struct said[]){{"a", 0, 100}, {"b", 5000, 5100}, {NULL, 0, 0}});
    ck_assert_uint_eq(st_stretches_turn_end_ms(&talks, 0), 5100);
    say((struct said[]){{"c", 3000, 3100}, {NULL, 0, 0}});
    ck_assert_uint_eq(st_stretches_turn_end_ms(&talks, 0), 100);
    expect("0-100 1@0, 3000-3100 1@0, 5000-5100 1");
}
END_TEST

START_TEST(hostile_times_are_kept_in_bounds)
{
    say((struct said[]){{"back", 900, 100}, {"wards", 50, 20}, {NULL, 0, 0}});
    say((struct said[]){{"before", -5000, -4000}, {NULL, 0, 0}});
    say((struct said[]){{"beyond", INT64_MAX / 1000, INT64_MAX / 1000}, {NULL, 0, 0}});
    expect("0-1 1@0, 900-901 2@0, 604800000-604800001 1@0");
}
END_TEST

START_TEST(a_segment_has_sixteen_stretches_at_most)
{
    struct said said[31] = {{NULL, 0, 0}};
    for (int i = 0; i < 30; i++)
        said[i] = (struct said){"w", i * 3000, i * 3000 + 100};
    say(said);
    ck_assert_uint_eq(talks.count, ST_STRETCHES_PER_SEGMENT);
    ck_assert_uint_eq(talks.list[15].end_ms, 29 * 3000 + 100);
    ck_assert_uint_eq(talks.list[15].words, 15);
    ck_assert_uint_eq(st_stretches_turn_end_ms(&talks, 0), 29 * 3000 + 100);
    st_stretches_fini(&talks);
}
END_TEST

START_TEST(any_segments_leave_the_list_in_order)
{
    srand(7);
    for (int i = 0; i < 3000; i++) {
        struct said said[4] = {{NULL, 0, 0}};
        for (int k = 0; k < 3; k++)
            said[k] = (struct said){"w", rand() % 100000, rand() % 100000};
        said[rand() % 3 + 1].text = NULL;
        say(said);
        for (size_t k = 0; k < talks.count; k++) {
            ck_assert_uint_lt(talks.list[k].start_ms, talks.list[k].end_ms);
            ck_assert(k == 0 || talks.list[k - 1].end_ms <= talks.list[k].start_ms);
        }
    }
    for (uint32_t ms = 0; ms < 100000; ms += 777) {
        size_t at = st_stretches_find(&talks, ms);
        ck_assert(at == talks.count || talks.list[at].end_ms > ms);
        ck_assert(at == 0 || talks.list[at - 1].end_ms <= ms);
    }
    st_stretches_fini(&talks);
}
END_TEST

START_TEST(words_saturate)
{
    struct st_segment segment = {.is_final = true, .end_us = 1000000};
    char *text = malloc(200001);
    for (int i = 0; i < 100000; i++)
        memcpy(text + i * 2, "a ", 2);
    text[200000] = '\0';
    segment.text = text;
    st_stretches_put(&talks, &segment);
    st_stretches_put(&talks, &segment);
    ck_assert_uint_eq(talks.list[0].words, ST_STRETCHES_WORDS_MAX);
    ck_assert_uint_eq(talks.list[0].goes_on, 0);
    free(text);
    st_stretches_fini(&talks);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_pause_of_two_seconds_cuts,
                            content_begins_behind_back_channels,
                            a_segment_without_words_counts_whole,
                            empty_words_are_no_words,
                            segments_come_in_any_order_and_never_overlap,
                            what_came_between_ends_a_turn,
                            hostile_times_are_kept_in_bounds,
                            a_segment_has_sixteen_stretches_at_most,
                            any_segments_leave_the_list_in_order,
                            words_saturate};
    return run_tests("talks", tests, sizeof(tests) / sizeof(tests[0]));
}
