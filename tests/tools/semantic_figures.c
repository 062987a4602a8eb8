/*
 * How well rules by meaning match sentences that mean it and leave out those that do not:
 * semantic_figures MODELS RULES SENTENCES [misses]
 */
#include "rules/rules_compiler.h"
#include "rules/semantic.h"

#include "sidetone/embedder.h"
#include "sidetone/file.h"
#include "sidetone/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct figures {
    unsigned paraphrases, found;
    unsigned negatives, wrong;
    unsigned others_wrong; /* paraphrases that matched another category */
};

struct line {
    const struct st_rules *rules;
    const char *category;
    bool is_hit;
    unsigned others;
};

static bool wants_misses;

static void on_hit(void *user, const struct st_semantic_hit *hit)
{
    struct line *line = user;
    uint32_t category = line->rules->nodes[hit->node].category;
    if (strcmp(line->rules->categories[category].written->name, line->category) == 0)
        line->is_hit = true;
    else
        line->others++;
}

static void count_line(struct figures *figures, const struct line *line, const char *text)
{
    bool is_paraphrase = text[0] == '+';
    if (is_paraphrase) {
        figures->paraphrases++;
        figures->found += line->is_hit;
        figures->others_wrong += line->others;
    } else {
        figures->negatives++;
        figures->wrong += line->is_hit;
    }
    if (wants_misses && (line->is_hit != is_paraphrase || line->others > 0))
        printf("    %s %s%s\n", line->category, text, line->others > 0 ? " (others)" : "");
}

static void measure(const struct st_rules *rules, struct st_embedder *embedder, FILE *file)
{
    char text[512], category[128] = "";
    struct figures figures = {0};
    while (fgets(text, sizeof(text), file)) {
        float vector[ST_VECTOR_LEN];
        text[strcspn(text, "\n")] = '\0';
        if (text[0] == '=') {
            snprintf(category, sizeof(category), "%.100s", text + 3);
            continue;
        }
        struct line line = {.rules = rules, .category = category};
        st_embedder_embed(embedder, text + 2, vector);
        st_semantic_set_match(rules->semantic, ST_ROLE_CUSTOMER, vector, on_hit, &line);
        count_line(&figures, &line, text);
    }
    unsigned fired = figures.found + figures.wrong + figures.others_wrong;
    printf("%u paraphrases, %u hard negatives: recall %.2f, hard negatives fired %.2f, "
           "precision %.2f\n",
           figures.paraphrases, figures.negatives,
           (double)figures.found / (double)figures.paraphrases,
           (double)figures.wrong / (double)figures.negatives,
           fired > 0 ? (double)figures.found / fired : 0);
}

static void print_problem(void *user, const char *text)
{
    (void)user;
    fprintf(stderr, "%s\n", text);
}

static struct st_rules *read_rules(const char *path)
{
    char *text;
    size_t bytes;
    struct st_problems problems;
    struct st_rules *rules = NULL;
    struct st_rule_book *book = st_rule_book_create();
    st_problems_init(&problems, path);
    if (st_file_read(path, ST_RULE_DOCUMENT_BYTES_MAX, &text, &bytes) == 0) {
        if (st_rule_book_read(book, text, bytes, &problems) == 0)
            st_rules_compile(&rules, book, &problems);
        free(text);
    }
    st_problems_send(&problems, print_problem, NULL);
    st_problems_fini(&problems);
    st_rule_book_destroy(book);
    return rules;
}

int main(int argc, char **argv)
{
    char why[512];
    struct st_embedder *embedder;
    if (argc < 4)
        return 2;
    wants_misses = argc > 4;
    struct st_rules *rules = read_rules(argv[2]);
    FILE *file = fopen(argv[3], "re");
    if (!rules || !file || st_embedder_create(&embedder, argv[1], why, sizeof(why)) < 0)
        return 1;
    st_rules_learn(rules, embedder);
    measure(rules, embedder, file);
    fclose(file);
    st_rules_unref(rules);
    st_embedder_unref(embedder);
    return 0;
}
