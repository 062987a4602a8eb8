#include "run.h"

#include "measures/talk_cues.h"

#include <string.h>

START_TEST(words_that_only_say_i_am_listening)
{
    static const char *const nods[] = {"yeah",  "Yeah.",     "Mhm,", "mm-hmm", "uh-huh",
                                       "OKAY!", "\"right\"", "...",  ""};
    static const char *const others[] = {"uh",    "um",          "no",
                                         "yeahs", "thanks",      "r2",
                                         "ok4y",  "caf\xc3\xa9", "yeahyeahyeahyeahyeahyeah"};
    for (size_t i = 0; i < sizeof(nods) / sizeof(nods[0]); i++)
        ck_assert_msg(st_talk_cues_is_back_channel(nods[i], strlen(nods[i])), "%s", nods[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        ck_assert_msg(!st_talk_cues_is_back_channel(others[i], strlen(others[i])), "%s", others[i]);
}
END_TEST

START_TEST(a_word_is_as_long_as_it_is_said_to_be)
{
    ck_assert(st_talk_cues_is_back_channel("yeah no", 4));
    ck_assert(!st_talk_cues_is_back_channel("yeah no", 7));
}
END_TEST

START_TEST(asking_for_patience)
{
    static const char *const asked[] = {"Please hold.",
                                        "One moment, please",
                                        "Hold on",
                                        "on hold",
                                        "Sure, let me check that for you.",
                                        "I'll put you on hold for a minute"};
    static const char *const not_asked[] = {
        "", "household on", "the moment I called", "we uphold this", "hold", "a moment ago"};
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        ck_assert_msg(st_talk_cues_asks_to_hold(asked[i]), "%s", asked[i]);
    for (size_t i = 0; i < sizeof(not_asked) / sizeof(not_asked[0]); i++)
        ck_assert_msg(!st_talk_cues_asks_to_hold(not_asked[i]), "%s", not_asked[i]);
}
END_TEST

START_TEST(only_the_end_of_a_text_asks)
{
    char text[1000];
    memset(text, 'x', sizeof(text));
    memcpy(text, "please hold ", 12);
    text[sizeof(text) - 1] = '\0';
    ck_assert(!st_talk_cues_asks_to_hold(text));
    memcpy(text + sizeof(text) - 13, " please hold", 13);
    ck_assert(st_talk_cues_asks_to_hold(text));
}
END_TEST

int main(void)
{
    const TTest *tests[] = {words_that_only_say_i_am_listening,
                            a_word_is_as_long_as_it_is_said_to_be, asking_for_patience,
                            only_the_end_of_a_text_asks};
    return run_tests("cues", tests, sizeof(tests) / sizeof(tests[0]));
}
