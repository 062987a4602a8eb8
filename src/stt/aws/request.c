#include "request.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PREFIX "x-amzn-transcribe-"

enum { EXPIRES_S = 300, PAIRS_MAX = ST_AWS_PARAMETERS_MAX + 8, UUID_BYTES = 37 };
_Static_assert(PAIRS_MAX + 8 <= ST_AWS_REQUEST_HEADERS_MAX, "every header has a place");

/* ---- language ---- */

static bool is_language_text(const char *language)
{
    size_t len = strspn(language, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
    return len >= 2 && len < 20 && language[len] == '\0';
}

static const char *find_language(const char *const *languages, const char *language)
{
    size_t len = strlen(language);
    bool is_bare = !strchr(language, '-');
    for (; *languages; languages++)
        if (strcasecmp(*languages, language) == 0 ||
            (is_bare && strncasecmp(*languages, language, len) == 0 && (*languages)[len] == '-'))
            return *languages;
    return NULL;
}

const char *st_aws_request_language(const struct st_aws_operation *operation, const char *language,
                                    char *out, size_t out_bytes)
{
    const char *known = find_language(st_aws_call_analytics.languages, language);
    if (known || operation->languages)
        return known;
    if (!is_language_text(language))
        return NULL;
    snprintf(out, out_bytes, "%s", language);
    return out;
}

/* ---- what is asked ---- */

struct asked {
    struct st_sigv4_pair pairs[PAIRS_MAX];
    size_t count;
    char rate[12];
    char session[UUID_BYTES];
};

static void ask(struct asked *asked, const char *name, const char *value)
{
    asked->pairs[asked->count++] = (struct st_sigv4_pair){name, value};
}

/* A UUID (version 8: of our own making) that is the same for every stream of the call. */
static void name_session(const char *call_id, char out[UUID_BYTES])
{
    char hash[ST_SIGV4_HEX_BYTES];
    st_sigv4_hash(call_id, strlen(call_id), hash);
    snprintf(out, UUID_BYTES, "%.8s-%.4s-8%.3s-a%.3s-%.12s", hash, hash + 8, hash + 12, hash + 15,
             hash + 18);
}

static void ask_all(struct asked *asked, const struct st_engine *engine,
                    const struct st_aws_asking *asking)
{
    bool is_standard = engine->operation->flag == ST_AWS_STANDARD;
    asked->count = engine->parameters.asked_count;
    memcpy(asked->pairs, engine->parameters.asked, asked->count * sizeof(asked->pairs[0]));
    snprintf(asked->rate, sizeof(asked->rate), "%u", asking->rate_hz);
    ask(asked, "media-encoding", "pcm");
    ask(asked, "sample-rate", asked->rate);
    if (asking->language)
        ask(asked, "language-code", asking->language);
    if (is_standard && asking->channels == 2) {
        ask(asked, "enable-channel-identification", "true");
        ask(asked, "number-of-channels", "2");
    }
    if (engine->parameters.keeps_session && asking->call_id && asking->call_id[0]) {
        name_session(asking->call_id, asked->session);
        ask(asked, "session-id", asked->session);
    }
}

static struct st_sigv4_who who_signs(const struct st_engine *engine, const struct st_aws_keys *keys,
                                     const struct st_aws_asking *asking)
{
    return (struct st_sigv4_who){
        .key_id = keys->key_id,
        .secret = keys->secret,
        .token = keys->token,
        .region = engine->region,
        .service = "transcribe",
        .unix_ms = asking->unix_ms,
    };
}

static char *text_of(struct st_json_writer *writer)
{
    char *text = st_mem_strndup(writer->data, writer->len);
    st_json_fini(writer);
    return text;
}

/* ---- WebSocket ---- */

static void build_websocket(struct st_aws_request *request, const struct st_engine *engine,
                            const struct asked *asked, const struct st_sigv4_who *who)
{
    struct st_json_writer url;
    struct st_sigv4_pair host = {"host", engine->authority};
    struct st_sigv4_request signed_request = {
        .method = "GET",
        .path = engine->operation->websocket_path,
        .query = asked->pairs,
        .query_count = asked->count,
        .headers = &host,
        .header_count = 1,
        .payload_hash = ST_SIGV4_EMPTY,
    };
    st_json_init_secret(&url);
    st_json_append_text(&url, engine->base);
    st_json_append_text(&url, engine->operation->websocket_path);
    st_json_append_text(&url, "?");
    st_sigv4_presign(&url, &signed_request, who, EXPIRES_S);
    request->url = text_of(&url);
}

/* ---- HTTP/2 ---- */

static char *header_line(const char *prefix, const char *name, const char *value)
{
    struct st_json_writer line;
    st_json_init_secret(&line);
    st_json_append_text(&line, prefix);
    st_json_append_text(&line, name);
    st_json_append_text(&line, ": ");
    st_json_append_text(&line, value);
    return text_of(&line);
}

struct headers {
    struct st_sigv4_pair pairs[ST_AWS_REQUEST_HEADERS_MAX];
    size_t count;
    char names[PAIRS_MAX][64];
};

static void put(struct headers *headers, const char *name, const char *value)
{
    headers->pairs[headers->count++] = (struct st_sigv4_pair){name, value};
}

static void put_all(struct headers *headers, const struct st_engine *engine,
                    const struct asked *asked, const struct st_sigv4_who *who, const char *time)
{
    put(headers, "content-type", "application/vnd.amazon.eventstream");
    put(headers, "x-amz-content-sha256", ST_SIGV4_STREAMING);
    put(headers, "x-amz-date", time);
    if (who->token[0])
        put(headers, "x-amz-security-token", who->token);
    for (size_t i = 0; i < asked->count; i++) {
        snprintf(headers->names[i], sizeof(headers->names[i]), PREFIX "%s", asked->pairs[i].name);
        put(headers, headers->names[i], asked->pairs[i].value);
    }
    put(headers, "host", engine->authority); /* the last: it goes out as :authority */
}

static int build_http2(struct st_aws_request *request, const struct st_engine *engine,
                       const struct asked *asked, const struct st_sigv4_who *who)
{
    struct headers headers = {.count = 0};
    char time[ST_SIGV4_TIME_BYTES], signature[ST_SIGV4_HEX_BYTES];
    struct st_json_writer url, authorization;
    size_t count = 0;
    st_sigv4_time(who->unix_ms, time);
    put_all(&headers, engine, asked, who, time);
    struct st_sigv4_request signed_request = {
        .method = "POST",
        .path = engine->operation->path,
        .headers = headers.pairs,
        .header_count = headers.count,
        .payload_hash = ST_SIGV4_STREAMING,
    };
    st_json_init_secret(&authorization);
    st_json_append_text(&authorization, "authorization: ");
    st_sigv4_authorize(&authorization, &signed_request, who, signature);
    request->headers[count++] = text_of(&authorization);
    for (size_t i = 0; i + 1 < headers.count; i++)
        request->headers[count++] = header_line("", headers.pairs[i].name, headers.pairs[i].value);
    request->headers[count++] = header_line("", "user-agent", "sidetone/" ST_VERSION);
    st_json_init_secret(&url);
    st_json_append_text(&url, engine->base);
    st_json_append_text(&url, engine->operation->path);
    request->url = text_of(&url);
    return st_sigv4_chain_init(&request->chain, who, signature) == 0 ? 0 : -EINVAL;
}

int st_aws_request_build(struct st_aws_request *ret_request, const struct st_engine *engine,
                         const struct st_aws_keys *keys, const struct st_aws_asking *asking)
{
    struct asked asked;
    struct st_aws_request request = {.url = NULL};
    struct st_sigv4_who who = who_signs(engine, keys, asking);
    int err = 0;
    ask_all(&asked, engine, asking);
    if (engine->parameters.is_websocket)
        build_websocket(&request, engine, &asked, &who);
    else
        err = build_http2(&request, engine, &asked, &who);
    if (err) {
        st_aws_request_fini(&request);
        return err;
    }
    *ret_request = request;
    st_sigv4_chain_fini(&request.chain);
    return 0;
}

void st_aws_request_fini(struct st_aws_request *request)
{
    st_mem_free_secret(request->url);
    for (size_t i = 0; request->headers[i]; i++)
        st_mem_free_secret(request->headers[i]);
    st_sigv4_chain_fini(&request->chain);
    *request = (struct st_aws_request){.url = NULL};
}
