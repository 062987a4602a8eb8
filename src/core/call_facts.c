#include "sidetone/call_facts.h"

#include "sidetone/mem.h"

#include <stdlib.h>

/* Every owned string of the facts, so that create, copy and free cannot disagree. */
enum { STRINGS = 10 };
static void list_strings(struct st_call_facts *facts, char **strings[STRINGS])
{
    char **all[STRINGS] = {&facts->call_id,  &facts->tenant,     &facts->route, &facts->dialect,
                           &facts->agent_id, &facts->agent_name, &facts->queue, &facts->caller,
                           &facts->language, &facts->team};
    for (int i = 0; i < STRINGS; i++)
        strings[i] = all[i];
}

struct st_call_facts *st_call_facts_create(void)
{
    struct st_call_facts *facts = st_mem_alloc(sizeof(*facts));
    char **strings[STRINGS];
    list_strings(facts, strings);
    for (int i = 0; i < STRINGS; i++)
        *strings[i] = st_mem_strdup("");
    facts->engine = "";
    facts->engine_quality = "";
    atomic_init(&facts->refs, 1);
    return facts;
}

struct st_call_facts *st_call_facts_copy(const struct st_call_facts *facts)
{
    struct st_call_facts *copy = st_call_facts_create();
    char **from[STRINGS], **to[STRINGS];
    list_strings((struct st_call_facts *)facts, from);
    list_strings(copy, to);
    for (int i = 0; i < STRINGS; i++)
        st_call_facts_set(to[i], *from[i]);
    copy->engine = facts->engine;
    copy->engine_quality = facts->engine_quality;
    copy->started_unix_ms = facts->started_unix_ms;
    for (int i = 0; i < ST_CHANNELS_MAX; i++)
        copy->roles[i] = facts->roles[i];
    for (size_t i = 0; i < facts->attribute_count; i++)
        st_call_facts_add_attribute(copy, facts->attributes[i].key, facts->attributes[i].value);
    return copy;
}

void st_call_facts_set(char **string, const char *value)
{
    char *copy = st_mem_strdup(value ? value : "");
    free(*string);
    *string = copy;
}

void st_call_facts_add_attribute(struct st_call_facts *facts, const char *key, const char *value)
{
    size_t n = facts->attribute_count;
    facts->attributes = st_mem_realloc(facts->attributes, (n + 1) * sizeof(facts->attributes[0]));
    facts->attributes[n].key = st_mem_strdup(key);
    facts->attributes[n].value = st_mem_strdup(value);
    facts->attribute_count = n + 1;
}

struct st_call_facts *st_call_facts_ref(const struct st_call_facts *facts)
{
    struct st_call_facts *shared = (struct st_call_facts *)facts;
    atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void st_call_facts_unref(const struct st_call_facts *facts)
{
    struct st_call_facts *shared = (struct st_call_facts *)facts;
    if (!shared || atomic_fetch_sub_explicit(&shared->refs, 1, memory_order_acq_rel) != 1)
        return;
    char **strings[STRINGS];
    list_strings(shared, strings);
    for (int i = 0; i < STRINGS; i++)
        free(*strings[i]);
    for (size_t i = 0; i < shared->attribute_count; i++) {
        free(shared->attributes[i].key);
        free(shared->attributes[i].value);
    }
    free(shared->attributes);
    free(shared);
}
