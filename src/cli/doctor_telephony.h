/* The ways that calls come in as RTP: ports, addresses, and the listeners of SIPREC. */
#ifndef SIDETONE_CLI_DOCTOR_TELEPHONY_H
#define SIDETONE_CLI_DOCTOR_TELEPHONY_H

#include "doctor_report.h"

struct st_config;

/* `is_dev` as for serve. Binds each port for a moment, and sends nothing. */
void st_doctor_telephony(struct st_doctor_report *report, const struct st_config *config,
                         bool is_dev);

#endif
