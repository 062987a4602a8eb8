/*
 * WebSockets that go out: libwebsockets does TLS, the handshake and the reading. Here is what it
 * reports, and how a connection ends.
 */
#include "ws_client.h"

#include "net_metrics.h"

#include "sidetone/err.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_MAX_BYTES = 4096, TARGET_LONG_BYTES = 2000, REFUSED_US = 200000 };

bool st_ws_client_has_long_target(const struct st_ws_client *client)
{
    return strlen(client->url.target) > TARGET_LONG_BYTES;
}

const char *st_ws_client_peer(const struct st_ws *ws)
{
    return ws->client->peer;
}

unsigned st_ws_http_status(const struct st_ws *ws)
{
    return ws->client ? ws->client->http_status : 0;
}

uint32_t st_ws_retry_after_s(const struct st_ws *ws)
{
    return ws->client ? ws->client->retry_after_s : 0;
}

/* ---- ending ---- */

void st_ws_client_abort(struct st_ws *ws)
{
    ws->client->wants_close = true;
    st_ws_client_leave_lookup(ws->client);
    st_link_kill(ws->link);
    snprintf(ws->client->why, sizeof(ws->client->why), "closed while connecting");
}

void st_ws_client_tick(struct st_ws *ws)
{
    bool is_connecting = ws->state == ST_WS_CONNECTING;
    if (ws->link->is_dead && !ws->link->wsi) {
        st_ws_client_on_gone(ws, NULL); /* why is known */
        return;
    }
    if (is_connecting && ws->net->now_us >= ws->deadline_us && !ws->client->wants_close) {
        st_ws_client_abort(ws);
        snprintf(ws->client->why, sizeof(ws->client->why), "no connection in time");
        return;
    }
    if (!is_connecting)
        st_ws_tick(ws);
}

/* ---- what libwebsockets reports ---- */

static bool append(unsigned char **at, const unsigned char *end, const char *text)
{
    size_t bytes = strlen(text);
    if ((size_t)(end - *at) < bytes)
        return false;
    memcpy(*at, text, bytes);
    *at += bytes;
    return true;
}

/* In place of the short target that libwebsockets was given: its own code cuts long ones. */
static bool put_target(unsigned char **at, const unsigned char *end, const char *target)
{
    static const char mark[] = "GET " ST_WS_CLIENT_SHORT_TARGET " ";
    size_t bytes = strlen(target), short_bytes = sizeof(ST_WS_CLIENT_SHORT_TARGET) - 1;
    unsigned char *line = *at;
    for (size_t i = 0; i < HEAD_MAX_BYTES && memcmp(line, mark, sizeof(mark) - 1) != 0; i++)
        line--;
    if (memcmp(line, mark, sizeof(mark) - 1) != 0 || (size_t)(end - *at) < bytes)
        return false;
    unsigned char *rest = line + 4 + short_bytes;
    memmove(line + 4 + bytes, rest, (size_t)(*at - rest));
    memcpy(line + 4, target, bytes);
    *at += bytes - short_bytes;
    return true;
}

int st_ws_client_on_headers(struct st_ws *ws, void *in, size_t bytes)
{
    unsigned char **at = in, *end = *at + bytes;
    struct st_ws_client *client = ws->client;
    bool fits = true;
    client->has_asked = true;
    if (st_ws_client_has_long_target(client) && !put_target(at, end, client->url.target))
        return -1;
    if (client->bearer)
        fits = append(at, end, "Authorization: Bearer ") && append(at, end, client->bearer) &&
               append(at, end, "\r\n");
    for (size_t i = 0; i < client->header_count; i++)
        fits = fits && append(at, end, client->headers[i]) && append(at, end, "\r\n");
    return fits ? 0 : -1;
}

int st_ws_client_on_open(struct st_ws *ws)
{
    if (ws->link->is_dead || ws->client->wants_close)
        return -1;
    st_link_tune_socket(lws_get_socket_fd(ws->link->wsi), &ws->net->limits);
    ws->state = ST_WS_OPEN;
    ws->deadline_us = 0;
    ws->heard_us = ws->pinged_us = st_net_now_us(ws->net);
    if (ws->events->open)
        ws->events->open(ws->user, ws);
    return 0;
}

int st_ws_client_on_certificate(struct st_ws *ws, X509_STORE_CTX *chain, bool is_good)
{
    struct st_ws_client *client = ws->client;
    if (client->skips_certificate_check)
        return 0;
    bool is_of_server = X509_STORE_CTX_get_error_depth(chain) == 0;
    if (is_good && client->url.is_v6 && is_of_server &&
        X509_check_ip_asc(X509_STORE_CTX_get_current_cert(chain), client->url.host, 0) != 1) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_IP_ADDRESS_MISMATCH);
        is_good = false;
    }
    if (!is_good)
        st_ws_client_why_certificate(
            client, X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
    return is_good ? 0 : -1;
}

