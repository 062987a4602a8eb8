#include "sidetone/rule_scripts.h"

#include "rules.h"
#include "script_book.h"
#include "script_set.h"

#include "sidetone/json_writer.h"

#include <errno.h>
#include <string.h>

static const struct st_script *find(const struct st_rule_book *book, const char *name)
{
    for (size_t i = 0; i < book->scripts->count; i++)
        if (strcmp(book->scripts->scripts[i]->name, name) == 0)
            return book->scripts->scripts[i];
    return NULL;
}

/* What a whole book is refused for, while the lines are those of this document. */
static int check(const char *name, const struct st_node *node, struct st_problems *problems)
{
    struct st_script_book alone = {.scripts = NULL};
    struct st_script_set *set = NULL;
    int err = st_script_book_put(&alone, name, node, problems);
    if (!err)
        err = st_script_set_create(&set, &alone, problems);
    st_script_set_unref(set);
    st_script_book_fini(&alone);
    return err;
}

int st_rule_book_put_script(struct st_rule_book *book, const char *name, const char *text,
                            size_t bytes, struct st_problems *problems)
{
    struct st_document *document;
    if (bytes > ST_RULE_DOCUMENT_BYTES_MAX) {
        st_problems_add(problems, ST_LINE_WHOLE, "is larger than rules may be (1 MiB)");
        return -EINVAL;
    }
    if (st_document_read(&document, text, bytes, problems) < 0)
        return -EINVAL;
    int err = check(name, st_document_root(document), problems);
    if (!err)
        err = st_script_book_put(book->scripts, name, st_document_root(document), problems);
    st_document_destroy(document);
    return err;
}

const char *st_rule_book_script_name(const struct st_rule_book *book, size_t index)
{
    return index < book->scripts->count ? book->scripts->scripts[index]->name : NULL;
}

bool st_rule_book_find_script(const struct st_rule_book *book, const char *name,
                              const char **ret_name, const char **ret_version)
{
    const struct st_script *script = find(book, name);
    if (!script)
        return false;
    *ret_name = script->name;
    *ret_version = script->version;
    return true;
}

int st_rule_book_write_script(const struct st_rule_book *book, const char *name,
                              struct st_json_writer *json)
{
    const struct st_script *script = find(book, name);
    if (!script)
        return -ENOENT;
    st_script_write(script, json);
    return 0;
}
