/*
 * The rule language: from documents to categories as written, and from those to what calls match.
 *
 *   text ─st_rule_book_read─▶ st_rule_book ─st_rules_compile─▶ st_rules ─▶ categories.h
 *                                  └─st_rule_book_write─▶ JSON, which reads back the same
 *
 * A document is YAML or JSON with lists `categories` and `scripts` (sidetone/script.h). A category:
 *
 *   name         1 to 128 bytes; in one book no name is given twice
 *   description  for people
 *   severity     none (default), low, medium, high or critical
 *   role         whose words count unless a rule says otherwise: any (default), agent, customer
 *   language     only calls in this language: en also means en-US
 *   provisional  true: unfinished segments may raise category.provisional
 *   repeat       always (default) or once in a call
 *   topic        true: it is a topic, whose share of the talk is told (sidetone/topic.h)
 *   rules        1 to 20, all of which must hold; or, in short, `phrases`: a list of targets, or
 *                of a topic `examples` of what is said about it
 *
 * A rule is a section with one of these keys, and, where the kind has a use for them, `role`,
 * `range` and `absent: true`:
 *
 *   phrase       a target or a list of them: any
 *   sequence     {first: …, then: …, within_s: …} or {first: …, without: …, within_s: …}
 *   semantic     examples of what is meant, or {like: …, unlike: …, match: …, overlaps: …}
 *   interruption, non_talk, overlap, talk_speed, loudness, sentiment   thresholds
 *   call         facts: queue, agent, caller, language, route, attributes, duration
 *   any, all     lists of rules; not: a rule; category: the name of another
 *
 * deploy/rules.md explains each with examples. Pure: no I/O, no clock; any thread.
 */
#ifndef SIDETONE_RULES_H
#define SIDETONE_RULES_H

#include "sidetone/document.h"
#include "sidetone/finding.h"

#include <stdbool.h>
#include <stddef.h>

struct st_json_writer;

/* ---- categories as written ---- */

enum {
    ST_RULE_CATEGORIES_MAX = 2000, /* of one book */
    ST_RULE_RULES_MAX = 20,        /* of a category */
    ST_RULE_NODES_MAX = 200,       /* of a category, compositions opened */
    ST_RULE_DEPTH_MAX = 4,         /* of compositions */
    ST_RULE_TARGETS_MAX = 50000,   /* of one book */
    ST_RULE_DOCUMENT_BYTES_MAX = 1 << 20,
    ST_RULE_NAME_BYTES_MAX = 128,
    ST_RULE_VERSION_BYTES = 17, /* with the NUL */
};

struct st_rule_book;

struct st_rule_book *st_rule_book_create(void);
/* Categories themselves are immutable and shared: a copy is cheap. */
struct st_rule_book *st_rule_book_copy(const struct st_rule_book *book);
void st_rule_book_destroy(struct st_rule_book *book); /* NULL is fine */

/* Adds the categories of a whole document. Every problem that can be reached is added to
 * `problems`, named with the file that they were last told; the categories without one are added
 * all the same. 0 or -EINVAL. */
int st_rule_book_read(struct st_rule_book *book, const char *text, size_t bytes,
                      struct st_problems *problems);
/* Likewise of a file, which gives its problems its name; or why that cannot be read. */
int st_rule_book_read_file(struct st_rule_book *book, const char *path,
                           struct st_problems *problems);
/* Likewise from a list that stands in another document. */
int st_rule_book_read_list(struct st_rule_book *book, const struct st_node *categories,
                           struct st_problems *problems);

/* Reads one category from a document of its own and puts it in the place of the one of that name,
 * or behind the others. `name` in the document may be absent and must not be another one. On
 * -EINVAL the book is as it was. */
int st_rule_book_put(struct st_rule_book *book, const char *name, const char *text, size_t bytes,
                     struct st_problems *problems);
int st_rule_book_remove(struct st_rule_book *book, const char *name); /* or -ENOENT */

size_t st_rule_book_count(const struct st_rule_book *book);
/* Borrowed until the book changes; NULL past the last. */
const char *st_rule_book_name(const struct st_rule_book *book, size_t index);

/* What is known of a category without its rules. Borrowed until the book changes. */
struct st_rule_summary {
    const char *name;
    const char *description; /* "" */
    enum st_severity severity;
    const char *version; /* 16 hexadecimal digits: of its canonical JSON */
};

/* False when there is none of that name. */
bool st_rule_book_find(const struct st_rule_book *book, const char *name,
                       struct st_rule_summary *ret_summary);

/* The category as one JSON object in canonical form: the same category always gives the same
 * bytes, and reading them gives the same category. -ENOENT. */
int st_rule_book_write(const struct st_rule_book *book, const char *name,
                       struct st_json_writer *json);

/* ---- what calls match ---- */

struct st_script_set;
struct st_rules; /* immutable, shared by reference */

/* Takes what it needs of the book (NULL: no categories, which always succeeds). Problems of sense
 * that need the whole book are told here: references that lead nowhere or in circles, phrases
 * without words. 0 or -EINVAL. Takes a while with many phrases: not on a loop thread. */
int st_rules_compile(struct st_rules **ret_rules, const struct st_rule_book *book,
                     struct st_problems *problems);
struct st_rules *st_rules_ref(struct st_rules *rules);
void st_rules_unref(struct st_rules *rules); /* NULL is fine */

size_t st_rules_count(const struct st_rules *rules); /* of categories */

/* What the documents' `scripts` have become (sidetone/script.h); borrowed. NULL: there are none, or
 * no rules. */
struct st_script_set *st_rules_scripts(const struct st_rules *rules);
struct st_embedder;

/* Rules by meaning learn from their examples; until then, and without the embedding model, they
 * match nothing. A tenth of a second a rule: not on a loop thread, and before the rules are shared.
 */
void st_rules_learn(struct st_rules *rules, struct st_embedder *embedder);

/* What people should know of rules that are no mistake: those by meaning that match nothing, or
 * have too few examples. Returns how many rules are by meaning. */
size_t st_rules_notes(const struct st_rules *rules, st_problem_fn tell, void *user);
/* Of the category of that name alone; texts begin with the rule. */
void st_rules_notes_on(const struct st_rules *rules, const char *name, st_problem_fn tell,
                       void *user);

#endif
