#include "calls_view.h"
#include "events.h"
#include "run.h"

#include <string.h>

static struct st_text text;

static const char states_json[] =
    "[{\"call_id\":\"short\",\"state\":\"live\",\"started_unix_ms\":90000},"
    "{\"call_id\":\"long\",\"state\":\"live\",\"started_unix_ms\":40000,\"queue\":"
    "\"bil\\u001bling\","
    "\"agent\":{\"id\":\"s\",\"name\":\"\"}},"
    "{\"call_id\":\"alarm\",\"state\":\"ended\",\"started_unix_ms\":1,\"ended\":{\"duration_ms\":"
    "30000},\"caller\":\"+1\",\"alerts\":[{\"severity\":\"low\",\"category\":\"x\"},{\"severity\":"
    "\"high\",\"category\":\"manager\"}],\"channels\":[{\"channel\":0,\"role\":\"agent\"},"
    "{\"channel\":1,\"role\":\"customer\"}],\"sentiment\":{\"1\":{\"rolling\":-0.4,\"trend\":"
    "\"down\"}}}]";

START_TEST(alerts_come_first_then_the_longest)
{
    json_t *states = parse(states_json);
    st_calls_view_table(states, 100000, 0, &text);
    ck_assert_str_eq(
        text.data, "CALL   STATE  TIME  ALERTS                AGENT  QUEUE     CALLER  SENTIMENT\n"
                   "alarm  ended  0:30  2, last high manager                   +1      customer "
                   "-0.40 falling\n"
                   "long   live   1:00                        s      bil\ufffdling\n"
                   "short  live   0:10\n");
    json_decref(states);
    st_text_fini(&text);
}
END_TEST

START_TEST(a_narrow_terminal_is_kept_to)
{
    json_t *states = parse(states_json);
    for (size_t columns = 1; columns < 120; columns++) {
        st_text_reset(&text);
        st_calls_view_table(states, 100000, columns, &text);
        for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1)
            ck_assert_uint_le(strcspn(line, "\n"), columns + 4);
    }
    json_decref(states);
    st_text_fini(&text);
}
END_TEST

START_TEST(no_calls_are_said_so)
{
    json_t *states = parse("[]");
    st_calls_view_table(states, 0, 80, &text);
    ck_assert_str_eq(text.data, "no calls\n");
    json_decref(states);
    st_text_fini(&text);
}
END_TEST

START_TEST(one_call_is_shown_with_its_words)
{
    json_t *state =
        parse("{\"call_id\":\"c\",\"state\":\"live\",\"media_ms\":9000,\"queue\":\"q\","
              "\"alerts\":[{\"severity\":\"high\",\"category\":\"m\",\"words\":\"now\","
              "\"start_ms\":8000}],\"issues\":[{\"kind\":\"action_item\",\"role\":\"agent\","
              "\"text\":\"I'll call.\",\"start_ms\":7000},{\"kind\":\"issue\",\"role\":"
              "\"customer\",\"text\":\"it \\u001b "
              "broke\",\"start_ms\":2000}],\"transcript\":[{\"role\":\"agent\",\"text\":\"hi\","
              "\"start_ms\":1000}]}");
    st_calls_view_call(state, false, &text);
    ck_assert_str_eq(text.data, "state      live\n"
                                "queue      q\n"
                                "reason     \"it \ufffd broke\" (customer at 0:02)\n"
                                "next step  \"I'll call.\" (agent at 0:07)\n"
                                "alert      high m at 0:08: \"now\"\n"
                                "\n"
                                " 0:09 call c, queue q, live\n"
                                " 0:01 agent     hi\n");
    st_text_reset(&text);
    st_calls_view_summary(state, &text);
    ck_assert_str_eq(text.data, "state      live\n"
                                "queue      q\n"
                                "reason     \"it \ufffd broke\" (customer at 0:02)\n"
                                "next step  \"I'll call.\" (agent at 0:07)\n");
    json_decref(state);
    st_text_fini(&text);
}
END_TEST

START_TEST(odd_states_are_survived)
{
    json_t *states = parse("[1,{},[],{\"call_id\":1,\"agent\":[],\"alerts\":\"x\",\"issues\":[1,{"
                           "\"kind\":1}],\"sentiment\":1},"
                           "{\"alerts\":[1],\"sentiment\":{\"0\":{\"rolling\":1}},\"ended\":{}}]");
    st_calls_view_table(states, 0, 80, &text);
    for (size_t i = 0; i < json_array_size(states); i++)
        st_calls_view_call(json_array_get(states, i), true, &text);
    json_decref(states);
    st_text_fini(&text);
}
END_TEST

START_TEST(how_the_audio_comes_and_whose_it_is_stand_before_what_was_said)
{
    json_t *state =
        parse("{\"state\":\"live\",\"quality\":[{\"role\":\"customer\",\"loss_pct\":0.4,"
              "\"jitter_ms\":1,\"mos\":4.3,\"alarms\":[]}],"
              "\"attributes\":{\"channel_mapping_suspect\":\"true\"}}");
    st_calls_view_summary(state, &text);
    ck_assert_str_eq(text.data,
                     "state      live\n"
                     "line       customer: good, 0.4 % lost, jitter 1 ms\n"
                     "roles      not certain: listen before you trust who is the agent\n");
    json_decref(state);
    st_text_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {how_the_audio_comes_and_whose_it_is_stand_before_what_was_said,
                            alerts_come_first_then_the_longest,
                            a_narrow_terminal_is_kept_to,
                            no_calls_are_said_so,
                            one_call_is_shown_with_its_words,
                            odd_states_are_survived};
    return run_tests("calls_view", tests, sizeof(tests) / sizeof(tests[0]));
}
