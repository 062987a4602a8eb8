/* What we ask ourselves within a session: BYE, and UPDATE or INVITE to refresh its timer. One at a
 * time; a goodbye takes the place of what is under way. */
#include "server.h"

#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *via_transport(enum st_siprec_transport transport)
{
    return transport == ST_SIPREC_TLS ? "TLS" : transport == ST_SIPREC_TCP ? "TCP" : "UDP";
}

static osip_message_t *begin(struct st_siprec *siprec, struct session *session, const char *method,
                             uint32_t cseq, const char *branch)
{
    osip_message_t *sip;
    osip_uri_t *target;
    if (osip_uri_init(&target))
        return NULL;
    if (osip_uri_parse(target, session->target) || osip_message_init(&sip)) {
        osip_uri_free(target);
        return NULL;
    }
    osip_message_set_version(sip, osip_strdup("SIP/2.0"));
    osip_message_set_method(sip, osip_strdup(method));
    osip_message_set_uri(sip, target);
    sip_add(sip, "Via", "SIP/2.0/%s %s:%u;rport;branch=%s", via_transport(session->peer.transport),
            siprec->host, siprec->ports[session->peer.transport], branch);
    sip_add(sip, "Max-Forwards", "70");
    if (session->routes)
        sip_add(sip, "Route", "%s", session->routes);
    sip_add(sip, "From", "%s;tag=%s", session->local_uri, session->local_tag);
    if (*session->remote_tag)
        sip_add(sip, "To", "%s;tag=%s", session->remote_uri, session->remote_tag);
    else
        sip_add(sip, "To", "%s", session->remote_uri);
    sip_add(sip, "Call-ID", "%s", session->call_id);
    sip_add(sip, "CSeq", "%u %s", cseq, method);
    sip_add(sip, "User-Agent", "Sidetone/" ST_VERSION);
    return sip;
}

static void new_branch(char *out, size_t out_bytes)
{
    char tag[TAG_MAX];
    siprec_random_tag(tag);
    snprintf(out, out_bytes, "z9hG4bK%s", tag);
}

static bool dial(struct st_siprec *siprec, struct session *session)
{
    struct st_siprec_peer peer = hop_anew(siprec, session);
    bool may_dial = peer.transport != ST_SIPREC_UDP && siprec->connect;
    if (!may_dial || session->request.is_dialled)
        return false;
    session->request.is_dialled = true;
    uint64_t connection = siprec->connect(siprec->user, &peer);
    if (connection)
        session->peer.connection = connection;
    return connection != 0;
}

/* False when it cannot even be tried. */
static bool send_text(struct st_siprec *siprec, struct session *session, struct sip_text text)
{
    struct st_siprec_peer peer = hop_usual(siprec, session);
    if (siprec->send(siprec->user, &peer, text.at, text.bytes) == 0)
        return true;
    if (!dial(siprec, session))
        return false;
    peer = session->peer;
    return siprec->send(siprec->user, &peer, text.at, text.bytes) == 0;
}

static void send_request(struct st_siprec *siprec, struct session *session)
{
    struct session_request *request = &session->request;
    request->is_lost = !send_text(siprec, session, request->text);
}

/* Sends and keeps. */
static void start(struct st_siprec *siprec, struct session *session, osip_message_t *take_sip,
                  const char *method, int64_t now_us)
{
    struct session_request *request = &session->request;
    free(request->text.at);
    request->text = sip_take_text(take_sip);
    request->method = method;
    request->is_heard = request->is_dialled = request->is_lost = false;
    request->interval_us = SIP_T1_US;
    request->resend_us = session->peer.transport == ST_SIPREC_UDP ? now_us + SIP_T1_US : 0;
    request->until_us = now_us + SIP_TIMEOUT_US;
    if (request->text.at)
        send_request(siprec, session);
}

static osip_message_t *begin_request(struct st_siprec *siprec, struct session *session,
                                     const char *method)
{
    struct session_request *request = &session->request;
    request->cseq = ++session->local_cseq;
    new_branch(request->branch, sizeof(request->branch));
    return begin(siprec, session, method, request->cseq, request->branch);
}

