#include "rule_examples.h"

#include "text/statements.h"

#include "sidetone/mem.h"

#include <string.h>

enum { SENTENCE_WORDS_MIN = 4 };

struct cutting {
    struct st_rule_texts *sentences;
    int line;
    size_t count; /* of this example */
};

static void add(struct cutting *cutting, const char *text, size_t bytes)
{
    struct st_rule_texts *sentences = cutting->sentences;
    sentences->items[sentences->count] = st_mem_strndup(text, bytes);
    sentences->lines[sentences->count++] = cutting->line;
    cutting->count++;
}

static void on_sentence(void *user, const struct st_statement *sentence)
{
    struct cutting *cutting = user;
    if (sentence->words >= SENTENCE_WORDS_MIN && cutting->count < ST_RULE_EXAMPLE_SENTENCES_MAX)
        add(cutting, sentence->text, sentence->bytes);
}

void st_rule_examples_cut(const struct st_rule_texts *examples, struct st_rule_texts *ret_sentences)
{
    size_t most = examples->count * ST_RULE_EXAMPLE_SENTENCES_MAX + 1;
    *ret_sentences = (struct st_rule_texts){.items = st_mem_alloc_array(most, sizeof(char *)),
                                            .lines = st_mem_alloc_array(most, sizeof(int))};
    for (size_t i = 0; i < examples->count; i++) {
        struct cutting cutting = {.sentences = ret_sentences, .line = examples->lines[i]};
        struct st_segment segment = {.is_final = true, .text = examples->items[i]};
        st_statements_split(&segment, on_sentence, &cutting);
        if (cutting.count == 0)
            add(&cutting, examples->items[i], strlen(examples->items[i]));
    }
}
