#include "run.h"
#include "text.h"

#include <jansson.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

static struct st_text text;

static const char *clean(const char *foreign)
{
    st_text_reset(&text);
    st_text_add(&text, "");
    st_text_add_clean(&text, foreign);
    return text.data;
}

START_TEST(what_a_terminal_obeys_is_made_harmless)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain caf\u00e9 \u8fd4\u91d1", "plain caf\u00e9 \u8fd4\u91d1"},
        {"\x1b[31mred\x1b]0;title\x07", "\ufffd[31mred\ufffd]0;title\ufffd"},
        {"a\nb\tc\rd", "a b c d"},
        {"csi \xc2\x9b"
         "31m",
         "csi \ufffd31m"},
        {"\u202eesrever\u202c \u2066x\u2069 \u200f", "\ufffdesrever\ufffd \ufffdx\ufffd \ufffd"},
        {"\x7f\x08", "\ufffd\ufffd"},
        {"bad \xff\xc3( \xed\xa0\x80 \xe2\x82",
         "bad \ufffd\ufffd( \ufffd\ufffd\ufffd \ufffd\ufffd"},
        {"line\u2028para", "line para"},
        {"\U000e0041tag", "\ufffdtag"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(clean(rows[i].in), rows[i].out);
    st_text_fini(&text);
}
END_TEST

START_TEST(no_bytes_get_a_control_character_through)
{
    unsigned seed = 9;
    char bytes[64];
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand_r(&seed) % (sizeof(bytes) - 1);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(1 + rand_r(&seed) % 255);
        bytes[len] = '\0';
        for (const char *at = clean(bytes); *at; at++) {
            ck_assert((unsigned char)*at >= 0x20 && *at != 0x7f);
            ck_assert(!((unsigned char)at[0] == 0xc2 && (unsigned char)at[1] < 0xa0));
        }
    }
    st_text_fini(&text);
}
END_TEST

static const char *cut(const char *foreign, size_t columns, enum st_text_keep keep)
{
    st_text_reset(&text);
    st_text_add(&text, "");
    size_t used = st_text_add_clean_columns(&text, foreign, columns, keep);
    ck_assert_uint_le(used, columns);
    return text.data;
}

START_TEST(what_does_not_fit_is_cut)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    ck_assert_str_eq(cut("hello", 5, ST_TEXT_KEEP_START), "hello");
    ck_assert_str_eq(cut("hello", 4, ST_TEXT_KEEP_START), "hel\u2026");
    ck_assert_str_eq(cut("hello", 4, ST_TEXT_KEEP_END), "\u2026llo");
    ck_assert_str_eq(cut("hello", 1, ST_TEXT_KEEP_END), "\u2026");
    ck_assert_str_eq(cut("hello", 0, ST_TEXT_KEEP_END), "");
    ck_assert_str_eq(cut("", 0, ST_TEXT_KEEP_START), "");
    ck_assert_str_eq(cut("\u8fd4\u91d1\u8fd4", 4, ST_TEXT_KEEP_START), "\u8fd4\u2026");
    ck_assert_str_eq(cut("\u8fd4\u91d1\u8fd4", 4, ST_TEXT_KEEP_END), "\u2026\u8fd4");
    st_text_fini(&text);
}
END_TEST

START_TEST(json_keeps_its_meaning)
{
    const char *json = "{\"a\":\"\xc2\x9b"
                       "1m \u202ex \U000e0041 \x7f\",\r\n\t\"b\":1}";
    st_text_add_clean_json(&text, json, strlen(json));
    for (const char *at = text.data; *at; at++)
        ck_assert(*at >= 0x20 && *at < 0x7f);
    json_t *before = json_loads(json, 0, NULL), *after = json_loads(text.data, 0, NULL);
    ck_assert_ptr_nonnull(before);
    ck_assert(json_equal(before, after));
    json_decref(before);
    json_decref(after);
    st_text_fini(&text);
}
END_TEST

START_TEST(long_formats_are_cut)
{
    st_text_addf(&text, "%1000d", 7);
    ck_assert_uint_eq(text.len, 511);
    st_text_fini(&text);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_a_terminal_obeys_is_made_harmless,
                            no_bytes_get_a_control_character_through, what_does_not_fit_is_cut,
                            json_keeps_its_meaning, long_formats_are_cut};
    return run_tests("text", tests, sizeof(tests) / sizeof(tests[0]));
}
