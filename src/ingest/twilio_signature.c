#include "twilio_signature.h"

#include "sidetone/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

enum { SHA1_BYTES = 20, SIGNATURE_CHARS = 28, URL_BYTES_MAX = 8192 };

/* A URL in the pieces that its spellings differ in. */
struct url {
    const char *scheme; /* "wss" or "ws" */
    const char *host;   /* and its port, but :443 of wss */
    int host_bytes;
    const char *base; /* path of the public URL, no slash at its end */
    int base_bytes;
    const char *target; /* no slash at its end */
    int target_bytes;
    bool has_query;
};

static const char *skip_scheme(const char *url, const char **ret_scheme)
{
    static const struct {
        const char *prefix;
        const char *scheme;
    } rows[] = {{"https://", "wss"}, {"wss://", "wss"}, {"http://", "ws"}, {"ws://", "ws"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t bytes = strlen(rows[i].prefix);
        if (strncmp(url, rows[i].prefix, bytes) == 0) {
            *ret_scheme = rows[i].scheme;
            return url + bytes;
        }
    }
    return NULL;
}

static size_t without_slash(const char *text, size_t bytes)
{
    return bytes > 0 && text[bytes - 1] == '/' ? bytes - 1 : bytes;
}

static bool split_url(const char *public_url, const char *target, struct url *ret_url)
{
    struct url url = {0};
    url.host = skip_scheme(public_url, &url.scheme);
    size_t total = strlen(public_url) + strlen(target);
    if (!url.host || total > URL_BYTES_MAX - 16)
        return false;
    size_t host_bytes = strcspn(url.host, "/?#");
    url.base = url.host + host_bytes;
    url.base_bytes = (int)without_slash(url.base, strcspn(url.base, "?#"));
    bool has_443 = host_bytes > 4 && memcmp(url.host + host_bytes - 4, ":443", 4) == 0;
    url.host_bytes = (int)(has_443 && strcmp(url.scheme, "wss") == 0 ? host_bytes - 4 : host_bytes);
    /* Twilio drops the query before it signs; some proxies leave the question mark behind. */
    const char *query = strchr(target, '?');
    url.has_query = query && query[1];
    size_t target_bytes = query && !query[1] ? (size_t)(query - target) : strlen(target);
    url.target = target;
    url.target_bytes = (int)(url.has_query ? target_bytes : without_slash(target, target_bytes));
    *ret_url = url;
    return true;
}

static bool matches(const char *signature, const char *auth_token, const char *data, size_t bytes)
{
    uint8_t digest[SHA1_BYTES];
    char expected[ST_BASE64_ENCODED_MAX(SHA1_BYTES)];
    unsigned digest_bytes = sizeof(digest);
    if (!HMAC(EVP_sha1(), auth_token, (int)strlen(auth_token), (const uint8_t *)data, bytes, digest,
              &digest_bytes))
        return false;
    st_base64_encode(digest, sizeof(digest), expected);
    return CRYPTO_memcmp(signature, expected, SIGNATURE_CHARS) == 0;
}

bool st_twilio_signature_is_valid(const char *signature, const char *auth_token,
                                  const char *public_url, const char *target)
{
    struct url url;
    char data[URL_BYTES_MAX];
    if (strlen(signature) != SIGNATURE_CHARS || !split_url(public_url, target, &url))
        return false;
    bool is_secure = strcmp(url.scheme, "wss") == 0;
    unsigned matched = 0;
    for (unsigned spelling = 0; spelling < 4; spelling++) {
        const char *port = spelling & 1 && is_secure ? ":443" : "";
        const char *slash = spelling & 2 && !url.has_query ? "/" : "";
        int bytes =
            snprintf(data, sizeof(data), "%s://%.*s%s%.*s%.*s%s", url.scheme, url.host_bytes,
                     url.host, port, url.base_bytes, url.base, url.target_bytes, url.target, slash);
        matched |= matches(signature, auth_token, data, (size_t)bytes);
    }
    return matched;
}
