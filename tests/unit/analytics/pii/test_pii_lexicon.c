#include "pii/pii_scan.h"
#include "run.h"

#include <errno.h>
#include <string.h>

static struct st_pii_lexeme find(const struct st_pii_lexicon *lexicon, const char *word)
{
    return st_pii_lexicon_find(lexicon, word, strlen(word),
                               st_pii_lexicon_hash(word, strlen(word)));
}

START_TEST(words_of_the_program_and_of_the_file)
{
    static const char text[] =
        "# a comment\n\ngiven\tMary-Ann\r\nsurname\tde la Cruz\ncity\tSan Diego";
    struct st_pii_lexicon *lexicon;
    char why[200] = "";
    ck_assert_int_eq(st_pii_lexicon_create(&lexicon, text, strlen(text), why, sizeof(why)), 0);
    ck_assert_uint_eq(find(lexicon, "seven").value, 7);
    ck_assert_uint_eq(find(lexicon, "zulu").value, 'Z');
    ck_assert_uint_eq(find(lexicon, "ninety").value, 90);
    ck_assert_uint_eq(find(lexicon, "december").value, 12);
    ck_assert(find(lexicon, "mary").classes & ST_PII_W_GIVEN);
    ck_assert(find(lexicon, "ann").classes & ST_PII_W_GIVEN);
    ck_assert(find(lexicon, "cruz").classes & ST_PII_W_SURNAME);
    ck_assert(find(lexicon, "diego").classes & ST_PII_W_CITY);
    ck_assert_uint_eq(find(lexicon, "xyzzy").classes, 0);
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(the_longest_cue_counts)
{
    struct st_pii_lexicon *lexicon;
    struct st_pii_cue_match match;
    char why[200] = "";
    ck_assert_int_eq(st_pii_lexicon_create(&lexicon, NULL, 0, why, sizeof(why)), 0);
    uint16_t words[] = {find(lexicon, "date").word, find(lexicon, "of").word,
                        find(lexicon, "birth").word, 0};
    ck_assert(st_pii_lexicon_match_cue(lexicon, words, 4, sizeof(words[0]), &match));
    ck_assert_uint_eq(match.kind, ST_PII_CUE_BIRTH);
    ck_assert_uint_eq(match.words, 3);
    ck_assert(!st_pii_lexicon_match_cue(lexicon, words, 2, sizeof(words[0]), &match));
    ck_assert(!st_pii_lexicon_match_cue(lexicon, words + 3, 1, sizeof(words[0]), &match));
    st_pii_lexicon_destroy(lexicon);
}
END_TEST

START_TEST(a_broken_file_is_told_with_its_line)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"given\tAnn\nAnn\n", "line 2: no class and name separated by a tab"},
        {"given\t", "line 1: no class and name separated by a tab"},
        {"\n\nplant\tRose\n", "line 3: the class is none of given, surname, city"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_pii_lexicon *lexicon = NULL;
        char why[200] = "";
        ck_assert_int_eq(
            st_pii_lexicon_create(&lexicon, rows[i].text, strlen(rows[i].text), why, sizeof(why)),
            -EBADMSG);
        ck_assert_str_eq(why, rows[i].why);
        ck_assert_ptr_null(lexicon);
    }
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_of_the_program_and_of_the_file, the_longest_cue_counts,
                            a_broken_file_is_told_with_its_line};
    return run_tests("pii_lexicon", tests, sizeof(tests) / sizeof(tests[0]));
}
