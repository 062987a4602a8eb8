#include "moonshine/tokenizer.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A vocabulary of the right size: a few entries that matter, the rest empty. */
static uint8_t file[ST_TOKENIZER_VOCABULARY + 4096];

static size_t write_vocabulary(void)
{
    static const char *const entries[] = {
        "", "", "", "<0x41>", "\xe2\x96\x81Hello", "wor", "\xe2\x96\x81", "<<ST_7>>", "\xff",
    };
    size_t at = 0;
    for (size_t id = 0; id < ST_TOKENIZER_VOCABULARY; id++) {
        const char *text = id < sizeof(entries) / sizeof(entries[0]) ? entries[id] : "";
        size_t bytes = strlen(text);
        file[at++] = (uint8_t)bytes;
        memcpy(file + at, text, bytes);
        at += bytes;
    }
    return at;
}

START_TEST(tokens_become_bytes)
{
    static const struct {
        int64_t id;
        const char *bytes;
        bool starts_word;
    } rows[] = {
        {0, "", false},  {1, "", false},      {2, "", false},
        {3, "A", false}, {4, " Hello", true}, {5, "wor", false},
        {6, " ", true},  {7, "", false},      {8, "\xff", false},
        {9, "", false},  {-1, "", false},     {ST_TOKENIZER_VOCABULARY, "", false},
    };
    struct st_tokenizer *tokenizer;
    ck_assert_int_eq(st_tokenizer_parse(&tokenizer, file, write_vocabulary()), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[32];
        size_t n = st_tokenizer_bytes(tokenizer, rows[i].id, out, sizeof(out));
        ck_assert_mem_eq(out, rows[i].bytes, n);
        ck_assert_uint_eq(n, strlen(rows[i].bytes));
        ck_assert_int_eq(st_tokenizer_starts_word(tokenizer, rows[i].id), rows[i].starts_word);
    }
    st_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(output_is_cut_at_the_room_given)
{
    struct st_tokenizer *tokenizer;
    char out[4] = "xxx";
    ck_assert_int_eq(st_tokenizer_parse(&tokenizer, file, write_vocabulary()), 0);
    ck_assert_uint_eq(st_tokenizer_bytes(tokenizer, 4, out, 3), 3);
    ck_assert_mem_eq(out, " He", 3);
    ck_assert_uint_eq(st_tokenizer_bytes(tokenizer, 3, out, 0), 0);
    st_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(long_entries_have_two_length_bytes)
{
    struct st_tokenizer *tokenizer;
    static uint8_t data[ST_TOKENIZER_VOCABULARY + 400];
    char out[400];
    memset(data, 0, sizeof(data));
    data[3] = 128 + 44; /* 44 + 128 × 2 = 300 */
    data[4] = 2;
    memset(data + 5, 'x', 300);
    ck_assert_int_eq(st_tokenizer_parse(&tokenizer, data, ST_TOKENIZER_VOCABULARY + 301), 0);
    ck_assert_uint_eq(st_tokenizer_bytes(tokenizer, 3, out, sizeof(out)), 300);
    st_tokenizer_destroy(tokenizer);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    size_t bytes = write_vocabulary();
    struct st_tokenizer *tokenizer = NULL;
    for (size_t n = 0; n < 64; n++)
        ck_assert_int_eq(st_tokenizer_parse(&tokenizer, file, n), -EBADMSG);
    for (size_t n = bytes - 64; n < bytes; n++)
        ck_assert_int_eq(st_tokenizer_parse(&tokenizer, file, n), -EBADMSG);
    ck_assert_int_eq(st_tokenizer_parse(&tokenizer, file, bytes + 1), -EBADMSG);
    ck_assert_ptr_null(tokenizer);
}
END_TEST

START_TEST(a_missing_file_is_its_errno)
{
    struct st_tokenizer *tokenizer;
    ck_assert_int_eq(st_tokenizer_open(&tokenizer, "/nonexistent/tokenizer.bin"), -ENOENT);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, tokens_become_bytes);
    tcase_add_test(tcase, output_is_cut_at_the_room_given);
    tcase_add_test(tcase, long_entries_have_two_length_bytes);
    tcase_add_test(tcase, every_truncation_is_refused);
    tcase_add_test(tcase, a_missing_file_is_its_errno);
    return run_case("tokenizer", tcase);
}
