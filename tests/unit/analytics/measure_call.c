/*
 * Runs a call through the analysis and prints what is measured, for comparing with a second
 * opinion. Standard input, one line each, times in ms, separated by tabs:
 *
 *   final CHANNEL START END WORD:START:END…   partial CHANNEL START END TEXT
 *   audio CHANNEL SECOND SPEECH_MS DB         pause 0|1 AT      tick AT      end AT
 *   window FROM UNTIL                         (UNTIL -1: so far; after `end`)
 *
 * usage: measure_call [LEXICON] < CALL
 */
#include "measures/felt.h"
#include "measures/talk.h"

#include "sidetone/analysis.h"
#include "sidetone/audio_second.h"
#include "sidetone/buf.h"
#include "sidetone/call_facts.h"
#include "sidetone/json_writer.h"
#include "sidetone/message.h"
#include "sidetone/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 5000 };

struct run {
    struct st_analysis *analysis;
    struct st_characteristics *spoken;
    struct st_call_facts *facts;
    struct st_json_writer json;
    uint64_t segment_id, seq;
};

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void on_finding(void *user, const struct st_finding *finding)
{
    static const enum st_event_type types[ST_FINDING_TYPES] = {
        [ST_FINDING_SENTIMENT] = ST_EVENT_SENTIMENT_UPDATED,
        [ST_FINDING_SENTIMENT_SHIFT] = ST_EVENT_SENTIMENT_SHIFTED,
        [ST_FINDING_CHARACTERISTICS] = ST_EVENT_CHARACTERISTICS_UPDATED,
        [ST_FINDING_SILENCE] = ST_EVENT_SILENCE_DETECTED,
    };
    struct run *run = user;
    if (!types[finding->type])
        return;
    struct st_event event = {.type = types[finding->type],
                             .seq = ++run->seq,
                             .media_us = finding->end_us,
                             .call = run->facts,
                             .channel = finding->channel,
                             .role = finding->role,
                             .finding = finding};
    struct st_message *message = st_message_encode(&event, &run->json);
    printf("%.*s\n", (int)message->json->len, (const char *)message->json->data);
    st_message_unref(message);
}

static void put_final(struct run *run, char *rest)
{
    static struct st_word words[WORDS_MAX];
    static char text[1 << 20];
    char *save = NULL;
    unsigned channel = (unsigned)atoi(strtok_r(rest, "\t", &save));
    struct st_segment segment = {.id = ++run->segment_id, .is_final = true, .text = text};
    segment.start_us = atoll(strtok_r(NULL, "\t", &save)) * 1000;
    segment.end_us = atoll(strtok_r(NULL, "\t", &save)) * 1000;
    segment.words = words;
    segment.word_times = ST_WORD_TIMES_MEASURED;
    text[0] = '\0';
    size_t used = 0;
    for (char *word; (word = strtok_r(NULL, "\t", &save)) != NULL && *word;) {
        char *until = strrchr(word, ':');
        *until++ = '\0';
        char *from = strrchr(word, ':');
        *from++ = '\0';
        words[segment.word_count++] =
            (struct st_word){word, atoll(from) * 1000, atoll(until) * 1000, ST_CONFIDENCE_ABSENT};
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used > 0 ? " " : "", word);
    }
    st_analysis_put_segment(run->analysis, channel, &segment);
    st_characteristics_put_final(run->spoken, channel, run->facts->roles[channel], &segment);
}

static void put_partial(struct run *run, char *rest)
{
    char *save = NULL;
    unsigned channel = (unsigned)atoi(strtok_r(rest, "\t", &save));
    struct st_segment segment = {.id = run->segment_id + 1};
    segment.start_us = atoll(strtok_r(NULL, "\t", &save)) * 1000;
    segment.end_us = atoll(strtok_r(NULL, "\t", &save)) * 1000;
    segment.text = strtok_r(NULL, "\t", &save);
    st_analysis_put_segment(run->analysis, channel, &segment);
}

static void put_audio(struct run *run, const char *rest)
{
    unsigned channel, second, speech_ms;
    double db;
    if (sscanf(rest, "%u %u %u %lf", &channel, &second, &speech_ms, &db) != 4)
        return;
    struct st_audio_second audio = {.start_us = (int64_t)second * 1000000,
                                    .speech_us = (int32_t)speech_ms * 1000,
                                    .speech_db = (float)db};
    st_analysis_put_audio(run->analysis, channel, &audio);
    st_characteristics_put_audio(run->spoken, channel, &audio);
}

