#include "server.h"

#include <stdio.h>

bool exchange_remember(struct exchange *exchange)
{
    bool is_invite = sip_message_is(exchange->request, "INVITE");
    exchange->transaction = transactions_add(&exchange->siprec->transactions, exchange->key,
                                             &exchange->reply_to, is_invite, exchange->now_us);
    return exchange->transaction != NULL;
}

static bool needs_tag(const struct exchange *exchange, int status)
{
    return status > 100 && !*sip_message_to_tag(exchange->request);
}

osip_message_t *reply_begin(const struct exchange *exchange, int status, const char *to_tag)
{
    char tag[TAG_MAX];
    if (!to_tag && needs_tag(exchange, status)) {
        siprec_random_tag(tag);
        to_tag = tag;
    }
    osip_message_t *sip =
        sip_reply_begin(exchange->request, &exchange->peer, status, status > 100 ? to_tag : NULL);
    if (status == 100)
        return sip;
    sip_add(sip, "Server", "Sidetone/" ST_VERSION);
    sip_add(sip, "Allow", SIP_ALLOW);
    sip_add(sip, "Supported", "siprec, timer");
    return sip;
}

void reply_send(const struct exchange *exchange, osip_message_t *take_reply)
{
    int status = take_reply ? take_reply->status_code : 0;
    transactions_reply(&exchange->siprec->transactions, exchange->transaction, &exchange->reply_to,
                       status, sip_take_text(take_reply), exchange->now_us);
}

void reply(const struct exchange *exchange, int status)
{
    reply_send(exchange, reply_begin(exchange, status, NULL));
}

void reply_with(const struct exchange *exchange, int status, const char *header, const char *value)
{
    osip_message_t *sip = reply_begin(exchange, status, NULL);
    sip_add(sip, header, "%s", value);
    reply_send(exchange, sip);
}

void reply_later(const struct exchange *exchange)
{
    char seconds[16];
    snprintf(seconds, sizeof(seconds), "%d", RETRY_AFTER_S);
    reply_with(exchange, 503, "Retry-After", seconds);
}

void reply_busy(const struct exchange *exchange)
{
    exchange->siprec->counts.full++;
    reply_later(exchange);
}

void reply_add_contact(const struct st_siprec *siprec, const struct st_siprec_peer *peer,
                       osip_message_t *sip)
{
    sip_add(sip, "Contact", "<sip:sidetone@%s:%u;transport=%s>;+sip.srs", siprec->host,
            siprec->ports[peer->transport], st_siprec_transport_name(peer->transport));
}
