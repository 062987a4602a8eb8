#include "sidetone/rtp_packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* What was read lies in the datagram, and is the same after writing and reading again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_rtp_packet packet, again;
    st_rtp_packet_is_rtcp(data, bytes);
    if (st_rtp_packet_parse(&packet, data, bytes))
        return 0;
    if (packet.payload < data || packet.payload + packet.bytes > data + bytes)
        abort();
    uint8_t *out = malloc(bytes);
    ssize_t written = st_rtp_packet_write(&packet, out, bytes);
    if (written < 0 || st_rtp_packet_parse(&again, out, (size_t)written) ||
        again.bytes != packet.bytes || memcmp(again.payload, packet.payload, packet.bytes) != 0 ||
        again.sequence != packet.sequence || again.ssrc != packet.ssrc)
        abort();
    free(out);
    return 0;
}
