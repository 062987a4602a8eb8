/*
 * One HTTP request and its whole answer, for command-line verbs. It blocks: never on a loop thread.
 *
 * Without proxies, redirects or connections that are kept. TLS 1.2 at least, the server's name
 * checked.
 */
#ifndef SIDETONE_REQUEST_H
#define SIDETONE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_request {
    const char *url; /* ws:// or wss://, as for st_ws_connect; http and https are meant */
    const char *method;
    const char *bearer;  /* NULL: none */
    const char *ca_file; /* NULL: the system's certificates */
    bool skips_certificate_check;
    const char *headers; /* NULL, or further header lines, each ended by CR LF */
    const char *body;    /* NULL: none; else JSON unless `headers` say otherwise */
    size_t body_bytes;
    size_t answer_bytes_max; /* 0: 64 MiB */
    int64_t timeout_us;      /* of connecting, and of each wait for the server; 0: 30 s */
};

struct st_response {
    int status;
    char *head; /* status line and headers; NUL-terminated */
    char *body; /* NUL-terminated */
    size_t body_bytes;
};

/* 0 whatever the status is; -EINVAL for a bad URL, -EBADMSG for an answer that is no HTTP or a file
 * of certificates that is none, -ENOBUFS for one that is too long, or another negative errno;
 * `ret_why` is fit for people. st_response_fini after success. */
int st_request_send(struct st_response *ret_response, const struct st_request *request,
                    char *ret_why, size_t why_bytes);
void st_response_fini(struct st_response *response);

/* The value of a header, into out. Bytes, or -ENOENT, -ENOBUFS. */
int st_response_header(const struct st_response *response, const char *name, char *out,
                       size_t out_bytes);

#endif
