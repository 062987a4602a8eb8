#include "doctor_engines.h"

#include "doctor_judge.h"
#include "doctor_look.h"

#include "sidetone/config.h"
#include "sidetone/err.h"
#include "sidetone/stt.h"

#include <stdio.h>
#include <string.h>

static bool is_named(const struct st_config *config, const char *name)
{
    for (unsigned t = 0; t < config->tenant_count; t++)
        for (unsigned r = 0; r < config->tenants[t].route_count; r++)
            if (strcmp(config->tenants[t].routes[r].engine, name) == 0)
                return true;
    return false;
}

/* Whether another embedded engine comes after this one, for "auto" to fall back on. */
static bool has_next(const struct st_engine_ops *const *at)
{
    for (at++; *at; at++)
        if ((*at)->kind == ST_ENGINE_EMBEDDED)
            return true;
    return false;
}

static int look_remote(const struct st_engine_ops *ops, const struct st_config_engines *config,
                       char *text, size_t text_bytes)
{
    struct st_engine *engine = NULL;
    int err = ops->load(&engine, config, text, text_bytes);
    if (err)
        return err;
    ops->describe(engine, text, text_bytes);
    err = st_doctor_look_reach(ops->url(engine));
    size_t used = strlen(text);
    snprintf(text + used, text_bytes - used, err ? ", cannot be reached: %s" : ", answers%s",
             err ? st_err_text(err) : "");
    ops->unload(engine);
    return err;
}

static int look(const struct st_engine_ops *ops, const struct st_config_engines *config, char *text,
                size_t text_bytes)
{
    return ops->kind == ST_ENGINE_EMBEDDED ? ops->probe(config, text, text_bytes)
                                           : look_remote(ops, config, text, text_bytes);
}

void st_doctor_engines(struct st_doctor_report *report, const struct st_config *config)
{
    char text[1024];
    bool is_auto_open = is_named(config, "auto"); /* until an engine was found for it */
    for (const struct st_engine_ops *const *at = st_engines; *at; at++) {
        const struct st_engine_ops *ops = *at;
        bool is_embedded = ops->kind == ST_ENGINE_EMBEDDED;
        struct st_doctor_engine engine = {.name = ops->name, .quality = ops->quality, .text = text};
        text[0] = '\0';
        if (is_named(config, ops->name))
            engine.need = ST_DOCTOR_NEEDED;
        else if (is_embedded && is_auto_open)
            engine.need = has_next(at) ? ST_DOCTOR_WANTED : ST_DOCTOR_NEEDED;
        engine.err = look(ops, &config->engines, text, sizeof(text));
        st_doctor_judge_engine(report, &engine);
        if (is_embedded && engine.err == 0)
            is_auto_open = false;
    }
}
