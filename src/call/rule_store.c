#include "rule_store_internal.h"

#include "sidetone/buf.h"
#include "sidetone/err.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FIT_ROUNDS_MAX = 4, RETRY_NS = 5000000 };

/* ---- documents ---- */

struct rule_document *rule_documents_find(const struct rule_documents *documents, unsigned kind,
                                          const char *tenant, const char *name)
{
    for (size_t i = 0; i < documents->count; i++) {
        struct rule_document *document = documents->items[i];
        if (document->kind == kind && strcmp(document->tenant, tenant) == 0 &&
            strcmp(document->name, name) == 0)
            return document;
    }
    return NULL;
}

struct rule_document *rule_documents_put(struct rule_documents *documents,
                                         struct rule_document *document)
{
    struct rule_document *old =
        rule_documents_find(documents, document->kind, document->tenant, document->name);
    for (size_t i = 0; old && i < documents->count; i++)
        if (documents->items[i] == old) {
            documents->items[i] = document;
            return old;
        }
    size_t n = documents->count++;
    documents->items = st_mem_realloc(documents->items, (n + 1) * sizeof(documents->items[0]));
    documents->items[n] = document;
    return NULL;
}

void rule_documents_remove(struct rule_documents *documents, const struct rule_document *document)
{
    size_t kept = 0;
    for (size_t i = 0; i < documents->count; i++)
        if (documents->items[i] != document)
            documents->items[kept++] = documents->items[i];
    documents->count = kept;
}

void rule_document_destroy(struct rule_document *document)
{
    if (!document)
        return;
    free(document->tenant);
    free(document->name);
    free(document->text);
    free(document);
}

/* ---- in force ---- */

static void on_enforced(void *user)
{
    sem_post(user);
}

void rule_store_enforce(struct st_rule_store *store, struct st_settings *settings)
{
    sem_t done;
    sem_init(&done, 0, 0);
    st_call_service_reload_then(store->service, settings, on_enforced, &done);
    while (sem_wait(&done) < 0)
        ;
    sem_destroy(&done);
}

/* Copies of the documents, to find out which of them can be in force: others read the originals
 * meanwhile. */
struct fitting {
    struct st_settings *origin;
    struct rule_document *copies;
    bool *is_wanted; /* the configuration has no such name */
    struct rule_documents plan;
};

static void begin_fitting(struct fitting *fitting, const struct st_rule_store *store,
                          struct st_settings *origin)
{
    size_t count = store->documents.count;
    *fitting = (struct fitting){.origin = origin,
                                .copies = st_mem_alloc_array(count + 1, sizeof(*fitting->copies)),
                                .is_wanted = st_mem_alloc_array(count + 1, sizeof(bool))};
    fitting->plan.items = st_mem_alloc_array(count + 1, sizeof(fitting->plan.items[0]));
    fitting->plan.count = count;
    for (size_t i = 0; i < count; i++) {
        struct rule_document *copy = &fitting->copies[i];
        struct rule_facts facts;
        *copy = *store->documents.items[i];
        fitting->plan.items[i] = copy;
        fitting->is_wanted[i] =
            st_config_tenant_find(origin->config, copy->tenant, strlen(copy->tenant)) &&
            !rule_kinds[copy->kind]->find(origin, copy->tenant, copy->name, &facts);
        copy->is_in_force = fitting->is_wanted[i];
    }
}

static void end_fitting(struct fitting *fitting)
{
    free(fitting->copies);
    free(fitting->is_wanted);
    free(fitting->plan.items);
}

/* True when it fits what is in force by now. */
static bool try_one(struct fitting *fitting, struct rule_document *copy,
                    struct st_settings **settings)
{
    struct st_settings *next = NULL;
    struct st_problems problems;
    copy->is_in_force = true;
    st_problems_init(&problems, copy->name);
    copy->is_in_force = settings_derive(&next, fitting->origin, &fitting->plan, *settings,
                                        copy->tenant, &problems) == 0;
    st_problems_fini(&problems);
    if (!copy->is_in_force)
        return false;
    st_settings_unref(*settings);
    *settings = next;
    return true;
}

