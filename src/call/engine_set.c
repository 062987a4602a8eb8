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

static struct engine_choice find_loaded(const struct engine_set *set, const char *name)
{
    for (unsigned i = 0; i < set->count; i++)
        if (strcmp(set->loaded[i].name, name) == 0)
            return (struct engine_choice){set->loaded[i].name, set->loaded[i].ops,
                                          set->loaded[i].engine};
    return (struct engine_choice){.name = NULL};
}

static void report_loaded(const struct loading *loading, const struct st_engine_ops *ops,
                          const struct st_engine *engine)
{
    char description[512], text[640];
    ops->describe(engine, description, sizeof(description));
    bool is_low = ops->quality && strcmp(ops->quality, "low") == 0;
    snprintf(text, sizeof(text), "engine %s%s%s", description,
             ops->quality ? "; recognition quality: " : "", ops->quality ? ops->quality : "");
    loading->report(loading->user, is_low, text);
}

/* 0, also when it was loaded before. */
static int load(const struct loading *loading, const char *name, char *why, size_t why_bytes)
{
    struct engine_set *set = loading->set;
    struct st_engine *engine = NULL;
    if (find_loaded(set, name).ops)
        return 0;
    const struct st_config_engines *config = &loading->config->engines;
    const struct st_config_remote_engine *remote = st_config_remote_find(config, name);
    const struct st_engine_ops *ops = st_engine_find(remote ? remote->type : name);
    if (!ops || (ops->kind == ST_ENGINE_EMBEDDED) == (remote != NULL)) {
        snprintf(why, why_bytes, "there is no engine of that name");
        return -EINVAL;
    }
    if (set->count == ENGINES_MAX)
        return -ENOBUFS;
    int err = ops->load(&engine, config, remote, why, why_bytes);
    if (err)
        return err;
    set->loaded[set->count].name = st_mem_strdup(name);
    set->loaded[set->count].ops = ops;
    set->loaded[set->count++].engine = engine;
    report_loaded(loading, ops, engine);
    return 0;
}

static int load_auto(const struct loading *loading)
{
    char why[512], text[640];
    for (size_t i = 0; i < sizeof(embedded) / sizeof(embedded[0]); i++) {
        if (find_loaded(loading->set, embedded[i]).ops)
            return 0;
        why[0] = '\0';
        if (load(loading, embedded[i], why, sizeof(why)) == 0)
            return 0;
        snprintf(text, sizeof(text), "engine %s cannot be used: %s", embedded[i], why);
        loading->report(loading->user, true, text);
    }
    return -ENOENT;
}

static int load_for_route(const struct loading *loading, const struct st_config_route *route)
{
    if (strcmp(route->engine, "auto") == 0)
        return load_auto(loading);
    char why[512] = "", text[768];
    int err = load(loading, route->engine, why, sizeof(why));
    if (err) {
        snprintf(text, sizeof(text), "route '%s' needs engine '%s': %s", route->name, route->engine,
                 why);
        loading->report(loading->user, true, text);
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
        set->loaded[i].ops->unload(set->loaded[i].engine);
        free(set->loaded[i].name);
    }
    set->count = 0;
}

struct engine_choice engine_set_find(const struct engine_set *set, const char *name)
{
    struct engine_choice choice = {.name = NULL};
    if (strcmp(name, "auto") != 0)
        return find_loaded(set, name);
    for (size_t i = 0; i < sizeof(embedded) / sizeof(embedded[0]) && !choice.ops; i++)
        choice = find_loaded(set, embedded[i]);
    return choice;
}
