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
    if (is_invite && session->sdp_text)
        sip_set_body(sip, "application/sdp", session->sdp_text, strlen(session->sdp_text));
    reply_send(exchange, sip);
    if (is_invite)
        session_await_ack(exchange, session);
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
    offer_read_metadata(siprec, session, bodies);
    memcpy(session->pending.before, session->streams, sizeof(session->pending.before));
    int err = session_settle(siprec, session, &offer.sdp, exchange->request);
    if (err >= 0 && !session_keep_request(exchange, session, &offer))
        return 500;
    if (err < 0)
        return offer_status_of(err);
    if (sip_message_is(exchange->request, "INVITE"))
        reply(exchange, 100);
    session_ask_sink(siprec, session, false);
    return 0;
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

void handle_change(struct exchange *exchange, struct session *session)
{
    struct sip_bodies bodies;
    bool is_invite = sip_message_is(exchange->request, "INVITE");
    if (!is_taken(exchange, session))
        return;
    int status = offer_read_bodies(exchange->request, &bodies);
    if (!status && session_is_offering(session) && (is_invite || bodies.sdp.data))
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
