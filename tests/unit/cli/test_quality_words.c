#include "events.h"
#include "quality_words.h"
#include "run.h"

static struct st_text text;

static const char *words_of(const char *json,
                            void (*add)(const json_t *channel, struct st_text *text))
{
    json_t *channel = parse(json);
    st_text_reset(&text);
    add(channel, &text);
    json_decref(channel);
    return text.data;
}

START_TEST(a_line_is_good_fair_or_poor)
{
    ck_assert_str_eq(words_of("{\"mos\":4.31,\"loss_pct\":0.44,\"jitter_ms\":0.8,\"alarms\":[]}",
                              st_quality_words_add),
                     "good, 0.4 % lost, jitter 1 ms");
    ck_assert_str_eq(
        words_of("{\"mos\":3.9,\"loss_pct\":4.96,\"jitter_ms\":12}", st_quality_words_add),
        "fair, 5.0 % lost, jitter 12 ms");
    ck_assert_str_eq(
        words_of("{\"mos\":2,\"loss_pct\":20,\"jitter_ms\":0,\"alarms\":[\"clipped\"]}",
                 st_quality_words_add),
        "poor, 20.0 % lost, jitter 0 ms; distorted: too loud where it comes from");
    ck_assert_str_eq(words_of("{\"mos\":null,\"alarms\":[]}", st_quality_words_add),
                     "nothing has come");
    st_text_fini(&text);
}
END_TEST

START_TEST(what_is_wrong_is_said_and_nothing_else)
{
    ck_assert_str_eq(words_of("{\"mos\":2.5,\"loss_pct\":12.34,\"alarms\":[\"one_way_audio\"]}",
                              st_quality_words_add_troubles),
                     "poor line, 12.3 % lost; nothing is heard, while the other side speaks");
    ck_assert_str_eq(words_of("{\"mos\":4.4,\"alarms\":[\"rate_mismatch\",\"identical_channels\"]}",
                              st_quality_words_add_troubles),
                     "the same as the other side: who speaks cannot be told; faster or slower than "
                     "time");
    ck_assert_str_eq(words_of("{\"mos\":3.6,\"alarms\":[]}", st_quality_words_add_troubles),
                     "the line is fine again");
    st_text_fini(&text);
}
END_TEST

START_TEST(what_is_not_known_is_no_trouble)
{
    static const char *const odd[] = {"{}", "{\"mos\":\"1\",\"alarms\":{}}",
                                      "{\"mos\":null,\"alarms\":[1,null,\"later\"]}", "[]"};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        json_t *channel = parse(odd[i]);
        ck_assert_uint_eq(st_quality_words_troubles(channel), 0);
        json_decref(channel);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_line_is_good_fair_or_poor, what_is_wrong_is_said_and_nothing_else,
                            what_is_not_known_is_no_trouble};
    return run_tests("quality_words", tests, sizeof(tests) / sizeof(tests[0]));
}
