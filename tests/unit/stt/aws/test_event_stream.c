#include "event_stream.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* A frame of the service's own, as its users captured it. */
static const char exception_hex[] =
    "000000a30000006168106be1"
    "0f3a657863657074696f6e2d747970650700134261645265717565737445786365707469"
    "6f6e"
    "0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e"
    "0d3a6d6573736167652d74797065070009657863657074696f6e"
    "7b224d657373616765223a22556e657870656374656420576562536f636b6574206672616d652072656365697665"
    "642e227d"
    "bdce4b8a";
/* The end of a stream, from the developer's guide. */
static const char end_hex[] =
    "0000005300000043f5447a58053a6461746508000001689752430b"
    "103a6368756e6b2d7369676e6174757265060020"
    "ade99cbebb29b010ad92acba7fcd5048e5e1a7f378dd07009a45404903e79a0da7ea8ea2";

static struct st_event_reader reader;

static void teardown(void)
{
    st_event_reader_fini(&reader);
}

static size_t unhex(const char *text, uint8_t *out)
{
    size_t bytes = strlen(text) / 2;
    for (size_t i = 0; i < bytes; i++) {
        char digits[] = {text[2 * i], text[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return bytes;
}

/* In pieces; each on the heap, so that sanitizers see a read past its end. */
static int read_in_pieces(const uint8_t *data, size_t bytes, size_t piece_bytes,
                          struct st_event_message *ret_message)
{
    int found = 0;
    for (size_t done = 0; done < bytes && found == 0; done += piece_bytes) {
        size_t n = bytes - done < piece_bytes ? bytes - done : piece_bytes;
        uint8_t *piece = malloc(n);
        memcpy(piece, data + done, n);
        const uint8_t *at = piece;
        found = st_event_read(&reader, &at, piece + n, ret_message);
        if (found >= 0)
            ck_assert_ptr_eq(at, piece + n);
        free(piece);
    }
    return found;
}

static int read_whole(const uint8_t *data, size_t bytes, struct st_event_message *ret_message)
{
    const uint8_t *at = data;
    return st_event_read(&reader, &at, data + bytes, ret_message);
}

static void expect_exception(const struct st_event_message *message)
{
    static const char payload[] = "{\"Message\":\"Unexpected WebSocket frame received.\"}";
    ck_assert_uint_eq(message->header_count, 3);
    ck_assert(st_event_is(message, ":exception-type", "BadRequestException"));
    ck_assert(st_event_is(message, ":content-type", "application/json"));
    ck_assert(st_event_is(message, ":message-type", "exception"));
    ck_assert(!st_event_is(message, ":message-type", "exceptio"));
    ck_assert_ptr_null(st_event_find(message, ":event-type"));
    ck_assert_uint_eq(message->payload_bytes, sizeof(payload) - 1);
    ck_assert_mem_eq(message->payload, payload, sizeof(payload) - 1);
}

START_TEST(reads_what_the_service_sent)
{
    uint8_t data[256];
    struct st_event_message message;
    size_t bytes = unhex(exception_hex, data);
    ck_assert_int_eq(read_whole(data, bytes, &message), 1);
    expect_exception(&message);
    ck_assert(!st_event_reader_is_within(&reader));
}
END_TEST

START_TEST(reads_it_in_pieces_of_any_size)
{
    uint8_t data[256];
    struct st_event_message message;
    size_t bytes = unhex(end_hex, data);
    for (size_t piece = 1; piece < bytes; piece++) {
        ck_assert_int_eq(read_in_pieces(data, bytes, piece, &message), 1);
        ck_assert_int_eq(st_event_find(&message, ":date")->number, 0x1689752430b);
        const struct st_event_header *signature = st_event_find(&message, ":chunk-signature");
        ck_assert_int_eq(signature->type, ST_EVENT_BYTES);
        ck_assert_uint_eq(signature->bytes, 32);
        ck_assert_int_eq(signature->data[0], 0xad);
        ck_assert_uint_eq(message.payload_bytes, 0);
    }
}
END_TEST

START_TEST(reads_several_in_one_piece)
{
    uint8_t data[600];
    struct st_event_message message;
    size_t first = unhex(exception_hex, data);
    size_t bytes = first + unhex(end_hex, data + first);
    const uint8_t *at = data;
    ck_assert_int_eq(st_event_read(&reader, &at, data + bytes - 1, &message), 1);
    expect_exception(&message);
    ck_assert_ptr_eq(at, data + first);
    ck_assert_int_eq(st_event_read(&reader, &at, data + bytes - 1, &message), 0);
    ck_assert(st_event_reader_is_within(&reader));
    ck_assert_int_eq(st_event_read(&reader, &at, data + bytes, &message), 1);
    ck_assert_uint_eq(message.header_count, 2);
    ck_assert_int_eq(st_event_read(&reader, &at, data + bytes, &message), 0);
}
END_TEST

START_TEST(refuses_each_flipped_byte)
{
    uint8_t data[256];
    struct st_event_message message;
    size_t bytes = unhex(exception_hex, data);
    for (size_t i = 0; i < bytes; i++) {
        data[i] ^= 1;
        ck_assert_int_eq(read_whole(data, bytes, &message), -EBADMSG);
        ck_assert_int_eq(read_in_pieces(data, bytes, 1, &message), -EBADMSG);
        st_event_reader_fini(&reader);
        data[i] ^= 1;
    }
}
END_TEST

static void put_u32(uint8_t *out, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static int read_with_headers(const void *headers, size_t bytes, struct st_event_message *message)
{
    static uint8_t data[65536];
    put_u32(data, (uint32_t)bytes + 16);
    put_u32(data + 4, (uint32_t)bytes);
    put_u32(data + 8, (uint32_t)crc32(0, data, 8));
    memcpy(data + 12, headers, bytes);
    put_u32(data + 12 + bytes, (uint32_t)crc32(0, data, (uInt)bytes + 12));
    return read_whole(data, bytes + 16, message);
}

START_TEST(reads_headers_of_every_type)
{
    static const char headers[] = "\1a\0"
                                  "\1b\1"
                                  "\1c\2\xff"
                                  "\1d\3\x80\0"
                                  "\1e\4\x7f\xff\xff\xff"
                                  "\1f\5\xff\xff\xff\xff\xff\xff\xff\xfe"
                                  "\1g\6\0\2xy"
                                  "\1h\7\0\0"
                                  "\1i\x8\0\0\0\0\0\0\1\0"
                                  "\1j\x9"
                                  "0123456789abcdef";
    struct st_event_message message;
    ck_assert_int_eq(read_with_headers(headers, sizeof(headers) - 1, &message), 1);
    ck_assert_uint_eq(message.header_count, 10);
    static const int64_t numbers[] = {1, 0, -1, -32768, INT32_MAX, -2, 0, 0, 256, 0};
    for (size_t i = 0; i < 10; i++) {
        ck_assert_int_eq(message.headers[i].type, (int)i);
        ck_assert_int_eq(message.headers[i].number, numbers[i]);
    }
    ck_assert_uint_eq(message.headers[6].bytes, 2);
    ck_assert_uint_eq(message.headers[9].bytes, 16);
}
END_TEST

START_TEST(refuses_headers_that_are_none)
{
    static const struct {
        const char *headers;
        size_t bytes;
    } bad[] = {
        {"\0\0", 2},        /* no name */
        {"\1", 1},          /* cut off */
        {"\1a", 2},         /* no type */
        {"\1a\x0a", 3},     /* no such type */
        {"\1a\4\0\0\0", 6}, /* half a number */
        {"\1a\7\0", 4},     /* half a length */
        {"\1a\7\0\2x", 6},  /* longer than there is */
        {"\1a\0\1a\1", 6},  /* twice */
    };
    struct st_event_message message;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(read_with_headers(bad[i].headers, bad[i].bytes, &message), -EBADMSG);
    static uint8_t longest[6 + 40000] = "\1a\7\x80\0";
    ck_assert_int_eq(read_with_headers(longest, 5 + 32768, &message), -EBADMSG);
    longest[3] = 0x7f;
    longest[4] = 0xff;
    ck_assert_int_eq(read_with_headers(longest, 5 + 32767, &message), 1);
}
END_TEST

START_TEST(takes_so_many_headers_and_no_more)
{
    uint8_t headers[4 * 40];
    struct st_event_message message;
    for (uint8_t i = 0; i < 40; i++)
        memcpy(headers + 4 * i, (uint8_t[]){2, 'h', (uint8_t)('0' + i), 0}, 4);
    ck_assert_int_eq(read_with_headers(headers, 4 * 32, &message), 1);
    ck_assert_int_eq(read_with_headers(headers, 4 * 33, &message), -EBADMSG);
}
END_TEST

START_TEST(believes_no_length)
{
    static const uint32_t lengths[][2] = {
        {15, 0}, {16, 1}, {0xffffffff, 0}, {(1 << 20) + 1, 0}, {1 << 19, (1 << 17) + 1}};
    struct st_event_message message;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint8_t prelude[12];
        put_u32(prelude, lengths[i][0]);
        put_u32(prelude + 4, lengths[i][1]);
        put_u32(prelude + 8, (uint32_t)crc32(0, prelude, 8));
        ck_assert_int_eq(read_whole(prelude, 12, &message), -EBADMSG);
        ck_assert_int_eq(read_in_pieces(prelude, 12, 5, &message), -EBADMSG);
        st_event_reader_fini(&reader);
    }
}
END_TEST

START_TEST(writes_what_it_reads)
{
    uint8_t out[256], expected[256];
    struct st_event_writer writer;
    size_t cap, bytes = unhex(end_hex, expected);
    st_event_begin(&writer, out, sizeof(out));
    st_event_put_timestamp(&writer, ":date", 0x1689752430b);
    st_event_put_bytes(&writer, ":chunk-signature", expected + 47, 32);
    st_event_payload(&writer, &cap);
    ck_assert_uint_eq(cap, 256 - 83);
    ck_assert_int_eq(st_event_end(&writer, 0), (int)bytes);
    ck_assert_mem_eq(out, expected, bytes);
}
END_TEST

START_TEST(writes_payload_and_strings)
{
    uint8_t out[256], expected[256];
    struct st_event_writer writer;
    size_t cap, bytes = unhex(exception_hex, expected);
    static const char payload[] = "{\"Message\":\"Unexpected WebSocket frame received.\"}";
    st_event_begin(&writer, out, sizeof(out));
    st_event_put_string(&writer, ":exception-type", "BadRequestException");
    st_event_put_string(&writer, ":content-type", "application/json");
    st_event_put_string(&writer, ":message-type", "exception");
    memcpy(st_event_payload(&writer, &cap), payload, sizeof(payload) - 1);
    ck_assert_int_eq(st_event_end(&writer, sizeof(payload) - 1), (int)bytes);
    ck_assert_mem_eq(out, expected, bytes);
}
END_TEST

START_TEST(writes_nothing_beyond_its_memory)
{
    for (size_t cap = 0; cap < 83; cap++) {
        uint8_t *out = malloc(cap + 1);
        struct st_event_writer writer;
        st_event_begin(&writer, out, cap);
        st_event_put_timestamp(&writer, ":date", 1);
        st_event_put_bytes(&writer, ":chunk-signature", "0123456789abcdef0123456789abcdef", 32);
        ck_assert_int_eq(st_event_end(&writer, 0), -ENOBUFS);
        free(out);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, reads_what_the_service_sent);
    tcase_add_test(tcase, reads_it_in_pieces_of_any_size);
    tcase_add_test(tcase, reads_several_in_one_piece);
    tcase_add_test(tcase, refuses_each_flipped_byte);
    tcase_add_test(tcase, reads_headers_of_every_type);
    tcase_add_test(tcase, refuses_headers_that_are_none);
    tcase_add_test(tcase, takes_so_many_headers_and_no_more);
    tcase_add_test(tcase, believes_no_length);
    tcase_add_test(tcase, writes_what_it_reads);
    tcase_add_test(tcase, writes_payload_and_strings);
    tcase_add_test(tcase, writes_nothing_beyond_its_memory);
    return run_case("event_stream", tcase);
}
