/*
 * Sentiment and characteristics over any sequence of segments, partials, seconds of audio, pauses
 * and time. Each step is a byte that says what, two that say when, and more as it needs; whatever
 * comes, figures fit into the time they are of, silences come in order, and nothing grows without
 * bound.
 */
#include "analytics/measures/felt.h"
#include "analytics/measures/silence.h"
#include "analytics/measures/talk.h"

#include "sidetone/audio_second.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 8 };

struct run {
    struct st_characteristics *spoken;
    struct st_sentiment_history *history;
    struct st_sentiment_lexicon *lexicon;
    struct st_silence silence;
    const uint8_t *data;
    size_t bytes;
    int64_t at_ms;
    bool is_silent;
    uint32_t silent_from_ms, silent_until_ms;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static unsigned take(struct run *run)
{
    if (run->bytes == 0)
        return 0;
    run->bytes--;
    return *run->data++;
}

/* Mostly a little on, sometimes anywhere. */
static int64_t take_ms(struct run *run)
{
    unsigned high = take(run), low = take(run);
    if (high >= 250)
        return ((int64_t)high - 252) * ((int64_t)1 << low % 40);
    return run->at_ms + (int64_t)high * 64 + low - 2000;
}

static void on_silence(void *user, const struct st_silence_event *event)
{
    struct run *run = user;
    require(event->finding.is_over == run->is_silent);
    require(event->start_ms <= event->end_ms);
    if (run->is_silent)
        require(event->start_ms == run->silent_from_ms);
    else
        require(event->start_ms >= run->silent_until_ms);
    run->is_silent = !run->is_silent;
    run->silent_from_ms = event->start_ms;
    run->silent_until_ms = event->finding.is_over ? event->end_ms : run->silent_until_ms;
}

static void put_segment(struct run *run, bool is_final)
{
    static const char *const texts[] = {"yeah", "good. bad! so?", "hold on", "", "no", "\xff\xfe"};
    struct st_word words[WORDS_MAX];
    unsigned kind = take(run), channel = kind & 1;
    struct st_segment segment = {.is_final = is_final,
                                 .text = texts[kind / 2 % 6],
                                 .words = words,
                                 .word_count = kind / 16 % WORDS_MAX};
    segment.start_us = take_ms(run) * 1000;
    segment.end_us = take_ms(run) * 1000;
    for (size_t i = 0; i < segment.word_count; i++) {
        int64_t start_us = take_ms(run) * 1000;
        words[i] = (struct st_word){texts[(kind + i) % 6], start_us, take_ms(run) * 1000, 1};
    }
    if (!is_final) {
        st_characteristics_put_partial(run->spoken, channel, &segment);
        return;
    }
    struct st_sentiment_scores scores = st_sentiment_score(run->lexicon, segment.text);
    st_felt_put(run->history, channel, &segment, run->lexicon, &scores);
    st_characteristics_put_final(run->spoken, channel, channel + ST_ROLE_AGENT, &segment);
}

static void put_audio(struct run *run)
{
    unsigned kind = take(run);
    struct st_audio_second second = {.start_us = take_ms(run) * 1000,
                                     .speech_us = (int32_t)(kind / 2) * 8000,
                                     .tone_us = kind % 4 == 3 ? 1000000 : 0,
                                     .speech_db = (float)kind - 150};
    st_characteristics_put_audio(run->spoken, kind & 1, &second);
}

static void check_channel(const struct st_characteristics_window *window, unsigned i)
{
    const struct st_characteristics_channel *of = &window->channels[i];
    int64_t length_us = window->until_us - window->from_us;
    require(of->talk_us <= length_us && of->monologue_us <= length_us);
    require(window->overlap_us <= of->talk_us);
    require(of->interruptions <= of->segments);
    require(of->loudness_mean <= of->loudness_max && of->loudness_max <= 100);
}

static void check(struct run *run)
{
    struct st_characteristics_window window;
    struct st_sentiment_window felt;
    struct st_sentiment_quarters quarters;
    int64_t from_us = take_ms(run) * 1000, until_us = take_ms(run) * 1000;
    st_characteristics_measure(run->spoken, from_us, until_us, &window);
    st_sentiment_history_measure(run->history, from_us, until_us, &felt);
    st_felt_quarters(run->history, 0, &quarters);
    require(quarters.overall.score >= -5 && quarters.overall.score <= 5);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        require(run->spoken->channels[i].talks.count <
                ST_TALK_TALKS_MAX + ST_STRETCHES_PER_SEGMENT);
        require(run->spoken->channels[i].second_count <= ST_TALK_SECONDS_MAX + 60);
        require(felt.channels[i].mean >= -1.001 && felt.channels[i].mean <= 1.001);
    }
    if (run->spoken->folded_ms > 0 || window.from_us > window.until_us)
        return;
    check_channel(&window, 0);
    check_channel(&window, 1);
    require(window.non_talk_us <= window.until_us - window.from_us);
    require(window.non_talk_longest_us <= window.non_talk_us);
}

static void step(struct run *run)
{
    unsigned what = take(run);
    if (what % 8 < 3)
        put_segment(run, true);
    else if (what % 8 == 3)
        put_segment(run, false);
    else if (what % 8 == 4)
        put_audio(run);
    else if (what % 8 == 5)
        st_characteristics_set_paused(run->spoken, what & 8, run->at_ms * 1000);
    else if (what % 8 == 6)
        check(run);
    run->at_ms += what / 8 * 100;
    st_characteristics_advance(run->spoken, run->at_ms * 1000);
    st_silence_look(&run->silence, run->spoken, on_silence, run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char lexicon[] = "good\t1.9\nbad\t-2.5\n";
    char why[100];
    struct run run = {.spoken = st_characteristics_create(),
                      .history = st_felt_create(),
                      .silence = {.least_ms = 10000},
                      .data = data,
                      .bytes = bytes};
    st_sentiment_lexicon_create(&run.lexicon, lexicon, strlen(lexicon), why, sizeof(why));
    while (run.bytes > 0)
        step(&run);
    st_characteristics_end(run.spoken, run.at_ms * 1000);
    st_silence_look(&run.silence, run.spoken, on_silence, &run);
    require(!run.is_silent);
    check(&run);
    st_characteristics_destroy(run.spoken);
    st_felt_destroy(run.history);
    st_sentiment_lexicon_destroy(run.lexicon);
    return 0;
}
