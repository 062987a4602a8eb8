/*
 * What sentences cost: to be embedded (one thread, int8), by their number of tokens, and to be
 * judged without: micro_embed MODELS
 */
#include "micro.h"

#include "issues/issue_model.h"
#include "meaning/wordpiece.h"
#include "text/statements.h"

#include "sidetone/embedder.h"
#include "sidetone/file.h"
#include "sidetone/segment.h"

#include <string.h>

static const char said[] = "I have been on hold for forty minutes and nobody told me that my order "
                           "was cancelled last week.";

/* Another text at every call: what was embedded lately would cost nothing. */
struct embedding {
    struct st_embedder *embedder;
    unsigned words;
    unsigned number;
};

static void embed(void *user)
{
    static const char *const words[] = {"my",  "order",  "was",    "late",
                                        "and", "nobody", "called", "me"};
    struct embedding *embedding = user;
    char text[1024];
    float vector[ST_VECTOR_LEN];
    int used = snprintf(text, sizeof(text), "%c%c", 'a' + (int)(embedding->number % 26),
                        'a' + (int)(embedding->number / 26 % 26));
    embedding->number++;
    for (unsigned i = 1; i < embedding->words; i++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, " %s",
                         words[(i + embedding->number / 676) % 8]);
    st_embedder_embed(embedding->embedder, text, vector);
}

struct judging {
    struct st_issue_model *model;
    struct st_segment segment;
};

static void on_statement(void *user, const struct st_statement *statement)
{
    const struct judging *judging = user;
    struct st_issue_sentence sentence = {.text = statement->text,
                                         .bytes = statement->bytes,
                                         .words = statement->words,
                                         .role = ST_ROLE_CUSTOMER};
    volatile double score = st_issue_model_judge(judging->model, &sentence).score;
    (void)score;
}

static void judge(void *user)
{
    struct judging *judging = user;
    st_statements_split(&judging->segment, on_statement, judging);
}

static void measure_judging(void)
{
    struct judging judging = {.model = st_issue_model_create(NULL),
                              .segment = {.is_final = true, .text = said, .end_us = 7000000}};
    micro_run("20 words: sentences and cues", judge, &judging, 20000);
    st_issue_model_destroy(judging.model);
}

static void measure_tokens(const char *models)
{
    static const unsigned tokens[] = {6, 10, 20, 40, 80};
    char why[512], name[64];
    struct embedding embedding = {0};
    uint64_t start = clock_now_ns();
    if (st_embedder_create(&embedding.embedder, models, why, sizeof(why)) < 0) {
        printf("%s\n", why);
        return;
    }
    printf("loaded in %.0f ms\n", (double)(clock_now_ns() - start) / 1e6);
    for (unsigned i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        embedding.words = tokens[i] - 2; /* and the two ends */
        snprintf(name, sizeof(name), "%u tokens", tokens[i]);
        double ns = micro_run(name, embed, &embedding, 60);
        if (tokens[i] == 20)
            micro_ratio("20 tokens, in parts of 2.5 ms", ns, 2.5e6, 1);
    }
    start = clock_now_ns();
    struct st_issue_model *model = st_issue_model_create(embedding.embedder);
    printf("three heads learned in %.0f ms\n", (double)(clock_now_ns() - start) / 1e6);
    st_issue_model_destroy(model);
    st_embedder_unref(embedding.embedder);
}

int main(int argc, char **argv)
{
    measure_judging();
    if (argc > 1)
        measure_tokens(argv[1]);
    return 0;
}
