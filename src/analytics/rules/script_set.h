/*
 * Scripts compiled for listening: immutable, shared by reference between threads.
 *
 * Each sentence that would do for a step is an alternative: a set of distinct words, of which some
 * may be missing. A word knows in which alternatives it stands, so that hearing one costs as many
 * steps as there are of these.
 */
#ifndef SIDETONE_ANALYTICS_SCRIPT_SET_H
#define SIDETONE_ANALYTICS_SCRIPT_SET_H

#include "script_book.h"
#include "script_words.h"

struct st_script_alternative {
    uint32_t script;
    uint32_t step;       /* of the script */
    uint32_t first_word; /* among the words of the script */
    uint16_t words;
    uint16_t needed;
    uint32_t window_words;
    int64_t window_us;
};

/* Where a word stands. */
struct st_script_posting {
    uint32_t alternative;
    uint32_t word; /* of the script */
};

struct st_script_compiled {
    const struct st_script *written;
    uint32_t words; /* of all its alternatives */
};

struct st_script_set {
    atomic_uint refs;
    struct st_script_book book; /* own references */
    struct st_script_compiled *scripts;
    struct st_script_alternative *alternatives;
    size_t alternative_count;
    struct st_script_words *words;
    struct st_script_posting
        *postings; /* by word: those of word n from firsts[n] to firsts[n + 1] */
    uint32_t *firsts;
};

/* Sentences without a word in them are told. 0 or -EINVAL. */
int st_script_set_create(struct st_script_set **ret_set, const struct st_script_book *book,
                         struct st_problems *problems);
struct st_script_set *st_script_set_ref(struct st_script_set *set);
void st_script_set_unref(struct st_script_set *set); /* NULL is fine */

#endif
