/* Rules of a configuration: what stands in it, the files it names, and those of each tenant. */
#include "call_internal.h"

#include "sidetone/file.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_files(struct st_rule_book *book, const struct st_config_rules *rules,
                      struct st_problems *problems)
{
    int ret = 0;
    for (unsigned i = 0; i < rules->file_count; i++)
        if (st_rule_book_read_file(book, rules->files[i], problems) < 0)
            ret = -EINVAL;
    return ret;
}

static int read_common(struct st_rule_book *book, const struct st_config *config,
                       struct st_problems *problems)
{
    int ret = 0;
    st_problems_name(problems, config->name);
    if (config->categories &&
        st_rule_book_read_list(book, st_document_root(config->categories), problems) < 0)
        ret = -EINVAL;
    return read_files(book, &config->rules, problems) < 0 ? -EINVAL : ret;
}

static void add(struct st_settings *settings, const char *tenant, struct st_rule_book *take_book)
{
    size_t n = settings->rules_count++;
    settings->rules = st_mem_realloc(settings->rules, (n + 1) * sizeof(settings->rules[0]));
    settings->rules[n] = (struct tenant_rules){.tenant = tenant, .book = take_book};
}

int settings_load_rules(struct st_settings *settings, struct st_problems *problems)
{
    const struct st_config *config = settings->config;
    struct st_rule_book *common = st_rule_book_create();
    add(settings, "", common);
    int ret = read_common(common, config, problems);
    for (unsigned i = 0; i < config->tenant_count; i++) {
        const struct st_config_tenant *tenant = &config->tenants[i];
        if (tenant->rules.file_count == 0)
            continue;
        struct st_rule_book *book = st_rule_book_copy(common);
        add(settings, tenant->name, book);
        if (read_files(book, &tenant->rules, problems) < 0)
            ret = -EINVAL;
    }
    for (size_t i = 0; i < settings->rules_count; i++)
        if (st_rules_compile(&settings->rules[i].rules, settings->rules[i].book, problems) < 0)
            ret = -EINVAL;
    return ret;
}

void settings_free_rules(struct st_settings *settings)
{
    for (size_t i = 0; i < settings->rules_count; i++) {
        st_rule_book_destroy(settings->rules[i].book);
        st_rules_unref(settings->rules[i].rules);
    }
    free(settings->rules);
}

static const struct tenant_rules *find(const struct st_settings *settings, const char *tenant)
{
    for (size_t i = 1; i < settings->rules_count; i++)
        if (strcmp(settings->rules[i].tenant, tenant) == 0)
            return &settings->rules[i];
    return &settings->rules[0];
}

struct st_analysis_settings settings_analysis(const struct st_settings *settings,
                                              const char *tenant)
{
    struct st_analysis_settings analysis = settings->analysis;
    analysis.rules = find(settings, tenant)->rules;
    return analysis;
}

const struct st_rule_book *st_settings_rule_book(const struct st_settings *settings,
                                                 const char *tenant)
{
    return find(settings, tenant)->book;
}

/* ---- of a file that may be broken elsewhere ---- */

static void read_named_files(struct st_rule_book *book, const struct st_node *section,
                             struct st_problems *problems)
{
    const struct st_node *rules = st_node_find(section, "rules");
    const struct st_node *files = rules ? st_node_find(rules, "files") : NULL;
    for (size_t i = 0; files && files->type == ST_NODE_LIST && i < files->count; i++)
        if (files->nodes[i].type == ST_NODE_TEXT)
            st_rule_book_read_file(book, files->nodes[i].text, problems);
}

static void check_document(const struct st_node *root, const char *path,
                           struct st_problems *problems)
{
    struct st_rule_book *book = st_rule_book_create();
    const struct st_node *categories = st_node_find(root, "categories");
    const struct st_node *tenants = st_node_find(root, "tenants");
    struct st_rules *rules = NULL;
    if (categories)
        st_rule_book_read_list(book, categories, problems);
    read_named_files(book, root, problems);
    for (size_t i = 0; tenants && tenants->type == ST_NODE_LIST && i < tenants->count; i++) {
        struct st_rule_book *own = st_rule_book_copy(book);
        read_named_files(own, &tenants->nodes[i], problems);
        st_rule_book_destroy(own);
    }
    if (problems->count == 0)
        st_rules_compile(&rules, book, problems);
    st_rules_unref(rules);
    st_rule_book_destroy(book);
    st_problems_name(problems, path);
}

void st_settings_check_rules(const char *path, st_config_error_fn report, void *user)
{
    char *text;
    size_t bytes;
    struct st_problems syntax, problems;
    struct st_document *document;
    if (st_file_read(path, ST_RULE_DOCUMENT_BYTES_MAX, &text, &bytes) < 0)
        return;
    st_problems_init(&syntax, path);
    st_problems_init(&problems, path);
    if (st_document_read(&document, text, bytes, &syntax) == 0) {
        check_document(st_document_root(document), path, &problems);
        st_document_destroy(document);
    }
    st_problems_send(&problems, report, user);
    st_problems_fini(&problems);
    st_problems_fini(&syntax);
    free(text);
}
