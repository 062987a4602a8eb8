#include "rule_store_internal.h"

#include "sidetone/buf.h"
#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A change on its way: what is there, and what is to be there. */
struct step {
    struct st_rule_store *store;
    const struct st_rule_change *change;
    const struct rule_kind *kind;
    struct rule_document *old;    /* the store's; NULL: there is none */
    struct rule_document *new;    /* ours; NULL: it goes */
    struct st_settings *settings; /* compiled with it; ours */
    struct st_problems problems;
    char *why;
    size_t why_bytes;
};

static enum st_rule_outcome say(struct step *step, enum st_rule_outcome outcome, const char *why)
{
    snprintf(step->why, step->why_bytes, "%s", why);
    return outcome;
}

/* ---- may it be changed ---- */

static bool is_listed(const char *list, const char *version)
{
    size_t bytes = strlen(version);
    while (*list) {
        size_t item = strcspn(list, " ");
        if ((item == 1 && *list == '*') || (item == bytes && memcmp(list, version, bytes) == 0))
            return true;
        list += item + strspn(list + item, " ");
    }
    return false;
}

static enum st_rule_outcome check(struct step *step)
{
    const struct st_rule_change *change = step->change;
    struct rule_facts facts;
    if (!st_config_tenant_find(step->store->origin->config, change->tenant, strlen(change->tenant)))
        return say(step, ST_RULE_NOT_FOUND, "no such tenant");
    if (step->kind->find(step->store->origin, change->tenant, change->name, &facts))
        return ST_RULE_READ_ONLY;
    if (change->action != ST_RULE_PUT && !step->old)
        return say(step, ST_RULE_NOT_FOUND, "there is nothing of that name");
    if (change->must_be_new && step->old)
        return ST_RULE_OTHER_VERSION;
    if (change->if_match[0] && (!step->old || !is_listed(change->if_match, step->old->version)))
        return ST_RULE_OTHER_VERSION;
    if (step->old && !change->if_match[0])
        return ST_RULE_NO_VERSION;
    return ST_RULE_CHANGED;
}

/* ---- what it will say ---- */

/* RFC 7396. Takes a reference of neither; the result is new. */
static json_t *merge(const json_t *target, const json_t *patch)
{
    const char *key;
    json_t *value;
    if (!json_is_object(patch))
        return json_deep_copy(patch);
    json_t *merged = json_is_object(target) ? json_deep_copy(target) : json_object();
    json_object_foreach((json_t *)patch, key, value)
    {
        if (json_is_null(value))
            json_object_del(merged, key);
        else
            json_object_set_new(merged, key, merge(json_object_get(merged, key), value));
    }
    return merged;
}

/* Free it; NULL after adding the problem. */
static char *patched(struct step *step)
{
    json_error_t error;
    json_t *patch =
        json_loadb(step->change->text, step->change->bytes, JSON_REJECT_DUPLICATES, &error);
    json_t *target = json_loads(step->old->text, 0, NULL);
    json_t *merged = patch ? merge(target, patch) : NULL;
    char *text = merged ? json_dumps(merged, JSON_ENCODE_ANY) : NULL;
    if (!patch)
        st_problems_add(&step->problems, error.line, "this is no JSON: %s", error.text);
    json_decref(patch);
    json_decref(target);
    json_decref(merged);
    return text;
}

static struct rule_document *make_document(const struct step *step, struct st_json_writer *text,
                                           const char *version)
{
    const struct st_rule_change *change = step->change;
    struct rule_document *document = st_mem_alloc(sizeof(*document));
    document->kind = change->kind;
    document->tenant = st_mem_strdup(change->tenant);
    document->name = st_mem_strdup(change->name);
    document->text = st_mem_strndup(text->data, text->len);
    memcpy(document->version, version, ST_RULE_STORE_VERSION_BYTES);
    snprintf(document->by, sizeof(document->by), "%s", change->by);
    document->at_unix_ms = st_loop_wall_unix_ms();
    document->file_id = step->old ? step->old->file_id : 0;
    document->is_in_force = true;
    return document;
}

