#include "outbox.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OUTBOX_MAX_BYTES = 262144, KEPT_MAX_BYTES = 16384 };

struct head {
    size_t bytes;
    bool is_binary;
};

void st_outbox_fini(struct st_outbox *outbox)
{
    free(outbox->data);
    *outbox = (struct st_outbox){0};
}

bool st_outbox_is_empty(const struct st_outbox *outbox)
{
    return outbox->at == outbox->len;
}

void st_outbox_clear(struct st_outbox *outbox)
{
    outbox->at = outbox->len = 0;
    if (outbox->cap > KEPT_MAX_BYTES)
        st_outbox_fini(outbox);
}

static void make_room(struct st_outbox *outbox, size_t bytes)
{
    if (outbox->at > 0) {
        memmove(outbox->data, outbox->data + outbox->at, outbox->len - outbox->at);
        outbox->len -= outbox->at;
        outbox->at = 0;
    }
    if (outbox->len + bytes <= outbox->cap)
        return;
    outbox->cap = (outbox->len + bytes) * 2;
    outbox->data = st_mem_realloc(outbox->data, outbox->cap);
}

int st_outbox_push(struct st_outbox *outbox, const void *data, size_t bytes, bool is_binary)
{
    struct head head = {bytes, is_binary};
    if (bytes > OUTBOX_MAX_BYTES || outbox->len - outbox->at + bytes > OUTBOX_MAX_BYTES)
        return -ENOBUFS;
    make_room(outbox, sizeof(head) + bytes);
    memcpy(outbox->data + outbox->len, &head, sizeof(head));
    memcpy(outbox->data + outbox->len + sizeof(head), data, bytes);
    outbox->len += sizeof(head) + bytes;
    return 0;
}

bool st_outbox_peek(const struct st_outbox *outbox, const void **ret_data, size_t *ret_bytes,
                    bool *ret_is_binary)
{
    struct head head;
    if (st_outbox_is_empty(outbox))
        return false;
    memcpy(&head, outbox->data + outbox->at, sizeof(head));
    *ret_data = outbox->data + outbox->at + sizeof(head);
    *ret_bytes = head.bytes;
    *ret_is_binary = head.is_binary;
    return true;
}

void st_outbox_pop(struct st_outbox *outbox)
{
    struct head head;
    memcpy(&head, outbox->data + outbox->at, sizeof(head));
    outbox->at += sizeof(head) + head.bytes;
    if (st_outbox_is_empty(outbox))
        st_outbox_clear(outbox);
}
