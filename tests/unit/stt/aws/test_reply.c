#include "reply.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MS_US = 1000 };

static struct st_aws_reply reply;
static const struct st_aws_result *const result = &reply.result;
static unsigned told;

static void setup(void)
{
    reply.sent_us = 60000 * MS_US;
    told = 0;
}

static void teardown(void)
{
    st_aws_reply_fini(&reply);
}

static const char utterance[] =
    "{\"UtteranceId\":\"u-1\",\"IsPartial\":false,\"ParticipantRole\":\"CUSTOMER\","
    "\"BeginOffsetMillis\":1000,\"EndOffsetMillis\":3000,"
    "\"Transcript\":\"Hi, my p\\u00eft is \\\"one\\\".\",\"Items\":["
    "{\"BeginOffsetMillis\":1000,\"EndOffsetMillis\":1200,\"Type\":\"pronunciation\","
    "\"Content\":\"Hi\",\"Confidence\":0.5,\"VocabularyFilterMatch\":false,\"Stable\":true},"
    "{\"BeginOffsetMillis\":1200,\"EndOffsetMillis\":1200,\"Type\":\"punctuation\",\"Content\":\","
    "\"},"
    "{\"Content\":\"my\",\"BeginOffsetMillis\":1300,\"EndOffsetMillis\":1400,"
    "\"Type\":\"pronunciation\",\"Confidence\":1},"
    "{\"Content\":\"p\\u00eft\",\"Type\":\"pronunciation\",\"BeginOffsetMillis\":1500,"
    "\"EndOffsetMillis\":2900,\"Confidence\":0.75},"
    "{\"Content\":\".\",\"Type\":\"punctuation\",\"BeginOffsetMillis\":2900,\"EndOffsetMillis\":"
    "2900},"
    "{\"Content\":\"..\",\"Type\":\"punctuation\",\"BeginOffsetMillis\":2900,\"EndOffsetMillis\":"
    "2900}],"
    "\"Entities\":[{\"BeginOffsetMillis\":2000,\"EndOffsetMillis\":2500,\"Category\":\"PII\","
    "\"Type\":\"PIN\",\"Content\":\"one\",\"Confidence\":0.8},{\"Type\":\"NAME\"}],"
    "\"Sentiment\":\"NEGATIVE\",\"IssuesDetected\":[{\"CharacterOffsets\":{\"Begin\":4,\"End\":10}}"
    ","
    "{\"CharacterOffsets\":{\"Begin\":9,\"End\":9}},{\"CharacterOffsets\":{\"Begin\":9,\"End\":99}}"
    ","
    "{}],\"LanguageCode\":\"en-US\",\"LanguageIdentification\":[{\"LanguageCode\":\"en-US\","
    "\"Score\":0.9}],\"New\":[[{}]]}";

static int read_utterance(const char *text)
{
    return st_aws_reply_utterance(&reply, text, strlen(text));
}

START_TEST(reads_an_utterance)
{
    ck_assert_int_eq(read_utterance(utterance), 0);
    ck_assert_str_eq(result->id, "u-1");
    ck_assert(!result->is_partial);
    ck_assert_int_eq(result->role, ST_ROLE_CUSTOMER);
    ck_assert_int_eq(result->channel, -1);
    ck_assert_int_eq(result->start_us, 1000 * MS_US);
    ck_assert_int_eq(result->end_us, 3000 * MS_US);
    ck_assert_str_eq(result->text, "Hi, my p\u00eft is \"one\".");
    ck_assert_str_eq(result->language, "en-US");
    ck_assert_str_eq(result->sentiment, "NEGATIVE");
    ck_assert_float_eq(result->confidence, 0.75F);
}
END_TEST

START_TEST(joins_punctuation_to_words)
{
    ck_assert_int_eq(read_utterance(utterance), 0);
    ck_assert_uint_eq(result->word_count, 3);
    ck_assert_str_eq(result->words[0].text, "Hi,");
    ck_assert_str_eq(result->words[1].text, "my");
    ck_assert_str_eq(result->words[2].text, "p\u00eft...");
    ck_assert_int_eq(result->words[2].start_us, 1500 * MS_US);
    ck_assert_int_eq(result->words[2].end_us, 2900 * MS_US);
    ck_assert_float_eq(result->words[0].confidence, 0.5F);
}
END_TEST

START_TEST(drops_what_makes_no_sense_alone)
{
    ck_assert_int_eq(read_utterance(utterance), 0);
    ck_assert_uint_eq(result->issue_count, 1);
    ck_assert_uint_eq(result->issues[0].begin, 4);
    ck_assert_uint_eq(result->issues[0].end, 10);
    ck_assert_uint_eq(result->entity_count, 1);
    ck_assert_str_eq(result->entities[0].type, "PIN");
    ck_assert_str_eq(result->entities[0].content, "one");
    ck_assert_int_eq(result->entities[0].start_us, 2000 * MS_US);
}
END_TEST

