/*
 * application/vnd.amazon.eventstream: messages of typed headers and a payload, each with two
 * checksums.
 *
 *   u32 whole length · u32 headers' length · u32 CRC of these · headers · payload · u32 CRC of all
 *
 * Bounds: 1 MiB a message, 128 KiB and 32 headers, values of 32,767 bytes; names of headers are not
 * empty and not repeated. Whatever does not keep to them is -EBADMSG, and no later byte can be
 * understood.
 */
#ifndef SIDETONE_STT_AWS_EVENT_STREAM_H
#define SIDETONE_STT_AWS_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    ST_EVENT_MESSAGE_MAX_BYTES = 1 << 20,
    ST_EVENT_HEADERS_MAX_BYTES = 1 << 17,
    ST_EVENT_HEADERS_MAX = 32,
    ST_EVENT_VALUE_MAX_BYTES = 32767,
    ST_EVENT_OVERHEAD_BYTES = 16, /* of a message without headers and payload */
};

enum st_event_type {
    ST_EVENT_TRUE,
    ST_EVENT_FALSE,
    ST_EVENT_INT8,
    ST_EVENT_INT16,
    ST_EVENT_INT32,
    ST_EVENT_INT64,
    ST_EVENT_BYTES,
    ST_EVENT_STRING,
    ST_EVENT_TIMESTAMP, /* milliseconds since 1970 */
    ST_EVENT_UUID,
};

struct st_event_header {
    const char *name; /* not NUL-terminated, like data */
    uint8_t name_bytes;
    enum st_event_type type;
    int64_t number;      /* of whole numbers and timestamps; 1 and 0 for true and false */
    const uint8_t *data; /* of bytes, strings and UUIDs; else NULL */
    size_t bytes;
};

struct st_event_message {
    struct st_event_header headers[ST_EVENT_HEADERS_MAX];
    size_t header_count;
    const uint8_t *payload;
    size_t payload_bytes;
};

/* ---- reading ---- */

/* One of zeroes is ready. What is cut into pieces is kept until it is whole. */
struct st_event_reader {
    uint8_t *data;
    size_t len;
    size_t cap;
    bool is_taken; /* data holds a message that has been given */
};

void st_event_reader_fini(struct st_event_reader *reader);

/* Whether a message has begun and not ended. */
bool st_event_reader_is_within(const struct st_event_reader *reader);

/* Moves *at on, at most to `end`. 1 with a message, valid until the next call and no longer than
 * the bytes given; 0 when all bytes are taken and more are needed; -EBADMSG, -ENOMEM. */
int st_event_read(struct st_event_reader *reader, const uint8_t **at, const uint8_t *end,
                  struct st_event_message *ret_message);

/* NULL when there is none. */
const struct st_event_header *st_event_find(const struct st_event_message *message,
                                            const char *name);
/* Whether there is one of that name, a string equal to `text`. */
bool st_event_is(const struct st_event_message *message, const char *name, const char *text);

/* ---- writing ---- */

/* Into memory of the caller's: begin, headers, the payload at its place, end. */
struct st_event_writer {
    uint8_t *out;
    size_t cap;
    size_t len;
    bool is_full;
};

void st_event_begin(struct st_event_writer *writer, void *out, size_t cap);
void st_event_put_string(struct st_event_writer *writer, const char *name, const char *text);
void st_event_put_bytes(struct st_event_writer *writer, const char *name, const void *data,
                        size_t bytes);
void st_event_put_timestamp(struct st_event_writer *writer, const char *name, int64_t unix_ms);

/* After the headers: where the payload goes, and how much of it fits. */
uint8_t *st_event_payload(const struct st_event_writer *writer, size_t *ret_cap);

/* The length of the message, or -ENOBUFS. */
ssize_t st_event_end(struct st_event_writer *writer, size_t payload_bytes);

#endif
