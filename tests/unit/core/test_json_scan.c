#include "sidetone/json_scan.h"

#include "json_compare.h"

#include "run.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char media[] =
    "{\"event\":\"media\",\"sequenceNumber\":\"4\",\"media\":{\"track\":\"inbound\",\"chunk\":"
    "\"2\","
    "\"timestamp\":\"20\",\"payload\":\"//79/f7+\"},\"streamSid\":\"MZ18ad\"}";

/* Texts on which JSON readers like to differ. */
static const char *const texts[] = {
    media,
    "",
    " ",
    "{}",
    "[]",
    " \t\r\n[ ] \n",
    "{ }",
    "5",
    "\"a\"",
    "null",
    "[",
    "]",
    "{",
    "}",
    "[}",
    "{]",
    "[[]",
    "[]]",
    "{}{}",
    "[] []",
    "[],",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1,,2]",
    "{\"a\":1,}",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":1,\"a\":2}",
    "{\"\":0}",
    "{\"\\u0061\":1,\"b\":2}",
    "[true,false,null]",
    "[True]",
    "[tru]",
    "[truex]",
    "[true1]",
    "[nul",
    "[nullnull]",
    "[NaN]",
    "[Infinity]",
    "[-]",
    "[+1]",
    "[0]",
    "[-0]",
    "[00]",
    "[01]",
    "[-01]",
    "[1.]",
    "[.5]",
    "[1.5]",
    "[1.e5]",
    "[1e]",
    "[1e+]",
    "[1e5]",
    "[1E-5]",
    "[1e05]",
    "[0e5]",
    "[0.0e-0]",
    "[1.5.5]",
    "[1ee5]",
    "[0x10]",
    "[1_000]",
    "[9223372036854775807]",
    "[9223372036854775808]",
    "[-9223372036854775808]",
    "[-9223372036854775809]",
    "[123456789012345678901234567890]",
    "[123456789012345678901234567890.0]",
    "[1e308]",
    "[1e309]",
    "[-1e309]",
    "[1.7976931348623157e308]",
    "[1.7976931348623158e308]",
    "[1.7976931348623159e308]",
    "[179769313486231580793728971405301e276]",
    "[179769313486231580793e288]",
    "[0.00000000000000000000000000000017976931348623157e339]",
    "[4.9e-324]",
    "[1e-400]",
    "[1e-99999999999999999999]",
    "[1e99999999999999999999]",
    "[0e99999999999999999999]",
    "[0.1,3.14159265358979323846264338327950288]",
    "[\"\"]",
    "[\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"]",
    "[\"\\a\"]",
    "[\"\\u\"]",
    "[\"\\u12\"]",
    "[\"\\u12g4\"]",
    "[\"\\U0041\"]",
    "[\"\\u00e9\\u20AC\\uffff\"]",
    "[\"\\u0000\"]",
    "{\"\\u0000\":1}",
    "[\"\\ud83d\\ude00\"]",
    "[\"\\ud83d\"]",
    "[\"\\ud83dx\"]",
    "[\"\\ud83d\\n\"]",
    "[\"\\ud83d\\ud83d\"]",
    "[\"\\ud83d\\u0041\"]",
    "[\"\\ude00\"]",
    "[\"\\udbff\\udfff\"]",
    "[\"\\ud83d\\ude0\"]",
    "[\"a\nb\"]",
    "[\"a\tb\"]",
    "[\"a\x1f\"]",
    "[\"a\x7f\"]",
    "[\"abc",
    "[\"abc\\",
    "[\"abc\\\"]",
    "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]",
    "[\"\xc3\"]",
    "[\"\xc3(\"]",
    "[\"\xa9\"]",
    "[\"\xc0\x80\"]",
    "[\"\xc1\xbf\"]",
    "[\"\xe0\x80\x80\"]",
    "[\"\xe0\xa0\x80\"]",
    "[\"\xed\x9f\xbf\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\xef\xbf\xbf\"]",
    "[\"\xf0\x80\x80\x80\"]",
    "[\"\xf4\x8f\xbf\xbf\"]",
    "[\"\xf4\x90\x80\x80\"]",
    "[\"\xf8\x88\x80\x80\x80\"]",
    "[\"\xff\"]",
    "{\"\xc3\xa9\":\"\xc3\xa9\"}",
    "\xef\xbb\xbf{}",
    "[\xc2\xa0]",
    "[1]\xff",
    "[1]//",
    "/**/[1]",
    "[\"12345678\",\"123456789abcdef\xc3\xa9\",\"1234567\\u00e9 890abcdefg\"]",
    "{\"a\":{\"b\":[{\"c\":[[],{},\"d\",-1.5e-3]}]},\"e\":[[[1]]]}",
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static void compare(const char *text, size_t bytes)
{
    /* Exactly as large as the text, so that a sanitizer sees a read past its end. */
    char *copy = malloc(bytes ? bytes : 1);
    memcpy(copy, text, bytes);
    const char *difference = json_compare(copy, bytes);
    ck_assert_msg(!difference, "%s: %.*s", difference, (int)bytes, text);
    free(copy);
}

