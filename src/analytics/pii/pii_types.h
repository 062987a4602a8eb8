/* The names of types. */
#ifndef SIDETONE_ANALYTICS_PII_TYPES_H
#define SIDETONE_ANALYTICS_PII_TYPES_H

#include "sidetone/pii.h"

/* AssemblyAI's name, in capitals. */
const char *st_pii_types_entity(enum st_pii_type type);

enum { ST_PII_TYPE_NAME_BYTES_MAX = 40 };

#endif
