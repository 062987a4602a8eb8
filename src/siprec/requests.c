/* Messages as they come: each request to its handler, answers to whoever asked. */
#include "server.h"

#include <string.h>
#include <strings.h>

enum { WARNING_US = 60000000, REASON_MAX = 80 };

/* ---- requests outside of sessions ---- */

static void say_abilities(const struct exchange *exchange)
{
    osip_message_t *sip = reply_begin(exchange, 200, NULL);
    sip_add(sip, "Accept", SIP_ACCEPT);
    reply_add_contact(exchange->siprec, &exchange->peer, sip);
    reply_send(exchange, sip);
}

static void handle_options(struct exchange *exchange)
{
    const struct st_siprec *siprec = exchange->siprec;
    bool is_full =
        siprec->session_count >= siprec->sessions_max || exchange->now_us < siprec->full_until_us;
    if (siprec->is_draining || is_full)
        reply_busy(exchange);
    else
        say_abilities(exchange);
}

static void handle_no_dialog(struct exchange *exchange)
{
    reply(exchange, 481);
}

static void handle_not_allowed(struct exchange *exchange)
{
    reply(exchange, 405);
}

/* ---- requests of sessions ---- */

/* Its words may be anything; protocol and code are enough. */
static void log_reason(struct st_siprec *siprec, const struct session *session, const char *reason)
{
    const char *text = strcasestr(reason, "text");
    size_t chars = text ? (size_t)(text - reason) : strlen(reason);
    ST_INFO(&siprec->log, "session %s: goodbye because %.*s", session->call_id,
            (int)(chars < REASON_MAX ? chars : REASON_MAX), reason);
}

static void handle_bye(struct exchange *exchange, struct session *session)
{
    struct st_siprec *siprec = exchange->siprec;
    bool is_told = session->state == SESSION_CLOSING;
    const char *reason = sip_message_header(exchange->request, "reason", 0);
    session_refuse_pending(siprec, session, 487, exchange->now_us);
    struct transaction *invite = transactions_find(&siprec->transactions, session->invite_key);
    if (invite && invite->status < 300 && invite->status >= 200)
        transactions_acknowledge(&siprec->transactions, invite, exchange->now_us);
    reply(exchange, 200);
    if (reason)
        log_reason(siprec, session, reason);
    if (!is_told)
        session_tell_end(siprec, session, ST_SIPREC_END_BYE);
    session_destroy(siprec, session);
}

static void handle_info(struct exchange *exchange, struct session *session)
{
    session_refresh_target(session, exchange);
    reply(exchange, 200);
}

/* A session that is there goes on, whatever becomes of others. */
static void handle_probe(struct exchange *exchange, struct session *session)
{
    session_refresh_target(session, exchange);
    say_abilities(exchange);
}

static const struct {
    const char *method;
    void (*outside)(struct exchange *exchange);
    void (*inside)(struct exchange *exchange, struct session *session);
} handlers[] = {
    {"INVITE", handle_invite, handle_change},  {"BYE", handle_no_dialog, handle_bye},
    {"OPTIONS", handle_options, handle_probe}, {"UPDATE", handle_no_dialog, handle_change},
    {"INFO", handle_no_dialog, handle_info},   {"PRACK", handle_no_dialog, NULL},
    {"NOTIFY", handle_not_allowed, NULL},      {"SUBSCRIBE", handle_not_allowed, NULL},
    {"REFER", handle_not_allowed, NULL},       {"MESSAGE", handle_not_allowed, NULL},
    {"REGISTER", handle_not_allowed, NULL},    {"PUBLISH", handle_not_allowed, NULL},
};

/* ---- requests without answers of the usual kind ---- */

