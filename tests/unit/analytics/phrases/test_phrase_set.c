#include "phrases.h"
#include "run.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static const char *why(const char *pattern)
{
    struct st_phrase_set *set = NULL;
    const char *patterns[] = {"manager", pattern};
    problem.text[0] = '\0';
    if (make_set(&set, patterns, 2) == 0) {
        st_phrase_set_unref(set);
        return "fine";
    }
    ck_assert_ptr_null(set);
    ck_assert_uint_eq(problem.pattern, 1);
    return problem.text;
}

START_TEST(what_is_no_pattern_is_refused)
{
    static const struct {
        const char *pattern, *why;
    } rows[] = {
        {"", "has no word in it"},
        {"!?... --", "has no word in it"},
        {"\u200b", "has no word in it"},
        {"()", "has no word in it"},
        {"(|)", "has no word in it"},
        {"caf\xc3", "is not UTF-8"},
        {"a\xff", "is not UTF-8"},
        {"*", "has a star that stands alone"},
        {"cancel *", "has a star that stands alone"},
        {"* cancel", "has a star that stands alone"},
        {"cancel**", "has a star that stands alone"},
        {"(cancel)*", "has a star that stands alone"},
        {"cancel* *", "has a star that stands alone"},
        {"can*el", "has a star inside a word"},
        {"*cancel*", "has stars on both sides of a word"},
        {"c*", "has a star with fewer than two letters beside it"},
        {"\u00e9*", "has a star with fewer than two letters beside it"},
        {"check-i*", "has a star with fewer than two letters beside it"},
        {"...", "has no word in it"},
        {"... cancel", "begins or ends with a gap"},
        {"cancel ...", "begins or ends with a gap"},
        {"a ... ... b", "has two gaps without a word between"},
        {"a ...{0} b", "has a gap that is not of 1 to 20 words, as in ...{5}"},
        {"a ...{21} b", "has a gap that is not of 1 to 20 words, as in ...{5}"},
        {"a ...{99999999999999999999} b", "has a gap that is not of 1 to 20 words, as in ...{5}"},
        {"a ...{x} b", "has a gap that is not of 1 to 20 words, as in ...{5}"},
        {"a ...{5 b", "has a gap that is not of 1 to 20 words, as in ...{5}"},
        {"a ...{", "has a gap that is not of 1 to 20 words, as in ...{5}"},
        {"a...b...c...d...e...f...g...h...i", "has more than 7 gaps"},
        {"(a ... b)", "has a gap inside parentheses"},
        {"(a", "has a parenthesis that is not closed"},
        {"(a|", "has a parenthesis that is not closed"},
        {"a)", "has a parenthesis that was not opened"},
        {"a|b", "has a | outside of parentheses"},
        {"(a|)", "has alternatives that leave no word"},
        {"a ... (b|)", "has alternatives that leave no word"},
        {"((((((((((((((((((a))))))))))))))))))", "has too many parentheses inside each other"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_str_eq(why(rows[i].pattern), rows[i].why);
}
END_TEST

START_TEST(what_is_a_pattern_is_taken)
{
    static const char *const patterns[] = {
        "a",
        "(a)",
        "(please|) cancel",
        "cancel* my *phone",
        "a ... b",
        "a\u2026b",
        "a...{20}b ..... c",
        "((a|b) c|d) (e|f|)",
        "check-in* now",
        "=*what?* (he said)...",
        "hello, sir! 24/7 {x} a..b",
        "cancel*...manager (re*|un*)",
        "\u8fd4\u91d1",
    };
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        ck_assert_str_eq(why(patterns[i]), "fine");
}
END_TEST

/* `repeat` times `unit` between `before` and `after`. */
static const char *why_repeated(const char *before, const char *unit, size_t repeat,
                                const char *after)
{
    static char text[2 << 20];
    size_t used = strlen(before), bytes = strlen(unit);
    strcpy(text, before);
    for (size_t i = 0; i < repeat; i++, used += bytes)
        memcpy(text + used, unit, bytes);
    strcpy(text + used, after);
    return why(text);
}

START_TEST(large_patterns_are_refused_or_cost_little)
{
    ck_assert_str_eq(why_repeated("", "x", 1 << 20, ""), "is longer than 8192 bytes");
    ck_assert_str_eq(why_repeated("", "x", 300, ""), "has a word that is too long");
    ck_assert_str_eq(why_repeated("", "x", 64, "*"), "has a word with a star that is too long");
    ck_assert_str_eq(why_repeated("", "x", 63, "*"), "fine");
    ck_assert_str_eq(why_repeated("", "x ", 64, ""), "fine");
    ck_assert_str_eq(why_repeated("", "x ", 65, ""), "has more than 64 words");
    ck_assert_str_eq(why_repeated("(a", "|bc", 2000, ")"), "fine");
    ck_assert_str_eq(why_repeated("(a", "|", 5000, ")"), "has more than 4096 ways to be said");
    ck_assert_str_eq(why_repeated("x", "(a|b)", 12, ""), "fine");
    ck_assert_str_eq(why_repeated("x", "(a|b)", 13, ""), "has more than 4096 ways to be said");
    ck_assert_str_eq(why_repeated("x", "(a|)", 1500, ""), "has more than 4096 ways to be said");
    ck_assert_str_eq(why_repeated("", "(", 8000, ""), "has too many parentheses inside each other");
    ck_assert_str_eq(why_repeated("", "*", 8000, ""), "has a star that stands alone");
    ck_assert_str_eq(why_repeated("aa", "...bb*", 7, ""), "fine");
    ck_assert_str_eq(why_repeated("(a|b|c|d)", "...(a|b|c|d)", 5, ""), "fine");
    ck_assert_str_eq(why_repeated("(a|b|c|d)", "...(a|b|c|d)", 6, ""),
                     "has more than 4096 ways to be said");
    ck_assert_str_eq(why_repeated("", "9 ", 60, ""), "fine");
    ck_assert_str_eq(why_repeated("", "9", 200, ""), "fine");
    ck_assert_str_eq(why_repeated("", "i'd ", 64, ""), "fine");
    ck_assert_str_eq(why_repeated("a", "-b", 120, ""), "has more than 64 words");
}
END_TEST

START_TEST(many_large_patterns_are_too_large_together)
{
    enum { COUNT = 40 };
    char text[COUNT][700];
    struct st_phrase_pattern patterns[COUNT];
    struct st_phrase_set *set = NULL;
    for (size_t i = 0; i < COUNT; i++) {
        int used = snprintf(text[i], sizeof(text[i]), "start%zu ", i);
        for (size_t k = 0; k < 12; k++)
            used += snprintf(text[i] + used, sizeof(text[i]) - (size_t)used, "(a%zu|b%zu) ", k, k);
        for (size_t k = 0; k < 50; k++)
            used += snprintf(text[i] + used, sizeof(text[i]) - (size_t)used, "w%zu ", k);
        patterns[i] = (struct st_phrase_pattern){.text = text[i], .bytes = (size_t)used};
    }
    ck_assert_int_eq(st_phrase_set_create(&set, patterns, COUNT, &problem), -ENOBUFS);
    ck_assert_str_eq(problem.text, "makes the set of phrases too large");
    ck_assert_uint_gt(problem.pattern, 5);
    ck_assert_ptr_null(set);
}
END_TEST

START_TEST(a_hundred_thousand_targets_are_compiled)
{
    enum { COUNT = 100000 };
    struct st_phrase_pattern *patterns = calloc(COUNT, sizeof(*patterns));
    char *text = malloc(COUNT * (size_t)32);
    struct st_phrase_set *set;
    for (size_t i = 0; i < COUNT; i++) {
        char *at = text + 32 * i;
        patterns[i] = (struct st_phrase_pattern){
            .text = at, .bytes = (size_t)snprintf(at, 32, "phrase number %zu", i), .group = 1};
    }
    ck_assert_int_eq(st_phrase_set_create(&set, patterns, COUNT, &problem), 0);
    struct st_phrase_stream *stream = st_phrase_stream_create(set);
    ck_assert_str_eq(hear(stream, "Phrase number ninety nine thousand and one!"),
                     "90[Phrase number ninety]0-2 "
                     "99[Phrase number ninety nine]0-3 "
                     "99000[Phrase number ninety nine thousand]0-4 "
                     "99001[Phrase number ninety nine thousand and one]0-6");
    st_phrase_stream_destroy(stream);
    st_phrase_set_unref(set);
    free(text);
    free(patterns);
}
END_TEST

START_TEST(no_patterns_are_a_set)
{
    struct st_phrase_set *set;
    ck_assert_int_eq(st_phrase_set_create(&set, NULL, 0, &problem), 0);
    ck_assert_uint_gt(st_phrase_set_bytes(set), 0);
    struct st_phrase_stream *stream = st_phrase_stream_create(set);
    ck_assert_str_eq(hear(stream, "I don't want to follow-up on 4 one one"), "");
    st_phrase_stream_destroy(stream);
    st_phrase_set_unref(set);
    st_phrase_set_unref(NULL);
    st_phrase_stream_destroy(NULL);
}
END_TEST

static void *use(void *user)
{
    struct st_phrase_set *set = user;
    for (int i = 0; i < 10000; i++)
        st_phrase_set_unref(st_phrase_set_ref(set));
    st_phrase_set_unref(set);
    return NULL;
}

START_TEST(references_are_counted_across_threads)
{
    pthread_t threads[3];
    struct st_phrase_set *set;
    const char *patterns[] = {"speak to a manager"};
    ck_assert_int_eq(make_set(&set, patterns, 1), 0);
    for (size_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, use, st_phrase_set_ref(set));
    st_phrase_set_unref(set);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(words_mean_the_same)
{
    static const struct {
        const char *pattern, *said;
        bool is_same;
    } rows[] = {
        {"speak to a manager", "Speak to a Manager", true},
        {"caf\u00e9", "CAFE\u0301", true},
        {"don't call", "don\u2019t call", true},
        {"don't call", "dont call", false},
        {"i'm here", "I am here", true},
        {"i am here", "I'm here", true},
        {"can't", "cannot", true},
        {"can't", "can not", true},
        {"can not", "can\u2019t", true},
        {"cannot", "can't", true},
        {"i'd go", "I would go", true},
        {"i'd go", "I had go", true},
        {"i had", "I'd", true},
        {"going to", "gonna", true},
        {"gonna", "going to", true},
        {"gonna", "gonna", true},
        {"don't know", "dunno", true},
        {"dunno", "don't know", true},
        {"i won't do", "I will not do", true},
        {"it's", "it is", true},
        {"it is", "its", false},
        {"manager's", "manager is", false},
        {"follow up", "follow-up", true},
        {"follow-up", "follow up", true},
        {"follow-up", "followup", true},
        {"e-mail", "email", true},
        {"email", "E-Mail", true},
        {"e mail", "e-mail", true},
        {"state-of-the-art", "state of the art", true},
        {"cancel*", "cancelled", true},
        {"cancel*", "cancel", true},
        {"cancel*", "cancellation's", true},
        {"cancel*", "cancel-culture", true},
        {"cancel*", "concel", false},
        {"*phone", "telephone", true},
        {"*phone", "phone", true},
        {"*phone", "phones", false},
        {"check-in* desk", "check inside desk", true},
        {"\u00e9t*", "\u00c9t\u00e9", true},
        {"(speak|talk) to (a|my) (manager|supervisor)", "talk to my manager", true},
        {"(speak|talk) to (a|my) (manager|supervisor)", "speak to a supervisor", true},
        {"please (do|) cancel", "please cancel", true},
        {"please (do|) cancel", "please do cancel", true},
        {"((to|for) a|the) refund", "for a refund", true},
        {"((to|for) a|the) refund", "the refund", true},
        {"speak ... manager", "speak manager", true},
        {"speak ... manager", "speak to one of the managing manager", true},
        {"speak ... manager", "speak to one of the big bad manager", false},
        {"speak...{6}manager", "speak to one of the big bad manager", true},
        {"speak \u2026 (a manager|boss)", "speak to a manager", true},
        {"a ...{1} b ...{2} c", "a x b x y c", true},
        {"=speak ... (manager)*", "speak manager", true},
        {"=speak ... (manager)*", "speak to manager", false},
        {"\u8fd4\u91d1", "\u8fd4\u91d1", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(covers(rows[i].pattern, rows[i].said) == rows[i].is_same,
                      "\"%s\" and \"%s\": %s", rows[i].pattern, rows[i].said, heard);
}
END_TEST

START_TEST(numbers_mean_the_same)
{
    static const struct {
        const char *pattern, *said;
        bool is_same;
    } rows[] = {
        {"45", "forty five", true},
        {"forty five", "45", true},
        {"forty-five", "forty five", true},
        {"forty five", "forty-five", true},
        {"45", "four five", true},
        {"411", "four one one", true},
        {"four one one", "411", true},
        {"four one one", "4 1 1", true},
        {"411", "four eleven", true},
        {"411", "four hundred and eleven", true},
        {"411", "four hundred eleven", true},
        {"four hundred eleven", "411", true},
        {"411", "4 one 1", true},
        {"411", "4111", false},
        {"100", "a hundred", true},
        {"a hundred dollars", "100 dollars", true},
        {"1200", "one thousand two hundred", true},
        {"1,200", "one thousand two hundred", true},
        {"1,200", "1200", true},
        {"2005", "two thousand and five", true},
        {"1984", "nineteen eighty four", true},
        {"1900", "nineteen hundred", true},
        {"nineteen hundred", "1900", true},
        {"2020", "twenty twenty", true},
        {"9095", "ninety ninety five", true},
        {"909", "ninety nine", false},
        {"909", "nine oh nine", true},
        {"2008", "twenty oh eight", true},
        {"55", "double five", true},
        {"triple seven", "777", true},
        {"double o seven", "007", false},
        {"800 555 1234", "eight hundred five five five twelve thirty four", true},
        {"800 555 1234", "8005551234", true},
        {"8005551234", "800-555-1234", true},
        {"1st", "first", true},
        {"first", "1st", true},
        {"twenty first", "21st", true},
        {"the 22nd", "the twenty-second", true},
        {"no one", "no 1", true},
        {"0", "zero", true},
        {"0", "oh", false},
        {"oh no", "0 no", false},
        {"24/7", "twenty four seven", true},
        {"one million dollars", "1000000 dollars", true},
        {"five", "five", true},
        {"hundred", "100", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(covers(rows[i].pattern, rows[i].said) == rows[i].is_same,
                      "\"%s\" and \"%s\": %s", rows[i].pattern, rows[i].said, heard);
}
END_TEST

START_TEST(every_number_is_found_as_it_is_said)
{
    for (unsigned value = 1; value < 3000; value += value < 200 ? 1 : 37) {
        static const char *const tens[] = {"",      "",      "twenty",  "thirty", "forty",
                                           "fifty", "sixty", "seventy", "eighty", "ninety"};
        static const char *const units[] = {
            "",         "one",     "two",     "three",     "four",     "five",    "six",
            "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
            "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
        char said[200] = "", digits[16];
        unsigned rest = value % 100;
        snprintf(digits, sizeof(digits), "%u", value);
        if (value >= 1000)
            snprintf(said, sizeof(said), "%s thousand ", units[value / 1000]);
        if (value % 1000 >= 100)
            snprintf(said + strlen(said), 40, "%s hundred ", units[value % 1000 / 100]);
        if (rest >= 20)
            snprintf(said + strlen(said), 40, "%s ", tens[rest / 10]);
        snprintf(said + strlen(said), 40, "%s", units[rest >= 20 ? rest % 10 : rest]);
        if (said[strlen(said) - 1] == ' ')
            said[strlen(said) - 1] = '\0';
        ck_assert_msg(covers(digits, said), "%s, %s: %s", digits, said, heard);
        ck_assert_msg(covers(said, digits), "%s, %s: %s", said, digits, heard);
    }
}
END_TEST

START_TEST(words_are_whole)
{
    ck_assert(!finds("manager", "managers"));
    ck_assert(!finds("do", "I don't"));
    ck_assert(!finds("not", "I don't"));
    ck_assert(!finds("up", "a follow-up call"));
    ck_assert(finds("up", "follow up call"));
    ck_assert(finds("one", "four one one"));
    ck_assert(!finds("one", "411"));
    ck_assert(finds("going to call", "I'm gonna call"));
    ck_assert(finds("follow up call", "a follow-up call"));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {what_is_no_pattern_is_refused,
                            what_is_a_pattern_is_taken,
                            large_patterns_are_refused_or_cost_little,
                            many_large_patterns_are_too_large_together,
                            a_hundred_thousand_targets_are_compiled,
                            no_patterns_are_a_set,
                            references_are_counted_across_threads,
                            words_mean_the_same,
                            numbers_mean_the_same,
                            every_number_is_found_as_it_is_said,
                            words_are_whole};
    return run_tests("phrase_set", tests, sizeof(tests) / sizeof(tests[0]));
}
