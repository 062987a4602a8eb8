#include "analysis_rig.h"
#include "run.h"

#include "sidetone/profanity.h"
#include "sidetone/profanity_list.h"

static void note(const struct st_finding *finding)
{
    const struct st_profanity_finding *found = finding->profanity;
    if (finding->type != ST_FINDING_PROFANITY)
        return;
    add_line("%s of %llu %lld-%lld: %u of %u", st_role_name(finding->role),
             (unsigned long long)finding->segment_id, (long long)finding->start_us / 1000,
             (long long)finding->end_us / 1000, found->count, found->total);
    for (size_t i = 0; i < found->span_count; i++)
        add_line("  %u-%u %lld-%lld", found->spans[i].begin_char, found->spans[i].end_char,
                 (long long)found->spans[i].start_us / 1000,
                 (long long)found->spans[i].end_us / 1000);
}

static struct st_profanity_list *list_of(const char *const *words)
{
    struct st_profanity_list *list = st_profanity_list_create();
    const char *why;
    for (; *words; words++)
        ck_assert_msg(st_profanity_list_add(list, *words, strlen(*words), &why) == 0, "%s", *words);
    return list;
}

static bool has(const struct st_profanity_list *list, const char *word)
{
    return st_profanity_list_has(list, word, strlen(word));
}

START_TEST(words_and_beginnings)
{
    struct st_profanity_list *list =
        list_of((const char *const[]){"Blast", "dang*", "STRASSE", "dangle", "blast", NULL});
    ck_assert(has(list, "blast") && !has(list, "blasted") && !has(list, "blas"));
    ck_assert(has(list, "dang") && has(list, "dangit") && !has(list, "dan"));
    ck_assert(has(list, "strasse"));
    ck_assert(!has(list, "") && !has(list, "x"));
    st_profanity_list_unref(list);
}
END_TEST

START_TEST(our_own_words_leave_others_alone)
{
    static const char *const fine[] = {"assist",   "class",   "shitake", "hello",   "shell",
                                       "passport", "crape",   "assess",  "cassock", "pistachio",
                                       "scraping", "bitcoin", "damp",    "hellman", "bastion"};
    struct st_profanity_list *list = st_profanity_list_create();
    st_profanity_list_add_own(list);
    ck_assert(has(list, "damn") && has(list, "damned") && has(list, "crap"));
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        ck_assert_msg(!has(list, fine[i]) || strcmp(fine[i], "shitake") == 0, "%s", fine[i]);
    st_profanity_list_unref(list);
}
END_TEST

START_TEST(bad_entries_are_refused_with_a_reason)
{
    static const struct {
        const char *word, *why;
    } rows[] = {
        {"", "has no word in it"},
        {"!!", "has no word in it"},
        {"two words", "is more than one word"},
        {"d*n", "has a * that is not at its end"},
        {"x*", "is too short to stand before a *"},
        {"\xff\xfe", "is not UTF-8"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "is too long"},
    };
    struct st_profanity_list *list = st_profanity_list_create();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *why = "";
        ck_assert_int_lt(st_profanity_list_add(list, rows[i].word, strlen(rows[i].word), &why), 0);
        ck_assert_str_eq(why, rows[i].why);
    }
    st_profanity_list_unref(list);
}
END_TEST

START_TEST(files_have_one_word_a_line)
{
    static const char good[] = "# ours\n\n  dang* \r\nheck", bad[] = "dang\n\ntwo words\n";
    struct st_profanity_list *list = st_profanity_list_create();
    unsigned line = 0;
    const char *why;
    ck_assert_int_eq(st_profanity_list_read(list, good, strlen(good), &line, &why), 0);
    ck_assert(has(list, "dangling") && has(list, "heck") && !has(list, "ours"));
    ck_assert_int_lt(st_profanity_list_read(list, bad, strlen(bad), &line, &why), 0);
    ck_assert_uint_eq(line, 3);
    ck_assert_str_eq(why, "is more than one word");
    st_profanity_list_unref(list);
}
END_TEST

START_TEST(many_words_are_found)
{
    struct st_profanity_list *list = st_profanity_list_create();
    const char *why;
    char word[20];
    for (int i = 0; i < ST_PROFANITY_WORDS_MAX; i++) {
        snprintf(word, sizeof(word), "w%d%s", i, i % 3 ? "" : "x*");
        ck_assert_int_eq(st_profanity_list_add(list, word, strlen(word), &why), 0);
    }
    ck_assert_int_lt(st_profanity_list_add(list, "more", 4, &why), 0);
    ck_assert_str_eq(why, "is one too many");
    ck_assert(has(list, "w7") && !has(list, "w9") && has(list, "w9xyz") && !has(list, "w77777"));
    st_profanity_list_unref(list);
}
END_TEST

START_TEST(a_segment_gives_one_finding_with_its_places)
{
    struct st_profanity_list *list = list_of((const char *const[]){"dang*", NULL});
    begin_call((struct st_analysis_settings){.profanity = list});
    st_profanity_list_unref(list);
    say(1, 0, 1000, "this is fine");
    say(1, 1000, 2000, "D\xc3\xa9j\xc3\xa0 dang, the DANGED");
    expect_told("customer of 2 1304-2000: 2 of 2\n  5-9 1304-1478\n  15-21 1739-2000");
    say(0, 2000, 3000, "dang");
    expect_told("agent of 3 2000-3000: 1 of 1\n  0-4 2000-3000");
    say(1, 3000, 4000, "[DANG] dang");
    expect_told("customer of 4 3636-4000: 1 of 3\n  7-11 3636-4000");
    end_call(5000);
    expect_told("");
}
END_TEST

START_TEST(places_are_bounded_and_words_counted)
{
    struct st_profanity_list *list = list_of((const char *const[]){"dang", NULL});
    char text[5 * 100 + 1] = "";
    begin_call((struct st_analysis_settings){.profanity = list});
    st_profanity_list_unref(list);
    for (int i = 0; i < 100; i++)
        memcpy(text + 5 * (size_t)i, "dang ", 6);
    say(0, 0, 100, text);
    ck_assert_ptr_nonnull(strstr(told, "100 of 100"));
    unsigned lines = 0;
    for (const char *at = told; *at; at++)
        lines += *at == '\n';
    ck_assert_uint_eq(lines, ST_PROFANITY_SPANS_MAX);
    end_call(1000);
}
END_TEST

START_TEST(without_a_list_nothing_is_listened_for)
{
    begin_call((struct st_analysis_settings){.rules = NULL});
    say(0, 0, 100, "damn");
    end_call(1000);
    expect_told("");
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_and_beginnings,
                            our_own_words_leave_others_alone,
                            bad_entries_are_refused_with_a_reason,
                            files_have_one_word_a_line,
                            many_words_are_found,
                            a_segment_gives_one_finding_with_its_places,
                            places_are_bounded_and_words_counted,
                            without_a_list_nothing_is_listened_for};
    return run_tests("profanity", tests, sizeof(tests) / sizeof(tests[0]));
}
