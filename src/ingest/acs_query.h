/* What the application wrote into its transport URL's query: parameters of the call. */
#ifndef SIDETONE_INGEST_ACS_QUERY_H
#define SIDETONE_INGEST_ACS_QUERY_H

#include "dialect_common.h"

/* Every name=value, percent-decoded, is a parameter, but access_token; broken ones are left out.
 * The texts go to `text`, which has room for at least the query's bytes and 2. */
void st_acs_query_read(const char *query, struct st_dialect_text *text,
                       struct st_dialect_attributes *attributes, struct st_ingest_start *start);

#endif
