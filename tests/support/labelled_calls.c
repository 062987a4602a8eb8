#include "labelled_calls.h"

#include "sidetone/call_facts.h"
#include "sidetone/mem.h"
#include "sidetone/rules.h"
#include "sidetone/segment.h"
#include "sidetone/summary.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_US = 6000000, WORD_US = 300000 };

/* ---- reading ---- */

static enum st_issue_kind kind_of(char letter)
{
    assert(letter == 'i' || letter == 'o' || letter == 'a');
    return letter == 'i' ? ST_ISSUE_ISSUE : letter == 'o' ? ST_ISSUE_OUTCOME : ST_ISSUE_ACTION_ITEM;
}

/* The marks are taken out of the text; it is ASCII, so bytes are characters. */
static void read_line(struct labelled_line *line, const char *text)
{
    size_t used = 0;
    for (; *text && *text != '\n'; text++) {
        assert(used + 1 < sizeof(line->text) && (unsigned char)*text < 0x80);
        if (*text == '{') {
            assert(line->span_count < LABELLED_SPANS_MAX && text[2] == '|');
            line->spans[line->span_count].kind = kind_of(text[1]);
            line->spans[line->span_count].begin_chars = used;
            text += 2;
        } else if (*text == '}') {
            line->spans[line->span_count++].end_chars = used;
        } else {
            line->text[used++] = *text;
        }
    }
    line->text[used] = '\0';
}

struct labelled_calls *labelled_calls_read(const char *path)
{
    char text[1024];
    FILE *file = fopen(path, "re");
    assert(file);
    struct labelled_calls *calls = st_mem_alloc(sizeof(*calls));
    while (fgets(text, sizeof(text), file)) {
        if (text[0] == '=') {
            assert(calls->count < LABELLED_CALLS_MAX);
            snprintf(calls->calls[calls->count++].name, sizeof(calls->calls[0].name), "%.*s",
                     (int)strcspn(text + 3, "\n"), text + 3);
            continue;
        }
        struct labelled_call *call = &calls->calls[calls->count - 1];
        assert(call->line_count < LABELLED_LINES_MAX && (text[0] == 'A' || text[0] == 'C'));
        struct labelled_line *line = &call->lines[call->line_count++];
        line->role = text[0] == 'A' ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
        read_line(line, text + 2);
    }
    fclose(file);
    return calls;
}

/* ---- measuring ---- */

struct standing {
    enum st_issue_kind kind;
    size_t line, begin_chars, end_chars;
};

struct listening {
    st_ask_vector_fn ask;
    struct standing standing[ST_ISSUES_MAX];
    size_t count;
    unsigned changes;
};

static void on_segment(void *user, unsigned channel, const struct st_cleared_segment *segment)
{
    (void)user;
    (void)channel;
    (void)segment;
}

static void on_finding(void *user, const struct st_finding *finding)
{
    struct listening *listening = user;
    if (finding->type != ST_FINDING_ISSUE)
        return;
    const struct st_issue_finding *issue = finding->issue;
    listening->changes++;
    if (issue->id > listening->count)
        listening->count = issue->id;
    listening->standing[issue->id - 1] = (struct standing){.kind = issue->kind,
                                                           .line = finding->segment_id - 1,
                                                           .begin_chars = issue->begin_chars,
                                                           .end_chars = issue->end_chars};
}

static void listen_to(struct listening *listening, const struct labelled_call *call,
                      const struct st_analysis_settings *settings)
{
    struct st_call_facts *facts = st_call_facts_create();
    struct st_analysis_events events = {.segment = on_segment, .finding = on_finding};
    facts->roles[0] = ST_ROLE_AGENT;
    facts->roles[1] = ST_ROLE_CUSTOMER;
    struct st_analysis *analysis = st_analysis_create(settings, facts, &events, listening);
    st_analysis_set_ask(analysis, listening->ask);
    for (size_t i = 0; i < call->line_count; i++) {
        int64_t start_us = (int64_t)i * LINE_US;
        struct st_segment segment = {.id = i + 1,
                                     .is_final = true,
                                     .start_us = start_us,
                                     .end_us = start_us + LINE_US - WORD_US,
                                     .text = call->lines[i].text};
        st_analysis_put_segment(analysis, call->lines[i].role == ST_ROLE_CUSTOMER, &segment);
    }
    st_analysis_finish(analysis, (int64_t)call->line_count * LINE_US);
    st_analysis_destroy(analysis);
    st_call_facts_unref(facts);
}

/* They share at least half of the shorter one. */
static bool hits(const struct standing *standing, size_t line, const struct labelled_span *span)
{
    if (standing->line != line || standing->kind != span->kind)
        return false;
    size_t begin =
        standing->begin_chars > span->begin_chars ? standing->begin_chars : span->begin_chars;
    size_t end = standing->end_chars < span->end_chars ? standing->end_chars : span->end_chars;
    size_t left = standing->end_chars - standing->begin_chars;
    size_t right = span->end_chars - span->begin_chars;
    return end > begin && 2 * (end - begin) >= (left < right ? left : right);
}

