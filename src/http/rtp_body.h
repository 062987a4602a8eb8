/* The body of POST /v1/rtp: what it says of a call, and the offer that it is or stands for. */
#ifndef SIDETONE_HTTP_RTP_BODY_H
#define SIDETONE_HTTP_RTP_BODY_H

#include "sidetone/rtp_session.h"

#include <jansson.h>

enum { RTP_BODY_WHY_BYTES = 160 };

struct rtp_body {
    json_t *root; /* texts below are its */
    const char *tenant, *route;
    struct st_ingest_start start; /* call_id "": one is to be made up */
    struct st_attribute attributes[ST_INGEST_ATTRIBUTES_MAX];
    int64_t timeout_us, reorder_us; /* 0: as configured */
    struct st_rtp_sdp offer;
    struct st_rtp_session_line lines[ST_RTP_SDP_MEDIA_MAX];
};

/* `mode`: where the body does not say. 0, or -EBADMSG with ret_why. Free it either way. */
int rtp_body_parse(struct rtp_body *body, const char *text, size_t bytes,
                   enum st_media_source_mode mode, char ret_why[RTP_BODY_WHY_BYTES]);
void rtp_body_fini(struct rtp_body *body); /* wipes keys */

#endif
