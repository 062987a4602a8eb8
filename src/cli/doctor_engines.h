/* The engines that the configuration's routes ask for, and what there is of them. */
#ifndef SIDETONE_CLI_DOCTOR_ENGINES_H
#define SIDETONE_CLI_DOCTOR_ENGINES_H

#include "doctor_report.h"

struct st_config;

/* One result for each engine of this build and of the configuration. Loads no model; opens a stream
 * to every remote one, unless `is_offline`. */
void st_doctor_engines(struct st_doctor_report *report, const struct st_config *config,
                       bool is_offline);

#endif
