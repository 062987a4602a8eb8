/*
 * Just enough of protobuf's encoding to copy a message with changes.
 *
 * The reader never leaves its bytes, whatever they say; the writer grows.
 */
#ifndef SIDETONE_STT_MOONSHINE_PROTOBUF_H
#define SIDETONE_STT_MOONSHINE_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_protobuf_span {
    const uint8_t *data;
    size_t bytes;
};

bool st_protobuf_equals(struct st_protobuf_span span, const char *text);
bool st_protobuf_contains(struct st_protobuf_span span, const char *text);
bool st_protobuf_same(struct st_protobuf_span a, struct st_protobuf_span b);

/* Walks the fields of one message. */
struct st_protobuf_reader {
    struct st_protobuf_span rest;
    uint32_t field;
    bool is_bytes;                 /* a string, bytes or a message: `value` is set */
    struct st_protobuf_span value; /* without tag and length */
    struct st_protobuf_span whole; /* the field as it lies there, to be copied */
};

/* 1 with the next field, 0 at the end, -EBADMSG. */
int st_protobuf_next(struct st_protobuf_reader *reader);

struct st_protobuf_buffer {
    uint8_t *data;
    size_t bytes, cap;
};

void st_protobuf_put(struct st_protobuf_buffer *buffer, struct st_protobuf_span span);
void st_protobuf_put_varint(struct st_protobuf_buffer *buffer, uint64_t value);
void st_protobuf_put_field(struct st_protobuf_buffer *buffer, uint32_t field,
                           struct st_protobuf_span span);
void st_protobuf_put_text(struct st_protobuf_buffer *buffer, uint32_t field, const char *text);
/* Writes the buffer as a field and empties it. */
void st_protobuf_put_take(struct st_protobuf_buffer *buffer, uint32_t field,
                          struct st_protobuf_buffer *message);
void st_protobuf_fini(struct st_protobuf_buffer *buffer);

#endif
