/* What the files of /v1/rtp share. */
#ifndef SIDETONE_HTTP_RTP_H
#define SIDETONE_HTTP_RTP_H

#include "http_internal.h"
#include "rtp_body.h"

/* Whether what a body says of its senders is enough to tell them from others. 0, or -EBADMSG with
 * ret_why naming the stream, or the line of the offer. */
int rtp_check(const struct rtp_body *body, char ret_why[RTP_BODY_WHY_BYTES]);

/* POST /v1/rtp */
void rtp_create(struct api_loop *at, struct st_http_exchange *exchange);

#endif
