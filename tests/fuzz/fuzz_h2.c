/* What a hostile HTTP/2 server sends: the first byte says in pieces of which size, the rest comes
 * over a socket that is none, behind the settings of a server or (first bit) without them. */
#include "net/h2_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { FRAME_HEAD_BYTES = 9, BODY_BYTES = 3000 };

static bool is_closing, is_gone;

/* ---- in place of h2_socket.c ---- */

int st_h2_socket_open(struct st_h2 *h2)
{
    return 0;
}

void st_h2_socket_flush(struct st_h2 *h2)
{
    st_h2_bytes_take(&h2->out, st_h2_bytes_left(&h2->out));
}

void st_h2_socket_close(struct st_h2 *h2)
{
    is_closing = true;
}

void st_h2_socket_fini(struct st_h2 *h2)
{
}

/* ---- the owner ---- */

static void on_open(void *user, struct st_h2 *h2)
{
    static const char body[BODY_BYTES];
    st_h2_send(h2, body, sizeof(body));
}

static int on_response(void *user, struct st_h2 *h2, unsigned status,
                       const char *(*header)(const void *headers, const char *name),
                       const void *headers)
{
    const char *date = header(headers, "date");
    assert(status >= 200 && status < 600 && (!date || strlen(date) < ST_H2_HEADER_BYTES));
    return status == 599 ? -1 : 0;
}

static void on_body(void *user, struct st_h2 *h2, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    assert(bytes > 0);
    if (at[0] == 'E')
        st_h2_end(h2);
    if (at[bytes - 1] == 'C')
        st_h2_close(h2);
}

static void on_closed(void *user, struct st_h2 *h2, const struct st_h2_end *end)
{
    assert(end->what[0] && !is_gone);
    is_gone = true;
}

static const struct st_h2_events events = {
    .open = on_open, .response = on_response, .body = on_body, .closed = on_closed};

static void put(struct st_h2 *h2, const uint8_t *data, size_t bytes, size_t piece)
{
    for (size_t at = 0; at < bytes && !is_closing; at += piece)
        st_h2_on_bytes(h2, data + at, bytes - at < piece ? bytes - at : piece);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const uint8_t settings[FRAME_HEAD_BYTES] = {[3] = 4};
    static const char *const headers[] = {"authorization: a-secret", "x-more: 1", NULL};
    struct st_net net = {.loop = NULL};
    struct st_h2_connect connect = {.url = "http://localhost:1/path", .headers = headers};
    struct st_h2 *h2;
    if (bytes == 0)
        return 0;
    is_closing = is_gone = false;
    net.h2s.next = net.h2s.prev = &net.h2s;
    if (st_h2_connect(&net, &h2, &connect, &events, NULL) != 0)
        abort();
    st_h2_on_connected(h2);
    if (!(data[0] & 1))
        put(h2, settings, sizeof(settings), sizeof(settings));
    put(h2, data + 1, bytes - 1, data[0] < 128 ? 1U + data[0] : 65536);
    st_h2_close(h2);
    assert(is_closing);
    st_h2_on_gone(h2);
    assert(is_gone && net.h2s.next == &net.h2s);
    return 0;
}
