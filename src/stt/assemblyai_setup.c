#include "assemblyai_setup.h"

#include "remote.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HINTS_MAX = 100 };

static const char english_model[] = "universal-streaming-english";

/* The vendor's options that may be given. */
static const char *const parameter_names[] = {
    "agent_context",
    "continuous_partials",
    "domain",
    "end_of_turn_confidence_threshold",
    "filter_profanity",
    "format_turns",
    "inactivity_timeout",
    "include_partial_turns",
    "interruption_delay",
    "language_codes",
    "language_detection",
    "max_turn_silence",
    "min_end_of_turn_silence_when_confident",
    "min_turn_silence",
    "mode",
    "prompt",
    "redact_pii",
    "redact_pii_policies",
    "redact_pii_sub",
    "turn_left_pad_ms",
    "vad_threshold",
    "voice_focus",
    "voice_focus_threshold",
    NULL,
};

static int choose_url(const struct st_config_remote_engine *remote, const char **ret_url,
                      char *ret_why, size_t why_bytes)
{
    const char *region = remote->region ? remote->region : "";
    bool is_eu = strcmp(region, "eu") == 0;
    if (region[0] && !is_eu && strcmp(region, "us") != 0) {
        snprintf(ret_why, why_bytes, "'region' of engine '%s' is us or eu", remote->name);
        return -EINVAL;
    }
    return st_remote_check_url(
        remote, is_eu ? "wss://streaming.eu.assemblyai.com" : "wss://streaming.assemblyai.com",
        ret_url, ret_why, why_bytes);
}

static int check(const struct st_config_remote_engine *remote, const char **ret_url,
                 bool *ret_formats, char *ret_why, size_t why_bytes)
{
    int err = choose_url(remote, ret_url, ret_why, why_bytes);
    if (!err)
        err =
            st_remote_check_own_key(remote, "an API key of www.assemblyai.com", ret_why, why_bytes);
    if (!err)
        err = st_remote_check_parameters(remote, parameter_names, ret_why, why_bytes);
    if (!err)
        err = st_remote_check_flag(remote, "format_turns", ret_formats, ret_why, why_bytes);
    return err;
}

int st_assemblyai_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                       const struct st_config_remote_engine *remote, char *ret_why,
                       size_t why_bytes)
{
    const char *url;
    bool formats_turns = true;
    int err = check(remote, &url, &formats_turns, ret_why, why_bytes);
    if (err)
        return err;
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->remote = remote;
    engine->url = url;
    engine->authorization = st_remote_make_header("Authorization: ", remote->key);
    engine->formats_turns = formats_turns;
    *ret_engine = engine;
    return 0;
}

void st_assemblyai_unload(struct st_engine *engine)
{
    if (!engine)
        return;
    st_mem_free_secret(engine->authorization);
    free(engine);
}

/* Of a call in that language. */
static const char *model_for(const struct st_engine *engine, const char *language)
{
    const char *model = engine->remote->model;
    if (model && model[0])
        return model;
    return !language[0] || st_remote_is_language(language, "en")
               ? english_model
               : "universal-streaming-multilingual";
}

void st_assemblyai_describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    char address[256];
    st_remote_show_url(engine->url, address, sizeof(address));
    snprintf(out, out_bytes, "AssemblyAI %s at %s", model_for(engine, ""), address);
}

bool st_assemblyai_has_language(const struct st_engine *engine, const char *language)
{
    return !language[0] || st_remote_is_language(language, "en") ||
           strcmp(model_for(engine, language), english_model) != 0;
}

/* A list goes as JSON. */
static void add_hints(struct st_json_writer *url, const struct st_engine_stream_config *config)
{
    struct st_json_writer list;
    if (config->hint_count == 0)
        return;
    st_json_init(&list);
    st_json_begin_array(&list);
    for (size_t i = 0; i < config->hint_count && i < HINTS_MAX &&
                       st_remote_has_room(url, list.len + strlen(config->hints[i]));
         i++)
        st_json_string(&list, config->hints[i]);
    st_json_end_array(&list);
    st_remote_add_query(url, "keyterms_prompt", st_remote_end_url(&list));
    st_json_fini(&list);
}

