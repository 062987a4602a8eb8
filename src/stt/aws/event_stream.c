#include "event_stream.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PRELUDE_BYTES = 12, CRC_BYTES = 4, CRC_AT = 8, KEPT_MAX_BYTES = 65536 };

static uint32_t crc_of(const uint8_t *data, size_t bytes)
{
    return (uint32_t)crc32_z(0, data, bytes);
}

static uint64_t get(const uint8_t *data, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | data[i];
    return value;
}

static void put(uint8_t *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

/* ---- reading ---- */

void st_event_reader_fini(struct st_event_reader *reader)
{
    free(reader->data);
    *reader = (struct st_event_reader){0};
}

bool st_event_reader_is_within(const struct st_event_reader *reader)
{
    return reader->len > 0 && !reader->is_taken;
}

/* Bytes of the value behind the type, with its own length; 0 and *ret_bytes for fixed ones. */
static bool value_size(enum st_event_type type, const uint8_t *at, size_t left, size_t *ret_prefix,
                       size_t *ret_bytes)
{
    static const uint8_t fixed[] = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
    *ret_prefix = 0;
    if (type > ST_EVENT_UUID)
        return false;
    if (type != ST_EVENT_BYTES && type != ST_EVENT_STRING) {
        *ret_bytes = fixed[type];
        return *ret_bytes <= left;
    }
    if (left < 2)
        return false;
    *ret_prefix = 2;
    *ret_bytes = (size_t)get(at, 2);
    return *ret_bytes <= ST_EVENT_VALUE_MAX_BYTES && *ret_bytes <= left - 2;
}

static int64_t number_of(enum st_event_type type, const uint8_t *data, size_t bytes)
{
    if (type <= ST_EVENT_FALSE)
        return type == ST_EVENT_TRUE;
    uint64_t value = get(data, bytes);
    unsigned unused_bits = 64 - 8 * (unsigned)bytes;
    return (int64_t)(value << unused_bits) >> unused_bits;
}

static bool is_named(const struct st_event_header *header, const char *name, size_t bytes)
{
    return header->name_bytes == bytes && memcmp(header->name, name, bytes) == 0;
}

static bool is_repeated(const struct st_event_message *message,
                        const struct st_event_header *header)
{
    for (size_t i = 0; i < message->header_count; i++)
        if (is_named(&message->headers[i], header->name, header->name_bytes))
            return true;
    return false;
}

/* Bytes of the header, 0 when it is none. */
static size_t read_header(const uint8_t *at, size_t left, struct st_event_header *ret_header)
{
    size_t prefix, bytes, name_bytes = left > 0 ? at[0] : 0;
    if (name_bytes == 0 || left < name_bytes + 2)
        return 0;
    struct st_event_header header = {.name = (const char *)at + 1,
                                     .name_bytes = (uint8_t)name_bytes,
                                     .type = at[name_bytes + 1]};
    const uint8_t *value = at + name_bytes + 2;
    left -= name_bytes + 2;
    if (!value_size(header.type, value, left, &prefix, &bytes))
        return 0;
    bool is_number = header.type <= ST_EVENT_INT64 || header.type == ST_EVENT_TIMESTAMP;
    if (is_number)
        header.number = number_of(header.type, value, bytes);
    header.data = is_number ? NULL : value + prefix;
    header.bytes = is_number ? 0 : bytes;
    *ret_header = header;
    return name_bytes + 2 + prefix + bytes;
}

static int read_headers(struct st_event_message *message, const uint8_t *at, size_t bytes)
{
    while (bytes > 0) {
        struct st_event_header header;
        size_t used = read_header(at, bytes, &header);
        if (used == 0 || message->header_count == ST_EVENT_HEADERS_MAX ||
            is_repeated(message, &header))
            return -EBADMSG;
        message->headers[message->header_count++] = header;
        at += used;
        bytes -= used;
    }
    return 0;
}

/* Its length, 0 when the prelude is not there yet, or -EBADMSG. */
static ssize_t message_bytes(const uint8_t *data, size_t bytes)
{
    if (bytes < PRELUDE_BYTES)
        return 0;
    size_t whole = (size_t)get(data, 4), headers = (size_t)get(data + 4, 4);
    if (crc_of(data, CRC_AT) != get(data + CRC_AT, CRC_BYTES) || whole < ST_EVENT_OVERHEAD_BYTES ||
        whole > ST_EVENT_MESSAGE_MAX_BYTES || headers > ST_EVENT_HEADERS_MAX_BYTES ||
        headers > whole - ST_EVENT_OVERHEAD_BYTES)
        return -EBADMSG;
    return (ssize_t)whole;
}

static int read_whole(const uint8_t *data, size_t bytes, struct st_event_message *ret_message)
{
    size_t header_bytes = (size_t)get(data + 4, 4);
    if (crc_of(data, bytes - CRC_BYTES) != get(data + bytes - CRC_BYTES, CRC_BYTES))
        return -EBADMSG;
    ret_message->header_count = 0;
    ret_message->payload = data + PRELUDE_BYTES + header_bytes;
    ret_message->payload_bytes = bytes - ST_EVENT_OVERHEAD_BYTES - header_bytes;
    int err = read_headers(ret_message, data + PRELUDE_BYTES, header_bytes);
    return err ? err : 1;
}

static bool reserve(struct st_event_reader *reader, size_t bytes)
{
    if (bytes <= reader->cap)
        return true;
    uint8_t *data = st_mem_try_alloc(bytes);
    if (!data)
        return false;
    if (reader->len > 0)
        memcpy(data, reader->data, reader->len);
    free(reader->data);
    reader->data = data;
    reader->cap = bytes;
    return true;
}

static bool keep(struct st_event_reader *reader, const uint8_t **at, const uint8_t *end,
                 size_t until)
{
    size_t missing = until - reader->len, given = (size_t)(end - *at);
    size_t bytes = given < missing ? given : missing;
    if (!reserve(reader, until))
        return false;
    if (bytes > 0)
        memcpy(reader->data + reader->len, *at, bytes);
    reader->len += bytes;
    *at += bytes;
    return true;
}

static void forget_taken(struct st_event_reader *reader)
{
    if (!reader->is_taken)
        return;
    reader->is_taken = false;
    reader->len = 0;
    if (reader->cap > KEPT_MAX_BYTES)
        st_event_reader_fini(reader);
}

/* What came in one piece is read where it is. */
static int read_in_place(const uint8_t **at, const uint8_t *end,
                         struct st_event_message *ret_message)
{
    const uint8_t *data = *at;
    ssize_t whole = message_bytes(data, (size_t)(end - data));
    if (whole < 0)
        return (int)whole;
    if (whole == 0 || whole > end - data)
        return 0;
    *at += whole;
    return read_whole(data, (size_t)whole, ret_message);
}

int st_event_read(struct st_event_reader *reader, const uint8_t **at, const uint8_t *end,
                  struct st_event_message *ret_message)
{
    forget_taken(reader);
    if (*at == end)
        return 0;
    if (reader->len == 0) {
        int found = read_in_place(at, end, ret_message);
        if (found != 0)
            return found;
    }
    if (reader->len < PRELUDE_BYTES && !keep(reader, at, end, PRELUDE_BYTES))
        return -ENOMEM;
    ssize_t whole = message_bytes(reader->data, reader->len);
    if (whole <= 0)
        return (int)whole;
    if (!keep(reader, at, end, (size_t)whole))
        return -ENOMEM;
    if (reader->len < (size_t)whole)
        return 0;
    reader->is_taken = true;
    return read_whole(reader->data, (size_t)whole, ret_message);
}

const struct st_event_header *st_event_find(const struct st_event_message *message,
                                            const char *name)
{
    for (size_t i = 0; i < message->header_count; i++)
        if (is_named(&message->headers[i], name, strlen(name)))
            return &message->headers[i];
    return NULL;
}

bool st_event_is(const struct st_event_message *message, const char *name, const char *text)
{
    const struct st_event_header *header = st_event_find(message, name);
    return header && header->type == ST_EVENT_STRING && header->bytes == strlen(text) &&
           memcmp(header->data, text, header->bytes) == 0;
}

/* ---- writing ---- */

void st_event_begin(struct st_event_writer *writer, void *out, size_t cap)
{
    *writer = (struct st_event_writer){.out = out, .cap = cap, .len = PRELUDE_BYTES};
    writer->is_full = cap < ST_EVENT_OVERHEAD_BYTES;
}

static uint8_t *put_header(struct st_event_writer *writer, const char *name, uint8_t type,
                           size_t value_bytes)
{
    size_t name_bytes = strlen(name);
    uint8_t *at = writer->out + writer->len;
    if (writer->is_full || 2 + name_bytes + value_bytes + CRC_BYTES > writer->cap - writer->len) {
        writer->is_full = true;
        return NULL;
    }
    at[0] = (uint8_t)name_bytes;
    memcpy(at + 1, name, name_bytes);
    at[1 + name_bytes] = type;
    writer->len += 2 + name_bytes + value_bytes;
    return at + 2 + name_bytes;
}

static void put_sized(struct st_event_writer *writer, const char *name, enum st_event_type type,
                      const void *data, size_t bytes)
{
    if (bytes > ST_EVENT_VALUE_MAX_BYTES)
        writer->is_full = true;
    uint8_t *value = put_header(writer, name, (uint8_t)type, 2 + bytes);
    if (!value)
        return;
    put(value, bytes, 2);
    memcpy(value + 2, data, bytes);
}

void st_event_put_string(struct st_event_writer *writer, const char *name, const char *text)
{
    put_sized(writer, name, ST_EVENT_STRING, text, strlen(text));
}

void st_event_put_bytes(struct st_event_writer *writer, const char *name, const void *data,
                        size_t bytes)
{
    put_sized(writer, name, ST_EVENT_BYTES, data, bytes);
}

void st_event_put_timestamp(struct st_event_writer *writer, const char *name, int64_t unix_ms)
{
    uint8_t *value = put_header(writer, name, ST_EVENT_TIMESTAMP, 8);
    if (value)
        put(value, (uint64_t)unix_ms, 8);
}

uint8_t *st_event_payload(const struct st_event_writer *writer, size_t *ret_cap)
{
    *ret_cap = writer->is_full ? 0 : writer->cap - writer->len - CRC_BYTES;
    return writer->out + writer->len;
}

ssize_t st_event_end(struct st_event_writer *writer, size_t payload_bytes)
{
    if (writer->is_full || payload_bytes > writer->cap - writer->len - CRC_BYTES)
        return -ENOBUFS;
    size_t whole = writer->len + payload_bytes + CRC_BYTES;
    put(writer->out, whole, 4);
    put(writer->out + 4, writer->len - PRELUDE_BYTES, 4);
    put(writer->out + CRC_AT, crc_of(writer->out, CRC_AT), CRC_BYTES);
    put(writer->out + whole - CRC_BYTES, crc_of(writer->out, whole - CRC_BYTES), CRC_BYTES);
    return (ssize_t)whole;
}
