/* Percent-encoding, as addresses, forms and signatures have it. */
#ifndef SIDETONE_STT_PERCENT_H
#define SIDETONE_STT_PERCENT_H

#include "sidetone/json_writer.h"

/* Appends the text; letters, digits and `unreserved` stay as they are. */
void st_percent_encode(struct st_json_writer *out, const char *text, const char *unreserved);

#define ST_PERCENT_UNRESERVED "-._~" /* of RFC 3986 */

#endif
