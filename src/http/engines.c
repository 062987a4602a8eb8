/* /v1/engines: what speech-to-text the gateway has, and how it does. */
#include "http_internal.h"

#include "sidetone/call_engines.h"

#include <string.h>

static void put_troubles(struct st_json_writer *json, const struct st_guard_report *report)
{
    st_json_key(json, "troubles");
    st_json_begin_object(json);
    for (unsigned i = 0; i < ST_TROUBLES; i++)
        st_json_set_int(json, st_engine_trouble_name((enum st_engine_trouble)i),
                        (int64_t)report->troubles[i]);
    st_json_end_object(json);
    st_json_key(json, "last_trouble");
    if (report->last_unix_ms == 0) {
        st_json_null(json);
        return;
    }
    st_json_begin_object(json);
    st_json_set_string(json, "trouble", st_engine_trouble_name(report->last_trouble));
    st_json_set_string(json, "why", report->last_why);
    st_json_set_int(json, "at_unix_ms", report->last_unix_ms);
    st_json_end_object(json);
}

static void put_streams(struct st_json_writer *json, const struct st_guard_report *report)
{
    st_json_set_string(json, "state", st_guard_state_name(report->state));
    st_json_set_int(json, "wait_ms", (report->wait_us + 999) / 1000);
    st_json_set_int(json, "streams", report->streams);
    st_json_set_int(json, "streams_most", report->streams_most);
    st_json_key(json, "streams_max");
    if (report->streams_max > 0)
        st_json_int(json, report->streams_max);
    else
        st_json_null(json);
    st_json_set_int(json, "waiting", report->waiting);
    st_json_set_int(json, "opens", (int64_t)report->opens);
    st_json_set_int(json, "answered", (int64_t)report->answered);
    st_json_set_int(json, "renewed", (int64_t)report->renewed);
    st_json_set_int(json, "passed_over", (int64_t)report->passed_over);
    st_json_set_int(json, "audio_ms", report->audio_us / 1000);
}

static void put_engine(struct st_json_writer *json, const struct st_call_engine *engine)
{
    char address[256];
    bool is_embedded = engine->ops->kind == ST_ENGINE_EMBEDDED;
    st_engine_address(engine->description, address, sizeof(address));
    st_json_begin_object(json);
    st_json_set_string(json, "name", engine->name);
    st_json_set_string(json, "type", engine->ops->name);
    st_json_set_string(json, "title", engine->ops->title);
    st_json_set_string(json, "kind", is_embedded ? "embedded" : "remote");
    st_json_set_string(json, "description", engine->description);
    st_json_set_string(json, "address", address[0] ? address : NULL);
    put_streams(json, &engine->report);
    put_troubles(json, &engine->report);
    st_json_end_object(json);
}

static void answer_all(struct api_loop *at, struct st_http_exchange *exchange)
{
    struct st_call_engine engine;
    st_json_reset(&at->json);
    st_json_begin_object(&at->json);
    st_json_key(&at->json, "engines");
    st_json_begin_array(&at->json);
    for (unsigned i = 0; i < st_call_engines_count(at->api->service); i++) {
        st_call_engines_get(at->api->service, i, &engine);
        put_engine(&at->json, &engine);
    }
    st_json_end_array(&at->json);
    st_json_end_object(&at->json);
    answer_json(exchange, 200, &at->json);
}

static void answer_one(struct api_loop *at, struct st_http_exchange *exchange, const char *name)
{
    struct st_call_engine engine;
    for (unsigned i = 0; i < st_call_engines_count(at->api->service); i++) {
        st_call_engines_get(at->api->service, i, &engine);
        if (strcmp(engine.name, name) != 0)
            continue;
        st_json_reset(&at->json);
        put_engine(&at->json, &engine);
        answer_json(exchange, 200, &at->json);
        return;
    }
    answer_error(exchange, 404, "not_found",
                 "no route of this gateway uses an engine of that name");
}

void resource_engines(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct st_claims claims;
    if (!auth_allow(at, exchange, ST_SCOPE_ADMIN, &claims))
        return;
    if (claims.tenant[0])
        answer_error(exchange, 403, "forbidden", "engines are of all tenants");
    else if (rest[0])
        answer_one(at, exchange, rest);
    else
        answer_all(at, exchange);
}
