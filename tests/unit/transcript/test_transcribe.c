#include "read.h"

#include "run.h"

static const char document[] =
    "{\"JobName\": \"job-7\", \"LanguageCode\": \"en-US\", \"JobStatus\": \"COMPLETED\",\n"
    " \"Categories\": {\"MatchedCategories\": [\"x\"]},\n"
    " \"Transcript\": [\n"
    "  {\"ParticipantRole\": \"CUSTOMER\", \"BeginOffsetMillis\": 6340, \"EndOffsetMillis\": "
    "9000,\n"
    "   \"Content\": \"Hi, my card is [PII].\", \"Sentiment\": \"NEUTRAL\", \"LoudnessScores\": "
    "[1, null],\n"
    "   \"Redaction\": {\"RedactedTimestamps\": [[]]},\n"
    "   \"Items\": [\n"
    "    {\"Type\": \"pronunciation\", \"Content\": \"Hi\", \"Confidence\": \"0.992\",\n"
    "     \"BeginOffsetMillis\": 6340, \"EndOffsetMillis\": 6760},\n"
    "    {\"Type\": \"punctuation\", \"Content\": \",\", \"Confidence\": 0.0},\n"
    "    {\"Type\": \"pronunciation\", \"Content\": \"[PII]\", \"Redaction\": [{\"Confidence\": "
    "1}],\n"
    "     \"BeginOffsetMillis\": \"8000\", \"EndOffsetMillis\": 8900},\n"
    "    {\"Type\": \"punctuation\", \"Content\": \".\", \"Confidence\": \"0.0\"}]},\n"
    "  {\"Id\": \"u\", \"Content\": \"Hello.\", \"ParticipantRole\": \"AGENT\",\n"
    "   \"BeginOffsetMillis\": 440, \"EndOffsetMillis\": 4960, \"Items\": []},\n"
    "  {\"Content\": \"\", \"ParticipantRole\": \"AGENT\", \"BeginOffsetMillis\": 1, "
    "\"EndOffsetMillis\": 2}\n"
    " ],\n"
    " \"ConversationCharacteristics\": {\"TotalConversationDurationMillis\": 12000, \"TalkTime\": "
    "{}}}\n";

START_TEST(turns_become_segments_in_the_order_of_their_ends)
{
    struct st_transcript *transcript = read_text(document);
    const struct st_transcript_call *call = &transcript->calls[0];
    ck_assert_str_eq(transcript->format->name, "transcribe");
    ck_assert_uint_eq(call->count, 2);
    check_line(transcript, 0, 0, 440, 4960, "Hello.");
    check_line(transcript, 1, 1, 6340, 9000, "Hi, my card is [PII].");
    ck_assert_str_eq(call->facts->call_id, "job-7");
    ck_assert_str_eq(call->facts->language, "en-US");
    ck_assert_int_eq(call->duration_us, 12000000);
    ck_assert_str_eq(call->end_reason, "stopped");
    st_transcript_free(transcript);
}
END_TEST

START_TEST(items_become_words_with_their_punctuation)
{
    struct st_transcript *transcript = read_text(document);
    const struct st_segment *segment = &line_of(transcript, 1)->segment;
    ck_assert_uint_eq(segment->word_count, 2);
    ck_assert_int_eq(segment->word_times, ST_WORD_TIMES_MEASURED);
    ck_assert_str_eq(segment->words[0].text, "Hi,");
    ck_assert_float_eq_tol(segment->words[0].confidence, 0.992F, 1e-6F);
    ck_assert_int_eq(segment->words[0].end_us, 6760000);
    ck_assert_str_eq(segment->words[1].text, "[PII].");
    ck_assert_float_eq(segment->words[1].confidence, ST_CONFIDENCE_ABSENT);
    ck_assert_int_eq(segment->words[1].start_us, 8000000);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(mistakes_are_named_with_their_line)
{
    ck_assert_refused("{\"Transcript\": [\n{\"ParticipantRole\": \"AGENT\"}]}",
                      "line 2: a turn of Transcript without");
    ck_assert_refused("{\"Transcript\": [{\"Content\": 5}]}", "line 1: Content is not a text");
    ck_assert_refused("{\"Transcript\": [\n\n{\"BeginOffsetMillis\": -1}]}",
                      "line 3: BeginOffsetMillis is not a time in milliseconds");
    ck_assert_refused("{\"Transcript\": [], \"LanguageCode\": \n[]}",
                      "line 2: LanguageCode is not a text");
    ck_assert_refused("{\"Transcript\": [],\n\"x\": tru }", "line 2, column");
}
END_TEST

START_TEST(any_beginning_of_one_does_no_harm)
{
    read_truncated(document);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        turns_become_segments_in_the_order_of_their_ends,
        items_become_words_with_their_punctuation,
        mistakes_are_named_with_their_line,
        any_beginning_of_one_does_no_harm,
    };
    return run_tests("transcribe", tests, sizeof(tests) / sizeof(tests[0]));
}
