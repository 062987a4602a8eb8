#include "peer.h"
#include "ws_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came out, as text: "T:abc B:… P:… O:… C:…". */
struct seen {
    char text[512];
    size_t messages;
};

static bool on_frame(void *user, uint8_t opcode, const uint8_t *data, size_t bytes)
{
    static const char letters[] = "?TB?????CPO";
    struct seen *seen = user;
    size_t at = strlen(seen->text);
    snprintf(seen->text + at, sizeof(seen->text) - at, "%c:%.*s ", letters[opcode],
             (int)(bytes < 20 ? bytes : 20), (const char *)data);
    seen->messages++;
    return true;
}

/* Masked with the key 0, so that payloads can be read in the table. */
#define M0 "\0\0\0\0"

struct vector {
    const char *what;
    const char *bytes;
    size_t len;
    uint16_t code;
    const char *seen;
};
#define V(what, bytes, code, seen)                                                                 \
    {                                                                                              \
        what, bytes, sizeof(bytes) - 1, code, seen                                                 \
    }

static const struct vector vectors[] = {
    V("text", "\x81\x83" M0 "abc", 0, "T:abc "),
    V("empty text", "\x81\x80" M0, 0, "T: "),
    V("binary", "\x82\x83" M0 "abc", 0, "B:abc "),
    V("two messages", "\x81\x81" M0 "a\x82\x81" M0 "b", 0, "T:a B:b "),
    V("fragments", "\x01\x81" M0 "a\x00\x81" M0 "b\x80\x81" M0 "c", 0, "T:abc "),
    V("empty fragments", "\x01\x80" M0 "\x00\x80" M0 "\x80\x80" M0, 0, "T: "),
    V("ping between fragments", "\x01\x81" M0 "a\x89\x81" M0 "p\x80\x81" M0 "c", 0, "P:p T:ac "),
    V("ping", "\x89\x80" M0, 0, "P: "),
    V("pong", "\x8a\x82" M0 "hi", 0, "O:hi "),
    V("close", "\x88\x82" M0 "\x03\xe8", 0, "C:\x03\xe8 "),
    V("close without a code", "\x88\x80" M0, 0, "C: "),
    V("close with a reason", "\x88\x84" M0 "\x0f\xa0ok", 0, "C:\x0f\xa0ok "),
    V("close with half a code", "\x88\x81" M0 "\x03", 1002, ""),
    V("close 999", "\x88\x82" M0 "\x03\xe7", 1002, ""),
    V("close 1005", "\x88\x82" M0 "\x03\xed", 1002, ""),
    V("close 2999", "\x88\x82" M0 "\x0b\xb7", 1002, ""),
    V("close 5000", "\x88\x82" M0 "\x13\x88", 1002, ""),
    V("close with broken UTF-8", "\x88\x83" M0 "\x03\xe8\xff", 1007, ""),
    V("unmasked",
      "\x81\x03"
      "abc",
      1002, ""),
    V("reserved bit 1", "\xc1\x80" M0, 1002, ""),
    V("reserved bit 2", "\xa1\x80" M0, 1002, ""),
    V("reserved bit 3", "\x91\x80" M0, 1002, ""),
    V("opcode 3", "\x83\x80" M0, 1002, ""),
    V("opcode 7", "\x87\x80" M0, 1002, ""),
    V("opcode 11", "\x8b\x80" M0, 1002, ""),
    V("opcode 15", "\x8f\x80" M0, 1002, ""),
    V("fragmented ping", "\x09\x80" M0, 1002, ""),
    V("long ping", "\x89\xfe", 1002, ""),
    V("continuation of nothing", "\x80\x80" M0, 1002, ""),
    V("text inside fragments", "\x01\x81" M0 "a\x81\x81" M0 "b", 1002, ""),
    V("length not minimal, 16", "\x82\xfe\x00\x7d" M0, 1002, ""),
    V("length not minimal, 64", "\x82\xff\0\0\0\0\0\0\xff\xff" M0, 1002, ""),
    V("length 2^63", "\x82\xff\x80\0\0\0\0\0\0\0" M0, 1002, ""),
    V("length 2^62", "\x82\xff\x40\0\0\0\0\0\0\0" M0, 1009, ""),
    V("one too long", "\x82\xfe\x00\xc9" M0, 1009, ""),
    V("one too long over fragments", "\x02\x81" M0 "a\x80\xfe\x00\xc8" M0, 1009, ""),
    V("text, broken UTF-8", "\x81\x81" M0 "\xff", 1007, ""),
    V("text, overlong", "\x81\x82" M0 "\xc0\x80", 1007, ""),
    V("text, surrogate", "\x81\x83" M0 "\xed\xa0\x80", 1007, ""),
    V("text, beyond Unicode", "\x81\x84" M0 "\xf4\x90\x80\x80", 1007, ""),
    V("text, cut character", "\x81\x82" M0 "\xe2\x82", 1007, ""),
    V("character over two fragments", "\x01\x81" M0 "\xc3\x80\x81" M0 "\xa9", 0, "T:\xc3\xa9 "),
    V("binary is not looked at", "\x82\x81" M0 "\xff", 0, "B:\xff "),
};
enum { VECTORS = sizeof(vectors) / sizeof(vectors[0]), MESSAGE_MAX = 200 };

