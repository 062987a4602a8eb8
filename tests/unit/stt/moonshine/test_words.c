#include "moonshine/words.h"

#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ids: 3 " Hello", 4 " wor", 5 "ld", 6 ".", 7 a lone byte, 8 a lone space, 9 the rest of U+00E9 */
static struct st_tokenizer *make_tokenizer(void)
{
    static const char *const entries[] = {
        "",   "",  "",     "\xe2\x96\x81Hello", "\xe2\x96\x81wor",
        "ld", ".", "\xc3", "\xe2\x96\x81",      "\xa9",
    };
    static uint8_t file[ST_TOKENIZER_VOCABULARY + 64];
    size_t at = 0;
    for (size_t id = 0; id < ST_TOKENIZER_VOCABULARY; id++) {
        const char *text = id < sizeof(entries) / sizeof(entries[0]) ? entries[id] : "";
        file[at++] = (uint8_t)strlen(text);
        memcpy(file + at, text, strlen(text));
        at += strlen(text);
    }
    struct st_tokenizer *tokenizer = NULL;
    ck_assert_int_eq(st_tokenizer_parse(&tokenizer, file, at), 0);
    return tokenizer;
}

static struct st_words words;
static struct st_loudness all_loud;

static void group(const int64_t *ids, const float *log_probs, size_t count)
{
    struct st_search_result tokens = {.count = count};
    memcpy(tokens.tokens, ids, count * sizeof(ids[0]));
    memcpy(tokens.log_probs, log_probs, count * sizeof(log_probs[0]));
    struct st_tokenizer *tokenizer = make_tokenizer();
    st_words_group(&words, tokenizer, &tokens);
    st_tokenizer_destroy(tokenizer);
}

static const int64_t hello_world[] = {3, 4, 5, 6, ST_TOKEN_END};
static const float hello_probs[] = {-0.1F, -0.2F, -0.5F, -0.3F, -0.9F};

static void make_loud(void)
{
    all_loud.count = 100;
    for (size_t i = 0; i < 100; i++)
        all_loud.is_loud[i] = true;
}

START_TEST(pieces_become_words)
{
    group(hello_world, hello_probs, 5);
    ck_assert_str_eq(words.text, "Hello world.");
    ck_assert_uint_eq(words.count, 2);
    ck_assert_str_eq(words.words[1].text, "world.");
    ck_assert(fabsf(words.words[0].confidence - expf(-0.1F)) < 1e-6F);
    ck_assert(fabsf(words.words[1].confidence - expf(-0.5F)) < 1e-6F);
}
END_TEST

START_TEST(broken_bytes_never_come_out)
{
    static const int64_t ids[] = {3, 7, 8, 8, 4, 7, 9, ST_TOKEN_END};
    static const float probs[8] = {0};
    group(ids, probs, 8);
    ck_assert_str_eq(words.text, "Hello wor\xc3\xa9");
    ck_assert_uint_eq(words.count, 2);
}
END_TEST

START_TEST(no_tokens_no_words)
{
    static const int64_t end[] = {ST_TOKEN_END};
    static const float probs[] = {0};
    group(end, probs, 1);
    ck_assert_str_eq(words.text, "");
    ck_assert_uint_eq(words.count, 0);
    group(end, probs, 0);
    ck_assert_uint_eq(words.count, 0);
    st_words_estimate(&words, 1000000, &all_loud);
}
END_TEST

START_TEST(measured_words_end_where_the_next_begins)
{
    static const int64_t starts_us[] = {100000, 500000, 600000, 700000, 900000};
    make_loud();
    group(hello_world, hello_probs, 5);
    st_words_measure(&words, starts_us, 5, 1000000, &all_loud);
    ck_assert_int_eq(words.words[0].start_us, 100000);
    ck_assert_int_eq(words.words[0].end_us, 500000);
    ck_assert_int_eq(words.words[1].end_us, 900000);
}
END_TEST

START_TEST(times_stay_inside_the_clip)
{
    static const int64_t starts_us[] = {100000, 500000, 600000, 700000};
    make_loud();
    group(hello_world, hello_probs, 4); /* no end mark: the limit was reached */
    st_words_measure(&words, starts_us, 4, 400000, &all_loud);
    for (size_t i = 0; i < words.count; i++) {
        ck_assert_int_le(words.words[i].start_us, words.words[i].end_us);
        ck_assert_int_le(words.words[i].end_us, 400000);
    }
}
END_TEST

START_TEST(pauses_are_taken_out)
{
    static const int64_t starts_us[] = {100000, 500000, 600000, 700000, 900000};
    make_loud();
    for (size_t i = 15; i < 25; i++)
        all_loud.is_loud[i] = false; /* 300 to 500 ms */
    group(hello_world, hello_probs, 5);
    st_words_measure(&words, starts_us, 5, 1000000, &all_loud);
    ck_assert_int_eq(words.words[0].end_us, 300000);
    ck_assert_int_eq(words.words[1].start_us, 500000);
}
END_TEST

START_TEST(estimated_words_share_the_loud_part)
{
    make_loud();
    for (size_t i = 0; i < 10; i++)
        all_loud.is_loud[i] = false;
    group(hello_world, hello_probs, 5);
    st_words_estimate(&words, 1500000, &all_loud);
    ck_assert_int_eq(words.words[0].start_us, 200000);
    ck_assert_int_eq(words.words[1].end_us, 1500000);
    ck_assert_int_eq(words.words[0].end_us, words.words[1].start_us);
    ck_assert_int_eq(words.words[0].end_us, 800000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, pieces_become_words);
    tcase_add_test(tcase, broken_bytes_never_come_out);
    tcase_add_test(tcase, no_tokens_no_words);
    tcase_add_test(tcase, measured_words_end_where_the_next_begins);
    tcase_add_test(tcase, times_stay_inside_the_clip);
    tcase_add_test(tcase, pauses_are_taken_out);
    tcase_add_test(tcase, estimated_words_share_the_loud_part);
    return run_case("words", tcase);
}
