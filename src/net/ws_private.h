#ifndef ST_NET_WS_PRIVATE_H
#define ST_NET_WS_PRIVATE_H

#include "net_private.h"
#include "ws_frame.h"

enum st_ws_state {
    ST_WS_CONNECTING, /* a client without its handshake */
    ST_WS_OPEN,
    ST_WS_CLOSING, /* no more messages; the close frame is queued or sent */
    ST_WS_GONE,    /* being reported */
};

enum { ST_WS_REASON_MAX_BYTES = 123, ST_WS_CODE_NONE = 1005, ST_WS_CODE_LOST = 1006 };

struct st_ws_client;

struct st_ws {
    struct st_net *net;
    struct st_link *link; /* the connection's, or own_link */
    struct st_conn *conn; /* NULL on a client */
    struct st_ws_client *client;
    struct st_net_node node; /* clients only */
    const struct st_ws_events *events;
    void *user;
    enum st_ws_state state;
    struct st_ws_frame_reader reader; /* on a client only its message buffer is used */
    size_t queue_max;
    int64_t heard_us, pinged_us, deadline_us;
    uint16_t code; /* to be reported */
    char what[ST_WS_REASON_MAX_BYTES + 1];
    bool has_sent_close, has_peer_closed;
    struct st_link own_link;
};

struct st_ws *st_ws_alloc(struct st_net *net, const struct st_ws_events *events, void *user);
void st_ws_free(struct st_ws *ws);
void st_ws_set_end(struct st_ws *ws, uint16_t code, const char *what, size_t bytes);
void st_ws_client_free(struct st_ws_client *client);
void st_ws_client_abort(struct st_ws *ws); /* while connecting */

#endif
