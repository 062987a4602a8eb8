/* Offers: read, put before the sink, answered when it has said what it has for them. */
#include "server.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- bodies ---- */

/* 0, or the status to refuse with. */
static int read_bodies(const struct exchange *exchange, struct sip_bodies *ret_bodies)
{
    const struct sip_message *request = exchange->request;
    *ret_bodies = (struct sip_bodies){0};
    if (request->body_bytes == 0)
        return 0;
    sip_bodies_read(ret_bodies, request->content_type, request->body, request->body_bytes);
    return ret_bodies->is_known ? 0 : 415;
}

/* Metadata never fails a call. */
static void read_metadata(struct st_siprec *siprec, struct session *session,
                          const struct sip_bodies *bodies)
{
    if (!bodies->metadata.data)
        return;
    int err = metadata_read(&session->metadata, bodies->metadata.data, bodies->metadata.bytes);
    if (!err)
        return;
    siprec->counts.metadata_refused++;
    ST_WARN(&siprec->log, "metadata of session %s %s", session->call_id,
            err == -EPROTO     ? "has a DOCTYPE: left out whole"
            : err == -EMSGSIZE ? "is too large or too deep: left out whole"
                               : "is broken: taken as far as it could be read");
}

static bool is_any_usable(const struct st_rtp_sdp *sdp)
{
    for (unsigned i = 0; i < sdp->media_count; i++)
        if (st_rtp_sdp_is_usable(&sdp->media[i]))
            return true;
    return false;
}

/* An offer, or the status to refuse with. */
static int read_offer(const struct body_part *part, struct st_rtp_sdp *ret_sdp)
{
    if (st_rtp_sdp_parse(ret_sdp, part->data, part->bytes) < 0)
        return 400;
    return is_any_usable(ret_sdp) ? 0 : 488;
}

/* ---- waiting for the sink ---- */

static bool keep_request(const struct exchange *exchange, struct session *session,
                         const struct st_rtp_sdp *sdp)
{
    struct session_pending *pending = &session->pending;
    if (osip_message_clone(exchange->request->sip, &pending->request.sip))
        return false;
    pending->reply_to = exchange->reply_to;
    pending->sdp = *sdp;
    pending->until_us = exchange->now_us + ANSWER_TIMEOUT_US;
    memcpy(pending->key, exchange->key, sizeof(pending->key));
    return true;
}

static void ask_sink(struct st_siprec *siprec, struct session *session, bool is_new)
{
    struct st_siprec_session told;
    session_describe(session, &session->pending.sdp, siprec->srtp, &told);
    siprec->sink->offer(siprec->sink_user, &told, is_new);
}

static void tell_change(struct st_siprec *siprec, struct session *session)
{
    struct st_siprec_session told;
    session_describe(session, &session->sdp, siprec->srtp, &told);
    siprec->sink->changed(siprec->sink_user, &told);
}

/* ---- a new session ---- */

static const char *unknown_option(const struct sip_message *request)
{
    /* 100rel asks nothing of who sends no provisional answer but 100. */
    static const char *const known[] = {"siprec", "timer", "record-aware", "100rel"};
    const char *value;
    for (unsigned i = 0; (value = sip_message_header(request, "require", i)) != NULL; i++) {
        bool is_known = !*value;
        for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
            is_known |= strcasecmp(value, known[k]) == 0;
        if (!is_known)
            return value;
    }
    return NULL;
}

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
    osip_message_t *sip = reply_begin(exchange, 401, NULL);
    digest_challenge(&siprec->realm, exchange->request, &exchange->peer, verdict == DIGEST_STALE,
                     exchange->now_us, sip);
    reply_send(exchange, sip);
    return false;
}

/* Whether the request may begin a session; refused otherwise. */
static bool is_taken(struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    const char *option = unknown_option(exchange->request);
    const osip_uri_t *uri = exchange->request->sip->req_uri;
    if (uri->scheme && strcasecmp(uri->scheme, "sip") != 0 && strcasecmp(uri->scheme, "sips") != 0)
        reply(exchange, 416);
    else if (option)
        reply_with(exchange, 420, "Unsupported", option);
    else if (siprec->is_draining || siprec->session_count >= siprec->sessions_max ||
             !exchange->transaction)
        reply_busy(exchange);
    else if (is_let_in(exchange))
        return true;
    return false;
}

static void refuse_offer(const struct exchange *exchange, int status)
{
    if (status == 415)
        reply_with(exchange, 415, "Accept", SIP_ACCEPT);
    else if (status == 488)
        reply_with(exchange, 488, "Warning", "304 sidetone \"no audio that can be taken\"");
    else
        reply(exchange, status);
}

static int status_of(int err)
{
    switch (err) {
    case -EBUSY:
        return 503;
    case -ENOTSUP:
        return 488;
    case -EEXIST:
        return 486;
    case -EACCES:
        return 403;
    default:
        return 500;
    }
}

