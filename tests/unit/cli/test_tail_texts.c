#include "events.h"
#include "run.h"

#include <string.h>

START_TEST(findings_in_the_text_become_lines)
{
    static const struct {
        const char *json, *line;
    } rows[] = {
        {"{\"type\":\"question.unanswered\",\"call_id\":\"c\",\"role\":\"customer\",\"text\":\"how "
         "much\\u001b is it\",\"start_ms\":61000}",
         " 1:01 not answered: customer asked \"how much\ufffd is it\"\n"},
        {"{\"type\":\"question.answered\",\"call_id\":\"c\",\"role\":\"agent\",\"text\":\"what is "
         "it\",\"start_ms\":1000,\"end_ms\":2000,\"answer_start_ms\":47999}",
         " 0:01 agent was answered after 45 s: \"what is it\"\n"},
        {"{\"type\":\"profanity.detected\",\"call_id\":\"c\",\"role\":\"customer\",\"count\":1,"
         "\"total\":3,\"start_ms\":1000}",
         " 0:01 profanity of customer, 1 word, 3 so far\n"},
        {"{\"type\":\"language.suspect\",\"call_id\":\"c\",\"role\":\"customer\",\"suspect\":true,"
         "\"start_ms\":1000}",
         " 0:01 low recognition confidence of customer, possibly not English\n"},
        {"{\"type\":\"language.suspect\",\"call_id\":\"c\",\"role\":\"customer\",\"suspect\":false,"
         "\"start_ms\":1000}",
         " 0:01 recognition confidence is fine again of customer\n"},
        {"{\"type\":\"script.updated\",\"call_id\":\"c\",\"media_ms\":2000,\"progress\":{"
         "\"script\":\"opening\",\"percent\":50,\"said\":1,\"required\":2,\"steps\":[{\"step\":"
         "\"greeting\",\"state\":\"said\"},{\"step\":\"name\",\"state\":\"said\",\"out_of_order\":"
         "true},{\"step\":\"record\",\"state\":\"overdue\"}]}}",
         " 0:02 script opening: 50 %, 1 of 2 steps; \"name\" out of order; \"record\" overdue\n"},
        {"{\"type\":\"topic.detected\",\"call_id\":\"c\",\"media_ms\":3000,\"topic\":{\"topic\":"
         "\"billing\",\"share\":0.5,\"final\":false}}",
         " 0:03 topic billing\n"},
        {"{\"type\":\"topic.detected\",\"call_id\":\"c\",\"media_ms\":3000,\"topic\":{\"topic\":"
         "\"billing\",\"share\":0.346,\"final\":true}}",
         " 0:03 topic billing: 35 % of the talk\n"},
        {"{\"type\":\"topic.detected\",\"call_id\":\"c\",\"media_ms\":3000,\"topic\":{\"topic\":"
         "\"parcel\",\"share\":0.5,\"final\":false,\"score\":0.834,\"example\":\"where is it\"}}",
         " 0:03 topic parcel (0.83), like \"where is it\"\n"},
        {"{\"type\":\"call.dtmf\",\"call_id\":\"c\",\"role\":\"customer\",\"start_ms\":61000}",
         " 1:01 customer pressed a key\n"},
        {"{\"type\":\"call.dtmf\",\"call_id\":\"c\",\"role\":\"customer\",\"start_ms\":61000,"
         "\"duration_ms\":120,\"digit\":\"#\"}",
         " 1:01 customer pressed # for 120 ms\n"},
        {"{\"type\":\"profanity.detected\",\"call_id\":\"c\",\"count\":\"x\"}",
         " 0:00 profanity of , 0 words, 0 so far\n"},
    };
    struct st_tail_view view = {.is_single = true};
    struct st_text text = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        st_text_reset(&text);
        put_event(&view, rows[i].json, &text);
        ck_assert_str_eq(text.data, rows[i].line);
    }
    st_tail_view_fini(&view);
    st_text_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {findings_in_the_text_become_lines};
    return run_tests("tail_texts", tests, sizeof(tests) / sizeof(tests[0]));
}