void st_assemblyai_make_url(struct st_json_writer *url, const struct st_engine *engine,
                            const struct st_engine_stream_config *config)
{
    static const char *const but[] = {"format_turns", NULL};
    char rate[16];
    snprintf(rate, sizeof(rate), "%u", config->rate_hz);
    st_remote_begin_url(url, engine->url, "/v3/ws");
    st_remote_add_query(url, "sample_rate", rate);
    st_remote_add_query(url, "encoding", "pcm_s16le");
    st_remote_add_query(url, "speech_model", model_for(engine, config->language));
    st_remote_add_query(url, "format_turns", engine->formats_turns ? "true" : "false");
    st_remote_add_parameters(url, engine->remote, but);
    add_hints(url, config);
    st_remote_end_url(url);
}

const struct st_engine_end st_assemblyai_ends[] = {
    {401, 0, NULL, ST_TROUBLE_REFUSED, "AssemblyAI does not accept the key (401): check 'key'"},
    {403, 0, NULL, ST_TROUBLE_REFUSED, "AssemblyAI does not let this key in (403)"},
    {429, 0, NULL, ST_TROUBLE_THROTTLED,
     "AssemblyAI opens no more sessions for now (429): set 'opens_per_s' and 'streams'"},
    {400, 0, NULL, ST_TROUBLE_UNSUITED,
     "AssemblyAI refused the options (400): check the engine's model and parameters"},
    {0, 1008, "concurrent", ST_TROUBLE_THROTTLED,
     "AssemblyAI has as many sessions of this account as it may (1008): set 'streams' below that"},
    {0, 1008, NULL, ST_TROUBLE_REFUSED,
     "AssemblyAI does not accept the key or the account (1008): check 'key'"},
    {0, 3005, NULL, ST_TROUBLE_SERVER, "AssemblyAI failed and cancelled the session (3005)"},
    {0, 3006, NULL, ST_TROUBLE_UNSUITED,
     "AssemblyAI did not understand a message (3006): check the engine's parameters"},
    {0, 3007, NULL, ST_TROUBLE_PROTOCOL,
     "AssemblyAI did not take the audio: its chunks or its pace (3007)"},
    {0, 3008, NULL, ST_TROUBLE_EXPIRED, "AssemblyAI's session was as long as it may be (3008)"},
    {0, 3009, NULL, ST_TROUBLE_THROTTLED,
     "AssemblyAI has as many sessions of this account as it may (3009): set 'streams' below that"},
    {0, 4000, NULL, ST_TROUBLE_UNSUITED, "AssemblyAI does not take this sample rate (4000)"},
    {0, 4001, NULL, ST_TROUBLE_REFUSED, "AssemblyAI does not accept the key (4001): check 'key'"},
    {0, 4002, NULL, ST_TROUBLE_REFUSED, "the AssemblyAI account has no credit left (4002)"},
    {0, 4003, NULL, ST_TROUBLE_REFUSED,
     "the AssemblyAI account needs a way to pay for streaming (4003)"},
    {0, 4008, NULL, ST_TROUBLE_EXPIRED, "AssemblyAI's session was as long as it may be (4008)"},
    {0, 4029, NULL, ST_TROUBLE_THROTTLED, "AssemblyAI had audio faster than it takes it (4029)"},
    {0, 4032, NULL, ST_TROUBLE_PROTOCOL, "AssemblyAI had a chunk that is too short (4032)"},
    {0, 4033, NULL, ST_TROUBLE_PROTOCOL, "AssemblyAI had a chunk that is too long (4033)"},
    {0, 4034, NULL, ST_TROUBLE_PROTOCOL, "AssemblyAI had a chunk that is too small (4034)"},
    {0, 4100, NULL, ST_TROUBLE_UNSUITED, "AssemblyAI did not understand a message (4100)"},
    {0, 4101, NULL, ST_TROUBLE_UNSUITED,
     "AssemblyAI did not understand a message (4101): check the engine's parameters"},
    {0, 4102, NULL, ST_TROUBLE_THROTTLED,
     "AssemblyAI has as many sessions of this account as it may (4102): set 'streams' below that"},
    {0, 1011, NULL, ST_TROUBLE_SERVER, "AssemblyAI failed (1011)"},
    {0, 1013, NULL, ST_TROUBLE_SERVER, "AssemblyAI is overloaded (1013)"},
    {0, 0, NULL, ST_TROUBLE_LOST, NULL},
};
