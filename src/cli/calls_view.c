#include "calls_view.h"

#include "fields.h"
#include "progress.h"
#include "quality_words.h"
#include "table.h"
#include "tail_view.h"

#include "sidetone/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells; each adds untrusted text only ---- */

static void cell_agent(const json_t *state, int64_t now_unix_ms, struct st_text *text)
{
    const json_t *agent = json_object_get(state, "agent");
    const char *name = st_fields_text(agent, "name");
    st_text_add(text, name[0] ? name : st_fields_text(agent, "id"));
}

static int64_t duration_ms(const json_t *state, int64_t now_unix_ms)
{
    const json_t *ended = json_object_get(state, "ended");
    int64_t started_unix_ms = st_fields_number(state, "started_unix_ms");
    if (json_is_object(ended))
        return st_fields_number(ended, "duration_ms");
    return started_unix_ms > 0 && now_unix_ms > started_unix_ms
               ? now_unix_ms - started_unix_ms
               : st_fields_number(state, "media_ms");
}

static void cell_duration(const json_t *state, int64_t now_unix_ms, struct st_text *text)
{
    st_progress_add_time(text, duration_ms(state, now_unix_ms) * 1000);
}

static const char *role_of(const json_t *state, size_t channel)
{
    const json_t *channels = json_object_get(state, "channels");
    return st_fields_text(json_array_get(channels, channel), "role");
}

static void cell_sentiment(const json_t *state, int64_t now_unix_ms, struct st_text *text)
{
    const json_t *sentiment = json_object_get(state, "sentiment");
    bool is_first = true;
    for (size_t i = 0; i < 2; i++) {
        const json_t *channel = json_object_get(sentiment, i == 0 ? "0" : "1");
        const json_t *rolling = json_object_get(channel, "rolling");
        if (!json_is_number(rolling))
            continue;
        const char *trend = st_fields_text(channel, "trend");
        st_text_add(text, is_first ? "" : ", ");
        st_text_add(text, role_of(state, i));
        st_text_addf(text, " %+.2f%s", json_number_value(rolling),
                     strcmp(trend, "up") == 0     ? " rising"
                     : strcmp(trend, "down") == 0 ? " falling"
                                                  : "");
        is_first = false;
    }
}

static void cell_alerts(const json_t *state, int64_t now_unix_ms, struct st_text *text)
{
    const json_t *alerts = json_object_get(state, "alerts");
    size_t count = json_array_size(alerts);
    if (count == 0)
        return;
    const json_t *last = json_array_get(alerts, count - 1);
    st_text_addf(text, "%zu, last ", count);
    st_text_add(text, st_fields_text(last, "severity"));
    st_text_add(text, " ");
    st_text_add(text, st_fields_text(last, "category"));
}

static const struct st_table_column table[] = {
    {"CALL", 36, "call_id", NULL},    {"STATE", 8, "state", NULL},
    {"TIME", 9, NULL, cell_duration}, {"ALERTS", 40, NULL, cell_alerts},
    {"AGENT", 20, NULL, cell_agent},  {"QUEUE", 16, "queue", NULL},
    {"CALLER", 18, "caller", NULL},   {"SENTIMENT", 44, NULL, cell_sentiment},
};

/* ---- the table ---- */

struct row {
    const json_t *state;
    int64_t duration_ms;
};

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    size_t a_alerts = json_array_size(json_object_get(a->state, "alerts"));
    size_t b_alerts = json_array_size(json_object_get(b->state, "alerts"));
    if (a_alerts != b_alerts)
        return a_alerts > b_alerts ? -1 : 1;
    if (a->duration_ms != b->duration_ms)
        return a->duration_ms > b->duration_ms ? -1 : 1;
    return strcmp(st_fields_text(a->state, "call_id"), st_fields_text(b->state, "call_id"));
}

void st_calls_view_table(const json_t *states, int64_t now_unix_ms, size_t columns,
                         struct st_text *text)
{
    size_t count = json_array_size(states);
    struct row *rows = st_mem_alloc_array(count + 1, sizeof(*rows));
    const json_t **sorted = st_mem_alloc_array(count + 1, sizeof(*sorted));
    struct st_table whole = {.columns = table,
                             .count = sizeof(table) / sizeof(table[0]),
                             .now_unix_ms = now_unix_ms,
                             .width = columns};
    for (size_t i = 0; i < count; i++) {
        rows[i].state = json_array_get(states, i);
        rows[i].duration_ms = duration_ms(rows[i].state, now_unix_ms);
    }
    qsort(rows, count, sizeof(*rows), compare_rows);
    for (size_t i = 0; i < count; i++)
        sorted[i] = rows[i].state;
    if (count == 0)
        st_text_add(text, "no calls\n");
    else
        st_table_add(&whole, sorted, count, text);
    free(sorted);
    free(rows);
}

