#include "kept.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static struct st_kept kept;

static void setup(void)
{
    st_kept_reset(&kept);
}

static void teardown(void)
{
    st_kept_fini(&kept);
}

static void put(const char *text, int64_t start_us, const char *language)
{
    char copy[16], word_text[16], language_copy[16];
    snprintf(copy, sizeof(copy), "%s", text);
    snprintf(word_text, sizeof(word_text), "%s", text);
    snprintf(language_copy, sizeof(language_copy), "%s", language ? language : "");
    struct st_word word = {word_text, start_us, start_us + 10, 0.5F};
    struct st_segment piece = {.start_us = start_us,
                               .end_us = start_us + 10,
                               .text = copy,
                               .confidence = 0.5F,
                               .language = language ? language_copy : NULL,
                               .word_times = ST_WORD_TIMES_MEASURED,
                               .words = &word,
                               .word_count = 1};
    st_kept_put(&kept, &piece);
    memset(copy, 'x', sizeof(copy));
    memset(word_text, 'x', sizeof(word_text));
    memset(language_copy, 'x', sizeof(language_copy));
}

START_TEST(pieces_are_copied_and_joined)
{
    for (int i = 0; i < 200; i++)
        put(i % 2 ? "odd" : "even", 100 * i, i == 1 ? "es" : NULL);
    const struct st_segment *segment = &kept.segment;
    ck_assert_uint_eq(strlen(segment->text), 100 * 3 + 100 * 4 + 199);
    ck_assert_int_eq(memcmp(segment->text, "even odd even", 13), 0);
    ck_assert_uint_eq(segment->word_count, 200);
    for (int i = 0; i < 200; i++) {
        ck_assert_str_eq(segment->words[i].text, i % 2 ? "odd" : "even");
        ck_assert_int_eq(segment->words[i].start_us, 100 * i);
    }
    ck_assert_int_eq(segment->start_us, 0);
    ck_assert_int_eq(segment->end_us, 19910);
    ck_assert_str_eq(segment->language, "es");
    ck_assert_float_eq_tol(segment->confidence, 0.5F, 1e-6F);
}
END_TEST

START_TEST(a_piece_without_words_leaves_the_whole_without)
{
    struct st_segment piece = {.start_us = 50, .end_us = 60, .text = "three", .confidence = 0.25F};
    put("one", 0, NULL);
    st_kept_put(&kept, &piece);
    put("two", 100, NULL);
    ck_assert_str_eq(kept.segment.text, "one three two");
    ck_assert_uint_eq(kept.segment.word_count, 0);
    ck_assert_int_eq(kept.segment.word_times, ST_WORD_TIMES_NONE);
}
END_TEST

START_TEST(one_of_zeroes_is_ready_for_a_piece_without_text)
{
    struct st_kept fresh = {0};
    struct st_segment piece = {.start_us = 5, .end_us = 6, .text = "", .confidence = -1};
    st_kept_put(&fresh, &piece);
    ck_assert_str_eq(fresh.segment.text, "");
    ck_assert_int_eq(fresh.segment.end_us, 6);
    st_kept_fini(&fresh);
}
END_TEST

START_TEST(after_a_reset_nothing_is_left)
{
    put("one", 0, "es");
    st_kept_reset(&kept);
    ck_assert(!kept.is_used);
    ck_assert_str_eq(kept.segment.text, "");
    put("two", 100, NULL);
    ck_assert_str_eq(kept.segment.text, "two");
    ck_assert_ptr_null(kept.segment.language);
    ck_assert_int_eq(kept.segment.start_us, 100);
    ck_assert_uint_eq(kept.segment.word_count, 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pieces_are_copied_and_joined);
    tcase_add_test(tcase, a_piece_without_words_leaves_the_whole_without);
    tcase_add_test(tcase, one_of_zeroes_is_ready_for_a_piece_without_text);
    tcase_add_test(tcase, after_a_reset_nothing_is_left);
    return run_case("kept", tcase);
}
