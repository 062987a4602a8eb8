#include "sidetone/rtp_rtcp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_rtp_rtcp_walk walk;
    struct st_rtp_rtcp_packet packet;
    if (st_rtp_rtcp_open(&walk, data, bytes))
        return 0;
    while (st_rtp_rtcp_next(&walk, &packet)) {
        if (packet.body + packet.bytes > data + bytes)
            abort();
        if (packet.type == ST_RTP_RTCP_SR || packet.type == ST_RTP_RTCP_RR)
            for (unsigned i = 0; i < packet.count; i++)
                st_rtp_rtcp_block(&packet, i);
        for (size_t i = 0; i < packet.cname_bytes; i++)
            if ((const uint8_t *)packet.cname + i >= data + bytes)
                abort();
        st_rtp_rtcp_ends(&packet, 1);
        st_rtp_rtcp_unix_us(packet.ntp);
    }
    return 0;
}
