/* Offers that wait for the sink, and what it says to them. */
#include "server.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* ---- waiting ---- */

bool session_keep_request(const struct exchange *exchange, struct session *session,
                          const struct offer *offer)
{
    struct session_pending *pending = &session->pending;
    if (osip_message_clone(exchange->request->sip, &pending->request.sip))
        return false;
    pending->is_answer =
        MSG_IS_RESPONSE(exchange->request->sip) || sip_message_is(exchange->request, "ACK");
    pending->peer = exchange->peer;
    pending->reply_to = exchange->reply_to;
    pending->sdp = st_rtp_sdp_copy(&offer->sdp);
    pending->refused = offer_refuse_lines(offer);
    pending->until_us = exchange->now_us + ANSWER_TIMEOUT_US;
    memcpy(pending->key, exchange->key, sizeof(pending->key));
    return true;
}

void session_ask_sink(struct st_siprec *siprec, struct session *session, bool is_new)
{
    struct st_siprec_session told;
    session_describe(session, session->pending.sdp, siprec->srtp, &told);
    siprec->sink->offer(siprec->sink_user, &told, is_new);
}

static struct exchange pending_exchange(struct st_siprec *siprec, struct session *session,
                                        int64_t now_us)
{
    struct session_pending *pending = &session->pending;
    struct exchange exchange = {
        .siprec = siprec,
        .request = &pending->request,
        .peer = pending->peer,
        .reply_to = pending->reply_to,
        .transaction = transactions_find(&siprec->transactions, pending->key),
        .now_us = now_us,
    };
    memcpy(exchange.key, pending->key, sizeof(exchange.key));
    return exchange;
}

/* ---- refusals ---- */

static void say_refusal(struct st_siprec *siprec, struct session *session, int status,
                        int64_t now_us)
{
    struct exchange exchange = pending_exchange(siprec, session, now_us);
    osip_message_t *sip = reply_begin(&exchange, status, session->local_tag);
    if (status == 503)
        sip_add(sip, "Retry-After", "%d", RETRY_AFTER_S);
    reply_send(&exchange, sip);
}

void session_refuse_pending(struct st_siprec *siprec, struct session *session, int status,
                            int64_t now_us)
{
    if (!session->pending.request.sip)
        return;
    if (!session->pending.is_answer)
        say_refusal(siprec, session, status, now_us);
    if (session->state != SESSION_STARTING)
        session_restore(session);
    session_drop_pending(session);
}

static void refuse(struct st_siprec *siprec, struct session *session, int status, int64_t now_us)
{
    session_refuse_pending(siprec, session, status, now_us);
    if (session->state != SESSION_STARTING)
        return;
    session_tell_end(siprec, session, ST_SIPREC_END_REFUSED);
    session_destroy(siprec, session);
    if (status == 503)
        siprec->full_until_us = now_us + (int64_t)RETRY_AFTER_S * 1000000;
}

/* ---- acceptance ---- */

static void choose(const struct st_siprec_session *told, const struct st_siprec_answer *answer,
                   struct st_rtp_sdp_choice *choices)
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
    session_describe(session, session->pending.sdp, siprec->srtp, &told);
    choose(&told, answer, choices);
    struct st_rtp_sdp_answer sdp = {
        .offer = session->pending.sdp,
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

/* The same with the lines that were left out of it. */
static char *add_refused(const struct session *session, char *take_text)
{
    const char *refused = session->pending.refused;
    if (!take_text || !refused)
        return take_text;
    size_t chars = strlen(take_text), more = strlen(refused);
    char *whole = st_mem_alloc(chars + more + 1);
    memcpy(whole, take_text, chars);
    memcpy(whole + chars, refused, more + 1);
    OPENSSL_cleanse(take_text, chars);
    free(take_text);
    return whole;
}

/* Whoever begins another INVITE has had the answer to the one before. */
void session_await_ack(const struct exchange *exchange, struct session *session)
{
    struct transactions *table = &exchange->siprec->transactions;
    struct transaction *before = transactions_find(table, session->invite_key);
    if (before && session->state == SESSION_ANSWERED)
        transactions_acknowledge(table, before, exchange->now_us);
    memcpy(session->invite_key, exchange->key, sizeof(session->invite_key));
    session->invite_cseq = sip_message_cseq(exchange->request);
    session->ack_until_us = exchange->now_us + SIP_TIMEOUT_US;
    session->awaits_answer = false;
    session->state = SESSION_ANSWERED;
    if (exchange->transaction)
        exchange->transaction->session = session->id;
}

static void take_sdp(struct session *session)
{
    session_take_sdp(session, session->pending.sdp);
    session->pending.sdp = NULL;
}

static void accept_pending(struct st_siprec *siprec, struct session *session, char *take_text,
                           int64_t now_us)
{
    struct exchange exchange = pending_exchange(siprec, session, now_us);
    bool is_first = session->state == SESSION_STARTING;
    expiry_agree(siprec, session, exchange.request, now_us);
    osip_message_t *sip = reply_begin(&exchange, 200, session->local_tag);
    if (session->routes && is_first)
        sip_add(sip, "Record-Route", "%s", session->routes);
    reply_add_contact(siprec, &exchange.peer, sip);
    expiry_add(session, exchange.request, sip);
    sip_set_body(sip, "application/sdp", take_text, strlen(take_text));
    own_offer_take(session, take_text);
    take_sdp(session);
    reply_send(&exchange, sip);
    if (sip_message_is(exchange.request, "INVITE"))
        session_await_ack(&exchange, session);
    if (is_first) {
        siprec->full_until_us = 0;
        ST_INFO(&siprec->log, "session %s is recorded as call %s", session->call_id, session->call);
    }
    session_drop_pending(session);
}

void session_answer(struct st_siprec *siprec, struct session *session,
                    const struct st_siprec_answer *answer, int64_t now_us)
{
    if (session->pending.is_answer && !answer->err) {
        take_sdp(session);
        session_drop_pending(session);
        return;
    }
    char *text = answer->err ? NULL : write_answer(siprec, session, answer);
    text = add_refused(session, text);
    if (text)
        accept_pending(siprec, session, text, now_us);
    else
        refuse(siprec, session, answer->err ? offer_status_of(answer->err) : 500, now_us);
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
