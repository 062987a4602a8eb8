#include "deepgram_reply.h"
#include "reply_reader.h"

#include "run.h"

#define WORD(text, start, end) "{\"word\":\"" text "\",\"start\":" start ",\"end\":" end "}"
#define RESULTS(span, words)                                                                       \
    "{\"type\":\"Results\",\"channel_index\":[1,2]," span ",\"is_final\":true,"                    \
    "\"channel\":{\"alternatives\":[{\"transcript\":\"a b\",\"words\":[" words "]}]}}"
#define SPAN "\"start\":1.0,\"duration\":2.5"

static struct st_deepgram_reply reply;

static void teardown(void)
{
    st_deepgram_reply_fini(&reply);
}

static int read_bytes(const char *data, size_t bytes)
{
    return st_deepgram_reply_read(&reply, data, bytes, SENT_US);
}

static const char full[] =
    "{\"type\":\"Results\",\"channel_index\":[1,2],\"duration\":2.5,\"start\":1.0,"
    "\"is_final\":true,\"speech_final\":true,\"channel\":{\"alternatives\":[{"
    "\"transcript\":\"H\\u00e9llo there.\",\"confidence\":0.75,\"languages\":[\"es\"],\"words\":["
    "{\"word\":\"h\\u00e9llo\",\"punctuated_word\":\"H\\u00e9llo\",\"start\":1.25,\"end\":1.5,"
    "\"confidence\":0.5,\"speaker\":0,\"language\":\"en\"},"
    "{\"punctuated_word\":\"there.\",\"word\":\"there\",\"start\":1.5,\"end\":2,"
    "\"confidence\":1,\"language\":\"es\"},"
    "{\"word\":\"x\",\"start\":2,\"end\":2,\"confidence\":1,\"language\":\"es\"}]},"
    "{\"transcript\":\"other\"}]},\"metadata\":{\"request_id\":\"r\",\"model_info\":{}},"
    "\"from_finalize\":false}";

START_TEST(results_are_read_whole)
{
    ck_assert_int_eq(read_text(full), 0);
    ck_assert_int_eq(reply.kind, ST_DEEPGRAM_RESULTS);
    ck_assert_int_eq(reply.channel, 1);
    ck_assert(reply.is_final && reply.is_speech_final);
    ck_assert_int_eq(reply.start_us, 1000000);
    ck_assert_int_eq(reply.end_us, 3500000);
    ck_assert_str_eq(reply.text, "H\xc3\xa9llo there.");
    ck_assert_float_eq(reply.confidence, 0.75F);
    ck_assert_str_eq(reply.language, "es");
    ck_assert_uint_eq(reply.reply.word_count, 3);
    ck_assert_str_eq(reply.reply.words[0].text, "H\xc3\xa9llo");
    ck_assert_str_eq(reply.reply.words[1].text, "there.");
    ck_assert_str_eq(reply.reply.words[2].text, "x");
    ck_assert_int_eq(reply.reply.words[1].end_us, 2000000);
}
END_TEST

START_TEST(other_messages)
{
    ck_assert_int_eq(
        read_text("{\"type\":\"UtteranceEnd\",\"channel\":[1,2],\"last_word_end\":2.4}"), 0);
    ck_assert_int_eq(reply.kind, ST_DEEPGRAM_UTTERANCE_END);
    ck_assert_int_eq(reply.channel, 1);
    ck_assert_int_eq(read_text("{\"type\":\"Metadata\",\"duration\":9999.5,\"channels\":2,"
                               "\"sha256\":\"x\",\"models\":[\"m\"]}"),
                     0);
    ck_assert_int_eq(reply.kind, ST_DEEPGRAM_METADATA);
    ck_assert_int_eq(
        read_text("{\"type\":\"Error\",\"variant\":\"NO_SUCH\\nMODEL: \xe2\x82\xac\"}"), 0);
    ck_assert_int_eq(reply.kind, ST_DEEPGRAM_ERROR);
    ck_assert_str_eq(reply.code, "NO_SUCHMODEL ");
    ck_assert_int_eq(read_text("{\"type\":\"SpeechStarted\",\"channel\":[0,1],\"timestamp\":1.5}"),
                     0);
    ck_assert_int_eq(reply.kind, ST_DEEPGRAM_OTHER);
}
END_TEST

