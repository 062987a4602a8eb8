#include "script_set.h"

#include "text/lexemes.h"
#include "text/tokens.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CONTENT_MIN = 3, SENTENCE_WORDS_MAX = 80, WINDOW_ADDS = 3, WINDOW_ADDS_US = 10000000 };

struct compiler {
    struct st_script_set *set;
    struct st_problems *problems;
    struct st_tokens tokens;
    size_t alternative_cap;
    struct {
        uint16_t number;
        struct st_script_posting posting;
    } * found; /* postings as they come */
    size_t found_count, found_cap;
    bool is_broken;
};

/* ---- sentences ---- */

/* What stands in [] or {} is for people to fill in. */
static char *without_places(const char *sentence)
{
    char *text = st_mem_strdup(sentence);
    for (char *at = text; (at = strpbrk(at, "[{")) != NULL;) {
        char *end = strchr(at, *at == '[' ? ']' : '}');
        if (!end)
            break;
        memset(at, ' ', (size_t)(end - at) + 1);
        at = end;
    }
    return text;
}

static bool is_content(const struct st_tokens *tokens, size_t index, bool counts_all)
{
    return tokens->items[index].bytes > 0 && !st_token_has(tokens, index, ST_LEXEME_FILLER) &&
           (counts_all || !st_token_has(tokens, index, ST_LEXEME_STOP));
}

static uint16_t word_at(struct compiler *compiler, size_t index)
{
    return st_script_words_add(compiler->set->words, st_token_text(&compiler->tokens, index),
                               compiler->tokens.items[index].bytes);
}

/* Distinct words; returns how many. */
static size_t collect(struct compiler *compiler, bool counts_all,
                      uint16_t numbers[SENTENCE_WORDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < compiler->tokens.count && count < SENTENCE_WORDS_MAX; i++) {
        if (!is_content(&compiler->tokens, i, counts_all))
            continue;
        uint16_t number = word_at(compiler, i);
        size_t known = 0;
        while (known < count && numbers[known] != number)
            known++;
        if (known == count && number != ST_SCRIPT_NO_WORD)
            numbers[count++] = number;
    }
    return count;
}

static size_t count_content(const struct st_tokens *tokens)
{
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++)
        count += is_content(tokens, i, false);
    return count;
}

static uint16_t needed_of(size_t words)
{
    return (uint16_t)(words < 4 ? words : words - (words + 1) / 4);
}

static void add_posting(struct compiler *compiler, uint16_t number, uint32_t alternative,
                        uint32_t word)
{
    if (compiler->found_count == compiler->found_cap) {
        compiler->found_cap = 2 * compiler->found_cap + 64;
        compiler->found =
            st_mem_realloc(compiler->found, compiler->found_cap * sizeof(compiler->found[0]));
    }
    compiler->found[compiler->found_count].number = number;
    compiler->found[compiler->found_count++].posting =
        (struct st_script_posting){.alternative = alternative, .word = word};
}

static void add_alternative(struct compiler *compiler, const struct st_script_alternative *made)
{
    struct st_script_set *set = compiler->set;
    if (set->alternative_count == compiler->alternative_cap) {
        compiler->alternative_cap = 2 * compiler->alternative_cap + 16;
        set->alternatives = st_mem_realloc(set->alternatives, compiler->alternative_cap *
                                                                  sizeof(set->alternatives[0]));
    }
    set->alternatives[set->alternative_count++] = *made;
}

static void refuse(struct compiler *compiler, const struct st_script *script, int line,
                   const char *sentence, const char *what)
{
    char name[ST_PROBLEMS_SHOWN_MAX], shown[ST_PROBLEMS_SHOWN_MAX];
    compiler->is_broken = true;
    st_problems_name(compiler->problems, script->file);
    st_problems_add(compiler->problems, line, "script '%s': the sentence '%s' %s",
                    st_problems_shown(script->name, name), st_problems_shown(sentence, shown),
                    what);
}

