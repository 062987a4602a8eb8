/* Bytes that wait for a socket. */
#ifndef ST_NET_BYTES_H
#define ST_NET_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Bytes in order, in front of `at` taken already. */
struct st_h2_bytes {
    uint8_t *data;
    size_t at, len, cap;
};
void st_h2_bytes_put(struct st_h2_bytes *bytes, const void *data, size_t count);
void st_h2_bytes_take(struct st_h2_bytes *bytes, size_t count);
void st_h2_bytes_fini(struct st_h2_bytes *bytes);
static inline size_t st_h2_bytes_left(const struct st_h2_bytes *bytes)
{
    return bytes->len - bytes->at;
}

#endif
