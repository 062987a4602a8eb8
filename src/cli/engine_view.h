/* How `sidetone engine list` shows engines. Pure. */
#ifndef SIDETONE_CLI_ENGINE_VIEW_H
#define SIDETONE_CLI_ENGINE_VIEW_H

#include "doctor_report.h"
#include "engine_survey.h"
#include "text.h"

/* As doctor has it: what routes need fails, what nobody needs is at most a warning. */
enum st_doctor_status st_engine_view_status(const struct st_engine_row *row);

/* {engines: […], types: […]}; owned by the caller. */
json_t *st_engine_view_json(const struct st_engine_survey *survey);

/* A table of what st_engine_view_json gave, then what is wrong and what to do about it.
 * columns 0: any width. */
void st_engine_view_text(const json_t *list, size_t columns, struct st_text *text);

#endif
