#include "openai_setup.h"

#include "remote.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MS_US = 1000 };

static const char vendor_url[] = "wss://api.openai.com";

static const char *const parameter_names[] = {
    "beta",
    "format",
    "language",
    "noise_reduction",
    "prefix_padding_ms",
    "prompt",
    "silence_duration_ms",
    "threshold",
    NULL,
};

static int check_number(const struct st_config_remote_engine *remote, const char *name, double max,
                        double *ret_value, char *ret_why, size_t why_bytes)
{
    const char *text = st_remote_parameter(remote, name);
    char *end;
    if (!text)
        return 0;
    double value = strtod(text, &end);
    if (!text[0] || *end || !(value >= 0 && value <= max)) {
        snprintf(ret_why, why_bytes, "parameter '%s' of engine '%s' is a number from 0 to %g", name,
                 remote->name, max);
        return -EINVAL;
    }
    *ret_value = value;
    return 0;
}

static int check_format(const struct st_config_remote_engine *remote, bool *ret_always_pcm,
                        char *ret_why, size_t why_bytes)
{
    const char *format = st_remote_parameter(remote, "format");
    *ret_always_pcm = format && strcmp(format, "pcm") == 0;
    if (!format || *ret_always_pcm || strcmp(format, "auto") == 0)
        return 0;
    snprintf(ret_why, why_bytes,
             "parameter 'format' of engine '%s' is auto (mu-law for telephone audio) or pcm",
             remote->name);
    return -EINVAL;
}

/* It must hear by itself where speech ends. */
static int check_model(const struct st_config_remote_engine *remote, char *ret_why,
                       size_t why_bytes)
{
    if (!remote->model || strncmp(remote->model, "gpt-realtime-whisper", 20) != 0)
        return 0;
    snprintf(ret_why, why_bytes,
             "model gpt-realtime-whisper of engine '%s' does not hear where speech ends: choose "
             "gpt-4o-transcribe or another",
             remote->name);
    return -EINVAL;
}

static int read_parameters(struct st_engine *engine, char *ret_why, size_t why_bytes)
{
    const struct st_config_remote_engine *remote = engine->remote;
    double padding_ms = 300, silence_ms = 500;
    engine->threshold = 0.5;
    int err = st_remote_check_parameters(remote, parameter_names, ret_why, why_bytes);
    if (!err)
        err = st_remote_check_flag(remote, "beta", &engine->is_beta, ret_why, why_bytes);
    if (!err)
        err = check_format(remote, &engine->always_pcm, ret_why, why_bytes);
    if (!err)
        err = check_number(remote, "threshold", 1, &engine->threshold, ret_why, why_bytes);
    if (!err)
        err = check_number(remote, "prefix_padding_ms", 5000, &padding_ms, ret_why, why_bytes);
    if (!err)
        err = check_number(remote, "silence_duration_ms", 10000, &silence_ms, ret_why, why_bytes);
    engine->padding_us = (int64_t)padding_ms * MS_US;
    engine->silence_us = (int64_t)silence_ms * MS_US;
    return err;
}

void st_openai_unload(struct st_engine *engine)
{
    if (!engine)
        return;
    st_mem_free_secret(engine->authorization);
    free(engine);
}

int st_openai_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                   const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes)
{
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->remote = remote;
    int err = st_remote_check_url(remote, vendor_url, &engine->url, ret_why, why_bytes);
    if (!err)
        err = st_remote_check_own_key(remote, "an API key of platform.openai.com", ret_why,
                                      why_bytes);
    if (!err)
        err = check_model(remote, ret_why, why_bytes);
    if (!err)
        err = read_parameters(engine, ret_why, why_bytes);
    if (err) {
        st_openai_unload(engine);
        return err;
    }
    engine->authorization = st_remote_make_header("Authorization: Bearer ", remote->key);
    engine->model = remote->model && remote->model[0] ? remote->model : "gpt-4o-transcribe";
    *ret_engine = engine;
    return 0;
}

void st_openai_describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    char address[256];
    st_remote_show_url(engine->url, address, sizeof(address));
    snprintf(out, out_bytes, "realtime transcription by %s at %s", engine->model, address);
}

void st_openai_make_url(struct st_json_writer *url, const struct st_engine *engine)
{
    st_remote_begin_url(url, engine->url, "/v1/realtime");
    if (!st_remote_has_query(engine->url, "intent"))
        st_remote_add_query(url, "intent", "transcription");
    st_remote_end_url(url);
}

const struct st_engine_end st_openai_ends[] = {
    {400, 0, NULL, ST_TROUBLE_UNSUITED,
     "the server refused the session (400): check the engine's model and url"},
    {401, 0, NULL, ST_TROUBLE_REFUSED, "the server does not accept the key (401): check 'key'"},
    {403, 0, NULL, ST_TROUBLE_REFUSED,
     "the key may not do this (403): check the project's rights and the model"},
    {404, 0, NULL, ST_TROUBLE_UNSUITED,
     "the server has nothing at this address (404): check 'url'"},
    {429, 0, NULL, ST_TROUBLE_THROTTLED,
     "the server opens no more sessions for now (429): set 'streams' and 'opens_per_s'"},
    {0, 1008, "expired", ST_TROUBLE_EXPIRED, "the session was as long as it may be"},
    {0, 1008, NULL, ST_TROUBLE_REFUSED, "the server closed for reasons of policy (1008)"},
    {0, 1011, NULL, ST_TROUBLE_SERVER, "the server failed (1011)"},
    {0, 1013, NULL, ST_TROUBLE_SERVER, "the server is overloaded (1013)"},
    {0, 0, NULL, ST_TROUBLE_LOST, NULL},
};
