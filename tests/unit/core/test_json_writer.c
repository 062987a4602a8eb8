#include "sidetone/json_writer.h"

#include "run.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct st_json_writer json;

static void setup(void)
{
    st_json_init(&json);
}

static void teardown(void)
{
    st_json_fini(&json);
}

static void expect_text(const char *expected)
{
    ck_assert_uint_eq(json.len, strlen(expected));
    ck_assert_mem_eq(json.data, expected, json.len);
}

START_TEST(nested_values_get_their_commas)
{
    st_json_begin_object(&json);
    st_json_set_int(&json, "a", -7);
    st_json_key(&json, "b");
    st_json_begin_array(&json);
    st_json_int(&json, 1);
    st_json_begin_object(&json);
    st_json_end_object(&json);
    st_json_bool(&json, true);
    st_json_null(&json);
    st_json_end_array(&json);
    st_json_set_string(&json, "c", NULL);
    st_json_end_object(&json);
    expect_text("{\"a\":-7,\"b\":[1,{},true,null],\"c\":null}");
}
END_TEST

START_TEST(reals_are_rounded_to_their_decimals)
{
    static const struct {
        double value;
        int decimals;
        const char *text;
    } rows[] = {{0.5, 2, "0.50"},
                {-0.004, 2, "0.00"},
                {-1.2345, 3, "-1.235"},
                {3.0, 0, "3"},
                {0.999, 2, "1.00"},
                {-12.000305, 6, "-12.000305"},
                {1234567890.0625, 6, "1234567890.062500"},
                {0.0 / 0.0, 2, "null"},
                {123456.789, 1, "123456.8"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        st_json_reset(&json);
        st_json_real(&json, rows[i].value, rows[i].decimals);
        expect_text(rows[i].text);
    }
}
END_TEST

START_TEST(integers_cover_their_whole_range)
{
    st_json_begin_array(&json);
    st_json_int(&json, INT64_MIN);
    st_json_int(&json, INT64_MAX);
    st_json_int(&json, 0);
    st_json_end_array(&json);
    expect_text("[-9223372036854775808,9223372036854775807,0]");
}
END_TEST

START_TEST(integers_of_every_length_are_written)
{
    int64_t value = 1;
    for (int digits = 1; digits <= 19; digits++) {
        char expected[64];
        snprintf(expected, sizeof(expected), "[%lld,%lld,-%lld]", (long long)value,
                 (long long)(value - 1), (long long)value);
        st_json_reset(&json);
        st_json_begin_array(&json);
        st_json_int(&json, value);
        st_json_int(&json, value - 1);
        st_json_int(&json, -value);
        st_json_end_array(&json);
        expect_text(expected);
        value = digits < 19 ? value * 10 : value;
    }
}
END_TEST

/* Every ASCII character at every place, so that it is found among eight bytes as well as alone. */
START_TEST(what_must_be_escaped_is_found_anywhere)
{
    for (size_t place = 0; place < 19; place++) {
        char text[20] = "nothing to see here";
        text[place] = (char)_i;
        bool is_plain = _i >= 0x20 && _i != '"' && _i != '\\';
        st_json_reset(&json);
        st_json_begin_array(&json);
        st_json_string_n(&json, text, 19);
        st_json_end_array(&json);
        ck_assert_uint_eq(json.len == 19 + 4, is_plain);
        json_t *read = json_loadb(json.data, json.len, JSON_ALLOW_NUL, NULL);
        json_t *string = json_array_get(read, 0);
        ck_assert_uint_eq(json_string_length(string), 19);
        ck_assert_mem_eq(json_string_value(string), text, 19);
        json_decref(read);
    }
}
END_TEST

START_TEST(any_bytes_become_a_string_that_jansson_reads)
{
    unsigned seed = 1;
    for (int round = 0; round < 2000; round++) {
        char bytes[40];
        size_t len = (size_t)(rand_r(&seed) % 40);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(rand_r(&seed) & 0xff);
        st_json_reset(&json);
        st_json_begin_array(&json);
        st_json_string_n(&json, bytes, len);
        st_json_end_array(&json);
        json_error_t error;
        json_t *read = json_loadb(json.data, json.len, JSON_ALLOW_NUL, &error);
        ck_assert_msg(read != NULL, "round %d: %s", round, error.text);
        json_decref(read);
    }
}
END_TEST

START_TEST(broken_utf8_becomes_replacement_characters)
{
    st_json_string_n(&json, "a\xc3\xa9\xff\xe2\x82z", 7);
    expect_text("\"a\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}
END_TEST

/* In the place of the C library's, which nobody could watch. */
static size_t wiped_bytes;

void __explicit_bzero_chk(void *memory, size_t bytes, size_t bytes_max);
void __explicit_bzero_chk(void *memory, size_t bytes, size_t bytes_max)
{
    memset(memory, 0, bytes);
    wiped_bytes += bytes;
}

void explicit_bzero(void *memory, size_t bytes)
{
    __explicit_bzero_chk(memory, bytes, bytes);
}

START_TEST(a_secret_leaves_no_copies_where_it_grew)
{
    struct st_json_writer secret;
    size_t capacities = 0, last = 0;
    st_json_init_secret(&secret);
    for (int i = 0; i < 10000; i++) {
        st_json_append_text(&secret, "0123456789");
        capacities += secret.cap != last ? secret.cap : 0;
        last = secret.cap;
    }
    ck_assert_uint_eq(secret.len, 100000);
    for (size_t i = 0; i < secret.len; i++)
        ck_assert_int_eq(secret.data[i], "0123456789"[i % 10]);
    st_json_fini(&secret);
    ck_assert_uint_gt(capacities, last);
    ck_assert_uint_eq(wiped_bytes, capacities);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nested_values_get_their_commas);
    tcase_add_test(tcase, reals_are_rounded_to_their_decimals);
    tcase_add_test(tcase, integers_cover_their_whole_range);
    tcase_add_test(tcase, integers_of_every_length_are_written);
    tcase_add_loop_test(tcase, what_must_be_escaped_is_found_anywhere, 0, 0x80);
    tcase_add_test(tcase, any_bytes_become_a_string_that_jansson_reads);
    tcase_add_test(tcase, a_secret_leaves_no_copies_where_it_grew);
    tcase_add_test(tcase, broken_utf8_becomes_replacement_characters);
    return run_case("json_writer", tcase);
}
