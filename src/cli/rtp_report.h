/* What became of every packet of a call that was sent, for people and for tests. */
#ifndef SIDETONE_CLI_RTP_REPORT_H
#define SIDETONE_CLI_RTP_REPORT_H

#include "rtp_run.h"
#include "text.h"

#include <jansson.h>

struct st_rtp_report {
    const struct st_rtp_run *run;
    const char *call_id;    /* "": none is known; not to be trusted */
    const char *error;      /* NULL: all went well; not to be trusted */
    const json_t *received; /* NULL, or what the gateway says; not to be trusted */
    int exit_code;
};

void st_rtp_report_print(const struct st_rtp_report *report);

/* Numeric, "HOST:PORT" or "[HOST]:PORT". */
void st_rtp_report_add_place(struct st_text *text, const struct sockaddr_storage *place);

#endif