/* 0, or the status to refuse with; the session is gone then. */
static int begin_session(struct exchange *exchange, const struct sip_bodies *bodies,
                         const struct st_rtp_sdp *sdp)
{
    struct st_siprec *siprec = exchange->siprec;
    struct session *session = session_create(exchange);
    const osip_message_t *sip = exchange->request->sip;
    osip_allow_t *allow;
    for (int i = 0; (allow = osip_list_get(&sip->allows, i)) != NULL; i++)
        session->allows_update |= allow->value && strstr(allow->value, "UPDATE") != NULL;
    read_metadata(siprec, session, bodies);
    int err = expiry_read(exchange, session);
    int streams = err ? 0 : session_settle(siprec, session, sdp, exchange->request);
    int status = err ? 422 : streams < 0 ? status_of(streams) : streams == 0 ? 488 : 0;
    if (!status && !keep_request(exchange, session, sdp))
        status = 500;
    if (status) {
        session_destroy(siprec, session);
        return status;
    }
    exchange->transaction->session = session->id;
    memcpy(session->invite_key, exchange->key, sizeof(session->invite_key));
    siprec->counts.sessions++;
    reply(exchange, 100);
    ask_sink(siprec, session, true);
    return 0;
}

static void refuse_interval(const struct exchange *exchange)
{
    char seconds[16];
    snprintf(seconds, sizeof(seconds), "%d", MIN_EXPIRES_S);
    reply_with(exchange, 422, "Min-SE", seconds);
}

void handle_invite(struct exchange *exchange)
{
    struct sip_bodies bodies;
    struct st_rtp_sdp sdp;
    if (session_find_merged(exchange->siprec, exchange->request)) {
        reply(exchange, 482);
        return;
    }
    if (!is_taken(exchange))
        return;
    int status = read_bodies(exchange, &bodies);
    if (!status)
        status = bodies.sdp.data ? read_offer(&bodies.sdp, &sdp) : 488;
    if (!status)
        status = begin_session(exchange, &bodies, &sdp);
    if (status == 422)
        refuse_interval(exchange);
    else if (status)
        refuse_offer(exchange, status);
}

/* ---- changes ---- */

static void answer_without_offer(struct exchange *exchange, struct session *session)
{
    bool is_invite = sip_message_is(exchange->request, "INVITE");
    osip_message_t *sip = reply_begin(exchange, 200, NULL);
    reply_add_contact(exchange->siprec, &exchange->peer, sip);
    expiry_add(session, exchange->request, sip);
    if (is_invite && session->sdp_text)
        sip_set_body(sip, "application/sdp", session->sdp_text, strlen(session->sdp_text));
    reply_send(exchange, sip);
    if (!is_invite)
        return;
    memcpy(session->invite_key, exchange->key, sizeof(session->invite_key));
    session->state = SESSION_ANSWERED;
    session->ack_until_us = exchange->now_us + SIP_TIMEOUT_US;
    if (exchange->transaction)
        exchange->transaction->session = session->id;
}

static void change_session(struct exchange *exchange, struct session *session,
                           const struct sip_bodies *bodies)
{
    struct st_siprec *siprec = exchange->siprec;
    struct st_rtp_sdp sdp;
    int status = bodies->sdp.data ? read_offer(&bodies->sdp, &sdp) : 0;
    if (status == 488 && sdp.media_count > 0)
        status = 0; /* hold by port 0 of every line leaves nothing usable */
    if (status) {
        refuse_offer(exchange, status);
        return;
    }
    session_refresh_target(session, exchange);
    read_metadata(siprec, session, bodies);
    if (expiry_read(exchange, session) < 0) {
        refuse_interval(exchange);
        return;
    }
    int err =
        session_settle(siprec, session, bodies->sdp.data ? &sdp : &session->sdp, exchange->request);
    if (err < 0) {
        refuse_offer(exchange, status_of(err));
        return;
    }
    if (!bodies->sdp.data) {
        answer_without_offer(exchange, session);
        if (bodies->metadata.data)
            tell_change(siprec, session);
        return;
    }
    if (!keep_request(exchange, session, &sdp)) {
        reply(exchange, 500);
        return;
    }
    if (sip_message_is(exchange->request, "INVITE"))
        reply(exchange, 100);
    ask_sink(siprec, session, false);
}

static void handle_change(struct exchange *exchange, struct session *session)
{
    struct sip_bodies bodies;
    const char *option = unknown_option(exchange->request);
    if (session->pending.request.sip || session->state == SESSION_STARTING) {
        reply_with(exchange, 500, "Retry-After", "1");
        return;
    }
    if (session->state == SESSION_CLOSING) {
        reply(exchange, 481);
        return;
    }
    if (option) {
        reply_with(exchange, 420, "Unsupported", option);
        return;
    }
    int status = read_bodies(exchange, &bodies);
    if (status)
        refuse_offer(exchange, status);
    else
        change_session(exchange, session, &bodies);
}

