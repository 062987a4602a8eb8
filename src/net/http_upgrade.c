/*
 * From a request to a WebSocket: who may, and with which subprotocol.
 */
#include "http_private.h"
#include "net_metrics.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

enum { KEY_BYTES = 24, ACCEPT_BYTES = 29, HOST_MAX_BYTES = 256 };

bool st_http_is_upgrade(const struct st_http_exchange *exchange)
{
    return st_http_head_find(&exchange->head, "Upgrade") != NULL;
}

static bool is_loopback_name(const char *host)
{
    size_t name = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    struct in_addr v4;
    char text[64];
    if (name >= sizeof(text))
        return false;
    memcpy(text, host, name);
    text[name] = '\0';
    if (strcmp(text, "localhost") == 0 || strcmp(text, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, text, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

/* A name that was made to point at a loopback listener (DNS rebinding) is not its own host. Behind
 * a proxy that ends TLS the page's scheme is https while ours is not. */
static bool is_own_origin(const struct st_conn *conn, const char *origin, const char *host)
{
    const char *rest = NULL;
    if (strncmp(origin, "https://", 8) == 0)
        rest = origin + 8;
    else if (strncmp(origin, "http://", 7) == 0 && !conn->listener->tls)
        rest = origin + 7;
    if (!rest || !host || *host == '\0' || strcmp(rest, host) != 0)
        return false;
    return !conn->listener->is_loopback || is_loopback_name(host);
}

static bool may_come(const struct st_conn *conn, const struct st_http_head *head)
{
    const struct st_listener_config *config = &conn->listener->config;
    const char *origin = st_http_head_find(head, "Origin");
    if (!origin)
        return true;
    for (size_t i = 0; i < config->origin_count; i++)
        if (strcmp(origin, config->origins[i]) == 0)
            return true;
    return is_own_origin(conn, origin, st_http_head_find(head, "Host"));
}

static bool key_is_valid(const char *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return key && strlen(key) == KEY_BYTES && strspn(key, digits) == KEY_BYTES - 2 &&
           strcmp(key + KEY_BYTES - 2, "==") == 0;
}

/* 0, or the status to refuse with. */
static int check(const struct st_conn *conn, const struct st_http_head *head)
{
    const char *version = st_http_head_find(head, "Sec-WebSocket-Version");
    if (strcasecmp(st_http_head_find(head, "Upgrade"), "websocket") != 0)
        return 400;
    if (strcmp(head->method, "GET") != 0 || head->minor == 0 || head->length > 0 ||
        !head->wants_upgrade)
        return 400;
    if (!version || strcmp(version, "13") != 0)
        return 426;
    if (!key_is_valid(st_http_head_find(head, "Sec-WebSocket-Key")))
        return 400;
    return may_come(conn, head) ? 0 : 403;
}

static void compute_accept(const char *key, char out[ACCEPT_BYTES])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char joined[KEY_BYTES + sizeof(guid) - 1], hash[SHA_DIGEST_LENGTH];
    memcpy(joined, key, KEY_BYTES);
    memcpy(joined + KEY_BYTES, guid, sizeof(guid) - 1);
    SHA1(joined, sizeof(joined), hash);
    EVP_EncodeBlock((unsigned char *)out, hash, sizeof(hash));
}

static void send_switch(struct st_conn *conn, const struct st_http_head *head,
                        const char *subprotocol)
{
    char accept[ACCEPT_BYTES + 4], text[512];
    const char *offered = st_http_head_find(head, "Sec-WebSocket-Protocol");
    bool says = subprotocol && st_http_list_has(offered, subprotocol, true);
    compute_accept(st_http_head_find(head, "Sec-WebSocket-Key"), accept);
    int n = snprintf(text, sizeof(text),
                     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
                     accept, says ? "Sec-WebSocket-Protocol: " : "", says ? subprotocol : "",
                     says ? "\r\n" : "");
    st_link_send(&conn->link, &(struct st_link_piece){
                                  .opcode = ST_LINK_NO_FRAME, .data = text, .bytes = (size_t)n});
}

void st_http_upgrade(struct st_conn *conn, struct st_http_exchange *exchange)
{
    const struct st_listener_config *config = &conn->listener->config;
    struct st_ws_accept accept = {0};
    int status = conn->link.net->is_closing ? 503 : check(conn, &exchange->head);
    if (!status)
        status = config->upgrade ? config->upgrade(config->user, exchange, &accept) : 404;
    if (!status && !accept.events)
        status = 503;
    if (status) {
        st_http_refuse(conn, status);
        return;
    }
    send_switch(conn, &exchange->head, accept.subprotocol);
    conn->exchange = NULL;
    st_http_exchange_free(exchange);
    conn->state = ST_CONN_WS;
    conn->deadline_us = 0;
    st_ws_open_server(conn, &accept);
}
