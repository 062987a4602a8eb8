#include "azure_setup.h"

#include "remote.h"

#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANGUAGES_MAX = 10 };

static const char path[] = "/speech/recognition/conversation/cognitiveservices/v1";
static const char many_path[] = "/stt/speech/universal/v2"; /* where it finds out the language */

/* The service's options that may be given, and two of ours: `auth`, key or token, and `languages`,
 * those it may be. */
static const char *const parameter_names[] = {
    "auth",
    "endSilenceTimeoutMs",
    "initialSilenceTimeoutMs",
    "language",
    "languages",
    "postprocessing",
    "profanity",
    "segmentationMaximumTimeMs",
    "segmentationSilenceTimeoutMs",
    "segmentationStrategy",
    "stableIntermediateThreshold",
    "storeAudio",
    NULL,
};

/* ---- the engine ---- */

/* As Microsoft's SDKs choose it. */
static const char *domain_of(const char *region)
{
    if (strncmp(region, "china", 5) == 0)
        return "azure.cn";
    if (strncmp(region, "usgov", 5) == 0)
        return "azure.us";
    return "microsoft.com";
}

static bool is_region(const char *region)
{
    for (; *region; region++)
        if (!islower((unsigned char)*region) && !isdigit((unsigned char)*region))
            return false;
    return true;
}

static int find_url(const struct st_config_remote_engine *remote, char *url, size_t url_bytes,
                    char *ret_why, size_t why_bytes)
{
    const char *given;
    bool has_url = remote->url && remote->url[0], has_region = remote->region && remote->region[0];
    if (!has_url && !has_region) {
        snprintf(ret_why, why_bytes,
                 "no region: set 'region' of engine '%s' to that of the Speech resource, such as "
                 "westeurope, or 'url'",
                 remote->name);
        return -ENOENT;
    }
    if (!has_url && (!is_region(remote->region) || strlen(remote->region) > 40)) {
        snprintf(ret_why, why_bytes,
                 "'region' of engine '%s' must be Azure's name for one, such as westeurope",
                 remote->name);
        return -EINVAL;
    }
    if (!has_url) {
        snprintf(url, url_bytes, "wss://%s.stt.speech.%s", remote->region,
                 domain_of(remote->region));
        return 0;
    }
    int err = st_remote_check_url(remote, NULL, &given, ret_why, why_bytes);
    if (!err)
        snprintf(url, url_bytes, "%s", given);
    return err;
}

static int check_auth(const struct st_config_remote_engine *remote, bool *ret_is_token,
                      char *ret_why, size_t why_bytes)
{
    const char *auth = st_remote_parameter(remote, "auth");
    *ret_is_token = auth && strcmp(auth, "token") == 0;
    if (!auth || *ret_is_token || strcmp(auth, "key") == 0)
        return 0;
    snprintf(ret_why, why_bytes, "parameter 'auth' of engine '%s' is key or token", remote->name);
    return -EINVAL;
}

static bool is_list(const char *languages)
{
    unsigned count = 1;
    for (const char *at = languages; *at; at++) {
        bool is_between = at > languages && *at == ',' && isalnum((unsigned char)at[1]);
        if (!is_between && !isalnum((unsigned char)*at) && *at != '-')
            return false;
        count += is_between;
    }
    return count >= 2 && count <= LANGUAGES_MAX;
}

static int check_languages(const struct st_config_remote_engine *remote, char *ret_why,
                           size_t why_bytes)
{
    const char *languages = st_remote_parameter(remote, "languages");
    bool has_one = st_remote_parameter(remote, "language") || (remote->model && remote->model[0]);
    if (!languages || (is_list(languages) && !has_one))
        return 0;
    snprintf(ret_why, why_bytes,
             "parameter 'languages' of engine '%s' is a list of 2 to %d, such as en-US,es-ES, "
             "without a 'language' or a 'model' beside it",
             remote->name, LANGUAGES_MAX);
    return -EINVAL;
}

int st_azure_load(struct st_engine **ret_engine, const struct st_config_engines *config,
                  const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes)
{
    char url[1100];
    bool is_token;
    int err = find_url(remote, url, sizeof(url), ret_why, why_bytes);
    if (!err)
        err = st_remote_check_key(remote, "a key of the Speech resource, in the Azure portal",
                                  ret_why, why_bytes);
    if (!err)
        err = st_remote_check_parameters(remote, parameter_names, ret_why, why_bytes);
    if (!err)
        err = check_auth(remote, &is_token, ret_why, why_bytes);
    if (!err)
        err = check_languages(remote, ret_why, why_bytes);
    if (err)
        return err;
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->remote = remote;
    engine->url = st_mem_strdup(url);
    engine->authorization = st_remote_make_header(
        is_token ? "Authorization: Bearer " : "Ocp-Apim-Subscription-Key: ", remote->key);
    *ret_engine = engine;
    return 0;
}

