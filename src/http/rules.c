/*
 * /v1/categories, /v1/scripts and what is below them, generically: named documents of one kind in
 * the store of rules, with versions as entity tags.
 */
#include "http_internal.h"

#include "sidetone/buf.h"
#include "sidetone/rule_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_CATEGORIES, KIND_SCRIPTS, NAME_BYTES = 129, MATCH_BYTES = 1024 };

struct request {
    struct api_loop *at;
    struct st_http_exchange *exchange;
    unsigned kind;
    struct st_claims claims;
    char tenant[RULES_TENANT_BYTES];
    char name[NAME_BYTES]; /* "": the list */
};

/* ---- which one ---- */

int rules_apply_tenant(char *tenant, const char *name, size_t bytes, const char *value)
{
    if (bytes != strlen("tenant") || memcmp(name, "tenant", bytes) != 0 || tenant[0] || !*value ||
        strlen(value) >= RULES_TENANT_BYTES)
        return -EBADMSG;
    memcpy(tenant, value, strlen(value) + 1);
    return 0;
}

static int apply_query(void *tenant, const char *name, size_t bytes, const char *value)
{
    return rules_apply_tenant(tenant, name, bytes, value);
}

/* A token that is narrowed to a tenant means that one. */
static bool find_tenant(struct request *request)
{
    char why[QUERY_WHY_BYTES];
    const char *own = request->claims.tenant;
    if (query_walk(st_http_query(request->exchange), apply_query, request->tenant, why) < 0) {
        answer_error(request->exchange, 400, "bad_request", why);
        return false;
    }
    if (own[0] && request->tenant[0] && strcmp(own, request->tenant) != 0) {
        answer_error(request->exchange, 404, "not_found", "no such tenant for this token");
        return false;
    }
    if (!request->tenant[0])
        snprintf(request->tenant, RULES_TENANT_BYTES, "%s", own[0] ? own : "default");
    return true;
}

/* The name is one segment of the raw path: slashes in it are encoded. */
static bool find_name(struct request *request)
{
    const char *kind = st_rule_store_kind(request->kind);
    const char *target = st_http_target(request->exchange), *end = target + strcspn(target, "?");
    const char *found = strstr(target, kind), *name = found ? found + strlen(kind) : end;
    if (name < end && *name == '/')
        name++;
    if (name >= end)
        return true;
    if (!memchr(name, '/', (size_t)(end - name)) &&
        st_http_decode(request->name, NAME_BYTES, name, (size_t)(end - name), false) > 0)
        return true;
    answer_error(request->exchange, 404, "not_found", "a name has 1 to 128 bytes");
    return false;
}

/* ---- reading ---- */

static void answer_document(struct st_http_exchange *exchange, int status,
                            const struct st_json_writer *json, const char *version)
{
    char headers[64];
    snprintf(headers, sizeof(headers), "ETag: \"%s\"\r\n", version);
    answer_json_with(exchange, status, json, headers);
}

static void list(const struct request *request)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    int err = st_rule_store_list(request->at->api->rules, request->kind, request->tenant, &json);
    st_json_end_object(&json);
    if (err)
        answer_error(request->exchange, 404, "not_found", "no such tenant");
    else
        answer_json(request->exchange, 200, &json);
    st_json_fini(&json);
}

static void get(const struct request *request)
{
    char version[ST_RULE_STORE_VERSION_BYTES];
    struct st_json_writer json;
    st_json_init(&json);
    if (st_rule_store_get(request->at->api->rules, request->kind, request->tenant, request->name,
                          &json, version) < 0)
        answer_error(request->exchange, 404, "not_found", "there is nothing of that name");
    else
        answer_document(request->exchange, 200, &json, version);
    st_json_fini(&json);
}

/* ---- changing ---- */

static void answer_invalid(struct st_http_exchange *exchange, const struct st_buf *problems)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_key(&json, "error");
    st_json_begin_object(&json);
    st_json_set_string(&json, "code", "invalid");
    st_json_set_string(&json, "message", "the rules were refused; nothing has changed");
    st_json_key(&json, "problems");
    st_json_raw(&json, (const char *)problems->data, problems->len);
    st_json_end_object(&json);
    st_json_end_object(&json);
    answer_json(exchange, 422, &json);
    st_json_fini(&json);
}

static const struct {
    int status;
    const char *code, *message; /* NULL: the result says it */
} refusals[] = {
    [ST_RULE_NOT_FOUND] = {404, "not_found", NULL},
    [ST_RULE_READ_ONLY] = {409, "read_only", "it stands in the configuration: change it there"},
    [ST_RULE_NO_VERSION] = {428, "precondition_required",
                            "say which version you saw, by If-Match with its ETag"},
    [ST_RULE_OTHER_VERSION] = {412, "precondition_failed",
                               "it is not (any more) what you saw: look at it again"},
    [ST_RULE_NOT_STORED] = {500, "not_stored", NULL},
    [ST_RULE_BUSY] = {503, "unavailable", "too many changes wait: try again"},
    [ST_RULE_STOPPING] = {503, "unavailable", "the gateway is shutting down"},
};

