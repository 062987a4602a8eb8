/* The parts of SHA-256 by themselves: they are the only ones that allocate nothing. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "sigv4.h"

#include "../percent.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DATE_BYTES = 9, PRESIGNED_PAIRS = 6, DATE_HEADER_BYTES = 15 };

static void hex(const uint8_t *data, char out[ST_SIGV4_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ST_SIGV4_BYTES; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * ST_SIGV4_BYTES] = '\0';
}

static void hmac(const uint8_t *key, size_t key_bytes, const void *data, size_t bytes,
                 uint8_t out[ST_SIGV4_BYTES])
{
    unsigned got = ST_SIGV4_BYTES;
    if (!HMAC(EVP_sha256(), key, (int)key_bytes, data, bytes, out, &got))
        abort();
}

void st_sigv4_time(int64_t unix_ms, char out[ST_SIGV4_TIME_BYTES])
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    if (strftime(out, ST_SIGV4_TIME_BYTES, "%Y%m%dT%H%M%SZ", &tm) == 0)
        out[0] = '\0';
}

void st_sigv4_hash(const void *data, size_t bytes, char out[ST_SIGV4_HEX_BYTES])
{
    uint8_t digest[ST_SIGV4_BYTES];
    if (EVP_Digest(data, bytes, digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
    hex(digest, out);
}

/* ---- the canonical request ---- */

/* Each "name=value", encoded; sorted as bytes. */
struct pairs {
    char **items;
    size_t count;
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* '=' would sort behind the characters of a longer name. */
static void pairs_add(struct pairs *pairs, const struct st_sigv4_pair *pair)
{
    struct st_json_writer text;
    st_json_init_secret(&text);
    st_percent_encode(&text, pair->name, ST_PERCENT_UNRESERVED);
    st_json_append(&text, "\1", 1);
    st_percent_encode(&text, pair->value, ST_PERCENT_UNRESERVED);
    pairs->items[pairs->count++] = st_mem_strndup(text.data, text.len);
    st_json_fini(&text);
}

static void add_pairs(struct st_json_writer *out, struct pairs *pairs)
{
    qsort(pairs->items, pairs->count, sizeof(pairs->items[0]), by_bytes);
    for (size_t i = 0; i < pairs->count; i++) {
        char *separator = strchr(pairs->items[i], '\1');
        *separator = '=';
        if (i > 0)
            st_json_append_text(out, "&");
        st_json_append_text(out, pairs->items[i]);
        st_mem_free_secret(pairs->items[i]);
    }
    free(pairs->items);
}

static void add_query(struct st_json_writer *out, const struct st_sigv4_request *request)
{
    struct pairs pairs = {st_mem_alloc_array(request->query_count + 1, sizeof(char *)), 0};
    for (size_t i = 0; i < request->query_count; i++)
        pairs_add(&pairs, &request->query[i]);
    add_pairs(out, &pairs);
}

/* Without spaces at its ends, each run of them inside as one. */
static void add_trimmed(struct st_json_writer *out, const char *value)
{
    value += strspn(value, " \t\n");
    while (*value) {
        size_t word = strcspn(value, " \t\n");
        st_json_append(out, value, word);
        value += word;
        value += strspn(value, " \t\n");
        if (*value)
            st_json_append_text(out, " ");
    }
}

/* The next name in order behind `last` (NULL: the first); NULL when there is none. */
static const char *next_name(const struct st_sigv4_request *request, const char *last)
{
    const char *next = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        const char *name = request->headers[i].name;
        if ((!last || strcmp(name, last) > 0) && (!next || strcmp(name, next) < 0))
            next = name;
    }
    return next;
}

static void add_header(struct st_json_writer *out, const struct st_sigv4_request *request,
                       const char *name)
{
    const char *separator = ":";
    st_json_append_text(out, name);
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) != 0)
            continue;
        st_json_append_text(out, separator);
        add_trimmed(out, request->headers[i].value);
        separator = ",";
    }
    st_json_append_text(out, "\n");
}

static void add_names(struct st_json_writer *out, const struct st_sigv4_request *request)
{
    for (const char *name = next_name(request, NULL); name;) {
        st_json_append_text(out, name);
        name = next_name(request, name);
        if (name)
            st_json_append_text(out, ";");
    }
}

