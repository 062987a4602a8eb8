/* Lines as messages of one connection, the first as its query, on a sink that watches the contract.
 */
#include "ingest_recorder.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct recorder recorder;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char *const headers[ST_INGEST_HEADERS_MAX] = {"call", "correlation"};
    const uint8_t *end = data + bytes, *line = memchr(data, '\n', bytes);
    char *query = strndup((const char *)data, line ? (size_t)(line - data) : 0);
    int result = 0;
    recorder_open(&recorder, "acs", ST_ROLE_CUSTOMER);
    recorder_reopen(&recorder, "acs", query, headers);
    recorder.is_silent = true;
    data = line ? line + 1 : data;
    while (data < end && result == 0) {
        const uint8_t *newline = memchr(data, '\n', (size_t)(end - data));
        const uint8_t *stop = newline ? newline : end;
        result = recorder_feed(&recorder, data, (size_t)(stop - data), false);
        data = newline ? newline + 1 : end;
    }
    recorder.ops->closed(recorder.dialect, bytes % 2 ? 1000 : 1006);
    recorder_lose(&recorder);
    recorder_close(&recorder);
    free(query);
    return 0;
}