START_TEST(words_whose_times_cannot_be_are_dropped)
{
    static const char *const bad[] = {
        "{\"Items\":[{\"Content\":\"a\",\"BeginOffsetMillis\":-1,\"EndOffsetMillis\":2}]}",
        "{\"Items\":[{\"Content\":\"a\",\"BeginOffsetMillis\":9,\"EndOffsetMillis\":2}]}",
        "{\"Items\":[{\"Content\":\"a\",\"BeginOffsetMillis\":9,\"EndOffsetMillis\":99999999}]}",
        ("{\"Items\":[{\"Content\":\"a\",\"BeginOffsetMillis\":9,\"EndOffsetMillis\":9},"
         "{\"Content\":\"b\",\"BeginOffsetMillis\":8,\"EndOffsetMillis\":9}]}"),
        "{\"Items\":[{\"Content\":\"a\"}]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_int_eq(read_utterance(bad[i]), 0);
        ck_assert_uint_eq(result->word_count, 0);
    }
    ck_assert_int_eq(read_utterance("{\"BeginOffsetMillis\":5,\"EndOffsetMillis\":4}"), 0);
    ck_assert_int_eq(result->start_us, -1);
}
END_TEST

START_TEST(partials_have_no_words)
{
    ck_assert_int_eq(
        read_utterance("{\"IsPartial\":true,\"Transcript\":\"a\",\"Items\":[{\"Content\":"
                       "\"a\",\"BeginOffsetMillis\":1,\"EndOffsetMillis\":2}]}"),
        0);
    ck_assert(result->is_partial);
    ck_assert_uint_eq(result->word_count, 0);
}
END_TEST

START_TEST(nulls_are_absent)
{
    ck_assert_int_eq(read_utterance("{\"UtteranceId\":null,\"IsPartial\":null,\"Items\":null,"
                                    "\"Entities\":null,\"IssuesDetected\":null,\"Sentiment\":null,"
                                    "\"BeginOffsetMillis\":null,\"ParticipantRole\":null}"),
                     0);
    ck_assert_str_eq(result->id, "");
    ck_assert_ptr_null(result->sentiment);
    ck_assert_int_eq(result->start_us, -1);
}
END_TEST

START_TEST(refuses_what_is_none)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{\"Transcript\":1}",
        "{\"Items\":{}}",
        "{\"Items\":[{\"Type\":\"pronunciation\"}]}",
        "{\"IsPartial\":\"no\"}",
        "{\"Transcript\":\"\xff\"}",
        "{\"Transcript\":\"a\"} {}",
        "{\"IssuesDetected\":[1]}",
        "{\"Entities\":[{\"Type\":2}]}",
        "{\"BeginOffsetMillis\":\"1\"}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(read_utterance(bad[i]) == -EPROTO, "%s", bad[i]);
    for (size_t cut = 0; cut < sizeof(utterance) - 1; cut++)
        ck_assert_int_eq(st_aws_reply_utterance(&reply, utterance, cut), -EPROTO);
}
END_TEST

START_TEST(has_bounds)
{
    size_t bytes = ST_AWS_REPLY_MAX_BYTES + 1;
    char *big = malloc(bytes);
    memset(big, ' ', bytes);
    memcpy(big, "{}", 2);
    ck_assert_int_eq(st_aws_reply_utterance(&reply, big, bytes), -EPROTO);
    ck_assert_int_eq(st_aws_reply_utterance(&reply, big, bytes - 1), 0);
    size_t at = (size_t)(stpcpy(big, "{\"Items\":[{\"Content\":\"a\"}") - big);
    for (int i = 0; i < ST_AWS_WORDS_MAX; i++, at += 16)
        memcpy(big + at, ",{\"Content\":\"a\"}", 16);
    memcpy(big + at, "]}", 2);
    ck_assert_int_eq(st_aws_reply_utterance(&reply, big, at + 2), -EPROTO);
    free(big);
}
END_TEST

static char texts[256];

static int tell(void *user)
{
    told++;
    size_t len = strlen(texts);
    snprintf(texts + len, sizeof(texts) - len, "%s|", result->text);
    return user ? -ECANCELED : 0;
}

static int read_transcript(const char *text, void *user)
{
    texts[0] = '\0';
    return st_aws_reply_transcript(&reply, text, strlen(text), tell, user);
}

