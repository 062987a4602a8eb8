/* Files that must be there, and that few may read. */
#ifndef SIDETONE_CLI_DOCTOR_FILES_H
#define SIDETONE_CLI_DOCTOR_FILES_H

#include "doctor_judge.h"

struct st_config_tls;

/* One that holds a secret; `check` must be static. One that is not there is not judged. */
void st_doctor_files_secret(struct st_doctor_report *report, const char *check, const char *path);

/* A certificate and its key, which must both be named. */
void st_doctor_files_tls(struct st_doctor_report *report, const struct st_doctor_tls_checks *checks,
                         const struct st_config_tls *tls);

#endif
