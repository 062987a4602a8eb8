#include "openai_reply.h"
#include "reply_reader.h"

#include "run.h"

#define KIND "conversation.item.input_audio_transcription."

static struct st_openai_reply event;

static void teardown(void)
{
    st_openai_reply_fini(&event);
}

static int read_bytes(const char *data, size_t bytes)
{
    return st_openai_reply_read(&event, data, bytes, SENT_US);
}

static const char full[] =
    "{\"event_id\":\"e\",\"type\":\"" KIND "completed\",\"item_id\":\"i1\",\"content_index\":0,"
    "\"transcript\":\"H\\u00e9llo.\",\"languages\":[\"fr\",\"en\"],"
    "\"usage\":{\"type\":\"duration\",\"seconds\":1}}";

START_TEST(a_transcript_is_read_whole)
{
    ck_assert_int_eq(read_text(full), 0);
    ck_assert_int_eq(event.kind, ST_OPENAI_COMPLETED);
    ck_assert_str_eq(event.item, "i1");
    ck_assert_str_eq(event.text, "H\xc3\xa9llo.");
    ck_assert_str_eq(event.language, "fr");
}
END_TEST

START_TEST(events_of_the_buffer)
{
    ck_assert_int_eq(read_text("{\"type\":\"input_audio_buffer.speech_started\","
                               "\"audio_start_ms\":1000,\"item_id\":\"i\"}"),
                     0);
    ck_assert_int_eq(event.kind, ST_OPENAI_STARTED);
    ck_assert_int_eq(event.at_us, 1000000);
    ck_assert_int_eq(read_text("{\"type\":\"input_audio_buffer.speech_stopped\","
                               "\"audio_end_ms\":99999,\"item_id\":\"i\"}"),
                     0);
    ck_assert_int_eq(event.kind, ST_OPENAI_STOPPED);
    ck_assert_int_eq(event.at_us, -1);
    ck_assert_int_eq(read_text("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i\","
                               "\"previous_item_id\":\"h\"}"),
                     0);
    ck_assert_int_eq(event.kind, ST_OPENAI_COMMITTED);
    ck_assert_str_eq(event.previous, "h");
    ck_assert_int_eq(read_text("{\"type\":\"input_audio_buffer.committed\",\"item_id\":\"i\","
                               "\"previous_item_id\":null}"),
                     0);
    ck_assert_str_eq(event.previous, "");
}
END_TEST

START_TEST(errors)
{
    ck_assert_int_eq(read_text("{\"type\":\"error\",\"error\":{\"type\":\"requests\",\"code\":"
                               "\"rate_limit_exceeded\",\"message\":\"secret\",\"param\":null}}"),
                     0);
    ck_assert_int_eq(event.kind, ST_OPENAI_ERROR);
    ck_assert_str_eq(event.code, "rate_limit_exceeded");
    ck_assert_str_eq(event.type, "requests");
    ck_assert_int_eq(read_text("{\"type\":\"" KIND "failed\",\"item_id\":\"i\",\"error\":null}"),
                     0);
    ck_assert_int_eq(event.kind, ST_OPENAI_FAILED);
}
END_TEST

static const struct {
    const char *text;
    int result;
    enum st_openai_kind kind;
} cases[] = {
    {"{}", 0, ST_OPENAI_OTHER},
    {"{\"type\":\"session.updated\",\"session\":{}}", 0, ST_OPENAI_UPDATED},
    {"{\"type\":\"transcription_session.updated\"}", 0, ST_OPENAI_UPDATED},
    {"{\"type\":\"response.done\",\"delta\":{},\"transcript\":[1]}", 0, ST_OPENAI_OTHER},
    {"{\"type\":\"" KIND "delta\",\"item_id\":\"i\",\"delta\":null}", 0, ST_OPENAI_DELTA},
    {"{\"type\":\"" KIND "delta\",\"item_id\":\"i\",\"delta\":{}}", -EPROTO, 0},
    {"{\"type\":\"" KIND "delta\",\"delta\":\"a\"}", -EPROTO, 0},
    {"{\"type\":\"" KIND "completed\",\"item_id\":\"i\",\"transcript\":1}", -EPROTO, 0},
    {"{\"type\":\"" KIND "completed\",\"item_id\":1,\"transcript\":\"a\"}", -EPROTO, 0},
    {"{\"type\":\"x\",\"item_id\":"
     "\"0123456789012345678901234567890123456789012345678901234567890123"
     "\"}",
     -EPROTO, 0},
    {"{\"type\":\"input_audio_buffer.speech_started\",\"item_id\":\"i\",\"audio_start_ms\":\"1\"}",
     -EPROTO, 0},
    {"", -EPROTO, 0},
    {"[]", -EPROTO, 0},
    {"{\"type\":{}}", -EPROTO, 0},
    {"{\"delta\":\"\xff\"}", -EPROTO, 0},
    {"{\"languages\":[{}]", -EPROTO, 0},
    {"{} x", -EPROTO, 0},
};

START_TEST(odd_and_broken_events)
{
    ck_assert_int_eq(read_text(cases[_i].text), cases[_i].result);
    if (cases[_i].result == 0)
        ck_assert_int_eq(event.kind, cases[_i].kind);
}
END_TEST

START_TEST(an_event_cut_anywhere_is_refused)
{
    check_cuts(full);
}
END_TEST

START_TEST(there_is_a_limit_to_size)
{
    check_size("{}", ' ', "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_transcript_is_read_whole);
    tcase_add_test(tcase, events_of_the_buffer);
    tcase_add_test(tcase, errors);
    tcase_add_loop_test(tcase, odd_and_broken_events, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, an_event_cut_anywhere_is_refused);
    tcase_add_test(tcase, there_is_a_limit_to_size);
    return run_case("openai_reply", tcase);
}
