/* Calls that are over, told again. */
#include "call_rig.h"

#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/message.h"
#include "sidetone/review.h"
#include "sidetone/transcript.h"

#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVENTS_MAX = 4096, SECOND_US = 1000000 };

static const char yaml[] = "categories:\n"
                           "  - name: refund\n"
                           "    severity: high\n"
                           "    phrases: [money back, refund]\n"
                           "  - name: greeting\n"
                           "    role: agent\n"
                           "    phrases: [thank you for calling]\n"
                           "  - name: manager\n"
                           "    severity: medium\n"
                           "    phrases: [speak to a manager, my manager]\n"
                           "  - name: no greeting\n"
                           "    rules: [{phrase: thank you for calling, absent: true,"
                           " range: {first_s: 30}}]\n"
                           "  - name: late\n"
                           "    rules: [{phrase: [refund, yes, no], range: {last_s: 20}}]\n"
                           "  - name: unanswered\n"
                           "    rules: [{sequence: {first: manager, without: refund,"
                           " within_s: 15}}]\n"
                           "  - name: answered\n"
                           "    rules: [{sequence: {first: problem, then: great, within_s: 30}}]\n"
                           "  - name: quiet\n"
                           "    rules: [{non_talk: {longest_above_s: 8}}]\n"
                           "  - name: quiet in all\n"
                           "    rules: [{non_talk: {total_above_s: 20}}]\n"
                           "  - name: quiet at first\n"
                           "    rules: [{non_talk: {share_above_pct: 5}, range: {first_s: 60}}]\n"
                           "  - name: interrupts\n"
                           "    rules: [{interruption: {count_above: 1}}]\n"
                           "  - name: at once\n"
                           "    rules: [{overlap: {total_above_s: 4}}]\n"
                           "  - name: hurried\n"
                           "    rules: [{talk_speed: {above_wpm: 180, over_s: 20}}]\n"
                           "  - name: unhappy\n"
                           "    rules: [{sentiment: {score_below: -0.1, over_s: 30}}]\n"
                           "  - name: long\n"
                           "    rules: [{duration: {above_s: 77}}]\n";

static struct st_settings *settings;

/* What was told. */
static struct {
    char *events[EVENTS_MAX];
    int64_t media_us[EVENTS_MAX];
    size_t count;
    int64_t progress_us;
    int64_t ticks;
} told;

static void forget(void)
{
    for (size_t i = 0; i < told.count; i++)
        free(told.events[i]);
    memset(&told, 0, sizeof(told));
}

static void setup(void)
{
    static const char words[] =
        "angry\t-2.3\t0.6\t[-2]\ngreat\t3.1\t0.7\t[3]\nproblem\t-1.7\t0.7\t[1]\n";
    char lexicon[] = "/tmp/sidetone-lexicon-XXXXXX", text[8192];
    int fd = mkstemp(lexicon);
    ck_assert_int_eq(write(fd, words, sizeof(words) - 1), sizeof(words) - 1);
    close(fd);
    snprintf(text, sizeof(text), "sentiment: {lexicon_file: %s}\n%s", lexicon, yaml);
    settings = rig_settings(text);
    unlink(lexicon);
    ck_assert(st_settings_has_sentiment(settings));
}

static void teardown(void)
{
    forget();
    st_settings_unref(settings);
}

static void on_event(void *user, const struct st_message *message)
{
    ck_assert_uint_lt(told.count, EVENTS_MAX);
    told.media_us[told.count] = told.progress_us;
    told.events[told.count++] = strndup((const char *)message->json->data, message->json->len);
}

static void on_progress(void *user, int64_t media_us)
{
    ck_assert_int_ge(media_us, told.progress_us);
    told.progress_us = media_us;
    told.ticks++;
}

static struct st_buf *run_ticking(const struct st_transcript *transcript, int64_t tick_us)
{
    const struct st_review review = {.settings = settings,
                                     .call = &transcript->calls[0],
                                     .tick_us = tick_us,
                                     .event = on_event,
                                     .progress = on_progress};
    forget();
    return st_review_run(&review);
}

/* ---- transcripts ---- */

