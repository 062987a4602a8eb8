/* What decodes, encodes back to the same characters but for padding and left-over bits. */
#include "sidetone/base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    uint8_t *plain = malloc(ST_BASE64_DECODED_MAX(bytes) + 1);
    ssize_t got = st_base64_decode((const char *)data, bytes, plain);
    if (got >= 0) {
        char *text = malloc(ST_BASE64_ENCODED_MAX((size_t)got));
        size_t chars = st_base64_encode(plain, (size_t)got, text);
        size_t whole = (size_t)got / 3 * 4;
        if (chars < bytes || memcmp(text, data, whole) != 0)
            abort();
        free(text);
    }
    free(plain);
    return 0;
}
