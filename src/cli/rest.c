#include "rest.h"

#include "verb.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char events_path[] = "/v1/events";

/* A URL with a path of its own is that of the push API, perhaps behind a prefix. */
static char *base_of(const char *url)
{
    char *base;
    if (st_client_options_url(&base, url, "") < 0)
        return NULL;
    size_t bytes = strlen(base);
    if (bytes > strlen(events_path) && strcmp(base + bytes - strlen(events_path), events_path) == 0)
        bytes -= strlen(events_path);
    while (bytes > 0 && base[bytes - 1] == '/')
        bytes--;
    base[bytes] = '\0';
    return base;
}

static void complain(const struct st_rest *rest, const char *what, const char *foreign)
{
    struct st_text text = {0};
    st_text_add_clean(&text, foreign);
    fprintf(stderr, "sidetone %s: %s%s\n", rest->verb, what, text.data ? text.data : "");
    st_text_fini(&text);
}

static void list_problems(const struct st_rest *rest, const json_t *problems)
{
    for (size_t i = 0; i < json_array_size(problems); i++) {
        const char *problem =
            json_string_value(json_object_get(json_array_get(problems, i), "problem"));
        complain(rest, "", problem ? problem : "");
    }
}

static int refused(const struct st_rest *rest, const struct st_response *response)
{
    char status[40];
    json_t *json = json_loadb(response->body, response->body_bytes, 0, NULL);
    const char *message =
        json_string_value(json_object_get(json_object_get(json, "error"), "message"));
    snprintf(status, sizeof(status), "HTTP %d", response->status);
    complain(rest, "the gateway refuses: ", message ? message : status);
    if (response->status == 401)
        complain(rest, "",
                 rest->client->token ? "the token is not valid here"
                                     : "a token is needed (--token-file, SIDETONE_TOKEN)");
    list_problems(rest, json_object_get(json_object_get(json, "error"), "problems"));
    json_decref(json);
    return response->status == 401 || response->status == 403 ? ST_EXIT_CONNECTION : ST_EXIT_FAILED;
}

int st_rest_send(const struct st_rest *rest, const struct st_rest_request *request,
                 struct st_response *ret_response)
{
    char why[256] = "";
    struct st_text url = {0};
    struct st_response response;
    char *base = base_of(rest->client->url);
    st_text_add(&url, base ? base : "");
    st_text_add(&url, request->path);
    free(base);
    struct st_request whole = {.url = url.data,
                               .method = request->method,
                               .bearer = rest->client->token,
                               .ca_file = rest->client->ca_file,
                               .skips_certificate_check = rest->client->is_insecure,
                               .headers = request->headers,
                               .body = request->body,
                               .body_bytes = request->body_bytes};
    int err = st_request_send(&response, &whole, why, sizeof(why));
    st_text_fini(&url);
    if (err) {
        struct st_text where = {0};
        st_text_add_clean(&where, rest->client->url);
        fprintf(stderr, "sidetone %s: %s: %s\n", rest->verb, where.data ? where.data : "", why);
        st_text_fini(&where);
        return err == -EINVAL ? ST_EXIT_USAGE : ST_EXIT_CONNECTION;
    }
    if (response.status / 100 == 2 || (response.status == 404 && request->may_be_missing)) {
        *ret_response = response;
        return 0;
    }
    int exit_code = refused(rest, &response);
    st_response_fini(&response);
    return exit_code;
}

int st_rest_ask(const struct st_rest *rest, const struct st_rest_request *request,
                json_t **ret_json)
{
    struct st_response response;
    int exit_code = st_rest_send(rest, request, &response);
    if (exit_code)
        return exit_code;
    json_t *json = json_loadb(response.body, response.body_bytes, 0, NULL);
    bool is_missing = response.status == 404;
    st_response_fini(&response);
    if (is_missing) {
        json_decref(json);
        *ret_json = NULL;
        return 0;
    }
    if (!json) {
        complain(rest, "", "what answers is no gateway");
        return ST_EXIT_FAILED;
    }
    *ret_json = json;
    return 0;
}

void st_rest_add_encoded(struct st_text *text, const char *part)
{
    for (; *part; part++)
        if (isalnum((unsigned char)*part) || strchr("-_.~", *part))
            st_text_add_bytes(text, part, 1);
        else
            st_text_addf(text, "%%%02X", (unsigned char)*part);
}