START_TEST(odd_texts_are_judged_as_jansson_judges_them)
{
    for (size_t i = 0; i < TEXTS; i++)
        compare(texts[i], strlen(texts[i]));
}
END_TEST

START_TEST(cut_texts_are_judged_as_jansson_judges_them)
{
    for (size_t i = 0; i < TEXTS; i++)
        for (size_t cut = 0; cut < strlen(texts[i]); cut++)
            compare(texts[i], cut);
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    compare("[1]\0", 4);
    compare("[\0]", 3);
    compare("[\"\0\"]", 5);
    compare("\0[]", 3);
    compare("[1\0]", 4);
    compare("[true\0]", 7);
}
END_TEST

START_TEST(mutated_texts_are_judged_as_jansson_judges_them)
{
    static const char pieces[] = "{}[]\",:\\u0123456789abdDeE+-. \n\xc3\xa9\xed\xf0\x80\xff";
    unsigned seed = 7;
    for (int round = 0; round < 60000; round++) {
        char text[400];
        const char *source = texts[(size_t)rand_r(&seed) % TEXTS];
        size_t bytes = strlen(source);
        memcpy(text, source, bytes);
        for (int n = rand_r(&seed) % 4; n >= 0 && bytes > 0 && bytes < sizeof(text) - 8; n--) {
            size_t at = (size_t)rand_r(&seed) % bytes;
            char c = pieces[(size_t)rand_r(&seed) % (sizeof(pieces) - 1)];
            int what = rand_r(&seed) % 3;
            if (what > 0)
                memmove(text + at + (what == 1), text + at + (what == 2), bytes - at - (what == 2));
            bytes += what == 1 ? 1 : what == 2 ? (size_t)-1 : 0;
            if (what < 2)
                text[at] = c;
        }
        compare(text, bytes);
    }
}
END_TEST

START_TEST(numbers_near_the_largest_double_are_judged_exactly)
{
    /* 2^1024 − 2^970, half-way between the largest double and what would follow it. */
    static const char halfway[] =
        "1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490"
        "1797758720709633028641669288791094655554785194040263065748867150582068190890200070838367"
        "6273854845817711531764475730270069855571366959622842914819860834936475292719074168444365"
        "510704342711559699508093042880177904174497792";
    static const char *const tails[] = {".0", "e0", ".00001", "0e-1", "e1"};
    char text[1000];
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
        for (char last = '1'; last <= '3'; last++) {
            int bytes = snprintf(text, sizeof(text), "[%s%s]", halfway, tails[i]);
            text[sizeof(halfway) - 1] = last;
            compare(text, (size_t)bytes);
        }
    memset(text, '9', sizeof(text));
    memcpy(text, "[0.", 3);
    text[sizeof(text) - 1] = ']';
    compare(text, sizeof(text));
    memcpy(text + sizeof(text) - 6, "e1300", 5);
    compare(text, sizeof(text));
    memcpy(text + sizeof(text) - 6, "e0308", 5);
    compare(text, sizeof(text));
}
END_TEST