static enum st_rule_outcome read_new(struct step *step)
{
    const struct st_rule_change *change = step->change;
    char version[ST_RULE_STORE_VERSION_BYTES];
    struct st_json_writer text;
    char *whole = change->action == ST_RULE_PATCH ? patched(step) : NULL;
    if (change->action == ST_RULE_PATCH && !whole)
        return ST_RULE_INVALID;
    st_json_init(&text);
    int err =
        step->kind->read(change->name, whole ? whole : change->text,
                         whole ? strlen(whole) : change->bytes, &text, version, &step->problems);
    if (!err)
        step->new = make_document(step, &text, version);
    st_json_fini(&text);
    free(whole);
    if (err)
        return ST_RULE_INVALID;
    bool is_same = step->old && strcmp(step->old->text, step->new->text) == 0;
    return is_same ? ST_RULE_UNCHANGED : ST_RULE_CHANGED;
}

/* ---- does it fit ---- */

/* The documents as they will be; the list is ours, the documents are not. */
static struct rule_documents planned(const struct step *step)
{
    const struct rule_documents *now = &step->store->documents;
    struct rule_documents plan = {.items =
                                      st_mem_alloc_array(now->count + 1, sizeof(plan.items[0]))};
    for (size_t i = 0; i < now->count; i++)
        if (now->items[i] != step->old)
            plan.items[plan.count++] = now->items[i];
        else if (step->new)
            plan.items[plan.count++] = step->new;
    if (!step->old && step->new)
        plan.items[plan.count++] = step->new;
    return plan;
}

static enum st_rule_outcome compile(struct step *step)
{
    struct rule_documents plan = planned(step);
    if (step->new && step->change->action == ST_RULE_PUT)
        step->new->source = step->change->text;
    int err = settings_derive(&step->settings, step->store->origin, &plan, step->store->current,
                              step->change->tenant, &step->problems);
    if (step->new)
        step->new->source = NULL;
    free(plan.items);
    return err ? ST_RULE_INVALID : ST_RULE_CHANGED;
}

/* ---- keeping it ---- */

static int store_document(struct step *step)
{
    struct rule_files *files = &step->store->files;
    return step->new ? rule_files_write(files, step->new) : rule_files_remove(files, step->old);
}

/* As before; when that fails too there is nothing left to try. */
static void unstore(struct step *step)
{
    struct rule_files *files = &step->store->files;
    int err = step->old ? rule_files_write(files, step->old) : rule_files_remove(files, step->new);
    if (err)
        ST_ERROR(&step->store->log, "a stored rule could not be put back: %s", st_err_text(err));
}

static struct rule_audit audit_of(const struct step *step)
{
    static const char *const actions[] = {"put", "patch", "delete"};
    const struct st_rule_change *change = step->change;
    struct rule_audit audit = {
        .id = step->store->last_audit + 1,
        .at_unix_ms = step->new ? step->new->at_unix_ms : st_loop_wall_unix_ms(),
        .by = st_mem_strdup(change->by),
        .action = st_mem_strdup(actions[change->action]),
        .kind = st_mem_strdup(step->kind->name),
        .tenant = st_mem_strdup(change->tenant),
        .name = st_mem_strdup(change->name),
    };
    if (step->old)
        memcpy(audit.from, step->old->version, sizeof(audit.from));
    if (step->new)
        memcpy(audit.to, step->new->version, sizeof(audit.to));
    return audit;
}

static enum st_rule_outcome keep(struct step *step, struct rule_audit *ret_audit)
{
    int err = store_document(step);
    if (!err) {
        *ret_audit = audit_of(step);
        err = rule_files_audit(&step->store->files, ret_audit, step->new ? step->new->text : NULL);
        if (err) {
            rule_audit_fini(ret_audit);
            unstore(step);
        }
    }
    return err ? say(step, ST_RULE_NOT_STORED, st_err_text(err)) : ST_RULE_CHANGED;
}

