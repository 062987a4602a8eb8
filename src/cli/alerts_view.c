#include "alerts_view.h"

#include "fields.h"
#include "progress.h"
#include "table.h"

#include "sidetone/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

static void cell_id(const json_t *alert, int64_t now_unix_ms, struct st_text *text)
{
    st_text_addf(text, "%" PRId64, st_fields_number(alert, "id"));
}

static void cell_category(const json_t *alert, int64_t now_unix_ms, struct st_text *text)
{
    int64_t count = st_fields_number(alert, "count");
    st_text_add(text, st_fields_text(alert, "category"));
    if (count > 1)
        st_text_addf(text, " x%" PRId64, count);
}

static void cell_state(const json_t *alert, int64_t now_unix_ms, struct st_text *text)
{
    int64_t left_ms = st_fields_number(alert, "until_unix_ms") - now_unix_ms;
    st_text_add(text, st_fields_text(alert, "state"));
    if (left_ms > 0) {
        st_text_add(text, ", ");
        st_progress_add_time(text, left_ms * 1000);
        st_text_add(text, " left");
    }
}

static void cell_age(const json_t *alert, int64_t now_unix_ms, struct st_text *text)
{
    int64_t age_ms = now_unix_ms - st_fields_number(alert, "raised_unix_ms");
    st_progress_add_time(text, (age_ms > 0 ? age_ms : 0) * 1000);
}

static void cell_agent(const json_t *alert, int64_t now_unix_ms, struct st_text *text)
{
    const json_t *agent = json_object_get(alert, "agent");
    const char *name = st_fields_text(agent, "name");
    st_text_add(text, name[0] ? name : st_fields_text(agent, "id"));
}

static const struct st_table_column table[] = {
    {"CALL", 36, "call_id", NULL},      {"ALERT", 6, NULL, cell_id},
    {"SEVERITY", 8, "severity", NULL},  {"CATEGORY", 32, NULL, cell_category},
    {"STATE", 24, NULL, cell_state},    {"AGE", 9, NULL, cell_age},
    {"ASSIGNED", 16, "assigned", NULL}, {"AGENT", 20, NULL, cell_agent},
    {"QUEUE", 16, "queue", NULL},       {"WORDS", 60, "words", NULL},
};

void st_alerts_view_table(const json_t *alerts, int64_t now_unix_ms, size_t columns,
                          struct st_text *text)
{
    size_t count = json_array_size(alerts);
    const json_t **rows = st_mem_alloc_array(count + 1, sizeof(*rows));
    struct st_table whole = {.columns = table,
                             .count = sizeof(table) / sizeof(table[0]),
                             .now_unix_ms = now_unix_ms,
                             .width = columns};
    for (size_t i = 0; i < count; i++)
        rows[i] = json_array_get(alerts, i);
    if (count == 0)
        st_text_add(text, "no alerts\n");
    else
        st_table_add(&whole, rows, count, text);
    free(rows);
}

void st_alerts_view_done(const json_t *alert, struct st_text *text)
{
    const char *assigned = st_fields_text(alert, "assigned");
    st_text_addf(text, "alert %" PRId64 " of ", st_fields_number(alert, "id"));
    st_text_add_clean(text, st_fields_text(alert, "call_id"));
    st_text_add(text, ": ");
    st_text_add_clean(text, st_fields_text(alert, "state"));
    if (assigned[0]) {
        st_text_add(text, ", assigned to ");
        st_text_add_clean(text, assigned);
    }
    st_text_add(text, " (");
    st_text_add_clean(text, st_fields_text(alert, "category"));
    st_text_add(text, ", ");
    st_text_add_clean(text, st_fields_text(alert, "severity"));
    st_text_add(text, ")\n");
}
