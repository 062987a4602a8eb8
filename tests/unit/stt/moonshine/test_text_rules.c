#include "moonshine/text_rules.h"

#include "run.h"

#include <stdlib.h>
#include <string.h>

START_TEST(only_valid_utf8_is_left)
{
    static const struct {
        const char *in;
        size_t bytes;
        const char *out;
    } rows[] = {
        {"plain", 5, "plain"},
        {"  spaces  ", 10, "spaces"},
        {"a\0b", 3, "ab"},
        {"a\nb\x7f", 4, "ab"},
        {"caf\xc3\xa9", 5, "caf\xc3\xa9"},
        {"caf\xc3", 4, "caf"},               /* cut off */
        {"\xe2\x99\xaa", 3, "\xe2\x99\xaa"}, /* a note */
        {"\xe2\x99", 2, ""},
        {"\xf0\x9f\x8e\xb5", 4, "\xf0\x9f\x8e\xb5"},
        {"x\xc0\x80y", 4, "xy"},         /* overlong */
        {"x\xed\xa0\x80y", 5, "xy"},     /* surrogate */
        {"x\xf4\x90\x80\x80y", 6, "xy"}, /* above U+10FFFF */
        {"x\x80\xbfy", 4, "xy"},
        {"\xc2\x85z", 3, "z"}, /* a control character */
        {"\xff\xfe", 2, ""},
        {"", 0, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[32];
        memcpy(text, rows[i].in, rows[i].bytes);
        size_t n = st_text_rules_clean(text, rows[i].bytes);
        ck_assert_str_eq(text, rows[i].out);
        ck_assert_uint_eq(n, strlen(rows[i].out));
    }
}
END_TEST

/* Whatever the bytes, cleaning twice changes nothing more. */
START_TEST(cleaning_is_final)
{
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        char text[17], again[17];
        for (size_t i = 0; i < 16; i++)
            text[i] = (char)(rand_r(&seed) & 0xff);
        size_t n = st_text_rules_clean(text, 16);
        memcpy(again, text, n);
        ck_assert_uint_eq(st_text_rules_clean(again, n), n);
        ck_assert_mem_eq(text, again, n + 1);
    }
}
END_TEST

START_TEST(invented_texts_are_known)
{
    static const char *const invented[] = {
        "",
        "You",
        "you.",
        "Thank you for watching!",
        "Thanks for watching.",
        "...",
        "-",
        "\xe2\x99\xaa\xe2\x99\xaa",
        "\xe2\x99\xaa la la",
        "\xf0\x9f\x8e\xb5",
        "\xe0\xb8\x81",
        "\xe4\xbd\xa0\xe5\xa5\xbd",
        "\xe2\x9d\xa4",
    };
    static const char *const real[] = {
        "You are welcome.",
        "Thank you.",
        "Thanks.",
        "No",
        "7",
        "Thank you for watching my dog.",
        "Caf\xc3\xa9",
        "It\xe2\x80\x99s fine.",
    };
    for (size_t i = 0; i < sizeof(invented) / sizeof(invented[0]); i++)
        ck_assert_msg(st_text_rules_is_invented(invented[i]), "%s", invented[i]);
    for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++)
        ck_assert_msg(!st_text_rules_is_invented(real[i]), "%s", real[i]);
}
END_TEST

START_TEST(few_tokens_in_long_audio_are_sparse)
{
    ck_assert(st_text_rules_is_sparse("Oh", 3, 4.0));
    ck_assert(!st_text_rules_is_sparse("Oh", 3, 1.0));
    ck_assert(!st_text_rules_is_sparse("4 5", 4, 5.0));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, only_valid_utf8_is_left);
    tcase_add_test(tcase, cleaning_is_final);
    tcase_add_test(tcase, invented_texts_are_known);
    tcase_add_test(tcase, few_tokens_in_long_audio_are_sparse);
    return run_case("text_rules", tcase);
}
