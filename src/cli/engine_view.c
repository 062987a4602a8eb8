#include "engine_view.h"

#include "fields.h"
#include "table.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- as JSON ---- */

enum st_doctor_status st_engine_view_status(const struct st_engine_row *row)
{
    if (st_engine_row_is_well(row) || (!row->remote && row->need == ST_DOCTOR_UNUSED))
        return ST_DOCTOR_OK;
    return row->need == ST_DOCTOR_NEEDED ? ST_DOCTOR_FAIL : ST_DOCTOR_WARN;
}

static json_t *answer(enum st_engine_answer answer)
{
    return answer == ST_ENGINE_UNKNOWN ? json_null() : json_boolean(answer == ST_ENGINE_YES);
}

/* What was found, besides what it is. */
static void add_finding(json_t *out, const struct st_engine_row *row)
{
    const struct st_engine_trial *trial = &row->trial;
    char found[64] = "";
    if (row->is_tried && trial->is_good)
        snprintf(found, sizeof(found), "open after %lld ms", (long long)(trial->open_us / 1000));
    json_object_set_new(out, "found",
                        json_string(row->err                           ? row->text
                                    : row->is_tried && !trial->is_good ? trial->why
                                                                       : found));
    json_object_set_new(out, "trouble",
                        row->is_tried && !trial->is_good
                            ? json_string(st_engine_trouble_name(trial->trouble))
                            : json_null());
    json_object_set_new(out, "open_ms",
                        row->is_tried && trial->has_opened
                            ? json_integer((json_int_t)trial->open_us / 1000)
                            : json_null());
    json_object_set_new(out, "fix", row->verdict.fix ? json_string(row->verdict.fix) : json_null());
}

static json_t *make_row(const struct st_engine_row *row, const struct st_config *config)
{
    static const char *const statuses[] = {
        [ST_DOCTOR_OK] = "ok", [ST_DOCTOR_WARN] = "warn", [ST_DOCTOR_FAIL] = "fail"};
    json_t *out =
        json_pack("{s:s,s:s,s:s?,s:s}", "name", row->name, "type", row->type, "title",
                  row->ops ? row->ops->title : NULL, "kind", row->remote ? "remote" : "embedded");
    json_object_set_new(out, "description", row->err ? json_null() : json_string(row->text));
    json_object_set_new(out, "address", row->address[0] ? json_string(row->address) : json_null());
    json_object_set_new(out, "routes", st_engine_row_routes(row, config));
    json_object_set_new(out, "status", json_string(statuses[st_engine_view_status(row)]));
    json_object_set_new(out, "state", json_string(row->verdict.state));
    json_object_set_new(out, "installed", row->remote ? json_null() : json_boolean(!row->err));
    json_object_set_new(out, "reachable", answer(row->verdict.reachable));
    json_object_set_new(out, "authorised", answer(row->verdict.authorised));
    add_finding(out, row);
    return out;
}

static json_t *make_types(void)
{
    json_t *types = json_array();
    for (size_t i = 0; st_engines[i]; i++)
        json_array_append_new(
            types,
            json_pack("{s:s,s:s?,s:s}", "type", st_engines[i]->name, "title", st_engines[i]->title,
                      "kind", st_engines[i]->kind == ST_ENGINE_EMBEDDED ? "embedded" : "remote"));
    return types;
}

json_t *st_engine_view_json(const struct st_engine_survey *survey)
{
    json_t *engines = json_array();
    bool is_ok = true;
    for (size_t i = 0; i < survey->count; i++) {
        json_array_append_new(engines, make_row(&survey->rows[i], survey->config));
        is_ok &= st_engine_view_status(&survey->rows[i]) != ST_DOCTOR_FAIL;
    }
    return json_pack("{s:b,s:o,s:o}", "ok", is_ok, "engines", engines, "types", make_types());
}

/* ---- as text; each cell adds untrusted text only ---- */

static void cell_routes(const json_t *row, int64_t now_unix_ms, struct st_text *text)
{
    const json_t *routes = json_object_get(row, "routes");
    for (size_t i = 0; i < json_array_size(routes); i++) {
        const json_t *route = json_array_get(routes, i);
        const char *language = st_fields_text(route, "language");
        st_text_add(text, i > 0 ? ", " : "");
        st_text_add(text, st_fields_text(route, "tenant"));
        st_text_add(text, "/");
        st_text_add(text, st_fields_text(route, "route"));
        if (language[0]) {
            st_text_add(text, " ");
            st_text_add(text, language);
        }
        st_text_addf(text, " #%lld", (long long)st_fields_number(route, "place"));
    }
    if (json_array_size(routes) == 0)
        st_text_add(text, "-");
}

static void cell_what(const json_t *row, int64_t now_unix_ms, struct st_text *text)
{
    const char *description = st_fields_text(row, "description");
    const char *found = st_fields_text(row, "found");
    st_text_add(text, description);
    if (found[0] && !json_is_string(json_object_get(row, "fix"))) {
        st_text_add(text, ", ");
        st_text_add(text, found);
    }
}

static const struct st_table_column columns_of_list[] = {
    {"ENGINE", 24, "name", NULL},      {"TYPE", 18, "type", NULL},     {"STATE", 12, "state", NULL},
    {"ROUTES", 60, NULL, cell_routes}, {"WHAT", 120, NULL, cell_what},
};

static void add_fixes(const json_t *engines, struct st_text *text)
{
    for (size_t i = 0; i < json_array_size(engines); i++) {
        const json_t *row = json_array_get(engines, i);
        if (!json_is_string(json_object_get(row, "fix")))
            continue;
        st_text_add(text, "\n");
        st_text_add_clean(text, st_fields_text(row, "name"));
        st_text_add(text, ": ");
        st_text_add_clean(text, st_fields_text(row, "found"));
        st_text_add(text, "\n  → ");
        st_text_add_clean(text, st_fields_text(row, "fix"));
        st_text_add(text, "\n");
    }
}

static bool has_type(const json_t *engines, const char *type)
{
    for (size_t i = 0; i < json_array_size(engines); i++)
        if (strcmp(st_fields_text(json_array_get(engines, i), "type"), type) == 0)
            return true;
    return false;
}

static void add_types(const json_t *list, struct st_text *text)
{
    const json_t *types = json_object_get(list, "types");
    bool is_first = true;
    for (size_t i = 0; i < json_array_size(types); i++) {
        const char *type = st_fields_text(json_array_get(types, i), "type");
        if (has_type(json_object_get(list, "engines"), type))
            continue;
        st_text_add(text, is_first ? "\nnot configured: " : ", ");
        st_text_add(text, type);
        is_first = false;
    }
    st_text_add(text, is_first ? "" : "\n");
}

void st_engine_view_text(const json_t *list, size_t columns, struct st_text *text)
{
    const json_t *engines = json_object_get(list, "engines");
    size_t count = json_array_size(engines);
    const json_t **rows = st_mem_alloc_array(count + 1, sizeof(*rows));
    struct st_table table = {.columns = columns_of_list,
                             .count = sizeof(columns_of_list) / sizeof(columns_of_list[0]),
                             .width = columns};
    for (size_t i = 0; i < count; i++)
        rows[i] = json_array_get(engines, i);
    st_table_add(&table, rows, count, text);
    add_fixes(engines, text);
    add_types(list, text);
    free(rows);
}
