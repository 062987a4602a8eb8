#include "made.h"

#include "sidetone/buf.h"
#include "sidetone/language.h"
#include "sidetone/profanity.h"
#include "sidetone/question.h"
#include "sidetone/script.h"
#include "sidetone/topic.h"

#include "run.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct st_finding finding;

/* Encodes, and compares what the type adds with what jansson makes of `expected`. */
static void expect(enum st_event_type type, const char *expected)
{
    static const char *const head[] = {"v", "call_id", "seq", "type", "media_ms", "at_unix_ms"};
    struct st_json_writer scratch;
    struct st_call_facts *facts = made_facts("c", "a", "q");
    struct st_event event = {.type = type,
                             .seq = 7,
                             .call = facts,
                             .channel = 1,
                             .role = ST_ROLE_CUSTOMER,
                             .finding = &finding};
    st_json_init(&scratch);
    struct st_message *message = st_message_encode(&event, &scratch);
    json_t *got = json_loadb((const char *)message->json->data, message->json->len,
                             JSON_REJECT_DUPLICATES, NULL);
    json_t *wanted = json_loads(expected, 0, NULL);
    ck_assert(got && wanted);
    ck_assert_str_eq(json_string_value(json_object_get(got, "type")), st_event_type_name(type));
    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        ck_assert_int_eq(json_object_del(got, head[i]), 0);
    char *text = json_dumps(got, 0);
    ck_assert_msg(json_equal(got, wanted), "%s", text);
    free(text);
    json_decref(got);
    json_decref(wanted);
    st_message_unref(message);
    st_call_facts_unref(facts);
    st_json_fini(&scratch);
}

static void place(uint64_t segment_id)
{
    finding = (struct st_finding){.channel = 1,
                                  .role = ST_ROLE_CUSTOMER,
                                  .segment_id = segment_id,
                                  .start_us = 1000999,
                                  .end_us = 2000000};
}

#define SPEAKER "\"channel\":1,\"role\":\"customer\",\"start_ms\":1000,\"end_ms\":2000"

START_TEST(questions)
{
    struct st_question_finding question = {.id = 3,
                                           .reason = ST_QUESTION_TURNS,
                                           .text = "how \"much\"",
                                           .begin_char = 4,
                                           .end_char = 14,
                                           .decided_us = 30000000};
    place(5);
    finding.question = &question;
    expect(ST_EVENT_QUESTION_UNANSWERED,
           "{\"question_id\":3,\"text\":\"how \\\"much\\\"\",\"segment_id\":5," SPEAKER
           ",\"begin_char\":4,\"end_char\":14,\"reason\":\"turns\"}");
    question.is_answered = true;
    question.answer_segment_id = 9;
    question.answer_start_us = 40000000;
    expect(ST_EVENT_QUESTION_ANSWERED,
           "{\"question_id\":3,\"text\":\"how \\\"much\\\"\",\"segment_id\":5," SPEAKER
           ",\"begin_char\":4,\"end_char\":14,\"reason\":\"turns\",\"answer_segment_id\":9,"
           "\"answer_start_ms\":40000}");
}
END_TEST

START_TEST(profanity)
{
    const struct st_profanity_span spans[] = {{1, 5, 1000999, 1500000}, {9, 13, 1600000, 2000000}};
    struct st_profanity_finding found = {.count = 17, .total = 20, .spans = spans, .span_count = 2};
    place(5);
    finding.profanity = &found;
    expect(ST_EVENT_PROFANITY_DETECTED,
           "{\"segment_id\":5," SPEAKER ",\"count\":17,\"total\":20,\"places\":[{\"begin_char\":1,"
           "\"end_char\":5,\"start_ms\":1000,\"end_ms\":1500},{\"begin_char\":9,\"end_char\":13,"
           "\"start_ms\":1600,\"end_ms\":2000}]}");
}
END_TEST

START_TEST(language)
{
    struct st_language_finding found = {
        .is_suspect = true, .log_prob = -0.87654, .speech_us = 20500000};
    place(0);
    finding.language = &found;
    expect(ST_EVENT_LANGUAGE_SUSPECT,
           "{" SPEAKER ",\"suspect\":true,\"log_prob\":-0.877,\"speech_ms\":20500}");
}
END_TEST

START_TEST(scripts)
{
    const struct st_script_step_finding steps[] = {
        {.name = "recording",
         .state = ST_SCRIPT_SAID,
         .is_out_of_order = true,
         .score = 0.754,
         .channel = 1,
         .segment_id = 7,
         .start_us = 1000999,
         .end_us = 2000000},
        {.name = "na\"me", .state = ST_SCRIPT_OVERDUE, .is_optional = true}};
    struct st_script_finding found = {.script = "opening",
                                      .number = 2,
                                      .percent = 100,
                                      .said = 1,
                                      .required = 1,
                                      .is_final = true,
                                      .steps = steps,
                                      .step_count = 2};
    place(0);
    finding.script = &found;
    expect(ST_EVENT_SCRIPT_UPDATED,
           "{\"progress\":{\"script\":\"opening\",\"role\":\"customer\",\"percent\":100,\"said\":1,"
           "\"required\":1,\"final\":true,\"steps\":[{\"step\":\"recording\",\"state\":\"said\","
           "\"optional\":false,\"out_of_order\":true,\"score\":0.75,\"channel\":1,\"segment_id\":7,"
           "\"start_ms\":1000,\"end_ms\":2000},{\"step\":\"na\\\"me\",\"state\":\"overdue\","
           "\"optional\":true}]}}");
}
END_TEST

START_TEST(topics)
{
    struct st_topic_finding found = {
        .topic = "billing", .matches = 3, .talk_us = 12000999, .share = 0.33333, .is_final = true};
    place(5);
    finding.topic = &found;
    expect(ST_EVENT_TOPIC_DETECTED,
           "{\"topic\":{\"topic\":\"billing\",\"matches\":3,\"talk_ms\":12000,\"share\":0.3333,"
           "\"final\":true,\"segment_id\":5," SPEAKER "}}");
    found.example = "where \"is\" it";
    found.score = 0.76543;
    expect(ST_EVENT_TOPIC_DETECTED,
           "{\"topic\":{\"topic\":\"billing\",\"matches\":3,\"talk_ms\":12000,\"share\":0.3333,"
           "\"final\":true,\"score\":0.7654,\"example\":\"where \\\"is\\\" "
           "it\",\"segment_id\":5," SPEAKER "}}");
}
END_TEST

START_TEST(the_language_of_a_segment_is_told_when_the_engine_says_it)
{
    struct st_cleared_segment cleared = {
        .segment = {.id = 1, .is_final = true, .text = "hola", .language = "es-ES"}};
    struct st_json_writer scratch;
    struct st_call_facts *facts = made_facts("c", "a", "q");
    struct st_event event = {
        .type = ST_EVENT_TRANSCRIPT_FINAL, .seq = 7, .call = facts, .segment = &cleared};
    st_json_init(&scratch);
    struct st_message *message = st_message_encode(&event, &scratch);
    ck_assert_ptr_nonnull(memmem(message->json->data, message->json->len, "\"language\":\"es-ES\"",
                                 strlen("\"language\":\"es-ES\"")));
    st_message_unref(message);
    st_call_facts_unref(facts);
    st_json_fini(&scratch);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, questions);
    tcase_add_test(tcase, profanity);
    tcase_add_test(tcase, language);
    tcase_add_test(tcase, scripts);
    tcase_add_test(tcase, topics);
    tcase_add_test(tcase, the_language_of_a_segment_is_told_when_the_engine_says_it);
    return run_case("encode_texts", tcase);
}
