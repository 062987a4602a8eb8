/*
 * An exchange: one request and the one answer it gets.
 */
#ifndef ST_NET_HTTP_PRIVATE_H
#define ST_NET_HTTP_PRIVATE_H

#include "http_head.h"
#include "net_private.h"

struct st_http_exchange {
    struct st_conn *conn; /* NULL: the client has gone */
    struct st_http_head head;
    char *data; /* what head points into */
    char *path; /* decoded */
    uint8_t *body;
    size_t body_bytes, body_got;
    char peer[ST_NET_PEER_BYTES];
};

/* The status line and fields of an answer; `length` -1: none is said, the end of the connection
 * is the end of the body. */
struct st_http_answer_head {
    int status;
    const char *content_type, *lines;
    int64_t length;
    bool closes;
};
struct st_buf *st_http_head_text(const struct st_http_answer_head *head);
void st_http_send_buf(struct st_conn *conn, struct st_buf *buf);

#endif
