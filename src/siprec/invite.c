/* Sessions that begin: who may, and what their first offer must have. */
#include "server.h"

#include <string.h>
#include <strings.h>

static bool is_let_in(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    if (siprec->realm.user_count == 0)
        return true;
    enum digest_verdict verdict =
        digest_check(&siprec->realm, exchange->request, &exchange->peer, exchange->now_us);
    if (verdict == DIGEST_ACCEPTED)
        return true;
    siprec->counts.unauthenticated++;
    if (verdict == DIGEST_ELSEWHERE)
        ST_WARN(&siprec->log,
                "an INVITE from %s is not let in: its password is right, but its credentials are "
                "for another URI than its own",
                exchange->peer.address);
    osip_message_t *sip = reply_begin(exchange, 401, NULL);
    digest_challenge(&siprec->realm, exchange->request, &exchange->peer, verdict == DIGEST_STALE,
                     exchange->now_us, sip);
    reply_send(exchange, sip);
    return false;
}

/* Up to here nothing is remembered, so nothing that is said is said again (RFC 3261, 26.3.2.4): an
 * answer may go to somebody who never asked. */
static bool is_taken(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    if (session_find_merged(siprec, exchange->request)) {
        reply(exchange, 482);
        return false;
    }
    if (siprec->is_draining || siprec->session_count >= siprec->sessions_max) {
        reply_busy(exchange);
        return false;
    }
    if (!is_let_in(exchange))
        return false;
    if (exchange_remember(exchange))
        return true;
    reply_busy(exchange);
    return false;
}

static bool is_understood(const struct exchange *exchange)
{
    const char *option = offer_unknown_option(exchange->request);
    const osip_uri_t *uri = exchange->request->sip->req_uri;
    if (uri->scheme && strcasecmp(uri->scheme, "sip") != 0 && strcasecmp(uri->scheme, "sips") != 0)
        reply(exchange, 416);
    else if (option)
        reply_with(exchange, 420, "Unsupported", option);
    else
        return true;
    return false;
}

static bool does_allow(const osip_message_t *sip, const char *method)
{
    osip_allow_t *allow;
    for (int i = 0; (allow = osip_list_get(&sip->allows, i)) != NULL; i++)
        if (allow->value && strstr(allow->value, method))
            return true;
    return false;
}

/* 0, or the status to refuse with; the session is gone then. */
static int begin_session(struct exchange *exchange, const struct sip_bodies *bodies,
                         const struct offer *offer)
{
    struct st_siprec *siprec = exchange->siprec;
    struct session *session = session_create(exchange);
    session->allows_update = does_allow(exchange->request->sip, "UPDATE");
    offer_read_metadata(siprec, session, bodies);
    int streams = session_settle(siprec, session, &offer->sdp, exchange->request);
    int status = streams < 0 ? offer_status_of(streams) : streams == 0 ? 488 : 0;
    if (!status && !session_keep_request(exchange, session, offer))
        status = 500;
    if (status) {
        session_destroy(siprec, session);
        return status;
    }
    exchange->transaction->session = session->id;
    memcpy(session->invite_key, exchange->key, sizeof(session->invite_key));
    siprec->counts.sessions++;
    reply(exchange, 100);
    session_ask_sink(siprec, session, true);
    return 0;
}

void handle_invite(struct exchange *exchange)
{
    struct sip_bodies bodies;
    struct offer offer;
    if (!is_taken(exchange) || !is_understood(exchange))
        return;
    int status = offer_read_bodies(exchange->request, &bodies);
    if (!status)
        status = bodies.sdp.data ? offer_read_sdp(&bodies.sdp, &offer) : 488;
    if (!status && expiry_check(exchange->request) < 0)
        status = 422;
    if (!status)
        status = begin_session(exchange, &bodies, &offer);
    if (status)
        offer_refuse(exchange, status);
}
