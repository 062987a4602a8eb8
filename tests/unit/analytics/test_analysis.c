/* Segments that no engine should give, through all stages at once. */
#include "watched_analysis.h"

#include "run.h"

#include "sidetone/call_facts.h"
#include "sidetone/profanity_list.h"
#include "sidetone/rules.h"
#include "sidetone/sentiment.h"

#include <stdlib.h>
#include <time.h>

static const char document[] =
    "categories:\n"
    "- {name: a, severity: high, provisional: true, phrases: [speak ... manager, 'cancel*', =x]}\n"
    "- {name: b, topic: true, rules: [{phrase: bill}, {phrase: sorry, absent: true}]}\n"
    "- {name: c, rules: [{sequence: {first: bill, without: refund, within_s: 5}}]}\n"
    "- {name: d, rules: [{talk_speed: {above_wpm: 100, over_s: 5}}, {overlap: {total_above_s: "
    "1}}]}\n"
    "scripts:\n"
    "- {name: e, within_s: 9, steps: [this call is recorded, may i have your name]}\n";

static struct watched watched;
static struct st_analysis_settings settings;
static struct st_call_facts *facts;

static void begin(enum st_pii_mode mode)
{
    static const char words[] = "good\t1.9\nbad\t-2.5\n";
    struct st_pii_lexicon *names;
    struct st_sentiment_lexicon *lexicon;
    struct st_problems problems;
    char why[100];
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "r");
    st_rule_book_read(book, document, strlen(document), &problems);
    ck_assert_int_eq(st_rules_compile(&settings.rules, book, &problems), 0);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    ck_assert_int_eq(st_pii_lexicon_create(&names, NULL, 0, why, sizeof(why)), 0);
    ck_assert_int_eq(st_sentiment_lexicon_create(&lexicon, words, strlen(words), why, sizeof(why)),
                     0);
    settings.lexicon = lexicon;
    settings.privacy =
        (struct st_pii_settings){.mode = mode, .types = ST_PII_TYPES_ALL, .lexicon = names};
    settings.profanity = st_profanity_list_create();
    st_profanity_list_add_own(settings.profanity);
    settings.issues = st_issue_model_create(NULL);
    settings.format = (struct st_transcript_format){true, true, true, true};
    facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    watched_begin(&watched, &settings, facts);
}

static void end(int64_t media_us)
{
    watched_end(&watched, media_us);
    st_rules_unref(settings.rules);
    st_profanity_list_unref(settings.profanity);
    st_issue_model_destroy((struct st_issue_model *)settings.issues);
    st_pii_lexicon_destroy((struct st_pii_lexicon *)settings.privacy.lexicon);
    st_sentiment_lexicon_destroy((struct st_sentiment_lexicon *)settings.lexicon);
    st_call_facts_unref(facts);
    settings = (struct st_analysis_settings){.silence_us = 0};
}

static void put(uint64_t id, bool is_final, int64_t start_us, int64_t end_us, const char *text)
{
    struct st_segment segment = {.id = id,
                                 .is_final = is_final,
                                 .start_us = start_us,
                                 .end_us = end_us,
                                 .text = text,
                                 .confidence = 0.5F};
    watched_put(&watched, id % 2, &segment);
}

/* ---- hostile segments ---- */

START_TEST(times_may_be_reversed_overlap_and_lie_anywhere)
{
    static const int64_t times[] = {INT64_MIN, -1,      0,         1,
                                    1000000,   5000000, INT64_MAX, INT64_MAX - 1};
    uint64_t id = 0;
    begin(ST_PII_REDACT);
    for (size_t i = 0; i < 8; i++)
        for (size_t k = 0; k < 8; k++) {
            put(id, false, times[k], times[i], "i want to speak to");
            put(id++, true, times[i], times[k], "cancel my bill. what is your name?");
            st_analysis_tick(watched.analysis, times[k]);
        }
    ck_assert_uint_eq(watched.segments, 128);
    end(6000000);
}
END_TEST

