/*
 * The words that profanity is.
 *
 * A list is compiled once, immutable and shared between threads. An entry is one word, compared as
 * all words are (NFKC and case fold); a `*` at its end stands for any ending ("damn*": damned,
 * damnit). Our own list is short and names the common English oaths only, no slurs: those are for
 * each company to add.
 */
#ifndef SIDETONE_PROFANITY_LIST_H
#define SIDETONE_PROFANITY_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct st_profanity_list;

enum {
    ST_PROFANITY_WORDS_MAX = 20000,
    ST_PROFANITY_BYTES_MAX = 64, /* of a folded word */
};

/* Empty, with one reference; take it before it is shared. */
struct st_profanity_list *st_profanity_list_create(void);
struct st_profanity_list *st_profanity_list_ref(struct st_profanity_list *list);
void st_profanity_list_unref(struct st_profanity_list *list); /* NULL is fine */

/* Until the list is shared. 0, or -EINVAL with `ret_why` set to a static text: what is wrong with
 * the word ("is more than one word", …). A word that is there already is fine. */
int st_profanity_list_add(struct st_profanity_list *list, const char *word, size_t bytes,
                          const char **ret_why);
/* One word a line; empty lines and lines that begin with # are skipped. On -EINVAL *ret_line too.
 */
int st_profanity_list_read(struct st_profanity_list *list, const char *text, size_t bytes,
                           unsigned *ret_line, const char **ret_why);
void st_profanity_list_add_own(struct st_profanity_list *list);

/* Of a folded word. */
bool st_profanity_list_has(const struct st_profanity_list *list, const char *word, size_t bytes);

#endif
