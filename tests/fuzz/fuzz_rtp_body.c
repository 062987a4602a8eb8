/* The body of POST /v1/rtp. */
#include "rtp_body.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(const struct rtp_body *body)
{
    unsigned channels = 0;
    for (unsigned i = 0; i < body->offer.media_count; i++) {
        unsigned mask = body->lines[i].channel_mask;
        if (mask & channels || mask > 3 || (mask && !st_rtp_sdp_is_usable(&body->offer.media[i])))
            abort();
        channels |= mask;
    }
    if (!channels || body->start.attribute_count > ST_INGEST_ATTRIBUTES_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char why[RTP_BODY_WHY_BYTES] = "";
    struct rtp_body *body = malloc(sizeof(*body));
    if (rtp_body_parse(body, (const char *)data, bytes, ST_MEDIA_SOURCE_IP, why) == 0)
        check(body);
    else if (!why[0])
        abort();
    rtp_body_fini(body);
    free(body);
    return 0;
}
