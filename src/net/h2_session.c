/* nghttp2's part: one POST with both bodies streamed. */
#include "h2_private.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PSEUDO_HEADERS = 4, STATUS_MIN = 100, STATUS_MAX = 599 };

/* ---- the request's body ---- */

static ssize_t on_read_body(nghttp2_session *session, int32_t stream_id, uint8_t *out, size_t cap,
                            uint32_t *flags, nghttp2_data_source *source, void *user)
{
    struct st_h2 *h2 = user;
    size_t left = st_h2_bytes_left(&h2->queue);
    size_t bytes = left < cap ? left : cap;
    if (bytes == 0 && !h2->wants_end) {
        h2->is_deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    if (bytes > 0)
        memcpy(out, h2->queue.data + h2->queue.at, bytes);
    st_h2_bytes_take(&h2->queue, bytes);
    if (bytes == left && h2->wants_end)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (bytes == left && bytes > 0)
        h2->has_drained = true;
    return (ssize_t)bytes;
}

void st_h2_session_wake(struct st_h2 *h2)
{
    if (!h2->session || !h2->is_deferred)
        return;
    h2->is_deferred = false;
    nghttp2_session_resume_data(h2->session, h2->stream_id);
}

/* ---- the response ---- */

static const char *find_header(const void *headers, const char *name)
{
    const struct st_h2 *h2 = headers;
    for (size_t i = 0; i < h2->response_count; i++)
        if (strcmp(h2->response[i].name, name) == 0)
            return h2->response[i].value;
    return NULL;
}

static void forget_headers(struct st_h2 *h2)
{
    for (size_t i = 0; i < h2->response_count; i++) {
        free(h2->response[i].name);
        free(h2->response[i].value);
    }
    h2->response_count = h2->response_bytes = 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_bytes, const uint8_t *value, size_t value_bytes, uint8_t flags,
                     void *user)
{
    struct st_h2 *h2 = user;
    if (frame->hd.stream_id != h2->stream_id || h2->has_response)
        return 0;
    h2->response_bytes += name_bytes + value_bytes;
    if (h2->response_count == ST_H2_RESPONSE_HEADERS_MAX || h2->response_bytes > ST_H2_HEADER_BYTES)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    h2->response[h2->response_count++] =
        (struct st_h2_header){st_mem_strndup((const char *)name, name_bytes),
                              st_mem_strndup((const char *)value, value_bytes)};
    return 0;
}

static void tell_response(struct st_h2 *h2)
{
    const char *status = find_header(h2, ":status");
    unsigned long number = status ? strtoul(status, NULL, 10) : 0;
    if (number < STATUS_MIN || number > STATUS_MAX) {
        st_h2_fail(h2, "the response has no status");
        return;
    }
    if (number >= 200) {
        h2->has_response = true;
        h2->status = (unsigned)number;
        if (h2->events->response(h2->user, h2, h2->status, find_header, h2) != 0)
            st_h2_fail(h2, "given up after HTTP %u", h2->status);
    }
    forget_headers(h2);
}

static void on_settings(struct st_h2 *h2)
{
    if (h2->state != ST_H2_GREETING)
        return;
    h2->state = ST_H2_OPEN;
    if (h2->events->open)
        h2->events->open(h2->user, h2);
}

/* Also before the request's end: a refusal does not wait for that. */
static void check_end(struct st_h2 *h2, const nghttp2_frame *frame)
{
    bool is_end = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                  frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (!is_end || frame->hd.stream_id != h2->stream_id || !h2->has_response || h2->is_cancelled ||
        h2->state == ST_H2_CLOSING)
        return;
    h2->is_whole = true;
    st_h2_fail(h2, "the server ended the response");
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    struct st_h2 *h2 = user;
    if (h2->state == ST_H2_CLOSING)
        return 0;
    if (frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
        on_settings(h2);
    else if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR &&
             !h2->what[0])
        snprintf(h2->what, sizeof(h2->what), "the server went away: %s",
                 nghttp2_http2_strerror(frame->goaway.error_code));
    else if (frame->hd.type == NGHTTP2_HEADERS && frame->hd.stream_id == h2->stream_id &&
             !h2->has_response)
        tell_response(h2);
    check_end(h2, frame);
    return 0;
}

static int on_body(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data,
                   size_t bytes, void *user)
{
    struct st_h2 *h2 = user;
    if (h2->state == ST_H2_OPEN && stream_id == h2->stream_id && h2->has_response)
        h2->events->body(h2->user, h2, data, bytes);
    return 0;
}

static int on_stream_closed(nghttp2_session *session, int32_t stream_id, uint32_t code, void *user)
{
    struct st_h2 *h2 = user;
    if (stream_id != h2->stream_id || h2->state == ST_H2_CLOSING || h2->is_cancelled)
        return 0;
    h2->is_whole = h2->has_response && code == NGHTTP2_NO_ERROR;
    if (h2->is_whole)
        st_h2_fail(h2, "the server ended the response");
    else if (code == NGHTTP2_NO_ERROR || code == NGHTTP2_REFUSED_STREAM)
        st_h2_fail(h2, "the server did not take the request");
    else
        st_h2_fail(h2, "the server broke off: %s", nghttp2_http2_strerror(code));
    return 0;
}

/* ---- the session ---- */

static nghttp2_session_callbacks *make_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_body);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_closed);
    return callbacks;
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static int submit_request(struct st_h2 *h2)
{
    nghttp2_nv headers[PSEUDO_HEADERS + ST_H2_HEADERS_MAX];
    nghttp2_data_provider body = {.read_callback = on_read_body};
    size_t count = 0;
    headers[count++] = pair(":method", "POST");
    headers[count++] = pair(":scheme", h2->trust ? "https" : "http");
    headers[count++] = pair(":authority", h2->url.authority);
    headers[count++] = pair(":path", h2->url.target);
    for (size_t i = 0; i < h2->header_count; i++) {
        headers[count] = pair(h2->headers[i].name, h2->headers[i].value);
        headers[count++].flags = strcmp(h2->headers[i].name, "authorization") == 0 ||
                                         strstr(h2->headers[i].name, "token")
                                     ? NGHTTP2_NV_FLAG_NO_INDEX
                                     : NGHTTP2_NV_FLAG_NONE;
    }
    h2->stream_id = nghttp2_submit_request(h2->session, NULL, headers, count, &body, h2);
    return h2->stream_id < 0 ? -EINVAL : 0;
}

