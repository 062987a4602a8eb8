#include "server.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SESSIONS_DEFAULT = 1000, RATE_DEFAULT = 50, EXPIRES_DEFAULT_S = 1800, SIP_PORT = 5060 };
enum { WARNING_US = 60000000 };

/* ---- names ---- */

static const char *const transport_names[] = {
    [ST_SIPREC_UDP] = "udp",
    [ST_SIPREC_TCP] = "tcp",
    [ST_SIPREC_TLS] = "tls",
};

const char *st_siprec_transport_name(enum st_siprec_transport transport)
{
    return transport_names[transport];
}

int st_siprec_transport_find(const char *name)
{
    for (int i = 0; i < ST_SIPREC_TRANSPORTS; i++)
        if (strcmp(name, transport_names[i]) == 0)
            return i;
    return -EINVAL;
}

const char *st_siprec_end_name(enum st_siprec_end end)
{
    static const char *const names[] = {
        [ST_SIPREC_END_BYE] = "bye",         [ST_SIPREC_END_CANCELLED] = "cancelled",
        [ST_SIPREC_END_EXPIRED] = "expired", [ST_SIPREC_END_NO_ACK] = "no_ack",
        [ST_SIPREC_END_LOST] = "lost",       [ST_SIPREC_END_MEDIA] = "no_media",
        [ST_SIPREC_END_STOPPED] = "stopped", [ST_SIPREC_END_REFUSED] = "refused",
    };
    return names[end];
}

void siprec_random(void *out, size_t bytes)
{
    if (RAND_bytes(out, (int)bytes) != 1)
        abort();
}

