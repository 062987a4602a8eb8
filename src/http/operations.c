#include "http_internal.h"

#include "sidetone/call_engines.h"
#include "sidetone/metrics.h"

static void answer_status(struct api_loop *at, struct st_http_exchange *exchange, int status,
                          const char *text)
{
    st_json_reset(&at->json);
    st_json_begin_object(&at->json);
    st_json_set_string(&at->json, "status", text);
    st_json_end_object(&at->json);
    answer_json(exchange, status, &at->json);
}

void resource_livez(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    answer_status(at, exchange, 200, "ok");
}

void resource_readyz(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    if (st_call_service_is_draining(at->api->service))
        answer_status(at, exchange, 503, "draining");
    else
        answer_status(at, exchange, 200, "ok");
}

void resource_metrics(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    st_json_reset(&at->json);
    st_metrics_write(&at->json);
    st_call_engines_write_metrics(at->api->service, &at->json);
    answer_text(exchange, 200, "text/plain; version=0.0.4", at->json.data, at->json.len);
}

void resource_version(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    st_json_reset(&at->json);
    st_json_begin_object(&at->json);
    st_json_set_string(&at->json, "version", ST_VERSION);
    st_json_end_object(&at->json);
    answer_json(exchange, 200, &at->json);
}
