#include "doctor_engines.h"

#include "engine_survey.h"

#include "sidetone/config.h"
#include "sidetone/err.h"

#include <stdio.h>
#include <string.h>

static void add_trial(const struct st_engine_row *row, char *text, size_t text_bytes)
{
    const struct st_engine_trial *trial = &row->trial;
    size_t used = strlen(text);
    if (!row->is_tried)
        return;
    if (trial->is_good)
        snprintf(text + used, text_bytes - used, ", answers");
    else
        snprintf(text + used, text_bytes - used, ", %s: %s",
                 row->verdict.reachable == ST_ENGINE_NO ? "cannot be reached" : row->verdict.state,
                 trial->why);
}

static void judge(struct st_doctor_report *report, const struct st_engine_row *row)
{
    char text[sizeof(row->text) + sizeof(row->trial.why)];
    snprintf(text, sizeof(text), "%s", row->text);
    add_trial(row, text, sizeof(text));
    struct st_doctor_engine engine = {.name = row->name,
                                      .quality = row->remote ? NULL : row->ops->quality,
                                      .need = row->need,
                                      .err = st_engine_row_is_well(row) ? 0 : -1,
                                      .text = text,
                                      .fix = row->remote ? row->verdict.fix : NULL};
    st_doctor_judge_engine(report, &engine);
}

void st_doctor_engines(struct st_doctor_report *report, const struct st_config *config,
                       bool is_offline)
{
    struct st_engine_survey survey = {0};
    int err = st_engine_survey_run(&survey, config, is_offline);
    for (size_t i = 0; i < survey.count && !err; i++)
        judge(report, &survey.rows[i]);
    if (err) {
        st_doctor_report_add(report, "engine", ST_DOCTOR_FAIL, "the network cannot be set up: %s",
                             st_err_text(err));
        st_doctor_report_fix(report, "engines were not looked at");
    }
    st_engine_survey_fini(&survey);
}