/* Whoever sends that may take his time to answer, and goes on sending. */
static int refuse(struct st_ws *ws, uint16_t code, const char *what)
{
    st_ws_close(ws, code, what);
    ws->deadline_us = st_net_now_us(ws->net) + REFUSED_US;
    return 0;
}

static void deliver(struct st_ws *ws, const uint8_t *data, size_t bytes)
{
    st_net_metrics_received(bytes);
    if (ws->events->message)
        ws->events->message(ws->user, ws, data, bytes, lws_frame_is_binary(ws->link->wsi));
}

int st_ws_client_on_bytes(struct st_ws *ws, const uint8_t *data, size_t bytes)
{
    struct lws *wsi = ws->link->wsi;
    struct st_ws_frame_reader *reader = &ws->reader;
    bool is_last = lws_is_final_fragment(wsi);
    if (ws->link->is_dead)
        return -1;
    ws->heard_us = st_net_now_us(ws->net);
    if (ws->state != ST_WS_OPEN)
        return 0;
    if (lws_is_first_fragment(wsi))
        reader->message_bytes = 0;
    if (bytes > reader->message_max - reader->message_bytes)
        return refuse(ws, 1009, "message too big");
    if (is_last && reader->message_bytes == 0) {
        deliver(ws, data, bytes);
        return 0;
    }
    if (!st_ws_frame_reader_keep(reader, data, bytes))
        return refuse(ws, 1011, "out of memory");
    if (is_last) {
        size_t whole = reader->message_bytes;
        reader->message_bytes = 0;
        deliver(ws, reader->message, whole);
    }
    return 0;
}

int st_ws_client_on_pong(struct st_ws *ws)
{
    ws->heard_us = st_net_now_us(ws->net);
    return ws->link->is_dead ? -1 : 0;
}

int st_ws_client_on_writable(struct st_ws *ws)
{
    if (ws->link->is_dead)
        return -1;
    if (st_link_drain(ws->link))
        st_ws_on_drained(ws);
    return ws->link->is_dead ? -1 : 0;
}

/* Ours was first: this is the answer, and the end. Otherwise libwebsockets answers. */
int st_ws_client_on_peer_close(struct st_ws *ws, const uint8_t *data, size_t bytes)
{
    uint16_t code = bytes >= 2 ? (uint16_t)(data[0] << 8 | data[1]) : ST_WS_CODE_NONE;
    if (ws->has_sent_close)
        return -1;
    ws->state = ST_WS_CLOSING;
    ws->deadline_us = st_net_after_s(ws->net, ws->net->limits.handshake_timeout_s);
    st_ws_set_end(ws, code, (const char *)data + 2, bytes >= 2 ? bytes - 2 : 0);
    return 0;
}

/* True when another address is tried. */
static bool note_failure(struct st_ws *ws, const char *what)
{
    struct st_ws_client *client = ws->client;
    if (client->wants_close || !what)
        return false;
    if (!client->is_answered)
        st_ws_client_why_failed(client, what, client->http_status);
    if (client->is_answered || !client->next_address || ws->net->is_destroying)
        return false;
    ws->link->is_dead = false;
    st_ws_client_try_next(ws);
    return true;
}

static uint32_t read_retry_after(struct lws *wsi)
{
    char text[16];
    if (lws_hdr_copy(wsi, text, sizeof(text), WSI_TOKEN_HTTP_RETRY_AFTER) <= 0)
        return 0;
    unsigned long seconds = strtoul(text, NULL, 10);
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

void st_ws_client_on_failed(struct st_ws *ws, const char *text)
{
    if (ws->link->wsi) {
        ws->client->http_status = lws_http_client_http_response(ws->link->wsi);
        ws->client->retry_after_s = read_retry_after(ws->link->wsi);
    }
    st_ws_client_on_gone(ws, text && *text ? text : "connection failed");
}

void st_ws_client_on_gone(struct st_ws *ws, const char *what)
{
    struct st_ws_client *client = ws->client;
    bool was_connecting = ws->state == ST_WS_CONNECTING;
    if (client->is_in_connect) {
        client->is_gone_in_connect = true;
        return;
    }
    ws->link->wsi = NULL;
    st_ws_leg_leave(client);
    if (was_connecting && note_failure(ws, what))
        return;
    if (was_connecting)
        st_ws_set_end(ws, ST_WS_CODE_LOST, client->why, strlen(client->why));
    st_ws_on_gone(ws);
}
