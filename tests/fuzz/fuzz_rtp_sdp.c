#include "sidetone/rtp_sdp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What is read can be answered, and the answer be read, with the same lines. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct st_rtp_sdp offer, again;
    static char text[32768];
    struct st_rtp_sdp_choice choices[ST_RTP_SDP_MEDIA_MAX];
    struct st_rtp_srtp_crypto crypto;
    st_rtp_srtp_parse(&crypto, (const char *)data, bytes);
    if (st_rtp_sdp_parse(&offer, (const char *)data, bytes))
        return 0;
    for (unsigned i = 0; i < offer.media_count; i++)
        choices[i] = (struct st_rtp_sdp_choice){
            .port = (uint16_t)(20000 + i),
            .is_muxed = true,
            .is_stereo = i % 2,
            .crypto = offer.media[i].crypto_count ? &offer.media[i].cryptos[0] : NULL};
    struct st_rtp_sdp_answer answer = {&offer, choices, "::1", 1, 1};
    ssize_t chars = st_rtp_sdp_write(&answer, text, sizeof(text));
    if (chars < 0 || st_rtp_sdp_parse(&again, text, (size_t)chars) ||
        again.media_count != offer.media_count)
        abort();
    for (unsigned i = 0; i < offer.media_count; i++)
        if (strcmp(again.media[i].label, offer.media[i].label) != 0 ||
            (again.media[i].port != 0 && !st_rtp_sdp_is_usable(&again.media[i])))
            abort();
    return 0;
}