static void hash_request(const struct st_sigv4_request *request, char out[ST_SIGV4_HEX_BYTES])
{
    struct st_json_writer text;
    st_json_init_secret(&text);
    st_json_append_text(&text, request->method);
    st_json_append_text(&text, "\n");
    st_percent_encode(&text, request->path, "-._~/");
    st_json_append_text(&text, "\n");
    add_query(&text, request);
    st_json_append_text(&text, "\n");
    for (const char *name = next_name(request, NULL); name; name = next_name(request, name))
        add_header(&text, request, name);
    st_json_append_text(&text, "\n");
    add_names(&text, request);
    st_json_append_text(&text, "\n");
    st_json_append_text(&text, request->payload_hash);
    st_sigv4_hash(text.data, text.len, out);
    st_json_fini(&text);
}

/* ---- the signature ---- */

static void derive_key(const struct st_sigv4_who *who, uint8_t key[ST_SIGV4_BYTES])
{
    char time[ST_SIGV4_TIME_BYTES];
    struct st_json_writer secret;
    st_sigv4_time(who->unix_ms, time);
    st_json_init_secret(&secret);
    st_json_append_text(&secret, "AWS4");
    st_json_append_text(&secret, who->secret);
    hmac((const uint8_t *)secret.data, secret.len, time, DATE_BYTES - 1, key);
    st_json_fini(&secret);
    hmac(key, ST_SIGV4_BYTES, who->region, strlen(who->region), key);
    hmac(key, ST_SIGV4_BYTES, who->service, strlen(who->service), key);
    hmac(key, ST_SIGV4_BYTES, "aws4_request", strlen("aws4_request"), key);
}

static void add_scope(struct st_json_writer *out, const struct st_sigv4_who *who)
{
    char time[ST_SIGV4_TIME_BYTES];
    st_sigv4_time(who->unix_ms, time);
    st_json_append(out, time, DATE_BYTES - 1);
    st_json_append_text(out, "/");
    st_json_append_text(out, who->region);
    st_json_append_text(out, "/");
    st_json_append_text(out, who->service);
    st_json_append_text(out, "/aws4_request");
}

static void sign(const struct st_sigv4_request *request, const struct st_sigv4_who *who,
                 char ret_signature[ST_SIGV4_HEX_BYTES])
{
    uint8_t key[ST_SIGV4_BYTES], signature[ST_SIGV4_BYTES];
    char hash[ST_SIGV4_HEX_BYTES], time[ST_SIGV4_TIME_BYTES];
    struct st_json_writer text;
    st_sigv4_time(who->unix_ms, time);
    hash_request(request, hash);
    st_json_init(&text);
    st_json_append_text(&text, "AWS4-HMAC-SHA256\n");
    st_json_append_text(&text, time);
    st_json_append_text(&text, "\n");
    add_scope(&text, who);
    st_json_append_text(&text, "\n");
    st_json_append_text(&text, hash);
    derive_key(who, key);
    hmac(key, sizeof(key), text.data, text.len, signature);
    hex(signature, ret_signature);
    OPENSSL_cleanse(key, sizeof(key));
    st_json_fini(&text);
}

void st_sigv4_authorize(struct st_json_writer *out, const struct st_sigv4_request *request,
                        const struct st_sigv4_who *who, char ret_signature[ST_SIGV4_HEX_BYTES])
{
    sign(request, who, ret_signature);
    st_json_append_text(out, "AWS4-HMAC-SHA256 Credential=");
    st_json_append_text(out, who->key_id);
    st_json_append_text(out, "/");
    add_scope(out, who);
    st_json_append_text(out, ", SignedHeaders=");
    add_names(out, request);
    st_json_append_text(out, ", Signature=");
    st_json_append_text(out, ret_signature);
}

static char *credential(const struct st_sigv4_who *who)
{
    struct st_json_writer text;
    st_json_init(&text);
    st_json_append_text(&text, who->key_id);
    st_json_append_text(&text, "/");
    add_scope(&text, who);
    char *copy = st_mem_strndup(text.data, text.len);
    st_json_fini(&text);
    return copy;
}

void st_sigv4_presign(struct st_json_writer *out, const struct st_sigv4_request *request,
                      const struct st_sigv4_who *who, unsigned expires_s)
{
    char time[ST_SIGV4_TIME_BYTES], expires[16], signature[ST_SIGV4_HEX_BYTES];
    bool has_token = who->token && who->token[0];
    size_t count = request->query_count;
    char *whose = credential(who);
    struct st_sigv4_pair *pairs = st_mem_alloc_array(count + PRESIGNED_PAIRS, sizeof(pairs[0]));
    st_sigv4_time(who->unix_ms, time);
    snprintf(expires, sizeof(expires), "%u", expires_s);
    if (count > 0)
        memcpy(pairs, request->query, count * sizeof(pairs[0]));
    pairs[count++] = (struct st_sigv4_pair){"X-Amz-Algorithm", "AWS4-HMAC-SHA256"};
    pairs[count++] = (struct st_sigv4_pair){"X-Amz-Credential", whose};
    pairs[count++] = (struct st_sigv4_pair){"X-Amz-Date", time};
    pairs[count++] = (struct st_sigv4_pair){"X-Amz-Expires", expires};
    pairs[count++] = (struct st_sigv4_pair){"X-Amz-SignedHeaders", "host"};
    if (has_token)
        pairs[count++] = (struct st_sigv4_pair){"X-Amz-Security-Token", who->token};
    struct st_sigv4_request whole = *request;
    whole.query = pairs;
    whole.query_count = count;
    sign(&whole, who, signature);
    add_query(out, &whole);
    st_json_append_text(out, "&X-Amz-Signature=");
    st_json_append_text(out, signature);
    free(pairs);
    free(whose);
}

