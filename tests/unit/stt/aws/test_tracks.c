#include "tracks.h"

#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SECOND_US = 1000000 };

static struct st_aws_track track;
static char said[1024];

static void on_result(void *user, uint64_t number, const struct st_aws_result *result)
{
    size_t len = strlen(said);
    snprintf(said + len, sizeof(said) - len, "%s%d@%d-%d:%s ", result->is_partial ? "p" : "F",
             (int)number, (int)(result->start_us / SECOND_US), (int)(result->end_us / SECOND_US),
             result->text);
    for (size_t i = 0; i < result->word_count; i++)
        ck_assert_ptr_nonnull(strstr(result->text, result->words[i].text));
}

static const struct st_aws_track_events events = {.result = on_result};

static void teardown(void)
{
    st_aws_track_fini(&track);
}

static void setup(void)
{
    said[0] = '\0';
}

static int put(const char *id, bool is_partial, const char *text, int start_s, int end_s)
{
    struct st_word word = {text, start_s * SECOND_US, end_s * SECOND_US, 1};
    struct st_aws_entity entity = {"PIN", "1", 0, 0, 1};
    struct st_aws_result result = {
        .id = id,
        .is_partial = is_partial,
        .text = text,
        .start_us = (int64_t)start_s * SECOND_US,
        .end_us = (int64_t)end_s * SECOND_US,
        .words = &word,
        .word_count = is_partial ? 0 : 1,
        .entities = &entity,
        .entity_count = is_partial ? 0 : 1,
        .sentiment = is_partial ? NULL : "NEUTRAL",
    };
    if (start_s < 0)
        result.start_us = result.end_us = -1;
    return st_aws_track_put(&track, &result, 100 * (int64_t)SECOND_US, &events, NULL);
}

START_TEST(ids_become_numbers_that_rise)
{
    ck_assert_int_eq(put("x", true, "a", 1, 2), 0);
    ck_assert_int_eq(put("x", true, "a b", 1, 3), 0);
    ck_assert_int_eq(put("x", true, "a b", 1, 3), 0); /* told already */
    ck_assert(st_aws_track_is_open(&track));
    ck_assert_int_eq(put("x", false, "A b.", 1, 3), 0);
    ck_assert(!st_aws_track_is_open(&track));
    ck_assert_int_eq(put("y", false, "C.", 4, 5), 0);
    ck_assert_str_eq(said, "p1@1-2:a p1@1-3:a b F1@1-3:A b. F2@4-5:C. ");
}
END_TEST

START_TEST(what_comes_twice_is_dropped)
{
    put("x", false, "A", 1, 3);
    ck_assert_int_eq(put("x", false, "A", 1, 3), 0);
    ck_assert_int_eq(put("x", true, "late", 1, 3), 0);
    ck_assert_str_eq(said, "F1@1-3:A ");
}
END_TEST

START_TEST(a_final_waits_for_those_before_it)
{
    put("x", true, "a", 1, 2);
    put("y", true, "b", 3, 4);
    put("z", true, "c", 5, 6);
    said[0] = '\0';
    put("z", false, "C", 5, 6);
    put("z", false, "C", 5, 6);
    put("y", false, "B", 3, 4);
    ck_assert_str_eq(said, "");
    put("x", false, "A", 1, 2);
    ck_assert_str_eq(said, "F1@1-2:A F2@3-4:B F3@5-6:C ");
}
END_TEST

START_TEST(it_does_not_wait_for_ever)
{
    put("x", true, "a", 1, 2);
    put("y", false, "B", 3, 4);
    ck_assert(!st_aws_track_is_stuck(&track, 105 * (int64_t)SECOND_US));
    ck_assert(st_aws_track_is_stuck(&track, 110 * (int64_t)SECOND_US));
}
END_TEST

START_TEST(too_many_that_never_end)
{
    char id[2] = "a";
    for (; id[0] < 'a' + ST_AWS_SLOTS; id[0]++)
        ck_assert_int_eq(put(id, true, id, 1, 2), 0);
    ck_assert_int_eq(put(id, true, id, 1, 2), -EPROTO);
}
END_TEST

START_TEST(a_clock_that_runs_back)
{
    put("x", false, "A", 1, 10);
    ck_assert_int_eq(put("y", false, "B", 8, 12), -EPROTO);
    ck_assert_int_eq(put("z", true, "b", 2, 3), -EPROTO);
}
END_TEST

START_TEST(a_little_overlap_is_cut)
{
    struct st_aws_result result = {.id = "y", .text = "B", .start_us = 9800000, .end_us = 9900000};
    put("x", false, "A", 1, 10);
    ck_assert_int_eq(st_aws_track_put(&track, &result, 0, &events, NULL), 0);
    ck_assert_str_eq(said, "F1@1-10:A F2@10-10:B ");
}
END_TEST

START_TEST(without_times_it_is_what_was_sent_since)
{
    put("x", false, "A", 1, 10);
    put("y", false, "B", -1, -1);
    ck_assert_str_eq(said, "F1@1-10:A F2@10-100:B ");
}
END_TEST

START_TEST(without_ids_one_follows_the_other)
{
    put("", true, "a", 1, 2);
    put("", false, "A", 1, 2);
    put("", true, "b", 3, 4);
    put("", false, "B", 3, 4);
    ck_assert_str_eq(said, "p1@1-2:a F1@1-2:A p2@3-4:b F2@3-4:B ");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ids_become_numbers_that_rise);
    tcase_add_test(tcase, what_comes_twice_is_dropped);
    tcase_add_test(tcase, a_final_waits_for_those_before_it);
    tcase_add_test(tcase, it_does_not_wait_for_ever);
    tcase_add_test(tcase, too_many_that_never_end);
    tcase_add_test(tcase, a_clock_that_runs_back);
    tcase_add_test(tcase, a_little_overlap_is_cut);
    tcase_add_test(tcase, without_times_it_is_what_was_sent_since);
    tcase_add_test(tcase, without_ids_one_follows_the_other);
    return run_case("tracks", tcase);
}
