#include "run.h"
#include "text/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char out[8192];

static void append(void *user, const struct st_fold_word *word)
{
    size_t used = strlen(out);
    (void)user;
    snprintf(out + used, sizeof(out) - used, "%s%.*s", used > 0 ? "|" : "",
             word->bytes > 0 ? (int)word->bytes : 1, word->bytes > 0 ? word->text : "?");
}

static const char *fold(const char *text)
{
    out[0] = '\0';
    st_fold_words(text, strlen(text), append, NULL);
    return out;
}

START_TEST(words_are_folded)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", ""},
        {" \t\n...!?", ""},
        {"Speak to a Manager!", "speak|to|a|manager"},
        {"well,manager", "well|manager"},
        {"I don\u2019t, don't; don\u02bct", "i|don't|don't|don't"},
        {"'cause the customers' rock-n-roll", "cause|the|customers|rock-n-roll"},
        {"a--b c- -d e'-f", "a|b|c|d|e|f"},
        {"re\u2010fund re\u2011fund re\u00adfund", "re-fund|re-fund|refund"},
        {"man\u200bager man\ufeffager", "manager|manager"},
        {"\u200b \u00ad", ""},
        {"10,000 is $5 on 24/7 at 3.50", "10|000|is|5|on|24|7|at|3|50"},
        {"\uff33\uff50\uff45\uff41\uff4b", "speak"},
        {"\ufb01ne STRASSE stra\u00dfe", "fine|strasse|strasse"},
        {"CAFE\u0301 caf\u00e9", "caf\u00e9|caf\u00e9"},
        {"\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
         "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3"},
        {"\u8fd4\u91d1ok", "\u8fd4|\u91d1|ok"},
        {"snake_case at&t", "snake|case|at|t"},
        {"a\xff\xfe"
         "b\xc3",
         "a|b"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(fold(rows[i].text), rows[i].words);
}
END_TEST

START_TEST(a_word_without_end_is_equal_to_none)
{
    char text[3000];
    memset(text, 'x', sizeof(text));
    memcpy(text + 2990, " end", 5);
    ck_assert_str_eq(fold(text), "?|end");
    for (size_t i = 0; i < 2990; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    ck_assert_str_eq(fold(text), "?|end");
    /* Each of these becomes many characters. */
    for (size_t i = 0; i < 252; i += 3)
        memcpy(text + i, "\xef\xb7\xba", 3);
    strcpy(text + 252, " end");
    ck_assert_str_eq(fold(text), "?|end");
}
END_TEST

static void collect_range(void *user, const struct st_fold_word *word)
{
    size_t *ranges = user;
    ranges[++ranges[0]] = word->start;
    ranges[++ranges[0]] = word->end;
}

START_TEST(words_know_where_they_stood)
{
    size_t ranges[16] = {0};
    const char *text = " \"Don\u2019t-\" \u00c9t\u00e9.";
    st_fold_words(text, strlen(text), collect_range, ranges);
    ck_assert_uint_eq(ranges[0], 4);
    ck_assert_uint_eq(ranges[1], 2);
    ck_assert_uint_eq(ranges[2], 9);
    ck_assert_uint_eq(ranges[3], 12);
    ck_assert_uint_eq(ranges[4], 17);
}
END_TEST

START_TEST(utf8_is_recognised)
{
    ck_assert(st_fold_is_utf8("", 0));
    ck_assert(st_fold_is_utf8("caf\xc3\xa9", 5));
    ck_assert(!st_fold_is_utf8("caf\xc3", 4));
    ck_assert(!st_fold_is_utf8("\xed\xa0\x80", 3));
    ck_assert(!st_fold_is_utf8("\xc0\xaf", 2));
}
END_TEST

START_TEST(any_bytes_are_survived)
{
    unsigned seed = 7;
    char text[64];
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand_r(&seed) % sizeof(text);
        for (size_t i = 0; i < len; i++)
            text[i] = (char)rand_r(&seed);
        out[0] = '\0';
        st_fold_words(text, len, append, NULL);
        ck_assert(st_fold_is_utf8(out, strlen(out)));
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_are_folded, a_word_without_end_is_equal_to_none,
                            words_know_where_they_stood, utf8_is_recognised,
                            any_bytes_are_survived};
    return run_tests("fold", tests, sizeof(tests) / sizeof(tests[0]));
}
