/*
 * A question to the gateway's REST API, as verbs ask it: one, and wait for the answer.
 */
#ifndef SIDETONE_CLI_REST_H
#define SIDETONE_CLI_REST_H

#include "client_options.h"
#include "text.h"

#include "sidetone/request.h"

#include <jansson.h>

struct st_rest {
    const char *verb; /* for messages: "alerts" */
    const struct st_client_options *client;
};

struct st_rest_request {
    const char *method;
    const char *path;    /* and query, encoded */
    const char *headers; /* NULL, or header lines */
    bool may_be_missing; /* 404 is a success without JSON */
    const char *body;    /* NULL: none */
    size_t body_bytes;
};

/* 0 with *ret_response (st_response_fini), when it is a success; otherwise an exit code, after
 * saying on standard error what is wrong. */
int st_rest_send(const struct st_rest *rest, const struct st_rest_request *request,
                 struct st_response *ret_response);
/* The same for an answer in JSON; json_decref it. */
int st_rest_ask(const struct st_rest *rest, const struct st_rest_request *request,
                json_t **ret_json);

/* One part of a path or a value of a query, percent-encoded. */
void st_rest_add_encoded(struct st_text *text, const char *part);

#endif
