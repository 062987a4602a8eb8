/*
 * Who and what a call is: immutable, shared by reference across threads.
 *
 * When a platform corrects a fact, the call makes a new one and keeps its old references valid.
 */
#ifndef SIDETONE_CALL_FACTS_H
#define SIDETONE_CALL_FACTS_H

#include "sidetone/frame.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct st_fact_attribute {
    char *key;
    char *value;
};

/* Strings are never NULL; "" where unknown. */
struct st_call_facts {
    atomic_uint refs;
    char *call_id;
    char *tenant;
    char *route;
    char *dialect;
    char *agent_id;
    char *agent_name;
    char *queue;
    char *team; /* of the agent, or as the platform says */
    char *caller;
    char *language;
    const char *engine;         /* static */
    const char *engine_quality; /* static; "" when the engine does not say */
    int64_t started_unix_ms;
    enum st_role roles[ST_CHANNELS_MAX];
    struct st_fact_attribute *attributes;
    size_t attribute_count;
};

/* One reference; every string "". */
struct st_call_facts *st_call_facts_create(void);
/* A copy that may be changed until it is shared. */
struct st_call_facts *st_call_facts_copy(const struct st_call_facts *facts);
/* Frees the old string and stores a copy of the new one. */
void st_call_facts_set(char **string, const char *value);
void st_call_facts_add_attribute(struct st_call_facts *facts, const char *key, const char *value);
struct st_call_facts *st_call_facts_ref(const struct st_call_facts *facts);
void st_call_facts_unref(const struct st_call_facts *facts); /* NULL is fine */

#endif