START_TEST(words_may_be_empty_many_and_not_those_of_the_text)
{
    struct st_word words[300];
    static const char *const texts[] = {"", "x", "cancel", "\xc3\xa9", "[NAME]", " "};
    begin(ST_PII_IDENTIFY);
    for (size_t i = 0; i < 300; i++)
        words[i] = (struct st_word){.text = texts[i % 6],
                                    .start_us = (int64_t)(i % 7) * 100000,
                                    .end_us = (int64_t)(i % 5) * 100000};
    for (uint64_t id = 0; id < 60; id++) {
        struct st_segment segment = {.id = id,
                                     .is_final = true,
                                     .end_us = 2000000,
                                     .text = id % 3 ? "cancel my x account" : "",
                                     .word_times = ST_WORD_TIMES_MEASURED,
                                     .words = words,
                                     .word_count = id * 5};
        watched_put(&watched, id % 2, &segment);
    }
    end(3000000);
}
END_TEST

static char *repeated(const char *unit, size_t bytes)
{
    char *text = malloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        text[i] = unit[i % strlen(unit)];
    text[bytes] = '\0';
    return text;
}

START_TEST(a_million_characters_are_read_as_far_as_they_may_be)
{
    static const char *const units[] = {"x",     "cancel ", "what is my bill? ",
                                        "four ", "damn. ",  "a"};
    uint64_t id = 0;
    begin(ST_PII_REDACT);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        char *text = repeated(units[i], 1000000);
        put(id, false, 0, 1000000, text);
        put(id++, true, 0, 1000000, text);
        free(text);
    }
    /* Then nothing of their size is left. */
    put(id, true, 1000000, 2000000, "goodbye");
    size_t kept = watched_heap_bytes() - watched.heap_bytes;
    ck_assert_msg(kept < WATCHED_STATE_BYTES, "%zu bytes", kept);
    end(3000000);
}
END_TEST

START_TEST(finals_may_shrink_and_take_back_what_partials_said)
{
    begin(ST_PII_REDACT);
    for (uint64_t id = 0; id < 200; id++) {
        int64_t at_us = (int64_t)id * 1000000;
        put(id, false, at_us, at_us + 400000, "i want to speak to a manager and cancel my bill");
        put(id, false, at_us, at_us + 900000, "i want to speak to");
        put(id, true, at_us, at_us + 300000, id % 3 == 0 ? "" : id % 3 == 1 ? "i" : "cancel");
    }
    ck_assert_uint_gt(watched.findings, 0);
    end(200000000);
}
END_TEST

START_TEST(an_hour_of_anything_stays_bounded)
{
    static const char *const said[] = {"i want to speak to your manager about my bill",
                                       "what is your name? is that right?",
                                       "this is really bad and it was charged twice",
                                       "i will call you back tomorrow",
                                       "damn",
                                       "cancel cancel cancel cancel"};
    begin(ST_PII_REDACT);
    for (uint64_t id = 0; id < 3600; id++) {
        int64_t at_us = (int64_t)id * 1000000;
        put(id, true, at_us, at_us + 900000, said[(id * 7) % 6]);
        st_analysis_tick(watched.analysis, at_us + 1000000);
    }
    size_t kept = watched_heap_bytes() - watched.heap_bytes;
    /* Half of it is free: the allocator counts what it holds back for the thread. */
    ck_assert_msg(kept < 128 * 1024, "%zu bytes", kept);
    end(3601000000);
}
END_TEST

START_TEST(what_was_redacted_is_in_nothing_that_is_told)
{
    static const char *const pieces[] = {"four five three nine", "one four eight eight",
                                         "zero three four three", "six four six seven"};
    begin(ST_PII_REDACT);
    for (uint64_t round = 0; round < 4; round++) {
        int64_t at_us = (int64_t)round * 10000000;
        put(10 * round, true, at_us, at_us + 1000000, "what is your card number");
        for (uint64_t i = 0; i < 4; i++) {
            int64_t said_us = at_us + 1000000 * (int64_t)(i + 1);
            put(10 * round + 2 * i + 1, false, said_us, said_us + 900000, pieces[i]);
            put(10 * round + 2 * i + 1, true, said_us, said_us + 900000, pieces[i]);
        }
        put(10 * round + 9, true, at_us + 6000000, at_us + 9000000,
            "cancel my bill for the card 4539148803436467 please");
    }
    end(50000000);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        times_may_be_reversed_overlap_and_lie_anywhere,
        words_may_be_empty_many_and_not_those_of_the_text,
        a_million_characters_are_read_as_far_as_they_may_be,
        finals_may_shrink_and_take_back_what_partials_said,
        an_hour_of_anything_stays_bounded,
        what_was_redacted_is_in_nothing_that_is_told,
    };
    return run_tests("analysis", tests, sizeof(tests) / sizeof(tests[0]));
}
