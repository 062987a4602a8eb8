#include "rule_store_internal.h"

#include <errno.h>
#include <string.h>

/* ---- categories ---- */

static int read_category(const char *name, const char *text, size_t bytes,
                         struct st_json_writer *ret_text,
                         char ret_version[ST_RULE_STORE_VERSION_BYTES],
                         struct st_problems *problems)
{
    struct st_rule_book *book = st_rule_book_create();
    struct st_rule_summary summary;
    int err = st_rule_book_put(book, name, text, bytes, problems);
    if (!err && st_rule_book_find(book, name, &summary)) {
        st_rule_book_write(book, name, ret_text);
        memcpy(ret_version, summary.version, ST_RULE_STORE_VERSION_BYTES);
    }
    st_rule_book_destroy(book);
    return err;
}

static bool find_category(const struct st_settings *settings, const char *tenant, const char *name,
                          struct rule_facts *ret_facts)
{
    struct st_rule_summary summary;
    if (!st_rule_book_find(st_settings_rule_book(settings, tenant), name, &summary))
        return false;
    *ret_facts = (struct rule_facts){.name = summary.name,
                                     .description = summary.description,
                                     .severity = st_severity_name(summary.severity),
                                     .version = summary.version};
    return true;
}

static bool category_at(const struct st_settings *settings, const char *tenant, size_t i,
                        struct rule_facts *ret_facts)
{
    const char *name = st_rule_book_name(st_settings_rule_book(settings, tenant), i);
    return name && find_category(settings, tenant, name, ret_facts);
}

static void write_category(const struct st_settings *settings, const char *tenant, const char *name,
                           struct st_json_writer *json)
{
    st_rule_book_write(st_settings_rule_book(settings, tenant), name, json);
}

static void tell_category_notes(const struct st_settings *settings, const char *tenant,
                                const char *name, void (*tell)(void *user, const char *text),
                                void *user)
{
    st_rules_notes_on(settings_analysis(settings, tenant).rules, name, tell, user);
}

static const struct rule_kind categories = {
    .name = "categories",
    .has_description = true,
    .read = read_category,
    .put = st_rule_book_put,
    .at = category_at,
    .find = find_category,
    .write = write_category,
    .tell_notes = tell_category_notes,
};

/* ---- scripts ---- */

static int read_script(const char *name, const char *text, size_t bytes,
                       struct st_json_writer *ret_text,
                       char ret_version[ST_RULE_STORE_VERSION_BYTES], struct st_problems *problems)
{
    struct st_rule_book *book = st_rule_book_create();
    const char *own_name, *version;
    int err = st_rule_book_put_script(book, name, text, bytes, problems);
    if (!err && st_rule_book_find_script(book, name, &own_name, &version)) {
        st_rule_book_write_script(book, name, ret_text);
        memcpy(ret_version, version, ST_RULE_STORE_VERSION_BYTES);
    }
    st_rule_book_destroy(book);
    return err;
}

static bool find_script(const struct st_settings *settings, const char *tenant, const char *name,
                        struct rule_facts *ret_facts)
{
    *ret_facts = (struct rule_facts){0};
    return st_rule_book_find_script(st_settings_rule_book(settings, tenant), name, &ret_facts->name,
                                    &ret_facts->version);
}

static bool script_at(const struct st_settings *settings, const char *tenant, size_t i,
                      struct rule_facts *ret_facts)
{
    const char *name = st_rule_book_script_name(st_settings_rule_book(settings, tenant), i);
    return name && find_script(settings, tenant, name, ret_facts);
}

static void write_script(const struct st_settings *settings, const char *tenant, const char *name,
                         struct st_json_writer *json)
{
    st_rule_book_write_script(st_settings_rule_book(settings, tenant), name, json);
}

static const struct rule_kind scripts = {
    .name = "scripts",
    .read = read_script,
    .put = st_rule_book_put_script,
    .at = script_at,
    .find = find_script,
    .write = write_script,
};

const struct rule_kind *const rule_kinds[] = {&categories, &scripts, NULL};

int rule_kind_find(const char *name)
{
    for (int i = 0; rule_kinds[i]; i++)
        if (strcmp(rule_kinds[i]->name, name) == 0)
            return i;
    return -ENOENT;
}

const char *st_rule_store_kind(unsigned kind)
{
    for (unsigned i = 0; rule_kinds[i]; i++)
        if (i == kind)
            return rule_kinds[i]->name;
    return NULL;
}
