#include "analyze_settings.h"

#include "sidetone/call.h"
#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_config_error(void *user, const char *text)
{
    fprintf(stderr, "%s\n", text);
}

/* Those of `extra` come last, and take the place of any of the same name. */
static void move_categories(struct st_config *config, struct st_config *extra)
{
    size_t count = config->category_count + extra->category_count;
    config->categories =
        st_mem_realloc(config->categories, (count + 1) * sizeof(*config->categories));
    for (unsigned i = 0; i < extra->category_count; i++) {
        unsigned at = 0;
        while (at < config->category_count &&
               strcmp(config->categories[at].name, extra->categories[i].name) != 0)
            at++;
        struct st_config_category taken = extra->categories[i];
        if (at < config->category_count)
            extra->categories[i] = config->categories[at]; /* freed with the rest of `extra` */
        else
            extra->categories[i] = (struct st_config_category){0};
        config->categories[at] = taken;
        config->category_count += at == config->category_count;
    }
}

static int load_config(const struct st_analyze_options *options, struct st_config **ret_config)
{
    struct st_config *config, *extra;
    int err = st_config_load(&config, options->config, on_config_error, NULL);
    if (err || !options->rules) {
        *ret_config = err ? NULL : config;
        return err;
    }
    err = st_config_load(&extra, options->rules, on_config_error, NULL);
    if (err) {
        st_config_free(config);
        return err;
    }
    move_categories(config, extra);
    st_config_free(extra);
    *ret_config = config;
    return 0;
}

static const struct st_config_route *find_route(const struct st_config *config, const char *name)
{
    const char *slash = name ? strchr(name, '/') : NULL;
    size_t tenant_bytes = slash ? (size_t)(slash - name) : name ? strlen(name) : 0;
    const struct st_config_tenant *tenant = st_config_tenant_find(config, name, tenant_bytes);
    const char *route = slash ? slash + 1 : NULL;
    return tenant ? st_config_route_find(tenant, route, route ? strlen(route) : 0) : NULL;
}

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "sidetone analyze: %s: %s\n", what, why);
    return -EINVAL;
}

int st_analyze_settings_load(const struct st_analyze_options *options,
                             struct st_settings **ret_settings,
                             const struct st_config_route **ret_route)
{
    char why[512] = "";
    struct st_config *config;
    struct st_settings *settings;
    if (load_config(options, &config) < 0)
        return -EINVAL;
    if (!find_route(config, options->route)) {
        st_config_free(config);
        return complain(options->route, "there is no such route");
    }
    if (st_settings_create(&settings, config, why, sizeof(why)) < 0)
        return complain(options->rules    ? options->rules
                        : options->config ? options->config
                                          : "the configuration",
                        why);
    if (why[0])
        fprintf(stderr, "sidetone analyze: %s\n", why);
    *ret_settings = settings;
    *ret_route = find_route(st_settings_config(settings), options->route);
    return 0;
}
