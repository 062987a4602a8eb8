#include "sidetone/buf.h"

#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

struct st_buf *st_buf_create(size_t bytes)
{
    struct st_buf *buf = st_mem_alloc(sizeof(*buf) + bytes);
    atomic_init(&buf->refs, 1);
    buf->len = bytes;
    return buf;
}

struct st_buf *st_buf_copy(const void *data, size_t bytes)
{
    struct st_buf *buf = st_buf_create(bytes);
    if (bytes > 0)
        memcpy(buf->data, data, bytes);
    return buf;
}

struct st_buf *st_buf_ref(struct st_buf *buf)
{
    atomic_fetch_add_explicit(&buf->refs, 1, memory_order_relaxed);
    return buf;
}

void st_buf_unref(struct st_buf *buf)
{
    if (buf && atomic_fetch_sub_explicit(&buf->refs, 1, memory_order_acq_rel) == 1)
        free(buf);
}
