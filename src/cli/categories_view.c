#include "categories_view.h"

#include "fields.h"
#include "table.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void add_time(const json_t *row, struct st_text *text)
{
    char shown[32];
    struct tm parts;
    time_t at_unix_s = (time_t)(json_integer_value(json_object_get(row, "at_unix_ms")) / 1000);
    if (at_unix_s <= 0 || !localtime_r(&at_unix_s, &parts) ||
        strftime(shown, sizeof(shown), "%Y-%m-%d %H:%M", &parts) == 0)
        return;
    st_text_add(text, shown);
}

/* ---- cells ---- */

/* Where it comes from, and what is odd about it. */
static void cell_source(const json_t *row, int64_t now_unix_ms, struct st_text *text)
{
    st_text_add(text, st_fields_text(row, "source"));
    if (json_is_false(json_object_get(row, "in_force")))
        st_text_add(text, ", not in force");
    else if (json_is_false(json_object_get(row, "persisted")))
        st_text_add(text, ", until the restart");
}

static void cell_at(const json_t *row, int64_t now_unix_ms, struct st_text *text)
{
    add_time(row, text);
}

static const struct st_table_column list_columns[] = {
    {"NAME", 48, "name", NULL},
    {"SEVERITY", 8, "severity", NULL},
    {"VERSION", 16, "version", NULL},
    {"SOURCE", 32, NULL, cell_source},
    {"BY", 24, "by", NULL},
    {"CHANGED", 16, NULL, cell_at},
    {"DESCRIPTION", 60, "description", NULL},
};

static const struct st_table_column script_columns[] = {
    {"NAME", 48, "name", NULL}, {"VERSION", 16, "version", NULL}, {"SOURCE", 32, NULL, cell_source},
    {"BY", 24, "by", NULL},     {"CHANGED", 16, NULL, cell_at},
};

static const struct st_table_column audit_columns[] = {
    {"WHEN", 16, NULL, cell_at},        {"BY", 24, "by", NULL},
    {"ACTION", 8, "action", NULL},      {"KIND", 12, "kind", NULL},
    {"NAME", 48, "name", NULL},         {"TENANT", 24, "tenant", NULL},
    {"FROM", 16, "from_version", NULL}, {"TO", 16, "to_version", NULL},
};

/* ---- tables ---- */

static void add_rows(const json_t *list, const struct st_table *table, const char *none,
                     struct st_text *text)
{
    size_t count = json_array_size(list);
    const json_t **rows = st_mem_alloc_array(count + 1, sizeof(*rows));
    for (size_t i = 0; i < count; i++)
        rows[i] = json_array_get(list, i);
    if (count == 0)
        st_text_add(text, none);
    else
        st_table_add(table, rows, count, text);
    free(rows);
}

void st_categories_view_notes(const json_t *row, const char *name, struct st_text *text)
{
    size_t i;
    const json_t *note;
    json_array_foreach(json_object_get(row, "notes"), i, note)
    {
        st_text_add_clean(text, name);
        st_text_add(text, ": ");
        st_text_add_clean(text, json_string_value(note) ? json_string_value(note) : "");
        st_text_add(text, "\n");
    }
}

void st_categories_view_list(const json_t *list, size_t columns, struct st_text *text)
{
    struct st_table table = {.columns = list_columns,
                             .count = sizeof(list_columns) / sizeof(list_columns[0]),
                             .width = columns};
    size_t i;
    const json_t *row;
    add_rows(json_object_get(list, "categories"), &table, "no categories\n", text);
    json_array_foreach(json_object_get(list, "categories"), i, row)
    {
        st_categories_view_notes(row, st_fields_text(row, "name"), text);
    }
}

void st_categories_view_scripts(const json_t *list, size_t columns, struct st_text *text)
{
    struct st_table table = {.columns = script_columns,
                             .count = sizeof(script_columns) / sizeof(script_columns[0]),
                             .width = columns};
    add_rows(json_object_get(list, "scripts"), &table, "no scripts\n", text);
}

void st_categories_view_audit(const json_t *audit, size_t columns, struct st_text *text)
{
    struct st_table table = {.columns = audit_columns,
                             .count = sizeof(audit_columns) / sizeof(audit_columns[0]),
                             .width = columns};
    add_rows(json_object_get(audit, "changes"), &table, "no changes\n", text);
}

void st_categories_view_changed(const json_t *answer, const char *name, struct st_text *text)
{
    st_text_add_clean(text, name);
    if (json_is_true(json_object_get(answer, "deleted"))) {
        st_text_add(text, ": deleted\n");
        return;
    }
    st_text_add(text, ": in force, version ");
    st_text_add_clean(text, st_fields_text(answer, "version"));
    if (json_is_false(json_object_get(answer, "persisted")))
        st_text_add(text, ", until the restart (rules.folder is not set)");
    st_text_add(text, "\n");
    st_categories_view_notes(answer, name, text);
}
