#include "fake_net.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- listeners ---- */

int st_net_listen(struct st_net *net, struct st_listener **ret_listener,
                  const struct st_listener_config *config)
{
    int result = net->listen_result;
    net->listen_result = 0;
    if (result)
        return result;
    assert(net->count < FAKE_LISTENERS_MAX);
    net->listeners[net->count].config = *config;
    *ret_listener = &net->listeners[net->count++];
    return 0;
}

uint16_t st_listener_port(const struct st_listener *listener)
{
    return listener->config.port;
}

void st_listener_close(struct st_listener *listener)
{
    listener->is_closed = true;
}

int st_listener_reload_tls(struct st_listener *listener)
{
    return -ENOENT;
}

/* ---- exchanges ---- */

void fake_net_request(struct st_net *net, unsigned listener, struct st_http_exchange *exchange)
{
    const struct st_listener_config *config = &net->listeners[listener].config;
    config->request(config->user, exchange);
}

const char *st_http_method(const struct st_http_exchange *exchange)
{
    return exchange->method ? exchange->method : "GET";
}

const char *st_http_path(const struct st_http_exchange *exchange)
{
    return exchange->path ? exchange->path : "/";
}

const char *st_http_query(const struct st_http_exchange *exchange)
{
    return exchange->query ? exchange->query : "";
}

const char *st_http_target(const struct st_http_exchange *exchange)
{
    return exchange->target ? exchange->target : st_http_path(exchange);
}

const void *st_http_body(const struct st_http_exchange *exchange, size_t *ret_bytes)
{
    *ret_bytes = exchange->said ? strlen(exchange->said) : 0;
    return exchange->said;
}

const char *st_http_header(struct st_http_exchange *exchange, const char *name)
{
    for (unsigned i = 0; i < FAKE_HEADERS_MAX; i++)
        if (exchange->headers[i].name && strcasecmp(exchange->headers[i].name, name) == 0)
            return exchange->headers[i].value;
    return NULL;
}

void st_http_answer(struct st_http_exchange *exchange, const struct st_http_answer *answer)
{
    exchange->answers++;
    exchange->status = answer->status;
    snprintf(exchange->content_type, sizeof(exchange->content_type), "%s",
             answer->content_type ? answer->content_type : "application/json");
    snprintf(exchange->lines, sizeof(exchange->lines), "%s",
             answer->headers ? answer->headers : "");
    exchange->body_bytes = answer->body ? answer->body->len : 0;
    assert(exchange->body_bytes < sizeof(exchange->body));
    if (answer->body)
        memcpy(exchange->body, answer->body->data, answer->body->len);
    exchange->body[exchange->body_bytes] = '\0';
}

/* ---- streams ---- */

struct st_http_stream *st_http_stream_open(struct st_http_exchange *exchange,
                                           const char *content_type,
                                           const struct st_http_stream_events *events, void *user)
{
    exchange->answers++;
    if (exchange->is_gone)
        return NULL;
    struct st_http_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->events = events;
    stream->user = user;
    exchange->status = 200;
    exchange->stream = stream;
    snprintf(exchange->content_type, sizeof(exchange->content_type), "%s", content_type);
    return stream;
}

int st_http_stream_send(struct st_http_stream *stream, struct st_buf *buf)
{
    if (stream->is_closing)
        return -ENOTCONN;
    assert(stream->text_bytes + buf->len < sizeof(stream->text));
    memcpy(stream->text + stream->text_bytes, buf->data, buf->len);
    stream->text_bytes += buf->len;
    stream->text[stream->text_bytes] = '\0';
    return 0;
}

size_t st_http_stream_queued_bytes(const struct st_http_stream *stream)
{
    return stream->queued_bytes;
}

void st_http_stream_close(struct st_http_stream *stream)
{
    stream->is_closing = true;
}

const char *fake_stream_take(struct st_http_stream *stream)
{
    static char taken[FAKE_TEXT_BYTES];
    memcpy(taken, stream->text, stream->text_bytes + 1);
    stream->text_bytes = 0;
    stream->text[0] = '\0';
    return taken;
}

void fake_stream_gone(struct st_http_stream *stream)
{
    stream->is_closing = true;
    stream->events->closed(stream->user);
    free(stream);
}

/* ---- WebSockets ---- */

int fake_net_upgrade(struct st_net *net, unsigned listener, struct st_http_exchange *exchange,
                     struct st_ws **ret_ws)
{
    const struct st_listener_config *config = &net->listeners[listener].config;
    struct st_ws_accept accept = {0};
    int status = config->upgrade(config->user, exchange, &accept);
    if (status)
        return status;
    struct st_ws *ws = st_mem_alloc(sizeof(*ws));
    ws->accept = accept;
    accept.events->open(accept.user, ws);
    *ret_ws = ws;
    return 0;
}

int st_ws_send_copy(struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    if (ws->is_closing)
        return -ENOTCONN;
    assert(!is_binary);
    assert(ws->text_bytes + bytes + 2 < sizeof(ws->text));
    memcpy(ws->text + ws->text_bytes, data, bytes);
    ws->text_bytes += bytes;
    ws->text[ws->text_bytes++] = '\n';
    ws->text[ws->text_bytes] = '\0';
    return 0;
}

int st_ws_send(struct st_ws *ws, struct st_buf *buf, bool is_binary)
{
    return st_ws_send_copy(ws, buf->data, buf->len, is_binary);
}

void st_ws_set_queue_max(struct st_ws *ws, size_t bytes)
{
    ws->queue_max = bytes;
}

size_t st_ws_queued_bytes(const struct st_ws *ws)
{
    return ws->queued_bytes;
}

void st_ws_close(struct st_ws *ws, uint16_t code, const char *reason)
{
    if (ws->is_closing)
        return;
    ws->is_closing = true;
    ws->code = code;
    snprintf(ws->reason, sizeof(ws->reason), "%s", reason);
}

/* Of a closing one nothing is read any more. */
static void say(struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    if (!ws->is_closing)
        ws->accept.events->message(ws->accept.user, ws, data, bytes, is_binary);
}

void fake_ws_say(struct st_ws *ws, const char *text)
{
    say(ws, text, strlen(text), false);
}

void fake_ws_say_binary(struct st_ws *ws, const void *data, size_t bytes)
{
    say(ws, data, bytes, true);
}

const char *fake_ws_take(struct st_ws *ws)
{
    static char taken[FAKE_TEXT_BYTES];
    memcpy(taken, ws->text, ws->text_bytes + 1);
    ws->text_bytes = 0;
    ws->text[0] = '\0';
    return taken;
}

void fake_ws_drain(struct st_ws *ws)
{
    ws->queued_bytes = 0;
    if (!ws->is_closing && ws->accept.events->drained)
        ws->accept.events->drained(ws->accept.user, ws);
}

void fake_ws_gone(struct st_ws *ws)
{
    ws->is_closing = true;
    ws->accept.events->closed(ws->accept.user, ws, 1006, "gone");
    free(ws);
}
