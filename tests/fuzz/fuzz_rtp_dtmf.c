#include "sidetone/rtp_dtmf.h"
#include "sidetone/rtp_packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Payloads one after another: a byte for the length, one for the timestamp, then the payload. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_rtp_dtmf dtmf;
    int64_t now_us = 0;
    st_rtp_dtmf_init(&dtmf, 8000);
    while (bytes >= 2) {
        size_t length = data[0] % 24u;
        struct st_rtp_packet packet = {.timestamp = data[1] * 80u, .payload = data + 2};
        packet.bytes = length < bytes - 2 ? length : bytes - 2;
        char digits[ST_RTP_DTMF_DIGITS_MAX];
        int count = st_rtp_dtmf_put(&dtmf, &packet, now_us += data[1] * 500, digits);
        if (count > ST_RTP_DTMF_DIGITS_MAX || dtmf.events > ST_RTP_DTMF_REMEMBERED)
            abort();
        data += 2 + packet.bytes;
        bytes -= 2 + packet.bytes;
    }
    return 0;
}
