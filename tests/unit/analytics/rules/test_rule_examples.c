#include "rules/rule_examples.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static char cut_text[8192];

/* The sentences, each with its line, a line each. */
static const char *cut(char **items, size_t count)
{
    int lines[] = {3, 5, 8};
    struct st_rule_texts examples = {.items = items, .lines = lines, .count = count}, sentences;
    size_t used = 0;
    st_rule_examples_cut(&examples, &sentences);
    cut_text[0] = '\0';
    for (size_t i = 0; i < sentences.count; i++)
        used += (size_t)snprintf(cut_text + used, sizeof(cut_text) - used, "%d %s\n",
                                 sentences.lines[i], sentences.items[i]);
    st_rule_texts_free(&sentences);
    return cut_text;
}

START_TEST(a_conversation_becomes_its_sentences)
{
    char *items[] = {"Hello. My parcel is not here. I've waited for it all week!",
                     "where is my box"};
    ck_assert_str_eq(cut(items, 2), "3 My parcel is not here.\n3 I've waited for it all week!\n"
                                    "5 where is my box\n");
}
END_TEST

START_TEST(one_without_a_sentence_stays_whole)
{
    char *items[] = {"Late fees.", "Yes. No. Oh."};
    ck_assert_str_eq(cut(items, 2), "3 Late fees.\n5 Yes. No. Oh.\n");
    ck_assert_str_eq(cut(items, 0), "");
}
END_TEST

START_TEST(a_long_one_is_bounded)
{
    char text[2001] = "";
    char *items[] = {text, "and another one here"};
    for (int i = 0; i < 60; i++)
        strcat(text, "This is one of many sentences. ");
    const char *at = cut(items, 2);
    size_t lines = 0;
    for (; *at; at++)
        lines += *at == '\n';
    ck_assert_uint_eq(lines, ST_RULE_EXAMPLE_SENTENCES_MAX + 1);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {a_conversation_becomes_its_sentences,
                            one_without_a_sentence_stays_whole, a_long_one_is_bounded};
    return run_tests("rule_examples", tests, sizeof(tests) / sizeof(tests[0]));
}
