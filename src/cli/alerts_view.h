/* What `alerts` shows. Pure: rows of GET /v1/alerts in, text out. */
#ifndef SIDETONE_CLI_ALERTS_VIEW_H
#define SIDETONE_CLI_ALERTS_VIEW_H

#include "text.h"

#include <jansson.h>
#include <stdint.h>

/* columns 0: any. */
void st_alerts_view_table(const json_t *alerts, int64_t now_unix_ms, size_t columns,
                          struct st_text *text);

/* One line: what has become of an alert. */
void st_alerts_view_done(const json_t *alert, struct st_text *text);

#endif
