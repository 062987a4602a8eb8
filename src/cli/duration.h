/* Times that people type: 90, 90s, 15m, 8h, 30d. */
#ifndef SIDETONE_CLI_DURATION_H
#define SIDETONE_CLI_DURATION_H

#include <stdint.h>

/* 0, or -EINVAL for anything that is not from one second to `max_s`. */
int st_duration_parse(const char *text, int64_t max_s, int64_t *ret_s);

#endif
