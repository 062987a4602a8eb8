#include "moonshine/pieces.h"

#include "small_vocabulary.h"

#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which the vocabulary joins them. */
static const char *const entries[] = {"_t", "he", "_the", "lo", "hel", "hello", "el", "_",
                                      "t",  "h",  "e",    "l",  "o",   "X",     "_X", "ab"};
enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

static struct st_tokenizer *tokenizer;
static struct st_pieces *pieces;

static void begin(void)
{
    tokenizer = small_vocabulary(entries, ENTRIES);
    st_pieces_create(&pieces, tokenizer);
}

static void end(void)
{
    st_pieces_destroy(pieces);
    st_tokenizer_destroy(tokenizer);
}

static int64_t id_of(const char *piece)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (strcmp(entries[i], piece) == 0)
            return FIRST_PIECE + (int64_t)i;
    ck_abort_msg("no piece %s", piece);
}

static void expect(const char *text, size_t count, const char *const *wanted)
{
    int64_t ids[32];
    ck_assert_int_eq(st_pieces_split(pieces, text, ids, 32), (int)count);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(ids[i], id_of(wanted[i]));
}

START_TEST(neighbours_are_joined_in_the_order_of_the_vocabulary)
{
    expect("the", 1, (const char *const[]){"_the"});
    expect("hello", 2, (const char *const[]){"_", "hello"});
    /* "he" comes before "el", which the rest could go on with. */
    expect("helX", 3, (const char *const[]){"_", "hel", "X"});
    expect("heelX", 4, (const char *const[]){"_", "he", "el", "X"});
    expect("X the", 2, (const char *const[]){"_X", "_the"});
}
END_TEST

/* "ab" stands in the vocabulary, but neither "a" nor "b": bytes are not joined to pieces they are
 * no characters of, unless that is how the piece is made. */
START_TEST(what_is_not_in_the_vocabulary_becomes_bytes)
{
    int64_t ids[32];
    ck_assert_int_eq(st_pieces_split(pieces, "\xc3\xa9", ids, 32), 3);
    ck_assert_int_eq(ids[0], id_of("_"));
    ck_assert_int_eq(ids[1], 3 + 0xc3);
    ck_assert_int_eq(ids[2], 3 + 0xa9);
    ck_assert_int_eq(st_pieces_split(pieces, "\xff\x80", ids, 32), 3);
}
END_TEST

START_TEST(too_much_is_refused)
{
    int64_t ids[4];
    char text[ST_PIECES_TEXT_BYTES_MAX + 2];
    memset(text, 'X', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(st_pieces_split(pieces, text, ids, 4), -ENOBUFS);
    ck_assert_int_eq(st_pieces_split(pieces, "XXXX", ids, 4), 4);
    ck_assert_int_eq(st_pieces_split(pieces, "XXXXX", ids, 4), -ENOBUFS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, neighbours_are_joined_in_the_order_of_the_vocabulary);
    tcase_add_test(tcase, what_is_not_in_the_vocabulary_becomes_bytes);
    tcase_add_test(tcase, too_much_is_refused);
    return run_case("pieces", tcase);
}
