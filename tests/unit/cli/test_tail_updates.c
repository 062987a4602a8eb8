#include "events.h"
#include "run.h"

static struct st_text text;

#define UPDATE "{\"type\":\"call.updated\",\"call_id\":\"c\",\"media_ms\":5000,"
#define QUALITY(loss, mos, alarms)                                                                 \
    "\"quality\":[{\"channel\":1,\"role\":\"customer\",\"loss_pct\":" loss ",\"mos\":" mos         \
    ",\"alarms\":[" alarms "]}]}"

static const char *lines_of(struct st_tail_view *view, const char *json)
{
    st_text_reset(&text);
    st_text_add(&text, "");
    put_event(view, json, &text);
    return text.data;
}

START_TEST(a_line_that_turns_bad_is_told_once_and_when_it_is_fine_again)
{
    struct st_tail_view view = {.is_single = true};
    ck_assert_str_eq(lines_of(&view, UPDATE QUALITY("0.4", "4.3", "")), "");
    ck_assert_str_eq(lines_of(&view, UPDATE QUALITY("12.5", "2.9", "")),
                     " 0:05 customer: poor line, 12.5 % lost\n");
    ck_assert_str_eq(lines_of(&view, UPDATE QUALITY("13.5", "2.5", "")), "");
    ck_assert_str_eq(lines_of(&view, UPDATE "\"paused\":true}"), " 0:05 paused\n");
    ck_assert_str_eq(lines_of(&view, UPDATE QUALITY("13.5", "2.5", "\"one_way_audio\"")),
                     " 0:05 customer: poor line, 13.5 % lost; nothing is heard, while the other "
                     "side speaks\n");
    ck_assert_str_eq(lines_of(&view, UPDATE QUALITY("2.0", "4.1", "")),
                     " 0:05 customer: the line is fine again\n");
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(a_transfer_is_told)
{
    struct st_tail_view view = {.is_single = true};
    ck_assert_str_eq(lines_of(&view, UPDATE "\"agent\":{\"id\":\"2002\",\"name\":\"Bob\\u001b\"}}"),
                     " 0:05 the agent is now Bob\ufffd\n");
    ck_assert_str_eq(lines_of(&view, UPDATE "\"agent\":{\"id\":\"2003\",\"name\":\"\"},"
                                            "\"caller\":\"+1555\"}"),
                     " 0:05 the agent is now 2003\n 0:05 the caller is now +1555\n");
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(doubt_about_roles_is_told_once)
{
    struct st_tail_view view = {.is_single = true};
    static const char doubt[] =
        " 0:05 it is not certain who is the agent: listen before you trust it\n";
    ck_assert_str_eq(lines_of(&view, UPDATE "\"attributes\":{\"a\":\"b\"}}"), "");
    ck_assert_str_eq(
        lines_of(&view, UPDATE "\"attributes\":{\"channel_mapping_suspect\":\"true\"}}"), doubt);
    ck_assert_str_eq(
        lines_of(&view, UPDATE "\"attributes\":{\"channel_mapping_suspect\":\"true\"}}"), "");
    ck_assert_str_eq(lines_of(&view, "{\"type\":\"call.started\",\"call_id\":\"d\",\"media_ms\":"
                                     "5000,\"attributes\":{\"channel_mapping_suspect\":\"true\"}}"),
                     " 0:05 call d\n 0:05 it is not certain who is the agent: listen before you "
                     "trust it\n");
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(odd_updates_are_survived)
{
    struct st_tail_view view = {.is_single = true};
    static const char *const rows[] = {
        UPDATE "\"quality\":{}}", UPDATE "\"quality\":[1,{\"channel\":7},{\"channel\":-1}]}",
        UPDATE "\"quality\":[{\"alarms\":[\"clipped\"]}]}", UPDATE "\"attributes\":[]}",
        UPDATE "\"agent\":7,\"caller\":{}}"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(lines_of(&view, rows[i]), "");
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_line_that_turns_bad_is_told_once_and_when_it_is_fine_again,
                            a_transfer_is_told, doubt_about_roles_is_told_once,
                            odd_updates_are_survived};
    return run_tests("tail_updates", tests, sizeof(tests) / sizeof(tests[0]));
}
