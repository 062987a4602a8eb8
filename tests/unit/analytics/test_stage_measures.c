/* The stages of sentiment and characteristics, through the analysis. */
#include "run.h"

#include "sidetone/analysis.h"
#include "sidetone/audio_second.h"
#include "sidetone/call_facts.h"
#include "sidetone/measures.h"
#include "sidetone/rules.h"
#include "sidetone/sentiment.h"

#include <stdio.h>
#include <string.h>

static struct st_analysis_settings settings;
static struct st_call_facts *facts;
static struct st_analysis *analysis;
static char told[8000];
static struct st_characteristics_finding last;
static struct st_sentiment_quarters last_quarters[ST_CHANNELS_MAX];
static struct st_characteristics_details last_details;
static uint64_t segment_id;

static void note(const char *what, const char *how, const struct st_finding *finding)
{
    size_t used = strlen(told);
    snprintf(told + used, sizeof(told) - used, "%s%s %s %lld-%lld", used > 0 ? ", " : "", what, how,
             (long long)finding->start_us / 1000, (long long)finding->end_us / 1000);
}

static void on_finding(void *user, const struct st_finding *finding)
{
    (void)user;
    if (finding->type == ST_FINDING_SENTIMENT) {
        note("mood", st_sentiment_label_name(finding->sentiment->label), finding);
    } else if (finding->type == ST_FINDING_SENTIMENT_SHIFT) {
        note("shift", st_sentiment_shift_name(finding->shift->shift), finding);
    } else if (finding->type == ST_FINDING_SILENCE) {
        note(finding->silence->is_over ? "silent" : "silence",
             st_silence_reason_name(finding->silence->reason), finding);
    } else if (finding->type == ST_FINDING_CHARACTERISTICS) {
        last = *finding->characteristics;
        if (last.details && last.details->sentiment)
            memcpy(last_quarters, last.details->sentiment, sizeof(last_quarters));
        if (last.details)
            last_details = *last.details;
        note("figures", last.details ? "final" : "live", finding);
    }
}

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void open(const char *lexicon)
{
    static const struct st_analysis_events events = {on_segment, on_finding};
    char why[200];
    settings = (struct st_analysis_settings){0};
    st_rules_compile(&settings.rules, NULL, NULL);
    struct st_sentiment_lexicon *words = NULL;
    if (lexicon)
        st_sentiment_lexicon_create(&words, lexicon, strlen(lexicon), why, sizeof(why));
    settings.lexicon = words;
    facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    analysis = st_analysis_create(&settings, facts, &events, NULL);
    told[0] = '\0';
}

static void close(void)
{
    st_analysis_destroy(analysis);
    st_rules_unref(settings.rules);
    st_sentiment_lexicon_destroy((struct st_sentiment_lexicon *)settings.lexicon);
    st_call_facts_unref(facts);
}

static const char *say(unsigned channel, const char *text, int64_t start_ms, int64_t end_ms)
{
    struct st_segment segment = {.id = ++segment_id,
                                 .is_final = true,
                                 .text = text,
                                 .start_us = start_ms * 1000,
                                 .end_us = end_ms * 1000};
    told[0] = '\0';
    st_analysis_put_segment(analysis, channel, &segment);
    return told;
}

static const char *tick(int64_t ms)
{
    told[0] = '\0';
    st_analysis_tick(analysis, ms * 1000);
    return told;
}

static const char *finish(int64_t ms)
{
    told[0] = '\0';
    st_analysis_finish(analysis, ms * 1000);
    return told;
}

START_TEST(sentiment_comes_with_its_shifts)
{
    open("bad\t-2.5\ngood\t2.5\n");
    ck_assert_str_eq(say(1, "this is bad", 0, 1000), "mood negative 0-1000");
    ck_assert_str_eq(say(1, "it is just bad and bad again from day to day", 2000, 3000),
                     "mood negative 2000-3000, shift turned_negative 2000-3000");
    ck_assert_str_eq(say(1, "bad or good well", 4000, 4500), "mood mixed 4000-4500");
    ck_assert_str_eq(say(0, "so what", 4500, 5000), "mood neutral 4500-5000");
    ck_assert_str_eq(say(1,
                         "good good good good good good good good good good good good good "
                         "good good good good good good good",
                         6000, 9000),
                     "mood positive 6000-9000, shift recovered 6000-9000");
    close();
}
END_TEST

