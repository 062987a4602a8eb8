/* Messages of one connection, each behind a byte (bit 0: binary) and two of length, on a sink that
 * watches the contract. */
#include "ingest_recorder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct recorder recorder;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    int result = 0;
    recorder_open(&recorder, "pcm", ST_ROLE_CUSTOMER);
    recorder.is_silent = true;
    while (bytes >= 3 && result == 0) {
        size_t message_bytes = (size_t)data[1] | (size_t)data[2] << 8;
        bool is_binary = data[0] & 1;
        data += 3;
        bytes -= 3;
        if (message_bytes > bytes)
            message_bytes = bytes;
        result = recorder_feed(&recorder, data, message_bytes, is_binary);
        data += message_bytes;
        bytes -= message_bytes;
    }
    recorder_lose(&recorder);
    recorder_close(&recorder);
    return 0;
}
