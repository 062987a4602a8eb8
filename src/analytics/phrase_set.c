#include "phrase_interim.h"

#include "fold.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct folding {
    struct st_automaton *automaton;
    uint32_t words[ST_PHRASE_WORDS_MAX];
    size_t count;
    bool is_too_long;
};

static void collect(void *user, const struct st_fold_word *word)
{
    struct folding *folding = user;
    if (word->bytes == 0)
        folding->is_too_long = true;
    else if (folding->count < ST_PHRASE_WORDS_MAX)
        folding->words[folding->count] =
            st_automaton_add_word(folding->automaton, word->text, word->bytes);
    folding->count++;
}

static void destroy(struct st_phrase_set *set)
{
    st_automaton_destroy(set->automaton);
    free(set->entries);
    free(set->lengths);
    free(set->groups);
    free(set);
}

int st_phrase_set_create(struct st_phrase_set **ret_set, const struct st_phrase_pattern *patterns,
                         size_t count, struct st_phrase_problem *ret_problem)
{
    struct st_phrase_set *set = st_mem_alloc(sizeof(*set));
    atomic_init(&set->refs, 1);
    set->automaton = st_automaton_create();
    set->entries = st_mem_alloc_array(count + 1, sizeof(set->entries[0]));
    set->lengths = st_mem_alloc_array(count + 1, sizeof(set->lengths[0]));
    set->groups = st_mem_alloc_array(count + 1, sizeof(set->groups[0]));
    for (size_t i = 0; i < count; i++) {
        struct folding folding = {.automaton = set->automaton};
        const char *problem = NULL;
        set->groups[i] = patterns[i].group;
        if (patterns[i].is_exclusion)
            continue;
        st_fold_words(patterns[i].text, patterns[i].bytes, collect, &folding);
        if (folding.count == 0)
            problem = "has no word in it";
        else if (folding.count > ST_PHRASE_WORDS_MAX)
            problem = "has more than 64 words";
        else if (folding.is_too_long)
            problem = "has a word that is too long";
        if (problem) {
            ret_problem->pattern = i;
            snprintf(ret_problem->text, sizeof(ret_problem->text), "%s", problem);
            destroy(set);
            return -EINVAL;
        }
        set->lengths[i] = (uint8_t)folding.count;
        if (folding.count > set->length_max)
            set->length_max = (unsigned)folding.count;
        uint32_t *first = st_automaton_add(set->automaton, folding.words, folding.count);
        if (*first != 0 && set->groups[set->entries[*first - 1].pattern] == patterns[i].group)
            continue;
        set->entries[set->entry_count] = (struct entry){.pattern = (uint32_t)i, .next = *first};
        *first = ++set->entry_count;
    }
    st_automaton_build(set->automaton);
    *ret_set = set;
    return 0;
}

struct st_phrase_set *st_phrase_set_ref(struct st_phrase_set *set)
{
    atomic_fetch_add(&set->refs, 1);
    return set;
}

void st_phrase_set_unref(struct st_phrase_set *set)
{
    if (set && atomic_fetch_sub(&set->refs, 1) == 1)
        destroy(set);
}

size_t st_phrase_set_bytes(const struct st_phrase_set *set)
{
    return sizeof(*set);
}
