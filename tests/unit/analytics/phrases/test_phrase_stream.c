#include "phrases.h"
#include "run.h"

#include "sidetone/mem.h"

#include <stdlib.h>

static void keep_hit(void *user, const struct st_phrase_hit *hit)
{
    *(struct st_phrase_hit *)user = *hit;
}

START_TEST(times_are_estimated_by_character)
{
    struct st_phrase_stream *stream = LISTEN("caf\u00e9 now");
    struct st_segment segment = {.id = 3,
                                 .text = "\u00e9\u00e9 Caf\u00e9, \u00e9 Caf\u00e9 NOW \u00e9",
                                 .start_us = 1000000,
                                 .end_us = 3100000};
    struct st_phrase_hit hit = {0};
    st_phrase_stream_put_final(stream, 0, &segment, keep_hit, &hit);
    ck_assert_int_eq(hit.start_us, 2100000);
    ck_assert_int_eq(hit.end_us, 2900000);
    ck_assert_uint_eq(hit.first_word, 3);
    ck_assert_uint_eq(hit.last_word, 4);
    ck_assert_uint_eq(hit.first_segment_id, 3);
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(words_are_joined_as_they_were_said)
{
    struct st_phrase_stream *stream = LISTEN("don't ... call", "\u8fd4\u91d1");
    ck_assert_str_eq(hear(stream, "Please, DON'T... you call!"), "0[DON'T you call]1-3");
    ck_assert_str_eq(hear(stream, "xdon't call, don't caller"), "");
    ck_assert_str_eq(hear(stream, "\u8fd4\u91d1"), "1[\u8fd4\u91d1]8-9");
    ck_assert_str_eq(hear(stream, "\u8fd4, \u91d1"), "1[\u8fd4 \u91d1]10-11");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(several_phrases_share_words)
{
    struct st_phrase_stream *stream =
        LISTEN("a manager", "manager", "to a manager", "no", "no no", "to");
    ck_assert_str_eq(hear(stream, "to a manager"),
                     "5[to]0-0 2[to a manager]0-2 0[a manager]1-2 1[manager]2-2");
    ck_assert_str_eq(hear(stream, "no no no"), "3[no]3-3 4[no no]3-4 3[no]4-4 3[no]5-5");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(times_come_from_the_words_when_there_are_any)
{
    struct st_phrase_stream *stream = LISTEN("to a ... manager");
    const struct st_word words[] = {{"Speak", 10000, 20000, 1},
                                    {"to", 30000, 40000, 1},
                                    {"a", 50000, 60000, 1},
                                    {"good Manager.", 70000, 80000, 1}};
    struct st_segment segment = {.id = 7,
                                 .text = "something else",
                                 .end_us = 1000000,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = 3};
    struct st_phrase_hit hit = {0};
    st_phrase_stream_put_final(stream, 1, &segment, keep_hit, &hit);
    ck_assert_ptr_null(hit.words);
    segment.id = 8;
    segment.words = words + 3;
    segment.word_count = 1;
    st_phrase_stream_put_final(stream, 1, &segment, keep_hit, &hit);
    ck_assert_uint_eq(hit.channel, 1);
    ck_assert_uint_eq(hit.first_segment_id, 7);
    ck_assert_int_eq(hit.start_us, 30000);
    ck_assert_int_eq(hit.end_us, 80000);
    ck_assert_uint_eq(hit.first_word, 1);
    ck_assert_uint_eq(hit.last_word, 4);
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(phrases_cross_segments_of_their_channel)
{
    struct st_phrase_stream *stream =
        LISTEN("i want to speak to a manager", "speak ... now", "forty five", "can not");
    ck_assert_str_eq(hear(stream, "Well, I want"), "");
    ck_assert_str_eq(put(stream, 1, "One moment.", true), "");
    ck_assert_str_eq(hear(stream, "to"), "");
    ck_assert_str_eq(hear(stream, ""), "");
    ck_assert_str_eq(hear(stream, "Speak to a"), "");
    ck_assert_str_eq(put(stream, 1, "manager", true), "");
    ck_assert_str_eq(hear(stream, "Manager. Now! Forty"),
                     "0[I want to Speak to a Manager]1-7 1[Speak to a Manager Now]4-8");
    ck_assert_str_eq(hear(stream, "five can"), "2[Forty five]9-10");
    ck_assert_str_eq(hear(stream, "not"), "3[can not]11-12");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(a_long_silence_ends_what_was_begun)
{
    struct st_phrase_stream *stream = LISTEN("cancel it", "cancel ... now");
    hear(stream, "cancel");
    clock_ms += 10000;
    ck_assert_str_eq(hear(stream, "it"), "0[cancel it]0-1");
    clock_ms += 10001;
    ck_assert_str_eq(hear(stream, ""), "");
    ck_assert_str_eq(hear(stream, "now"), "");
    hear(stream, "cancel");
    clock_ms += 10001;
    ck_assert_str_eq(hear(stream, "it now"), "");
    ck_assert_str_eq(hear(stream, "cancel it"), "0[cancel it]6-7");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(a_pattern_does_not_match_twice_on_the_same_words)
{
    struct st_phrase_stream *stream = LISTEN("no no", "to (a|my) manager", "(to a|a) manager");
    ck_assert_str_eq(hear(stream, "no no no"), "0[no no]0-1");
    ck_assert_str_eq(hear(stream, "no"), "0[no no]2-3");
    ck_assert_str_eq(hear(stream, "to a manager"), "1[to a manager]4-6 2[a manager]5-6");
    st_phrase_stream_destroy(stream);
    stream = LISTEN("a b a b a");
    hear(stream, "a b a b a b a b a b a");
    ck_assert_uint_eq(heard_count, 2);
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(a_second_pattern_of_its_group_adds_nothing)
{
    struct st_phrase_stream *stream =
        LISTEN("i am here", "I'm here", "I AM  here", "(we|i) am here");
    ck_assert_str_eq(hear(stream, "I'm here"), "0[I'm here]0-1");
    ck_assert_str_eq(hear(stream, "we are we am here"), "3[we am here]4-6");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(exclusions_take_back_what_they_share_words_with)
{
    struct st_phrase_stream *stream = LISTEN("manager", "speak ... manager", "!account manager",
                                             "!manager of the month", "!not ... speak");
    ck_assert_str_eq(hear(stream, "a manager"), "0[manager]1-1");
    ck_assert_str_eq(hear(stream, "speak to the Account-Manager or manager"), "0[manager]7-7");
    ck_assert_str_eq(hear(stream, "the manager of the month"), "");
    ck_assert_str_eq(hear(stream, "my account"), "");
    ck_assert_str_eq(hear(stream, "manager, manager"), "0[manager]16-16");
    ck_assert_str_eq(hear(stream, "I did not want to speak to"), "");
    ck_assert_str_eq(hear(stream, "any manager"), "0[manager]25-25");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(what_is_excluded_does_not_hide_what_follows)
{
    struct st_phrase_stream *stream = LISTEN("no no", "!yes no");
    ck_assert_str_eq(hear(stream, "yes no no no"), "0[no no]2-3");
    ck_assert_str_eq(hear(stream, "no no no yes no no no"), "0[no no]4-5 0[no no]9-10");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(exclusions_are_of_their_group)
{
    struct st_phrase_pattern patterns[] = {
        {.text = "manager", .bytes = 7, .group = 1},
        {.text = "manager", .bytes = 7, .group = 2},
        {.text = "a manager", .bytes = 9, .group = 2, .is_exclusion = true},
        {.text = "manager", .bytes = 7, .group = 2},
    };
    struct st_phrase_set *set;
    ck_assert_int_eq(st_phrase_set_create(&set, patterns, 4, &problem), 0);
    struct st_phrase_stream *stream = st_phrase_stream_create(set);
    st_phrase_set_unref(set);
    ck_assert_str_eq(hear(stream, "a manager the manager"),
                     "0[manager]1-1 0[manager]3-3 1[manager]3-3");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(partials_change_nothing)
{
    struct st_phrase_stream *stream =
        LISTEN("speak to a manager", "cancel ... account", "no no", "refund", "!not refund");
    hear(stream, "I want to speak");
    ck_assert_str_eq(put(stream, 0, "to a", false), "");
    ck_assert_str_eq(put(stream, 0, "to a manager", false), "0[speak to a manager]3-6");
    ck_assert_str_eq(put(stream, 0, "to a manager no no soon", false),
                     "0[speak to a manager]3-6 2[no no]7-8");
    ck_assert_str_eq(put(stream, 1, "to a manager", false), "");
    ck_assert_str_eq(put(stream, 1, "not refund refund. Cancel", false), "3[refund]2-2");
    ck_assert_str_eq(put(stream, 0, "to a manager no no no", false),
                     "0[speak to a manager]3-6 2[no no]7-8");
    ck_assert_str_eq(hear(stream, "to a manicure. No"), "");
    ck_assert_str_eq(put(stream, 0, "no cancel", false), "2[No no]7-8");
    ck_assert_str_eq(hear(stream, "no cancel my"), "2[No no]7-8");
    ck_assert_str_eq(put(stream, 0, "account", false), "1[cancel my account]9-11");
    ck_assert_str_eq(hear(stream, ""), "");
    ck_assert_str_eq(hear(stream, "account no no"), "1[cancel my account]9-11 2[no no]12-13");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(new_phrases_find_what_was_begun)
{
    struct st_phrase_stream *stream = LISTEN("no no");
    struct st_phrase_set *set;
    const char *texts[] = {"no no", "speak to a manager", "want ... to", "want"};
    ck_assert_int_eq(make_set(&set, texts, 4), 0);
    ck_assert_str_eq(hear(stream, "I want no no no"), "0[no no]2-3");
    ck_assert_str_eq(hear(stream, "speak to"), "");
    st_phrase_stream_set_phrases(stream, set);
    ck_assert_str_eq(hear(stream, "a manager"), "1[speak to a manager]5-8");
    ck_assert_str_eq(hear(stream, "no"), "");
    ck_assert_str_eq(hear(stream, "no"), "0[no no]9-10");
    for (int i = 0; i < 10; i++)
        st_phrase_stream_set_phrases(stream, set);
    ck_assert_str_eq(hear(stream, "no"), "");
    clock_ms += 10001;
    hear(stream, "speak");
    st_phrase_stream_set_phrases(stream, set);
    hear(stream, "to a");
    st_phrase_stream_set_phrases(stream, set);
    ck_assert_str_eq(hear(stream, "manager no"), "1[speak to a manager]12-15");
    clock_ms += 10001;
    hear(stream, "");
    st_phrase_stream_set_phrases(stream, set);
    ck_assert_str_eq(hear(stream, "no"), "");
    st_phrase_stream_set_phrases(stream, set);
    ck_assert_str_eq(hear(stream, "no"), "0[no no]17-18");
    st_phrase_set_unref(set);
    st_phrase_stream_destroy(stream);
}
END_TEST

static char *repeat(const char *unit, size_t bytes)
{
    char *text = st_mem_alloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        text[i] = unit[i % strlen(unit)];
    return text;
}

START_TEST(hits_are_bounded)
{
    struct st_phrase_stream *stream = LISTEN("a b", "b ... a", "aa*", "(a|b)", "=b a b a b a");
    char *text = repeat("a b ", 1000000);
    hear(stream, text);
    ck_assert_uint_eq(heard_count, 400);
    ck_assert_uint_gt(heard_left_out, 100000);
    put(stream, 0, text, false);
    ck_assert_uint_eq(heard_count, 400);
    ck_assert_uint_lt(st_phrase_stream_bytes(stream), 40000);
    hear(stream, "a b");
    ck_assert_uint_eq(heard_left_out, 0);
    free(text);
    text = repeat("x", 1000000);
    ck_assert_str_eq(hear(stream, text), "");
    free(text);
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(hostile_sets_cost_bounded_time)
{
    enum { COUNT = 20000 };
    static const char *const stems[] = {"aa", "aaa", "aaaa", "aaaaa", "aaaaaa", "aaaaaaa"};
    struct st_phrase_pattern *patterns = calloc(COUNT, sizeof(*patterns));
    char *text = malloc(COUNT * (size_t)96);
    struct st_phrase_set *set;
    unsigned seed = 3;
    for (size_t i = 0; i < COUNT; i++) {
        char *at = text + 96 * i;
        int used = 0;
        for (unsigned k = 0; k < 6; k++)
            used += snprintf(at + used, 96 - (size_t)used, "%s%s* ", k % 3 == 2 ? "...{20} " : "",
                             stems[(unsigned)rand_r(&seed) % 6]);
        patterns[i] = (struct st_phrase_pattern){.text = at,
                                                 .bytes = (size_t)used,
                                                 .group = (uint32_t)i % 7,
                                                 .is_exclusion = i % 5 == 0};
    }
    ck_assert_int_eq(st_phrase_set_create(&set, patterns, COUNT, &problem), 0);
    struct st_phrase_stream *stream = st_phrase_stream_create(set);
    char *said = repeat("aaaaaaaa ", 200000);
    hear(stream, said);
    ck_assert_uint_le(heard_count, ST_PHRASE_HITS_MAX);
    ck_assert_uint_gt(heard_left_out, 0);
    ck_assert_uint_lt(st_phrase_stream_bytes(stream), 400000);
    free(said);
    st_phrase_stream_destroy(stream);
    st_phrase_set_unref(set);
    free(text);
    free(patterns);
}
END_TEST

START_TEST(odd_segments_are_survived)
{
    struct st_phrase_stream *stream = LISTEN("a b", "a ... c");
    const struct st_word words[] = {
        {"a", 900, 100, 1}, {"", 5, 5, 1}, {" ", 5, 5, 1}, {"b", -10, -20, 1}};
    struct st_segment segment = {.text = "", .start_us = 1000, .end_us = -1000};
    segment.word_times = ST_WORD_TIMES_MEASURED;
    segment.words = words;
    segment.word_count = 4;
    struct st_phrase_hit hit = {0};
    st_phrase_stream_put_final(stream, 0, &segment, keep_hit, &hit);
    ck_assert_int_eq(hit.start_us, 900);
    ck_assert_int_eq(hit.end_us, 900);
    segment.word_times = ST_WORD_TIMES_NONE;
    segment.text = "a\xff\xff b";
    hit.start_us = 5;
    st_phrase_stream_put_final(stream, 0, &segment, keep_hit, &hit);
    ck_assert_int_eq(hit.start_us, 1000);
    ck_assert_int_eq(hit.end_us, 1000);
    st_phrase_stream_destroy(stream);
}
END_TEST

/* Some words of one letter and 300 invisible characters are longer than what is kept as spoken. */
START_TEST(a_word_of_invisible_characters_is_shown_folded)
{
    struct st_phrase_stream *stream = LISTEN("manager");
    char text[8000] = "Man";
    for (size_t i = 0; i < 2000; i++)
        strcat(text, "\u200b");
    strcat(text, "ager");
    ck_assert_str_eq(hear(stream, text), "0[manager]0-0");
    st_phrase_stream_destroy(stream);
}
END_TEST

START_TEST(common_sets_take_little_memory)
{
    struct st_phrase_stream *stream =
        LISTEN("speak ... (manager|supervisor)", "cancel* ... account", "i want a refund",
               "this is unacceptable");
    for (int i = 0; i < 200; i++) {
        hear(stream, "well I want a refund and I will cancel my old account today, can I speak to");
        put(stream, 1, "just a moment please your manager will be with you", false);
    }
    ck_assert_uint_lt(st_phrase_stream_bytes(stream), 8 * 1024);
    st_phrase_stream_destroy(stream);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {times_are_estimated_by_character,
                            words_are_joined_as_they_were_said,
                            several_phrases_share_words,
                            times_come_from_the_words_when_there_are_any,
                            phrases_cross_segments_of_their_channel,
                            a_long_silence_ends_what_was_begun,
                            a_pattern_does_not_match_twice_on_the_same_words,
                            a_second_pattern_of_its_group_adds_nothing,
                            exclusions_take_back_what_they_share_words_with,
                            what_is_excluded_does_not_hide_what_follows,
                            exclusions_are_of_their_group,
                            partials_change_nothing,
                            new_phrases_find_what_was_begun,
                            hits_are_bounded,
                            hostile_sets_cost_bounded_time,
                            odd_segments_are_survived,
                            a_word_of_invisible_characters_is_shown_folded,
                            common_sets_take_little_memory};
    return run_tests("phrase_stream", tests, sizeof(tests) / sizeof(tests[0]));
}
