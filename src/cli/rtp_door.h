/* Where a gateway takes RTP: asked for by POST /v1/rtp with what will be sent. */
#ifndef SIDETONE_CLI_RTP_DOOR_H
#define SIDETONE_CLI_RTP_DOOR_H

#include "rtp_leg.h"
#include "send.h"

#include <jansson.h>

/* One of zeroes was never opened. */
struct st_rtp_door {
    char session_id[64];
    char call_id[129];
};

/* Our address as that one sees it. Negative errno. */
int st_rtp_door_route(const struct sockaddr *to, socklen_t bytes,
                      struct sockaddr_storage *ret_local);
/* The same for the gateway of a URL. */
int st_rtp_door_local(const char *url, struct sockaddr_storage *ret_local);

/* Offers both legs and aims them at what is answered. An exit code, not 0 after saying on standard
 * error what is wrong. */
int st_rtp_door_open(struct st_rtp_door *door, const struct st_send *send,
                     struct st_rtp_leg *const *legs);
/* The call is over. What the gateway received of it, as DELETE /v1/rtp/{id} has it, to json_decref;
 * NULL when it has ended the call itself, or was never asked. */
json_t *st_rtp_door_close(const struct st_rtp_door *door, const struct st_send *send);

/* Aims both legs, as they were offered, at the lines of an answer. -EPROTO: it is none to what was
 * offered. */
int st_rtp_door_take_answer(struct st_rtp_leg *const *legs, const char *sdp, size_t bytes);
/* SDP of both legs in that order, as labels 1 and 2, sendonly or inactive. Characters; -ENOBUFS. */
ssize_t st_rtp_door_offer(struct st_rtp_leg *const *legs, uint64_t version, bool is_held, char *out,
                          size_t out_bytes);

#endif
