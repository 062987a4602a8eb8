#include "clear.h"
#include "run.h"

static struct st_pii_lexicon *lexicon;
static struct st_pii *pii;
static struct st_pii_clearing clearing;

static void begin(struct st_pii_settings settings)
{
    lexicon = load_names();
    settings.lexicon = lexicon;
    if (settings.mode == ST_PII_OFF)
        settings.mode = ST_PII_REDACT;
    pii = st_pii_create(&settings);
}

static void end(void)
{
    st_pii_clearing_fini(&clearing);
    st_pii_destroy(pii);
    st_pii_lexicon_destroy(lexicon);
}

static const struct st_word card_words[] = {
    {"My", 0, 100000, 0.9F},         {"card", 100000, 200000, 0.9F},
    {"is", 200000, 300000, 0.9F},    {"four", 300000, 400000, 0.9F},
    {"one,", 400000, 500000, 0.4F},  {"two", 500000, 700000, 0.9F},
    {"three", 700000, 900000, 0.9F}, {"okay?", 1000000, 1200000, 0.8F},
};

static struct st_segment card_segment(void)
{
    return (struct st_segment){.id = 7,
                               .is_final = true,
                               .end_us = 2000000,
                               .text = "My card is four one, two three okay?",
                               .confidence = 0.8F,
                               .word_times = ST_WORD_TIMES_MEASURED,
                               .words = card_words,
                               .word_count = 8};
}

START_TEST(words_give_way_to_one_with_their_times)
{
    begin((struct st_pii_settings){.mode = ST_PII_REDACT});
    struct st_segment segment = card_segment();
    st_pii_clear(pii, CUSTOMER, &segment, &clearing);
    const struct st_segment *cleared = &clearing.cleared.segment;
    ck_assert_str_eq(cleared->text, "My card is [CREDIT_DEBIT_NUMBER] okay?");
    ck_assert_uint_eq(cleared->word_count, 5);
    ck_assert_str_eq(cleared->words[2].text, "is");
    ck_assert_str_eq(cleared->words[3].text, "[CREDIT_DEBIT_NUMBER]");
    ck_assert_int_eq(cleared->words[3].start_us, 300000);
    ck_assert_int_eq(cleared->words[3].end_us, 900000);
    ck_assert_float_eq_tol(cleared->words[3].confidence, 0.4F, 1e-6);
    ck_assert_str_eq(cleared->words[4].text, "okay?");
    ck_assert_uint_eq(clearing.finding.count, 1);
    const struct st_pii_entity *entity = &clearing.finding.entities[0];
    ck_assert_int_eq(entity->type, ST_PII_CARD_NUMBER);
    ck_assert_uint_eq(entity->begin, 11);
    ck_assert_uint_eq(entity->end, 32);
    ck_assert_int_eq(entity->start_us, 300000);
    ck_assert_int_eq(entity->end_us, 900000);
    ck_assert(clearing.finding.is_redacted);
    end();
}
END_TEST

START_TEST(identified_text_and_words_stay)
{
    begin((struct st_pii_settings){.mode = ST_PII_IDENTIFY});
    struct st_segment segment = card_segment();
    st_pii_clear(pii, CUSTOMER, &segment, &clearing);
    ck_assert_ptr_eq(clearing.cleared.segment.text, segment.text);
    ck_assert_ptr_eq(clearing.cleared.segment.words, segment.words);
    ck_assert_uint_eq(clearing.finding.entities[0].begin, 11);
    ck_assert_uint_eq(clearing.finding.entities[0].end, 30);
    ck_assert(!clearing.finding.is_redacted);
    end();
}
END_TEST

START_TEST(spans_count_characters_and_times_follow_them_without_words)
{
    begin((struct st_pii_settings){.mode = ST_PII_REDACT});
    struct st_segment segment = {
        .is_final = true, .end_us = 8000000, .text = "\xc3\xa9\xc3\xa9 4539148803436467 \xc3\xa9"};
    st_pii_clear(pii, CUSTOMER, &segment, &clearing);
    ck_assert_uint_eq(clearing.finding.entities[0].begin, 3);
    ck_assert_uint_eq(clearing.finding.entities[0].end, 24);
    ck_assert_int_eq(clearing.finding.entities[0].start_us, 8000000LL * 5 / 24);
    ck_assert_int_eq(clearing.finding.entities[0].end_us, 8000000LL * 21 / 24);
    end();
}
END_TEST

