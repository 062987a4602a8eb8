#include "read.h"

#include "run.h"

static const char two_speakers[] =
    "{\"id\": \"t-1\", \"status\": \"completed\", \"audio_duration\": 12.5,\n"
    " \"language_code\": \"en_us\", \"text\": \"Hello. Hi there.\", \"words\": [],\n"
    " \"utterances\": [\n"
    "  {\"speaker\": \"A\", \"text\": \"Hello.\", \"start\": 250, \"end\": 650, \"confidence\": "
    "0.97,\n"
    "   \"words\": [{\"text\": \"Hello.\", \"start\": 250, \"end\": 650, \"confidence\": 0.97,\n"
    "              \"speaker\": \"A\"}]},\n"
    "  {\"speaker\": \"B\", \"channel\": null, \"text\": \"Hi there.\", \"start\": 900, \"end\": "
    "1600,\n"
    "   \"confidence\": 0.9, \"words\": []}]}";

START_TEST(speakers_become_channels)
{
    struct st_transcript *transcript = read_text(two_speakers);
    const struct st_call_facts *facts = transcript->calls[0].facts;
    ck_assert_str_eq(transcript->format->name, "assemblyai");
    check_line(transcript, 0, 0, 250, 650, "Hello.");
    check_line(transcript, 1, 1, 900, 1600, "Hi there.");
    ck_assert_uint_eq(line_of(transcript, 0)->segment.word_count, 1);
    ck_assert_int_eq(line_of(transcript, 1)->segment.word_times, ST_WORD_TIMES_NONE);
    ck_assert_float_eq_tol(line_of(transcript, 0)->segment.confidence, 0.97F, 1e-6F);
    ck_assert_str_eq(facts->call_id, "t-1");
    ck_assert_str_eq(facts->language, "en-US");
    ck_assert_int_eq(transcript->calls[0].duration_us, 12500000);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(channels_count_from_one)
{
    struct st_transcript *transcript = read_text(
        "{\"utterances\": [{\"channel\": \"2\", \"speaker\": \"2A\", \"text\": \"a\", \"start\": 1,"
        "\"end\": 2}, {\"channel\": 1, \"text\": \"b\", \"start\": 3, \"end\": 4},"
        "{\"channel\": \"2\", \"speaker\": \"2B\", \"text\": \"c\", \"start\": 5, \"end\": 6}]}");
    check_line(transcript, 0, 1, 1, 2, "a");
    check_line(transcript, 1, 0, 3, 4, "b");
    check_line(transcript, 2, 1, 5, 6, "c");
    st_transcript_free(transcript);
}
END_TEST

START_TEST(what_cannot_be_used_says_why)
{
    ck_assert_refused("{\"id\": \"t\", \"status\": \"error\", \"audio_url\": \"u\"}",
                      "line 1: status is not \"completed\"");
    ck_assert_refused("{\"id\": \"t\", \"status\": \"completed\", \"audio_url\": \"u\","
                      "\"utterances\": null}",
                      "speaker_labels or multichannel");
    ck_assert_refused("{\"utterances\": [\n{\"channel\": \"3\", \"text\": \"x\"}]}",
                      "line 2: channel is neither 1 nor 2");
    ck_assert_refused("{\"utterances\": [{\"text\": \"x\"}]}", "without a speaker or channel");
    ck_assert_refused(
        "{\"utterances\": [{\"speaker\": \"A\", \"text\": \"x\"},"
        "{\"speaker\": \"B\", \"text\": \"x\"}, {\"speaker\": \"C\", \"text\": \"x\"}]}",
        "'C' speaks, and so do 'A' and 'B'");
    ck_assert_refused("{\"utterances\": [], \"audio_duration\": 1e300}", "within 48 hours");
    ck_assert_refused("{\"utterances\": [{\"confidence\": 2}]}", "is not a number from 0 to 1");
}
END_TEST

START_TEST(any_beginning_of_one_does_no_harm)
{
    read_truncated(two_speakers);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        speakers_become_channels,
        channels_count_from_one,
        what_cannot_be_used_says_why,
        any_beginning_of_one_does_no_harm,
    };
    return run_tests("assemblyai", tests, sizeof(tests) / sizeof(tests[0]));
}
