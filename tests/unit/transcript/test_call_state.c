#include "read.h"

#include "run.h"

/* The transcript by start, and before what is known of the call. */
static const char state[] =
    "{\"call_id\": \"c-1\",\n"
    " \"transcript\": [\n"
    "  {\"seq\": 9, \"id\": 4, \"channel\": 0, \"role\": \"agent\", \"start_ms\": 100, \"end_ms\": "
    "9000,\n"
    "   \"text\": \"Caf\\u00e9 \\ud83d\\ude00\", \"confidence\": null, \"unsure\": true,\n"
    "   \"word_times\": \"none\", \"words\": []},\n"
    "  {\"seq\": 5, \"id\": 2, \"channel\": 1, \"role\": \"customer\", \"start_ms\": 2000,\n"
    "   \"end_ms\": 1000, \"text\": \"two words\", \"confidence\": 0.875, \"unsure\": false,\n"
    "   \"word_times\": \"estimated\", \"words\": [\n"
    "    {\"text\": \"two\", \"start_ms\": 2000, \"end_ms\": 2100, \"confidence\": null},\n"
    "    {\"text\": \"words\", \"start_ms\": 2200, \"end_ms\": 2500, \"confidence\": 1}]}\n"
    " ],\n"
    " \"seq\": 12, \"state\": \"ended\", \"media_ms\": 15000, \"tenant\": \"t\", \"route\": "
    "\"r\",\n"
    " \"dialect\": \"pcm\", \"agent\": {\"id\": \"a1\", \"name\": \"Ann\"}, \"queue\": \"q\",\n"
    " \"caller\": \"+1\", \"started_unix_ms\": 1767000000000, \"language\": \"en-US\",\n"
    " \"engine\": {\"name\": \"moonshine\", \"quality\": \"good\"},\n"
    " \"channels\": [{\"channel\": 0, \"role\": \"agent\"}, {\"channel\": 1, \"role\": "
    "\"customer\"}],\n"
    " \"attributes\": {\"tier\": \"gold\", \"tier\": \"silver\"}, \"alerts\": [{\"anything\": "
    "1}],\n"
    " \"pauses\": [{\"media_ms\": 3000, \"paused\": true}, {\"media_ms\": 4000, \"paused\": "
    "false}],\n"
    " \"ended\": {\"reason\": \"lost\", \"duration_ms\": 15000}}";

START_TEST(a_state_is_read_whole)
{
    struct st_transcript *transcript = read_text(state);
    const struct st_transcript_call *call = &transcript->calls[0];
    const struct st_call_facts *facts = call->facts;
    ck_assert_str_eq(transcript->format->name, "call");
    ck_assert_str_eq(facts->call_id, "c-1");
    ck_assert_str_eq(facts->tenant, "t");
    ck_assert_str_eq(facts->agent_name, "Ann");
    ck_assert_str_eq(facts->engine, "moonshine");
    ck_assert_int_eq(facts->started_unix_ms, 1767000000000);
    ck_assert_uint_eq(facts->attribute_count, 1);
    ck_assert_str_eq(facts->attributes[0].value, "silver");
    ck_assert_str_eq(call->end_reason, "lost");
    ck_assert_uint_eq(call->pause_count, 2);
    ck_assert_int_eq(call->pauses[1].media_us, 4000000);
    ck_assert(call->pauses[0].is_paused && !call->pauses[1].is_paused);
    ck_assert_int_eq(call->duration_us, 15000000);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(segments_come_in_the_order_in_which_they_became_final)
{
    struct st_transcript *transcript = read_text(state);
    check_line(transcript, 0, 1, 2000, 1000, "two words");
    check_line(transcript, 1, 0, 100, 9000, "Caf\xc3\xa9 \xf0\x9f\x98\x80");
    const struct st_segment *first = &line_of(transcript, 0)->segment;
    ck_assert_uint_eq(first->id, 2);
    ck_assert_int_eq(first->word_times, ST_WORD_TIMES_ESTIMATED);
    ck_assert_uint_eq(first->word_count, 2);
    ck_assert_str_eq(first->words[1].text, "words");
    ck_assert_float_eq(first->words[0].confidence, ST_CONFIDENCE_ABSENT);
    ck_assert_float_eq(first->confidence, 0.875F);
    ck_assert(line_of(transcript, 1)->segment.is_unsure);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(options_know_better)
{
    static const struct st_transcript_attribute attributes[] = {{"tier", "iron"}, {"new", "x"}};
    struct st_transcript_options options = {.roles = {ST_ROLE_CUSTOMER, ST_ROLE_AGENT},
                                            .otherwise = {.call_id = "not taken"},
                                            .given = {.language = "de-DE", .agent_id = "a9"},
                                            .attributes = attributes,
                                            .attribute_count = 2};
    struct st_transcript *transcript = read_with(state, &options);
    const struct st_call_facts *facts = line_of(transcript, 1)->facts;
    ck_assert_ptr_eq(facts, transcript->calls[0].facts);
    ck_assert_str_eq(facts->call_id, "c-1");
    ck_assert_str_eq(facts->language, "de-DE");
    ck_assert_str_eq(facts->agent_id, "a9");
    ck_assert_str_eq(facts->queue, "q");
    ck_assert_int_eq(facts->roles[0], ST_ROLE_CUSTOMER);
    ck_assert_uint_eq(facts->attribute_count, 2);
    ck_assert_str_eq(facts->attributes[0].value, "iron");
    st_transcript_free(transcript);
}
END_TEST

START_TEST(mistakes_are_named_with_their_line)
{
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [\n{\"text\": \"x\"}]}",
                      "line 2: a segment without a channel");
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [\n{\"channel\": 2}]}",
                      "line 2: channel is neither 0 nor 1");
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [{\"channel\": 1}]}",
                      "a segment without a text");
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [{\"word_times\": \"guessed\"}]}",
                      "word_times is none of");
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [{\"role\": \"boss\"}]}",
                      "the role is none of");
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [{\"id\": -1, \"channel\": 0,"
                      "\"text\": \"\"}]}",
                      "not below 0");
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [],\n\"media_ms\": 172800001}",
                      "line 2: media_ms is not a time");
    ck_assert_refused("{\"call_id\": \"c\", \"transcript\": [], \"attributes\": {\"a\": 5}}",
                      "an attribute is not a text");
}
END_TEST

START_TEST(any_beginning_of_one_does_no_harm)
{
    read_truncated(state);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_state_is_read_whole,
        segments_come_in_the_order_in_which_they_became_final,
        options_know_better,
        mistakes_are_named_with_their_line,
        any_beginning_of_one_does_no_harm,
    };
    return run_tests("call_state", tests, sizeof(tests) / sizeof(tests[0]));
}