/* When they do not compile together, those that do, one by one: a document may need another. */
static struct st_settings *fit_one_by_one(struct fitting *fitting)
{
    struct st_settings *settings = NULL;
    struct st_problems problems;
    bool has_news = true;
    for (size_t i = 0; i < fitting->plan.count; i++)
        fitting->copies[i].is_in_force = false;
    st_problems_init(&problems, "rules");
    settings_derive(&settings, fitting->origin, &fitting->plan, NULL, NULL, &problems);
    st_problems_fini(&problems);
    for (int round = 0; has_news && round < FIT_ROUNDS_MAX; round++) {
        has_news = false;
        for (size_t i = 0; i < fitting->plan.count; i++)
            if (fitting->is_wanted[i] && !fitting->copies[i].is_in_force)
                has_news |= try_one(fitting, &fitting->copies[i], &settings);
    }
    return settings;
}

static void report_left_out(const struct fitting *fitting, size_t i,
                            void (*report)(void *user, const char *text), void *user)
{
    char text[400];
    const struct rule_document *copy = &fitting->copies[i];
    snprintf(text, sizeof(text), "%s '%s' of tenant %s is not in force: %s",
             rule_kinds[copy->kind]->name, copy->name, copy->tenant,
             fitting->is_wanted[i] ? "it does not fit the other rules"
                                   : "the configuration has that name, or no such tenant");
    report(user, text);
}

/* What the documents and that configuration come to. Under `changing`. */
static struct st_settings *fit(struct st_rule_store *store, struct st_settings *origin,
                               void (*report)(void *user, const char *text), void *user)
{
    struct st_settings *settings = NULL;
    struct st_problems problems;
    struct fitting fitting;
    begin_fitting(&fitting, store, origin);
    st_problems_init(&problems, "rules");
    if (settings_derive(&settings, origin, &fitting.plan, NULL, NULL, &problems) < 0)
        settings = fit_one_by_one(&fitting);
    st_problems_send(&problems, report, user);
    st_problems_fini(&problems);
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < fitting.plan.count; i++)
        store->documents.items[i]->is_in_force = fitting.copies[i].is_in_force;
    pthread_mutex_unlock(&store->lock);
    for (size_t i = 0; i < fitting.plan.count; i++)
        if (!fitting.copies[i].is_in_force)
            report_left_out(&fitting, i, report, user);
    end_fitting(&fitting);
    return settings;
}

static void report_to_log(void *user, const char *text)
{
    struct st_rule_store *store = user;
    ST_WARN(&store->log, "%s", text);
}

void st_rule_store_set_settings(struct st_rule_store *store, struct st_settings *settings)
{
    pthread_mutex_lock(&store->changing);
    struct st_settings *current = fit(store, settings, report_to_log, store);
    pthread_mutex_lock(&store->lock);
    struct st_settings *old_origin = store->origin, *last = store->current;
    store->origin = st_settings_ref(settings);
    store->current = current;
    pthread_mutex_unlock(&store->lock);
    rule_store_enforce(store, current);
    st_settings_unref(last);
    st_settings_unref(old_origin);
    pthread_mutex_unlock(&store->changing);
}

/* ---- jobs ---- */

static void free_job(struct rule_job *job)
{
    free((char *)job->change.tenant);
    free((char *)job->change.name);
    free((char *)job->change.text);
    free((char *)job->change.if_match);
    free((char *)job->change.by);
    st_buf_unref(job->result.json);
    free(job);
}

static void on_done(void *user)
{
    struct rule_job *job = user;
    job->done(job->user, &job->result);
    free_job(job);
}

/* The store is stopped before the loops are, so somebody is there. */
static void answer(struct rule_job *job)
{
    int err;
    while ((err = st_loop_post(job->loop, on_done, job)) == -ENOBUFS)
        nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
    if (err < 0)
        free_job(job);
}

/* NULL: the end. */
static struct rule_job *take_job(struct st_rule_store *store)
{
    pthread_mutex_lock(&store->lock);
    while (!store->first_job && !store->is_stopping)
        pthread_cond_wait(&store->wake, &store->lock);
    struct rule_job *job = store->first_job;
    if (job) {
        store->first_job = job->next;
        if (!job->next)
            store->last_job = &store->first_job;
        store->job_count--;
    }
    bool is_stopping = store->is_stopping;
    pthread_mutex_unlock(&store->lock);
    if (job && is_stopping) {
        job->result = (struct st_rule_result){.outcome = ST_RULE_STOPPING, .why = job->why};
        answer(job);
        return take_job(store);
    }
    return job;
}

