/* Settings of a configuration with what people have written since. */
#include "rule_store_internal.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct derivation {
    struct st_settings *settings, *origin;
    const struct rule_documents *documents;
    const struct st_settings *last;
    const char *changed;
    struct st_problems *problems;
};

static const struct tenant_rules *find_own(const struct st_settings *settings, const char *tenant)
{
    for (size_t i = 1; settings && i < settings->rules_count; i++)
        if (strcmp(settings->rules[i].tenant, tenant) == 0)
            return &settings->rules[i];
    return NULL;
}

static struct tenant_rules *add(struct derivation *derivation, const char *tenant,
                                const struct st_rule_book *book)
{
    struct st_settings *settings = derivation->settings;
    size_t n = settings->rules_count++;
    settings->rules = st_mem_realloc(settings->rules, (n + 1) * sizeof(settings->rules[0]));
    settings->rules[n] = (struct tenant_rules){.tenant = tenant, .book = st_rule_book_copy(book)};
    return &settings->rules[n];
}

static bool has_documents(const struct derivation *derivation, const char *tenant)
{
    for (size_t i = 0; i < derivation->documents->count; i++) {
        const struct rule_document *document = derivation->documents->items[i];
        if (document->is_in_force && strcmp(document->tenant, tenant) == 0)
            return true;
    }
    return false;
}

static int put_documents(const struct derivation *derivation, struct tenant_rules *rules)
{
    int ret = 0;
    for (size_t i = 0; i < derivation->documents->count; i++) {
        const struct rule_document *document = derivation->documents->items[i];
        if (!document->is_in_force || strcmp(document->tenant, rules->tenant) != 0)
            continue;
        const char *text = document->source ? document->source : document->text;
        st_problems_name(derivation->problems, document->name);
        if (rule_kinds[document->kind]->put(rules->book, document->name, text, strlen(text),
                                            derivation->problems) < 0)
            ret = -EINVAL;
    }
    return ret;
}

static int derive_tenant(struct derivation *derivation, const char *tenant)
{
    const struct tenant_rules *own = find_own(derivation->origin, tenant);
    const struct tenant_rules *last = find_own(derivation->last, tenant);
    bool is_as_before = last && derivation->changed && strcmp(derivation->changed, tenant) != 0;
    bool is_live = has_documents(derivation, tenant);
    if (!own && !is_live)
        return 0;
    if (is_as_before || !is_live) {
        const struct tenant_rules *from = is_as_before ? last : own;
        add(derivation, tenant, from->book)->rules = st_rules_ref(from->rules);
        return 0;
    }
    const struct st_rule_book *book = st_settings_rule_book(derivation->origin, tenant);
    struct tenant_rules *rules = add(derivation, tenant, book);
    if (put_documents(derivation, rules) < 0 ||
        st_rules_compile(&rules->rules, rules->book, derivation->problems) < 0)
        return -EINVAL;
    if (derivation->origin->embedder)
        st_rules_learn(rules->rules, derivation->origin->embedder);
    return 0;
}

int settings_derive(struct st_settings **ret_settings, struct st_settings *origin,
                    const struct rule_documents *documents, const struct st_settings *last,
                    const char *changed, struct st_problems *problems)
{
    int ret = 0;
    struct st_settings *settings = st_mem_alloc(sizeof(*settings));
    struct derivation derivation = {.settings = settings,
                                    .origin = origin,
                                    .documents = documents,
                                    .last = last,
                                    .changed = changed,
                                    .problems = problems};
    atomic_init(&settings->refs, 1);
    settings->origin = st_settings_ref(origin);
    settings->config = origin->config;
    settings->lexicon = origin->lexicon;
    settings->issues = origin->issues;
    settings->embedder = origin->embedder;
    settings->names = origin->names;
    settings->analysis = origin->analysis;
    add(&derivation, origin->rules[0].tenant, origin->rules[0].book)->rules =
        st_rules_ref(origin->rules[0].rules);
    for (unsigned i = 0; i < origin->config->tenant_count; i++)
        if (derive_tenant(&derivation, origin->config->tenants[i].name) < 0)
            ret = -EINVAL;
    if (ret < 0)
        st_settings_unref(settings);
    else
        *ret_settings = settings;
    return ret;
}
