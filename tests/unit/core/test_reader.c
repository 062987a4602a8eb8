#include "sidetone/reader.h"

#include "run.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xff};

START_TEST(fields_are_read_in_their_byte_order)
{
    struct st_reader reader;
    st_reader_init(&reader, bytes, sizeof(bytes));
    ck_assert_uint_eq(st_reader_u8(&reader), 1);
    ck_assert_uint_eq(st_reader_u16le(&reader), 0x0302);
    ck_assert_uint_eq(st_reader_u16be(&reader), 0x0405);
    ck_assert_uint_eq(st_reader_u32le(&reader), 0x09080706);
    ck_assert_uint_eq(st_reader_u32be(&reader), 0x0a0b0c0d);
    ck_assert_uint_eq(st_reader_left(&reader), 1);
    ck_assert_ptr_eq(st_reader_bytes(&reader, 1), bytes + 13);
    ck_assert(!reader.is_short);
}
END_TEST

START_TEST(high_bits_do_not_turn_negative)
{
    static const uint8_t high[] = {0xff, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff};
    struct st_reader reader;
    st_reader_init(&reader, high, sizeof(high));
    ck_assert_uint_eq(st_reader_u32be(&reader), 0xffffffff);
    ck_assert_uint_eq(st_reader_u32le(&reader), 0xfffffffe);
}
END_TEST

/* Memory of exactly the size, so that a sanitizer sees a read past it. */
START_TEST(every_cut_is_noticed_and_sticks)
{
    for (size_t cut = 0; cut < 13; cut++) {
        uint8_t *data = malloc(cut ? cut : 1);
        memcpy(data, bytes, cut);
        struct st_reader reader;
        st_reader_init(&reader, data, cut);
        st_reader_u8(&reader);
        st_reader_u16le(&reader);
        st_reader_u16be(&reader);
        st_reader_u32le(&reader);
        st_reader_u32be(&reader);
        ck_assert(reader.is_short);
        ck_assert_uint_eq(st_reader_u8(&reader), 0);
        free(data);
    }
}
END_TEST

START_TEST(a_short_read_takes_nothing_and_later_reads_fail)
{
    struct st_reader reader;
    st_reader_init(&reader, bytes, 3);
    ck_assert_uint_eq(st_reader_u32be(&reader), 0);
    ck_assert(reader.is_short);
    ck_assert_uint_eq(st_reader_u8(&reader), 0);
    ck_assert_ptr_null(st_reader_bytes(&reader, 0));
    ck_assert(!st_reader_skip(&reader, 1));
}
END_TEST

START_TEST(lengths_that_would_wrap_are_refused)
{
    struct st_reader reader;
    st_reader_init(&reader, bytes, sizeof(bytes));
    ck_assert(st_reader_skip(&reader, 4));
    ck_assert(!st_reader_skip(&reader, SIZE_MAX));
    ck_assert(reader.is_short);
}
END_TEST

START_TEST(nothing_can_be_read_from_nothing)
{
    struct st_reader reader;
    st_reader_init(&reader, NULL, 0);
    ck_assert_ptr_nonnull(st_reader_bytes(&reader, 0));
    ck_assert(!reader.is_short);
    ck_assert_uint_eq(st_reader_u16be(&reader), 0);
    ck_assert(reader.is_short);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, fields_are_read_in_their_byte_order);
    tcase_add_test(tcase, high_bits_do_not_turn_negative);
    tcase_add_test(tcase, every_cut_is_noticed_and_sticks);
    tcase_add_test(tcase, a_short_read_takes_nothing_and_later_reads_fail);
    tcase_add_test(tcase, lengths_that_would_wrap_are_refused);
    tcase_add_test(tcase, nothing_can_be_read_from_nothing);
    return run_case("reader", tcase);
}
