#include "siprec/multipart.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(const struct body_part *part, const char *body, size_t bytes)
{
    if (part->data && (part->data < body || part->bytes > (size_t)(body + bytes - part->data)))
        abort();
}

/* The first line is the content type, the rest the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char type[256] = "";
    struct sip_bodies bodies;
    const uint8_t *end = bytes ? memchr(data, '\n', bytes) : NULL;
    size_t used = end ? (size_t)(end - data) + 1 : 0;
    if (used > sizeof(type) || (used && memchr(data, 0, used)))
        return 0;
    if (used > 1)
        memcpy(type, data, used - 1);
    sip_bodies_read(&bodies, type, (const char *)data + used, bytes - used);
    check(&bodies.sdp, (const char *)data + used, bytes - used);
    check(&bodies.metadata, (const char *)data + used, bytes - used);
    return 0;
}
