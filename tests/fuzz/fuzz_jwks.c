/* A JSON Web Key Set and a token, parted by the byte 0x1e. */
#include "sidetone/jwks.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const uint8_t *mark = memchr(data, 0x1e, bytes);
    size_t set_bytes = mark ? (size_t)(mark - data) : bytes;
    const char *token = mark ? (const char *)mark + 1 : "";
    size_t token_bytes = mark ? bytes - set_bytes - 1 : 0;
    char *set = st_mem_strndup((const char *)data, set_bytes);
    int count = st_jwks_count(set);
    int err = st_jwks_verify(set, token, token_bytes, "azure", "us", 1000000);
    assert(err != 0 || count > 0);
    free(set);
    return 0;
}
