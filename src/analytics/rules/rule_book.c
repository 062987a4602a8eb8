#include "rules.h"
#include "script_book.h"

#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct st_rule_book *st_rule_book_create(void)
{
    struct st_rule_book *book = st_mem_alloc(sizeof(*book));
    book->scripts = st_mem_alloc(sizeof(*book->scripts));
    return book;
}

static void append(struct st_rule_book *book, struct st_rule_category *take_category)
{
    book->categories =
        st_mem_realloc(book->categories, (book->count + 1) * sizeof(book->categories[0]));
    book->categories[book->count++] = take_category;
}

struct st_rule_book *st_rule_book_copy(const struct st_rule_book *book)
{
    struct st_rule_book *copy = st_rule_book_create();
    for (size_t i = 0; i < book->count; i++)
        append(copy, st_rule_category_ref(book->categories[i]));
    st_script_book_fini(copy->scripts);
    st_script_book_copy(copy->scripts, book->scripts);
    return copy; /* of what could be read */
}

void st_rule_book_destroy(struct st_rule_book *book)
{
    if (!book)
        return;
    for (size_t i = 0; i < book->count; i++)
        st_rule_category_unref(book->categories[i]);
    for (size_t i = 0; i < book->broken_count; i++)
        free(book->broken[i]);
    st_script_book_fini(book->scripts);
    free(book->scripts);
    free(book->categories);
    free(book->broken);
    free(book);
}

static void note_broken(struct st_rule_book *book, const struct st_node *node)
{
    const struct st_node *name = st_node_find(node, "name");
    if (!name || name->type != ST_NODE_TEXT)
        return;
    book->broken = st_mem_realloc(book->broken, (book->broken_count + 1) * sizeof(book->broken[0]));
    book->broken[book->broken_count++] = st_mem_strdup(name->text);
}

/* Or `book->count`. */
static size_t find(const struct st_rule_book *book, const char *name)
{
    size_t i = 0;
    while (i < book->count && strcmp(book->categories[i]->name, name) != 0)
        i++;
    return i;
}

/* What stands against one more. */
static int check_room(const struct st_rule_book *book, const struct st_rule_category *category,
                      const struct st_rule_category *replaced, struct st_problems *problems)
{
    size_t targets = category->target_count;
    for (size_t i = 0; i < book->count; i++)
        targets += book->categories[i] == replaced ? 0 : book->categories[i]->target_count;
    char shown[ST_PROBLEMS_SHOWN_MAX];
    if (book->count >= ST_RULE_CATEGORIES_MAX && !replaced)
        st_problems_add(problems, category->line,
                        "category '%s': there are more than %d categories",
                        st_problems_shown(category->name, shown), (int)ST_RULE_CATEGORIES_MAX);
    else if (targets > ST_RULE_TARGETS_MAX)
        st_problems_add(problems, category->line,
                        "category '%s': with it there are more than %d phrases",
                        st_problems_shown(category->name, shown), (int)ST_RULE_TARGETS_MAX);
    else
        return 0;
    return -ENOBUFS;
}

static int add(struct st_rule_book *book, struct st_rule_category *category,
               struct st_problems *problems)
{
    char shown[ST_PROBLEMS_SHOWN_MAX];
    size_t first = find(book, category->name);
    if (first == book->count)
        return check_room(book, category, NULL, problems);
    const struct st_rule_category *other = book->categories[first];
    st_problems_add(problems, category->line, "category '%s' is given twice, first in %s:%d",
                    st_problems_shown(category->name, shown), other->file, other->line);
    return -EEXIST;
}

int st_rule_book_read_list(struct st_rule_book *book, const struct st_node *categories,
                           struct st_problems *problems)
{
    int ret = 0;
    if (st_node_is_null(categories))
        return 0;
    if (categories->type != ST_NODE_LIST) {
        st_problems_add(problems, categories->line, "'categories' must be a list");
        return -EINVAL;
    }
    for (size_t i = 0; i < categories->count && !st_problems_is_full(problems); i++) {
        struct st_rule_category *category =
            st_rule_category_read(&categories->nodes[i], NULL, problems);
        int err = category ? add(book, category, problems) : -EINVAL;
        if (!err) {
            append(book, category);
            continue;
        }
        ret = -EINVAL;
        note_broken(book, &categories->nodes[i]);
        st_rule_category_unref(category);
        if (err == -ENOBUFS)
            break;
    }
    return ret;
}

static int check_bytes(size_t bytes, struct st_problems *problems)
{
    if (bytes <= ST_RULE_DOCUMENT_BYTES_MAX)
        return 0;
    st_problems_add(problems, ST_LINE_WHOLE, "is larger than rules may be (1 MiB)");
    return -EINVAL;
}

