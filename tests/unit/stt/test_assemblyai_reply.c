#include "assemblyai_reply.h"
#include "reply_reader.h"

#include "run.h"

#define TURN(members) "{\"type\":\"Turn\",\"turn_order\":3," members "}"
#define WORD(text, start, end) "{\"text\":\"" text "\",\"start\":" start ",\"end\":" end "}"

static struct st_assemblyai_reply message;

static void teardown(void)
{
    st_assemblyai_reply_fini(&message);
}

static int read_bytes(const char *data, size_t bytes)
{
    return st_assemblyai_reply_read(&message, data, bytes, SENT_US);
}

static const char full[] =
    "{\"turn_order\":3,\"turn_is_formatted\":true,\"end_of_turn\":true,"
    "\"transcript\":\"H\\u00e9llo.\",\"end_of_turn_confidence\":0.9,\"words\":[{\"text\":"
    "\"H\\u00e9llo.\",\"word_is_final\":true,\"start\":1440,\"end\":1520,\"confidence\":0.5}],"
    "\"utterance\":\"\",\"language_code\":\"fr\",\"type\":\"Turn\"}";

START_TEST(a_turn_is_read_whole)
{
    ck_assert_int_eq(read_text(full), 0);
    ck_assert_int_eq(message.kind, ST_ASSEMBLYAI_TURN);
    ck_assert_int_eq(message.turn, 3);
    ck_assert(message.is_end && message.is_formatted);
    ck_assert_str_eq(message.text, "H\xc3\xa9llo.");
    ck_assert_str_eq(message.language, "fr");
    ck_assert_uint_eq(message.reply.word_count, 1);
    ck_assert_str_eq(message.reply.words[0].text, "H\xc3\xa9llo.");
    ck_assert_int_eq(message.reply.words[0].start_us, 1440000);
    ck_assert_int_eq(message.reply.words[0].end_us, 1520000);
    ck_assert_float_eq(message.reply.words[0].confidence, 0.5F);
}
END_TEST

START_TEST(other_messages)
{
    ck_assert_int_eq(read_text("{\"type\":\"Begin\",\"id\":\"i\",\"expires_at\":1767000000,"
                               "\"configuration\":{\"model\":\"m\"}}"),
                     0);
    ck_assert_int_eq(message.kind, ST_ASSEMBLYAI_BEGIN);
    ck_assert_int_eq(message.expires_at_s, 1767000000);
    ck_assert_int_eq(read_text("{\"type\":\"Begin\",\"expires_at\":\"tomorrow\"}"), 0);
    ck_assert_int_eq(message.expires_at_s, 0);
    ck_assert_int_eq(read_text("{\"type\":\"Termination\",\"audio_duration_seconds\":1.5}"), 0);
    ck_assert_int_eq(message.kind, ST_ASSEMBLYAI_TERMINATION);
    ck_assert_int_eq(read_text("{\"type\":\"Error\",\"error_code\":3007,\"error\":\"x\"}"), 0);
    ck_assert_int_eq(message.kind, ST_ASSEMBLYAI_ERROR);
    ck_assert_int_eq(message.error_code, 3007);
    ck_assert_int_eq(read_text("{\"error\":\"x\"}"), 0);
    ck_assert_int_eq(message.kind, ST_ASSEMBLYAI_ERROR);
    ck_assert_int_eq(read_text("{\"type\":\"Heartbeat\",\"total_duration_ms\":1}"), 0);
    ck_assert_int_eq(message.kind, ST_ASSEMBLYAI_OTHER);
}
END_TEST

static const struct {
    const char *text;
    int result;
    size_t words;
} cases[] = {
    {"{}", 0, 0},
    {TURN("\"words\":[" WORD("a", "1", "2") "," WORD("b", "2", "3") "]"), 0, 2},
    {TURN("\"transcript\":null,\"end_of_turn\":null,\"language_code\":null"), 0, 0},
    {TURN("\"words\":[" WORD("a", "2", "1") "]"), 0, 0},
    {TURN("\"words\":[" WORD("a", "-1", "1") "]"), 0, 0},
    {TURN("\"words\":[" WORD("a", "1", "99999") "]"), 0, 0},
    {TURN("\"words\":[" WORD("a", "3", "4") "," WORD("b", "2", "3") "]"), 0, 0},
    {TURN("\"words\":[{\"text\":\"a\"}]"), 0, 0},
    {"{\"type\":\"Turn\",\"transcript\":\"a\"}", -EPROTO, 0},
    {"{\"type\":\"Turn\",\"turn_order\":-1}", -EPROTO, 0},
    {"{\"type\":\"Turn\",\"turn_order\":1.5}", -EPROTO, 0},
    {"", -EPROTO, 0},
    {"[]", -EPROTO, 0},
    {TURN("\"words\":{}"), -EPROTO, 0},
    {TURN("\"words\":[1]"), -EPROTO, 0},
    {TURN("\"words\":[{}]"), -EPROTO, 0},
    {TURN("\"words\":[{\"text\":1}]"), -EPROTO, 0},
    {TURN("\"transcript\":1"), -EPROTO, 0},
    {TURN("\"end_of_turn\":1"), -EPROTO, 0},
    {TURN("\"transcript\":\"\xff\""), -EPROTO, 0},
    {"{\"type\":\"Error\",\"error_code\":1e999}", -EPROTO, 0},
    {"{} {}", -EPROTO, 0},
};

START_TEST(odd_and_broken_messages)
{
    ck_assert_int_eq(read_text(cases[_i].text), cases[_i].result);
    if (cases[_i].result == 0)
        ck_assert_uint_eq(message.reply.word_count, cases[_i].words);
}
END_TEST

START_TEST(a_message_cut_anywhere_is_refused)
{
    check_cuts(full);
}
END_TEST

START_TEST(there_is_a_limit_to_size_and_words)
{
    check_size("{}", ' ', "");
    check_words("{\"words\":[", WORD("a", "1", "1"), "]}");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_turn_is_read_whole);
    tcase_add_test(tcase, other_messages);
    tcase_add_loop_test(tcase, odd_and_broken_messages, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, a_message_cut_anywhere_is_refused);
    tcase_add_test(tcase, there_is_a_limit_to_size_and_words);
    return run_case("assemblyai_reply", tcase);
}
