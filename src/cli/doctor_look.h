/* What `doctor` sees of this machine. Looks, and says nothing. May block for seconds. */
#ifndef SIDETONE_CLI_DOCTOR_LOOK_H
#define SIDETONE_CLI_DOCTOR_LOOK_H

#include "doctor_judge_telephony.h"

uint64_t st_doctor_look_files(void); /* the hard limit of open files */
struct st_doctor_clock st_doctor_look_clock(void);

/* Whether libwebsockets runs on our event loop: its part for that is a plug-in of its own. */
int st_doctor_look_net(void);

/* Tries to bind address and port; fills err, holder and program. */
void st_doctor_look_port(struct st_doctor_port *port);
/* Likewise each port; fills err, taken and seen. */
void st_doctor_look_range(struct st_doctor_range *range);

#endif
