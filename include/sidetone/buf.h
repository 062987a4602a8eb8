/*
 * Immutable bytes shared by reference, across threads.
 *
 * The creator fills `data` before anyone else sees the buffer; from then on nobody writes.
 */
#ifndef SIDETONE_BUF_H
#define SIDETONE_BUF_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct st_buf {
    atomic_uint refs;
    size_t len; /* bytes in data */
    uint8_t data[];
};

/* One reference, owned by the caller; data zeroed. Never NULL: check peer-chosen sizes before. */
struct st_buf *st_buf_create(size_t bytes);
struct st_buf *st_buf_copy(const void *data, size_t bytes);

struct st_buf *st_buf_ref(struct st_buf *buf); /* returns buf */
void st_buf_unref(struct st_buf *buf);         /* NULL is fine */

#endif
