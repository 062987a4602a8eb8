/* Rules by meaning as far as they go without the model; test_meaning.c has the rest. */
#include "rules/matcher.h"
#include "rules/rules_compiler.h"
#include "rules/semantic.h"

#include "run.h"

#include "sidetone/analysis.h"
#include "sidetone/json_writer.h"

#include "run.h"

#include <stdio.h>
#include <string.h>

static char told[4096];

static void tell(void *user, const char *text)
{
    (void)user;
    size_t used = strlen(told);
    snprintf(told + used, sizeof(told) - used, "%s\n", text);
}

/* NULL, with problems in `told`, when the text is refused. */
static struct st_rules *compile(const char *yaml, struct st_json_writer *ret_json)
{
    struct st_problems problems;
    struct st_rules *rules = NULL;
    struct st_rule_book *book = st_rule_book_create();
    told[0] = '\0';
    st_problems_init(&problems, "r");
    if (st_rule_book_read(book, yaml, strlen(yaml), &problems) == 0)
        st_rules_compile(&rules, book, &problems);
    if (rules && ret_json)
        st_rule_book_write(book, "a", ret_json);
    st_problems_send(&problems, tell, NULL);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

#define HEAD "categories:\n  - name: a\n    rules:\n"

START_TEST(a_rule_is_written_as_it_was_read)
{
    struct st_json_writer json, again;
    st_json_init(&json);
    st_json_init(&again);
    struct st_rules *rules =
        compile(HEAD "      - semantic: {like: [one two, three], unlike: four, "
                     "match: wide, overlaps: [b]}\n        role: customer\n"
                     "      - semantic: [five, six]\n",
                &json);
    ck_assert_str_eq(told, "");
    char text[2048];
    snprintf(text, sizeof(text), "%.*s", (int)json.len, json.data);
    ck_assert_ptr_nonnull(
        strstr(text, "\"semantic\":{\"like\":[\"one two\",\"three\"],\"unlike\":"));
    ck_assert_ptr_nonnull(strstr(text, "\"match\":\"wide\""));
    ck_assert_ptr_nonnull(strstr(text, "\"overlaps\":"));
    ck_assert_ptr_nonnull(strstr(text, "\"match\":\"normal\""));
    struct st_rule_book *book = st_rule_book_create();
    struct st_problems problems;
    st_problems_init(&problems, "r");
    ck_assert_int_eq(st_rule_book_put(book, "a", json.data, json.len, &problems), 0);
    st_rule_book_write(book, "a", &again);
    ck_assert_uint_eq(json.len, again.len);
    ck_assert(memcmp(json.data, again.data, json.len) == 0);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    st_rules_unref(rules);
    st_json_fini(&json);
    st_json_fini(&again);
}
END_TEST

static const struct {
    const char *rule, *problem;
} bad[] = {
    {"      - semantic: {unlike: x}\n", "needs 'like'"},
    {"      - semantic: {like: x, match: 0.6}\n", "match"},
    {"      - semantic: {like: x, examples: y}\n", "examples"},
    {"      - semantic: {like: x, examples: y}\n", "give 'like' or 'examples', not both"},
    {"      - semantic: {examples: {a: b}}\n", "'examples' must be a text or a list of texts"},
    {"      - semantic: []\n", "semantic"},
    {"      - semantic: {like: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u]}\n",
     "20"},
};

START_TEST(bad_rules_are_refused)
{
    char yaml[1024];
    snprintf(yaml, sizeof(yaml), "%s%s", HEAD, bad[_i].rule);
    ck_assert_ptr_null(compile(yaml, NULL));
    ck_assert_ptr_nonnull(strstr(told, "r:4"));
    ck_assert_msg(strstr(told, bad[_i].problem) != NULL, "%s", told);
}
END_TEST

/* Behind a category of their own: line 5 is the list. */
#define TOPIC "categories:\n  - name: a\n    topic: true\n    severity: none\n"

START_TEST(examples_of_a_topic_are_short_for_a_rule)
{
    struct st_json_writer json;
    st_json_init(&json);
    struct st_rules *rules = compile(
        TOPIC "    examples:\n      - Hello there. Where is my parcel?\n      - not here yet\n",
        &json);
    ck_assert_str_eq(told, "");
    ck_assert_ptr_nonnull(memmem(json.data, json.len, "\"topic\":true", 12));
    static const char rule[] = "\"rules\":[{\"semantic\":{\"examples\":[\"Hello there. Where is my "
                               "parcel?\",\"not here yet\"],\"match\":\"normal\"}}]";
    ck_assert_msg(memmem(json.data, json.len, rule, strlen(rule)) != NULL, "%.*s", (int)json.len,
                  json.data);
    st_rules_unref(rules);
    char text[2048];
    snprintf(text, sizeof(text), "{\"categories\":[%.*s]}", (int)json.len, json.data);
    struct st_json_writer again;
    st_json_init(&again);
    rules = compile(text, &again);
    ck_assert_uint_eq(json.len, again.len);
    ck_assert(memcmp(json.data, again.data, json.len) == 0);
    told[0] = '\0';
    ck_assert_uint_eq(st_rules_notes(rules, tell, NULL), 1);
    ck_assert_ptr_nonnull(strstr(told, "matches nothing without the embedding model"));
    st_rules_unref(rules);
    st_json_fini(&again);
    st_json_fini(&json);
}
END_TEST

static const struct {
    const char *yaml, *problem;
} bad_topics[] = {
    {TOPIC "    examples: one\n", "r:5: category 'a': 'examples' must be a list"},
    {TOPIC "    examples: []\n", "r:5: category 'a': 'examples' needs an entry"},
    {TOPIC "    examples: [{a: b}]\n", "r:5: category 'a'"},
    {TOPIC "    examples: [one two three]\n    phrases: [x]\n",
     "r:5: category 'a': give 'examples' alone"},
    {TOPIC "    examples: [one two three]\n    rules: [{phrase: x}]\n",
     "r:5: category 'a': give 'examples' alone"},
    {TOPIC "    exampels: [one]\n",
     "r:5: category 'a': unknown key 'exampels' in a category, did you "
     "mean 'examples'?"},
    {"categories:\n  - name: a\n    examples: [one]\n",
     "r:3: category 'a': 'examples' are of a topic: add 'topic: true'"},
    {TOPIC "    examples: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u]\n",
     "r:5: category 'a': 'examples' has more than 20 entries"},
};

START_TEST(bad_examples_are_refused)
{
    ck_assert_ptr_null(compile(bad_topics[_i].yaml, NULL));
    ck_assert_msg(strstr(told, bad_topics[_i].problem) != NULL, "%s", told);
}
END_TEST

START_TEST(an_example_is_bounded)
{
    char yaml[4096];
    memset(yaml, 0, sizeof(yaml));
    strcpy(yaml, TOPIC "    examples:\n      - ");
    memset(yaml + strlen(yaml), 'x', 2001);
    strcat(yaml, "\n");
    ck_assert_ptr_null(compile(yaml, NULL));
    ck_assert_msg(strstr(told, "r:6: category 'a'") != NULL, "%s", told);
}
END_TEST

START_TEST(without_the_model_it_says_so)
{
    struct st_rules *rules =
        compile(HEAD "      - phrase: x\n      - semantic: [one, two]\n", NULL);
    told[0] = '\0';
    ck_assert_uint_eq(st_rules_notes(rules, tell, NULL), 1);
    ck_assert_str_eq(told,
                     "r:5: category 'a', rule 2: matches nothing without the embedding model\n"
                     "r:5: category 'a', rule 2: learns from 2 sentences; 5 to 10 find much "
                     "more\n");
    told[0] = '\0';
    st_rules_notes_on(rules, "a", tell, NULL);
    ck_assert_str_eq(told, "rule 2: matches nothing without the embedding model\n"
                           "rule 2: learns from 2 sentences; 5 to 10 find much more\n");
    told[0] = '\0';
    st_rules_notes_on(rules, "b", tell, NULL);
    st_rules_unref(rules);
    rules = compile(HEAD "      - phrase: x\n", NULL);
    ck_assert_uint_eq(st_rules_notes(rules, tell, NULL), 0);
    st_rules_notes_on(rules, "a", tell, NULL);
    ck_assert_str_eq(told, "");
    st_rules_unref(rules);
}
END_TEST

static void on_match(void *user, enum st_finding_type type, const struct st_category_match *match)
{
    (void)match;
    *(unsigned *)user += type == ST_FINDING_CATEGORY;
}

START_TEST(without_the_model_other_rules_go_on)
{
    struct st_rules *rules = compile(
        HEAD "      - any:\n          - semantic: [one two]\n          - phrase: hello\n", NULL);
    struct st_category_matcher *matcher = st_category_matcher_create(rules);
    struct st_category_view view = {0};
    struct st_category_sentence said = {.text = "one two", .bytes = 7};
    struct st_segment segment = {.id = 1, .is_final = true, .text = "hello", .end_us = 1000000};
    float vector[ST_VECTOR_LEN] = {1};
    unsigned matches = 0;
    st_category_matcher_set_view(matcher, &view);
    st_category_matcher_set_emit(matcher, on_match, &matches);
    st_category_matcher_put_meaning(matcher, &said, vector);
    ck_assert_uint_eq(matches, 0);
    st_category_matcher_put_final(matcher, 0, ST_ROLE_AGENT, &segment);
    ck_assert_uint_eq(matches, 1);
    st_category_matcher_destroy(matcher);
    st_rules_unref(rules);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, a_rule_is_written_as_it_was_read);
    tcase_add_loop_test(tcase, bad_rules_are_refused, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(tcase, examples_of_a_topic_are_short_for_a_rule);
    tcase_add_loop_test(tcase, bad_examples_are_refused, 0,
                        sizeof(bad_topics) / sizeof(bad_topics[0]));
    tcase_add_test(tcase, an_example_is_bounded);
    tcase_add_test(tcase, without_the_model_it_says_so);
    tcase_add_test(tcase, without_the_model_other_rules_go_on);
    return run_case("semantic", tcase);
}
