/*
 * What measuring a call costs, in a call of half an hour: a final segment of 20 words through
 * sentiment and characteristics, a partial, a second of audio, a tick, and what a rule asks.
 * usage: micro_measures [vader_lexicon.txt]
 */
#include "measures/felt.h"
#include "measures/talk.h"
#include "micro.h"

#include "sidetone/analysis.h"
#include "sidetone/audio_second.h"
#include "sidetone/call_facts.h"
#include "sidetone/rules.h"

#include <string.h>

enum { WORDS = 20, TURNS = 360 }; /* of 5 s each */

static const char *const texts[] = {
    "I am really sorry about that. Let me see what I can do for you right now, please.",
    "this is the third time I call about the same bill and nobody can tell me why okay",
};

struct bench {
    struct st_analysis *analysis;
    struct st_characteristics *spoken;
    struct st_sentiment_history *history;
    const struct st_sentiment_lexicon *lexicon;
    struct st_word words[WORDS];
    int64_t at_us;
    uint64_t id;
    unsigned turns;
    volatile int64_t sink;
};

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void on_finding(void *user, const struct st_finding *finding)
{
    struct bench *bench = user;
    bench->sink += finding->end_us;
}

static struct st_segment next_segment(struct bench *bench)
{
    struct st_segment segment = {.id = ++bench->id,
                                 .is_final = true,
                                 .text = texts[bench->id % 2],
                                 .words = bench->words,
                                 .word_count = WORDS,
                                 .word_times = ST_WORD_TIMES_MEASURED};
    for (unsigned i = 0; i < WORDS; i++)
        bench->words[i] = (struct st_word){.text = "word",
                                           .start_us = bench->at_us + i * 200000,
                                           .end_us = bench->at_us + i * 200000 + 180000};
    segment.start_us = bench->at_us;
    segment.end_us = bench->words[WORDS - 1].end_us;
    bench->at_us += 5000000;
    return segment;
}

static void run_final(void *user)
{
    struct bench *bench = user;
    struct st_segment segment = next_segment(bench);
    st_analysis_put_segment(bench->analysis, bench->id % 2, &segment);
}

static void run_partial(void *user)
{
    struct bench *bench = user;
    struct st_segment segment = {.id = bench->id + 1,
                                 .text = texts[0],
                                 .start_us = bench->at_us,
                                 .end_us = bench->at_us + 1000};
    st_analysis_put_segment(bench->analysis, 0, &segment);
}

static void run_audio(void *user)
{
    struct bench *bench = user;
    struct st_audio_second second = {
        .start_us = bench->at_us, .speech_us = 900000, .speech_db = -25};
    st_analysis_put_audio(bench->analysis, 0, &second);
}

static void run_tick(void *user)
{
    struct bench *bench = user;
    st_analysis_tick(bench->analysis, bench->at_us);
}

/* Nothing was asked since something changed. */
static void forget(struct bench *bench)
{
    memset(bench->spoken->answers, 0, sizeof(*bench->spoken->answers));
}

static void run_last_minute(void *user)
{
    struct bench *bench = user;
    struct st_characteristics_window window;
    forget(bench);
    st_characteristics_measure(bench->spoken, bench->at_us - 60000000, bench->at_us, &window);
    bench->sink += window.overlap_us;
}

static void run_whole_call(void *user)
{
    struct bench *bench = user;
    struct st_characteristics_window window;
    forget(bench);
    st_characteristics_measure(bench->spoken, 0, INT64_MAX, &window);
    bench->sink += window.overlap_us;
}

static void run_again(void *user)
{
    struct bench *bench = user;
    struct st_characteristics_window window;
    st_characteristics_measure(bench->spoken, 0, INT64_MAX, &window);
    bench->sink += window.overlap_us;
}

static void run_felt_minute(void *user)
{
    struct bench *bench = user;
    struct st_sentiment_window window;
    st_sentiment_history_measure(bench->history, bench->at_us - 60000000, bench->at_us, &window);
    bench->sink += window.channels[0].words;
}

static void run_felt_call(void *user)
{
    struct bench *bench = user;
    struct st_sentiment_window window;
    st_sentiment_history_measure(bench->history, 0, INT64_MAX, &window);
    bench->sink += window.channels[0].words;
}

static struct st_sentiment_lexicon *load(const char *path)
{
    static char text[8 << 20], why[200];
    struct st_sentiment_lexicon *lexicon = NULL;
    FILE *file = path ? fopen(path, "rb") : NULL;
    size_t bytes = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file)
        fclose(file);
    if (bytes == 0)
        bytes = (size_t)snprintf(text, sizeof(text), "sorry\t-0.3\nplease\t1.3\nokay\t0.9\n");
    if (st_sentiment_lexicon_create(&lexicon, text, bytes, why, sizeof(why)) < 0)
        fprintf(stderr, "%s\n", why);
    return lexicon;
}

/* Half an hour, once through the analysis and once into what a rule would ask. */
static void live_through(struct bench *bench)
{
    for (unsigned i = 0; i < TURNS; i++) {
        struct st_segment segment = next_segment(bench);
        struct st_sentiment_scores scores = st_sentiment_score(bench->lexicon, segment.text);
        st_analysis_put_segment(bench->analysis, i % 2, &segment);
        st_characteristics_put_final(bench->spoken, i % 2, ST_ROLE_AGENT, &segment);
        st_felt_put(bench->history, i % 2, &segment, bench->lexicon, &scores);
        for (int64_t k = 0; k < 10; k++) {
            struct st_audio_second second = {.start_us = segment.start_us + k / 2 * 1000000,
                                             .speech_us = 900000,
                                             .speech_db = -25};
            st_analysis_put_audio(bench->analysis, k % 2, &second);
            st_characteristics_put_audio(bench->spoken, k % 2, &second);
        }
        st_characteristics_advance(bench->spoken, bench->at_us);
        st_analysis_tick(bench->analysis, bench->at_us);
    }
}

int main(int argc, char **argv)
{
    static const struct st_analysis_events events = {on_segment, on_finding};
    static struct bench bench;
    struct st_call_facts *facts = st_call_facts_create();
    struct st_sentiment_lexicon *lexicon = load(argc > 1 ? argv[1] : NULL);
    struct st_analysis_settings settings = {.lexicon = lexicon};
    st_rules_compile(&settings.rules, NULL, NULL);
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    bench.analysis = st_analysis_create(&settings, facts, &events, &bench);
    bench.spoken = st_characteristics_create();
    bench.history = st_felt_create();
    bench.lexicon = lexicon;
    live_through(&bench);

    micro_run("characteristics of the last minute", run_last_minute, &bench, 20000);
    micro_run("characteristics of half an hour", run_whole_call, &bench, 2000);
    micro_run("the same, asked again", run_again, &bench, 20000);
    micro_run("sentiment of the last minute", run_felt_minute, &bench, 20000);
    micro_run("sentiment of half an hour", run_felt_call, &bench, 2000);
    micro_run("tick", run_tick, &bench, 20000);
    micro_run("second of audio", run_audio, &bench, 20000);
    micro_run("partial", run_partial, &bench, 20000);
    micro_run("final of 20 words", run_final, &bench, 500);

    st_analysis_destroy(bench.analysis);
    st_characteristics_destroy(bench.spoken);
    st_felt_destroy(bench.history);
    st_rules_unref(settings.rules);
    st_sentiment_lexicon_destroy(lexicon);
    st_call_facts_unref(facts);
    return 0;
}
