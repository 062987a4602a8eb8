#include "engine_survey.h"

#include "sidetone/call_engines.h"
#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what routes want ---- */

struct naming {
    const struct st_config_tenant *tenant;
    const struct st_config_route *route;
    const char *language; /* of the list; NULL: the route's own */
    char *const *engines;
    unsigned count;
};

/* Calls `visit` for every list of engines, until it does not return 0. */
static int visit_lists(const struct st_config *config,
                       int (*visit)(void *user, const struct naming *naming), void *user)
{
    int ret = 0;
    for (unsigned t = 0; t < config->tenant_count; t++)
        for (unsigned r = 0; r < config->tenants[t].route_count && !ret; r++) {
            const struct st_config_route *route = &config->tenants[t].routes[r];
            struct naming naming = {&config->tenants[t], route, NULL, route->engines,
                                    route->engine_count};
            ret = visit(user, &naming);
            for (unsigned i = 0; i < route->language_count && !ret; i++) {
                naming.language = route->languages[i].language;
                naming.engines = route->languages[i].engines;
                naming.count = route->languages[i].engine_count;
                ret = visit(user, &naming);
            }
        }
    return ret;
}

struct search {
    const char *name;
    const char *language; /* of the calls in the list where it was found */
};

static int look_for(void *user, const struct naming *naming)
{
    struct search *search = user;
    for (unsigned i = 0; i < naming->count; i++)
        if (strcmp(naming->engines[i], search->name) == 0) {
            search->language = naming->language ? naming->language : naming->route->language;
            return 1;
        }
    return 0;
}

static bool is_named(const struct st_config *config, const char *name)
{
    return visit_lists(config, look_for, &(struct search){name, NULL}) != 0;
}

static const char *language_for(const struct st_config *config, const char *name)
{
    struct search search = {name, "en-US"};
    visit_lists(config, look_for, &search);
    return search.language;
}

struct collection {
    const struct st_engine_row *row;
    json_t *routes;
};

static int collect(void *user, const struct naming *naming)
{
    struct collection *collection = user;
    const struct st_engine_row *row = collection->row;
    for (unsigned i = 0; i < naming->count; i++)
        if (strcmp(naming->engines[i], row->name) == 0 ||
            (row->is_auto && strcmp(naming->engines[i], "auto") == 0))
            json_array_append_new(collection->routes,
                                  json_pack("{s:s,s:s,s:s?,s:i}", "tenant", naming->tenant->name,
                                            "route", naming->route->name, "language",
                                            naming->language, "place", (int)i + 1));
    return 0;
}

json_t *st_engine_row_routes(const struct st_engine_row *row, const struct st_config *config)
{
    struct collection collection = {row, json_array()};
    visit_lists(config, collect, &collection);
    return collection.routes;
}

/* ---- embedded ones ---- */

/* Whether another embedded engine comes after this one, for "auto" to fall back on. */
static bool has_next(const struct st_engine_ops *const *at)
{
    for (at++; *at; at++)
        if ((*at)->kind == ST_ENGINE_EMBEDDED)
            return true;
    return false;
}

static void look_at_embedded(struct st_engine_survey *survey)
{
    const struct st_config *config = survey->config;
    bool is_auto_named = is_named(config, "auto"), is_auto_open = true;
    for (const struct st_engine_ops *const *at = st_engines; *at; at++) {
        const struct st_engine_ops *ops = *at;
        if (ops->kind != ST_ENGINE_EMBEDDED)
            continue;
        struct st_engine_row *row = &survey->rows[survey->count++];
        *row = (struct st_engine_row){.name = ops->name, .type = ops->name, .ops = ops};
        row->err = ops->probe(&config->engines, row->text, sizeof(row->text));
        row->verdict = row->err ? st_engine_verdict_missing : st_engine_verdict_installed;
        if (is_named(config, ops->name))
            row->need = ST_DOCTOR_NEEDED;
        else if (is_auto_open && is_auto_named)
            row->need = has_next(at) ? ST_DOCTOR_WANTED : ST_DOCTOR_NEEDED;
        row->is_auto = is_auto_open && row->err == 0;
        is_auto_open = is_auto_open && row->err != 0;
    }
}

/* ---- remote ones ---- */

static void load(struct st_engine_row *row, const struct st_config *config)
{
    snprintf(row->text, sizeof(row->text), "there is no engine of type '%s'", row->type);
    row->err = row->ops && row->ops->kind != ST_ENGINE_EMBEDDED
                   ? row->ops->load(&row->trial.engine, &config->engines, row->remote, row->text,
                                    sizeof(row->text))
                   : -EINVAL;
    row->verdict = row->err ? st_engine_verdict_unusable : st_engine_verdict_not_tried;
    if (row->err)
        return;
    row->ops->describe(row->trial.engine, row->text, sizeof(row->text));
    st_engine_address(row->text, row->address, sizeof(row->address));
    row->trial.ops = row->ops;
    row->trial.language = language_for(config, row->name);
    row->trial.hints = (const char *const *)row->remote->hints;
    row->trial.hint_count = row->remote->hint_count;
}

static int try_loaded(struct st_engine_row *rows, size_t count, const struct st_config *config)
{
    struct st_engine_trial *trials = st_mem_alloc_array(count + 1, sizeof(*trials));
    size_t tried = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].err == 0)
            trials[tried++] = rows[i].trial;
    int err = st_engine_trial_run(trials, tried, st_call_engines_transport(), &config->limits);
    for (size_t i = 0, k = 0; i < count && !err; i++) {
        if (rows[i].err)
            continue;
        rows[i].trial = trials[k++];
        rows[i].is_tried = true;
        rows[i].verdict = st_engine_verdict_of_trial(&rows[i].trial);
    }
    free(trials);
    return err;
}

static int look_at_remotes(struct st_engine_survey *survey, bool is_offline)
{
    const struct st_config *config = survey->config;
    struct st_engine_row *rows = &survey->rows[survey->count];
    unsigned count = config->engines.remote_count;
    for (unsigned i = 0; i < count; i++) {
        const struct st_config_remote_engine *remote = &config->engines.remote[i];
        rows[i] = (struct st_engine_row){.name = remote->name,
                                         .type = remote->type,
                                         .remote = remote,
                                         .ops = st_engine_find(remote->type)};
        rows[i].need = is_named(config, remote->name) ? ST_DOCTOR_NEEDED : ST_DOCTOR_UNUSED;
        load(&rows[i], config);
    }
    survey->count += count;
    int err = is_offline ? 0 : try_loaded(rows, count, config);
    for (unsigned i = 0; i < count; i++) {
        if (rows[i].err == 0)
            rows[i].ops->unload(rows[i].trial.engine);
        rows[i].trial.engine = NULL;
    }
    return err;
}

int st_engine_survey_run(struct st_engine_survey *survey, const struct st_config *config,
                         bool is_offline)
{
    size_t types = 0;
    while (st_engines[types])
        types++;
    survey->config = config;
    survey->count = 0;
    survey->rows =
        st_mem_alloc_array(types + config->engines.remote_count, sizeof(survey->rows[0]));
    look_at_embedded(survey);
    return look_at_remotes(survey, is_offline);
}

void st_engine_survey_fini(struct st_engine_survey *survey)
{
    free(survey->rows);
    *survey = (struct st_engine_survey){0};
}

bool st_engine_row_is_well(const struct st_engine_row *row)
{
    return row->err == 0 && (!row->is_tried || row->trial.is_good);
}
