#include "rtp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_one_machine(const struct st_udp_address *address)
{
    bool is_multicast =
        st_udp_address_is_v4(address) ? address->ip[12] >= 224 : address->ip[0] == 0xff;
    return !is_multicast && !st_udp_address_is_anybody(address);
}

/* NULL when nothing is wrong. */
static const char *find_fault(const struct st_rtp_session_line *line,
                              const struct st_rtp_sdp_media *media)
{
    const struct st_media_source *source = &line->source;
    bool has_ip = !st_udp_address_is_none(&source->rtp);
    bool has_port = has_ip && source->rtp.port != 0;
    if (media->address[0] && !is_one_machine(&source->rtp) && !media->is_held)
        return "'address' must be the sender's own, as numbers and without a zone";
    if (source->mode == ST_MEDIA_SOURCE_STRICT && !has_port)
        return "'source' strict needs 'address' and 'port'";
    if (source->mode == ST_MEDIA_SOURCE_IP && !has_ip)
        return "'source' ip needs 'address'";
    if (line->is_shared && !has_port && !source->has_ssrc)
        return "'shared' needs 'address' and 'port', or 'ssrc'";
    return NULL;
}

int rtp_check(const struct rtp_body *body, char ret_why[RTP_BODY_WHY_BYTES])
{
    for (unsigned i = 0; i < body->offer.media_count; i++) {
        const char *fault =
            body->lines[i].channel_mask ? find_fault(&body->lines[i], &body->offer.media[i]) : NULL;
        if (!fault)
            continue;
        snprintf(ret_why, RTP_BODY_WHY_BYTES, "streams[%u]: %s", i, fault);
        return -EBADMSG;
    }
    return 0;
}
