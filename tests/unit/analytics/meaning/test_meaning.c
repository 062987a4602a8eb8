/* What needs the embedding model: registered only where it is installed. */
#include "labelled_calls.h"
#include "labelled_topics.h"
#include "meaning/wordpiece.h"
#include "rules/rules_compiler.h"
#include "rules/semantic.h"

#include "run.h"

#include "sidetone/embedder.h"
#include "sidetone/file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *models; /* folder */
static struct st_embedder *embedder;

static void setup(void)
{
    char why[512];
    if (!embedder)
        ck_assert_msg(st_embedder_create(&embedder, models, why, sizeof(why)) == 0, "%s", why);
}

/* ---- tokens and vectors, as the reference implementation gives them ---- */

static const struct {
    const char *text;
    int64_t tokens[20];
} reference[] = {
    {"speak to a manager", {101, 3713, 2000, 1037, 3208, 102}},
    {"can you put your supervisor on", {101, 2064, 2017, 2404, 2115, 12366, 2006, 102}},
    {"Caf\xc3\xa9: $45.99, e-mail \"\xc5\x81\xc3\xb3"
     "d\xc5\xba\"\xe2\x80\xa6",
     {101, 7668, 1024, 1002, 3429, 1012, 5585, 1010, 1041, 1011, 5653, 1000, 17814, 1000, 1529,
      102}},
};

START_TEST(tokens_are_those_of_the_reference)
{
    char path[4096], why[256], *text;
    size_t bytes;
    struct st_wordpiece *wordpiece;
    snprintf(path, sizeof(path), "%s/%s", models, ST_EMBEDDER_VOCABULARY);
    ck_assert_int_eq(st_file_read(path, 4 << 20, &text, &bytes), 0);
    ck_assert_int_eq(st_wordpiece_create(&wordpiece, text, bytes, why, sizeof(why)), 0);
    for (size_t i = 0; i < sizeof(reference) / sizeof(reference[0]); i++) {
        int64_t tokens[ST_WORDPIECE_TOKENS_MAX];
        size_t count =
            st_wordpiece_encode(wordpiece, reference[i].text, strlen(reference[i].text), tokens);
        for (size_t k = 0; k < count; k++)
            ck_assert_int_eq(tokens[k], reference[i].tokens[k]);
        ck_assert_int_eq(tokens[count - 1], 102);
    }
    st_wordpiece_destroy(wordpiece);
    free(text);
}
END_TEST

static double likeness(const float *one, const float *other)
{
    double sum = 0;
    for (size_t i = 0; i < ST_VECTOR_LEN; i++)
        sum += (double)one[i] * (double)other[i];
    return sum;
}

START_TEST(vectors_are_near_those_of_the_reference)
{
    static const float first[] = {0.03394F, 0.00423F, 0.01316F, 0.01816F, 0.01917F};
    float one[ST_VECTOR_LEN], other[ST_VECTOR_LEN];
    setup();
    ck_assert_int_eq(st_embedder_embed(embedder, "speak to a manager", one), 0);
    ck_assert_int_eq(st_embedder_embed(embedder, "can you put your supervisor on", other), 0);
    for (size_t i = 0; i < 5; i++)
        ck_assert(fabsf(one[i] - first[i]) < 0.02F);
    ck_assert(fabs(likeness(one, one) - 1) < 1e-3);
    ck_assert(fabs(likeness(one, other) - 0.35) < 0.03);
    ck_assert(st_embedder_recall(embedder, "Speak to a manager", other));
    ck_assert(memcmp(one, other, sizeof(one)) == 0);
    ck_assert(!st_embedder_recall(embedder, "never said", other));
}
END_TEST

START_TEST(odd_texts_have_vectors_too)
{
    float vector[ST_VECTOR_LEN];
    char text[20000];
    setup();
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < sizeof(text); i += 3)
        text[i] = ' ';
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(st_embedder_embed(embedder, text, vector), 0);
    ck_assert_int_eq(st_embedder_embed(embedder, "", vector), 0);
    ck_assert_int_eq(st_embedder_embed(embedder, "\xff\xfe", vector), 0);
}
END_TEST

START_TEST(what_is_missing_is_said)
{
    struct st_embedder *none;
    char why[512];
    ck_assert_int_eq(st_embedder_create(&none, "/nowhere", why, sizeof(why)), -ENOENT);
    ck_assert_ptr_nonnull(strstr(why, "/nowhere/" ST_EMBEDDER_VOCABULARY));
    st_embedder_unref(NULL);
}
END_TEST

/* ---- rules by meaning, on sentences that were used for no choice ---- */

struct count {
    const struct st_rules *rules;
    const char *category;
    unsigned right, wrong;
};

