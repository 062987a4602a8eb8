#include "call_internal.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Best first: what "auto" tries. */
static const char *const embedded[] = {"moonshine", "pocketsphinx"};

struct loading {
    struct engine_set *set;
    const struct st_config *config;
    void (*report)(void *user, bool is_problem, const char *text);
    void *user;
};

static const struct st_stt_engine *find_loaded(const struct engine_set *set, const char *name)
{
    for (unsigned i = 0; i < set->count; i++)
        if (strcmp(set->loaded[i].name, name) == 0)
            return &set->loaded[i];
    return NULL;
}

static void report_loaded(const struct loading *loading, const struct st_engine_ops *ops,
                          const char *description)
{
    char text[640];
    bool is_low = ops->quality && strcmp(ops->quality, "low") == 0;
    snprintf(text, sizeof(text), "engine %s%s%s", description,
             ops->quality ? "; recognition quality: " : "", ops->quality ? ops->quality : "");
    loading->report(loading->user, is_low, text);
}

static const char *const *copy_texts(char *const *texts, size_t count)
{
    const char **copies = st_mem_alloc_array(count + 1, sizeof(copies[0]));
    for (size_t i = 0; i < count; i++)
        copies[i] = st_mem_strdup(texts[i]);
    return copies;
}

static void free_texts(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((char *)texts[i]);
    free((void *)texts);
}

static void add(struct engine_set *set, const char *name, const struct st_engine_ops *ops,
                struct st_engine *engine, const struct st_config_remote_engine *remote)
{
    struct st_guard_limits limits = {.counts_only = !remote};
    char description[512];
    ops->describe(engine, description, sizeof(description));
    set->descriptions[set->count] = st_mem_strdup(description);
    struct st_stt_engine *added = &set->loaded[set->count++];
    *added = (struct st_stt_engine){.name = st_mem_strdup(name), .ops = ops, .engine = engine};
    if (remote)
        limits = (struct st_guard_limits){remote->streams, remote->opens_per_s, false};
    added->guard = st_guard_create(&limits);
    if (!remote)
        return;
    added->stall_us = (int64_t)remote->stall_s * 1000000;
    added->session_us = (int64_t)remote->session_s * 1000000;
    added->hints = copy_texts(remote->hints, remote->hint_count);
    added->hint_count = remote->hint_count;
}

/* 0, also when it was loaded before. */
static int load(const struct loading *loading, const char *name, char *why, size_t why_bytes)
{
    struct engine_set *set = loading->set;
    struct st_engine *engine = NULL;
    if (find_loaded(set, name))
        return 0;
    const struct st_config_engines *config = &loading->config->engines;
    const struct st_config_remote_engine *remote = st_config_remote_find(config, name);
    const struct st_engine_ops *ops = st_engine_find(remote ? remote->type : name);
    if (!ops || (ops->kind == ST_ENGINE_EMBEDDED) == (remote != NULL)) {
        snprintf(why, why_bytes, "there is no engine of that name");
        return -EINVAL;
    }
    if (set->count == ENGINES_MAX) {
        snprintf(why, why_bytes, "there are too many engines");
        return -ENOBUFS;
    }
    int err = ops->load(&engine, config, remote, why, why_bytes);
    if (err)
        return err;
    add(set, name, ops, engine, remote);
    report_loaded(loading, ops, set->descriptions[set->count - 1]);
    return 0;
}

static int load_auto(const struct loading *loading)
{
    char why[512], text[640];
    for (size_t i = 0; i < sizeof(embedded) / sizeof(embedded[0]); i++) {
        if (find_loaded(loading->set, embedded[i]))
            return 0;
        why[0] = '\0';
        if (load(loading, embedded[i], why, sizeof(why)) == 0)
            return 0;
        snprintf(text, sizeof(text), "engine %s cannot be used: %s", embedded[i], why);
        loading->report(loading->user, true, text);
    }
    return -ENOENT;
}

static int load_named(const struct loading *loading, const struct st_config_route *route,
                      const char *name)
{
    char why[512] = "", text[768];
    if (strcmp(name, "auto") == 0)
        return load_auto(loading);
    int err = load(loading, name, why, sizeof(why));
    if (err) {
        snprintf(text, sizeof(text), "route '%s' needs engine '%s': %s", route->name, name, why);
        loading->report(loading->user, true, text);
    }
    return err;
}

/* Every engine of the list must be there: who finds out when the first one fails finds out too
 * late. */
static int load_list(const struct loading *loading, const struct st_config_route *route,
                     char *const *names, unsigned count)
{
    int err = 0;
    for (unsigned i = 0; i < count; i++) {
        int ret = load_named(loading, route, names[i]);
        err = err ? err : ret;
    }
    return err;
}

static int load_for_route(const struct loading *loading, const struct st_config_route *route)
{
    int err = load_list(loading, route, route->engines, route->engine_count);
    for (unsigned i = 0; i < route->language_count; i++) {
        int ret = load_list(loading, route, route->languages[i].engines,
                            route->languages[i].engine_count);
        err = err ? err : ret;
    }
    return err;
}

int engine_set_load(struct engine_set *set, const struct st_config *config,
                    void (*report)(void *user, bool is_problem, const char *text), void *user)
{
    struct loading loading = {set, config, report, user};
    int err = 0;
    for (unsigned t = 0; t < config->tenant_count; t++) {
        const struct st_config_tenant *tenant = &config->tenants[t];
        for (unsigned r = 0; r < tenant->route_count; r++) {
            int ret = load_for_route(&loading, &tenant->routes[r]);
            err = err ? err : ret;
        }
    }
    return err;
}

void engine_set_unload(struct engine_set *set)
{
    for (unsigned i = 0; i < set->count; i++) {
        struct st_stt_engine *loaded = &set->loaded[i];
        loaded->ops->unload(loaded->engine);
        st_guard_destroy(loaded->guard);
        free_texts(loaded->hints, loaded->hint_count);
        free((char *)loaded->name);
        free(set->descriptions[i]);
    }
    set->count = 0;
}

static const struct st_stt_engine *find(const struct engine_set *set, const char *name)
{
    const struct st_stt_engine *found = NULL;
    if (strcmp(name, "auto") != 0)
        return find_loaded(set, name);
    for (size_t i = 0; i < sizeof(embedded) / sizeof(embedded[0]) && !found; i++)
        found = find_loaded(set, embedded[i]);
    return found;
}

/* "auto" may give what is named beside it. */
static void add_once(struct engine_list *list, const struct st_stt_engine *engine)
{
    for (unsigned i = 0; i < list->count; i++)
        if (list->engines[i].name == engine->name)
            return;
    if (list->count < ST_STT_ENGINES_MAX)
        list->engines[list->count++] = *engine;
}

struct engine_list engine_set_list(const struct engine_set *set,
                                   const struct st_config_route *route, const char *language)
{
    const struct st_config_route_language *special = st_config_language_find(route, language);
    char *const *names = route->engines;
    unsigned count = route->engine_count;
    struct engine_list list = {.count = 0};
    if (special && special->engine_count > 0) {
        names = special->engines;
        count = special->engine_count;
    }
    for (unsigned i = 0; i < count; i++) {
        const struct st_stt_engine *engine = find(set, names[i]);
        if (engine)
            add_once(&list, engine);
    }
    return list;
}
