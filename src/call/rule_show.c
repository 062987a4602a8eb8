/* What the store of rules has, as JSON. */
#include "rule_store_internal.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A document of the configuration or one that somebody wrote. */
struct entry {
    const struct rule_kind *kind;
    const char *tenant;
    struct rule_facts facts;
    const struct rule_document *document; /* NULL: the configuration's */
};

static void put_origin(const struct st_rule_store *store, const struct entry *entry,
                       struct st_json_writer *json)
{
    const struct rule_document *document = entry->document;
    st_json_set_string(json, "source", document ? "live" : "configuration");
    st_json_set_bool(json, "in_force", !document || document->is_in_force);
    st_json_set_bool(json, "persisted", !document || document->file_id > 0);
    st_json_set_string(json, "by", document ? document->by : "");
    st_json_key(json, "at_unix_ms");
    if (document)
        st_json_int(json, document->at_unix_ms);
    else
        st_json_null(json);
}

static void put_note(void *user, const char *text)
{
    st_json_string(user, text);
}

static void put_notes(const struct st_rule_store *store, const struct entry *entry,
                      struct st_json_writer *json)
{
    if (!entry->kind->tell_notes)
        return;
    st_json_key(json, "notes");
    st_json_begin_array(json);
    if (!entry->document || entry->document->is_in_force)
        entry->kind->tell_notes(store->current, entry->tenant, entry->facts.name, put_note, json);
    st_json_end_array(json);
}

static void put_head(const struct st_rule_store *store, const struct entry *entry,
                     struct st_json_writer *json)
{
    st_json_set_string(json, "name", entry->facts.name);
    st_json_set_string(json, "version", entry->facts.version);
    put_origin(store, entry, json);
    put_notes(store, entry, json);
}

void rule_store_put_document(const struct st_rule_store *store,
                             const struct rule_document *document, struct st_json_writer *json)
{
    struct entry entry = {.kind = rule_kinds[document->kind],
                          .tenant = document->tenant,
                          .facts = {.name = document->name, .version = document->version},
                          .document = document};
    st_json_begin_object(json);
    put_head(store, &entry, json);
    st_json_key(json, "document");
    st_json_raw(json, document->text, strlen(document->text));
    st_json_end_object(json);
}

static void put_row(const struct st_rule_store *store, const struct entry *entry,
                    struct st_json_writer *json)
{
    st_json_begin_object(json);
    put_head(store, entry, json);
    if (entry->facts.description)
        st_json_set_string(json, "description", entry->facts.description);
    if (entry->facts.severity)
        st_json_set_string(json, "severity", entry->facts.severity);
    st_json_end_object(json);
}

/* By name. Of a live one that is not in force its facts are not known beyond name and version. */
static int compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int by_name = strcmp(a->facts.name, b->facts.name);
    return by_name ? by_name : (a->document != NULL) - (b->document != NULL);
}

static size_t collect(const struct st_rule_store *store, unsigned kind, const char *tenant,
                      struct entry *entries)
{
    size_t count = 0;
    struct entry blank = {.kind = rule_kinds[kind], .tenant = tenant};
    for (entries[0] = blank; blank.kind->at(store->origin, tenant, count, &entries[count].facts);)
        entries[++count] = blank;
    for (size_t i = 0; i < store->documents.count; i++) {
        const struct rule_document *document = store->documents.items[i];
        struct entry *entry = &entries[count];
        if (document->kind != kind || strcmp(document->tenant, tenant) != 0)
            continue;
        *entry = blank;
        if (!document->is_in_force ||
            !rule_kinds[kind]->find(store->current, tenant, document->name, &entry->facts))
            entry->facts =
                (struct rule_facts){.name = document->name,
                                    .description = rule_kinds[kind]->has_description ? "" : NULL};
        entry->facts.version = document->version;
        entry->document = document;
        count++;
    }
    return count;
}

static bool has_tenant(const struct st_rule_store *store, const char *tenant)
{
    return st_config_tenant_find(store->origin->config, tenant, strlen(tenant)) != NULL;
}

