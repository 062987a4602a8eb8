#include "openai_setup.h"
#include "remote.h"
#include "to_24k.h"

#include "sidetone/config.h"

#include <string.h>

enum { MS_US = 1000, HINTS_MAX = 100 };

struct session {
    const struct st_engine *engine;
    const struct st_engine_stream_config *config;
    bool is_mulaw;
};

static bool has_keywords(const char *model)
{
    return strncmp(model, "gpt-transcribe", 14) == 0 ||
           strncmp(model, "gpt-live-transcribe", 19) == 0;
}

static void write_keywords(struct st_json_writer *json, const struct session *session)
{
    st_json_key(json, "keywords");
    st_json_begin_array(json);
    for (size_t i = 0; i < session->config->hint_count && i < HINTS_MAX; i++)
        st_json_string(json, session->config->hints[i]);
    st_json_end_array(json);
}

/* The configured prompt, and hints as a list of words behind it. */
static void write_prompt(struct st_json_writer *json, const struct session *session, bool has_list)
{
    const char *prompt = st_remote_parameter(session->engine->remote, "prompt");
    struct st_json_writer text;
    size_t count = has_list ? session->config->hint_count : 0;
    st_json_init(&text);
    if (prompt)
        st_json_append(&text, prompt, strlen(prompt));
    for (size_t i = 0; i < count && i < HINTS_MAX; i++) {
        const char *between = i > 0 ? ", " : prompt ? " " : "";
        st_json_append(&text, between, strlen(between));
        st_json_append(&text, session->config->hints[i], strlen(session->config->hints[i]));
    }
    if (text.len > 0)
        st_json_set_string(json, "prompt", st_remote_end_url(&text));
    st_json_fini(&text);
}

/* OpenAI wants ISO 639: what stands before the first hyphen. */
static void write_language(struct st_json_writer *json, const struct session *session)
{
    const char *language = st_remote_parameter(session->engine->remote, "language");
    if (!language)
        language = session->config->language;
    if (!language[0] || strcmp(language, "auto") == 0)
        return;
    st_json_key(json, "language");
    st_json_string_n(json, language, strcspn(language, "-_"));
}

static void write_transcription(struct st_json_writer *json, const struct session *session)
{
    bool is_listed = has_keywords(session->engine->model) && session->config->hint_count > 0;
    st_json_begin_object(json);
    st_json_set_string(json, "model", session->engine->model);
    write_language(json, session);
    write_prompt(json, session, !is_listed);
    if (is_listed)
        write_keywords(json, session);
    st_json_end_object(json);
}

static void write_detection(struct st_json_writer *json, const struct st_engine *engine)
{
    st_json_begin_object(json);
    st_json_set_string(json, "type", "server_vad");
    st_json_set_real(json, "threshold", engine->threshold, 2);
    st_json_set_int(json, "prefix_padding_ms", engine->padding_us / MS_US);
    st_json_set_int(json, "silence_duration_ms", engine->silence_us / MS_US);
    st_json_end_object(json);
}

static void write_noise_reduction(struct st_json_writer *json, const char *key,
                                  const struct st_engine *engine)
{
    const char *type = st_remote_parameter(engine->remote, "noise_reduction");
    if (!type)
        return;
    st_json_key(json, key);
    st_json_begin_object(json);
    st_json_set_string(json, "type", type);
    st_json_end_object(json);
}

static void write_input(struct st_json_writer *json, const struct session *session)
{
    st_json_begin_object(json);
    st_json_key(json, "format");
    st_json_begin_object(json);
    st_json_set_string(json, "type", session->is_mulaw ? "audio/pcmu" : "audio/pcm");
    if (!session->is_mulaw)
        st_json_set_int(json, "rate", ST_TO_24K_HZ);
    st_json_end_object(json);
    st_json_key(json, "transcription");
    write_transcription(json, session);
    write_noise_reduction(json, "noise_reduction", session->engine);
    st_json_key(json, "turn_detection");
    write_detection(json, session->engine);
    st_json_end_object(json);
}

static void write_session(struct st_json_writer *json, const struct session *session)
{
    st_json_begin_object(json);
    st_json_set_string(json, "type", "transcription");
    st_json_key(json, "audio");
    st_json_begin_object(json);
    st_json_key(json, "input");
    write_input(json, session);
    st_json_end_object(json);
    st_json_end_object(json);
}

static void write_beta_session(struct st_json_writer *json, const struct session *session)
{
    st_json_begin_object(json);
    st_json_set_string(json, "input_audio_format", session->is_mulaw ? "g711_ulaw" : "pcm16");
    st_json_key(json, "input_audio_transcription");
    write_transcription(json, session);
    write_noise_reduction(json, "input_audio_noise_reduction", session->engine);
    st_json_key(json, "turn_detection");
    write_detection(json, session->engine);
    st_json_end_object(json);
}

bool st_openai_is_mulaw(const struct st_engine *engine, uint32_t rate_hz)
{
    return rate_hz == 8000 && !engine->always_pcm;
}

void st_openai_make_update(struct st_json_writer *json, const struct st_engine *engine,
                           const struct st_engine_stream_config *config)
{
    struct session session = {engine, config, st_openai_is_mulaw(engine, config->rate_hz)};
    st_json_begin_object(json);
    st_json_set_string(json, "type",
                       engine->is_beta ? "transcription_session.update" : "session.update");
    st_json_key(json, "session");
    if (engine->is_beta)
        write_beta_session(json, &session);
    else
        write_session(json, &session);
    st_json_end_object(json);
}