static void answer_deleted(struct st_http_exchange *exchange)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_set_bool(&json, "deleted", true);
    st_json_end_object(&json);
    answer_json(exchange, 200, &json);
    st_json_fini(&json);
}

static void answer_refused(struct st_http_exchange *exchange, const struct st_rule_result *result)
{
    const char *message = refusals[result->outcome].message;
    answer_error(exchange, refusals[result->outcome].status, refusals[result->outcome].code,
                 message ? message : result->why);
}

static void on_changed(void *user, const struct st_rule_result *result)
{
    struct st_http_exchange *exchange = user;
    if (result->outcome == ST_RULE_INVALID) {
        answer_invalid(exchange, result->json);
    } else if (result->outcome > ST_RULE_UNCHANGED) {
        answer_refused(exchange, result);
    } else if (!result->json) {
        answer_deleted(exchange);
    } else {
        struct st_json_writer json = {.data = (char *)result->json->data, .len = result->json->len};
        answer_document(exchange, result->outcome == ST_RULE_CREATED ? 201 : 200, &json,
                        result->version);
    }
}

/* Entity tags to versions with spaces between; weak ones never match. False when there are too
 * many. */
static bool read_matches(struct st_http_exchange *exchange, char out[MATCH_BYTES])
{
    const char *at = st_http_header(exchange, "if-match"), *item;
    size_t bytes = 0, used = 0;
    while (at && (item = answer_next_item(&at, &bytes)) != NULL) {
        bool is_quoted = bytes >= 2 && item[0] == '"' && item[bytes - 1] == '"';
        int added = snprintf(out + used, MATCH_BYTES - used, "%s%.*s", used > 0 ? " " : "",
                             (int)(is_quoted ? bytes - 2 : bytes), is_quoted ? item + 1 : item);
        if (added < 0 || (size_t)added >= MATCH_BYTES - used)
            return false;
        used += (size_t)added;
    }
    out[used] = '\0';
    return true;
}

static bool wants_new(struct st_http_exchange *exchange)
{
    const char *header = st_http_header(exchange, "if-none-match");
    return header && strcmp(header, "*") == 0;
}

static void change(const struct request *request, enum st_rule_action action)
{
    char matches[MATCH_BYTES];
    size_t bytes;
    const void *body = st_http_body(request->exchange, &bytes);
    if (!read_matches(request->exchange, matches)) {
        answer_error(request->exchange, 400, "bad_request", "If-Match has too many entries");
        return;
    }
    struct st_rule_change wanted = {
        .kind = request->kind,
        .action = action,
        .tenant = request->tenant,
        .name = request->name,
        .text = bytes > 0 ? body : "",
        .bytes = bytes,
        .if_match = matches,
        .must_be_new = action == ST_RULE_PUT && wants_new(request->exchange),
        .by = auth_person(&request->claims),
    };
    st_rule_store_change(request->at->api->rules, request->at->loop, &wanted, on_changed,
                         request->exchange);
}

/* ---- the resource ---- */

static const struct {
    const char *method;
    enum st_rule_action action;
    const char *types; /* of the body; NULL: it has none */
    const char *message;
} methods[] = {
    {"PUT", ST_RULE_PUT, "application/json application/yaml ",
     "the body must be application/json or application/yaml, by its Content-Type"},
    {"PATCH", ST_RULE_PATCH, "application/json application/merge-patch+json ",
     "the body must be application/merge-patch+json, by its Content-Type"},
    {"DELETE", ST_RULE_DELETE, NULL, NULL},
};

static void change_by_method(struct request *request, const char *method)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].method, method) != 0)
            continue;
        if (!auth_allow(request->at, request->exchange, ST_SCOPE_RULES_WRITE, &request->claims))
            return;
        if (methods[i].types && !auth_has_type(request->exchange, methods[i].types))
            answer_error(request->exchange, 415, "unsupported_media_type", methods[i].message);
        else if (find_tenant(request))
            change(request, methods[i].action);
        return;
    }
    answer_method(request->exchange, "GET, HEAD, PUT, PATCH, DELETE");
}

static void read_by_name(struct request *request)
{
    if (!auth_allow(request->at, request->exchange, ST_SCOPE_CALLS_READ, &request->claims) ||
        !find_tenant(request))
        return;
    if (request->name[0])
        get(request);
    else
        list(request);
}

static void handle(struct request *request)
{
    const char *method = st_http_method(request->exchange);
    bool is_get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (!request->at->api->rules)
        answer_error(request->exchange, 503, "unavailable", "there is no store of rules");
    else if (!find_name(request))
        return;
    else if (is_get)
        read_by_name(request);
    else if (request->name[0])
        change_by_method(request, method);
    else
        answer_method(request->exchange, "GET, HEAD");
}

void resource_categories(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct request request = {.at = at, .exchange = exchange, .kind = KIND_CATEGORIES};
    handle(&request);
}

void resource_scripts(struct api_loop *at, struct st_http_exchange *exchange, const char *rest)
{
    struct request request = {.at = at, .exchange = exchange, .kind = KIND_SCRIPTS};
    handle(&request);
}
