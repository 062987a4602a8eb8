/* Rules that go by what other stages have measured, in a whole analysis. */
#include "run.h"

#include "sidetone/analysis.h"
#include "sidetone/audio_second.h"
#include "sidetone/call_facts.h"
#include "sidetone/rules.h"
#include "sidetone/sentiment.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char heard[8192];
static struct st_call_facts *facts;
static struct st_analysis *analysis;
static struct st_analysis_settings settings;
static uint64_t last_id;

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void on_finding(void *user, const struct st_finding *finding)
{
    size_t used = strlen(heard);
    (void)user;
    if (finding->type != ST_FINDING_CATEGORY)
        return;
    const struct st_category_match *match = finding->category;
    snprintf(heard + used, sizeof(heard) - used, "%s%s: %s %s %.4g %lld-%lld", used > 0 ? "\n" : "",
             match->category, match->rule, st_role_name(match->role), match->evidence[0].score,
             (long long)match->start_us / 1000, (long long)match->end_us / 1000);
}

static void listen_for(const char *yaml)
{
    static const struct st_analysis_events events = {on_segment, on_finding};
    static const char lexicon[] = "good\t2.0\t0\t[1]\nbad\t-2.0\t0\t[1]\n";
    struct st_rule_book *book = st_rule_book_create();
    struct st_problems problems;
    struct st_sentiment_lexicon *made;
    char why[200];
    st_problems_init(&problems, "r");
    ck_assert_int_eq(st_rule_book_read(book, yaml, strlen(yaml), &problems), 0);
    ck_assert_int_eq(st_rules_compile(&settings.rules, book, &problems), 0);
    ck_assert_int_eq(st_sentiment_lexicon_create(&made, lexicon, strlen(lexicon), why, sizeof(why)),
                     0);
    settings.lexicon = made;
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    analysis = st_analysis_create(&settings, facts, &events, NULL);
    last_id = 0;
    heard[0] = '\0';
}

static void stop_listening(void)
{
    st_analysis_destroy(analysis);
    st_rules_unref(settings.rules);
    st_sentiment_lexicon_destroy((struct st_sentiment_lexicon *)settings.lexicon);
    st_call_facts_unref(facts);
}

/* `count` times `word`, evenly from start to end. */
static const char *say(unsigned channel, const char *word, int count, int64_t start_ms,
                       int64_t end_ms)
{
    char text[2000] = "";
    struct st_word words[100];
    int64_t each_us = (end_ms - start_ms) * 1000 / count;
    for (int i = 0; i < count; i++) {
        int64_t start_us = start_ms * 1000 + i * each_us;
        words[i] = (struct st_word){word, start_us, start_us + each_us, 1};
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", word);
    }
    struct st_segment segment = {.id = ++last_id,
                                 .is_final = true,
                                 .start_us = start_ms * 1000,
                                 .end_us = end_ms * 1000,
                                 .text = text,
                                 .word_times = ST_WORD_TIMES_MEASURED,
                                 .words = words,
                                 .word_count = (size_t)count};
    heard[0] = '\0';
    st_analysis_put_segment(analysis, channel, &segment);
    return heard;
}

static const char *tick(int64_t ms)
{
    heard[0] = '\0';
    st_analysis_tick(analysis, ms * 1000);
    return heard;
}

static const char *finish(int64_t ms)
{
    heard[0] = '\0';
    st_analysis_finish(analysis, ms * 1000);
    return heard;
}

START_TEST(silence_is_told_while_it_lasts)
{
    listen_for("categories:\n"
               "- {name: long, rules: [{non_talk: {longest_above_s: 20}}]}\n"
               "- {name: much, rules: [{non_talk: {total_above_s: 25}, range: {from_s: 60}}]}\n"
               "- {name: half, rules: [{non_talk: {share_above_pct: 50}}]}\n");
    ck_assert_str_eq(say(0, "word", 20, 0, 10000), "");
    ck_assert_str_eq(tick(30000), "");
    ck_assert_str_eq(tick(31000), "long: silence of more than 20 s unknown 20 0-30001");
    ck_assert_str_eq(tick(32000), "");
    ck_assert_str_eq(say(1, "word", 20, 50000, 60000), "");
    ck_assert_str_eq(tick(80000), "");
    ck_assert_str_eq(tick(90000), "much: more than 25 s of silence unknown 25 60000-85001");
    ck_assert_str_eq(finish(100000), "half: more than 50 % silence unknown 80 0-100000");
    stop_listening();
}
END_TEST