static void on_hit(void *user, const struct st_semantic_hit *hit)
{
    struct count *count = user;
    uint32_t category = count->rules->nodes[hit->node].category;
    bool is_own = strcmp(count->rules->categories[category].written->name, count->category) == 0;
    ck_assert(hit->likelihood >= 0.6 && hit->likelihood <= 1);
    ck_assert_uint_lt(hit->example, 10);
    count->right += is_own;
    count->wrong += !is_own;
}

static struct st_rules *read_rules(void)
{
    char *text;
    size_t bytes;
    struct st_problems problems;
    struct st_rules *rules;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, "rules");
    ck_assert_int_eq(st_file_read(ST_VECTORS "/../semantic/rules.yaml", 1 << 20, &text, &bytes), 0);
    ck_assert_int_eq(st_rule_book_read(book, text, bytes, &problems), 0);
    ck_assert_int_eq(st_rules_compile(&rules, book, &problems), 0);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    free(text);
    return rules;
}

START_TEST(rules_find_paraphrases_and_little_else)
{
    setup();
    struct st_rules *rules = read_rules();
    st_rules_learn(rules, embedder);
    FILE *file = fopen(ST_VECTORS "/../semantic/unseen.txt", "re");
    char line[512], category[128] = "";
    unsigned paraphrases = 0, found = 0, fired = 0;
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file)) {
        float vector[ST_VECTOR_LEN];
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '=') {
            snprintf(category, sizeof(category), "%.100s", line + 3);
            continue;
        }
        struct count count = {.rules = rules, .category = category};
        ck_assert_int_eq(st_embedder_embed(embedder, line + 2, vector), 0);
        st_semantic_set_match(rules->semantic, ST_ROLE_CUSTOMER, vector, on_hit, &count);
        paraphrases += line[0] == '+';
        found += line[0] == '+' && count.right > 0;
        fired += line[0] == '+' ? count.right + count.wrong : count.right;
    }
    fclose(file);
    ck_assert_uint_ge(paraphrases, 60);
    ck_assert_uint_ge(found * 100, paraphrases * 53);
    ck_assert_uint_ge(found * 100, fired * 90);
    st_rules_unref(rules);
}
END_TEST

/* ---- topics by example, on conversations that were used for no choice ---- */

static void print(const char *line)
{
    printf("    %s\n", line);
}

START_TEST(topics_are_found_by_their_examples)
{
    setup();
    struct labelled_topics figures = labelled_topics_measure(
        embedder, ST_VECTORS "/../topics/rules.yaml", ST_VECTORS "/../topics/unseen.txt", print);
    printf("topics by example: recall %u of %u, precision %u of %u\n", figures.found,
           figures.labelled, figures.found, figures.told);
    ck_assert_uint_ge(figures.labelled, 30);
    ck_assert_uint_ge(figures.unlabelled, 8);
    ck_assert_uint_ge(figures.found * 100, figures.labelled * 65);
    ck_assert_uint_ge(figures.found * 100, figures.told * 90);
    ck_assert_uint_eq(figures.silent, figures.unlabelled);
}
END_TEST

/* ---- issues ---- */

static int on_ask(void *user, uint64_t ticket, const char *text, float *ret_vector)
{
    (void)user;
    (void)ticket;
    return st_embedder_embed(embedder, text, ret_vector) == 0 ? 1 : -EIO;
}

START_TEST(meaning_helps_where_cues_fail)
{
    setup();
    struct labelled_calls *calls = labelled_calls_read(ST_VECTORS "/../issues/unseen.txt");
    struct st_issue_model *by_rules = st_issue_model_create(NULL);
    struct st_issue_model *with_meaning = st_issue_model_create(embedder);
    struct st_analysis_settings settings = {.issues = by_rules};
    struct labelled_figures few = labelled_calls_measure(calls, &settings, NULL, NULL);
    settings.issues = with_meaning;
    struct labelled_figures more = labelled_calls_measure(calls, &settings, on_ask, NULL);
    ck_assert_uint_ge(more.issue_hits, few.issue_hits);
    ck_assert_uint_gt(more.found[ST_ISSUE_ACTION_ITEM], few.found[ST_ISSUE_ACTION_ITEM]);
    ck_assert_uint_ge(more.found[ST_ISSUE_OUTCOME], few.found[ST_ISSUE_OUTCOME]);
    st_issue_model_destroy(with_meaning);
    st_issue_model_destroy(by_rules);
    free(calls);
}
END_TEST

int main(int argc, char **argv)
{
    const TTest *const tests[] = {
        tokens_are_those_of_the_reference,
        vectors_are_near_those_of_the_reference,
        odd_texts_have_vectors_too,
        what_is_missing_is_said,
        rules_find_paraphrases_and_little_else,
        topics_are_found_by_their_examples,
        meaning_helps_where_cues_fail,
    };
    models = argc > 1 ? argv[1] : ".";
    int failed = run_tests("meaning", tests, sizeof(tests) / sizeof(tests[0]));
    st_embedder_unref(embedder);
    return failed;
}
