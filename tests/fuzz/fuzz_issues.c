/*
 * Segments through sentences, cues, issues and summary. Lines of text, the first byte of each
 * saying whose it is and how its times lie. Spans are inside their text, ids count up, no more
 * stand than may.
 */
#include "sidetone/analysis.h"
#include "sidetone/call_facts.h"
#include "sidetone/issues.h"
#include "sidetone/rules.h"
#include "sidetone/summary.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct listening {
    const char *text; /* of the segment being put; findings are of it or of an earlier one */
    uint64_t segment_id;
    uint32_t last_id;
    uint64_t tickets[16];
    size_t ticket_count;
};

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static size_t count_chars(const char *text)
{
    size_t chars = 0;
    for (; *text; text++)
        chars += ((unsigned char)*text & 0xc0) != 0x80;
    return chars;
}

static void check_issue(struct listening *listening, const struct st_finding *finding)
{
    const struct st_issue_finding *issue = finding->issue;
    if (issue->id == 0 || issue->id > ST_ISSUES_MAX || issue->id > listening->last_id + 1)
        abort();
    if ((issue->state == ST_ISSUE_NEW) != (issue->id > listening->last_id))
        abort();
    if (issue->id > listening->last_id)
        listening->last_id = issue->id;
    if (issue->begin_chars >= issue->end_chars || issue->bytes == 0 || !(issue->score > 1))
        abort();
    if (finding->segment_id == listening->segment_id &&
        issue->end_chars > count_chars(listening->text))
        abort();
    if (finding->start_us > finding->end_us)
        abort();
}

static void on_finding(void *user, const struct st_finding *finding)
{
    if (finding->type == ST_FINDING_ISSUE)
        check_issue(user, finding);
    else if (finding->type == ST_FINDING_SUMMARY && finding->summary->count > ST_ISSUES_MAX)
        abort();
}

/* Half of the questions wait. */
static int on_ask(void *user, uint64_t ticket, const char *text, float *ret_vector)
{
    struct listening *listening = user;
    if (ticket % 2 == 0 || listening->ticket_count == 16)
        return -1;
    (void)text;
    (void)ret_vector;
    listening->tickets[listening->ticket_count++] = ticket;
    return 0;
}

static void answer(struct listening *listening, struct st_analysis *analysis)
{
    float vector[ST_VECTOR_LEN] = {1};
    uint64_t tickets[16];
    size_t count = listening->ticket_count;
    memcpy(tickets, listening->tickets, sizeof(tickets));
    listening->ticket_count = 0;
    while (count-- > 0)
        st_analysis_put_vector(analysis, tickets[count], count % 2 ? vector : NULL);
}

static struct st_rules *no_rules(void)
{
    struct st_problems problems;
    struct st_rules *rules = NULL;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "");
    st_rules_compile(&rules, book, &problems);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

/* Times that go forwards, backwards, or as far as they can. */
static void set_times(struct st_segment *segment, uint8_t how)
{
    static const int64_t times[] = {0, 1000000, -5, INT64_MAX, INT64_MIN, 3000000, 86400000000, 7};
    segment->start_us = times[how >> 2 & 7];
    segment->end_us = times[how >> 5 & 7];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct st_issue_model *model;
    static struct st_rules *rules;
    const struct st_analysis_events events = {.segment = on_segment, .finding = on_finding};
    struct listening listening = {0};
    if (!model) {
        model = st_issue_model_create(NULL);
        rules = no_rules();
    }
    struct st_call_facts *facts = st_call_facts_create();
    facts->roles[1] = ST_ROLE_CUSTOMER;
    struct st_analysis_settings settings = {.rules = rules, .issues = model};
    struct st_analysis *analysis = st_analysis_create(&settings, facts, &events, &listening);
    st_analysis_set_ask(analysis, on_ask);
    for (size_t at = 0; at < bytes;) {
        const uint8_t *end = memchr(data + at, '\n', bytes - at);
        size_t line = end ? (size_t)(end - data) - at : bytes - at;
        char *text = calloc(1, line + 1);
        if (line > 1)
            memcpy(text, data + at + 1, line - 1);
        struct st_segment segment = {.id = ++listening.segment_id,
                                     .is_final = true,
                                     .text = text,
                                     .confidence = ST_CONFIDENCE_ABSENT};
        set_times(&segment, data[at]);
        listening.text = text;
        st_analysis_put_segment(analysis, data[at] & 1, &segment);
        if (data[at] & 2)
            answer(&listening, analysis);
        free(text);
        at += line + 1;
    }
    listening.segment_id = 0;
    st_analysis_finish(analysis, 1000000);
    st_analysis_destroy(analysis);
    st_call_facts_unref(facts);
    return 0;
}
