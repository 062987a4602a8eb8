/* /v1/audit: who changed which rules. */
#include "http_internal.h"

#include "sidetone/rule_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_DEFAULT = 100, ROWS_MAX = 1000, DIGITS_MAX = 15 };

struct audit_query {
    char tenant[RULES_TENANT_BYTES];
    uint64_t before;
    uint64_t max;
};

static int read_number(const char *value, uint64_t max, uint64_t *ret_number)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || value[digits])
        return -EBADMSG;
    uint64_t number = strtoull(value, NULL, 10);
    if (number < 1 || number > max)
        return -EBADMSG;
    *ret_number = number;
    return 0;
}

static int apply(void *user, const char *name, size_t bytes, const char *value)
{
    struct audit_query *query = user;
    if (bytes == strlen("before") && memcmp(name, "before", bytes) == 0)
        return read_number(value, UINT64_MAX, &query->before);
    if (bytes == strlen("limit") && memcmp(name, "limit", bytes) == 0)
        return read_number(value, ROWS_MAX, &query->max);
    return rules_apply_tenant(query->tenant, name, bytes, value);
}

static void answer(struct api_loop *at, struct st_http_exchange *exchange,
                   const struct audit_query *query)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_rule_store_audit(at->api->rules, query->tenant, query->before, (size_t)query->max, &json);
    st_json_end_object(&json);
    answer_json(exchange, 200, &json);
    st_json_fini(&json);
}

void resource_audit(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct st_claims claims;
    struct audit_query query = {.max = ROWS_DEFAULT};
    char why[QUERY_WHY_BYTES];
    if (!auth_allow(at, exchange, ST_SCOPE_ADMIN, &claims))
        return;
    if (!at->api->rules) {
        answer_error(exchange, 503, "unavailable", "there is no store of rules");
        return;
    }
    if (query_walk(st_http_query(exchange), apply, &query, why) < 0) {
        answer_error(exchange, 400, "bad_request", why);
        return;
    }
    if (claims.tenant[0])
        snprintf(query.tenant, sizeof(query.tenant), "%s", claims.tenant);
    answer(at, exchange, &query);
}
