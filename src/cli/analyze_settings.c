#include "analyze_settings.h"

#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/embedder.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void on_config_error(void *user, const char *text)
{
    fprintf(stderr, "%s\n", text);
}

static void add_rules(struct st_config_rules *rules, const char *path)
{
    rules->files = st_mem_realloc(rules->files, (rules->file_count + 1) * sizeof(rules->files[0]));
    rules->files[rules->file_count++] = st_mem_strdup(path);
}

/* NULL where there is none. */
static void find_route(const struct st_config *config, const char *name,
                       const struct st_config_tenant **ret_tenant,
                       const struct st_config_route **ret_route)
{
    const char *slash = name ? strchr(name, '/') : NULL;
    size_t tenant_bytes = slash ? (size_t)(slash - name) : name ? strlen(name) : 0;
    const char *route = slash ? slash + 1 : NULL;
    *ret_tenant = st_config_tenant_find(config, name, tenant_bytes);
    *ret_route =
        *ret_tenant ? st_config_route_find(*ret_tenant, route, route ? strlen(route) : 0) : NULL;
}

/* As the gateway does: without the model nothing is found by meaning. */
static void learn(struct st_settings *settings)
{
    char why[512];
    struct st_embedder *embedder;
    const struct st_config *config = st_settings_config(settings);
    if (config->meaning.workers == 0 ||
        st_embedder_create(&embedder, st_config_meaning_dir(config), why, sizeof(why)) < 0)
        return;
    st_settings_learn(settings, embedder);
    st_embedder_unref(embedder);
}

int st_analyze_settings_load(const struct st_analyze_options *options,
                             struct st_settings **ret_settings,
                             const struct st_config_tenant **ret_tenant,
                             const struct st_config_route **ret_route)
{
    char note[512] = "";
    struct st_config *config;
    struct st_settings *settings;
    if (st_config_load(&config, options->config, on_config_error, NULL) < 0)
        return -EINVAL;
    if (options->rules)
        add_rules(&config->rules, options->rules);
    const struct st_config_tenant *tenant;
    const struct st_config_route *route;
    find_route(config, options->route, &tenant, &route);
    if (!route) {
        fprintf(stderr, "sidetone analyze: %s: there is no such route\n", options->route);
        st_config_free(config);
        return -EINVAL;
    }
    if (st_settings_create(&settings, config, on_config_error, NULL, note, sizeof(note)) < 0)
        return -EINVAL;
    if (note[0])
        fprintf(stderr, "sidetone analyze: %s\n", note);
    if (!options->no_meaning)
        learn(settings);
    st_settings_notes(settings, on_config_error, NULL);
    *ret_settings = settings;
    *ret_tenant = tenant;
    *ret_route = route;
    return 0;
}