static void print_window(struct run *run, const char *rest)
{
    long long from_ms, until_ms;
    struct st_characteristics_window window;
    if (sscanf(rest, "%lld %lld", &from_ms, &until_ms) != 2)
        return;
    st_characteristics_measure(run->spoken, from_ms * 1000,
                               until_ms < 0 ? INT64_MAX : until_ms * 1000, &window);
    printf("{\"type\":\"window\",\"from_ms\":%lld,\"overlap_ms\":%lld,\"non_talk_ms\":%lld,"
           "\"non_talk_longest_ms\":%lld,\"non_talks\":%u,\"channels\":[",
           from_ms, (long long)window.overlap_us / 1000, (long long)window.non_talk_us / 1000,
           (long long)window.non_talk_longest_us / 1000, window.non_talks);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct st_characteristics_channel *of = &window.channels[i];
        printf("%s{\"talk_ms\":%lld,\"words\":%u,\"segments\":%u,\"interruptions\":%u,"
               "\"interruption_ms\":%lld,\"monologue_ms\":%lld,\"loudness\":[%.3f,%.1f]}",
               i > 0 ? "," : "", (long long)of->talk_us / 1000, of->words, of->segments,
               of->interruptions, (long long)of->interruption_us / 1000,
               (long long)of->monologue_us / 1000, (double)of->loudness_mean,
               (double)of->loudness_max);
    }
    printf("]}\n");
}

static void put_line(struct run *run, char *line)
{
    char *rest = strchr(line, '\t');
    if (!rest)
        return;
    *rest++ = '\0';
    if (strcmp(line, "final") == 0) {
        put_final(run, rest);
    } else if (strcmp(line, "partial") == 0) {
        put_partial(run, rest);
    } else if (strcmp(line, "audio") == 0) {
        put_audio(run, rest);
    } else if (strcmp(line, "pause") == 0) {
        st_analysis_set_paused(run->analysis, rest[0] == '1', atoll(rest + 2) * 1000);
    } else if (strcmp(line, "tick") == 0) {
        st_analysis_tick(run->analysis, atoll(rest) * 1000);
        st_characteristics_advance(run->spoken, atoll(rest) * 1000);
    } else if (strcmp(line, "end") == 0) {
        st_analysis_finish(run->analysis, atoll(rest) * 1000);
        st_characteristics_end(run->spoken, atoll(rest) * 1000);
    } else if (strcmp(line, "window") == 0) {
        print_window(run, rest);
    }
}

static struct st_sentiment_lexicon *load_lexicon(const char *path)
{
    static char text[8 << 20], why[200];
    struct st_sentiment_lexicon *lexicon = NULL;
    FILE *file = path ? fopen(path, "rb") : NULL;
    size_t bytes = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file && st_sentiment_lexicon_create(&lexicon, text, bytes, why, sizeof(why)) < 0)
        fprintf(stderr, "%s: %s\n", path, why);
    if (file)
        fclose(file);
    return lexicon;
}

int main(int argc, char **argv)
{
    static const struct st_analysis_events events = {on_segment, on_finding};
    struct run run = {.facts = st_call_facts_create(), .spoken = st_characteristics_create()};
    struct st_sentiment_lexicon *lexicon = load_lexicon(argc > 1 ? argv[1] : NULL);
    struct st_analysis_settings settings = {.lexicon = lexicon};
    char *line = NULL;
    size_t cap = 0;
    st_rules_compile(&settings.rules, NULL, NULL);
    st_call_facts_set(&run.facts->call_id, "generated");
    run.facts->roles[0] = ST_ROLE_AGENT;
    run.facts->roles[1] = ST_ROLE_CUSTOMER;
    run.analysis = st_analysis_create(&settings, run.facts, &events, &run);
    for (ssize_t len; (len = getline(&line, &cap, stdin)) > 0;) {
        line[strcspn(line, "\n")] = '\0';
        put_line(&run, line);
    }
    free(line);
    st_analysis_destroy(run.analysis);
    st_characteristics_destroy(run.spoken);
    st_rules_unref(settings.rules);
    st_sentiment_lexicon_destroy(lexicon);
    st_call_facts_unref(run.facts);
    st_json_fini(&run.json);
    return 0;
}
