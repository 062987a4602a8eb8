/*
 * Documents that people write, as trees with line numbers, and what is wrong with them.
 *
 * The text is YAML, of which JSON is a part. What a hostile one would abuse is refused: anchors and
 * aliases, tags, several documents, more than 16 levels or 200,000 entries, bytes that are not
 * UTF-8. Pure: no I/O.
 */
#ifndef SIDETONE_DOCUMENT_H
#define SIDETONE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

/* ---- problems ---- */

struct st_problem {
    unsigned part; /* of the files, in the order they were named */
    int line;
    char *text; /* complete: "rules.yaml:12: what is wrong" */
};

/* At most a hundred; further ones are dropped. */
struct st_problems {
    char **names; /* of files, as they stand in messages */
    unsigned name_count, part;
    struct st_problem *items;
    size_t count, cap;
};

enum { ST_LINE_WHOLE = -1, ST_LINE_ENVIRONMENT = 0 };

void st_problems_init(struct st_problems *problems, const char *name);
void st_problems_fini(struct st_problems *problems);

/* From now on lines are of the file of that name. */
void st_problems_name(struct st_problems *problems, const char *name);

/* line: from 1, or one of the above. */
void st_problems_add(struct st_problems *problems, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool st_problems_is_full(const struct st_problems *problems);

/* By file and line. Returns how many. */
typedef void (*st_problem_fn)(void *user, const char *text);
size_t st_problems_send(struct st_problems *problems, st_problem_fn tell, void *user);

/* The candidate closest to a mistyped word, or NULL when none is close. candidate(from, i) gives
 * NULL past the last. */
const char *st_problems_closest(const char *word,
                                const char *(*candidate)(const void *from, unsigned i),
                                const void *from);

/* What somebody wrote, fit for a message: short, without control characters. Returns out. */
enum { ST_PROBLEMS_SHOWN_MAX = 48 };
const char *st_problems_shown(const char *text, char out[ST_PROBLEMS_SHOWN_MAX]);

/* ---- the tree ---- */

enum st_node_type {
    ST_NODE_TEXT,
    ST_NODE_LIST,
    ST_NODE_SECTION,
};

/* Of a section's members the keys are unique and are texts. */
struct st_node {
    enum st_node_type type;
    bool is_plain;    /* a text without quotes: what a number, true or nothing looks like */
    int line;         /* from 1; of a member, the line of its key */
    const char *key;  /* NULL: not a member of a section */
    const char *text; /* UTF-8 without NUL; "" for lists and sections */
    const struct st_node *nodes; /* entries, or members in their order */
    size_t count;
};

struct st_document;

/* Returns 0, or -EINVAL with the problems added: also keys that are no words or given twice.
 * A text without anything in it gives an empty section. */
int st_document_read(struct st_document **ret_document, const char *text, size_t bytes,
                     struct st_problems *problems);
void st_document_destroy(struct st_document *document); /* NULL is fine */
const struct st_node *st_document_root(const struct st_document *document);

const struct st_node *st_node_find(const struct st_node *section, const char *key);
bool st_node_is_null(const struct st_node *node); /* nothing, ~ or null */

#endif