static void *work(void *user)
{
    struct st_rule_store *store = user;
    for (struct rule_job *job; (job = take_job(store)) != NULL;) {
        rule_change_apply(store, &job->change, &job->result, job->why, sizeof(job->why));
        answer(job);
    }
    return NULL;
}

static enum st_rule_outcome enqueue(struct st_rule_store *store, struct rule_job *job)
{
    enum st_rule_outcome outcome = ST_RULE_CHANGED;
    pthread_mutex_lock(&store->lock);
    if (store->is_stopping) {
        outcome = ST_RULE_STOPPING;
    } else if (store->job_count == JOBS_MAX) {
        outcome = ST_RULE_BUSY;
    } else {
        *store->last_job = job;
        store->last_job = &job->next;
        store->job_count++;
        pthread_cond_signal(&store->wake);
    }
    pthread_mutex_unlock(&store->lock);
    return outcome;
}

void st_rule_store_change(struct st_rule_store *store, struct st_loop *loop,
                          const struct st_rule_change *change,
                          void (*done)(void *user, const struct st_rule_result *result), void *user)
{
    struct rule_job *job = st_mem_alloc(sizeof(*job));
    job->store = store;
    job->loop = loop;
    job->change = *change;
    job->change.tenant = st_mem_strdup(change->tenant);
    job->change.name = st_mem_strdup(change->name);
    job->change.text = change->text ? st_mem_strndup(change->text, change->bytes) : NULL;
    job->change.if_match = st_mem_strdup(change->if_match);
    job->change.by = st_mem_strdup(change->by);
    job->done = done;
    job->user = user;
    enum st_rule_outcome outcome = enqueue(store, job);
    if (outcome == ST_RULE_CHANGED)
        return;
    job->result = (struct st_rule_result){.outcome = outcome, .why = job->why};
    on_done(job);
}

/* ---- life ---- */

static void load(struct st_rule_store *store, const struct st_rule_store_config *config)
{
    rule_files_load(&store->files, store->origin->config, &store->documents, config->report,
                    config->user);
    store->audit_count = rule_files_load_audit(&store->files, store->audits, AUDIT_KEPT_MAX);
    if (store->audit_count > 0)
        store->last_audit = store->audits[store->audit_count - 1].id;
    store->current = fit(store, store->origin, config->report, config->user);
}

static int start(struct st_rule_store *store)
{
    int err = pthread_create(&store->thread, NULL, work, store);
    store->has_thread = err == 0;
    return -err;
}

int st_rule_store_create(struct st_rule_store **ret_store,
                         const struct st_rule_store_config *config)
{
    const char *folder = config->settings->config->rules.folder;
    struct st_rule_store *store = st_mem_alloc(sizeof(*store));
    store->log.module = "call";
    store->service = config->service;
    store->last_job = &store->first_job;
    pthread_mutex_init(&store->changing, NULL);
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->wake, NULL);
    store->origin = st_settings_ref(config->settings);
    int err = rule_files_open(&store->files, folder);
    if (err) {
        char text[400];
        snprintf(text, sizeof(text), "rules.folder: %.300s: %s", folder, st_err_text(err));
        config->report(config->user, text);
        st_rule_store_destroy(store);
        return err;
    }
    load(store, config);
    st_call_service_reload(store->service, store->current);
    err = start(store);
    if (err) {
        st_rule_store_destroy(store);
        return err;
    }
    *ret_store = store;
    return 0;
}

void st_rule_store_stop(struct st_rule_store *store)
{
    pthread_mutex_lock(&store->lock);
    store->is_stopping = true;
    pthread_cond_signal(&store->wake);
    pthread_mutex_unlock(&store->lock);
    if (store->has_thread)
        pthread_join(store->thread, NULL);
    store->has_thread = false;
}

void st_rule_store_destroy(struct st_rule_store *store)
{
    if (!store)
        return;
    st_rule_store_stop(store);
    for (size_t i = 0; i < store->documents.count; i++)
        rule_document_destroy(store->documents.items[i]);
    free(store->documents.items);
    for (size_t i = 0; i < AUDIT_KEPT_MAX; i++)
        rule_audit_fini(&store->audits[i]);
    rule_files_close(&store->files);
    st_settings_unref(store->current);
    st_settings_unref(store->origin);
    pthread_cond_destroy(&store->wake);
    pthread_mutex_destroy(&store->lock);
    pthread_mutex_destroy(&store->changing);
    free(store);
}
