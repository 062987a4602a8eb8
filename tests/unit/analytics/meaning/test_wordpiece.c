#include "meaning/wordpiece.h"

#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char vocabulary[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nspeak\nto\na\nman\n##age\n##r\n,\n"
                                 "cafe\n\xc5\x82\n##od\n##z\n\xe6\x97\xa5\n'\ndon\nt\r\n$\n0\n##0";
enum {
    UNKNOWN = 1,
    FIRST,
    LAST,
    SPEAK,
    TO,
    A,
    MAN,
    AGE,
    R,
    COMMA,
    CAFE,
    LL,
    OD,
    Z,
    DAY,
    APOS,
    DON,
    T,
    DOLLAR,
    ZERO,
    ZERO_MORE
};

static struct st_wordpiece *make(void)
{
    struct st_wordpiece *wordpiece;
    char why[128];
    ck_assert_int_eq(
        st_wordpiece_create(&wordpiece, vocabulary, sizeof(vocabulary) - 1, why, sizeof(why)), 0);
    return wordpiece;
}

static void expect(const char *text, const int64_t *tokens, size_t count)
{
    struct st_wordpiece *wordpiece = make();
    int64_t got[ST_WORDPIECE_TOKENS_MAX];
    size_t found = st_wordpiece_encode(wordpiece, text, strlen(text), got);
    ck_assert_int_eq(got[0], FIRST);
    ck_assert_int_eq(got[found - 1], LAST);
    ck_assert_uint_eq(found, count + 2);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(got[i + 1], tokens[i]);
    st_wordpiece_destroy(wordpiece);
}

#define EXPECT(text, ...)                                                                          \
    expect(text, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / 8)

START_TEST(words_become_their_longest_pieces)
{
    EXPECT("speak to a manager", SPEAK, TO, A, MAN, AGE, R);
    EXPECT("Speak,TO", SPEAK, COMMA, TO);
    EXPECT("  a\t\na\xc2\xa0 a ", A, A, A);
    EXPECT("speakr", SPEAK, R);
    EXPECT("speaking to", UNKNOWN, TO); /* whole or not at all */
    EXPECT("don't", DON, APOS, T);
    EXPECT("$00", DOLLAR, ZERO, ZERO_MORE);
}
END_TEST

START_TEST(letters_are_made_alike)
{
    EXPECT("Caf\xc3\xa9 cafe\xcc\x81 CAFE", CAFE, CAFE, CAFE);
    EXPECT("\xc5\x81\xc3\xb3"
           "d\xc5\xba",
           LL, OD, Z); /* Łódź: the first letter is one of its own */
    EXPECT("\xe6\x97\xa5\xe6\x97\xa5"
           "a",
           DAY, DAY, A); /* each stands alone */
    EXPECT("a\xe2\x80\x8b"
           "\xc2\xad"
           "\x07",
           A); /* nothing that is seen */
    EXPECT("\xef\xbf\xbd\xff\xfe"
           "a",
           A);
}
END_TEST

START_TEST(nothing_gives_the_ends)
{
    expect("", NULL, 0);
    expect(" \t\x01", NULL, 0);
}
END_TEST

START_TEST(long_words_are_unknown_and_long_texts_cut)
{
    char text[4000];
    memset(text, 'a', sizeof(text));
    text[100] = '\0';
    EXPECT(text, UNKNOWN); /* "aaa…" has no pieces */
    text[100] = 'a';
    text[101] = '\0';
    EXPECT(text, UNKNOWN);
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        text[i] = i % 2 ? ' ' : 'a';
    text[sizeof(text) - 1] = '\0';
    struct st_wordpiece *wordpiece = make();
    int64_t got[ST_WORDPIECE_TOKENS_MAX];
    ck_assert_uint_eq(st_wordpiece_encode(wordpiece, text, strlen(text), got),
                      ST_WORDPIECE_TOKENS_MAX);
    ck_assert_int_eq(got[ST_WORDPIECE_TOKENS_MAX - 1], LAST);
    st_wordpiece_destroy(wordpiece);
}
END_TEST

START_TEST(what_is_no_vocabulary_is_refused)
{
    struct st_wordpiece *wordpiece;
    char why[128], *many = malloc(1 << 20);
    ck_assert_int_eq(st_wordpiece_create(&wordpiece, "", 0, why, sizeof(why)), -EBADMSG);
    ck_assert_int_eq(st_wordpiece_create(&wordpiece, "[UNK]\n[CLS]", 11, why, sizeof(why)),
                     -EBADMSG);
    ck_assert_ptr_nonnull(strstr(why, "[SEP]"));
    memset(many, '\n', 1 << 20);
    ck_assert_int_eq(st_wordpiece_create(&wordpiece, many, 1 << 20, why, sizeof(why)), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(why, "65536"));
    free(many);
    st_wordpiece_destroy(NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        words_become_their_longest_pieces,
        letters_are_made_alike,
        nothing_gives_the_ends,
        long_words_are_unknown_and_long_texts_cut,
        what_is_no_vocabulary_is_refused,
    };
    return run_tests("wordpiece", tests, sizeof(tests) / sizeof(tests[0]));
}