void st_azure_unload(struct st_engine *engine)
{
    if (!engine)
        return;
    free(engine->url);
    st_mem_free_secret(engine->authorization);
    free(engine);
}

void st_azure_describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    char address[256];
    st_remote_show_url(engine->url, address, sizeof(address));
    snprintf(out, out_bytes, "Azure Speech at %s", address);
}

/* ---- where to ---- */

/* An address being written. */
struct place {
    struct st_json_writer *url;
    const struct st_engine *engine;
};

static void add_default(const struct place *place, const char *name, const char *value)
{
    if (!st_remote_has_query(place->engine->url, name) && value && value[0])
        st_remote_add_query(place->url, name, value);
}

static void add_parameters(const struct place *place)
{
    const struct st_config_remote_engine *remote = place->engine->remote;
    for (size_t i = 0; parameter_names[i]; i++) {
        bool is_ours = strcmp(parameter_names[i], "auth") == 0 ||
                       strncmp(parameter_names[i], "language", strlen("language")) == 0;
        if (!is_ours)
            add_default(place, parameter_names[i], st_remote_parameter(remote, parameter_names[i]));
    }
}

const char *st_azure_language(const struct st_engine *engine,
                              const struct st_engine_stream_config *config)
{
    const char *language = st_remote_parameter(engine->remote, "language");
    return language ? language : config->language;
}

const char *st_azure_languages(const struct st_engine *engine)
{
    return st_remote_parameter(engine->remote, "languages");
}

/* A custom model brings its language. */
void st_azure_make_url(struct st_json_writer *url, const struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    const struct place place = {url, engine};
    const char *model = engine->remote->model, *rest = strstr(engine->url, "://") + 3;
    bool has_model = model && model[0], is_one = !st_azure_languages(engine);
    rest += strcspn(rest, "/?");
    st_json_append(url, engine->url, strlen(engine->url) - (strcmp(rest, "/") == 0));
    if (*rest == '\0' || strcmp(rest, "/") == 0)
        st_json_append(url, is_one ? path : many_path, strlen(is_one ? path : many_path));
    add_default(&place, has_model ? "cid" : "language",
                has_model ? model : st_azure_language(engine, config));
    add_default(&place, "lidEnabled", is_one ? NULL : "true");
    add_default(&place, "format", "detailed");
    add_default(&place, "wordLevelTimestamps", "true");
    add_parameters(&place);
    st_remote_end_url(url);
}

/* ---- ends ---- */

const struct st_engine_end st_azure_ends[] = {
    {400, 0, NULL, ST_TROUBLE_UNSUITED,
     "Azure refused the options (400): check the engine's parameters and the call's language"},
    {401, 0, NULL, ST_TROUBLE_REFUSED,
     "Azure does not accept the key or token (401): check 'key', and that it is of that region"},
    {403, 0, NULL, ST_TROUBLE_REFUSED,
     "the Azure resource does not allow this (403): its quota is used up, it is disabled, or its "
     "network rules keep us out"},
    {404, 0, NULL, ST_TROUBLE_UNSUITED,
     "Azure knows no such address (404): check 'region' or 'url', and the model's id"},
    {429, 0, NULL, ST_TROUBLE_THROTTLED,
     "the Azure resource has as many streams as it may (429): raise its limit, or set 'streams' "
     "below it"},
    {0, 1007, "uota", ST_TROUBLE_THROTTLED,
     "the Azure resource's quota is used up (1007): raise its limit or tier"},
    {0, 1007, "uthenticat", ST_TROUBLE_REFUSED,
     "Azure does not accept the key or token any more (1007): check 'key'"},
    {0, 1007, NULL, ST_TROUBLE_UNSUITED,
     "Azure does not take what it was sent (1007): check the call's language and the parameters"},
    {0, 1008, NULL, ST_TROUBLE_REFUSED, "Azure's policy ended the stream (1008)"},
    {0, 1002, NULL, ST_TROUBLE_PROTOCOL, "Azure broke off (1002)"},
    {0, 1003, NULL, ST_TROUBLE_UNSUITED, "Azure does not take this kind of data (1003)"},
    {0, 1011, NULL, ST_TROUBLE_SERVER, "Azure failed (1011)"},
    {0, 1013, NULL, ST_TROUBLE_THROTTLED, "Azure is busy (1013)"},
    {0, 4000, NULL, ST_TROUBLE_UNSUITED, "Azure refused the request (4000)"},
    {0, 4429, NULL, ST_TROUBLE_THROTTLED,
     "the Azure resource has as many streams as it may (4429)"},
    {0, 1000, NULL, ST_TROUBLE_EXPIRED, "Azure ended the session"},
    {0, 0, NULL, ST_TROUBLE_LOST, NULL},
};