static size_t count_all(const struct st_rule_store *store, unsigned kind, const char *tenant)
{
    struct rule_facts facts;
    size_t count = 0;
    while (rule_kinds[kind]->at(store->origin, tenant, count, &facts))
        count++;
    return count + store->documents.count + 1;
}

int st_rule_store_list(struct st_rule_store *store, unsigned kind, const char *tenant,
                       struct st_json_writer *json)
{
    pthread_mutex_lock(&store->lock);
    bool is_known = has_tenant(store, tenant);
    if (is_known) {
        struct entry *entries =
            st_mem_alloc_array(count_all(store, kind, tenant), sizeof(*entries));
        size_t count = collect(store, kind, tenant, entries);
        qsort(entries, count, sizeof(*entries), compare);
        st_json_set_string(json, "tenant", tenant);
        st_json_key(json, rule_kinds[kind]->name);
        st_json_begin_array(json);
        for (size_t i = 0; i < count; i++)
            put_row(store, &entries[i], json);
        st_json_end_array(json);
        free(entries);
    }
    pthread_mutex_unlock(&store->lock);
    return is_known ? 0 : -ENOENT;
}

static bool put_configured(const struct st_rule_store *store, unsigned kind, const char *tenant,
                           const char *name, struct st_json_writer *json,
                           char ret_version[ST_RULE_STORE_VERSION_BYTES])
{
    struct entry entry = {.kind = rule_kinds[kind], .tenant = tenant};
    if (!has_tenant(store, tenant) ||
        !rule_kinds[kind]->find(store->origin, tenant, name, &entry.facts))
        return false;
    st_json_begin_object(json);
    put_head(store, &entry, json);
    st_json_key(json, "document");
    rule_kinds[kind]->write(store->origin, tenant, name, json);
    st_json_end_object(json);
    memcpy(ret_version, entry.facts.version, ST_RULE_STORE_VERSION_BYTES);
    return true;
}

int st_rule_store_get(struct st_rule_store *store, unsigned kind, const char *tenant,
                      const char *name, struct st_json_writer *json,
                      char ret_version[ST_RULE_STORE_VERSION_BYTES])
{
    pthread_mutex_lock(&store->lock);
    bool is_known = put_configured(store, kind, tenant, name, json, ret_version);
    const struct rule_document *document =
        is_known ? NULL : rule_documents_find(&store->documents, kind, tenant, name);
    if (document) {
        rule_store_put_document(store, document, json);
        memcpy(ret_version, document->version, ST_RULE_STORE_VERSION_BYTES);
    }
    pthread_mutex_unlock(&store->lock);
    return is_known || document ? 0 : -ENOENT;
}

void st_rule_store_audit(struct st_rule_store *store, const char *tenant, uint64_t before,
                         size_t max, struct st_json_writer *json)
{
    uint64_t next = 0;
    pthread_mutex_lock(&store->lock);
    size_t kept = store->audit_count < AUDIT_KEPT_MAX ? store->audit_count : AUDIT_KEPT_MAX;
    st_json_key(json, "changes");
    st_json_begin_array(json);
    for (size_t i = 0, shown = 0; i < kept; i++) {
        const struct rule_audit *audit =
            &store->audits[(store->audit_count - 1 - i) % AUDIT_KEPT_MAX];
        bool is_wanted = (before == 0 || audit->id < before) &&
                         (tenant[0] == '\0' || strcmp(audit->tenant, tenant) == 0);
        if (!is_wanted)
            continue;
        if (shown++ == max)
            break;
        st_json_begin_object(json);
        rule_audit_write(audit, json);
        st_json_end_object(json);
        next = shown == max && i + 1 < kept ? audit->id : 0;
    }
    st_json_end_array(json);
    st_json_key(json, "next");
    if (next > 0)
        st_json_int(json, (int64_t)next);
    else
        st_json_null(json);
    pthread_mutex_unlock(&store->lock);
}
