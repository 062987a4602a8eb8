#include "run.h"
#include "tail_screen.h"

static struct st_tail_screen screen;
static struct st_text out;

static const char *update(const char *kept, const char *live, size_t lines)
{
    struct st_text kept_text = {0}, live_text = {0};
    st_text_add(&kept_text, kept);
    st_text_add(&live_text, live);
    st_text_reset(&out);
    st_text_add(&out, "");
    st_tail_screen_update(&screen, &kept_text, &live_text, lines, &out);
    st_text_fini(&kept_text);
    st_text_fini(&live_text);
    return out.data;
}

START_TEST(moving_lines_stay_below)
{
    ck_assert_str_eq(update("", "", 0), "");
    ck_assert_str_eq(update("one\n", "a\nb\n", 2), "one\na\nb\n");
    ck_assert_str_eq(update("", "a\nb\n", 2), "");
    ck_assert_str_eq(update("", "a\nc\n", 2), "\033[2A\r\033[Ja\nc\n");
    ck_assert_str_eq(update("two\n", "c\n", 1), "\033[2A\r\033[Jtwo\nc\n");
    ck_assert_str_eq(update("three\n", "", 0), "\033[1A\r\033[Jthree\n");
    ck_assert_str_eq(update("four\n", "", 0), "four\n");
    st_tail_screen_fini(&screen);
    st_text_fini(&out);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {moving_lines_stay_below};
    return run_tests("tail_screen", tests, sizeof(tests) / sizeof(tests[0]));
}
