#include "http_private.h"
#include "net_metrics.h"

#include "sidetone/buf.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HEAD_SPARE_BYTES = 256 };

static const struct {
    int status;
    const char *reason, *code;
} statuses[] = {
    {100, "Continue", ""},
    {101, "Switching Protocols", ""},
    {200, "OK", ""},
    {201, "Created", ""},
    {202, "Accepted", ""},
    {204, "No Content", ""},
    {206, "Partial Content", ""},
    {301, "Moved Permanently", ""},
    {302, "Found", ""},
    {303, "See Other", ""},
    {304, "Not Modified", ""},
    {307, "Temporary Redirect", ""},
    {308, "Permanent Redirect", ""},
    {400, "Bad Request", "bad_request"},
    {401, "Unauthorized", "unauthorized"},
    {403, "Forbidden", "forbidden"},
    {404, "Not Found", "not_found"},
    {405, "Method Not Allowed", "method_not_allowed"},
    {406, "Not Acceptable", "not_acceptable"},
    {408, "Request Timeout", "timeout"},
    {409, "Conflict", "conflict"},
    {410, "Gone", "gone"},
    {411, "Length Required", "length_required"},
    {412, "Precondition Failed", "precondition_failed"},
    {413, "Content Too Large", "too_large"},
    {415, "Unsupported Media Type", "unsupported_media_type"},
    {416, "Range Not Satisfiable", "range_not_satisfiable"},
    {417, "Expectation Failed", "expectation_failed"},
    {422, "Unprocessable Content", "unprocessable"},
    {426, "Upgrade Required", "upgrade_required"},
    {429, "Too Many Requests", "too_many_requests"},
    {431, "Request Header Fields Too Large", "header_too_large"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "not_implemented"},
    {502, "Bad Gateway", "bad_gateway"},
    {503, "Service Unavailable", "unavailable"},
    {504, "Gateway Timeout", "gateway_timeout"},
    {505, "HTTP Version Not Supported", "version_not_supported"},
};
enum { STATUSES = sizeof(statuses) / sizeof(statuses[0]) };

const char *st_http_reason(int status)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (statuses[i].status == status)
            return statuses[i].reason;
    return "Status";
}

static const char *error_code(int status)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (statuses[i].status == status)
            return statuses[i].code;
    return "error";
}

/* ---- answers ---- */

