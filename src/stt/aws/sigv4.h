/*
 * AWS Signature Version 4: of requests, of URLs, and of a stream's chunks, each signed over the one
 * before it.
 *
 * Pure: credentials and the time are arguments.
 */
#ifndef SIDETONE_STT_AWS_SIGV4_H
#define SIDETONE_STT_AWS_SIGV4_H

#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

struct st_json_writer;

enum { ST_SIGV4_BYTES = 32, ST_SIGV4_HEX_BYTES = 65, ST_SIGV4_TIME_BYTES = 17 };

/* The payload of requests without one, and of streams. */
#define ST_SIGV4_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ST_SIGV4_STREAMING "STREAMING-AWS4-HMAC-SHA256-EVENTS"

struct st_sigv4_who {
    const char *key_id;
    const char *secret;
    const char *token; /* NULL or "": none; it is the caller's to put among headers */
    const char *region;
    const char *service;
    int64_t unix_ms;
};

struct st_sigv4_pair {
    const char *name; /* of headers: in lower case */
    const char *value;
};

struct st_sigv4_request {
    const char *method;
    const char *path; /* not encoded yet, without "." and ".." */
    const struct st_sigv4_pair *query;
    size_t query_count;
    const struct st_sigv4_pair *headers; /* host and x-amz-date among them */
    size_t header_count;
    const char *payload_hash; /* hexadecimal, or one of those above */
};

/* "20150830T123600Z". */
void st_sigv4_time(int64_t unix_ms, char out[ST_SIGV4_TIME_BYTES]);
/* Lower-case hexadecimal of the SHA-256. */
void st_sigv4_hash(const void *data, size_t bytes, char out[ST_SIGV4_HEX_BYTES]);

/* Appends the value of the Authorization header; the signature too to `ret_signature`. */
void st_sigv4_authorize(struct st_json_writer *out, const struct st_sigv4_request *request,
                        const struct st_sigv4_who *who, char ret_signature[ST_SIGV4_HEX_BYTES]);

/* Appends the whole query of a GET for `expires_s`, "X-Amz-Algorithm=…" to "…&X-Amz-Signature=…",
 * signed over the host alone. `query` is what else is asked. */
void st_sigv4_presign(struct st_json_writer *out, const struct st_sigv4_request *request,
                      const struct st_sigv4_who *who, unsigned expires_s);

/* ---- chunks ---- */

struct st_sigv4_chain {
    uint8_t key[ST_SIGV4_BYTES];
    SHA256_CTX inner, outer; /* of an HMAC with it */
    char scope[160];
    char previous[ST_SIGV4_HEX_BYTES];
};

/* `signature`: of the request. -ENOBUFS when region and service are too long. */
int st_sigv4_chain_init(struct st_sigv4_chain *chain, const struct st_sigv4_who *who,
                        const char *signature);
void st_sigv4_chain_fini(struct st_sigv4_chain *chain); /* wipes it */
/* Of the next chunk; its :date header is counted in. */
void st_sigv4_chain_sign(struct st_sigv4_chain *chain, int64_t unix_ms, const void *payload,
                         size_t bytes, uint8_t ret_signature[ST_SIGV4_BYTES]);

#endif
