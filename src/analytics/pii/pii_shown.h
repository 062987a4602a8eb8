/* Spans of personal data in the text as everybody sees it. */
#ifndef SIDETONE_ANALYTICS_PII_SHOWN_H
#define SIDETONE_ANALYTICS_PII_SHOWN_H

#include "text/shown.h"

#include "sidetone/pii.h"

/* Of entities that are not shown the span has no length. */
void st_pii_shown_move(struct st_pii_clearing *clearing, const struct st_shown *shown);

#endif
