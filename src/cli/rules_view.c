#include "rules_view.h"

#include "fields.h"
#include "progress.h"

#include "sidetone/call_facts.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_COLUMNS = 28, ROLE_COLUMNS = 8 };

static const char mark_on[] = "\033[1;7m", mark_off[] = "\033[0m";

static int64_t us_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key)) * 1000;
}

static void add_time(struct st_text *text, int64_t us)
{
    if (us < INT64_C(600000000))
        st_text_add(text, " ");
    st_progress_add_time(text, us);
}

/* ---- marks ---- */

/* Whether the evidence of some match was said on that channel within that time. */
static bool is_evidence(const json_t *matches, unsigned channel, int64_t start_us, int64_t end_us)
{
    for (size_t i = 0; i < json_array_size(matches); i++) {
        const json_t *list = json_object_get(json_array_get(matches, i), "evidence");
        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *evidence = json_array_get(list, k);
            bool is_said = st_fields_text(evidence, "words")[0] != '\0';
            /* Times have come through milliseconds. */
            if (is_said && json_integer_value(json_object_get(evidence, "channel")) == channel &&
                start_us >= us_of(evidence, "start_ms") &&
                end_us < us_of(evidence, "end_ms") + 1000)
                return true;
        }
    }
    return false;
}

struct marking {
    const struct st_rules_view *view;
    struct st_text *text;
    bool is_open;
};

static void set_mark(struct marking *marking, bool is_open)
{
    if (marking->is_open == is_open)
        return;
    marking->is_open = is_open;
    if (marking->view->has_color)
        st_text_add(marking->text, is_open ? mark_on : mark_off);
    else
        st_text_add(marking->text, is_open ? "[" : "]");
}

static void add_word(struct marking *marking, const char *word, bool is_first, bool is_marked)
{
    if (!is_marked)
        set_mark(marking, false);
    if (!is_first)
        st_text_add(marking->text, " ");
    set_mark(marking, is_marked);
    st_text_add_clean(marking->text, word);
}

/* A segment without words: their times are where they stand in the text, as the rules had it. */
static void add_estimated(struct marking *marking, const struct st_rules_line *line,
                          const json_t *matches)
{
    const struct st_segment *segment = &line->segment;
    size_t bytes = strlen(segment->text), at = 0;
    double each_us = (double)(segment->end_us - segment->start_us) / (double)(bytes + !bytes);
    while (segment->text[at += strspn(segment->text + at, " ")] != '\0') {
        size_t len = strcspn(segment->text + at, " ");
        char word[256];
        snprintf(word, sizeof(word), "%.*s", (int)(len < 255 ? len : 255), segment->text + at);
        int64_t middle_us = segment->start_us + (int64_t)(each_us * ((double)at + (double)len / 2));
        add_word(marking, word, at == 0, is_evidence(matches, line->channel, middle_us, middle_us));
        at += len;
    }
}

static void add_line(const struct st_rules_view *view, const struct st_rules_call *call,
                     const struct st_rules_line *line, const json_t *matches, struct st_text *text)
{
    struct marking marking = {view, text, false};
    add_time(text, line->segment.start_us);
    st_text_addf(text, " %-*s  ", ROLE_COLUMNS, st_role_name(call->facts->roles[line->channel]));
    for (size_t i = 0; i < line->segment.word_count; i++)
        add_word(
            &marking, line->words[i].text, i == 0,
            is_evidence(matches, line->channel, line->words[i].start_us, line->words[i].end_us));
    if (line->segment.word_count == 0)
        add_estimated(&marking, line, matches);
    set_mark(&marking, false);
    st_text_add(text, "\n");
}

/* ---- matches ---- */

static void add_evidence(const json_t *evidence, struct st_text *text)
{
    const json_t *score = json_object_get(evidence, "score");
    st_text_addf(text, "        rule %" JSON_INTEGER_FORMAT ": ",
                 json_integer_value(json_object_get(evidence, "rule")));
    if (json_is_true(json_object_get(evidence, "absent")))
        st_text_add(text, "no ");
    st_text_add_clean(text, st_fields_text(evidence, "text"));
    if (json_is_number(score))
        st_text_addf(text, " (%.4g)", json_number_value(score));
    if (us_of(evidence, "end_ms") > 0 && !st_fields_text(evidence, "words")[0]) {
        st_text_add(text, ", ");
        st_progress_add_time(text, us_of(evidence, "start_ms"));
        st_text_add(text, " to ");
        st_progress_add_time(text, us_of(evidence, "end_ms"));
    }
    st_text_add(text, "\n");
}

