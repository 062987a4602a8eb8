/* Messages for a socket that is not open yet or is full: in order, bounded in bytes. */
#ifndef SIDETONE_STT_OUTBOX_H
#define SIDETONE_STT_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_outbox {
    uint8_t *data;
    size_t at; /* bytes already taken */
    size_t len;
    size_t cap;
};

void st_outbox_fini(struct st_outbox *outbox); /* one of zeroes is an empty outbox */
bool st_outbox_is_empty(const struct st_outbox *outbox);
void st_outbox_clear(struct st_outbox *outbox);

/* Copies. -ENOBUFS when more than 256 KiB would wait: nothing was taken. */
int st_outbox_push(struct st_outbox *outbox, const void *data, size_t bytes, bool is_binary);

/* The oldest message, borrowed until the next call; false when there is none. */
bool st_outbox_peek(const struct st_outbox *outbox, const void **ret_data, size_t *ret_bytes,
                    bool *ret_is_binary);
void st_outbox_pop(struct st_outbox *outbox);

#endif
