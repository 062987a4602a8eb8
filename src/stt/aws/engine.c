#include "engine_private.h"

#include "../engines.h"
#include "../remote.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MS_US = 1000, SECOND_US = 1000 * MS_US, SESSION_S = 4 * 3600 };

static const char *const call_analytics_languages[] = {"en-US", "en-GB", "en-AU", "es-US", "fr-FR",
                                                       "fr-CA", "de-DE", "it-IT", "pt-BR", NULL};

const struct st_aws_operation st_aws_standard = {
    .flag = ST_AWS_STANDARD,
    .path = "/stream-transcription",
    .websocket_path = "/stream-transcription-websocket",
};

const struct st_aws_operation st_aws_call_analytics = {
    .flag = ST_AWS_CALL_ANALYTICS,
    .path = "/call-analytics-stream-transcription",
    .websocket_path = "/call-analytics-stream-transcription-websocket",
    .languages = call_analytics_languages,
};

/* ---- where it is ---- */

static bool is_region(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len > 0 && len < 40 && text[len] == '\0';
}

static int find_region(struct st_engine *engine, const struct st_config_remote_engine *remote,
                       char *ret_why, size_t why_bytes)
{
    if (remote->region && remote->region[0])
        snprintf(engine->region, sizeof(engine->region), "%s", remote->region);
    else if (!st_aws_region_find(engine->parameters.profile, engine->region,
                                 sizeof(engine->region))) {
        snprintf(ret_why, why_bytes,
                 "no AWS region: set 'region' of engine '%s', AWS_REGION, or region in the profile",
                 remote->name);
        return -ENOENT;
    }
    if (is_region(engine->region))
        return 0;
    snprintf(ret_why, why_bytes, "engine '%s': the region is no name such as us-east-1",
             remote->name);
    return -EINVAL;
}

/* Whatever scheme it is written with, the transport decides. */
static int read_url(struct st_engine *engine, const char *url)
{
    static const struct {
        const char *prefix;
        bool is_tls;
    } schemes[] = {{"https://", true}, {"http://", false}, {"wss://", true}, {"ws://", false}};
    bool is_websocket = engine->parameters.is_websocket;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t prefix = strlen(schemes[i].prefix);
        if (strncasecmp(url, schemes[i].prefix, prefix) != 0)
            continue;
        size_t len = strcspn(url + prefix, "/?#@");
        const char *rest = url + prefix + len;
        if (len == 0 || (rest[0] && strcmp(rest, "/") != 0))
            return -EINVAL;
        const char *scheme = schemes[i].is_tls ? (is_websocket ? "wss://" : "https://")
                                               : (is_websocket ? "ws://" : "http://");
        size_t bytes = strlen(scheme) + len + 1;
        engine->base = st_mem_alloc(bytes);
        snprintf(engine->base, bytes, "%s%.*s", scheme, (int)len, url + prefix);
        return 0;
    }
    return -EINVAL;
}

static void name_vendor_url(const struct st_engine *engine, char *out, size_t out_bytes)
{
    bool is_china = strncmp(engine->region, "cn-", 3) == 0;
    snprintf(out, out_bytes, "https://transcribestreaming.%s.amazonaws.com%s%s", engine->region,
             is_china ? ".cn" : "", engine->parameters.is_websocket ? ":8443" : "");
}

static int find_url(struct st_engine *engine, const struct st_config_remote_engine *remote,
                    char *ret_why, size_t why_bytes)
{
    char vendor_url[160];
    name_vendor_url(engine, vendor_url, sizeof(vendor_url));
    bool is_given = remote->url && remote->url[0];
    int err = read_url(engine, is_given ? remote->url : vendor_url);
    if (err) {
        snprintf(ret_why, why_bytes,
                 "'url' of engine '%s' is an https:// or wss:// address without a path",
                 remote->name);
        return err;
    }
    engine->authority = strstr(engine->base, "://") + 3;
    return 0;
}

/* ---- the engine ---- */

static void unload(struct st_engine *engine)
{
    if (!engine)
        return;
    st_aws_credentials_destroy(engine->credentials);
    st_aws_parameters_fini(&engine->parameters);
    free(engine->base);
    free(engine);
}