/* ---- one call ---- */

static void add_line(const char *title, const char *value, struct st_text *text)
{
    if (value[0] == '\0')
        return;
    st_text_addf(text, "%-10s ", title);
    st_text_add_clean(text, value);
    st_text_add(text, "\n");
}

static void add_cell(const json_t *state, const char *title,
                     void (*cell)(const json_t *state, int64_t now_unix_ms, struct st_text *text),
                     struct st_text *text)
{
    struct st_text raw = {0};
    cell(state, 0, &raw);
    add_line(title, raw.len > 0 ? raw.data : "", text);
    st_text_fini(&raw);
}

static void add_alerts(const struct st_tail_view *view, const json_t *alerts, struct st_text *text)
{
    for (size_t i = 0; i < json_array_size(alerts); i++) {
        const json_t *alert = json_array_get(alerts, i);
        st_text_addf(text, "%-10s ", "alert");
        st_tail_view_style(view, ST_TAIL_ALERT, text);
        st_text_add_clean(text, st_fields_text(alert, "severity"));
        st_text_add(text, " ");
        st_text_add_clean(text, st_fields_text(alert, "category"));
        st_tail_view_style(view, ST_TAIL_PLAIN, text);
        st_text_add(text, " at ");
        st_progress_add_time(text, st_fields_number(alert, "start_ms") * 1000);
        st_text_add(text, ": \"");
        st_text_add_clean(text, st_fields_text(alert, "words"));
        st_text_add(text, "\"\n");
    }
}

static void add_categories(const json_t *categories, struct st_text *text)
{
    for (size_t i = 0; i < json_array_size(categories); i++) {
        const json_t *category = json_array_get(categories, i);
        int64_t count = st_fields_number(category, "count");
        st_text_addf(text, "%-10s ", "category");
        st_text_add_clean(text, st_fields_text(category, "category"));
        if (count > 1)
            st_text_addf(text, " (%" PRId64 " times)", count);
        st_text_add(text, "\n");
    }
}

static void add_issues(const json_t *issues, const char *kind, const char *title,
                       struct st_text *text)
{
    for (size_t i = 0; i < json_array_size(issues); i++) {
        const json_t *issue = json_array_get(issues, i);
        if (strcmp(st_fields_text(issue, "kind"), kind) != 0)
            continue;
        st_text_addf(text, "%-10s \"", title);
        st_text_add_clean(text, st_fields_text(issue, "text"));
        st_text_add(text, "\" (");
        st_text_add_clean(text, st_fields_text(issue, "role"));
        st_text_add(text, " at ");
        st_progress_add_time(text, st_fields_number(issue, "start_ms") * 1000);
        st_text_add(text, ")\n");
    }
}

static void add_lines(const json_t *quality, struct st_text *text)
{
    for (size_t i = 0; i < json_array_size(quality); i++) {
        const json_t *channel = json_array_get(quality, i);
        st_text_addf(text, "%-10s ", "line");
        st_text_add_clean(text, st_fields_text(channel, "role"));
        st_text_add(text, ": ");
        st_quality_words_add(channel, text);
        st_text_add(text, "\n");
    }
}

void st_calls_view_summary(const json_t *state, struct st_text *text)
{
    const json_t *issues = json_object_get(state, "issues");
    const json_t *attributes = json_object_get(state, "attributes");
    add_line("state", st_fields_text(state, "state"), text);
    add_cell(state, "agent", cell_agent, text);
    add_line("queue", st_fields_text(state, "queue"), text);
    add_line("caller", st_fields_text(state, "caller"), text);
    add_lines(json_object_get(state, "quality"), text);
    if (strcmp(st_fields_text(attributes, "channel_mapping_suspect"), "true") == 0)
        add_line("roles", "not certain: listen before you trust who is the agent", text);
    add_cell(state, "sentiment", cell_sentiment, text);
    add_issues(issues, "issue", "reason", text);
    add_issues(issues, "outcome", "outcome", text);
    add_issues(issues, "action_item", "next step", text);
}

void st_calls_view_result(const json_t *state, bool has_color, struct st_text *text)
{
    struct st_tail_view view = {.has_color = has_color, .is_single = true};
    st_calls_view_summary(state, text);
    add_alerts(&view, json_object_get(state, "alerts"), text);
    add_categories(json_object_get(state, "categories"), text);
    st_tail_view_fini(&view);
}

void st_calls_view_call(const json_t *state, bool has_color, struct st_text *text)
{
    struct st_tail_view view = {.has_color = has_color, .is_single = true};
    st_calls_view_result(state, has_color, text);
    st_text_add(text, "\n");
    st_tail_view_snapshot(&view, state, SIZE_MAX, text);
    st_tail_view_fini(&view);
}
