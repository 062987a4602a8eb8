/*
 * What a WebSocket that goes out has besides what every WebSocket has.
 */
#ifndef ST_NET_WS_CLIENT_H
#define ST_NET_WS_CLIENT_H

#include "url.h"
#include "ws_private.h"

struct lookup;

struct st_ws_client {
    struct st_url url;
    char *bearer, *subprotocol;
    char **headers;
    size_t header_count;
    bool skips_certificate_check, wants_close;
    bool is_in_connect; /* inside libwebsockets' connect call, which may report the end already */
    bool is_gone_in_connect;
    bool has_asked;       /* for the WebSocket: the connection was there */
    bool is_answered;     /* somebody is there and says no: other addresses would say so too */
    unsigned http_status; /* of a refused handshake; 0: none came */
    uint32_t retry_after_s;
    struct st_client_host *host;
    struct lookup *lookup;
    struct st_ws_leg *leg;
    struct addrinfo *addresses, *next_address;
    char peer[ST_NET_PEER_BYTES];
    char why[192];
};

/* What libwebsockets is given in place of a target that it would cut. */
#define ST_WS_CLIENT_SHORT_TARGET "/~"
bool st_ws_client_has_long_target(const struct st_ws_client *client);

/* Tries the addresses that are left; when there are none the tick reports the end. */
void st_ws_client_try_next(struct st_ws *ws);
void st_ws_client_leave_lookup(struct st_ws_client *client); /* it ends by itself */
void st_ws_leg_leave(struct st_ws_client *client);

/* ---- ws_client_why.c: what went wrong, for people ---- */

void st_ws_client_why_lookup(struct st_ws_client *client, int err);
void st_ws_client_why_certificate(struct st_ws_client *client, const char *reason);
/* `text` is libwebsockets' own, `status` of the HTTP answer or 0. */
void st_ws_client_why_failed(struct st_ws_client *client, const char *text, unsigned status);

#endif