static void add_match(const json_t *match, struct st_text *text)
{
    const json_t *evidence = json_object_get(match, "evidence");
    st_text_add(text, "      > ");
    st_text_add_clean(text, st_fields_text(match, "category"));
    if (strcmp(st_fields_text(match, "severity"), "none") != 0)
        st_text_addf(text, " (%s)", st_fields_text(match, "severity"));
    if (json_array_size(evidence) == 1 && st_fields_text(match, "words")[0]) {
        st_text_add(text, ": ");
        st_text_add_clean(text, st_fields_text(match, "rule"));
        st_text_add(text, "\n");
        return;
    }
    st_text_add(text, "\n");
    for (size_t i = 0; i < json_array_size(evidence); i++)
        add_evidence(json_array_get(evidence, i), text);
}

static bool is_in(const struct st_rules_line *line, const json_t *match)
{
    return st_fields_text(match, "words")[0] &&
           json_integer_value(json_object_get(match, "channel")) == line->channel &&
           (uint64_t)json_integer_value(json_object_get(match, "segment_id")) == line->segment.id;
}

static void add_matches_of(const struct st_rules_line *line, const json_t *matches,
                           struct st_text *text)
{
    for (size_t i = 0; i < json_array_size(matches); i++)
        if (is_in(line, json_array_get(matches, i)))
            add_match(json_array_get(matches, i), text);
}

static bool has_mark(const struct st_rules_line *line, const json_t *matches)
{
    for (size_t i = 0; i < json_array_size(matches); i++)
        if (is_in(line, json_array_get(matches, i)))
            return true;
    for (size_t i = 0; i < line->segment.word_count; i++)
        if (is_evidence(matches, line->channel, line->words[i].start_us, line->words[i].end_us))
            return true;
    return false;
}

/* What made them match was not said in any line. */
static void add_unsaid(const json_t *matches, struct st_text *text)
{
    for (size_t i = 0; i < json_array_size(matches); i++) {
        const json_t *match = json_array_get(matches, i);
        if (st_fields_text(match, "words")[0])
            continue;
        add_time(text, us_of(match, "end_ms"));
        st_text_add(text, "\n");
        add_match(match, text);
    }
}

void st_rules_view_call(const struct st_rules_view *view, const struct st_rules_call *call,
                        const json_t *matches, struct st_text *text)
{
    size_t count = json_array_size(matches);
    st_text_add_clean(text, call->facts->call_id);
    st_text_add(text, "  ");
    st_progress_add_time(text, call->duration_us);
    st_text_addf(text, ", %zu segment%s, %zu match%s\n", call->count, call->count == 1 ? "" : "s",
                 count, count == 1 ? "" : "es");
    for (size_t i = 0; i < call->count; i++) {
        if (!view->wants_whole && !has_mark(&call->lines[i], matches))
            continue;
        add_line(view, call, &call->lines[i], matches, text);
        add_matches_of(&call->lines[i], matches, text);
    }
    add_unsaid(matches, text);
}

/* ---- scores ---- */

static void add_share(const json_t *share, struct st_text *text)
{
    if (json_is_number(share))
        st_text_addf(text, " %9.2f", json_number_value(share));
    else
        st_text_addf(text, " %9s", "-");
}

void st_rules_view_scores(const json_t *rows, struct st_text *text)
{
    st_text_addf(text, "%-*s %6s %6s %6s %9s %9s\n", NAME_COLUMNS, "category", "found", "wrong",
                 "missed", "precision", "recall");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *name = json_string_value(json_object_get(row, "category"));
        size_t columns =
            st_text_add_clean_columns(text, name ? name : "all", NAME_COLUMNS, ST_TEXT_KEEP_START);
        st_text_addf(
            text, "%*s %6" JSON_INTEGER_FORMAT " %6" JSON_INTEGER_FORMAT " %6" JSON_INTEGER_FORMAT,
            (int)(NAME_COLUMNS - columns), "", json_integer_value(json_object_get(row, "found")),
            json_integer_value(json_object_get(row, "wrong")),
            json_integer_value(json_object_get(row, "missed")));
        add_share(json_object_get(row, "precision"), text);
        add_share(json_object_get(row, "recall"), text);
        st_text_add(text, "\n");
    }
}