int st_h2_session_start(struct st_h2 *h2)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, ST_H2_HEADER_BYTES},
    };
    nghttp2_session_callbacks *callbacks = make_callbacks();
    if (!callbacks)
        return -ENOMEM;
    int err = nghttp2_session_client_new(&h2->session, callbacks, h2);
    nghttp2_session_callbacks_del(callbacks);
    if (err)
        return -ENOMEM;
    err = nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings,
                                  sizeof(settings) / sizeof(settings[0]));
    return err ? -ENOMEM : submit_request(h2);
}

void st_h2_session_on_bytes(struct st_h2 *h2, const uint8_t *data, size_t bytes)
{
    if (!h2->session || h2->state == ST_H2_CLOSING)
        return;
    h2->depth++;
    ssize_t used = nghttp2_session_mem_recv(h2->session, data, bytes);
    h2->depth--;
    if (h2->state == ST_H2_CLOSING)
        return;
    if (used < 0)
        st_h2_fail(h2,
                   h2->state == ST_H2_GREETING ? "what answers does not speak HTTP/2"
                                               : "the server broke HTTP/2: %s",
                   nghttp2_strerror((int)used));
}

/* nghttp2 says goodbye to those who break the protocol, and is done then. */
void st_h2_session_check(struct st_h2 *h2)
{
    if (h2->state == ST_H2_CLOSING || h2->is_cancelled || nghttp2_session_want_read(h2->session) ||
        nghttp2_session_want_write(h2->session))
        return;
    if (h2->state == ST_H2_GREETING)
        st_h2_fail(h2, "what answers does not speak HTTP/2 (%s port %u)", h2->peer, h2->url.port);
    else
        st_h2_fail(h2, "the server broke HTTP/2");
}

size_t st_h2_session_next(struct st_h2 *h2, const uint8_t **ret_data)
{
    h2->depth++;
    ssize_t bytes = nghttp2_session_mem_send(h2->session, ret_data);
    h2->depth--;
    if (bytes < 0)
        st_h2_fail(h2, "the request cannot be sent: %s", nghttp2_strerror((int)bytes));
    return bytes > 0 && h2->state != ST_H2_CLOSING ? (size_t)bytes : 0;
}

void st_h2_session_cancel(struct st_h2 *h2)
{
    h2->is_cancelled = true;
    if (!h2->is_whole)
        nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE, h2->stream_id, NGHTTP2_CANCEL);
    nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, NULL, 0);
}

void st_h2_session_fini(struct st_h2 *h2)
{
    forget_headers(h2);
    nghttp2_session_del(h2->session);
}
