#include "sidetone/base64.h"

#include "run.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void expect_bytes(const char *text, const void *bytes, size_t count)
{
    size_t chars = strlen(text);
    char *copy = malloc(chars ? chars : 1);
    memcpy(copy, text, chars);
    uint8_t *out = malloc(ST_BASE64_DECODED_MAX(chars) + 1);
    ck_assert_msg(st_base64_decode(copy, chars, out) == (ssize_t)count, "%s", text);
    ck_assert_mem_eq(out, bytes, count);
    free(copy);
    free(out);
}

START_TEST(the_vectors_of_rfc_4648_hold_both_ways)
{
    static const struct {
        const char *plain;
        const char *padded;
        const char *bare;
    } rows[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[16];
        size_t bytes = strlen(rows[i].plain);
        size_t chars = st_base64_encode((const uint8_t *)rows[i].plain, bytes, out);
        ck_assert_str_eq(out, rows[i].padded);
        ck_assert_uint_eq(chars, strlen(out));
        expect_bytes(rows[i].padded, rows[i].plain, bytes);
        expect_bytes(rows[i].bare, rows[i].plain, bytes);
    }
}
END_TEST

START_TEST(what_is_not_base64_is_refused)
{
    static const char *const rows[] = {
        "A",        "AAAAA",    "=",          "==",    "===",     "====",
        "A===",     "AA=",      "AAA==",      "AAAA=", "AA=A",    "AA==AAAA",
        "AAA=AAAA", "AA==AA==", "AAAA====",   "AA A",  " AAAA",   "AAAA\n",
        "AA\r\nAA", "AA-_",     "AA\xc3\xa9", "AAA.",  "AAA\x7f", "\xff\xff"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[16];
        ck_assert_msg(st_base64_decode(rows[i], strlen(rows[i]), out) == -EBADMSG, "%s", rows[i]);
    }
}
END_TEST

START_TEST(each_byte_outside_the_alphabet_is_refused_at_each_place)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < 7; at++) {
            uint8_t out[8];
            char text[7];
            memset(text, 'A', sizeof(text));
            text[at] = (char)c;
            bool is_good = c != 0 && strchr(alphabet, c);
            ck_assert_int_eq(st_base64_decode(text, sizeof(text), out), is_good ? 5 : -EBADMSG);
        }
}
END_TEST

START_TEST(openssl_writes_and_reads_the_same)
{
    unsigned seed = 3;
    for (size_t bytes = 0; bytes < 700; bytes++) {
        uint8_t data[700], back[1000];
        char ours[1000], theirs[1000];
        for (size_t i = 0; i < bytes; i++)
            data[i] = (uint8_t)rand_r(&seed);
        size_t chars = st_base64_encode(data, bytes, ours);
        ck_assert_uint_lt(chars, ST_BASE64_ENCODED_MAX(bytes));
        ck_assert_int_eq(EVP_EncodeBlock((uint8_t *)theirs, data, (int)bytes), (int)chars);
        ck_assert_str_eq(ours, theirs);
        ck_assert_int_eq(st_base64_decode(ours, chars, back), (ssize_t)bytes);
        ck_assert_mem_eq(back, data, bytes);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, the_vectors_of_rfc_4648_hold_both_ways);
    tcase_add_test(tcase, what_is_not_base64_is_refused);
    tcase_add_test(tcase, each_byte_outside_the_alphabet_is_refused_at_each_place);
    tcase_add_test(tcase, openssl_writes_and_reads_the_same);
    return run_case("base64", tcase);
}
