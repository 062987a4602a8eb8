/* Scripts as written; what they mean is in sidetone/script.h. */
#ifndef SIDETONE_ANALYTICS_SCRIPT_BOOK_H
#define SIDETONE_ANALYTICS_SCRIPT_BOOK_H

#include "rule_reader.h"

enum { ST_SCRIPTS_MAX = 100, ST_SCRIPT_STEPS_MAX = 50 };

struct st_script_step {
    char *name;
    struct st_rule_texts say;
    bool is_optional;
    int64_t within_us; /* 0: the script's */
};

/* Immutable once read. */
struct st_script {
    atomic_uint refs;
    char *file;
    int line;
    char *name;
    char version[ST_RULE_VERSION_BYTES];
    char *language; /* NULL: any */
    enum st_role role;
    bool is_any_order;
    int64_t within_us;   /* 0: no limit */
    struct st_rule when; /* of the kind call; without params: every call */
    struct st_script_step *steps;
    size_t step_count;
};

struct st_script *st_script_ref(struct st_script *script);
void st_script_unref(struct st_script *script); /* NULL is fine */

/* A list of scripts; problems are told with their lines. */
struct st_script_book {
    struct st_script **scripts;
    size_t count;
};

/* Adds what is whole. 0 or -EINVAL. */
int st_script_book_read(struct st_script_book *book, const struct st_node *scripts,
                        struct st_problems *problems);
/* One script, in the place of the one of that name or behind the others; `name` may be absent in
 * the node. 0 or -EINVAL. */
int st_script_book_put(struct st_script_book *book, const char *name, const struct st_node *script,
                       struct st_problems *problems);
/* Canonical: reads back the same. */
void st_script_write(const struct st_script *script, struct st_json_writer *json);
void st_script_book_copy(struct st_script_book *ret_book, const struct st_script_book *from);
void st_script_book_fini(struct st_script_book *book);

#endif