START_TEST(digits_far_behind_a_tie_still_break_it)
{
    /* 1 + 2^-53, half-way between 1 and the next double. */
    static const char tie[] = "[1.00000000000000011102230246251565404236316680908203125";
    char text[1100];
    for (char last = '0'; last <= '1'; last++) {
        memset(text, '0', sizeof(text));
        memcpy(text, tie, sizeof(tie) - 1);
        text[sizeof(text) - 2] = last;
        text[sizeof(text) - 1] = ']';
        compare(text, sizeof(text));
    }
}
END_TEST

START_TEST(reals_do_not_depend_on_the_locale)
{
    struct st_scan scan;
    double value = 0;
    setlocale(LC_ALL, "de_DE.UTF-8");
    st_scan_init(&scan, "[-2.5e1]", 8);
    st_scan_enter_array(&scan);
    st_scan_next_element(&scan);
    ck_assert(st_scan_number(&scan, &value));
    ck_assert(value == -25.0);
    setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(nesting_ends_at_32)
{
    char text[200];
    for (size_t depth = 30; depth <= 40; depth++) {
        for (int object = 0; object <= 1; object++) {
            size_t bytes = 0;
            for (size_t i = 0; i < depth; i++)
                bytes += (size_t)sprintf(text + bytes, "%s",
                                         !object         ? "["
                                         : i + 1 < depth ? "{\"\":"
                                                         : "{");
            for (size_t i = 0; i < depth; i++)
                text[bytes++] = object ? '}' : ']';
            struct st_scan scan;
            st_scan_init(&scan, text, bytes);
            ck_assert(st_scan_skip(&scan) == (depth <= 32));
            ck_assert_int_eq(st_scan_finish(&scan), depth <= 32 ? 0 : -EBADMSG);
            if (depth == 32 || depth == 33)
                compare(text, bytes);
        }
    }
}
END_TEST

START_TEST(members_are_read_in_any_order_and_the_rest_skipped)
{
    struct st_scan scan;
    struct st_slice key, payload = {0};
    int64_t timestamp = -1;
    st_scan_init(&scan, media, strlen(media));
    ck_assert(st_scan_enter_object(&scan));
    while (st_scan_next_member(&scan, &key)) {
        if (!st_slice_is(key, "media")) {
            st_scan_skip(&scan);
            continue;
        }
        st_scan_enter_object(&scan);
        while (st_scan_next_member(&scan, &key))
            if (st_slice_is(key, "payload"))
                st_scan_string(&scan, &payload);
            else if (st_slice_is(key, "timestamp"))
                st_scan_int(&scan, &timestamp);
            else
                st_scan_skip(&scan);
    }
    ck_assert_int_eq(st_scan_finish(&scan), 0);
    ck_assert_int_eq(timestamp, 20);
    ck_assert(st_slice_is(payload, "//79/f7+"));
}
END_TEST

START_TEST(whole_numbers_come_as_numbers_or_strings)
{
    static const struct {
        const char *text;
        bool is_whole;
        int64_t value;
    } rows[] = {
        {"[20]", true, 20},
        {"[\"20\"]", true, 20},
        {"[\"-7\"]", true, -7},
        {"[\"007\"]", true, 7},
        {"[-9223372036854775808]", true, INT64_MIN},
        {"[\"9223372036854775807\"]", true, INT64_MAX},
        {"[\"9223372036854775808\"]", false, 0},
        {"[2.5]", false, 0},
        {"[2e1]", false, 0},
        {"[\"2.0\"]", false, 0},
        {"[\"\"]", false, 0},
        {"[\"-\"]", false, 0},
        {"[\"+5\"]", false, 0},
        {"[\" 5\"]", false, 0},
        {"[\"5x\"]", false, 0},
        {"[\"\\u0035\"]", false, 0},
        {"[null]", false, 0},
        {"[[5]]", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_scan scan;
        int64_t value = 42;
        st_scan_init(&scan, rows[i].text, strlen(rows[i].text));
        st_scan_enter_array(&scan);
        st_scan_next_element(&scan);
        ck_assert_msg(st_scan_int(&scan, &value) == rows[i].is_whole, "%s", rows[i].text);
        ck_assert_int_eq(value, rows[i].is_whole ? rows[i].value : 42);
        st_scan_next_element(&scan);
        ck_assert_int_eq(st_scan_finish(&scan), rows[i].is_whole ? 0 : -EBADMSG);
    }
}
END_TEST

START_TEST(after_an_error_everything_fails)
{
    struct st_scan scan;
    struct st_slice slice;
    double number;
    bool flag;
    st_scan_init(&scan, "{\"a\":[1,2],\"b\":true}", 20);
    ck_assert(st_scan_enter_object(&scan));
    ck_assert(st_scan_next_member(&scan, &slice));
    ck_assert(!st_scan_string(&scan, &slice));
    ck_assert_int_eq(st_scan_peek(&scan), ST_SCAN_NONE);
    ck_assert(!st_scan_next_member(&scan, &slice));
    ck_assert(!st_scan_next_element(&scan));
    ck_assert(!st_scan_enter_array(&scan));
    ck_assert(!st_scan_number(&scan, &number));
    ck_assert(!st_scan_bool(&scan, &flag));
    ck_assert(!st_scan_skip(&scan));
    ck_assert_int_eq(st_scan_finish(&scan), -EBADMSG);
}
END_TEST

START_TEST(an_unread_text_is_not_finished)
{
    struct st_scan scan;
    st_scan_init(&scan, "", 0);
    ck_assert_int_eq(st_scan_finish(&scan), -EBADMSG);
    st_scan_init(&scan, "[1]", 3);
    st_scan_enter_array(&scan);
    ck_assert_int_eq(st_scan_finish(&scan), -EBADMSG);
}
END_TEST

START_TEST(unescaped_text_is_cut_at_a_character_border)
{
    static const char text[] = "a\\u00e9\\ud83d\\ude00\xe2\x82\xac z";
    static const char plain[] = "a\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac z";
    static const size_t borders[] = {0, 1, 1, 3, 3, 3, 3, 7, 7, 7, 10, 11, 12, 12};
    struct st_slice slice = {text, sizeof(text) - 1, true};
    for (size_t room = 1; room <= sizeof(borders) / sizeof(borders[0]); room++) {
        char *out = malloc(room);
        size_t got = st_scan_unescape(slice, out, room);
        ck_assert_uint_eq(got, borders[room - 1]);
        ck_assert_mem_eq(out, plain, got);
        ck_assert_int_eq(out[got], '\0');
        free(out);
    }
}
END_TEST

START_TEST(slices_compare_with_escapes_resolved)
{
    ck_assert(st_slice_is((struct st_slice){"start", 5, false}, "start"));
    ck_assert(!st_slice_is((struct st_slice){"start", 4, false}, "start"));
    ck_assert(!st_slice_is((struct st_slice){"startx", 6, false}, "start"));
    ck_assert(st_slice_is((struct st_slice){"s\\u0074art", 10, true}, "start"));
    ck_assert(!st_slice_is((struct st_slice){"s\\u0074art\\n", 12, true}, "start"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, odd_texts_are_judged_as_jansson_judges_them);
    tcase_add_test(tcase, cut_texts_are_judged_as_jansson_judges_them);
    tcase_add_test(tcase, a_nul_byte_is_refused);
    tcase_add_test(tcase, mutated_texts_are_judged_as_jansson_judges_them);
    tcase_add_test(tcase, numbers_near_the_largest_double_are_judged_exactly);
    tcase_add_test(tcase, digits_far_behind_a_tie_still_break_it);
    tcase_add_test(tcase, reals_do_not_depend_on_the_locale);
    tcase_add_test(tcase, nesting_ends_at_32);
    tcase_add_test(tcase, members_are_read_in_any_order_and_the_rest_skipped);
    tcase_add_test(tcase, whole_numbers_come_as_numbers_or_strings);
    tcase_add_test(tcase, after_an_error_everything_fails);
    tcase_add_test(tcase, an_unread_text_is_not_finished);
    tcase_add_test(tcase, unescaped_text_is_cut_at_a_character_border);
    tcase_add_test(tcase, slices_compare_with_escapes_resolved);
    return run_case("json_scan", tcase);
}