static void handle_ack(const struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    const struct sip_message *ack = exchange->request;
    int64_t now_us = exchange->now_us;
    uint8_t key[TRANSACTION_KEY_BYTES];
    transaction_key(ack, true, key);
    struct transaction *transaction = transactions_find(&siprec->transactions, key);
    if (transaction && transaction->status >= 300)
        transactions_acknowledge(&siprec->transactions, transaction, now_us);
    struct session *session = session_find_dialog(siprec, ack, false);
    if (!session || session->state != SESSION_ANSWERED ||
        sip_message_cseq(ack) != session->invite_cseq)
        return;
    session->heard_us = now_us;
    transaction = transactions_find(&siprec->transactions, session->invite_key);
    if (transaction)
        transactions_acknowledge(&siprec->transactions, transaction, now_us);
    session->state = SESSION_OPEN;
    session->ack_until_us = 0;
    session_take_over(siprec, session, now_us);
    if (session->awaits_answer && session->state == SESSION_OPEN)
        handle_answer(exchange, session);
}

static struct transaction *find_cancelled(const struct exchange *exchange)
{
    uint8_t key[TRANSACTION_KEY_BYTES];
    transaction_key(exchange->request, true, key);
    return transactions_find(&exchange->siprec->transactions, key);
}

/* What was not begun is not begun. A change has been put before the sink, which has made it: it is
 * answered as if the CANCEL had come too late. */
static void handle_cancel(struct exchange *exchange, const struct transaction *invite)
{
    struct st_siprec *siprec = exchange->siprec;
    struct session *session = invite->session ? session_find(siprec, invite->session) : NULL;
    reply_send(exchange, reply_begin(exchange, 200, session ? session->local_tag : NULL));
    if (!session || session->state != SESSION_STARTING)
        return;
    session_refuse_pending(siprec, session, 487, exchange->now_us);
    session_tell_end(siprec, session, ST_SIPREC_END_CANCELLED);
    session_destroy(siprec, session);
}

/* ---- dispatch ---- */

/* RFC 3261, 18.2.2; RFC 3581. The port counts for datagrams, and for connections that are to be
 * made. */
static struct st_siprec_peer reply_address(const struct st_siprec_peer *peer,
                                           const struct sip_message *request)
{
    struct st_siprec_peer to = *peer;
    osip_via_t *via = osip_list_get(&request->sip->vias, 0);
    osip_generic_param_t *rport = NULL;
    osip_generic_param_get_byname(&via->via_params, (char *)(uintptr_t) "rport", &rport);
    if (peer->transport != ST_SIPREC_UDP || !rport)
        to.port = siprec_port(via->port, peer->transport);
    return to;
}

/* Not one older than one that was handled. */
static bool is_in_order(struct session *session, const struct sip_message *request)
{
    uint32_t number = sip_message_cseq(request);
    if (number <= session->remote_cseq)
        return false;
    session->remote_cseq = number;
    return true;
}

static void dispatch(struct exchange *exchange, struct session *session)
{
    const char *method = exchange->request->sip->sip_method;
    for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
        if (strcmp(handlers[i].method, method) != 0)
            continue;
        if (session && handlers[i].inside)
            handlers[i].inside(exchange, session);
        else
            handlers[i].outside(exchange);
        return;
    }
    reply(exchange, 501);
}

static void receive_in_dialog(struct exchange *exchange, struct session *session)
{
    session->heard_us = exchange->now_us;
    if (session->state == SESSION_CLOSING && !sip_message_is(exchange->request, "BYE")) {
        reply(exchange, 481);
        return;
    }
    if (!is_in_order(session, exchange->request)) {
        reply_with(exchange, 500, "Retry-After", "1");
        return;
    }
    exchange_remember(exchange);
    dispatch(exchange, session);
}

/* Said at most once a minute. */
static void refuse_truncated(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    siprec->counts.truncated++;
    if (siprec->warned_us == 0 || exchange->now_us - siprec->warned_us > WARNING_US) {
        siprec->warned_us = exchange->now_us;
        ST_WARN(&siprec->log,
                "a request from %s came without its end: datagrams of that size do not get "
                "through, use TCP or TLS",
                exchange->peer.address);
    }
    reply(exchange, 400);
}

static bool is_admitted(struct st_siprec *siprec, const struct exchange *exchange)
{
    enum admission_verdict verdict =
        admission_take(&siprec->admission, exchange->peer.address, exchange->now_us);
    if (verdict == ADMISSION_TAKEN)
        return true;
    siprec->counts.limited++;
    if (verdict == ADMISSION_REFUSED)
        reply_later(exchange);
    return false;
}

