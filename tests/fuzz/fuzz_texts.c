/*
 * What is found in the text, and the text as shown. The first byte chooses the format; then lines:
 * two bytes for channel, kind and times, and what was said.
 */
#include "sidetone/analysis.h"
#include "sidetone/call_facts.h"
#include "sidetone/profanity.h"
#include "sidetone/profanity_list.h"
#include "sidetone/question.h"
#include "sidetone/rules.h"
#include "sidetone/script.h"
#include "sidetone/topic.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 1024, WORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static size_t shown_chars[SEGMENTS_MAX]; /* by segment */

static const char document[] =
    "categories:\n"
    "- {name: a, topic: true, phrases: [bill, hello]}\n"
    "- {name: b, topic: true, phrases: [refund]}\n"
    "scripts:\n"
    "- {name: c, within_s: 9, steps: [hello dear customer, {say: this call is recorded for "
    "quality, "
    "optional: true}]}\n"
    "- {name: d, role: customer, any_order: true, steps: [[how are you, my bill is wrong]]}\n";

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_place(uint64_t segment_id, uint32_t begin, uint32_t end)
{
    check(segment_id < SEGMENTS_MAX && begin <= end && end <= shown_chars[segment_id]);
}

static void check_script(const struct st_script_finding *script)
{
    check(script->percent <= 100 && script->said <= script->required);
    for (size_t i = 0; i < script->step_count; i++)
        check(script->steps[i].score >= 0 && script->steps[i].score <= 1 &&
              script->steps[i].start_us <= script->steps[i].end_us);
}

static void on_finding(void *user, const struct st_finding *finding)
{
    (void)user;
    switch (finding->type) {
    case ST_FINDING_QUESTION:
        check_place(finding->segment_id, finding->question->begin_char,
                    finding->question->end_char);
        check(strlen(finding->question->text) <= ST_QUESTION_TEXT_MAX);
        check(finding->start_us <= finding->end_us);
        break;
    case ST_FINDING_PROFANITY:
        check(finding->profanity->span_count <= ST_PROFANITY_SPANS_MAX);
        for (size_t i = 0; i < finding->profanity->span_count; i++)
            check_place(finding->segment_id, finding->profanity->spans[i].begin_char,
                        finding->profanity->spans[i].end_char);
        break;
    case ST_FINDING_SCRIPT:
        check_script(finding->script);
        break;
    case ST_FINDING_TOPIC:
        check(finding->topic->share >= 0 && finding->topic->share <= 1.000001);
        break;
    default:
        break;
    }
}

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *shown)
{
    const struct st_segment *segment = &shown->segment;
    size_t chars = 0;
    (void)user;
    (void)channel;
    for (const char *at = segment->text; *at; at++)
        chars += ((unsigned char)*at & 0xc0) != 0x80;
    shown_chars[segment->id] = chars;
    for (size_t i = 0; i < segment->word_count; i++)
        check(strlen(segment->words[i].text) > 0);
}

static struct st_rules *compile(void)
{
    struct st_rules *rules = NULL;
    struct st_problems problems;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "fuzz");
    check(st_rule_book_read(book, document, strlen(document), &problems) == 0);
    check(st_rules_compile(&rules, book, &problems) == 0);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

/* The text's own words, or a few of them. */
static size_t cut_words(char *text, struct st_word *words, int64_t start_us)
{
    size_t count = 0;
    for (char *word; count < WORDS_MAX && (word = strsep(&text, " ")) != NULL;)
        if (*word) {
            int64_t at_us = start_us + (int64_t)count * 300000;
            words[count++] = (struct st_word){word, at_us, at_us + 250000, 0.5F};
        }
    return count;
}

static void put(struct st_analysis *analysis, uint64_t id, const char *line, int64_t at_us)
{
    struct st_word words[WORDS_MAX];
    uint8_t kind = (uint8_t)line[0], time = (uint8_t)line[1];
    const char *text = line + 2;
    char *copy = strdup(text);
    struct st_segment segment = {
        .id = id,
        .is_final = (kind & 6) != 2,
        .is_unsure = (kind & 24) == 24,
        .start_us = at_us,
        .end_us = at_us + ((int64_t)time - 32) * 100000,
        .text = text,
        .confidence = (float)time / 255,
    };
    if (kind & 32 && segment.is_final) {
        segment.words = words;
        segment.word_count = cut_words(copy, words, at_us);
        segment.word_times = ST_WORD_TIMES_MEASURED;
    }
    st_analysis_put_segment(analysis, kind & 1, &segment);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const struct st_analysis_events events = {.segment = on_segment, .finding = on_finding};
    static struct st_rules *rules;
    static struct st_profanity_list *list;
    if (!rules) {
        rules = compile();
        list = st_profanity_list_create();
        st_profanity_list_add_own(list);
    }
    uint8_t format = bytes > 0 ? data[0] : 0;
    struct st_analysis_settings settings = {
        .rules = rules,
        .profanity = list,
        .format = {format & 1, format & 2, format & 4, format & 8},
    };
    struct st_call_facts *facts = st_call_facts_create();
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = format & 16 ? ST_ROLE_CUSTOMER : ST_ROLE_UNKNOWN;
    facts->engine = "moonshine";
    struct st_analysis *analysis = st_analysis_create(&settings, facts, &events, NULL);
    char *text = strndup((const char *)data, bytes), *rest = text;
    int64_t at_us = 0;
    for (uint64_t id = 0; rest && id < SEGMENTS_MAX; id++) {
        char *line = strsep(&rest, "\n");
        if (strlen(line) < 2)
            continue;
        put(analysis, id, line, at_us);
        at_us += (int64_t)(uint8_t)line[1] * 100000;
        st_analysis_tick(analysis, at_us);
    }
    st_analysis_finish(analysis, at_us);
    st_analysis_destroy(analysis);
    st_call_facts_unref(facts);
    free(text);
    return 0;
}