/* ---- goodbye ---- */

static const char *reason_of(enum st_siprec_end end)
{
    switch (end) {
    case ST_SIPREC_END_EXPIRED:
        return "SIP;cause=408;text=\"session timer expired\"";
    case ST_SIPREC_END_NO_ACK:
        return "SIP;cause=408;text=\"no ACK\"";
    case ST_SIPREC_END_REPLACED:
        return "SIP;cause=200;text=\"another dialog goes on\"";
    case ST_SIPREC_END_MEDIA:
        return "SIP;cause=408;text=\"no media\"";
    default:
        return "SIP;cause=200;text=\"recording ended\"";
    }
}

void session_bye(struct st_siprec *siprec, struct session *session, enum st_siprec_end end,
                 int64_t now_us)
{
    session_refuse_pending(siprec, session, 487, now_us);
    session->state = SESSION_CLOSING;
    session->expires_us = session->refresh_us = 0;
    struct transaction *invite = transactions_find(&siprec->transactions, session->invite_key);
    if (invite)
        transactions_acknowledge(&siprec->transactions, invite, now_us);
    osip_message_t *sip = begin_request(siprec, session, "BYE");
    sip_add(sip, "Reason", "%s", reason_of(end));
    start(siprec, session, sip, "BYE", now_us);
    session_tell_end(siprec, session, end);
}

/* ---- refreshing and probing ---- */

bool session_is_offering(const struct session *session)
{
    return session->request.text.at && strcmp(session->request.method, "INVITE") == 0;
}

void session_probe(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    if (session->request.text.at)
        return;
    osip_message_t *sip = begin_request(siprec, session, "OPTIONS");
    reply_add_contact(siprec, &session->peer, sip);
    start(siprec, session, sip, "OPTIONS", now_us);
}

void session_refresh(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    const char *method = session->allows_update ? "UPDATE" : "INVITE";
    session->refresh_us = now_us + (int64_t)session->interval_s * 1000000 / 8;
    if (session->request.text.at || session->pending.request.sip)
        return;
    osip_message_t *sip = begin_request(siprec, session, method);
    reply_add_contact(siprec, &session->peer, sip);
    sip_add(sip, "Supported", "siprec, timer");
    sip_add(sip, "Session-Expires", "%u;refresher=uac", session->interval_s);
    if (session->least_s > 0)
        sip_add(sip, "Min-SE", "%u", session->least_s);
    const char *offer = session->allows_update ? NULL : own_offer_write(session, false);
    if (offer)
        sip_set_body(sip, "application/sdp", offer, strlen(offer));
    start(siprec, session, sip, method, now_us);
}

/* ---- answers to ours ---- */

/* Of a 2xx it is a request of its own, of other answers a part of what it acknowledges. */
static void acknowledge(struct st_siprec *siprec, struct session *session, bool is_accepted)
{
    char branch[TAG_MAX + 8];
    if (is_accepted)
        new_branch(branch, sizeof(branch));
    else
        memcpy(branch, session->request.branch, sizeof(branch));
    osip_message_t *sip = begin(siprec, session, "ACK", session->request.cseq, branch);
    struct sip_text text = sip_take_text(sip);
    if (text.at)
        send_text(siprec, session, text);
    free(text.at);
}

static void forget_request(struct session *session)
{
    free(session->request.text.at);
    session->request.text.at = NULL;
}

static void take_answer(struct st_siprec *siprec, struct session *session,
                        const struct sip_message *response, int64_t now_us)
{
    struct exchange exchange = {
        .siprec = siprec,
        .request = response,
        .peer = session->peer,
        .reply_to = session->peer,
        .now_us = now_us,
    };
    handle_answer(&exchange, session);
}

