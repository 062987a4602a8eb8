#include "rules.h"
#include "run.h"

#include "sidetone/config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char why[400];

static int create(struct st_rules **ret_rules, const char *name, char **phrases, unsigned count)
{
    struct st_config_category category = {
        .name = (char *)name, .phrases = phrases, .phrase_count = count};
    why[0] = '\0';
    return st_rules_create(ret_rules, &category, 1, why, sizeof(why));
}

static int create_one(struct st_rules **ret_rules, const char *phrase)
{
    char *phrases[] = {"manager", (char *)phrase};
    return create(ret_rules, "escalation", phrases, 2);
}

START_TEST(no_categories_are_a_rule_set)
{
    struct st_rules *rules;
    ck_assert_int_eq(st_rules_create(&rules, NULL, 0, why, sizeof(why)), 0);
    st_rules_unref(rules);
    st_rules_unref(NULL);
}
END_TEST

START_TEST(a_bad_phrase_is_named)
{
    static const struct {
        const char *phrase, *text;
    } rows[] = {
        {"", "category 'escalation', phrase '': has no word in it"},
        {"!?... --", "category 'escalation', phrase '!?... --': has no word in it"},
        {"\u200b", "category 'escalation', phrase '\u200b': has no word in it"},
        {"caf\xc3", "category 'escalation', phrase 'caf?': is not UTF-8"},
        {"a\x1b[2J\xff", "category 'escalation', phrase 'a?[2J?': is not UTF-8"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_rules *rules = NULL;
        ck_assert_int_eq(create_one(&rules, rows[i].phrase), -EINVAL);
        ck_assert_str_eq(why, rows[i].text);
        ck_assert_ptr_null(rules);
    }
}
END_TEST

START_TEST(long_phrases_are_refused)
{
    static char phrase[10001];
    struct st_rules *rules;
    memset(phrase, 'x', sizeof(phrase) - 1);
    ck_assert_int_eq(create_one(&rules, phrase), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "xxx...': is longer than 512 bytes"));
    ck_assert_uint_lt(strlen(why), 200);
    phrase[300] = '\0';
    ck_assert_int_eq(create_one(&rules, phrase), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "has a word that is too long"));
    for (size_t i = 1; i < 130; i += 2)
        phrase[i] = ' ';
    phrase[127] = '\0';
    ck_assert_int_eq(create_one(&rules, phrase), 0);
    st_rules_unref(rules);
    phrase[127] = ' ';
    phrase[129] = '\0';
    ck_assert_int_eq(create_one(&rules, phrase), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "has more than 64 words"));
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
    char phrase[600] = "";
    struct st_rules *rules;
    for (size_t i = 0; i < 590; i += 2)
        memcpy(phrase + i + 1, "\xc3\xa9", 3);
    phrase[0] = 'x';
    ck_assert_int_eq(create_one(&rules, phrase), -EINVAL);
    ck_assert_ptr_nonnull(strstr(why, "\xc3\xa9...'"));
}
END_TEST

START_TEST(too_many_phrases_are_refused)
{
    enum { COUNT = 100000 };
    char **phrases = calloc(COUNT, sizeof(*phrases));
    struct st_rules *rules;
    for (unsigned i = 0; i < COUNT; i++) {
        phrases[i] = malloc(16);
        snprintf(phrases[i], 16, "phrase %u", i);
    }
    ck_assert_int_eq(create(&rules, "many", phrases, COUNT), -EINVAL);
    ck_assert_str_eq(why, "category 1 'many': with it there are more than 50000 phrases");
    ck_assert_int_eq(create(&rules, "many", phrases, 50000), 0);
    st_rules_unref(rules);
    for (unsigned i = 0; i < COUNT; i++)
        free(phrases[i]);
    free(phrases);
}
END_TEST

START_TEST(a_bad_category_is_named)
{
    struct st_rules *rules;
    char *phrases[] = {"manager"};
    ck_assert_int_eq(create(&rules, "", phrases, 1), -EINVAL);
    ck_assert_str_eq(why, "category 1 '': has no name");
    ck_assert_int_eq(create(&rules, "x\xff", phrases, 1), -EINVAL);
    ck_assert_str_eq(why, "category 1 'x?': its name is not UTF-8");
    ck_assert_int_eq(create(&rules, "x", phrases, 0), -EINVAL);
    ck_assert_str_eq(why, "category 1 'x': has no phrases");
}
END_TEST

START_TEST(a_reason_without_room_is_left_out)
{
    struct st_rules *rules;
    char *phrases[] = {""};
    struct st_config_category category = {.name = "x", .phrases = phrases, .phrase_count = 1};
    ck_assert_int_eq(st_rules_create(&rules, &category, 1, NULL, 0), -EINVAL);
}
END_TEST

static void *use(void *user)
{
    struct st_rules *rules = user;
    for (int i = 0; i < 10000; i++)
        st_rules_unref(st_rules_ref(rules));
    st_rules_unref(rules);
    return NULL;
}

START_TEST(references_are_counted_across_threads)
{
    pthread_t threads[3];
    struct st_rules *rules;
    ck_assert_int_eq(create_one(&rules, "speak to a manager"), 0);
    for (size_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, use, st_rules_ref(rules));
    st_rules_unref(rules);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        no_categories_are_a_rule_set,      a_bad_phrase_is_named,
        long_phrases_are_refused,          long_texts_are_cut_between_characters,
        too_many_phrases_are_refused,      a_bad_category_is_named,
        a_reason_without_room_is_left_out, references_are_counted_across_threads};
    return run_tests("rules", tests, sizeof(tests) / sizeof(tests[0]));
}
