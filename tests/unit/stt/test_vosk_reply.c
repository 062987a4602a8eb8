#include "reply_reader.h"
#include "vosk_reply.h"

#include "run.h"

static struct st_vosk_reply reply;

static void teardown(void)
{
    st_vosk_reply_fini(&reply);
}

static int read_bytes(const char *data, size_t bytes)
{
    return st_vosk_reply_read(&reply, data, bytes, SENT_US);
}

START_TEST(a_partial)
{
    ck_assert_int_eq(read_text("{\n  \"partial\" : \"one two\"\n}"), 0);
    ck_assert_int_eq(reply.kind, ST_VOSK_PARTIAL);
    ck_assert_str_eq(reply.text, "one two");
    ck_assert_uint_eq(reply.reply.word_count, 0);
}
END_TEST

START_TEST(a_final_with_words)
{
    ck_assert_int_eq(
        read_text("{\"result\" : [{\"conf\" : 0.75, \"end\" : 1.02, \"start\" : 0.36, "
                  "\"word\" : \"h\\u00e9\"}, {\"conf\" : 0.25, \"end\" : 1.5, "
                  "\"start\" : 1.02, \"word\" : \"two\"}], \"text\" : \"h\\u00e9 two\"}"),
        0);
    ck_assert_int_eq(reply.kind, ST_VOSK_FINAL);
    ck_assert_str_eq(reply.text, "h\xc3\xa9 two");
    ck_assert_uint_eq(reply.reply.word_count, 2);
    ck_assert_str_eq(reply.reply.words[0].text, "h\xc3\xa9");
    ck_assert_str_eq(reply.reply.words[1].text, "two");
    ck_assert_int_eq(reply.reply.words[0].start_us, 360000);
    ck_assert_int_eq(reply.reply.words[1].end_us, 1500000);
    ck_assert_float_eq_tol(reply.reply.words[0].confidence, 0.75F, 1e-6F);
    ck_assert_float_eq_tol(reply.reply.words[1].confidence, 0.25F, 1e-6F);
}
END_TEST

START_TEST(alternatives_give_their_first)
{
    ck_assert_int_eq(
        read_text("{\"alternatives\" : [{\"confidence\" : 231.4, \"result\" : "
                  "[{\"end\" : 1, \"start\" : 0, \"word\" : \"a\"}], \"text\" : \"a\"},"
                  "{\"text\" : \"b\"}]}"),
        0);
    ck_assert_int_eq(reply.kind, ST_VOSK_FINAL);
    ck_assert_str_eq(reply.text, "a");
    ck_assert_uint_eq(reply.reply.word_count, 1);
    ck_assert_float_eq(reply.reply.words[0].confidence, ST_CONFIDENCE_ABSENT);
}
END_TEST

static const struct {
    const char *text;
    int result;
    enum st_vosk_kind kind;
    size_t words;
} cases[] = {
    {"{}", 0, ST_VOSK_OTHER, 0},
    {"{\"error\": \"x\", \"spk\": [1, 2]}", 0, ST_VOSK_OTHER, 0},
    {"{\"text\": \"\"}", 0, ST_VOSK_FINAL, 0},
    {"{\"alternatives\": []}", 0, ST_VOSK_OTHER, 0},
    {"{\"partial\": \"a\", \"text\": \"b\"}", 0, ST_VOSK_FINAL, 0},
    {"{\"text\": \"b\", \"partial\": \"a\"}", 0, ST_VOSK_FINAL, 0},
    {"{\"partial\": \"a\", \"result\": [{\"word\": \"a\"}]}", 0, ST_VOSK_PARTIAL, 0},
    /* times that cannot be cost the words, not the text */
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\"}]}", 0, ST_VOSK_FINAL, 0},
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\", \"start\": 2, \"end\": 1}]}", 0,
     ST_VOSK_FINAL, 0},
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\", \"start\": -1, \"end\": 1}]}", 0,
     ST_VOSK_FINAL, 0},
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\", \"start\": 1, \"end\": 99}]}", 0,
     ST_VOSK_FINAL, 0},
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\", \"start\": 1, \"end\": 1e300}]}", 0,
     ST_VOSK_FINAL, 0},
    {"{\"text\": \"a b\", \"result\": [{\"word\": \"a\", \"start\": 2, \"end\": 3}, "
     "{\"word\": \"b\", \"start\": 1, \"end\": 3}]}",
     0, ST_VOSK_FINAL, 0},
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\", \"start\": 1, \"end\": 10.9}]}", 0,
     ST_VOSK_FINAL, 1},
    /* the protocol broken */
    {"", -EPROTO, 0, 0},
    {"[]", -EPROTO, 0, 0},
    {"\"partial\"", -EPROTO, 0, 0},
    {"{\"partial\": 1}", -EPROTO, 0, 0},
    {"{\"partial\": null}", -EPROTO, 0, 0},
    {"{\"text\": [\"a\"]}", -EPROTO, 0, 0},
    {"{\"text\": \"a\", \"result\": {}}", -EPROTO, 0, 0},
    {"{\"text\": \"a\", \"result\": [1]}", -EPROTO, 0, 0},
    {"{\"text\": \"a\", \"result\": [{}]}", -EPROTO, 0, 0},
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\", \"start\": \"1\", \"end\": 2}]}", -EPROTO, 0,
     0},
    {"{\"text\": \"a\", \"result\": [{\"word\": \"a\", \"start\": 1e999, \"end\": 2}]}", -EPROTO, 0,
     0},
    {"{\"partial\": \"a\"} x", -EPROTO, 0, 0},
    {"{\"partial\": \"\xff\"}", -EPROTO, 0, 0},
    {"{\"partial\": \"a\"", -EPROTO, 0, 0},
    {"{\"alternatives\": {}}", -EPROTO, 0, 0},
    {"{\"x\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
     -EPROTO, 0, 0},
};

START_TEST(odd_and_broken_replies)
{
    ck_assert_int_eq(read_text(cases[_i].text), cases[_i].result);
    if (cases[_i].result == 0) {
        ck_assert_int_eq(reply.kind, cases[_i].kind);
        ck_assert_uint_eq(reply.reply.word_count, cases[_i].words);
    }
}
END_TEST

START_TEST(a_reply_cut_anywhere_is_refused)
{
    check_cuts("{\"result\" : [{\"conf\" : 1.0, \"end\" : 1.02, \"start\" : "
               "0.36, \"word\" : \"one\"}], \"text\" : \"one\"}");
}
END_TEST

START_TEST(there_is_a_limit_to_size_and_words)
{
    check_size("{\"partial\":\"", 'a', "\"}");
    ck_assert_uint_eq(strlen(reply.text), 65536 - 14);
    check_words("{\"text\":\"\",\"result\":[", "{\"word\":\"a\",\"start\":1,\"end\":1}", "]}");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_partial);
    tcase_add_test(tcase, a_final_with_words);
    tcase_add_test(tcase, alternatives_give_their_first);
    tcase_add_loop_test(tcase, odd_and_broken_replies, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, a_reply_cut_anywhere_is_refused);
    tcase_add_test(tcase, there_is_a_limit_to_size_and_words);
    return run_case("vosk_reply", tcase);
}