START_TEST(words_that_are_not_the_texts_are_left_out)
{
    static const struct st_word other[] = {{"4539148803436467", 0, 1, 1}};
    begin((struct st_pii_settings){.mode = ST_PII_REDACT});
    struct st_segment segment = {.is_final = true,
                                 .text = "hello there",
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = other,
                                 .word_count = 1};
    st_pii_clear(pii, CUSTOMER, &segment, &clearing);
    ck_assert_str_eq(clearing.cleared.segment.text, "hello there");
    ck_assert_uint_eq(clearing.cleared.segment.word_count, 0);
    ck_assert_int_eq(clearing.cleared.segment.word_times, ST_WORD_TIMES_NONE);
    st_pii_clearing_fini(&clearing);
    segment.text = "";
    st_pii_clear(pii, CUSTOMER, &segment, &clearing);
    ck_assert_uint_eq(clearing.cleared.segment.word_count, 0);
    end();
}
END_TEST

static const char *redacted(const char *text)
{
    static char left[256];
    struct st_segment segment = {.is_final = true, .end_us = 1, .text = text};
    st_pii_clear(pii, CUSTOMER, &segment, &clearing);
    snprintf(left, sizeof(left), "%s", clearing.cleared.segment.text);
    st_pii_clearing_fini(&clearing);
    return left;
}

START_TEST(hashes_are_equal_for_equal_values_under_one_key)
{
    char first[256];
    begin((struct st_pii_settings){.style = ST_PII_STYLE_HASH, .key = {1, 2}});
    snprintf(first, sizeof(first), "%s", redacted("4539 1488 0343 6467"));
    ck_assert_uint_eq(strlen(first), strlen("[CREDIT_DEBIT_NUMBER:abcdefgh]"));
    ck_assert_uint_eq(strcspn(first, "0123456789"), strlen(first));
    ck_assert_str_eq(
        redacted("four five three nine fourteen double eight oh three four three six four "
                 "six seven"),
        first);
    ck_assert_str_ne(redacted("4539 1488 0343 6468"), first);
    end();
    begin((struct st_pii_settings){.style = ST_PII_STYLE_HASH, .key = {1, 3}});
    ck_assert_str_ne(redacted("4539 1488 0343 6467"), first);
    end();
}
END_TEST

START_TEST(every_style_has_its_label)
{
    begin((struct st_pii_settings){.style = ST_PII_STYLE_ENTITY});
    ck_assert_str_eq(redacted("this is sarah"), "this is [PERSON_NAME]");
    end();
    begin((struct st_pii_settings){.style = ST_PII_STYLE_PLAIN});
    ck_assert_str_eq(redacted("this is sarah"), "this is [PII]");
    end();
    begin((struct st_pii_settings){.types = 1U << ST_PII_SSN});
    ck_assert_str_eq(redacted("this is sarah 512-22-3344"), "this is sarah [SSN]");
    end();
}
END_TEST

START_TEST(times_that_make_no_sense_are_survived)
{
    begin((struct st_pii_settings){.mode = ST_PII_REDACT});
    struct st_segment segment = {.is_final = true, .text = "512-22-3344 okay"};
    const int64_t times[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    for (size_t i = 0; i < 25; i++) {
        segment.start_us = times[i / 5];
        segment.end_us = times[i % 5];
        st_pii_clear(pii, CUSTOMER, &segment, &clearing);
        ck_assert_str_eq(clearing.cleared.segment.text, "[SSN] okay");
        st_pii_clearing_fini(&clearing);
    }
    end();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_give_way_to_one_with_their_times,
                            identified_text_and_words_stay,
                            spans_count_characters_and_times_follow_them_without_words,
                            words_that_are_not_the_texts_are_left_out,
                            hashes_are_equal_for_equal_values_under_one_key,
                            every_style_has_its_label,
                            times_that_make_no_sense_are_survived};
    return run_tests("pii_output", tests, sizeof(tests) / sizeof(tests[0]));
}
