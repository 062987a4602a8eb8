/*
 * Everything that is found in a call, all stages on, whatever its segments are. The first byte
 * chooses how things are shown; then lines: three bytes for what happens, on which channel and
 * when, and what is said. What has to hold is in watched_analysis.h.
 *
 * Between the lines a card is dictated in pieces. No letter or digit that its five digits in a row
 * need is in what the fuzzer says, so that they cannot come from anywhere else.
 */
#include "watched_analysis.h"

#include "sidetone/audio_second.h"
#include "sidetone/call_facts.h"
#include "sidetone/profanity_list.h"
#include "sidetone/rules.h"
#include "sidetone/sentiment.h"

#include <stdint.h>

enum { WORDS_MAX = 64, LINE_HEAD = 3, CARD_DIGITS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const documents[] = {
    "categories:\n"
    "- {name: a, severity: high, provisional: true, phrases: [hello ... help, 'bill*']}\n"
    "- {name: b, topic: true, rules: [{phrase: [bill, you]}, {phrase: sorry, absent: true}]}\n"
    "- {name: c, rules: [{sequence: {first: hello, without: help, within_s: 5}}]}\n"
    "- {name: d, rules: [{any: [{category: a}, {talk_speed: {above_wpm: 100, over_s: 5}}]}]}\n"
    "scripts:\n"
    "- {name: e, within_s: 9, steps: [hello dear customer, {say: how may i help, optional: "
    "true}]}\n",
    "categories:\n"
    "- {name: a, severity: low, provisional: true, phrases: [card]}\n"
    "- {name: g, rules: [{sentiment: {score_below: 0}}, {non_talk: {total_above_s: 3}}]}\n"
    "scripts:\n"
    "- {name: e, any_order: true, steps: [hello dear customer]}\n"
    "- {name: h, role: customer, steps: [my bill is bad]}\n",
};

struct fixed {
    struct st_rules *rules[2];
    struct st_profanity_list *profanity;
    struct st_pii_lexicon *names;
    struct st_sentiment_lexicon *lexicon;
    struct st_issue_model *issues;
};

struct run {
    struct watched watched;
    struct st_analysis_settings settings;
    int64_t at_us;
    uint64_t ids[ST_CHANNELS_MAX];
    unsigned given; /* digits of the card */
    uint8_t format;
};

static struct fixed fixed;

static struct st_rules *compile(const char *document)
{
    struct st_rules *rules = NULL;
    struct st_problems problems;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "fuzz");
    int err = st_rule_book_read(book, document, strlen(document), &problems);
    watched_require(!err && st_rules_compile(&rules, book, &problems) == 0, "the rules are good");
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

static void make_fixed(void)
{
    static const char names[] = "given\tSarah\nsurname\tBaker\ncity\tAustin\n";
    static const char words[] = "good\t1.9\nbad\t-2.5\n";
    char why[100];
    fixed.rules[0] = compile(documents[0]);
    fixed.rules[1] = compile(documents[1]);
    fixed.profanity = st_profanity_list_create();
    st_profanity_list_add_own(fixed.profanity);
    fixed.issues = st_issue_model_create(NULL);
    watched_require(
        st_pii_lexicon_create(&fixed.names, names, strlen(names), why, sizeof(why)) == 0 &&
            st_sentiment_lexicon_create(&fixed.lexicon, words, strlen(words), why, sizeof(why)) ==
                0,
        "the words are good");
}

/* ---- what is said ---- */

static void take_card_out(char *text)
{
    for (; *text; text++) {
        if (*text >= '2' && *text <= '9')
            *text = '1';
        else if (strchr("nN", *text))
            *text = 'm';
        else if (strchr("fFxXgG", *text))
            *text = 'p';
    }
}

/* The text's own words, or others, or hardly any. */
static size_t cut_words(char *text, unsigned kind, struct st_word *words, int64_t start_us)
{
    size_t count = 0;
    bool is_hostile = start_us < INT64_MIN / 2 || start_us > INT64_MAX / 2;
    for (char *word; count < WORDS_MAX && (word = strsep(&text, " ")) != NULL; count++) {
        int64_t step_us = is_hostile ? 0 : kind & 1 ? -300000 : 300000;
        int64_t at_us = start_us + (int64_t)count * step_us;
        words[count] =
            (struct st_word){kind & 2 ? "" : word, at_us, is_hostile ? 0 : at_us + 250000, 0.5F};
    }
    return kind & 4 ? count / 2 : count;
}

static int64_t time_of(const struct run *run, uint8_t byte)
{
    static const int64_t hostile[] = {INT64_MIN, INT64_MAX, -1};
    return byte >= 253 ? hostile[byte - 253] : run->at_us + ((int64_t)byte - 64) * 100000;
}

static void put(struct run *run, const uint8_t *head, char *text)
{
    struct st_word words[WORDS_MAX];
    unsigned channel = head[0] & 1;
    char *copy = strdup(text);
    struct st_segment segment = {
        .id = run->ids[channel],
        .is_final = !(head[0] & 2),
        .is_unsure = (head[0] & 12) == 12,
        .start_us = time_of(run, head[1]),
        .end_us = time_of(run, head[2]),
        .text = text,
        .confidence = (float)head[1] / 255,
    };
    if (segment.is_final && head[0] & 16) {
        segment.words = words;
        segment.word_count = cut_words(copy, head[2], words, segment.start_us);
        segment.word_times = ST_WORD_TIMES_MEASURED;
    }
    if (segment.is_final && run->ids[channel] + 1 < WATCHED_IDS_MAX)
        run->ids[channel]++;
    watched_put(&run->watched, channel, &segment);
    free(copy);
}

static void say(struct run *run, unsigned channel, const char *text)
{
    struct st_segment segment = {.id = run->ids[channel],
                                 .is_final = true,
                                 .start_us = run->at_us,
                                 .end_us = run->at_us + 1000000,
                                 .text = text};
    run->at_us += 1000000;
    if (run->ids[channel] + 1 < WATCHED_IDS_MAX)
        run->ids[channel]++;
    watched_put(&run->watched, channel, &segment);
}

/* The next one to four digits of the card, in words or figures. */
static void dictate(struct run *run, unsigned kind)
{
    static const char *const names[] = {"zero", "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};
    char words[64] = "", figures[8] = "";
    for (unsigned i = 0; i <= (kind & 3); i++) {
        char digit = WATCHED_CARD[run->given++];
        snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s%s", i > 0 ? " " : "",
                 names[digit - '0']);
        figures[i] = digit;
        if (run->given == CARD_DIGITS)
            break;
    }
    run->given %= CARD_DIGITS;
    say(run, 0, "what is your card number");
    say(run, 1, kind & 4 ? figures : words);
}

/* ---- what happens ---- */

static void hear(struct run *run, const uint8_t *head)
{
    struct st_audio_second second = {.start_us = run->at_us / 1000000 * 1000000,
                                     .speech_us = head[1] * 4000,
                                     .speech_db = (float)head[2] - 150};
    st_analysis_put_audio(run->watched.analysis, head[0] & 1, &second);
}

static void happen(struct run *run, const uint8_t *head, char *text)
{
    switch (head[0] >> 5) {
    case 4:
        dictate(run, head[1]);
        break;
    case 5:
        hear(run, head);
        break;
    case 6:
        st_analysis_set_paused(run->watched.analysis, head[0] & 1, run->at_us);
        break;
    case 7:
        run->settings.rules = fixed.rules[head[0] & 1];
        st_analysis_set_settings(run->watched.analysis, &run->settings);
        break;
    default:
        put(run, head, text);
        break;
    }
    run->at_us += (int64_t)(head[1] & 63) * 50000;
    st_analysis_tick(run->watched.analysis, run->at_us);
}

static void play(struct run *run, char *text)
{
    struct st_call_facts *facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = run->format & 16 ? ST_ROLE_UNKNOWN : ST_ROLE_CUSTOMER;
    facts->engine = "moonshine";
    watched_begin(&run->watched, &run->settings, facts);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strlen(line) < LINE_HEAD)
            continue;
        uint8_t head[LINE_HEAD];
        memcpy(head, line, LINE_HEAD);
        take_card_out(line + LINE_HEAD);
        happen(run, head, line + LINE_HEAD);
    }
    watched_end(&run->watched, run->at_us);
    st_call_facts_unref(facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct run run;
    if (!fixed.issues)
        make_fixed();
    uint8_t format = bytes > 0 ? data[0] : 0;
    run = (struct run){.format = format};
    run.settings = (struct st_analysis_settings){
        .privacy = {.mode = ST_PII_REDACT,
                    .style = (enum st_pii_style)(format >> 5 & 3),
                    .types = ST_PII_TYPES_ALL,
                    .lexicon = fixed.names,
                    .key = {1, 2}},
        .rules = fixed.rules[0],
        .lexicon = fixed.lexicon,
        .profanity = fixed.profanity,
        .issues = fixed.issues,
        .format = {format & 1, format & 2, format & 4, format & 8},
    };
    char *text = malloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        text[i] = data[i] == 0 ? ' ' : (char)data[i];
    text[bytes] = '\0';
    play(&run, text + (bytes > 0));
    free(text);
    return 0;
}
