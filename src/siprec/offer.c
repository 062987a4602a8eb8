#include "server.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

int offer_read_bodies(const struct sip_message *request, struct sip_bodies *ret_bodies)
{
    *ret_bodies = (struct sip_bodies){0};
    if (request->body_bytes == 0)
        return 0;
    if (sip_message_is_encoded(request))
        return 415;
    sip_bodies_read(ret_bodies, request->content_type, request->body, request->body_bytes);
    return ret_bodies->is_known ? 0 : 415;
}

void offer_read_metadata(struct st_siprec *siprec, struct session *session,
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

int offer_read_sdp(const struct body_part *part, struct st_rtp_sdp *ret_sdp)
{
    if (st_rtp_sdp_parse(ret_sdp, part->data, part->bytes) < 0)
        return 400;
    return is_any_usable(ret_sdp) ? 0 : 488;
}

const char *offer_unknown_option(const struct sip_message *request)
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

static void refuse_type(const struct exchange *exchange)
{
    osip_message_t *sip = reply_begin(exchange, 415, NULL);
    sip_add(sip, "Accept", SIP_ACCEPT);
    sip_add(sip, "Accept-Encoding", "identity");
    reply_send(exchange, sip);
}

static void refuse_interval(const struct exchange *exchange)
{
    osip_message_t *sip = reply_begin(exchange, 422, NULL);
    sip_add(sip, "Min-SE", "%d", MIN_EXPIRES_S);
    reply_send(exchange, sip);
}

void offer_refuse(const struct exchange *exchange, int status)
{
    if (status == 415)
        refuse_type(exchange);
    else if (status == 422)
        refuse_interval(exchange);
    else if (status == 488)
        reply_with(exchange, 488, "Warning", "304 sidetone \"no audio that can be taken\"");
    else
        reply(exchange, status);
}

int offer_status_of(int err)
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
