/* What the files of the store of rules share. */
#ifndef SIDETONE_CALL_RULE_STORE_INTERNAL_H
#define SIDETONE_CALL_RULE_STORE_INTERNAL_H

#include "call_internal.h"

#include "sidetone/document.h"
#include "sidetone/rule_scripts.h"
#include "sidetone/rule_store.h"
#include "sidetone/rules.h"

#include <pthread.h>

enum { AUDIT_KEPT_MAX = 1000, JOBS_MAX = 64 };

/* ---- rule_kinds.c ---- */

/* What is known of a document without what it says. Texts are borrowed. */
struct rule_facts {
    const char *name;
    const char *description; /* NULL: the kind has none */
    const char *severity;    /* likewise, or it is not known */
    const char *version;
};

struct rule_kind {
    const char *name;
    bool has_description;
    /* A document on its own, in canonical form; `ret_version` fingerprints it. */
    int (*read)(const char *name, const char *text, size_t bytes, struct st_json_writer *ret_text,
                char ret_version[ST_RULE_STORE_VERSION_BYTES], struct st_problems *problems);
    /* Into a tenant's book, beside the others. */
    int (*put)(struct st_rule_book *book, const char *name, const char *text, size_t bytes,
               struct st_problems *problems);
    /* What a tenant's calls go by: false past the last, or without that name. Until the settings
     * are gone. */
    bool (*at)(const struct st_settings *settings, const char *tenant, size_t i,
               struct rule_facts *ret_facts);
    bool (*find)(const struct st_settings *settings, const char *tenant, const char *name,
                 struct rule_facts *ret_facts);
    void (*write)(const struct st_settings *settings, const char *tenant, const char *name,
                  struct st_json_writer *json);
    /* What people should know of one that is in force; NULL: the kind has nothing to tell. */
    void (*tell_notes)(const struct st_settings *settings, const char *tenant, const char *name,
                       void (*tell)(void *user, const char *text), void *user);
};

extern const struct rule_kind *const rule_kinds[]; /* ended by NULL */
int rule_kind_find(const char *name);              /* or -ENOENT */

/* ---- documents that people wrote ---- */

struct rule_document {
    unsigned kind;
    char *tenant;
    char *name;
    char *text;         /* canonical JSON */
    const char *source; /* as it was put, while it is tried: problems have its lines; or NULL */
    char version[ST_RULE_STORE_VERSION_BYTES];
    char by[ST_RULE_STORE_BY_BYTES];
    int64_t at_unix_ms;
    uint64_t file_id; /* 0: not stored */
    bool is_in_force; /* not when the configuration has the name, or when it does not fit */
};

struct rule_documents {
    struct rule_document **items; /* owned */
    size_t count;
};

struct rule_document *rule_documents_find(const struct rule_documents *documents, unsigned kind,
                                          const char *tenant, const char *name);
/* In the place of the one of that name, which is given back, or behind the others (NULL). */
struct rule_document *rule_documents_put(struct rule_documents *documents,
                                         struct rule_document *document);
void rule_documents_remove(struct rule_documents *documents, const struct rule_document *document);
void rule_document_destroy(struct rule_document *document); /* NULL is fine */

/* ---- settings_live.c ---- */

/* The configuration's settings and those documents, compiled. Of tenants other than `changed`
 * (NULL: none) what `last` has is taken over. 0 or -EINVAL with the problems. */
int settings_derive(struct st_settings **ret_settings, struct st_settings *origin,
                    const struct rule_documents *documents, const struct st_settings *last,
                    const char *changed, struct st_problems *problems);

/* ---- rule_files.c: the folder ---- */

struct rule_audit {
    uint64_t id; /* from 1 */
    int64_t at_unix_ms;
    char *by, *action, *kind, *tenant, *name;
    char from[ST_RULE_STORE_VERSION_BYTES], to[ST_RULE_STORE_VERSION_BYTES]; /* "": none */
};

struct rule_files {
    char *folder;     /* "": none; everything succeeds and nothing is kept */
    uint64_t last_id; /* of files */
};

/* Makes the folder if need be and sees that it can be written to. */
int rule_files_open(struct rule_files *files, const char *folder);
void rule_files_close(struct rule_files *files);
/* Every stored document that can be read, of tenants and kinds that there are. */
void rule_files_load(struct rule_files *files, const struct st_config *config,
                     struct rule_documents *documents, void (*report)(void *user, const char *text),
                     void *user);
/* Gives the document its file_id unless it has one. 0 or a negative errno: then as before. */
int rule_files_write(struct rule_files *files, struct rule_document *document);
int rule_files_remove(struct rule_files *files, const struct rule_document *document);

/* Appends and syncs. `text` is what the document says from then on, NULL: it is gone. */
int rule_files_audit(struct rule_files *files, const struct rule_audit *audit, const char *text);
/* The last ones; returns how many. */
size_t rule_files_load_audit(struct rule_files *files, struct rule_audit *audits, size_t max);
void rule_audit_fini(struct rule_audit *audit);
void rule_audit_write(const struct rule_audit *audit, struct st_json_writer *json);

/* ---- rule_store.c ---- */

struct rule_job {
    struct rule_job *next;
    struct st_rule_store *store;
    struct st_loop *loop;
    struct st_rule_change change; /* its texts are the job's */
    struct st_rule_result result;
    char why[200];
    void (*done)(void *user, const struct st_rule_result *result);
    void *user;
};

struct st_rule_store {
    struct st_log log;
    struct st_call_service *service;
    pthread_mutex_t changing; /* one change at a time; taken before `lock` */
    pthread_mutex_t lock;     /* of everything below */
    pthread_cond_t wake;
    struct st_settings *origin;  /* own reference */
    struct st_settings *current; /* own reference; with the documents */
    struct rule_documents documents;
    struct rule_files files;                  /* under `changing` */
    struct rule_audit audits[AUDIT_KEPT_MAX]; /* a ring */
    size_t audit_count;
    uint64_t last_audit;
    struct rule_job *first_job, **last_job;
    unsigned job_count;
    bool is_stopping;
    bool has_thread;
    pthread_t thread;
};

/* ---- rule_change.c: one change, whole; on the store's thread ---- */

void rule_change_apply(struct st_rule_store *store, const struct st_rule_change *change,
                       struct st_rule_result *ret_result, char *why, size_t why_bytes);
/* Puts settings in force on every loop and waits for it. Takes a reference of its own. */
void rule_store_enforce(struct st_rule_store *store, struct st_settings *settings);
/* One document as an object. Under the lock. */
void rule_store_put_document(const struct st_rule_store *store,
                             const struct rule_document *document, struct st_json_writer *json);

#endif
