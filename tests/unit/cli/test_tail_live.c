#include "events.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

static struct st_text text, ignored;

static const char *live(struct st_tail_view *view, size_t columns, size_t lines_max, size_t lines)
{
    st_text_reset(&text);
    st_text_add(&text, "");
    ck_assert_uint_eq(st_tail_view_live(view, columns, lines_max, &text), lines);
    return text.data;
}

static void end(struct st_tail_view *view)
{
    st_tail_view_fini(view);
    st_text_fini(&text);
    st_text_fini(&ignored);
}

START_TEST(what_moves_is_shown)
{
    struct st_tail_view view = {.is_single = true};
    ck_assert_str_eq(live(&view, 80, 10, 0), "");
    put_event(&view, started, &ignored);
    ck_assert_str_eq(live(&view, 80, 10, 1), " 0:00 sentiment\n");
    put_event(&view, partial, &ignored);
    ck_assert_str_eq(live(&view, 80, 10, 2), " 0:01 customer  I want\n 0:02 sentiment\n");
    put_event(&view, final, &ignored);
    put_event(&view, alert, &ignored);
    put_event(&view, sentiment, &ignored);
    ck_assert_str_eq(live(&view, 80, 10, 1), " 0:04 sentiment  customer -0.42 falling  1 alert\n");
    put_event(&view,
              "{\"type\":\"call.updated\",\"call_id\":\"c1\",\"paused\":true,\"lag_ms\":1200}",
              &ignored);
    ck_assert_str_eq(live(&view, 100, 10, 1),
                     " 0:04 sentiment  customer -0.42 falling  1 alert  paused  lag 1.2 s\n");
    put_event(&view, ended, &ignored);
    ck_assert_str_eq(live(&view, 80, 10, 0), "");
    end(&view);
}
END_TEST

START_TEST(who_talks_how_much_is_shown)
{
    struct st_tail_view view = {.is_single = true};
    const char *talk =
        "{\"type\":\"characteristics.updated\",\"call_id\":\"c1\",\"characteristics\":{"
        "\"channels\":[{\"channel\":0,\"role\":\"customer\",\"talk_share\":0.3},"
        "{\"channel\":1,\"role\":\"agent\",\"talk_share\":0.7}]}}";
    put_event(&view, started, &ignored);
    put_event(&view, talk, &ignored);
    ck_assert_str_eq(live(&view, 80, 10, 1), " 0:00 sentiment  talk 70:30\n");
    put_event(
        &view,
        "{\"type\":\"characteristics.updated\",\"call_id\":\"c1\",\"characteristics\":{"
        "\"channels\":[{\"channel\":0,\"talk_share\":-1},{\"channel\":1,\"talk_share\":\"x\"},"
        "{\"channel\":9,\"talk_share\":1}]}}",
        &ignored);
    ck_assert_str_eq(live(&view, 80, 10, 1), " 0:00 sentiment\n");
    end(&view);
}
END_TEST

START_TEST(the_end_of_a_long_partial_is_shown)
{
    struct st_tail_view view = {.is_single = true};
    put_event(
        &view,
        "{\"type\":\"transcript.partial\",\"call_id\":\"c\",\"segment\":{\"channel\":0,\"id\":1,"
        "\"start_ms\":0,\"role\":\"agent\",\"text\":"
        "\"a very long sentence that ges on and on until here\"}}",
        &ignored);
    ck_assert_str_eq(live(&view, 40, 10, 2),
                     " 0:00 agent     \u2026es on and on until here\n 0:00 sentiment\n");
    end(&view);
}
END_TEST

static size_t widest_line(const char *lines)
{
    size_t widest = 0;
    for (; *lines; lines += strcspn(lines, "\n") + 1)
        widest = strcspn(lines, "\n") > widest ? strcspn(lines, "\n") : widest;
    return widest;
}

START_TEST(lines_never_wrap_and_have_a_bound)
{
    struct st_tail_view view = {0};
    char json[600];
    for (int i = 0; i < 50; i++) {
        snprintf(json, sizeof(json),
                 "{\"type\":\"transcript.partial\",\"call_id\":\"a-call-with-a-very-long-name-%d\","
                 "\"media_ms\":99999999,\"segment\":{\"channel\":%d,\"role\":\"customer-service\","
                 "\"id\":1,\"start_ms\":99999999,\"text\":\"%0200d\"}}",
                 i, i % 2, i);
        put_event(&view, json, &ignored);
        snprintf(json, sizeof(json),
                 "{\"type\":\"sentiment.updated\",\"call_id\":\"a-call-with-a-very-long-name-%d\","
                 "\"channel\":%d,\"role\":\"customer-service\",\"rolling\":-1,\"trend\":\"down\"}",
                 i, i % 2);
        put_event(&view, json, &ignored);
    }
    for (size_t columns = 0; columns < 200; columns++) {
        live(&view, columns, 12, columns < 40 ? 0 : 12);
        /* An ellipsis takes three bytes and one column; there are up to three in a line. */
        ck_assert_uint_le(widest_line(text.data), columns + 6);
    }
    live(&view, 80, 2, 2);
    end(&view);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_moves_is_shown, who_talks_how_much_is_shown,
                            the_end_of_a_long_partial_is_shown, lines_never_wrap_and_have_a_bound};
    return run_tests("tail_live", tests, sizeof(tests) / sizeof(tests[0]));
}
