#include "protobuf.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

bool st_protobuf_equals(struct st_protobuf_span span, const char *text)
{
    return span.bytes == strlen(text) &&
           (span.bytes == 0 || memcmp(span.data, text, span.bytes) == 0);
}

bool st_protobuf_contains(struct st_protobuf_span span, const char *text)
{
    return span.bytes > 0 && memmem(span.data, span.bytes, text, strlen(text)) != NULL;
}

bool st_protobuf_same(struct st_protobuf_span a, struct st_protobuf_span b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

static void skip(struct st_protobuf_span *span, size_t bytes)
{
    span->data += bytes;
    span->bytes -= bytes;
}

static bool read_varint(struct st_protobuf_span *span, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && span->bytes > 0; shift += 7) {
        uint8_t byte = span->data[0];
        skip(span, 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* The length of what follows the tag; false when the message ends before it does. */
static bool read_length(struct st_protobuf_span *rest, uint64_t wire, uint64_t *ret_length)
{
    struct st_protobuf_span ahead = *rest;
    uint64_t value = 0;
    switch (wire) {
    case WIRE_VARINT:
        if (!read_varint(&ahead, &value))
            return false;
        *ret_length = (uint64_t)(ahead.data - rest->data);
        return true;
    case WIRE_BYTES:
        if (!read_varint(rest, ret_length))
            return false;
        break;
    case WIRE_FIXED64:
        *ret_length = 8;
        break;
    case WIRE_FIXED32:
        *ret_length = 4;
        break;
    default:
        return false;
    }
    return *ret_length <= rest->bytes;
}

int st_protobuf_next(struct st_protobuf_reader *reader)
{
    struct st_protobuf_span rest = reader->rest;
    uint64_t tag = 0, length = 0;
    if (rest.bytes == 0)
        return 0;
    if (!read_varint(&rest, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX ||
        !read_length(&rest, tag & 7, &length))
        return -EBADMSG;
    reader->field = (uint32_t)(tag >> 3);
    reader->is_bytes = (tag & 7) == WIRE_BYTES;
    reader->value = (struct st_protobuf_span){rest.data, (size_t)length};
    skip(&rest, (size_t)length);
    reader->whole =
        (struct st_protobuf_span){reader->rest.data, (size_t)(rest.data - reader->rest.data)};
    reader->rest = rest;
    return 1;
}

void st_protobuf_put(struct st_protobuf_buffer *buffer, struct st_protobuf_span span)
{
    if (span.bytes == 0)
        return;
    if (span.bytes > buffer->cap - buffer->bytes) {
        buffer->cap = 2 * (buffer->bytes + span.bytes);
        buffer->data = st_mem_realloc(buffer->data, buffer->cap);
    }
    memcpy(buffer->data + buffer->bytes, span.data, span.bytes);
    buffer->bytes += span.bytes;
}

void st_protobuf_put_varint(struct st_protobuf_buffer *buffer, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)(value & 0x7f);
        value >>= 7;
        if (value)
            byte |= 0x80;
        st_protobuf_put(buffer, (struct st_protobuf_span){&byte, 1});
    } while (value);
}

void st_protobuf_put_field(struct st_protobuf_buffer *buffer, uint32_t field,
                           struct st_protobuf_span span)
{
    st_protobuf_put_varint(buffer, (uint64_t)field << 3 | WIRE_BYTES);
    st_protobuf_put_varint(buffer, span.bytes);
    st_protobuf_put(buffer, span);
}

void st_protobuf_put_text(struct st_protobuf_buffer *buffer, uint32_t field, const char *text)
{
    st_protobuf_put_field(buffer, field,
                          (struct st_protobuf_span){(const uint8_t *)text, strlen(text)});
}

void st_protobuf_put_take(struct st_protobuf_buffer *buffer, uint32_t field,
                          struct st_protobuf_buffer *message)
{
    st_protobuf_put_field(buffer, field, (struct st_protobuf_span){message->data, message->bytes});
    st_protobuf_fini(message);
}

void st_protobuf_fini(struct st_protobuf_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct st_protobuf_buffer){0};
}
