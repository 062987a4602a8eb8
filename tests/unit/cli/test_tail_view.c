#include "events.h"
#include "run.h"

#include <string.h>

static struct st_text text;

static const char *lines_of(struct st_tail_view *view, const char *json)
{
    st_text_reset(&text);
    st_text_add(&text, "");
    put_event(view, json, &text);
    return text.data;
}

START_TEST(events_become_lines)
{
    struct st_tail_view view = {.is_single = true};
    ck_assert_str_eq(lines_of(&view, started), " 0:00 call c1, agent Sarah, queue billing, caller "
                                               "+1, engine m (low quality)\n");
    ck_assert_str_eq(lines_of(&view, partial), "");
    ck_assert_str_eq(lines_of(&view, final), " 0:01 customer  I want \ufffd[2Jto speak\n");
    ck_assert_str_eq(lines_of(&view, alert),
                     " 0:02 ALERT high manager: customer said \"to speak\"\n");
    ck_assert_str_eq(lines_of(&view, sentiment),
                     " 0:03 sentiment customer -0.42 down (said: -0.50 negative)\n");
    ck_assert_str_eq(lines_of(&view, ended), " 1:05 call ended (stopped): 1 segment, 1 alert\n");
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(less_frequent_events_become_lines_too)
{
    struct st_tail_view view = {.is_single = true};
    static const struct {
        const char *json, *line;
    } rows[] = {
        {"{\"type\":\"issue.detected\",\"call_id\":\"c\",\"issue\":{\"kind\":\"issue\",\"state\":"
         "\"new\",\"role\":\"customer\",\"text\":\"it broke\",\"start_ms\":1000}}",
         " 0:01 reason: customer said \"it broke\"\n"},
        {"{\"type\":\"issue.detected\",\"call_id\":\"c\",\"issue\":{\"kind\":\"outcome\",\"state\":"
         "\"replaced\",\"role\":\"agent\",\"text\":\"fixed\",\"start_ms\":2000}}",
         " 0:02 outcome, rather: agent said \"fixed\"\n"},
        {"{\"type\":\"call.summary\",\"call_id\":\"c\",\"media_ms\":3000,\"summary\":{\"text\":"
         "\"All good.\"}}",
         " 0:03 summary: All good.\n"},
        {"{\"type\":\"category.matched\",\"call_id\":\"c\",\"category\":\"greeting\",\"severity\":"
         "\"none\",\"role\":\"agent\",\"words\":\"hello\",\"start_ms\":1000}",
         " 0:01 category greeting: agent said \"hello\"\n"},
        {"{\"type\":\"category.matched\",\"call_id\":\"c\",\"category\":\"quiet\",\"severity\":"
         "\"none\",\"role\":\"agent\",\"words\":\"\",\"rule\":\"welcome\",\"start_ms\":1000}",
         " 0:01 category quiet: welcome\n"},
        {"{\"type\":\"category.provisional\",\"call_id\":\"c\",\"category\":\"greeting\","
         "\"severity\":"
         "\"none\",\"role\":\"agent\",\"words\":\"hello\",\"start_ms\":1000}",
         " 0:01 perhaps greeting: agent said \"hello\"\n"},
        {"{\"type\":\"category.withdrawn\",\"call_id\":\"c\",\"category\":\"greeting\","
         "\"severity\":"
         "\"none\",\"reason\":\"final\",\"media_ms\":1000}",
         " 0:01 not after all: greeting\n"},
        {"{\"type\":\"category.matched\",\"call_id\":\"c\",\"category\":\"x\",\"severity\":"
         "\"low\"}",
         ""},
        {"{\"type\":\"call.updated\",\"call_id\":\"c\",\"media_ms\":1000,\"paused\":true}",
         " 0:01 paused\n"},
        {"{\"type\":\"call.updated\",\"call_id\":\"c\",\"media_ms\":1000,\"lag_ms\":900}", ""},
        {"{\"type\":\"stt.degraded\",\"call_id\":\"c\",\"media_ms\":1000,\"engine\":\"vosk\","
         "\"reason\":\"refused\\n\"}",
         " 0:01 speech recognition is degraded: vosk, refused \n"},
        {"{\"type\":\"stt.recovered\",\"call_id\":\"c\",\"media_ms\":1000,\"engine\":\"vosk\"}",
         " 0:01 speech recognition is back: vosk\n"},
        {"{\"type\":\"transcript.final\",\"call_id\":\"c\",\"segment\":{\"text\":\"\"}}", ""},
        {"{\"type\":\"transcript.final\",\"call_id\":\"c\",\"segment\":{\"text\":\"m\",\"unsure\":"
         "true,\"start_ms\":3600000}}",
         "1:00:00 unknown   m (unsure)\n"},
        {"{\"type\":\"something.new\",\"call_id\":\"c\"}", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(lines_of(&view, rows[i].json), rows[i].line);
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(how_a_call_is_spoken_becomes_lines)
{
    struct st_tail_view view = {.is_single = true};
    static const struct {
        const char *json, *line;
    } rows[] = {
        {"{\"type\":\"sentiment.shifted\",\"call_id\":\"c\",\"role\":\"customer\",\"end_ms\":7000,"
         "\"shift\":\"turned_negative\",\"rolling\":-0.314}",
         " 0:07 customer turned negative (-0.31)\n"},
        {"{\"type\":\"sentiment.shifted\",\"call_id\":\"c\",\"role\":\"\\u001b[2J\",\"shift\":"
         "\"recovered\"}",
         " 0:00 \ufffd[2J recovered (+0.00)\n"},
        {"{\"type\":\"sentiment.shifted\",\"call_id\":\"c\",\"shift\":\"unheard of\"}", ""},
        {"{\"type\":\"silence.detected\",\"call_id\":\"c\",\"state\":\"started\",\"end_ms\":13000,"
         "\"duration_ms\":10000,\"reason\":\"unknown\"}",
         " 0:13 silence for 10 s\n"},
        {"{\"type\":\"silence.detected\",\"call_id\":\"c\",\"state\":\"ended\",\"end_ms\":31000,"
         "\"duration_ms\":28000,\"reason\":\"hold\"}",
         " 0:31 silence is over after 28 s: hold\n"},
        {"{\"type\":\"characteristics.updated\",\"call_id\":\"c\",\"final\":false}", ""},
        {"{\"type\":\"characteristics.updated\",\"call_id\":\"c\",\"media_ms\":60000,\"final\":"
         "true,"
         "\"characteristics\":{\"non_talk_ms\":28250,\"channels\":[{\"channel\":0,\"role\":"
         "\"agent\",\"talk_share\":0.621,\"words_per_minute\":194,\"interruptions\":2},{"
         "\"channel\":"
         "1,\"role\":\"customer\",\"talk_share\":0.379,\"words_per_minute\":137,"
         "\"interruptions\":0}]}}",
         " 1:00 talk: agent 62 %, 194 words/min, 2 interruptions; customer 38 %, 137 words/min; "
         "nobody for 28 s\n"},
        {"{\"type\":\"characteristics.updated\",\"call_id\":\"c\",\"final\":true,"
         "\"characteristics\":[7]}",
         " 0:00 talk: nobody for 0 s\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(lines_of(&view, rows[i].json), rows[i].line);
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(several_calls_are_told_apart)
{
    struct st_tail_view view = {0};
    ck_assert_str_eq(lines_of(&view, final), " 0:01 [c1] customer  I want \ufffd[2Jto speak\n");
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(colours_come_from_us_alone)
{
    struct st_tail_view view = {.has_color = true, .is_single = true};
    lines_of(&view, alert);
    ck_assert_ptr_nonnull(strstr(text.data, "\033[1;97;41mALERT high manager"));
    lines_of(&view, final);
    ck_assert_ptr_nonnull(strstr(text.data, "\033[33mcustomer"));
    ck_assert_ptr_null(strstr(text.data, "\033[2J"));
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(a_call_found_running_brings_its_last_words)
{
    struct st_tail_view view = {.is_single = true};
    json_t *state = parse("{\"call_id\":\"c1\",\"seq\":9,\"state\":\"live\",\"media_ms\":61000,"
                          "\"transcript\":[{\"text\":\"one\",\"role\":\"agent\",\"start_ms\":0},"
                          "{\"text\":\"two\",\"role\":\"agent\",\"start_ms\":5000},"
                          "{\"text\":\"three\",\"role\":\"customer\",\"start_ms\":9000}]}");
    st_tail_view_snapshot(&view, state, 2, &text);
    ck_assert_str_eq(text.data,
                     " 1:01 call c1, live\n 0:05 agent     two\n 0:09 customer  three\n");
    json_decref(state);
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(odd_events_are_survived)
{
    struct st_tail_view view = {0};
    static const char *const types[] = {"call.started",
                                        "call.updated",
                                        "transcript.partial",
                                        "transcript.final",
                                        "alert.raised",
                                        "category.matched",
                                        "sentiment.updated",
                                        "sentiment.shifted",
                                        "silence.detected",
                                        "characteristics.updated",
                                        "stt.degraded",
                                        "call.ended",
                                        "",
                                        "x"};
    static const char *const bodies[] = {
        "", ",\"segment\":[],\"alert\":1,\"agent\":\"x\",\"channels\":{},\"channel\":\"0\"",
        ",\"segment\":{\"channel\":-1,\"text\":1},\"channel\":99,\"rolling\":\"x\",\"engine\":[]",
        ",\"segment\":{\"channel\":7,\"text\":\"x\"},\"channels\":[1,{\"channel\":1e300}]"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        for (size_t k = 0; k < sizeof(bodies) / sizeof(bodies[0]); k++) {
            char json[400];
            snprintf(json, sizeof(json), "{\"type\":\"%s\",\"call_id\":\"c\"%s}", types[i],
                     bodies[k]);
            lines_of(&view, json);
            snprintf(json, sizeof(json), "{\"type\":\"%s\"%s}", types[i], bodies[k]);
            lines_of(&view, json);
        }
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

START_TEST(notes_are_ours)
{
    const struct st_tail_view view = {0};
    st_tail_view_note(&view, "lost: ", "x\033[1m", &text);
    st_tail_view_note(&view, "again", NULL, &text);
    ck_assert_str_eq(text.data, "lost: x\ufffd[1m\nagain\n");
    st_text_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {events_become_lines,
                            less_frequent_events_become_lines_too,
                            how_a_call_is_spoken_becomes_lines,
                            several_calls_are_told_apart,
                            colours_come_from_us_alone,
                            a_call_found_running_brings_its_last_words,
                            odd_events_are_survived,
                            notes_are_ours};
    return run_tests("tail_view", tests, sizeof(tests) / sizeof(tests[0]));
}
