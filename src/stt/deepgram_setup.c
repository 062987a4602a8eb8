#include "deepgram_setup.h"

#include "remote.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HINTS_MAX = 100 };

static const char vendor_url[] = "wss://api.deepgram.com";

/* The vendor's options that may be given. */
static const char *const parameter_names[] = {
    "detect_entities",
    "diarize",
    "dictation",
    "endpointing",
    "extra",
    "filler_words",
    "language",
    "measurements",
    "mip_opt_out",
    "numerals",
    "profanity_filter",
    "punctuate",
    "redact",
    "replace",
    "smart_format",
    "tag",
    "utterance_end_ms",
    "version",
    NULL,
};

/* What goes when they are not. */
static const char *const defaults[][2] = {
    {"punctuate", "true"},
    {"endpointing", "300"},
    {"utterance_end_ms", "1000"},
};

static int check(const struct st_config_remote_engine *remote, const char **ret_url, char *ret_why,
                 size_t why_bytes)
{
    int err = st_remote_check_url(remote, vendor_url, ret_url, ret_why, why_bytes);
    if (!err)
        err = st_remote_check_key(remote, "a project's API key of console.deepgram.com", ret_why,
                                  why_bytes);
    if (!err)
        err = st_remote_check_parameters(remote, parameter_names, ret_why, why_bytes);
    return err;
}

int st_deepgram_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                     const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes)
{
    const char *url;
    int err = check(remote, &url, ret_why, why_bytes);
    if (err)
        return err;
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->remote = remote;
    engine->url = url;
    engine->authorization = st_remote_make_header("Authorization: Token ", remote->key);
    engine->model = remote->model && remote->model[0] ? remote->model : "nova-3";
    *ret_engine = engine;
    return 0;
}

void st_deepgram_unload(struct st_engine *engine)
{
    if (!engine)
        return;
    st_mem_free_secret(engine->authorization);
    free(engine);
}

void st_deepgram_describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    char address[256];
    st_remote_show_url(engine->url, address, sizeof(address));
    snprintf(out, out_bytes, "Deepgram %s at %s", engine->model, address);
}

/* Of English alone. */
unsigned st_deepgram_findings(const struct st_engine *engine, const char *language)
{
    const char *given = st_remote_parameter(engine->remote, "language");
    const char *asked = st_remote_parameter(engine->remote, "detect_entities");
    bool is_english = st_remote_is_language(given ? given : language[0] ? language : "en", "en");
    return asked && strcmp(asked, "true") == 0 && is_english ? 1U << ST_VENDOR_ENTITY : 0;
}

static void add_number(struct st_json_writer *url, const char *name, unsigned value)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", value);
    st_remote_add_query(url, name, text);
}

static void add_parameters(struct st_json_writer *url, const struct st_config_remote_engine *remote)
{
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        if (!st_remote_parameter(remote, defaults[i][0]))
            st_remote_add_query(url, defaults[i][0], defaults[i][1]);
    st_remote_add_parameters(url, remote, NULL);
}

/* Older models know `keywords`, which weighs single words. */
static void add_hints(struct st_json_writer *url, const struct st_engine *engine,
                      const struct st_engine_stream_config *config)
{
    bool has_keyterms = strncmp(engine->model, "nova-3", 6) == 0;
    for (size_t i = 0; i < config->hint_count && i < HINTS_MAX &&
                       st_remote_has_room(url, strlen(config->hints[i]));
         i++)
        st_remote_add_query(url, has_keyterms ? "keyterm" : "keywords", config->hints[i]);
}

void st_deepgram_make_url(struct st_json_writer *url, const struct st_engine *engine,
                          const struct st_engine_stream_config *config)
{
    st_remote_begin_url(url, engine->url, "/v1/listen");
    st_remote_add_query(url, "model", engine->model);
    st_remote_add_query(url, "encoding", "linear16");
    add_number(url, "sample_rate", config->rate_hz);
    add_number(url, "channels", config->channels);
    if (config->channels > 1)
        st_remote_add_query(url, "multichannel", "true");
    st_remote_add_query(url, "interim_results", "true");
    if (!st_remote_parameter(engine->remote, "language") && config->language[0])
        st_remote_add_query(url, "language", config->language);
    add_parameters(url, engine->remote);
    add_hints(url, engine, config);
    st_remote_end_url(url);
}

const struct st_engine_end st_deepgram_ends[] = {
    {400, 0, NULL, ST_TROUBLE_UNSUITED,
     "Deepgram refused the options (400): check the engine's model and parameters, and the call's "
     "language"},
    {401, 0, NULL, ST_TROUBLE_REFUSED, "Deepgram does not accept the key (401): check 'key'"},
    {402, 0, NULL, ST_TROUBLE_REFUSED, "the Deepgram project has no credit left (402)"},
    {403, 0, NULL, ST_TROUBLE_REFUSED,
     "the Deepgram key has no right to this (403): check its scopes and the model"},
    {429, 0, NULL, ST_TROUBLE_THROTTLED,
     "the Deepgram project has as many streams as it may (429): set 'streams' below that"},
    {0, 1008, "DATA-0000", ST_TROUBLE_UNSUITED, "Deepgram could not decode the audio (DATA-0000)"},
    {0, 1011, "NET-0001", ST_TROUBLE_LOST, "Deepgram had no audio for ten seconds (NET-0001)"},
    {0, 1011, NULL, ST_TROUBLE_SERVER, "Deepgram failed (1011)"},
    {0, 1002, NULL, ST_TROUBLE_PROTOCOL, "Deepgram broke off (1002)"},
    {0, 1003, NULL, ST_TROUBLE_UNSUITED, "Deepgram does not take this kind of data (1003)"},
    {0, 0, NULL, ST_TROUBLE_LOST, NULL},
};
