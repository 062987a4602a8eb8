/* What signalling says of a session's call, kept for the loop of that. */
#ifndef SIDETONE_TELEPHONY_SIPREC_SAID_H
#define SIDETONE_TELEPHONY_SIPREC_SAID_H

#include "sidetone/ingest.h"
#include "sidetone/siprec.h"

enum { SAID_TEXTS_MAX = 8 + 2 * ST_SIPREC_ATTRIBUTES_MAX };

struct said {
    struct st_ingest_start start;
    struct st_attribute attributes[ST_SIPREC_ATTRIBUTES_MAX];
    char *texts[SAID_TEXTS_MAX];
    unsigned text_count;
    char *route; /* by whose name it was called; "": none */
};

struct said *said_copy(const struct st_siprec_session *session);
void said_free(struct said *said); /* NULL is fine */

#endif