void handle_reinvite(struct exchange *exchange, struct session *session)
{
    handle_change(exchange, session);
}

void handle_update(struct exchange *exchange, struct session *session)
{
    handle_change(exchange, session);
}

/* ---- answers ---- */

static void choose(const struct session *session, const struct st_siprec_session *told,
                   const struct st_siprec_answer *answer, struct st_rtp_sdp_choice *choices)
{
    for (unsigned i = 0; i < told->stream_count; i++) {
        const struct st_siprec_stream *stream = &told->streams[i];
        struct st_rtp_sdp_choice *choice = &choices[stream->line];
        choice->port = stream->media->port == 0 ? 0 : answer->ports[i];
        choice->is_muxed = answer->is_muxed[i];
        choice->crypto = stream->crypto ? stream->our_crypto : NULL;
    }
}

/* The text of our answer, to be freed; NULL when it would be too long. */
static char *write_answer(struct st_siprec *siprec, struct session *session,
                          const struct st_siprec_answer *answer)
{
    struct st_siprec_session told;
    struct st_rtp_sdp_choice choices[ST_RTP_SDP_MEDIA_MAX] = {0};
    if (answer->sdp)
        return st_mem_strdup(answer->sdp);
    char *text = st_mem_alloc(OFFER_MAX);
    session_describe(session, &session->pending.sdp, siprec->srtp, &told);
    choose(session, &told, answer, choices);
    struct st_rtp_sdp_answer sdp = {
        .offer = &session->pending.sdp,
        .choices = choices,
        .address = answer->address,
        .session = session->id,
        .version = ++session->sdp_version,
    };
    ssize_t chars = st_rtp_sdp_write(&sdp, text, OFFER_MAX);
    char *fitting = chars >= 0 ? st_mem_strdup(text) : NULL;
    OPENSSL_cleanse(text, OFFER_MAX);
    free(text);
    return fitting;
}

static struct exchange pending_exchange(struct st_siprec *siprec, struct session *session,
                                        int64_t now_us)
{
    struct session_pending *pending = &session->pending;
    struct exchange exchange = {
        .siprec = siprec,
        .request = &pending->request,
        .peer = session->peer,
        .reply_to = pending->reply_to,
        .transaction = transactions_find(&siprec->transactions, pending->key),
        .now_us = now_us,
    };
    memcpy(exchange.key, pending->key, sizeof(exchange.key));
    return exchange;
}

static void refuse_pending(struct st_siprec *siprec, struct session *session, int status,
                           int64_t now_us)
{
    struct exchange exchange = pending_exchange(siprec, session, now_us);
    osip_message_t *sip = reply_begin(&exchange, status, session->local_tag);
    if (status == 503)
        sip_add(sip, "Retry-After", "%d", RETRY_AFTER_S);
    reply_send(&exchange, sip);
    session_drop_pending(session);
    if (session->state != SESSION_STARTING)
        return;
    session_tell_end(siprec, session, ST_SIPREC_END_REFUSED);
    session_destroy(siprec, session);
}

static void accept_pending(struct st_siprec *siprec, struct session *session, char *take_text,
                           int64_t now_us)
{
    struct exchange exchange = pending_exchange(siprec, session, now_us);
    bool is_invite = sip_message_is(exchange.request, "INVITE");
    osip_message_t *sip = reply_begin(&exchange, 200, session->local_tag);
    if (session->routes && session->state == SESSION_STARTING)
        sip_add(sip, "Record-Route", "%s", session->routes);
    reply_add_contact(siprec, &session->peer, sip);
    expiry_add(session, exchange.request, sip);
    sip_set_body(sip, "application/sdp", take_text, strlen(take_text));
    free(session->sdp_text);
    session->sdp_text = take_text;
    session->sdp = session->pending.sdp;
    reply_send(&exchange, sip);
    if (is_invite) {
        memcpy(session->invite_key, exchange.key, sizeof(session->invite_key));
        session->ack_until_us = now_us + SIP_TIMEOUT_US;
    }
    if (session->state == SESSION_STARTING)
        ST_INFO(&siprec->log, "session %s is recorded as call %s", session->call_id, session->call);
    if (is_invite)
        session->state = SESSION_ANSWERED;
    session_drop_pending(session);
}

void session_answer(struct st_siprec *siprec, struct session *session,
                    const struct st_siprec_answer *answer, int64_t now_us)
{
    char *text = answer->err ? NULL : write_answer(siprec, session, answer);
    if (text)
        accept_pending(siprec, session, text, now_us);
    else
        refuse_pending(siprec, session, answer->err ? status_of(answer->err) : 500, now_us);
}

int st_siprec_answer(struct st_siprec *siprec, uint64_t id, const struct st_siprec_answer *answer,
                     int64_t now_us)
{
    struct session *session = session_find(siprec, id);
    if (!session || !session->pending.request.sip)
        return -ENOENT;
    session_answer(siprec, session, answer, now_us);
    return 0;
}
