#include "splice.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static char said[4096];
static struct st_splice splice;

static void on_emit(void *user, const struct st_segment *segment)
{
    size_t len = strlen(said);
    snprintf(said + len, sizeof(said) - len, "%s%d@%d-%d:%s/%zu ", segment->is_final ? "F" : "p",
             (int)segment->id, (int)segment->start_us, (int)segment->end_us, segment->text,
             segment->word_count);
}

static void setup(void)
{
    said[0] = '\0';
    st_splice_init(&splice, on_emit, NULL);
}

static void teardown(void)
{
    st_splice_fini(&splice);
}

static void expect(const char *text)
{
    ck_assert_str_eq(said, text);
    said[0] = '\0';
}

static void partial(uint64_t id, int64_t start_us, int64_t end_us, const char *text)
{
    struct st_segment segment = {.id = id, .start_us = start_us, .end_us = end_us, .text = text};
    st_splice_put(&splice, &segment);
}

static void final(uint64_t id, int64_t start_us, int64_t end_us, const char *text)
{
    struct st_segment segment = {
        .id = id, .is_final = true, .start_us = start_us, .end_us = end_us, .text = text};
    st_splice_put(&splice, &segment);
}

static void final_words(uint64_t id, const struct st_word *words, size_t count, const char *text)
{
    struct st_segment segment = {
        .id = id,
        .is_final = true,
        .start_us = words[0].start_us,
        .end_us = words[count - 1].end_us,
        .text = text,
        .word_times = ST_WORD_TIMES_MEASURED,
        .words = words,
        .word_count = count,
    };
    st_splice_put(&splice, &segment);
}

START_TEST(ids_of_the_first_stream_start_at_one)
{
    partial(0, 0, 10, "a");
    final(0, 0, 20, "a");
    final(1, 30, 40, "b");
    final(5, 50, 60, "c");
    expect("p1@0-10:a/0 F1@0-20:a/0 F2@30-40:b/0 F6@50-60:c/0 ");
}
END_TEST

START_TEST(what_is_final_stays_so)
{
    final(1, 0, 20, "a");
    partial(1, 0, 25, "ab");
    final(1, 0, 25, "ab");
    expect("F1@0-20:a/0 ");
}
END_TEST

START_TEST(an_empty_final_is_told_only_to_withdraw)
{
    final(1, 0, 20, "");
    partial(2, 30, 40, "x");
    final(2, 30, 50, "");
    final(3, 60, 70, "y");
    expect("p2@30-40:x/0 F2@30-50:/0 F3@60-70:y/0 ");
}
END_TEST

START_TEST(the_next_stream_takes_up_the_open_partial)
{
    final(1, 0, 20, "a");
    partial(2, 30, 40, "b");
    st_splice_restart(&splice);
    partial(7, 30, 35, "bb");
    final(7, 30, 45, "bbb");
    final(8, 50, 60, "c");
    expect("F1@0-20:a/0 p2@30-40:b/0 p2@30-35:bb/0 F2@30-45:bbb/0 F3@50-60:c/0 ");
}
END_TEST

START_TEST(without_an_open_partial_ids_go_on)
{
    final(4, 0, 20, "a");
    st_splice_restart(&splice);
    final(1, 30, 40, "b");
    st_splice_restart(&splice);
    final(1, 50, 60, "c");
    expect("F1@0-20:a/0 F2@30-40:b/0 F3@50-60:c/0 ");
}
END_TEST

START_TEST(an_orphan_the_new_stream_goes_past_is_withdrawn)
{
    partial(1, 0, 10, "a");
    partial(2, 20, 30, "b");
    st_splice_restart(&splice);
    final(1, 0, 12, "aa");
    final(3, 40, 50, "c");
    expect("p1@0-10:a/0 p2@20-30:b/0 F1@0-12:aa/0 F2@20-30:/0 F3@40-50:c/0 ");
}
END_TEST

START_TEST(a_final_is_not_repeated_by_a_replay)
{
    final(1, 0, 100, "a");
    st_splice_restart(&splice);
    partial(1, 0, 90, "a");
    final(1, 0, 100, "a");
    final(2, 110, 120, "b");
    expect("F1@0-100:a/0 F2@110-120:b/0 ");
}
END_TEST

START_TEST(the_heard_part_of_a_replayed_final_is_trimmed)
{
    const struct st_word words[] = {
        {"one", 60, 80, 1}, {"two", 85, 99, 1}, {"three", 101, 120, 1}, {"four", 120, 140, 1}};
    final(1, 0, 100, "one two");
    st_splice_restart(&splice);
    final_words(1, words, 4, "one two three four");
    expect("F1@0-100:one two/0 F2@101-140:three four/2 ");
}
END_TEST

START_TEST(without_measured_words_the_text_stays_whole)
{
    final(1, 0, 100, "a");
    st_splice_restart(&splice);
    partial(1, 90, 130, "b");
    final(1, 90, 140, "bc");
    expect("F1@0-100:a/0 p2@100-130:b/0 F2@100-140:bc/0 ");
}
END_TEST

START_TEST(overlap_within_one_stream_is_the_engines_business)
{
    final(1, 0, 100, "a");
    final(2, 90, 140, "b");
    expect("F1@0-100:a/0 F2@90-140:b/0 ");
}
END_TEST

START_TEST(the_end_withdraws_what_is_open)
{
    partial(1, 0, 10, "a");
    partial(2, 10, 20, "b");
    final(1, 0, 12, "a");
    said[0] = '\0';
    st_splice_end(&splice);
    st_splice_end(&splice);
    expect("F2@10-20:/0 ");
}
END_TEST

START_TEST(more_open_partials_than_are_tracked_still_become_final)
{
    for (uint64_t i = 1; i <= 20; i++)
        partial(i, (int64_t)i, (int64_t)i + 1, "x");
    said[0] = '\0';
    final(1, 1, 2, "one");
    expect("F1@1-2:one/0 ");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ids_of_the_first_stream_start_at_one);
    tcase_add_test(tcase, what_is_final_stays_so);
    tcase_add_test(tcase, an_empty_final_is_told_only_to_withdraw);
    tcase_add_test(tcase, the_next_stream_takes_up_the_open_partial);
    tcase_add_test(tcase, without_an_open_partial_ids_go_on);
    tcase_add_test(tcase, an_orphan_the_new_stream_goes_past_is_withdrawn);
    tcase_add_test(tcase, a_final_is_not_repeated_by_a_replay);
    tcase_add_test(tcase, the_heard_part_of_a_replayed_final_is_trimmed);
    tcase_add_test(tcase, without_measured_words_the_text_stays_whole);
    tcase_add_test(tcase, overlap_within_one_stream_is_the_engines_business);
    tcase_add_test(tcase, the_end_withdraws_what_is_open);
    tcase_add_test(tcase, more_open_partials_than_are_tracked_still_become_final);
    return run_case("splice", tcase);
}
