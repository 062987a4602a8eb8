/* Sessions that go on differently: hold, further legs, codecs and keys, who takes part. */
#include "server.h"

#include <string.h>

static void tell_change(struct st_siprec *siprec, struct session *session)
{
    struct st_siprec_session told;
    session_describe(session, session->sdp, siprec->srtp, &told);
    siprec->sink->changed(siprec->sink_user, &told);
}

static void answer_without_offer(struct exchange *exchange, struct session *session)
{
    struct st_siprec *siprec = exchange->siprec;
    bool is_invite = sip_message_is(exchange->request, "INVITE");
    expiry_agree(siprec, session, exchange->request, exchange->now_us);
    osip_message_t *sip = reply_begin(exchange, 200, NULL);
    reply_add_contact(siprec, &exchange->peer, sip);
    expiry_add(session, exchange->request, sip);
    if (is_invite) {
        const char *offer = own_offer_write(session, true);
        sip_set_body(sip, "application/sdp", offer, strlen(offer));
    }
    reply_send(exchange, sip);
    if (is_invite) {
        session_await_ack(exchange, session);
        session->awaits_answer = true;
    }
}

static void change_without_offer(struct exchange *exchange, struct session *session,
                                 const struct sip_bodies *bodies)
{
    struct st_siprec *siprec = exchange->siprec;
    session_refresh_target(session, exchange);
    offer_read_metadata(siprec, session, bodies);
    session_settle(siprec, session, session->sdp, exchange->request);
    answer_without_offer(exchange, session);
    if (bodies->metadata.data)
        tell_change(siprec, session);
}

static bool has_stream(const struct session *session, const struct st_rtp_sdp *sdp)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (session->streams[i].is_there && session->streams[i].line < sdp->media_count)
            return true;
    return false;
}

/* 0, or the status to refuse with. */
static int offer_change(struct exchange *exchange, struct session *session,
                        const struct sip_bodies *bodies)
{
    struct st_siprec *siprec = exchange->siprec;
    struct offer offer = {.more_bytes = 0};
    int status = offer_read_sdp(&bodies->sdp, &offer);
    if (status == 488 && offer.sdp.media_count > 0)
        status = 0; /* hold by port 0 of every line leaves nothing usable */
    if (status)
        return status;
    session_refresh_target(session, exchange);
    session_keep_before(session);
    offer_read_metadata(siprec, session, bodies);
    int err = session_settle(siprec, session, &offer.sdp, exchange->request);
    if (!has_stream(session, &offer.sdp))
        status = 488;
    else if (err < 0)
        status = offer_status_of(err);
    else if (!session_keep_request(exchange, session, &offer))
        status = 500;
    if (status) {
        session_restore(session);
        session_drop_pending(session);
        return status;
    }
    if (sip_message_is(exchange->request, "INVITE"))
        reply(exchange, 100);
    session_ask_sink(siprec, session, false);
    return 0;
}

/* A line that we did not offer cannot be taken by an answer. */
static void leave_out_new_lines(const struct session *session, struct st_rtp_sdp *sdp)
{
    for (unsigned i = 0; i < sdp->media_count; i++) {
        bool is_known = false;
        for (unsigned s = 0; s < ST_CHANNELS_MAX; s++)
            is_known |= session->streams[s].is_there && session->streams[s].line == i;
        if (!is_known)
            sdp->media[i].port = 0;
    }
}

static void take_answer(const struct exchange *exchange, struct session *session,
                        const struct offer *answer)
{
    session_keep_before(session);
    session_settle(exchange->siprec, session, &answer->sdp, exchange->request);
    if (session_keep_request(exchange, session, answer))
        session_ask_sink(exchange->siprec, session, false);
    else
        session_drop_pending(session);
}

/* Some send none where we offer what there was before: that stays. */
void handle_answer(const struct exchange *exchange, struct session *session)
{
    struct sip_bodies bodies = {.parts = 0};
    struct offer answer = {.more_bytes = 0};
    bool is_late = session->pending.request.sip != NULL; /* a further offer came */
    if (is_late || offer_read_bodies(exchange->request, &bodies) || !bodies.sdp.data)
        return;
    int status = exchange->request->is_truncated ? 400 : offer_read_sdp(&bodies.sdp, &answer);
    bool is_whole = answer.sdp.media_count == session->sdp->media_count;
    if ((status != 0 && status != 488) || !is_whole) {
        ST_WARN(&exchange->siprec->log, "session %s: what it answers to our offer cannot be used",
                session->call_id);
        return;
    }
    leave_out_new_lines(session, &answer.sdp);
    take_answer(exchange, session, &answer);
}

/* Whether this is the time for it; refused otherwise. */
static bool is_taken(struct exchange *exchange, struct session *session)
{
    const char *option = offer_unknown_option(exchange->request);
    if (session->pending.request.sip || session->state == SESSION_STARTING)
        reply_with(exchange, 500, "Retry-After", "1");
    else if (option)
        reply_with(exchange, 420, "Unsupported", option);
    else
        return true;
    return false;
}

/* An offer of ours is under way. A further INVITE says that the ACK of the one before was lost. */
static bool is_glare(const struct session *session, bool is_invite)
{
    bool is_unanswered = session->state == SESSION_ANSWERED && session->awaits_answer;
    return session_is_offering(session) || (is_unanswered && !is_invite);
}

void handle_change(struct exchange *exchange, struct session *session)
{
    struct sip_bodies bodies;
    bool is_invite = sip_message_is(exchange->request, "INVITE");
    if (!is_taken(exchange, session))
        return;
    int status = offer_read_bodies(exchange->request, &bodies);
    if (!status && (is_invite || bodies.sdp.data) && is_glare(session, is_invite))
        status = 491;
    if (!status && expiry_check(exchange->request) < 0)
        status = 422;
    if (!status && bodies.sdp.data)
        status = offer_change(exchange, session, &bodies);
    else if (!status)
        change_without_offer(exchange, session, &bodies);
    if (status)
        offer_refuse(exchange, status);
}
