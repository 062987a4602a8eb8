/* Rules by meaning: a sentence comes with its vector, and hits are heard like any other. */
#include "matcher_parts.h"
#include "semantic.h"

#include <string.h>

struct pass {
    struct st_category_matcher *matcher;
    struct st_rules *rules;
    struct st_rule_hit hit;
};

static void on_hit(void *user, const struct st_semantic_hit *found)
{
    struct pass *pass = user;
    struct st_rule_hit hit = pass->hit;
    hit.target = found->example;
    hit.has_score = true;
    hit.score = found->likelihood;
    st_category_matcher_hear(pass->matcher, pass->rules, found->node, &hit);
}

void st_category_matcher_put_meaning(struct st_category_matcher *matcher,
                                     const struct st_category_sentence *sentence,
                                     const float *vector)
{
    char words[ST_RULE_WORDS_BYTES];
    char text[ST_RULE_WORDS_BYTES + 4] = "";
    if (!matcher->rules->semantic)
        return;
    size_t bytes = sentence->bytes < sizeof(text) - 1 ? sentence->bytes : sizeof(text) - 1;
    memcpy(text, sentence->text, bytes);
    st_rule_words_copy(words, text);
    struct pass pass = {
        .matcher = matcher,
        .rules = matcher->rules,
        .hit = {.words = words,
                .channel = sentence->channel,
                .role = sentence->role,
                .segment_id = sentence->segment_id,
                .start_us = sentence->start_us,
                .end_us = sentence->end_us},
    };
    st_semantic_set_match(matcher->rules->semantic, sentence->role, vector, on_hit, &pass);
}