static uint16_t feed(const struct vector *vector, size_t step, struct seen *seen)
{
    struct st_ws_frame_reader reader;
    uint16_t code = 0;
    st_ws_frame_reader_init(&reader, MESSAGE_MAX);
    memset(seen, 0, sizeof(*seen));
    for (size_t at = 0; at < vector->len && code == 0; at += step) {
        size_t n = vector->len - at < step ? vector->len - at : step;
        uint8_t *piece = malloc(n); /* of the exact size, so that a sanitizer sees overreads */
        memcpy(piece, vector->bytes + at, n);
        code = st_ws_frame_reader_feed(&reader, piece, n, on_frame, seen);
        free(piece);
    }
    st_ws_frame_reader_fini(&reader);
    return code;
}

START_TEST(frames_are_read_whole_and_in_pieces)
{
    const struct vector *vector = &vectors[_i];
    struct seen seen;
    for (size_t step = 1; step <= vector->len; step++) {
        uint16_t code = feed(vector, step, &seen);
        ck_assert_msg(code == vector->code, "%s by %zu: %u", vector->what, step, code);
        ck_assert_msg(strcmp(seen.text, vector->seen) == 0, "%s by %zu: %s", vector->what, step,
                      seen.text);
    }
}
END_TEST

static bool stop(void *user, uint8_t opcode, const uint8_t *data, size_t bytes)
{
    ++*(size_t *)user;
    return false;
}

START_TEST(nothing_is_delivered_after_a_stop)
{
    struct st_ws_frame_reader reader;
    size_t messages = 0;
    uint8_t bytes[] = "\x81\x81" M0 "a\x81\x81" M0 "b";
    st_ws_frame_reader_init(&reader, MESSAGE_MAX);
    st_ws_frame_reader_feed(&reader, bytes, sizeof(bytes) - 1, stop, &messages);
    ck_assert_uint_eq(messages, 1);
    st_ws_frame_reader_fini(&reader);
}
END_TEST

START_TEST(masking_by_words_is_masking_by_bytes)
{
    const uint8_t mask[4] = {1, 2, 4, 128};
    uint8_t in[64], out[64];
    for (size_t i = 0; i < sizeof(in); i++)
        in[i] = (uint8_t)(i * 37);
    for (size_t at = 0; at < 5; at++)
        for (size_t bytes = 0; bytes < 40; bytes++) {
            st_ws_frame_mask(out, in + at, bytes, mask, at);
            for (size_t i = 0; i < bytes; i++)
                ck_assert_uint_eq(out[i], in[at + i] ^ mask[(at + i) & 3]);
        }
}
END_TEST

static const struct {
    size_t bytes;
    const char *head;
    size_t len;
} heads[] = {
    {0, "\x82\x00", 2},
    {125, "\x82\x7d", 2},
    {126, "\x82\x7e\x00\x7e", 4},
    {65535, "\x82\x7e\xff\xff", 4},
    {65536, "\x82\x7f\0\0\0\0\0\1\0\0", 10},
};

START_TEST(heads_take_the_shortest_length)
{
    uint8_t out[ST_WS_FRAME_HEAD_MAX_BYTES];
    size_t n = st_ws_frame_head(out, ST_WS_FRAME_BINARY, heads[_i].bytes, NULL);
    ck_assert_uint_eq(n, heads[_i].len);
    ck_assert_mem_eq(out, heads[_i].head, n);
    n = st_ws_frame_head(out, ST_WS_FRAME_BINARY, heads[_i].bytes, (const uint8_t *)"mask");
    ck_assert_uint_eq(n, heads[_i].len + 4);
    ck_assert_uint_eq(out[1] & 0x80, 0x80);
    ck_assert_mem_eq(out + n - 4, "mask", 4);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_loop_test(tcase, frames_are_read_whole_and_in_pieces, 0, VECTORS);
    tcase_add_test(tcase, nothing_is_delivered_after_a_stop);
    tcase_add_test(tcase, masking_by_words_is_masking_by_bytes);
    tcase_add_loop_test(tcase, heads_take_the_shortest_length, 0, 5);
}

int main(void)
{
    return run_suite("ws_frame", add);
}