static const char transcript[] =
    "{\"Transcript\":{\"Results\":[{\"ResultId\":\"r\",\"StartTime\":1.5,\"EndTime\":2.25,"
    "\"IsPartial\":false,\"ChannelId\":\"ch_1\",\"Alternatives\":[{\"Transcript\":\"One.\","
    "\"Items\":[{\"StartTime\":1.5,\"EndTime\":2.25,\"Type\":\"pronunciation\",\"Content\":\"One\","
    "\"Confidence\":0.9},{\"StartTime\":2.25,\"EndTime\":2.25,\"Type\":\"punctuation\","
    "\"Content\":\".\"}],\"Entities\":[{\"StartTime\":1.5,\"EndTime\":2,\"Category\":\"PII\","
    "\"Type\":\"PIN\",\"Content\":\"One\"}]},{\"Transcript\":\"Won.\"}]},"
    "{\"ResultId\":\"s\",\"ChannelId\":\"ch_7\",\"IsPartial\":true,\"StartTime\":3,\"EndTime\":4,"
    "\"Alternatives\":[{\"Transcript\":\"Two\",\"Items\":[]}]}]}}";

START_TEST(reads_results)
{
    ck_assert_int_eq(read_transcript(transcript, NULL), 0);
    ck_assert_str_eq(texts, "One.|Two|");
    ck_assert_str_eq(result->id, "s");
    ck_assert_int_eq(result->channel, -1);
    ck_assert_int_eq(result->start_us, 3000 * MS_US);
}
END_TEST

START_TEST(reads_one_result)
{
    ck_assert_int_eq(read_transcript(transcript, &told), -ECANCELED);
    ck_assert_uint_eq(told, 1);
    ck_assert_int_eq(result->channel, 1);
    ck_assert_int_eq(result->end_us, 2250 * MS_US);
    ck_assert_uint_eq(result->word_count, 1);
    ck_assert_str_eq(result->words[0].text, "One.");
    ck_assert_uint_eq(result->entity_count, 1);
    ck_assert_float_eq(result->entities[0].confidence, ST_CONFIDENCE_ABSENT);
}
END_TEST

START_TEST(no_results_are_fine)
{
    ck_assert_int_eq(read_transcript("{\"Transcript\":{\"Results\":[]}}", NULL), 0);
    ck_assert_int_eq(read_transcript("{\"Transcript\":{\"Results\":null}}", NULL), 0);
    ck_assert_int_eq(read_transcript("{}", NULL), 0);
    ck_assert_uint_eq(told, 0);
    ck_assert_int_eq(read_transcript("{\"Transcript\":[]}", NULL), -EPROTO);
    for (size_t cut = 0; cut < sizeof(transcript) - 1; cut++)
        ck_assert_int_eq(st_aws_reply_transcript(&reply, transcript, cut, tell, NULL), -EPROTO);
}
END_TEST

START_TEST(reads_categories)
{
    static const char text[] =
        "{\"MatchedDetails\":{\"b\":{\"TimestampRanges\":[{\"BeginOffsetMillis\":10,"
        "\"EndOffsetMillis\":20},{\"BeginOffsetMillis\":5,\"EndOffsetMillis\":7}]},"
        "\"a phrase\":{\"TimestampRanges\":[{\"BeginOffsetMillis\":1,\"EndOffsetMillis\":2}]}},"
        "\"MatchedCategories\":[\"a\",\"b\"]}";
    ck_assert_int_eq(st_aws_reply_category(&reply, text, sizeof(text) - 1), 0);
    ck_assert_uint_eq(reply.category_count, 2);
    ck_assert_str_eq(reply.categories[0].name, "a");
    ck_assert_int_eq(reply.categories[0].start_us, 1 * MS_US);
    ck_assert_str_eq(reply.categories[1].name, "b");
    ck_assert_int_eq(reply.categories[1].start_us, 1 * MS_US);
    ck_assert_int_eq(reply.categories[1].end_us, 20 * MS_US);
    ck_assert_int_eq(st_aws_reply_category(&reply, "{}", 2), 0);
    ck_assert_uint_eq(reply.category_count, 0);
    for (size_t cut = 0; cut < sizeof(text) - 1; cut++)
        ck_assert_int_eq(st_aws_reply_category(&reply, text, cut), -EPROTO);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, reads_an_utterance);
    tcase_add_test(tcase, joins_punctuation_to_words);
    tcase_add_test(tcase, drops_what_makes_no_sense_alone);
    tcase_add_test(tcase, words_whose_times_cannot_be_are_dropped);
    tcase_add_test(tcase, partials_have_no_words);
    tcase_add_test(tcase, nulls_are_absent);
    tcase_add_test(tcase, refuses_what_is_none);
    tcase_add_test(tcase, has_bounds);
    tcase_add_test(tcase, reads_results);
    tcase_add_test(tcase, reads_one_result);
    tcase_add_test(tcase, no_results_are_fine);
    tcase_add_test(tcase, reads_categories);
    return run_case("reply", tcase);
}
