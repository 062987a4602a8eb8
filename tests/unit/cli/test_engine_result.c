#include "engine_result.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static void describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    snprintf(out, out_bytes, "Fake at wss://a.example:4");
}

static const struct st_engine_ops ops = {
    .name = "fake", .title = "Fake", .channels_max = 2, .describe = describe};
static const struct st_stt_engine engine = {.name = "mine", .ops = &ops};

static struct st_transcript_segment segments[] = {
    {.channel = 1,
     .segment = {.start_us = 2000000, .end_us = 3000000, .text = "A phone bill\x1b."}},
    {.channel = 0, .segment = {.start_us = 0, .end_us = 1000000, .text = "How can I help?"}},
};

static json_t *result_of(const char *said, unsigned mask, double speed)
{
    struct st_transcript_call call = {.segments = segments, .count = 2, .duration_us = 4000000};
    struct st_guard_report report = {.audio_us = 12000000, .opens = 1};
    struct st_engine_reference reference;
    struct st_engine_hearing hearing;
    json_t *json;
    st_engine_hearing_init(&hearing);
    st_delays_add(&hearing.finals, 300000);
    st_delays_add(&hearing.finals, 100000);
    if (said)
        st_engine_reference_read(&reference, said);
    struct st_engine_result result = {.file = "a.wav",
                                      .language = "en-US",
                                      .engine = &engine,
                                      .report = &report,
                                      .call = &call,
                                      .reference = said ? &reference : NULL,
                                      .hearing = &hearing,
                                      .channel_mask = mask,
                                      .speed = speed};
    ck_assert_int_eq(st_engine_result_json(&result, &json), 0);
    if (said)
        st_engine_reference_fini(&reference);
    st_engine_hearing_fini(&hearing);
    return json;
}

static json_int_t number(const json_t *json, const char *of, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(json, of), key));
}

START_TEST(both_channels_are_one_text_in_order)
{
    json_t *json = result_of("How can I help? My phone bill.", 3, 1);
    ck_assert_int_eq(number(json, "errors", "words"), 7);
    ck_assert_int_eq(number(json, "errors", "substituted"), 1);
    ck_assert_int_eq(number(json, "errors", "missing"), 0);
    json_decref(json);
}
END_TEST

START_TEST(lines_with_roles_are_held_against_their_channel)
{
    json_t *json =
        result_of("customer: a phone bill\r\n\n agent: How can I help\nAGENT: you?", 3, 1);
    ck_assert_int_eq(number(json, "errors", "words"), 8);
    ck_assert_int_eq(number(json, "errors", "missing"), 1);
    ck_assert_int_eq(number(json, "errors", "substituted"), 0);
    json_t *error = json_array_get(json_object_get(json_object_get(json, "errors"), "list"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(error, "role")), "agent");
    ck_assert_str_eq(json_string_value(json_object_get(error, "said")), "you");
    json_decref(json);
    json = result_of("customer: a phone bill\nagent: nothing of this", 2, 1);
    ck_assert_int_eq(number(json, "errors", "words"), 3);
    json_decref(json);
    json = result_of("customer: a phone bill\nand how", 3, 1); /* not every line */
    ck_assert_int_eq(number(json, "errors", "words"), 6);
    json_decref(json);
}
END_TEST

START_TEST(vendors_count_differently)
{
    json_t *json = result_of(NULL, 3, 1);
    json_t *cost = json_object_get(json, "cost");
    ck_assert_double_eq_tol(json_real_value(json_object_get(cost, "audio_minutes")), 0.2, 1e-9);
    ck_assert_double_eq_tol(json_real_value(json_object_get(cost, "stream_minutes")), 0.1, 1e-9);
    ck_assert(json_is_null(json_object_get(json, "errors")));
    json_decref(json);
    json = result_of(NULL, 1, 1);
    cost = json_object_get(json, "cost");
    ck_assert_double_eq_tol(json_real_value(json_object_get(cost, "stream_minutes")), 0.2, 1e-9);
    json_decref(json);
}
END_TEST

START_TEST(delays_need_a_pace)
{
    json_t *json = result_of(NULL, 3, 2);
    json_t *finals = json_object_get(json_object_get(json, "latency"), "finals");
    ck_assert_int_eq(json_integer_value(json_object_get(finals, "p50_ms")), 100);
    ck_assert_int_eq(json_integer_value(json_object_get(finals, "p99_ms")), 300);
    ck_assert(json_is_null(json_object_get(json_object_get(json, "latency"), "partials")));
    ck_assert(json_is_null(json_object_get(json_object_get(json, "latency"), "first_text_ms")));
    json_decref(json);
    json = result_of(NULL, 3, 0);
    ck_assert(json_is_null(json_object_get(json, "latency")));
    json_decref(json);
}
END_TEST

START_TEST(people_see_all_of_it)
{
    struct st_text text = {0};
    json_t *json = result_of("How can I help? My bill now", 3, 1);
    st_engine_result_text(json, &text);
    const char *const parts[] = {
        "engine    mine: Fake at wss://a.example:4\n",
        "audio     a.wav, 0:04, agent and customer, en-US, in real time\n",
        "0:00 agent     How can I help?\n0:02 customer  A phone bill",
        "errors    42.9 % of 7 words: ",
        "finals    p50 100 ms, p95 300 ms, p99 300 ms, most 300 ms (of 2)\n",
        "cost      0.20 audio-minutes (0.10 where both",
        " channels of a stream count once), 1 stream\n",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        ck_assert_msg(strstr(text.data, parts[i]), "'%s' is not in:\n%s", parts[i], text.data);
    ck_assert_ptr_null(strchr(text.data, '\x1b'));
    st_text_fini(&text);
    json_decref(json);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, both_channels_are_one_text_in_order);
    tcase_add_test(tcase, lines_with_roles_are_held_against_their_channel);
    tcase_add_test(tcase, vendors_count_differently);
    tcase_add_test(tcase, delays_need_a_pace);
    tcase_add_test(tcase, people_see_all_of_it);
    return run_case("engine_result", tcase);
}