static int load(struct st_engine *engine, const struct st_config_remote_engine *remote,
                char *ret_why, size_t why_bytes)
{
    int err =
        st_aws_parameters_read(&engine->parameters, remote, engine->operation, ret_why, why_bytes);
    err = err ? err : find_region(engine, remote, ret_why, why_bytes);
    err = err ? err : find_url(engine, remote, ret_why, why_bytes);
    if (err)
        return err;
    struct st_aws_credentials_config config = {
        .key = remote->key, .profile = engine->parameters.profile, .region = engine->region};
    err = st_aws_credentials_create(&engine->credentials, &config);
    if (err == -EINVAL)
        snprintf(ret_why, why_bytes,
                 "'key' of engine '%s' is KEY_ID:SECRET or KEY_ID:SECRET:TOKEN; leave it empty for "
                 "AWS's own ways (environment, profile, container, instance)",
                 remote->name);
    else if (err)
        snprintf(ret_why, why_bytes, "engine '%s': credentials cannot be looked for", remote->name);
    return err;
}

static int load_operation(struct st_engine **ret_engine, const struct st_aws_operation *operation,
                          const struct st_config_remote_engine *remote, char *ret_why,
                          size_t why_bytes)
{
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->operation = operation;
    engine->ca_file = st_remote_ca_file(remote);
    int err = load(engine, remote, ret_why, why_bytes);
    if (err) {
        unload(engine);
        return err;
    }
    *ret_engine = engine;
    return 0;
}

static int load_standard(struct st_engine **ret_engine, const struct st_config_engines *config,
                         const struct st_config_remote_engine *remote, char *ret_why,
                         size_t why_bytes)
{
    return load_operation(ret_engine, &st_aws_standard, remote, ret_why, why_bytes);
}

static int load_call_analytics(struct st_engine **ret_engine,
                               const struct st_config_engines *config,
                               const struct st_config_remote_engine *remote, char *ret_why,
                               size_t why_bytes)
{
    return load_operation(ret_engine, &st_aws_call_analytics, remote, ret_why, why_bytes);
}

static void describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    char credentials[160];
    st_aws_credentials_describe(engine->credentials, credentials, sizeof(credentials));
    snprintf(out, out_bytes, "Amazon Transcribe%s at %s, credentials from %s",
             engine->operation->flag == ST_AWS_CALL_ANALYTICS ? " Call Analytics" : "",
             engine->base, credentials);
}

static unsigned entities_asked(const struct st_engine *engine)
{
    for (size_t i = 0; i < engine->parameters.asked_count; i++)
        if (strncmp(engine->parameters.asked[i].name, "content-", strlen("content-")) == 0)
            return 1U << ST_VENDOR_ENTITY;
    return 0;
}

/* Issues are found in English alone. */
static unsigned call_findings(const struct st_engine *engine, const char *language)
{
    bool is_english = !language[0] || strncasecmp(language, "en", 2) == 0;
    return entities_asked(engine) | 1U << ST_VENDOR_CATEGORY | 1U << ST_VENDOR_SENTIMENT |
           (is_english ? 1U << ST_VENDOR_ISSUE : 0);
}

static unsigned standard_findings(const struct st_engine *engine, const char *language)
{
    return entities_asked(engine);
}

static uint32_t rate_hz(const struct st_engine *engine, uint32_t wire_hz)
{
    return wire_hz <= 8000 ? 8000 : 16000;
}

/* One second of audio and none is the bound; 50 to 200 ms are recommended. 15 s without audio end
 * a stream, 4 hours do too. */
#define OPS_OF_BOTH                                                                                \
    .kind = ST_ENGINE_REMOTE, .channels_max = 2, .chunk_us = 100 * MS_US,                          \
    .stall_us = 5 * SECOND_US, .answers_speech_only = true,                                        \
    .session_us = (int64_t)SESSION_S * SECOND_US, .keep_alive_us = 10 * SECOND_US,                 \
    .unload = unload, .describe = describe, .rate_hz = rate_hz, .open = st_aws_stream_open,        \
    .target = st_aws_stream_target, .audio = st_aws_stream_audio,                                  \
    .keep_alive = st_aws_stream_keep_alive, .finish = st_aws_stream_finish,                        \
    .close = st_aws_stream_close, .receive = st_aws_stream_receive,                                \
    .response = st_aws_stream_response, .closing = st_aws_stream_closing

const struct st_engine_ops st_aws_ops = {.name = "aws",
                                         .title = "Amazon Transcribe streaming",
                                         .channels_min = 1,
                                         .findings = standard_findings,
                                         .load = load_standard,
                                         OPS_OF_BOTH};

const struct st_engine_ops st_aws_call_analytics_ops = {.name = "aws_call_analytics",
                                                        .title = "Amazon Transcribe Call Analytics",
                                                        .channels_min = 2,
                                                        .findings = call_findings,
                                                        .load = load_call_analytics,
                                                        OPS_OF_BOTH};
