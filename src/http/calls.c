#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

struct asking {
    struct st_http_exchange *exchange;
    bool is_one;
};

static void answer_one(struct st_http_exchange *exchange, struct st_buf *const *states,
                       size_t count)
{
    if (count == 0)
        answer_error(exchange, 404, "not_found", "no such call, or not for this token");
    else
        answer_text(exchange, 200, "application/json", states[count - 1]->data,
                    states[count - 1]->len);
}

static void answer_list(struct st_http_exchange *exchange, struct st_buf *const *states,
                        size_t count)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_key(&json, "calls");
    st_json_begin_array(&json);
    for (size_t i = 0; i < count; i++)
        st_json_raw(&json, (const char *)states[i]->data, states[i]->len);
    st_json_end_array(&json);
    st_json_end_object(&json);
    answer_json(exchange, 200, &json);
    st_json_fini(&json);
}

static void on_states(void *user, struct st_buf *const *states, size_t count)
{
    struct asking *asking = user;
    if (asking->is_one)
        answer_one(asking->exchange, states, count);
    else
        answer_list(asking->exchange, states, count);
    free(asking);
}

/* Bytes of the call id in the path behind /v1/calls/; what is asked of that call is behind it. */
static size_t id_bytes(const char *rest, bool *ret_is_summary)
{
    static const char summary[] = "/summary";
    size_t bytes = strlen(rest), suffix = sizeof(summary) - 1;
    *ret_is_summary = bytes > suffix && strcmp(rest + bytes - suffix, summary) == 0;
    return *ret_is_summary ? bytes - suffix : bytes;
}

void resource_calls(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct st_claims claims;
    int status = auth_check(at, exchange, ST_SCOPE_CALLS_READ, &claims);
    if (status) {
        answer_error(exchange, status, status == 401 ? "unauthorized" : "forbidden",
                     "a token with calls:read is needed");
        return;
    }
    bool is_summary;
    size_t bytes = id_bytes(rest, &is_summary);
    struct st_call_query query = {.subscription = auth_subscription(&claims),
                                  .wants_transcript = bytes > 0,
                                  .wants_summary = is_summary};
    if (bytes > 0 && st_filter_names_add(&query.subscription->calls, rest, bytes) < 0) {
        st_subscription_free(query.subscription);
        answer_error(exchange, 404, "not_found", "a call id has 1 to 128 bytes");
        return;
    }
    struct asking *asking = st_mem_alloc(sizeof(*asking));
    asking->exchange = exchange;
    asking->is_one = bytes > 0;
    st_call_query(at->api->service, at->index, query, on_states, asking);
}
