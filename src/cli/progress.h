/* One line that says how far something is, for standard error on a terminal. */
#ifndef SIDETONE_CLI_PROGRESS_H
#define SIDETONE_CLI_PROGRESS_H

#include "text.h"

#include <stdint.h>

struct st_progress {
    const char *what;
    int64_t done_us;    /* of the audio */
    int64_t total_us;   /* 0: unknown */
    int64_t elapsed_us; /* of the clock */
};

/* "m:ss" or "h:mm:ss". */
void st_progress_add_time(struct st_text *text, int64_t us);

/* Replaces the line it wrote before; at most `columns` wide. */
void st_progress_line(struct st_text *text, const struct st_progress *progress, size_t columns);

#endif
