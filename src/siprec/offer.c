#include "server.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { REFUSED_LINES_MAX = 64, REFUSED_LINE_CHARS = 96, REFUSED_WORD_CHARS = 24 };

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

/* The beginning of the next m-line from there on; NULL when there is none. */
static const char *find_media(const char *from, const char *end, bool is_new_line)
{
    for (const char *at = from; at < end; at++) {
        if (is_new_line && end - at >= 2 && at[0] == 'm' && at[1] == '=')
            return at;
        bool is_blank = *at == ' ' || *at == '\t';
        is_new_line = *at == '\n' || *at == '\r' || (is_new_line && is_blank);
    }
    return NULL;
}

/* Where the lines begin that there is no room for, and how many they are. */
static unsigned find_more(const struct body_part *part, const char **ret_more)
{
    const char *end = part->data + part->bytes;
    unsigned count = 0;
    *ret_more = end;
    for (const char *at = find_media(part->data, end, true); at;
         at = find_media(at + 1, end, false))
        if (++count == ST_RTP_SDP_MEDIA_MAX + 1)
            *ret_more = at;
    return count > ST_RTP_SDP_MEDIA_MAX ? count - ST_RTP_SDP_MEDIA_MAX : 0;
}

int offer_read_sdp(const struct body_part *part, struct offer *ret_offer)
{
    const char *more;
    if (find_more(part, &more) > REFUSED_LINES_MAX)
        return 488;
    size_t bytes = (size_t)(more - part->data);
    if (st_rtp_sdp_parse(&ret_offer->sdp, part->data, bytes) < 0)
        return 400;
    ret_offer->more = more;
    ret_offer->more_bytes = part->bytes - bytes;
    return is_any_usable(&ret_offer->sdp) ? 0 : 488;
}

/* A word of an m-line as far as it is printable; "-" where there is none. */
static const char *copy_word(const char *at, const char *end, char *out)
{
    size_t chars = 0;
    while (at < end && *at == ' ')
        at++;
    for (; at<end && * at> ' ' && *at < 0x7f; at++)
        if (chars < REFUSED_WORD_CHARS)
            out[chars++] = *at;
    memcpy(out + chars, chars ? "" : "-", chars ? 1 : 2);
    return at;
}

char *offer_refuse_lines(const struct offer *offer)
{
    const char *end = offer->more + offer->more_bytes, *at = offer->more;
    if (offer->more_bytes == 0)
        return NULL;
    size_t room = REFUSED_LINES_MAX * REFUSED_LINE_CHARS + 1, used = 0;
    char *text = st_mem_alloc(room);
    for (; at; at = find_media(at, end, false)) {
        char kind[REFUSED_WORD_CHARS + 2], port[REFUSED_WORD_CHARS + 2];
        char protocol[REFUSED_WORD_CHARS + 2], format[REFUSED_WORD_CHARS + 2];
        at = copy_word(at + 2, end, kind);
        at = copy_word(at, end, port);
        at = copy_word(at, end, protocol);
        at = copy_word(at, end, format);
        used +=
            (size_t)snprintf(text + used, room - used, "m=%s 0 %s %s\r\n", kind, protocol, format);
    }
    return st_mem_realloc(text, used + 1);
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
