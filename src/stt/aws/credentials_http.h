/* Services that hand out credentials, asked one request at a time. Blocks. */
#ifndef SIDETONE_STT_AWS_CREDENTIALS_HTTP_H
#define SIDETONE_STT_AWS_CREDENTIALS_HTTP_H

#include "credentials.h"

#include <stdatomic.h>

struct st_aws_fetch {
    const char *method;         /* "GET", "PUT", "POST" */
    const char *url;            /* http:// or https:// */
    const char *const *headers; /* NULL-terminated; NULL: none */
    const char *body;           /* NULL: none */
    long timeout_ms;
    bool is_local; /* of this machine or its surroundings: through no proxy */
    const atomic_bool *is_stopping;
};

struct st_aws_answer {
    long status;
    char *text; /* NUL-terminated, at most 64 KiB; st_aws_answer_fini */
    size_t bytes;
};

/* 0 whatever the status is, or a negative errno with `ret_why` filled. */
int st_aws_fetch(struct st_aws_answer *ret_answer, const struct st_aws_fetch *fetch, char *ret_why,
                 size_t why_bytes);
void st_aws_answer_fini(struct st_aws_answer *answer); /* wipes it */

/* The keys in an answer, as JSON or XML, wherever they stand in it. -EBADMSG: there are none. */
int st_aws_answer_keys(const char *text, size_t bytes, struct st_aws_keys *ret_keys);
/* The code of an error in an answer, "" when there is none. */
void st_aws_answer_code(const char *text, size_t bytes, char *out, size_t out_bytes);

#endif
