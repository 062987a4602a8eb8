/* What `doctor` found, and how it is shown. Pure. */
#ifndef SIDETONE_CLI_DOCTOR_REPORT_H
#define SIDETONE_CLI_DOCTOR_REPORT_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum st_doctor_status { ST_DOCTOR_OK, ST_DOCTOR_WARN, ST_DOCTOR_FAIL };

struct st_doctor_result {
    const char *check; /* static */
    enum st_doctor_status status;
    struct st_text found, fix; /* harmless on a terminal; fix may be empty */
};

struct st_doctor_report {
    struct st_doctor_result *results; /* in order */
    size_t count;
};

void st_doctor_report_fini(struct st_doctor_report *report);

/* `check` must be static. What is formatted may be foreign: it is made harmless. */
void st_doctor_report_add(struct st_doctor_report *report, const char *check,
                          enum st_doctor_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What to do about the last one added. */
void st_doctor_report_fix(struct st_doctor_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

size_t st_doctor_report_count(const struct st_doctor_report *report, enum st_doctor_status status);

void st_doctor_report_text(const struct st_doctor_report *report, bool has_color,
                           struct st_text *text);
void st_doctor_report_json(const struct st_doctor_report *report, struct st_text *text);

#endif