START_TEST(figures_come_every_five_seconds_when_there_is_news)
{
    open(NULL);
    ck_assert_str_eq(say(0, "hello", 500, 1400), "");
    ck_assert_str_eq(tick(5000), ""); /* less than a second of talk */
    say(0, "hello again", 5000, 6000);
    ck_assert_str_eq(tick(9000), "");
    ck_assert_str_eq(tick(10000), "figures live 0-10000");
    ck_assert_int_eq(last.window.channels[0].talk_us, 1900000);
    ck_assert_str_eq(tick(15000), "");
    say(1, "yes indeed I do", 15000, 17000);
    ck_assert_str_eq(tick(17000), "");
    ck_assert_str_eq(tick(23000), "figures live 0-23000");
    ck_assert_str_eq(finish(24000), "figures final 0-24000");
    ck_assert_ptr_null(last_details.sentiment);
    ck_assert_int_eq(last.conversation_us, 17000000);
    ck_assert_int_eq(last.response_us, -1);
    close();
}
END_TEST

START_TEST(silence_is_told_and_ends_with_the_call)
{
    open(NULL);
    say(0, "please hold the line", 1000, 3000);
    ck_assert_str_eq(tick(12999), "figures live 0-12999");
    ck_assert_str_eq(tick(13000), "silence hold 3000-13000");
    ck_assert_str_eq(finish(20000), "silent hold 3000-20000, figures final 0-20000");
    ck_assert_int_eq(last.hold_guessed_us, 17000000);
    ck_assert_int_eq(last.hold_us, 0);
    close();
}
END_TEST

START_TEST(the_threshold_of_silence_is_a_setting)
{
    open(NULL);
    settings.silence_us = 4000000;
    st_analysis_set_settings(analysis, &settings);
    ck_assert_str_eq(tick(3999), "");
    ck_assert_str_eq(tick(4000), "silence unknown 0-4000");
    close();
}
END_TEST

START_TEST(pauses_of_the_platform_are_holds)
{
    open(NULL);
    st_analysis_set_paused(analysis, true, 2000000);
    tick(9000);
    st_analysis_set_paused(analysis, false, 9000000);
    finish(10000);
    ck_assert_int_eq(last.hold_us, 7000000);
    close();
}
END_TEST

START_TEST(unsure_segments_are_no_talk)
{
    struct st_segment segment = {
        .id = 1, .is_final = true, .is_unsure = true, .text = "maybe", .end_us = 5000000};
    open(NULL);
    st_analysis_put_segment(analysis, 0, &segment);
    finish(6000);
    ck_assert_int_eq(last.window.channels[0].talk_us, 0);
    ck_assert_int_eq(last.window.non_talk_us, 6000000);
    close();
}
END_TEST

START_TEST(the_end_has_details)
{
    open("good\t2.5\n");
    say(0, "Good. Well.", 0, 5000);
    say(1, "no no no no", 2000, 6000);
    struct st_audio_second second = {.speech_us = 900000, .speech_db = -20};
    st_analysis_put_audio(analysis, 0, &second);
    ck_assert_str_eq(finish(9000), "figures live 0-9000, figures final 0-9000");
    ck_assert_double_eq_tol(last_quarters[0].overall.score, 2.5, 1e-9);
    ck_assert(last_quarters[1].overall.is_known);
    ck_assert_uint_eq(last.window.channels[1].interruptions, 1);
    close();
}
END_TEST

/* Ticks at other times, and channels out of step: the end is the same. */
START_TEST(the_end_does_not_depend_on_ticks)
{
    struct st_characteristics_window ends[2];
    for (int way = 0; way < 2; way++) {
        open(NULL);
        for (int i = 0; i < 60; i++) {
            int at = way == 0 ? i : i / 2 + (i % 2) * 30;
            say((unsigned)at % 2, "well well well I say", at * 5000, at * 5000 + 4000 + at * 40);
            if (way == 0 || i % 9 == 0)
                tick(at * 5000 + 5000);
        }
        finish(400000);
        ends[way] = last.window;
        close();
    }
    ck_assert_int_eq(memcmp(&ends[0], &ends[1], sizeof(ends[0])), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {sentiment_comes_with_its_shifts,
                            figures_come_every_five_seconds_when_there_is_news,
                            silence_is_told_and_ends_with_the_call,
                            the_threshold_of_silence_is_a_setting,
                            pauses_of_the_platform_are_holds,
                            unsure_segments_are_no_talk,
                            the_end_has_details,
                            the_end_does_not_depend_on_ticks};
    return run_tests("stage_measures", tests, sizeof(tests) / sizeof(tests[0]));
}
