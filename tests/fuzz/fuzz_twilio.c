/* Lines as messages of one connection, on a sink that watches the contract. */
#include "ingest_recorder.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct recorder recorder;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const uint8_t *end = data + bytes;
    int result = 0;
    recorder_open(&recorder, "twilio", ST_ROLE_CUSTOMER);
    recorder.is_silent = true;
    while (data < end && result == 0) {
        const uint8_t *newline = memchr(data, '\n', (size_t)(end - data));
        const uint8_t *stop = newline ? newline : end;
        result = recorder_feed(&recorder, data, (size_t)(stop - data), false);
        data = newline ? newline + 1 : end;
    }
    recorder_lose(&recorder);
    recorder_close(&recorder);
    return 0;
}
