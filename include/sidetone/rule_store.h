/*
 * Rules that people change while the gateway runs: named documents of several kinds, per tenant,
 * beside what the configuration holds, which stays read-only.
 *
 * A document is known by its version, a fingerprint of what it says; whoever changes one names the
 * version that they saw. A change is compiled with everything else of its tenant on a thread of the
 * store's, kept in `rules.folder` (each document a file, written whole or not at all), noted in the
 * folder's audit.jsonl, and in force on every loop before it is answered. Without a folder it lasts
 * until the restart. One gateway has the folder for itself.
 */
#ifndef SIDETONE_RULE_STORE_H
#define SIDETONE_RULE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_buf;
struct st_call_service;
struct st_json_writer;
struct st_loop;
struct st_settings;

enum { ST_RULE_STORE_BY_BYTES = 129, ST_RULE_STORE_VERSION_BYTES = 17 };

struct st_rule_store;

struct st_rule_store_config {
    struct st_call_service *service;
    struct st_settings *settings; /* of the configuration; a reference is taken */
    /* For people: a stored document that cannot be used. Called within create and set_settings. */
    void (*report)(void *user, const char *text);
    void *user;
};

/* Reads the folder, and puts what is in it in force. Blocks. Fails, after a report, when there is a
 * folder that cannot be used. */
int st_rule_store_create(struct st_rule_store **ret_store,
                         const struct st_rule_store_config *config);
/* Changes that wait are refused; then nothing is changed any more. Before the loops stop. */
void st_rule_store_stop(struct st_rule_store *store);
void st_rule_store_destroy(struct st_rule_store *store); /* after the loops; NULL is fine */

/* A configuration that was loaded anew, instead of st_call_service_reload. What people wrote stands
 * beside it; where both have a name, the configuration's holds. A changed folder is for the next
 * start. Any thread but a loop's. */
void st_rule_store_set_settings(struct st_rule_store *store, struct st_settings *settings);

/* ---- kinds ---- */

/* "categories", "scripts"; NULL past the last. */
const char *st_rule_store_kind(unsigned kind);

/* ---- reading; any thread ---- */

/* -ENOENT: no such tenant. Each document without what it says, by name, as members of an open
 * object. */
int st_rule_store_list(struct st_rule_store *store, unsigned kind, const char *tenant,
                       struct st_json_writer *json);
/* One whole, as an object. -ENOENT: no such tenant or document. */
int st_rule_store_get(struct st_rule_store *store, unsigned kind, const char *tenant,
                      const char *name, struct st_json_writer *json,
                      char ret_version[ST_RULE_STORE_VERSION_BYTES]);
/* Changes before the one of id `before` (0: all), newest first, as members of an open object.
 * tenant "": of all. The last thousand are known. */
void st_rule_store_audit(struct st_rule_store *store, const char *tenant, uint64_t before,
                         size_t max, struct st_json_writer *json);

/* ---- changing ---- */

enum st_rule_action {
    ST_RULE_PUT,
    ST_RULE_PATCH, /* a JSON merge patch, RFC 7396 */
    ST_RULE_DELETE,
};

struct st_rule_change {
    unsigned kind;
    enum st_rule_action action;
    const char *tenant;
    const char *name;
    const char *text; /* PUT: YAML or JSON; PATCH: JSON */
    size_t bytes;
    const char *if_match; /* "": not said; versions separated by spaces, or "*" */
    bool must_be_new;
    const char *by;
};

enum st_rule_outcome {
    ST_RULE_CHANGED,
    ST_RULE_CREATED,
    ST_RULE_UNCHANGED,     /* it said that already */
    ST_RULE_NOT_FOUND,     /* the tenant, or what should be changed */
    ST_RULE_READ_ONLY,     /* it stands in the configuration */
    ST_RULE_NO_VERSION,    /* if_match is missing */
    ST_RULE_OTHER_VERSION, /* if_match is not what is there */
    ST_RULE_INVALID,
    ST_RULE_NOT_STORED, /* the folder failed; nothing has changed */
    ST_RULE_BUSY,       /* too many changes wait */
    ST_RULE_STOPPING,
};

struct st_rule_result {
    enum st_rule_outcome outcome;
    char version[ST_RULE_STORE_VERSION_BYTES]; /* what is there now; "": nothing */
    struct st_buf *json; /* the document as get gives it; of INVALID a list of problems; or NULL */
    const char *why;     /* NOT_FOUND, NOT_STORED: for people */
};

/* On that loop; `done` is called there once. Everything is copied. */
void st_rule_store_change(struct st_rule_store *store, struct st_loop *loop,
                          const struct st_rule_change *change,
                          void (*done)(void *user, const struct st_rule_result *result),
                          void *user);

#endif