/* ---- chunks ---- */

static void begin_state(SHA256_CTX *ret_state, const uint8_t key[ST_SIGV4_BYTES], uint8_t pad)
{
    uint8_t block[SHA256_CBLOCK];
    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < ST_SIGV4_BYTES; i++)
        block[i] ^= key[i];
    SHA256_Init(ret_state);
    SHA256_Update(ret_state, block, sizeof(block));
    OPENSSL_cleanse(block, sizeof(block));
}

/* RFC 2104: the key's part of every HMAC. */
static void begin_hmac(struct st_sigv4_chain *chain)
{
    begin_state(&chain->inner, chain->key, 0x36);
    begin_state(&chain->outer, chain->key, 0x5c);
}

int st_sigv4_chain_init(struct st_sigv4_chain *chain, const struct st_sigv4_who *who,
                        const char *signature)
{
    struct st_json_writer scope;
    st_json_init(&scope);
    add_scope(&scope, who);
    bool fits = scope.len < sizeof(chain->scope);
    if (fits) {
        memcpy(chain->scope, scope.data, scope.len);
        chain->scope[scope.len] = '\0';
        derive_key(who, chain->key);
        snprintf(chain->previous, sizeof(chain->previous), "%s", signature);
        begin_hmac(chain);
    }
    st_json_fini(&scope);
    return fits ? 0 : -ENOBUFS;
}

void st_sigv4_chain_fini(struct st_sigv4_chain *chain)
{
    OPENSSL_cleanse(chain, sizeof(*chain));
}

static void finish(SHA256_CTX *state, const void *data, size_t bytes, uint8_t out[ST_SIGV4_BYTES])
{
    if (SHA256_Update(state, data, bytes) != 1 || SHA256_Final(out, state) != 1)
        abort();
}

static void hash_chunk(const void *data, size_t bytes, char out[ST_SIGV4_HEX_BYTES])
{
    SHA256_CTX state;
    uint8_t hash[ST_SIGV4_BYTES];
    SHA256_Init(&state);
    finish(&state, data, bytes, hash);
    hex(hash, out);
}

static void hmac_chunk(const struct st_sigv4_chain *chain, const char *text, size_t len,
                       uint8_t out[ST_SIGV4_BYTES])
{
    SHA256_CTX inner = chain->inner, outer = chain->outer;
    uint8_t hash[ST_SIGV4_BYTES];
    finish(&inner, text, len, hash);
    finish(&outer, hash, sizeof(hash), out);
}

/* As it stands in the message. */
static void hash_date(int64_t unix_ms, char out[ST_SIGV4_HEX_BYTES])
{
    uint8_t header[DATE_HEADER_BYTES] = {5, ':', 'd', 'a', 't', 'e', 8};
    for (unsigned i = 0; i < 8; i++)
        header[7 + i] = (uint8_t)((uint64_t)unix_ms >> (56 - 8 * i));
    hash_chunk(header, sizeof(header), out);
}

void st_sigv4_chain_sign(struct st_sigv4_chain *chain, int64_t unix_ms, const void *payload,
                         size_t bytes, uint8_t ret_signature[ST_SIGV4_BYTES])
{
    char time[ST_SIGV4_TIME_BYTES], date_hash[ST_SIGV4_HEX_BYTES], hash[ST_SIGV4_HEX_BYTES];
    char text[512];
    st_sigv4_time(unix_ms, time);
    hash_date(unix_ms, date_hash);
    hash_chunk(payload, bytes, hash);
    int len = snprintf(text, sizeof(text), "AWS4-HMAC-SHA256-PAYLOAD\n%s\n%s\n%s\n%s\n%s", time,
                       chain->scope, chain->previous, date_hash, hash);
    hmac_chunk(chain, text, (size_t)len, ret_signature);
    hex(ret_signature, chain->previous);
}
