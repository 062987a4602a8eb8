#include "transcriber_engine.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int load(struct st_transcriber *transcriber, const struct st_engine_ops *ops,
                const char *name, char *ret_why, size_t why_bytes)
{
    struct st_stt_engine *engine = &transcriber->engine;
    const struct st_config_engines *config = &transcriber->config->engines;
    const struct st_config_remote_engine *remote = st_config_remote_find(config, name);
    struct st_guard_limits limits = {.counts_only = true};
    int err = ops->load(&engine->engine, config, remote, ret_why, why_bytes);
    if (err)
        return err;
    engine->ops = ops;
    engine->name = name;
    engine->guard = st_guard_create(&limits);
    if (!remote)
        return 0;
    engine->stall_us = (int64_t)remote->stall_s * 1000000;
    engine->session_us = (int64_t)remote->session_s * 1000000;
    engine->hints = (const char *const *)remote->hints;
    engine->hint_count = remote->hint_count;
    return 0;
}

/* In the order of preference; `ret_why` is of the first that could not be had. */
static int load_best(struct st_transcriber *transcriber, char *ret_why, size_t why_bytes)
{
    char why[512];
    int err = -ENOENT;
    for (size_t i = 0; st_engines[i] && !transcriber->engine.ops; i++) {
        if (st_engines[i]->kind != ST_ENGINE_EMBEDDED)
            continue;
        int ret = load(transcriber, st_engines[i], st_engines[i]->name, why, sizeof(why));
        if (ret && err == -ENOENT) {
            err = ret;
            snprintf(ret_why, why_bytes, "%s: %s", st_engines[i]->name, why);
        }
    }
    return transcriber->engine.ops ? 0 : err;
}

static int load_named(struct st_transcriber *transcriber, const char *name, char *ret_why,
                      size_t why_bytes)
{
    const struct st_config_remote_engine *remote =
        st_config_remote_find(&transcriber->config->engines, name);
    const struct st_engine_ops *ops = st_engine_find(remote ? remote->type : name);
    if (ops && (ops->kind == ST_ENGINE_EMBEDDED) != (remote != NULL))
        return load(transcriber, ops, name, ret_why, why_bytes);
    if (ops)
        snprintf(ret_why, why_bytes, "engines of type '%s' are configured in engines.remote first",
                 ops->name);
    else
        snprintf(ret_why, why_bytes, "there is no such engine; `sidetone engine list` names all");
    return -EINVAL;
}

static int create(struct st_transcriber **ret_transcriber, const struct st_config *config,
                  const char *name, const struct st_stt_transport *transport, char *ret_why,
                  size_t why_bytes)
{
    struct st_transcriber *transcriber = st_mem_alloc(sizeof(*transcriber));
    *transcriber = (struct st_transcriber){.config = config, .transport = transport};
    int err = name ? load_named(transcriber, name, ret_why, why_bytes)
                   : load_best(transcriber, ret_why, why_bytes);
    if (err) {
        free(transcriber);
        return err;
    }
    *ret_transcriber = transcriber;
    return 0;
}

int st_transcriber_create(struct st_transcriber **ret_transcriber, const struct st_config *config,
                          const char *engine, char *ret_why, size_t why_bytes)
{
    const struct st_engine_ops *named = st_engine_find(engine);
    bool is_embedded = named && named->kind == ST_ENGINE_EMBEDDED;
    return create(ret_transcriber, config, is_embedded ? named->name : NULL, NULL, ret_why,
                  why_bytes);
}

int st_transcriber_create_named(struct st_transcriber **ret_transcriber,
                                const struct st_config *config, const char *engine,
                                const struct st_stt_transport *transport, char *ret_why,
                                size_t why_bytes)
{
    return create(ret_transcriber, config, strcmp(engine, "auto") == 0 ? NULL : engine, transport,
                  ret_why, why_bytes);
}

void st_transcriber_destroy(struct st_transcriber *transcriber)
{
    if (!transcriber)
        return;
    transcriber->engine.ops->unload(transcriber->engine.engine);
    st_guard_destroy(transcriber->engine.guard);
    free(transcriber);
}

const struct st_stt_engine *st_transcriber_engine(const struct st_transcriber *transcriber)
{
    return &transcriber->engine;
}