static const char *section_name(const void *from, unsigned i)
{
    static const char *const names[] = {"categories", "scripts", NULL};
    (void)from;
    return names[i];
}

static int read_root(struct st_rule_book *book, const struct st_node *root,
                     struct st_problems *problems)
{
    int ret = 0;
    if (root->type != ST_NODE_SECTION) {
        st_problems_add(problems, root->line,
                        "rules are a section with lists 'categories' and 'scripts'");
        return -EINVAL;
    }
    for (size_t i = 0; i < root->count; i++) {
        const struct st_node *member = &root->nodes[i];
        char shown[ST_PROBLEMS_SHOWN_MAX];
        if (strcmp(member->key, "categories") == 0) {
            if (st_rule_book_read_list(book, member, problems) < 0)
                ret = -EINVAL;
            continue;
        }
        if (strcmp(member->key, "scripts") == 0) {
            if (st_script_book_read(book->scripts, member, problems) < 0)
                ret = -EINVAL;
            continue;
        }
        const char *meant = st_problems_closest(member->key, section_name, NULL);
        st_problems_add(problems, member->line, "unknown key '%s'%s%s%s",
                        st_problems_shown(member->key, shown), meant ? ", did you mean '" : "",
                        meant ? meant : "", meant ? "'?" : "");
        ret = -EINVAL;
    }
    return ret;
}

int st_rule_book_read(struct st_rule_book *book, const char *text, size_t bytes,
                      struct st_problems *problems)
{
    struct st_document *document;
    if (check_bytes(bytes, problems) < 0 || st_document_read(&document, text, bytes, problems) < 0)
        return -EINVAL;
    int ret = read_root(book, st_document_root(document), problems);
    st_document_destroy(document);
    return ret;
}

int st_rule_book_read_file(struct st_rule_book *book, const char *path,
                           struct st_problems *problems)
{
    char *text;
    size_t bytes;
    st_problems_name(problems, path);
    int err = st_file_read(path, ST_RULE_DOCUMENT_BYTES_MAX, &text, &bytes);
    if (err) {
        st_problems_add(problems, ST_LINE_WHOLE, "%s",
                        err == -EFBIG    ? "is larger than rules may be (1 MiB)"
                        : err == -EINVAL ? "is not a file"
                                         : st_err_text(err));
        return err;
    }
    err = st_rule_book_read(book, text, bytes, problems);
    free(text);
    return err;
}

/* Where a category is put that was read from a text of its own. */
static int replace(struct st_rule_book *book, struct st_rule_category *take_category,
                   struct st_problems *problems)
{
    size_t at = find(book, take_category->name);
    struct st_rule_category *replaced = at < book->count ? book->categories[at] : NULL;
    if (check_room(book, take_category, replaced, problems) < 0) {
        st_rule_category_unref(take_category);
        return -EINVAL;
    }
    if (replaced)
        book->categories[at] = take_category;
    else
        append(book, take_category);
    st_rule_category_unref(replaced);
    return 0;
}

int st_rule_book_put(struct st_rule_book *book, const char *name, const char *text, size_t bytes,
                     struct st_problems *problems)
{
    struct st_document *document;
    if (check_bytes(bytes, problems) < 0 || st_document_read(&document, text, bytes, problems) < 0)
        return -EINVAL;
    struct st_rule_category *category =
        st_rule_category_read(st_document_root(document), name, problems);
    st_document_destroy(document);
    return category ? replace(book, category, problems) : -EINVAL;
}

int st_rule_book_remove(struct st_rule_book *book, const char *name)
{
    size_t at = find(book, name);
    if (at == book->count)
        return -ENOENT;
    st_rule_category_unref(book->categories[at]);
    book->count--;
    memmove(&book->categories[at], &book->categories[at + 1],
            (book->count - at) * sizeof(book->categories[0]));
    return 0;
}

size_t st_rule_book_count(const struct st_rule_book *book)
{
    return book->count;
}

const char *st_rule_book_name(const struct st_rule_book *book, size_t index)
{
    return index < book->count ? book->categories[index]->name : NULL;
}

bool st_rule_book_find(const struct st_rule_book *book, const char *name,
                       struct st_rule_summary *ret_summary)
{
    size_t at = find(book, name);
    if (at == book->count)
        return false;
    const struct st_rule_category *category = book->categories[at];
    *ret_summary = (struct st_rule_summary){.name = category->name,
                                            .description = category->description,
                                            .severity = category->severity,
                                            .version = category->version};
    return true;
}

int st_rule_book_write(const struct st_rule_book *book, const char *name,
                       struct st_json_writer *json)
{
    size_t at = find(book, name);
    if (at == book->count)
        return -ENOENT;
    st_rule_category_write(book->categories[at], json);
    return 0;
}