START_TEST(entities)
{
    ck_assert_int_eq(
        read_text(RESULTS(SPAN ",\"entities\":[{\"label\":\"NAME\",\"value\":\"Ann\","
                               "\"confidence\":0.5,\"start_word\":1,\"end_word\":2},"
                               "{\"label\":\"A\\nB\",\"start_word\":1,\"end_word\":9},{},null]",
                          WORD("a", "1", "2") "," WORD("b", "2", "3"))),
        0);
    ck_assert_uint_eq(reply.found.count, 2);
    ck_assert_str_eq(reply.found.items[0].label, "NAME");
    ck_assert_int_eq(reply.found.items[0].start_us, 2000000);
    ck_assert_int_eq(reply.found.items[0].end_us, 3000000);
    ck_assert_str_eq(reply.found.items[1].label, "AB");
    ck_assert_int_eq(reply.found.items[1].start_us, reply.start_us);
    ck_assert_int_eq(reply.found.items[1].end_us, reply.end_us);
    ck_assert_int_eq(read_text("{\"entities\":null}"), 0);
    ck_assert_uint_eq(reply.found.count, 0);
    ck_assert_int_eq(read_text("{\"entities\":{}}"), -EPROTO);
    ck_assert_int_eq(read_text("{\"entities\":[1]}"), -EPROTO);
}
END_TEST

static const struct {
    const char *text;
    int result;
    size_t words;
} cases[] = {
    {"{}", 0, 0},
    {RESULTS(SPAN, WORD("a", "1", "2") "," WORD("b", "2", "3")), 0, 2},
    {"{\"type\":\"Results\",\"start\":0,\"duration\":0,\"channel\":null,\"is_final\":null}", 0, 0},
    {"{\"type\":\"Results\",\"start\":0,\"duration\":1,\"channel\":{\"alternatives\":[]}}", 0, 0},
    {"{\"type\":null}", 0, 0},
    /* times that cannot be cost the words, not the text */
    {RESULTS(SPAN, WORD("a", "2", "1")), 0, 0},
    {RESULTS(SPAN, WORD("a", "-1", "1")), 0, 0},
    {RESULTS(SPAN, WORD("a", "1", "99")), 0, 0},
    {RESULTS(SPAN, WORD("a", "1", "1e300")), 0, 0},
    {RESULTS(SPAN, WORD("a", "2", "3") "," WORD("b", "1", "3")), 0, 0},
    {RESULTS(SPAN, "{\"word\":\"a\",\"start\":null,\"end\":1}"), 0, 0},
    /* a span that is none */
    {RESULTS("\"start\":1.0", ""), -EPROTO, 0},
    {RESULTS("\"duration\":1.0", ""), -EPROTO, 0},
    {RESULTS("\"start\":-1,\"duration\":1.0", ""), -EPROTO, 0},
    {RESULTS("\"start\":1,\"duration\":-1.0", ""), -EPROTO, 0},
    {RESULTS("\"start\":10,\"duration\":10", ""), -EPROTO, 0},
    {RESULTS("\"start\":1e999,\"duration\":10", ""), -EPROTO, 0},
    /* the protocol broken */
    {"", -EPROTO, 0},
    {"[]", -EPROTO, 0},
    {"{\"type\":1}", -EPROTO, 0},
    {RESULTS("\"start\":\"1\",\"duration\":1", ""), -EPROTO, 0},
    {RESULTS(SPAN, "1"), -EPROTO, 0},
    {RESULTS(SPAN, "{}"), -EPROTO, 0},
    {RESULTS(SPAN, "{\"word\":1}"), -EPROTO, 0},
    {RESULTS(SPAN, WORD("\xff", "1", "2")), -EPROTO, 0},
    {RESULTS(SPAN, "") "x", -EPROTO, 0},
    {"{\"channel_index\":0}", -EPROTO, 0},
    {"{\"channel_index\":[\"a\"]}", -EPROTO, 0},
    {"{\"channel_index\":[1.5]}", -EPROTO, 0},
    {"{\"channel\":{\"alternatives\":{}}}", -EPROTO, 0},
    {"{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
     -EPROTO, 0},
};

START_TEST(odd_and_broken_messages)
{
    ck_assert_int_eq(read_text(cases[_i].text), cases[_i].result);
    if (cases[_i].result == 0)
        ck_assert_uint_eq(reply.reply.word_count, cases[_i].words);
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
    check_words("{\"channel\":{\"alternatives\":[{\"words\":[", WORD("a", "1", "1"), "]}]}}");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, results_are_read_whole);
    tcase_add_test(tcase, other_messages);
    tcase_add_test(tcase, entities);
    tcase_add_loop_test(tcase, odd_and_broken_messages, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tcase, a_message_cut_anywhere_is_refused);
    tcase_add_test(tcase, there_is_a_limit_to_size_and_words);
    return run_case("deepgram_reply", tcase);
}