static struct st_transcript_build *begin(void)
{
    struct st_transcript_build *build = st_transcript_build_create(NULL);
    struct st_call_facts *facts = st_call_facts_create();
    st_call_facts_set(&facts->call_id, "c1");
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    facts->started_unix_ms = 1000000;
    ck_assert_int_eq(st_transcript_build_call(build, facts), 0);
    return build;
}

static void say(struct st_transcript_build *build, unsigned channel, int64_t start_ms,
                int64_t end_ms, const char *text)
{
    struct st_segment segment = {.start_us = start_ms * 1000,
                                 .end_us = end_ms * 1000,
                                 .text = text,
                                 .confidence = ST_CONFIDENCE_ABSENT};
    ck_assert_int_eq(st_transcript_build_segment(build, channel, &segment), 0);
}

static struct st_transcript *end(struct st_transcript_build *build, int64_t duration_ms)
{
    struct st_transcript *transcript;
    st_transcript_build_duration(build, duration_ms * 1000);
    ck_assert_int_eq(st_transcript_build_finish(&transcript, build), 0);
    return transcript;
}

static size_t find(size_t from, const char *what)
{
    while (from < told.count && !strstr(told.events[from], what))
        from++;
    ck_assert_msg(from < told.count, "%s", what);
    return from;
}

START_TEST(a_call_is_told_as_if_it_were_live)
{
    struct st_transcript_build *build = begin();
    say(build, 0, 500, 2500, "thank you for calling");
    say(build, 1, 3000, 6000, "i am angry and want my money back");
    struct st_transcript *transcript = end(build, 8500);
    struct st_buf *state = run_ticking(transcript, 0);
    ck_assert_ptr_nonnull(strstr(told.events[0], "\"seq\":1,\"type\":\"call.started\""));
    size_t final = find(1, "\"type\":\"transcript.final\"");
    find(final, "\"category\":\"greeting\"");
    final = find(final + 1, "\"type\":\"transcript.final\"");
    ck_assert_ptr_nonnull(strstr(told.events[final], "\"at_unix_ms\":1006000"));
    find(final, "\"type\":\"sentiment.updated\"");
    find(final, "\"type\":\"alert.raised\"");
    const char *last = told.events[told.count - 1];
    ck_assert_ptr_nonnull(strstr(last, "\"type\":\"call.ended\",\"media_ms\":8500"));
    ck_assert_ptr_nonnull(strstr(last, "\"at_unix_ms\":1008500"));
    ck_assert_ptr_nonnull(
        strstr(last, "\"reason\":\"stopped\",\"duration_ms\":8500,\"segments\":2"));
    for (size_t i = 0; i < told.count; i++) {
        char seq[32];
        snprintf(seq, sizeof(seq), "\"seq\":%zu,", i + 1);
        ck_assert_ptr_nonnull(strstr(told.events[i], seq));
    }
    char *text = strndup((const char *)state->data, state->len);
    ck_assert_ptr_nonnull(strstr(text, "\"state\":\"ended\",\"media_ms\":8500"));
    ck_assert_ptr_nonnull(strstr(text, "\"ended\":{\"reason\":\"stopped\",\"duration_ms\":8500}"));
    free(text);
    st_buf_unref(state);
    st_transcript_free(transcript);
}
END_TEST

START_TEST(finals_come_when_they_end_and_in_their_order)
{
    struct st_transcript_build *build = begin();
    say(build, 1, 4500, 20000, "long");
    say(build, 0, 6000, 7000, "short");
    say(build, 0, 15000, 16000, "again");
    struct st_transcript *transcript = end(build, 30000);
    st_buf_unref(run_ticking(transcript, SECOND_US));
    ck_assert_int_eq(told.media_us[find(0, "\"text\":\"short\"")], 7 * SECOND_US);
    ck_assert_int_eq(told.media_us[find(0, "\"text\":\"again\"")], 16 * SECOND_US);
    ck_assert_int_eq(told.media_us[find(0, "\"text\":\"long\"")], 20 * SECOND_US);
    ck_assert_int_eq(told.media_us[told.count - 1], 30 * SECOND_US);
    ck_assert_int_eq(told.ticks, 30);
    for (size_t i = 0; i < told.count; i++)
        ck_assert_ptr_null(strstr(told.events[i], "transcript.partial"));
    st_transcript_free(transcript);
}
END_TEST