static void compile_sentence(struct compiler *compiler, uint32_t script, uint32_t step,
                             size_t sentence)
{
    struct st_script_compiled *compiled = &compiler->set->scripts[script];
    const struct st_rule_texts *say = &compiled->written->steps[step].say;
    char *text = without_places(say->items[sentence]);
    struct st_segment segment = {.text = text};
    uint16_t numbers[SENTENCE_WORDS_MAX];
    st_tokens_read(&compiler->tokens, &segment);
    size_t spoken = compiler->tokens.count;
    size_t count = collect(compiler, count_content(&compiler->tokens) < CONTENT_MIN, numbers);
    free(text);
    if (count == 0 || spoken > SENTENCE_WORDS_MAX) {
        refuse(compiler, compiled->written, say->lines[sentence], say->items[sentence],
               count == 0 ? "has no word in it" : "has more than 80 words");
        return;
    }
    struct st_script_alternative made = {
        .script = script,
        .step = step,
        .first_word = compiled->words,
        .words = (uint16_t)count,
        .needed = needed_of(count),
        .window_words = (uint32_t)(3 * spoken / 2 + WINDOW_ADDS),
    };
    made.window_us = WINDOW_ADDS_US + (int64_t)made.window_words * 500000;
    for (size_t i = 0; i < count; i++)
        add_posting(compiler, numbers[i], (uint32_t)compiler->set->alternative_count,
                    compiled->words + (uint32_t)i);
    compiled->words += (uint32_t)count;
    add_alternative(compiler, &made);
}

/* ---- the set ---- */

static void sort_postings(struct compiler *compiler)
{
    struct st_script_set *set = compiler->set;
    size_t words = st_script_words_count(set->words);
    set->firsts = st_mem_alloc_array(words + 2, sizeof(set->firsts[0]));
    set->postings = st_mem_alloc_array(compiler->found_count + 1, sizeof(set->postings[0]));
    for (size_t i = 0; i < compiler->found_count; i++)
        set->firsts[compiler->found[i].number + 1]++;
    for (size_t i = 1; i < words + 2; i++)
        set->firsts[i] += set->firsts[i - 1];
    uint32_t *next = st_mem_alloc_array(words + 1, sizeof(next[0]));
    memcpy(next, set->firsts, (words + 1) * sizeof(next[0]));
    for (size_t i = 0; i < compiler->found_count; i++)
        set->postings[next[compiler->found[i].number]++] = compiler->found[i].posting;
    free(next);
}

int st_script_set_create(struct st_script_set **ret_set, const struct st_script_book *book,
                         struct st_problems *problems)
{
    struct st_script_set *set = st_mem_alloc(sizeof(*set));
    struct compiler compiler = {.set = set, .problems = problems};
    atomic_init(&set->refs, 1);
    st_script_book_copy(&set->book, book);
    set->scripts = st_mem_alloc_array(book->count + 1, sizeof(set->scripts[0]));
    set->words = st_script_words_create();
    for (uint32_t script = 0; script < book->count; script++) {
        const struct st_script *written = set->scripts[script].written = set->book.scripts[script];
        for (uint32_t step = 0; step < written->step_count; step++)
            for (size_t i = 0; i < written->steps[step].say.count; i++)
                compile_sentence(&compiler, script, step, i);
    }
    sort_postings(&compiler);
    st_tokens_fini(&compiler.tokens);
    free(compiler.found);
    if (compiler.is_broken) {
        st_script_set_unref(set);
        return -EINVAL;
    }
    *ret_set = set;
    return 0;
}

struct st_script_set *st_script_set_ref(struct st_script_set *set)
{
    atomic_fetch_add_explicit(&set->refs, 1, memory_order_relaxed);
    return set;
}

void st_script_set_unref(struct st_script_set *set)
{
    if (!set || atomic_fetch_sub_explicit(&set->refs, 1, memory_order_acq_rel) != 1)
        return;
    st_script_book_fini(&set->book);
    st_script_words_destroy(set->words);
    free(set->scripts);
    free(set->alternatives);
    free(set->postings);
    free(set->firsts);
    free(set);
}
