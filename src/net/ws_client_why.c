#include "ws_client.h"

#include "sidetone/err.h"

#include <string.h>

void st_ws_client_why_lookup(struct st_ws_client *client, int err)
{
    if (err == UV_EAI_NONAME || err == UV_EAI_NODATA || err == UV_EAI_ADDRFAMILY)
        snprintf(client->why, sizeof(client->why), "no such host: %s", client->url.host);
    else
        snprintf(client->why, sizeof(client->why), "cannot look up %s: %s", client->url.host,
                 st_err_text(err));
}

void st_ws_client_why_certificate(struct st_ws_client *client, const char *reason)
{
    client->is_answered = true;
    snprintf(client->why, sizeof(client->why), "certificate not trusted: %s", reason);
}

/* What libwebsockets says, and what that means; the first that begins alike. NULL: the end of the
 * connection, which means more when it is known how far it came. */
static const struct {
    const char *says, *means;
} meanings[] = {
    {"Unable to connect", "connection refused"},
    {"closed before", NULL},
    {"connection lost", NULL},
    {"Peer hung up", NULL},
    {"read failed", NULL},
    {"Timed out", "no answer in time"},
    {"connect SSL", "TLS failed: is this a TLS port?"},
    {"connect SYSCALL", "the connection was closed during the TLS handshake"},
    {"server's cert", "certificate not trusted"},
    {"problems parsing header", "what answers is no HTTP server"},
    {"HS: PROTOCOL", "the server chose a subprotocol that was not asked for"},
    {"HS: Cannot match protocol", "the server chose a subprotocol that was not asked for"},
    {"HS: ", "the server did not accept the WebSocket properly"},
};

static const char *meaning_of(const struct st_ws_client *client, const char *text)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (strncmp(text, meanings[i].says, strlen(meanings[i].says)) == 0)
            return meanings[i].means   ? meanings[i].means
                   : client->has_asked ? "the connection was closed before the WebSocket was open"
                                       : "connection refused";
    return "connection failed";
}

void st_ws_client_why_failed(struct st_ws_client *client, const char *text, unsigned status)
{
    if (status > 0 && status != 101) {
        client->is_answered = true;
        snprintf(client->why, sizeof(client->why), "refused: HTTP %u %s", status,
                 st_http_reason((int)status));
        return;
    }
    snprintf(client->why, sizeof(client->why), "%s (%s port %u)", meaning_of(client, text),
             client->peer, client->url.port);
}