START_TEST(somebody_interrupts)
{
    listen_for("categories:\n"
               "- {name: agent, rules: [{interruption: {total_above_s: 2}, role: agent}]}\n"
               "- {name: customer, rules: [{interruption: {count_above: 1}, role: customer, range: "
               "{first_s: 60}}]}\n"
               "- {name: polite, rules: [{interruption: {count_below: 1}, role: agent}]}\n"
               "- {name: over, rules: [{overlap: {total_above_s: 3}}]}\n");
    ck_assert_str_eq(say(0, "word", 20, 0, 10000), "");
    ck_assert_str_eq(say(1, "please", 8, 7000, 11000), "");
    ck_assert_str_eq(say(0, "word", 20, 20000, 30000), "");
    ck_assert_str_eq(say(1, "please", 8, 26000, 30000),
                     "customer: more than 1 interruptions customer 2 0-26001\n"
                     "over: more than 3 s of overlap unknown 3.001 0-26001");
    ck_assert_str_eq(finish(60000), "polite: less than 1 interruptions agent 0 0-60000");
    stop_listening();
}
END_TEST

START_TEST(fast_talk_is_told_at_the_end_of_a_segment)
{
    listen_for("categories:\n"
               "- {name: fast, rules: [{talk_speed: {above_wpm: 180, over_s: 10}, role: agent}]}\n"
               "- {name: slow, rules: [{talk_speed: {below_wpm: 100}, role: customer}]}\n");
    ck_assert_str_eq(say(0, "word", 20, 0, 10000), "");
    ck_assert_str_eq(say(1, "word", 80, 10000, 20000), "");
    ck_assert_str_eq(say(0, "word", 40, 20000, 30000),
                     "fast: faster than 180 words a minute agent 240 20000-30000");
    ck_assert_str_eq(say(0, "word", 40, 30000, 40000), "");
    ck_assert_str_eq(say(0, "word", 10, 40000, 50000), "");
    ck_assert_str_eq(say(0, "word", 40, 50000, 60000),
                     "fast: faster than 180 words a minute agent 240 50000-60000");
    ck_assert_str_eq(tick(70000), "");
    ck_assert_str_eq(finish(80000), "");
    stop_listening();
}
END_TEST

START_TEST(feelings_are_told)
{
    listen_for(
        "categories:\n"
        "- {name: bad, role: customer, rules: [{sentiment: {label: negative}}]}\n"
        "- {name: now, rules: [{sentiment: {score_below: -0.2, over_s: 20}, role: customer}]}\n"
        "- {name: start, rules: [{sentiment: {score_above: 0.2}, range: {first_s: 15}}]}\n"
        "- {name: falls, role: customer, rules: [{sentiment: {trend: down}}]}\n");
    ck_assert_str_eq(say(1, "good", 10, 0, 10000), "");
    ck_assert_ptr_nonnull(strstr(say(1, "word", 10, 20000, 30000), "start: sentiment above 0.2"));
    ck_assert_ptr_nonnull(strstr(say(1, "bad", 10, 40000, 50000), "now: sentiment below -0.2"));
    ck_assert_str_eq(say(1, "bad", 10, 60000, 70000), "");
    finish(80000);
    ck_assert_ptr_nonnull(strstr(heard, "bad: negative in 50 % or more customer 50 0-80000"));
    ck_assert_ptr_nonnull(strstr(heard, "falls: sentiment goes down customer"));
    stop_listening();
}
END_TEST

static void hear_second(unsigned channel, int64_t s, float level_db)
{
    struct st_audio_second second = {
        .start_us = s * 1000000, .speech_us = 800000, .speech_db = level_db};
    st_analysis_put_audio(analysis, channel, &second);
}

START_TEST(loud_voices_are_told)
{
    listen_for("categories:\n"
               "- {name: shout, rules: [{loudness: {peak_above: 85}, role: customer}]}\n"
               "- {name: loud, rules: [{loudness: {above: 73, over_s: 5}, role: customer}]}\n");
    for (int64_t s = 0; s < 10; s++)
        hear_second(1, s, s == 7 ? -10 : -30);
    ck_assert_str_eq(say(1, "word", 20, 0, 10000),
                     "loud: louder than 73 customer 74 5000-10000\n"
                     "shout: a second louder than 85 customer 90 0-7001");
    ck_assert_str_eq(finish(20000), "");
    stop_listening();
}
END_TEST

START_TEST(amazons_example_of_four_rules)
{
    listen_for("categories:\n"
               "- name: example\n"
               "  rules:\n"
               "  - {interruption: {total_above_s: 2}, role: customer, range: {first_s: 60}}\n"
               "  - {non_talk: {longest_above_s: 20}, range: {from_pct: 10, until_pct: 80}}\n"
               "  - {sentiment: {label: negative, share_pct: 1}, role: agent}\n"
               "  - {phrase: [welcome, hello], range: {first_s: 10}, absent: true}\n");
    say(0, "word", 20, 0, 10000);
    say(1, "please", 10, 7000, 13000);
    say(0, "bad", 5, 50000, 55000);
    ck_assert_str_eq(tick(99000), "");
    finish(100000);
    ck_assert_ptr_nonnull(strstr(heard, "example: "));
    stop_listening();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {silence_is_told_while_it_lasts,
                            somebody_interrupts,
                            fast_talk_is_told_at_the_end_of_a_segment,
                            feelings_are_told,
                            loud_voices_are_told,
                            amazons_example_of_four_rules};
    return run_tests("rule_measures", tests, sizeof(tests) / sizeof(tests[0]));
}