START_TEST(a_call_without_words_has_a_beginning_and_an_end)
{
    struct st_transcript *transcript = end(begin(), 0);
    struct st_buf *state = run_ticking(transcript, 0);
    find(0, "call.started");
    find(told.count - 1, "call.ended");
    st_buf_unref(state);
    st_transcript_free(transcript);
}
END_TEST

/* ---- ticks ---- */

static uint32_t seed;

static unsigned chance(unsigned below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static struct st_transcript *random_call(void)
{
    static const char *const texts[] = {
        "thank you for calling how can i help you today",
        "i have a problem with my bill and i am angry",
        "i want my money back",
        "could you hold on for a moment please",
        "let me speak to a manager right now",
        "that is great thank you",
        "yes",
        "mhm",
        "my number is five five five oh one four two",
        "when will you send it back to me",
        "we will refund the charge by friday",
        "what the hell is this",
        "no that is not what i asked for why was i charged twice",
        "great",
    };
    struct st_transcript_build *build = begin();
    int64_t at_ms[2] = {chance(3000), chance(6000)};
    for (unsigned i = 0; i < 60; i++) {
        unsigned channel = at_ms[1] < at_ms[0];
        int64_t length_ms = 300 + chance(6000);
        say(build, channel, at_ms[channel], at_ms[channel] + length_ms,
            texts[chance(sizeof(texts) / sizeof(texts[0]))]);
        at_ms[channel] += length_ms + (chance(8) ? chance(2500) : chance(30000));
    }
    int64_t last_ms = at_ms[0] > at_ms[1] ? at_ms[0] : at_ms[1];
    return end(build, last_ms + chance(20000));
}

/* Figures of a call that goes on are told now and then: only the last ones are a result. */
static bool is_interim(const char *event)
{
    return strstr(event, "\"final\":false") != NULL;
}

/* Without what says when it was told: the rest is what was found. */
static void strip(char *event, const char *member)
{
    char *begin_at = strstr(event, member);
    if (!begin_at)
        return;
    char *end_at = strchr(begin_at, ',');
    memmove(begin_at, end_at + 1, strlen(end_at));
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *all_that_was_found(void)
{
    size_t bytes = 1;
    for (size_t i = 0; i < told.count; i++) {
        strip(told.events[i], "\"seq\":");
        strip(told.events[i], "\"at_unix_ms\":");
        strip(told.events[i], "\"match_id\":");
        bytes += strlen(told.events[i]) + 1;
    }
    qsort(told.events, told.count, sizeof(told.events[0]), compare);
    char *all = malloc(bytes), *at = all;
    *at = '\0';
    for (size_t i = 0; i < told.count; i++)
        if (!is_interim(told.events[i]))
            at += snprintf(at, bytes - (size_t)(at - all), "%s\n", told.events[i]);
    return all;
}

static void check_same(const char *expected, const char *found, int64_t tick_us)
{
    size_t same = 0;
    while (expected[same] && expected[same] == found[same])
        same++;
    while (same > 0 && expected[same - 1] != '\n')
        same--;
    ck_assert_msg(expected[same] == found[same] && !expected[same],
                  "ticks of %" PRId64 " us change something from:\n%.600s\nto:\n%.600s", tick_us,
                  expected + same, found + same);
}

START_TEST(how_often_time_is_told_changes_nothing)
{
    static const int64_t ticks_us[] = {100000, 333000, 1700000, 9000000, 600000000};
    for (seed = 1; seed <= 20 * 1000; seed = seed / 1000 * 1000 + 1001) {
        uint32_t first = seed;
        struct st_transcript *transcript = random_call();
        seed = first;
        st_buf_unref(run_ticking(transcript, SECOND_US));
        char *expected = all_that_was_found();
        for (size_t i = 0; i < sizeof(ticks_us) / sizeof(ticks_us[0]); i++) {
            st_buf_unref(run_ticking(transcript, ticks_us[i]));
            char *found = all_that_was_found();
            check_same(expected, found, ticks_us[i]);
            free(found);
        }
        free(expected);
        st_transcript_free(transcript);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_call_is_told_as_if_it_were_live,
        finals_come_when_they_end_and_in_their_order,
        a_call_without_words_has_a_beginning_and_an_end,
        how_often_time_is_told_changes_nothing,
    };
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case("review", tcase);
}