static bool hits_any(const struct standing *standing, const struct labelled_call *call)
{
    const struct labelled_line *line = &call->lines[standing->line];
    for (size_t i = 0; i < line->span_count; i++)
        if (hits(standing, standing->line, &line->spans[i]))
            return true;
    return false;
}

static bool is_found(const struct listening *listening, size_t line,
                     const struct labelled_span *span)
{
    for (size_t i = 0; i < listening->count; i++)
        if (hits(&listening->standing[i], line, span))
            return true;
    return false;
}

static void report_line(void (*report)(const char *line), const struct labelled_call *call,
                        const char *what, enum st_issue_kind kind, const char *text)
{
    char line[800];
    if (!report)
        return;
    snprintf(line, sizeof(line), "%s: %s %s: %s", call->name, what, st_issue_kind_name(kind), text);
    report(line);
}

static void count_standing(struct labelled_figures *figures, const struct listening *listening,
                           const struct labelled_call *call, void (*report)(const char *line))
{
    bool has_issue = false;
    for (size_t i = 0; i < listening->count; i++) {
        const struct standing *standing = &listening->standing[i];
        bool is_right = hits_any(standing, call);
        figures->told[standing->kind]++;
        figures->right[standing->kind] += is_right;
        if (!is_right) {
            char text[512];
            snprintf(text, sizeof(text), "%.*s", (int)(standing->end_chars - standing->begin_chars),
                     call->lines[standing->line].text + standing->begin_chars);
            report_line(report, call, "wrong", standing->kind, text);
        }
        if (standing->kind == ST_ISSUE_ISSUE && !has_issue) {
            has_issue = true;
            figures->issue_hits += is_right;
        }
    }
}

static struct st_rules *no_rules(void)
{
    struct st_problems problems;
    struct st_rules *rules = NULL;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "");
    int err = st_rules_compile(&rules, book, &problems);
    assert(err == 0);
    (void)err;
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

struct labelled_figures labelled_calls_measure(const struct labelled_calls *calls,
                                               const struct st_analysis_settings *settings,
                                               int (*ask)(void *user, uint64_t ticket,
                                                          const char *text, float *ret_vector),
                                               void (*report)(const char *line))
{
    struct labelled_figures figures = {.calls = (unsigned)calls->count};
    struct st_analysis_settings with_rules = *settings;
    with_rules.rules = no_rules();
    for (size_t c = 0; c < calls->count; c++) {
        const struct labelled_call *call = &calls->calls[c];
        struct listening listening = {.ask = ask};
        listen_to(&listening, call, &with_rules);
        figures.changes += listening.changes;
        count_standing(&figures, &listening, call, report);
        for (size_t i = 0; i < call->line_count; i++)
            for (size_t k = 0; k < call->lines[i].span_count; k++) {
                const struct labelled_span *span = &call->lines[i].spans[k];
                bool is_hit = is_found(&listening, i, span);
                figures.marked[span->kind]++;
                figures.found[span->kind] += is_hit;
                if (!is_hit)
                    report_line(report, call, "missed", span->kind, call->lines[i].text);
            }
    }
    st_rules_unref(with_rules.rules);
    return figures;
}

/* ---- the simplest that one could do ---- */

static size_t count_words(const char *text)
{
    size_t words = 1;
    for (; *text; text++)
        words += *text == ' ';
    return words;
}

static bool has_issue(const struct labelled_line *line)
{
    for (size_t i = 0; i < line->span_count; i++)
        if (line->spans[i].kind == ST_ISSUE_ISSUE)
            return true;
    return false;
}

unsigned labelled_calls_first_long(const struct labelled_calls *calls)
{
    unsigned count = 0;
    for (size_t c = 0; c < calls->count; c++)
        for (size_t i = 0; i < calls->calls[c].line_count; i++) {
            const struct labelled_line *line = &calls->calls[c].lines[i];
            if (line->role != ST_ROLE_CUSTOMER || count_words(line->text) < 5)
                continue;
            count += has_issue(line);
            break;
        }
    return count;
}

unsigned labelled_calls_longest(const struct labelled_calls *calls)
{
    unsigned count = 0;
    for (size_t c = 0; c < calls->count; c++) {
        const struct labelled_line *longest = NULL;
        unsigned seen = 0;
        for (size_t i = 0; i < calls->calls[c].line_count && seen < 6; i++) {
            const struct labelled_line *line = &calls->calls[c].lines[i];
            if (line->role != ST_ROLE_CUSTOMER)
                continue;
            seen++;
            if (!longest || count_words(line->text) > count_words(longest->text))
                longest = line;
        }
        count += longest && has_issue(longest);
    }
    return count;
}