static void on_refresh_answered(struct st_siprec *siprec, struct session *session,
                                const struct sip_message *response, int64_t now_us)
{
    int status = response->sip->status_code;
    if (status < 300) {
        expiry_refreshed(session, response, now_us);
        if (strcmp(response->sip->cseq->method, "INVITE") == 0)
            take_answer(siprec, session, response, now_us);
    } else if (status == 422)
        expiry_too_brief(session, response, now_us);
    else if (status == 405 || status == 501)
        session->allows_update = false;
}

static void on_final(struct st_siprec *siprec, struct session *session,
                     const struct sip_message *response, int64_t now_us)
{
    int status = response->sip->status_code;
    bool is_probe = strcmp(session->request.method, "OPTIONS") == 0;
    if (session_is_offering(session))
        acknowledge(siprec, session, status < 300);
    forget_request(session);
    if (session->state == SESSION_CLOSING) {
        session_destroy(siprec, session);
    } else if (status == 481 || (status == 408 && !is_probe)) {
        session_tell_end(siprec, session, ST_SIPREC_END_LOST);
        session_destroy(siprec, session);
    } else if (!is_probe)
        on_refresh_answered(siprec, session, response, now_us);
}

void client_receive(struct st_siprec *siprec, const struct sip_message *response, int64_t now_us)
{
    struct session *session = session_find_dialog(siprec, response, true);
    const osip_cseq_t *cseq = response->sip->cseq;
    if (!session || strtoul(cseq->number, NULL, 10) != session->request.cseq)
        return;
    session->heard_us = now_us;
    bool is_late_invite = !session->request.text.at && session->request.method &&
                          strcmp(session->request.method, "INVITE") == 0 &&
                          strcmp(cseq->method, "INVITE") == 0;
    if (is_late_invite && response->sip->status_code < 300 && response->sip->status_code >= 200) {
        acknowledge(siprec, session, true);
        return;
    }
    if (!session->request.text.at || strcmp(cseq->method, session->request.method) != 0)
        return;
    if (response->sip->status_code < 200)
        session->request.is_heard = true;
    else
        on_final(siprec, session, response, now_us);
}

/* ---- time ---- */

void client_lose(struct st_siprec *siprec, uint64_t connection)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (struct session *session = siprec->buckets[i]; session; session = session->next)
            if (session->request.text.at && session->peer.transport != ST_SIPREC_UDP &&
                session->peer.connection == connection)
                session->request.resend_us = 1; /* at the next tick: we may be sending */
}

static void resend(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    struct session_request *request = &session->request;
    bool is_invite = strcmp(request->method, "INVITE") == 0;
    if (!(request->is_heard && is_invite))
        send_request(siprec, session);
    if (session->peer.transport != ST_SIPREC_UDP) {
        request->resend_us = 0;
        return;
    }
    request->interval_us *= 2;
    if (request->interval_us > SIP_T2_US && !is_invite)
        request->interval_us = SIP_T2_US;
    request->resend_us = now_us + request->interval_us;
}

/* What was asked for in vain is not asked any more. A session that was not refreshed is refreshed
 * later, until its time is over; one that did not answer is lost. */
static bool give_up(struct st_siprec *siprec, struct session *session)
{
    bool is_probe = strcmp(session->request.method, "OPTIONS") == 0;
    bool is_closing = session->state == SESSION_CLOSING;
    bool lives_on = !is_closing && (is_probe || session->request.is_lost);
    forget_request(session);
    if (lives_on)
        return true;
    if (!is_closing)
        session_tell_end(siprec, session, ST_SIPREC_END_LOST);
    session_destroy(siprec, session);
    return false;
}

bool client_tick(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    struct session_request *request = &session->request;
    if (!request->text.at) {
        if (session->state == SESSION_CLOSING)
            session_destroy(siprec, session);
        return session->state != SESSION_CLOSING;
    }
    if (request->until_us <= now_us)
        return give_up(siprec, session);
    if (request->resend_us > 0 && request->resend_us <= now_us)
        resend(siprec, session, now_us);
    return request->is_lost ? give_up(siprec, session) : true;
}
