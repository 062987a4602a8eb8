/*
 * What an engine's entry in the configuration asks of the service: `parameters` by the service's
 * own names ("vocabulary-name=…"), checked for what it would refuse when a call is there.
 *
 * Names of ours: transport (http2, websocket), profile (of the shared files), raw-partials (true:
 * unfinished segments pass although redaction is on, which the service does in final ones alone),
 * session-id (call: made of the call's id, so that what it is opened anew stays one session).
 */
#ifndef SIDETONE_STT_AWS_PARAMETERS_H
#define SIDETONE_STT_AWS_PARAMETERS_H

#include "operation.h"
#include "sigv4.h"

#include <stdbool.h>
#include <stddef.h>

struct st_config_remote_engine;

enum { ST_AWS_PARAMETERS_MAX = 24 };

struct st_aws_parameters {
    struct st_sigv4_pair
        asked[ST_AWS_PARAMETERS_MAX]; /* for every stream, by the service's names */
    size_t asked_count;
    bool is_websocket;
    bool identifies_language;
    bool withholds_partials;
    bool keeps_session;
    const char *profile; /* NULL: none */
    /* Post-call analytics; NULL when there is none of that name. */
    const char *output_location;
    const char *role_arn;
    const char *content_redaction_output;
    const char *kms_key;
    char *text; /* what all of these point into */
};

/* 0, or -EINVAL with `ret_why` filled. */
int st_aws_parameters_read(struct st_aws_parameters *ret_parameters,
                           const struct st_config_remote_engine *remote,
                           const struct st_aws_operation *operation, char *ret_why,
                           size_t why_bytes);
void st_aws_parameters_fini(struct st_aws_parameters *parameters);

#endif
