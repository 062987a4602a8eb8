#include "moonshine/protobuf.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct st_protobuf_span span(const void *data, size_t bytes)
{
    return (struct st_protobuf_span){data, bytes};
}

/* Fields 1 (varint 300), 2 ("hello"), 3 (fixed64), 5 (fixed32). */
static const uint8_t message[] = {0x08, 0xac, 0x02, 0x12, 5, 'h', 'e', 'l',  'l', 'o', 0x19, 1,
                                  2,    3,    4,    5,    6, 7,   8,   0x2d, 1,   2,   3,    4};

START_TEST(fields_are_walked)
{
    struct st_protobuf_reader reader = {.rest = span(message, sizeof(message))};
    static const uint32_t fields[] = {1, 2, 3, 5};
    static const size_t sizes[] = {3, 7, 9, 5};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(st_protobuf_next(&reader), 1);
        ck_assert_uint_eq(reader.field, fields[i]);
        ck_assert_uint_eq(reader.whole.bytes, sizes[i]);
        ck_assert_int_eq(reader.is_bytes, fields[i] == 2);
        if (reader.is_bytes)
            ck_assert(st_protobuf_equals(reader.value, "hello"));
    }
    ck_assert_int_eq(st_protobuf_next(&reader), 0);
}
END_TEST

START_TEST(every_truncation_ends_in_an_error)
{
    static const size_t whole[] = {0, 3, 10, 19, sizeof(message)};
    for (size_t n = 0; n <= sizeof(message); n++) {
        uint8_t *copy = malloc(n + 1); /* so that a sanitizer sees the end */
        memcpy(copy, message, n);
        struct st_protobuf_reader reader = {.rest = span(copy, n)};
        bool is_whole = false;
        for (size_t i = 0; i < 5; i++)
            is_whole = is_whole || whole[i] == n;
        int got;
        while ((got = st_protobuf_next(&reader)) > 0)
            ;
        ck_assert_int_eq(got, is_whole ? 0 : -EBADMSG);
        free(copy);
    }
}
END_TEST

START_TEST(nonsense_is_refused)
{
    static const uint8_t endless[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                      0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
    static const uint8_t huge[] = {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    static const uint8_t group[] = {0x0b, 0x0c};
    static const uint8_t zero[] = {0x00, 0x00};
    const struct st_protobuf_span rows[] = {span(endless, sizeof(endless)),
                                            span(huge, sizeof(huge)), span(group, sizeof(group)),
                                            span(zero, sizeof(zero))};
    for (size_t i = 0; i < 4; i++) {
        struct st_protobuf_reader reader = {.rest = rows[i]};
        ck_assert_int_eq(st_protobuf_next(&reader), -EBADMSG);
    }
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    struct st_protobuf_buffer inner = {0}, outer = {0};
    st_protobuf_put_text(&inner, 7, "seven");
    st_protobuf_put_take(&outer, 300, &inner);
    ck_assert_ptr_null(inner.data);
    struct st_protobuf_reader reader = {.rest = span(outer.data, outer.bytes)};
    ck_assert_int_eq(st_protobuf_next(&reader), 1);
    ck_assert_uint_eq(reader.field, 300);
    struct st_protobuf_reader within = {.rest = reader.value};
    ck_assert_int_eq(st_protobuf_next(&within), 1);
    ck_assert(st_protobuf_equals(within.value, "seven"));
    ck_assert(st_protobuf_contains(within.value, "eve"));
    ck_assert(!st_protobuf_contains(within.value, "evil"));
    st_protobuf_fini(&outer);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, fields_are_walked);
    tcase_add_test(tcase, every_truncation_ends_in_an_error);
    tcase_add_test(tcase, nonsense_is_refused);
    tcase_add_test(tcase, what_is_written_is_read_back);
    return run_case("protobuf", tcase);
}