/* Sessions, and what they wait for, go on whatever their peer sends besides. Of other requests only
 * INVITEs that are let in are remembered, so a flood of any kind leaves room for them. */
static void receive_request(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    bool is_cancel = sip_message_is(exchange->request, "CANCEL");
    bool is_inside = !is_cancel && *sip_message_to_tag(exchange->request);
    struct transaction *cancelled = is_cancel ? find_cancelled(exchange) : NULL;
    struct session *session =
        is_inside ? session_find_dialog(siprec, exchange->request, false) : NULL;
    if (!session && !cancelled && !is_admitted(siprec, exchange))
        return;
    if (exchange->request->is_truncated)
        refuse_truncated(exchange);
    else if (cancelled)
        handle_cancel(exchange, cancelled);
    else if (session)
        receive_in_dialog(exchange, session);
    else if (is_cancel || is_inside)
        reply(exchange, 481);
    else
        dispatch(exchange, NULL);
}

static struct exchange begin_exchange(struct st_siprec *siprec, const struct st_siprec_peer *peer,
                                      const struct sip_message *request, int64_t now_us)
{
    return (struct exchange){
        .siprec = siprec,
        .request = request,
        .peer = *peer,
        .reply_to = reply_address(peer, request),
        .now_us = now_us,
    };
}

void siprec_receive(struct st_siprec *siprec, const struct st_siprec_peer *peer,
                    const struct sip_message *message, int64_t now_us)
{
    siprec->counts.messages++;
    if (MSG_IS_RESPONSE(message->sip)) {
        client_receive(siprec, message, now_us);
        return;
    }
    struct exchange exchange = begin_exchange(siprec, peer, message, now_us);
    if (sip_message_is(message, "ACK")) {
        handle_ack(&exchange);
        return;
    }
    transaction_key(message, false, exchange.key);
    struct transaction *known = transactions_find(&siprec->transactions, exchange.key);
    if (!known) {
        receive_request(&exchange);
        return;
    }
    siprec->counts.retransmitted++;
    if (peer->transport != ST_SIPREC_UDP)
        known->peer = exchange.reply_to; /* the connection that it has now */
    transactions_repeat(&siprec->transactions, known);
}

/* ---- messages that cannot be taken ---- */

void siprec_refuse(struct st_siprec *siprec, const struct st_siprec_peer *peer, const char *data,
                   size_t head_bytes, int status, int64_t now_us)
{
    struct sip_message message;
    if (status == 513)
        siprec->counts.oversized++;
    else
        siprec->counts.malformed++;
    if (sip_message_parse(&message, data, head_bytes) < 0)
        return;
    bool is_answered = MSG_IS_REQUEST(message.sip) && !sip_message_is(&message, "ACK") &&
                       admission_take(&siprec->admission, peer->address, now_us) == ADMISSION_TAKEN;
    struct exchange exchange = begin_exchange(siprec, peer, &message, now_us);
    if (is_answered)
        reply(&exchange, status);
    sip_message_fini(&message);
}

bool st_siprec_allows(struct st_siprec *siprec, const char *address)
{
    bool is_allowed = admission_allows(&siprec->admission, address);
    siprec->counts.foreign += !is_allowed;
    return is_allowed;
}

void st_siprec_datagram(struct st_siprec *siprec, const struct st_siprec_peer *peer,
                        const void *data, size_t bytes, int64_t now_us)
{
    struct sip_message message;
    const char *at = data;
    if (!st_siprec_allows(siprec, peer->address))
        return;
    while (bytes > 0 && (*at == '\r' || *at == '\n' || *at == 0)) {
        at++;
        bytes--;
    }
    if (bytes == 0)
        return;
    int err = sip_message_parse(&message, at, bytes);
    if (err) {
        siprec->counts.malformed++;
        ST_DEBUG(&siprec->log, "a datagram from %s is no SIP message", peer->address);
        return;
    }
    siprec_receive(siprec, peer, &message, now_us);
    sip_message_fini(&message);
}