void siprec_random_tag(char *out)
{
    uint8_t random[8];
    siprec_random(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
}

/* ---- set-up ---- */

static void copy_rules(struct st_siprec *siprec, const struct st_siprec_config *config)
{
    siprec->rules = st_mem_alloc_array(config->rule_count + 1, sizeof(*siprec->rules));
    siprec->rule_count = config->rule_count;
    for (size_t i = 0; i < config->rule_count; i++)
        siprec->rules[i] = (struct st_siprec_role_rule){
            .label = st_mem_strdup(config->rules[i].label),
            .aor = st_mem_strdup(config->rules[i].aor),
            .header = st_mem_strdup(config->rules[i].header),
            .role = config->rules[i].role,
        };
    siprec->call_id_headers =
        st_mem_alloc_array(config->call_id_header_count + 1, sizeof(*siprec->call_id_headers));
    siprec->call_id_header_count = config->call_id_header_count;
    for (size_t i = 0; i < config->call_id_header_count; i++)
        siprec->call_id_headers[i] = st_mem_strdup(config->call_id_headers[i]);
}

static void copy_realm(struct digest_realm *realm, const struct st_siprec_config *config)
{
    realm->realm = st_mem_strdup(config->realm ? config->realm : "sidetone");
    realm->users = st_mem_alloc_array(config->user_count + 1, sizeof(*realm->users));
    realm->user_count = config->user_count;
    for (size_t i = 0; i < config->user_count; i++)
        realm->users[i] = (struct st_siprec_user){
            .name = st_mem_strdup(config->users[i].name),
            .password = st_mem_strdup(config->users[i].password),
        };
    if (config->secret)
        memcpy(realm->secret, config->secret, sizeof(realm->secret));
    else
        siprec_random(realm->secret, sizeof(realm->secret));
}

int st_siprec_create(struct st_siprec **ret_siprec, const struct st_siprec_config *config)
{
    struct st_siprec *siprec = st_mem_alloc(sizeof(*siprec));
    uint64_t seed;
    sip_message_set_up();
    siprec_random(&seed, sizeof(seed));
    uint32_t rate = config->requests_per_s ? config->requests_per_s : RATE_DEFAULT;
    if (admission_init(&siprec->admission, config->allowed, config->allowed_count, rate, seed)) {
        free(siprec);
        return -EINVAL;
    }
    siprec->log.module = "siprec";
    siprec->host = st_mem_strdup(config->host);
    memcpy(siprec->ports, config->ports, sizeof(siprec->ports));
    copy_rules(siprec, config);
    copy_realm(&siprec->realm, config);
    siprec->caller_role = config->caller_role;
    siprec->srtp = config->srtp;
    siprec->sessions_max = config->sessions_max ? config->sessions_max : SESSIONS_DEFAULT;
    siprec->expires_s = config->expires_s ? config->expires_s : EXPIRES_DEFAULT_S;
    siprec->sink = config->sink;
    siprec->sink_user = config->sink_user;
    siprec->send = config->send;
    siprec->user = config->user;
    siprec->transactions.send = config->send;
    siprec->transactions.user = config->user;
    *ret_siprec = siprec;
    return 0;
}

static void free_realm(struct digest_realm *realm)
{
    for (size_t i = 0; i < realm->user_count; i++) {
        char *password = (char *)(uintptr_t)realm->users[i].password;
        OPENSSL_cleanse(password, strlen(password));
        free(password);
        free((char *)(uintptr_t)realm->users[i].name);
    }
    free(realm->users);
    free(realm->realm);
}

void st_siprec_destroy(struct st_siprec *siprec)
{
    if (!siprec)
        return;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        while (siprec->buckets[i])
            session_destroy(siprec, siprec->buckets[i]);
    transactions_fini(&siprec->transactions);
    admission_fini(&siprec->admission);
    free_realm(&siprec->realm);
    for (size_t i = 0; i < siprec->rule_count; i++) {
        free((char *)(uintptr_t)siprec->rules[i].label);
        free((char *)(uintptr_t)siprec->rules[i].aor);
        free((char *)(uintptr_t)siprec->rules[i].header);
    }
    for (size_t i = 0; i < siprec->call_id_header_count; i++)
        free(siprec->call_id_headers[i]);
    free(siprec->rules);
    free(siprec->call_id_headers);
    free(siprec->host);
    OPENSSL_cleanse(siprec, sizeof(*siprec));
    free(siprec);
}

/* ---- requests outside of sessions ---- */

static void handle_options(struct exchange *exchange)
{
    const struct st_siprec *siprec = exchange->siprec;
    if (siprec->is_draining || siprec->session_count >= siprec->sessions_max) {
        reply_busy(exchange);
        return;
    }
    osip_message_t *sip = reply_begin(exchange, 200, NULL);
    sip_add(sip, "Accept", SIP_ACCEPT);
    reply_add_contact(siprec, &exchange->peer, sip);
    reply_send(exchange, sip);
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

static void handle_bye(struct exchange *exchange, struct session *session)
{
    struct st_siprec *siprec = exchange->siprec;
    bool is_told = session->state == SESSION_CLOSING;
    const char *reason = sip_message_header(exchange->request, "reason", 0);
    if (session->pending.request.sip) {
        struct exchange pending = *exchange;
        pending.request = &session->pending.request;
        pending.reply_to = session->pending.reply_to;
        pending.transaction = transactions_find(&siprec->transactions, session->pending.key);
        reply_send(&pending, reply_begin(&pending, 487, session->local_tag));
    }
    struct transaction *invite = transactions_find(&siprec->transactions, session->invite_key);
    if (invite && invite->status < 300 && invite->status >= 200)
        transactions_acknowledge(&siprec->transactions, invite, exchange->now_us);
    reply(exchange, 200);
    if (reason)
        ST_INFO(&siprec->log, "session %s: goodbye because %.200s", session->call_id, reason);
    if (!is_told)
        session_tell_end(siprec, session, ST_SIPREC_END_BYE);
    session_destroy(siprec, session);
}

static void handle_info(struct exchange *exchange, struct session *session)
{
    session_refresh_target(session, exchange);
    reply(exchange, 200);
}

static void handle_probe(struct exchange *exchange, struct session *session)
{
    session_refresh_target(session, exchange);
    handle_options(exchange);
}

static const struct {
    const char *method;
    void (*outside)(struct exchange *exchange);
    void (*inside)(struct exchange *exchange, struct session *session);
} handlers[] = {
    {"INVITE", handle_invite, handle_reinvite}, {"BYE", handle_no_dialog, handle_bye},
    {"OPTIONS", handle_options, handle_probe},  {"UPDATE", handle_no_dialog, handle_update},
    {"INFO", handle_no_dialog, handle_info},    {"PRACK", handle_no_dialog, NULL},
    {"NOTIFY", handle_not_allowed, NULL},       {"SUBSCRIBE", handle_not_allowed, NULL},
    {"REFER", handle_not_allowed, NULL},        {"MESSAGE", handle_not_allowed, NULL},
    {"REGISTER", handle_not_allowed, NULL},     {"PUBLISH", handle_not_allowed, NULL},
};

/* ---- requests without answers of the usual kind ---- */

static void handle_ack(struct st_siprec *siprec, const struct sip_message *ack, int64_t now_us)
{
    uint8_t key[TRANSACTION_KEY_BYTES];
    transaction_key(ack, true, key);
    struct transaction *transaction = transactions_find(&siprec->transactions, key);
    if (transaction && transaction->status >= 300)
        transactions_acknowledge(&siprec->transactions, transaction, now_us);
    struct session *session = session_find_dialog(siprec, ack, false);
    if (!session || session->state != SESSION_ANSWERED)
        return;
    transaction = transactions_find(&siprec->transactions, session->invite_key);
    if (transaction)
        transactions_acknowledge(&siprec->transactions, transaction, now_us);
    session->state = SESSION_OPEN;
    session->ack_until_us = 0;
}

static void cancel_pending(struct exchange *exchange, struct session *session)
{
    struct st_siprec *siprec = exchange->siprec;
    struct exchange invite = *exchange;
    invite.request = &session->pending.request;
    invite.reply_to = session->pending.reply_to;
    invite.transaction = transactions_find(&siprec->transactions, session->pending.key);
    reply_send(&invite, reply_begin(&invite, 487, session->local_tag));
    session_drop_pending(session);
    if (session->state != SESSION_STARTING)
        return;
    session_tell_end(siprec, session, ST_SIPREC_END_CANCELLED);
    session_destroy(siprec, session);
}

static void handle_cancel(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    uint8_t key[TRANSACTION_KEY_BYTES];
    transaction_key(exchange->request, true, key);
    struct transaction *invite = transactions_find(&siprec->transactions, key);
    if (!invite) {
        reply(exchange, 481);
        return;
    }
    reply(exchange, 200);
    struct session *session = invite->session ? session_find(siprec, invite->session) : NULL;
    if (session && session->pending.request.sip &&
        memcmp(session->pending.key, key, sizeof(key)) == 0)
        cancel_pending(exchange, session);
}

/* ---- dispatch ---- */

/* RFC 3261, 18.2.2; RFC 3581. */
static struct st_siprec_peer reply_address(const struct st_siprec_peer *peer,
                                           const struct sip_message *request)
{
    struct st_siprec_peer to = *peer;
    osip_via_t *via = osip_list_get(&request->sip->vias, 0);
    osip_generic_param_t *rport = NULL;
    osip_generic_param_get_byname(&via->via_params, (char *)(uintptr_t) "rport", &rport);
    if (peer->transport != ST_SIPREC_UDP || rport)
        return to;
    long port = via->port ? strtol(via->port, NULL, 10) : SIP_PORT;
    to.port = port > 0 && port < 65536 ? (uint16_t)port : SIP_PORT;
    return to;
}

/* A request older than one that was handled, or the same on another way. */
static bool is_in_order(struct session *session, const struct sip_message *request)
{
    unsigned long number = strtoul(request->sip->cseq->number, NULL, 10);
    if (number > UINT32_MAX || number <= session->remote_cseq)
        return false;
    session->remote_cseq = (uint32_t)number;
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

static void receive_in_dialog(struct exchange *exchange)
{
    struct session *session = session_find_dialog(exchange->siprec, exchange->request, false);
    if (!session)
        reply(exchange, 481);
    else if (!is_in_order(session, exchange->request))
        reply_with(exchange, 500, "Retry-After", "1");
    else
        dispatch(exchange, session);
}

/* Said at most once a minute. */
static void refuse_truncated(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    siprec->counts.truncated++;
    if (siprec->warned_us == 0 || exchange->now_us - siprec->warned_us > WARNING_US)
        ST_WARN(&siprec->log,
                "a request from %s came without its end: datagrams of that size do not get "
                "through, use TCP or TLS",
                exchange->peer.address);
    siprec->warned_us = exchange->now_us;
    reply(exchange, 400);
}

static void receive_request(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    bool is_invite = sip_message_is(exchange->request, "INVITE");
    bool is_cancel = sip_message_is(exchange->request, "CANCEL");
    bool is_inside = *sip_message_to_tag(exchange->request) != 0;
    if (!is_inside && !is_cancel &&
        !admission_take(&siprec->admission, exchange->peer.address, exchange->now_us)) {
        siprec->counts.limited++;
        reply_busy(exchange);
        return;
    }
    exchange->transaction = transactions_add(&siprec->transactions, exchange->key,
                                             &exchange->reply_to, is_invite, exchange->now_us);
    if (exchange->request->is_truncated) {
        refuse_truncated(exchange);
    } else if (is_cancel)
        handle_cancel(exchange);
    else if (is_inside)
        receive_in_dialog(exchange);
    else
        dispatch(exchange, NULL);
}

void siprec_receive(struct st_siprec *siprec, const struct st_siprec_peer *peer,
                    const struct sip_message *message, int64_t now_us)
{
    siprec->counts.messages++;
    if (MSG_IS_RESPONSE(message->sip)) {
        client_receive(siprec, message, now_us);
        return;
    }
    if (sip_message_is(message, "ACK")) {
        handle_ack(siprec, message, now_us);
        return;
    }
    struct exchange exchange = {
        .siprec = siprec,
        .request = message,
        .peer = *peer,
        .reply_to = reply_address(peer, message),
        .now_us = now_us,
    };
    transaction_key(message, false, exchange.key);
    struct transaction *known = transactions_find(&siprec->transactions, exchange.key);
    if (!known) {
        receive_request(&exchange);
        return;
    }
    siprec->counts.retransmitted++;
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
                       admission_take(&siprec->admission, peer->address, now_us);
    if (is_answered) {
        struct exchange exchange = {
            .siprec = siprec,
            .request = &message,
            .peer = *peer,
            .reply_to = reply_address(peer, &message),
            .now_us = now_us,
        };
        reply(&exchange, status);
    }
    sip_message_fini(&message);
}

void st_siprec_datagram(struct st_siprec *siprec, const struct st_siprec_peer *peer,
                        const void *data, size_t bytes, int64_t now_us)
{
    struct sip_message message;
    const char *at = data;
    if (!admission_allows(&siprec->admission, peer->address)) {
        siprec->counts.foreign++;
        return;
    }
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

/* ---- time ---- */

static void tick_session(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    struct st_siprec_answer none = {.err = -ETIMEDOUT};
    if (session->pending.request.sip && session->pending.until_us <= now_us) {
        session_answer(siprec, session, &none, now_us);
        return;
    }
    if (session->state == SESSION_ANSWERED && session->ack_until_us <= now_us) {
        session_bye(siprec, session, ST_SIPREC_END_NO_ACK, now_us);
        return;
    }
    if (client_tick(siprec, session, now_us) && session->state >= SESSION_ANSWERED)
        expiry_tick(siprec, session, now_us);
}

static void sweep(struct st_siprec *siprec)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++) {
        struct session *next;
        for (struct session *session = siprec->buckets[i]; session; session = next) {
            next = session->next;
            if (session->is_gone)
                session_destroy(siprec, session);
        }
    }
}

/* Whom a sink ends from within `ended` may be the next on the way. */
void st_siprec_tick(struct st_siprec *siprec, int64_t now_us)
{
    transactions_tick(&siprec->transactions, now_us);
    siprec->is_walking = true;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (struct session *session = siprec->buckets[i]; session; session = session->next)
            if (!session->is_gone)
                tick_session(siprec, session, now_us);
    siprec->is_walking = false;
    sweep(siprec);
}

int st_siprec_end(struct st_siprec *siprec, uint64_t id, enum st_siprec_end end, int64_t now_us)
{
    struct session *session = session_find(siprec, id);
    if (!session || session->state == SESSION_CLOSING)
        return -ENOENT;
    if (session->state != SESSION_STARTING) {
        session_bye(siprec, session, end, now_us);
        return 0;
    }
    struct st_siprec_answer answer = {.err = -ECANCELED};
    session_answer(siprec, session, &answer, now_us);
    return 0;
}

void st_siprec_drain(struct st_siprec *siprec)
{
    siprec->is_draining = true;
}

/* ---- figures ---- */

void st_siprec_counts(const struct st_siprec *siprec, struct st_siprec_counts *ret_counts)
{
    *ret_counts = siprec->counts;
}

size_t st_siprec_live(const struct st_siprec *siprec)
{
    return siprec->session_count;
}

size_t st_siprec_held_bytes(const struct st_siprec *siprec)
{
    return sizeof(*siprec) + siprec->transactions.bytes +
           siprec->session_count * (sizeof(struct session) + OFFER_MAX);
}
