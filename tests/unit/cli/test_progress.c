#include "progress.h"
#include "run.h"

#include <string.h>

static struct st_text text;

START_TEST(times_are_short)
{
    st_progress_add_time(&text, 59999999);
    st_text_add(&text, " ");
    st_progress_add_time(&text, 3600000000);
    st_text_add(&text, " ");
    st_progress_add_time(&text, -1);
    ck_assert_str_eq(text.data, "0:59 1:00:00 0:00");
    st_text_fini(&text);
}
END_TEST

START_TEST(a_line_says_how_far_it_is)
{
    const struct st_progress progress = {
        .what = "sending", .done_us = 30000000, .total_us = 120000000, .elapsed_us = 15000000};
    st_progress_line(&text, &progress, 60);
    ck_assert_str_eq(text.data, "\r\033[K"
                                "sending [###----------] 0:30 of 2:00, 25 %, 2.0x, 0:45 left");
    st_text_fini(&text);
}
END_TEST

START_TEST(no_line_is_wider_than_the_terminal)
{
    for (size_t columns = 0; columns < 120; columns++)
        for (int64_t done_us = 0; done_us < 200000000; done_us += 33333333) {
            const struct st_progress progress = {.what = "sending",
                                                 .done_us = done_us,
                                                 .total_us = columns % 3 ? 120000000 : 0,
                                                 .elapsed_us = done_us};
            st_text_reset(&text);
            st_progress_line(&text, &progress, columns);
            ck_assert_uint_le(text.len - strlen("\r\033[K"), columns);
        }
    st_text_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {times_are_short, a_line_says_how_far_it_is,
                            no_line_is_wider_than_the_terminal};
    return run_tests("progress", tests, sizeof(tests) / sizeof(tests[0]));
}
