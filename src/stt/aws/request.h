/*
 * The request that opens a stream: for HTTP/2 an address and signed headers, for WebSocket an
 * address that is signed itself.
 */
#ifndef SIDETONE_STT_AWS_REQUEST_H
#define SIDETONE_STT_AWS_REQUEST_H

#include "engine_private.h"
#include "sigv4.h"

enum { ST_AWS_REQUEST_HEADERS_MAX = 48 };

struct st_aws_request {
    char *url;
    char *headers[ST_AWS_REQUEST_HEADERS_MAX + 1]; /* NULL-terminated; none for WebSocket */
    struct st_sigv4_chain chain;                   /* HTTP/2: of its chunks */
};

struct st_aws_asking {
    const char *language; /* as the service has it; NULL: it shall find out */
    uint32_t rate_hz;
    unsigned channels;
    const char *call_id;
    int64_t unix_ms;
};

/* 0 or -EINVAL; `ret_request` is filled on success. */
int st_aws_request_build(struct st_aws_request *ret_request, const struct st_engine *engine,
                         const struct st_aws_keys *keys, const struct st_aws_asking *asking);
void st_aws_request_fini(struct st_aws_request *request); /* wipes it */

/* The language as the service has it: "en-us" and "en" are "en-US". NULL: it has none such. */
const char *st_aws_request_language(const struct st_aws_operation *operation, const char *language,
                                    char *out, size_t out_bytes);

#endif
