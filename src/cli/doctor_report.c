#include "doctor_report.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FOUND_BYTES = 4096, CHECK_COLUMNS = 20 };

static const struct {
    const char *name, *shown, *color;
} statuses[] = {
    [ST_DOCTOR_OK] = {"ok", "ok  ", "\033[32m"},
    [ST_DOCTOR_WARN] = {"warn", "warn", "\033[33m"},
    [ST_DOCTOR_FAIL] = {"fail", "FAIL", "\033[1;31m"},
};

void st_doctor_report_fini(struct st_doctor_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        st_text_fini(&report->results[i].found);
        st_text_fini(&report->results[i].fix);
    }
    free(report->results);
    *report = (struct st_doctor_report){0};
}

__attribute__((format(printf, 2, 0))) static void add_formatted(struct st_text *text,
                                                                const char *format, va_list args)
{
    char line[FOUND_BYTES];
    vsnprintf(line, sizeof(line), format, args);
    st_text_add_clean(text, line);
}

void st_doctor_report_add(struct st_doctor_report *report, const char *check,
                          enum st_doctor_status status, const char *format, ...)
{
    struct st_doctor_result result = {.check = check, .status = status};
    va_list args;
    va_start(args, format);
    add_formatted(&result.found, format, args);
    va_end(args);
    report->results =
        st_mem_realloc(report->results, (report->count + 1) * sizeof(report->results[0]));
    report->results[report->count++] = result;
}

void st_doctor_report_fix(struct st_doctor_report *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_formatted(&report->results[report->count - 1].fix, format, args);
    va_end(args);
}

size_t st_doctor_report_count(const struct st_doctor_report *report, enum st_doctor_status status)
{
    size_t count = 0;
    for (size_t i = 0; i < report->count; i++)
        count += report->results[i].status == status;
    return count;
}

static const char *text_of(const struct st_text *text)
{
    return text->data ? text->data : "";
}

static void add_result(const struct st_doctor_result *result, bool has_color, struct st_text *text)
{
    if (has_color)
        st_text_add(text, statuses[result->status].color);
    st_text_add(text, statuses[result->status].shown);
    st_text_add(text, has_color ? "\033[0m " : " ");
    st_text_addf(text, "%-*s", CHECK_COLUMNS, result->check);
    st_text_add(text, text_of(&result->found));
    if (result->fix.len > 0) {
        st_text_addf(text, "\n%*s→ ", CHECK_COLUMNS + 5, "");
        st_text_add(text, text_of(&result->fix));
    }
    st_text_add(text, "\n");
}

void st_doctor_report_text(const struct st_doctor_report *report, bool has_color,
                           struct st_text *text)
{
    for (size_t i = 0; i < report->count; i++)
        add_result(&report->results[i], has_color, text);
    st_text_addf(text, "\n%zu ok, %zu to look at, %zu failed\n",
                 st_doctor_report_count(report, ST_DOCTOR_OK),
                 st_doctor_report_count(report, ST_DOCTOR_WARN),
                 st_doctor_report_count(report, ST_DOCTOR_FAIL));
}

void st_doctor_report_json(const struct st_doctor_report *report, struct st_text *text)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_string(&json, "version", ST_VERSION);
    st_json_set_bool(&json, "ok", st_doctor_report_count(report, ST_DOCTOR_FAIL) == 0);
    st_json_key(&json, "checks");
    st_json_begin_array(&json);
    for (size_t i = 0; i < report->count; i++) {
        const struct st_doctor_result *result = &report->results[i];
        st_json_begin_object(&json);
        st_json_set_string(&json, "check", result->check);
        st_json_set_string(&json, "status", statuses[result->status].name);
        st_json_set_string(&json, "found", text_of(&result->found));
        st_json_set_string(&json, "fix", result->fix.len > 0 ? result->fix.data : NULL);
        st_json_end_object(&json);
    }
    st_json_end_array(&json);
    st_json_end_object(&json);
    st_text_add_clean_json(text, json.data, json.len);
    st_text_add(text, "\n");
    st_json_fini(&json);
}