static void write_date(char out[40])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(st_loop_wall_unix_ms() / 1000);
    struct tm tm;
    gmtime_r(&now, &tm);
    snprintf(out, 40, "%s, %02d %s %d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

struct st_buf *st_http_head_text(const struct st_http_answer_head *head)
{
    char date[40], length[48] = "", type[160] = "";
    const char *lines = head->lines ? head->lines : "";
    write_date(date);
    if (head->length >= 0)
        snprintf(length, sizeof(length), "Content-Length: %lld\r\n", (long long)head->length);
    if (head->content_type)
        snprintf(type, sizeof(type), "Content-Type: %s\r\n", head->content_type);
    size_t room = strlen(lines) + strlen(type) + HEAD_SPARE_BYTES;
    struct st_buf *buf = st_buf_create(room);
    int n = snprintf((char *)buf->data, room, "HTTP/1.1 %d %s\r\nDate: %s\r\n%s%s%s%s\r\n",
                     head->status, st_http_reason(head->status), date, type, length,
                     head->closes ? "Connection: close\r\n" : "", lines);
    buf->len = (size_t)n;
    return buf;
}

void st_http_send_buf(struct st_conn *conn, struct st_buf *buf)
{
    if (buf->len > 0)
        st_link_send(&conn->link, &(struct st_link_piece){.opcode = ST_LINK_NO_FRAME, .buf = buf});
}

static struct st_buf *error_body(int status)
{
    char text[160];
    int n = snprintf(text, sizeof(text), "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
                     error_code(status), st_http_reason(status));
    return st_buf_copy(text, (size_t)n);
}

void st_http_refuse(struct st_conn *conn, int status)
{
    struct st_buf *body = error_body(status);
    struct st_buf *head = st_http_head_text(&(struct st_http_answer_head){
        .status = status,
        .content_type = "application/json",
        .lines = status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" : NULL,
        .length = (int64_t)body->len,
        .closes = true,
    });
    if (conn->exchange) {
        st_http_exchange_free(conn->exchange);
        conn->exchange = NULL;
    }
    if (status != 408)
        st_net_metrics_refused(status == 403 ? ST_NET_REFUSED_ORIGIN : ST_NET_REFUSED_REQUEST);
    st_http_send_buf(conn, head);
    st_http_send_buf(conn, body);
    st_buf_unref(head);
    st_buf_unref(body);
    st_conn_finish(conn);
}

static bool may_have_body(int status)
{
    return status != 204 && status != 304 && status >= 200;
}

static bool is_sendable(const struct st_http_answer *answer)
{
    bool is_clean = answer->status >= 200 && answer->status <= 599;
    if (answer->content_type)
        is_clean = is_clean && strlen(answer->content_type) < 120 &&
                   st_http_value_is_clean(answer->content_type);
    if (answer->headers)
        is_clean = is_clean && st_http_lines_are_clean(answer->headers);
    return is_clean;
}

static void send_answer(struct st_http_exchange *exchange, const struct st_http_answer *answer)
{
    struct st_conn *conn = exchange->conn;
    bool has_body = may_have_body(answer->status);
    size_t bytes = answer->body && has_body ? answer->body->len : 0;
    struct st_buf *head = st_http_head_text(&(struct st_http_answer_head){
        .status = answer->status,
        .content_type =
            !has_body ? NULL : (answer->content_type ? answer->content_type : "application/json"),
        .lines = answer->headers,
        .length = has_body ? (int64_t)bytes : -1,
        .closes = exchange->head.wants_close,
    });
    st_http_send_buf(conn, head);
    st_buf_unref(head);
    if (bytes > 0 && strcmp(exchange->head.method, "HEAD") != 0)
        st_http_send_buf(conn, answer->body);
}

void st_http_answer(struct st_http_exchange *exchange, const struct st_http_answer *answer)
{
    static const struct st_http_answer broken = {.status = 500};
    struct st_conn *conn = exchange->conn;
    bool closes = exchange->head.wants_close;
    if (!conn) {
        st_http_exchange_free(exchange);
        return;
    }
    if (!is_sendable(answer)) {
        ST_ERROR(&conn->link.net->log, "an answer to %s had a broken header; sent 500 instead",
                 exchange->path);
        answer = &broken;
    }
    send_answer(exchange, answer);
    conn->exchange = NULL;
    st_http_exchange_free(exchange);
    if (closes || conn->link.net->is_closing)
        st_conn_finish(conn);
    else
        st_conn_next_request(conn);
}

/* ---- requests ---- */

void st_http_exchange_free(struct st_http_exchange *exchange)
{
    free(exchange->data);
    free(exchange->path);
    free(exchange->body);
    free(exchange);
}

void st_http_on_gone(struct st_http_exchange *exchange)
{
    bool is_with_handler = exchange->conn->state == ST_CONN_ANSWER;
    exchange->conn = NULL;
    if (!is_with_handler)
        st_http_exchange_free(exchange);
}

static int decode_path(struct st_http_exchange *exchange)
{
    size_t bytes = strcspn(exchange->head.target, "?");
    exchange->path = st_mem_alloc(bytes + 1);
    return st_http_decode(exchange->path, bytes + 1, exchange->head.target, bytes, false);
}

static int refusal_of(int err)
{
    return err == -ENOBUFS ? 431 : err == -EPROTONOSUPPORT ? 505 : 400;
}

static bool needs_length(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

/* 0, or the status to refuse with. */
static int check_body(const struct st_http_exchange *exchange,
                      const struct st_config_limits *limits)
{
    const struct st_http_head *head = &exchange->head;
    if (head->is_chunked || (needs_length(head->method) && !head->has_length))
        return 411;
    if (head->length > limits->body_bytes)
        return 413;
    if (st_http_head_find(head, "Expect") && !head->wants_continue)
        return 417;
    return 0;
}

static void dispatch(struct st_conn *conn)
{
    struct st_http_exchange *exchange = conn->exchange;
    const struct st_listener_config *config = &conn->listener->config;
    conn->state = ST_CONN_ANSWER;
    conn->deadline_us = 0;
    if (config->request)
        config->request(config->user, exchange);
    else
        st_http_answer(exchange, &(struct st_http_answer){.status = 404});
}

static void begin_body(struct st_conn *conn)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct st_http_exchange *exchange = conn->exchange;
    exchange->body_bytes = (size_t)exchange->head.length;
    exchange->body = st_mem_try_alloc(exchange->body_bytes + 1);
    if (!exchange->body) {
        st_http_refuse(conn, 503);
        return;
    }
    conn->state = ST_CONN_BODY;
    conn->deadline_us = st_net_after_s(conn->link.net, conn->link.net->limits.idle_timeout_s);
    if (exchange->head.wants_continue)
        st_link_send(&conn->link, &(struct st_link_piece){.opcode = ST_LINK_NO_FRAME,
                                                          .data = go_on,
                                                          .bytes = sizeof(go_on) - 1});
}

void st_http_on_head(struct st_conn *conn, const void *data, size_t bytes)
{
    struct st_http_exchange *exchange = st_mem_alloc(sizeof(*exchange));
    conn->exchange = exchange;
    conn->has_requested = true;
    exchange->conn = conn;
    exchange->data = st_mem_alloc(bytes + 1);
    memcpy(exchange->data, data, bytes);
    memcpy(exchange->peer, conn->peer, sizeof(exchange->peer));
    int err = st_http_head_parse(&exchange->head, exchange->data, bytes);
    if (!err && decode_path(exchange) < 0)
        err = -EBADMSG;
    int status = err ? refusal_of(err) : check_body(exchange, &conn->link.net->limits);
    if (status)
        st_http_refuse(conn, status);
    else if (st_http_is_upgrade(exchange))
        st_http_upgrade(conn, exchange);
    else if (exchange->head.length > 0)
        begin_body(conn);
    else
        dispatch(conn);
}

size_t st_http_on_body(struct st_conn *conn, const void *data, size_t bytes)
{
    struct st_http_exchange *exchange = conn->exchange;
    size_t n = exchange->body_bytes - exchange->body_got;
    if (n > bytes)
        n = bytes;
    if (n == 0)
        return 0;
    memcpy(exchange->body + exchange->body_got, data, n);
    exchange->body_got += n;
    if (exchange->body_got == exchange->body_bytes)
        dispatch(conn);
    return n;
}

/* ---- what handlers read ---- */

const char *st_http_method(const struct st_http_exchange *exchange)
{
    return exchange->head.method;
}

const char *st_http_path(const struct st_http_exchange *exchange)
{
    return exchange->path;
}

const char *st_http_query(const struct st_http_exchange *exchange)
{
    return exchange->head.query;
}

const char *st_http_target(const struct st_http_exchange *exchange)
{
    return exchange->head.target;
}

const char *st_http_header(struct st_http_exchange *exchange, const char *name)
{
    return st_http_head_find(&exchange->head, name);
}

const char *st_http_peer(const struct st_http_exchange *exchange)
{
    return exchange->peer;
}

const void *st_http_body(const struct st_http_exchange *exchange, size_t *ret_bytes)
{
    *ret_bytes = exchange->body_bytes;
    return exchange->body ? (const void *)exchange->body : "";
}

int st_http_query_get(const struct st_http_exchange *exchange, const char *name, char *out,
                      size_t out_bytes)
{
    const char *at = exchange->head.query;
    size_t name_bytes = strlen(name);
    while (*at) {
        size_t bytes = strcspn(at, "&");
        const char *equals = memchr(at, '=', bytes);
        size_t key = equals ? (size_t)(equals - at) : bytes;
        if (key == name_bytes && strncmp(at, name, key) == 0) {
            const char *value = equals ? equals + 1 : at + bytes;
            return st_http_decode(out, out_bytes, value, (size_t)(at + bytes - value), true);
        }
        at += bytes;
        at += *at == '&';
    }
    return -ENOENT;
}
