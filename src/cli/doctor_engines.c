#include "doctor_engines.h"

#include "doctor_judge.h"
#include "doctor_look.h"

#include "sidetone/config.h"
#include "sidetone/err.h"
#include "sidetone/stt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RATE_HZ = 16000 };

static void ignore_send(void *user, const void *data, size_t bytes, bool is_binary)
{
}

static const struct st_engine_sink deaf = {.send = ignore_send};

static bool is_among(char *const *engines, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(engines[i], name) == 0)
            return true;
    return false;
}

static bool is_named_by(const struct st_config_route *route, const char *name)
{
    for (unsigned i = 0; i < route->language_count; i++)
        if (is_among(route->languages[i].engines, route->languages[i].engine_count, name))
            return true;
    return is_among(route->engines, route->engine_count, name);
}

static bool is_named(const struct st_config *config, const char *name)
{
    for (unsigned t = 0; t < config->tenant_count; t++)
        for (unsigned r = 0; r < config->tenants[t].route_count; r++)
            if (is_named_by(&config->tenants[t].routes[r], name))
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

/* Where a stream of it would connect; the stream is `*ret_stream`, to be closed. */
static int aim(const struct st_engine_ops *ops, struct st_engine *engine,
               struct st_engine_stream **ret_stream, struct st_engine_target *ret_target, char *why,
               size_t why_bytes)
{
    struct st_engine_stream_config config = {.rate_hz = ops->rate_hz(engine, RATE_HZ),
                                             .channels = ops->channels_min ? ops->channels_min : 1,
                                             .call_id = "",
                                             .language = "en-US",
                                             .sink = &deaf};
    int err = ops->open(ret_stream, engine, &config);
    return err ? err : ops->target(*ret_stream, ret_target, why, why_bytes);
}

static int look_remote(const struct st_engine_ops *ops, const struct st_config_engines *config,
                       const struct st_config_remote_engine *remote, char *text, size_t text_bytes)
{
    struct st_engine *engine = NULL;
    struct st_engine_stream *stream = NULL;
    struct st_engine_target target = {.url = NULL};
    int err = ops->load(&engine, config, remote, text, text_bytes);
    if (err)
        return err;
    ops->describe(engine, text, text_bytes);
    err = aim(ops, engine, &stream, &target, text, text_bytes);
    if (!err)
        err = st_doctor_look_reach(target.url);
    ops->close(stream);
    size_t used = strlen(text);
    snprintf(text + used, text_bytes - used, err ? ", cannot be reached: %s" : ", answers%s",
             err ? st_err_text(err) : "");
    ops->unload(engine);
    return err;
}

static void look_at_remotes(struct st_doctor_report *report, const struct st_config *config)
{
    char text[1024];
    for (unsigned i = 0; i < config->engines.remote_count; i++) {
        const struct st_config_remote_engine *remote = &config->engines.remote[i];
        const struct st_engine_ops *ops = st_engine_find(remote->type);
        struct st_doctor_engine engine = {.name = remote->name, .text = text};
        if (is_named(config, remote->name))
            engine.need = ST_DOCTOR_NEEDED;
        snprintf(text, sizeof(text), "there is no engine of type '%s'", remote->type);
        engine.err = ops ? look_remote(ops, &config->engines, remote, text, sizeof(text)) : -EINVAL;
        st_doctor_judge_engine(report, &engine);
    }
}

void st_doctor_engines(struct st_doctor_report *report, const struct st_config *config)
{
    char text[1024];
    bool is_auto_open = is_named(config, "auto"); /* until an engine was found for it */
    for (const struct st_engine_ops *const *at = st_engines; *at; at++) {
        const struct st_engine_ops *ops = *at;
        if (ops->kind != ST_ENGINE_EMBEDDED)
            continue;
        struct st_doctor_engine engine = {.name = ops->name, .quality = ops->quality, .text = text};
        text[0] = '\0';
        if (is_named(config, ops->name))
            engine.need = ST_DOCTOR_NEEDED;
        else if (is_auto_open)
            engine.need = has_next(at) ? ST_DOCTOR_WANTED : ST_DOCTOR_NEEDED;
        engine.err = ops->probe(&config->engines, text, sizeof(text));
        st_doctor_judge_engine(report, &engine);
        if (engine.err == 0)
            is_auto_open = false;
    }
    look_at_remotes(report, config);
}