static void remember(struct st_rule_store *store, const struct rule_audit *take_audit)
{
    store->last_audit = take_audit->id;
    struct rule_audit *slot = &store->audits[store->audit_count % AUDIT_KEPT_MAX];
    rule_audit_fini(slot);
    *slot = *take_audit;
    store->audit_count++;
}

/* ---- the change ---- */

static void swap_in(struct step *step, const struct rule_audit *take_audit)
{
    struct st_rule_store *store = step->store;
    pthread_mutex_lock(&store->lock);
    if (step->new)
        rule_documents_put(&store->documents, step->new);
    else
        rule_documents_remove(&store->documents, step->old);
    struct st_settings *last = store->current;
    store->current = step->settings;
    remember(store, take_audit);
    pthread_mutex_unlock(&store->lock);
    rule_store_enforce(store, step->settings);
    st_settings_unref(last);
    rule_document_destroy(step->old);
    step->old = NULL;
    step->settings = NULL;
}

static enum st_rule_outcome run(struct step *step, struct st_rule_result *result)
{
    bool is_new = !step->old;
    struct rule_audit audit;
    enum st_rule_outcome outcome = check(step);
    if (outcome == ST_RULE_CHANGED && step->change->action != ST_RULE_DELETE)
        outcome = read_new(step);
    if (outcome == ST_RULE_CHANGED)
        outcome = compile(step);
    if (outcome == ST_RULE_CHANGED)
        outcome = keep(step, &audit);
    if (outcome != ST_RULE_CHANGED)
        return outcome;
    swap_in(step, &audit);
    const char *version = step->new ? step->new->version : "";
    memcpy(result->version, version, strlen(version) + 1);
    return is_new ? ST_RULE_CREATED : ST_RULE_CHANGED;
}

static struct st_buf *list_problems(struct st_problems *problems)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_array(&json);
    for (size_t i = 0; i < problems->count; i++) {
        st_json_begin_object(&json);
        st_json_set_int(&json, "line", problems->items[i].line > 0 ? problems->items[i].line : 1);
        st_json_set_string(&json, "problem", problems->items[i].text);
        st_json_end_object(&json);
    }
    st_json_end_array(&json);
    struct st_buf *list = st_buf_copy(json.data, json.len);
    st_json_fini(&json);
    return list;
}

static struct st_buf *show(const struct st_rule_store *store, const struct rule_document *document)
{
    struct st_json_writer json;
    st_json_init(&json);
    rule_store_put_document(store, document, &json);
    struct st_buf *shown = st_buf_copy(json.data, json.len);
    st_json_fini(&json);
    return shown;
}

void rule_change_apply(struct st_rule_store *store, const struct st_rule_change *change,
                       struct st_rule_result *ret_result, char *why, size_t why_bytes)
{
    struct step step = {.store = store,
                        .change = change,
                        .kind = rule_kinds[change->kind],
                        .why = why,
                        .why_bytes = why_bytes};
    why[0] = '\0';
    *ret_result = (struct st_rule_result){.why = why};
    st_problems_init(&step.problems, "document");
    pthread_mutex_lock(&store->changing);
    step.old = rule_documents_find(&store->documents, change->kind, change->tenant, change->name);
    ret_result->outcome = run(&step, ret_result);
    const struct rule_document *now =
        rule_documents_find(&store->documents, change->kind, change->tenant, change->name);
    if (ret_result->outcome == ST_RULE_INVALID)
        ret_result->json = list_problems(&step.problems);
    else if (now)
        ret_result->json = show(store, now);
    if (now)
        memcpy(ret_result->version, now->version, sizeof(ret_result->version));
    if (step.new &&step.new != now)
        rule_document_destroy(step.new);
    st_settings_unref(step.settings);
    pthread_mutex_unlock(&store->changing);
    st_problems_fini(&step.problems);
}
