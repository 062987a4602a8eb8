#include "azure_message.h"

#include <string.h>

enum { HINTS_MAX = 500 };

static void write_source(struct st_json_writer *json, uint32_t rate)
{
    st_json_key(json, "audio");
    st_json_begin_object(json);
    st_json_key(json, "source");
    st_json_begin_object(json);
    st_json_set_int(json, "bitspersample", 16);
    st_json_set_int(json, "channelcount", 1);
    st_json_set_int(json, "samplerate", rate);
    st_json_set_string(json, "type", "Stream");
    st_json_end_object(json);
    st_json_end_object(json);
}

void st_azure_write_config(struct st_json_writer *json, uint32_t rate_hz)
{
    st_json_begin_object(json);
    st_json_key(json, "context");
    st_json_begin_object(json);
    st_json_key(json, "system");
    st_json_begin_object(json);
    st_json_set_string(json, "name", "Sidetone");
    st_json_set_string(json, "version", ST_VERSION);
    st_json_end_object(json);
    write_source(json, rate_hz);
    st_json_end_object(json);
    st_json_set_string(json, "recognition", "conversation");
    st_json_end_object(json);
}

/* As the SDKs write a phrase list. */
static void write_hints(struct st_json_writer *json, const struct st_engine_stream_config *config)
{
    if (config->hint_count == 0)
        return;
    st_json_key(json, "dgi");
    st_json_begin_object(json);
    st_json_key(json, "groups");
    st_json_begin_array(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", "Generic");
    st_json_key(json, "items");
    st_json_begin_array(json);
    for (size_t i = 0; i < config->hint_count && i < HINTS_MAX; i++) {
        st_json_begin_object(json);
        st_json_set_string(json, "text", config->hints[i]);
        st_json_end_object(json);
    }
    st_json_end_array(json);
    st_json_end_object(json);
    st_json_end_array(json);
    st_json_set_int(json, "bias", 1);
    st_json_end_object(json);
}

static void write_member(struct st_json_writer *json, const char *object, const char *name,
                         const char *value)
{
    st_json_key(json, object);
    st_json_begin_object(json);
    st_json_set_string(json, name, value);
    st_json_end_object(json);
}

static void write_languages(struct st_json_writer *json, const char *languages)
{
    st_json_key(json, "languageId");
    st_json_begin_object(json);
    st_json_key(json, "languages");
    st_json_begin_array(json);
    for (size_t len; (len = strcspn(languages, ",")) > 0;) {
        st_json_string_n(json, languages, len);
        languages += len + (languages[len] == ',');
    }
    st_json_end_array(json);
    st_json_set_string(json, "mode", "DetectContinuous");
    write_member(json, "onSuccess", "action", "Recognize");
    write_member(json, "onUnknown", "action", "None");
    st_json_set_string(json, "priority", "PrioritizeLatency");
    st_json_end_object(json);
}

void st_azure_write_context(struct st_json_writer *json, const char *language,
                            const char *languages, const struct st_engine_stream_config *config)
{
    st_json_begin_object(json);
    if (languages)
        write_languages(json, languages);
    st_json_key(json, "phraseDetection");
    st_json_begin_object(json);
    st_json_set_string(json, "mode", "Conversation");
    if (!languages)
        st_json_set_string(json, "language", language);
    st_json_end_object(json);
    st_json_key(json, "phraseOutput");
    st_json_begin_object(json);
    if (languages) {
        write_member(json, "interimResults", "resultType", "Auto");
        write_member(json, "phraseResults", "resultType", "Always");
    }
    st_json_set_string(json, "format", "Detailed");
    st_json_key(json, "detailed");
    st_json_begin_object(json);
    st_json_key(json, "options");
    st_json_begin_array(json);
    st_json_string(json, "WordTimings");
    st_json_end_array(json);
    st_json_end_object(json);
    st_json_end_object(json);
    write_hints(json, config);
    st_json_end_object(json);
}

static void put_le(uint8_t *out, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

/* Of a file without end: its lengths are 0. */
void st_azure_write_wav_header(uint8_t out[ST_AZURE_WAV_BYTES], uint32_t rate_hz)
{
    static const uint8_t header[] = "RIFF\0\0\0\0WAVEfmt ";
    memset(out, 0, ST_AZURE_WAV_BYTES);
    memcpy(out, header, sizeof(header) - 1);
    put_le(out + 16, 16, 4);
    put_le(out + 20, 1, 2); /* PCM */
    put_le(out + 22, 1, 2); /* channel */
    put_le(out + 24, rate_hz, 4);
    put_le(out + 28, rate_hz * 2, 4);
    put_le(out + 32, 2, 2);
    put_le(out + 34, 16, 2);
    memcpy(out + 36, "data", 4);
}
