/*
 * Tokens: what a client sends as a bearer. Verifies the bytes as they are, and once more with the
 * fuzzer's payload correctly signed, which no fuzzer would come up with by itself.
 */
#include "sidetone/token.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char secret[] = "0123456789abcdef0123456789abcdef";
enum { NOW = 1000, PAYLOAD_MAX = 2048 };

static size_t put_base64url(char *out, const void *data, size_t bytes)
{
    EVP_EncodeBlock((unsigned char *)out, data, (int)bytes);
    size_t len = strcspn(out, "=");
    for (size_t i = 0; i < len; i++)
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    return len;
}

static void check_claims(const struct st_claims *claims)
{
    assert(claims->expires_unix_s > NOW - 60);
    assert(memchr(claims->agent, '\0', sizeof(claims->agent)));
    assert(memchr(claims->call, '\0', sizeof(claims->call)));
    assert(!(claims->scopes & ~(2u * ST_SCOPE_RULES_WRITE - 1)));
}

static void verify_signed(const uint8_t *payload, size_t bytes)
{
    static const char header[] = "{\"alg\":\"HS256\"}";
    char token[2 * PAYLOAD_MAX + 256];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes;
    struct st_claims claims;
    size_t len = put_base64url(token, header, sizeof(header) - 1);
    token[len++] = '.';
    len += put_base64url(token + len, payload, bytes);
    HMAC(EVP_sha256(), secret, sizeof(secret) - 1, (const unsigned char *)token, len, mac,
         &mac_bytes);
    token[len++] = '.';
    len += put_base64url(token + len, mac, mac_bytes);
    if (st_token_verify(&claims, token, len, secret, NOW) == 0)
        check_claims(&claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct st_claims claims;
    if (st_token_verify(&claims, (const char *)data, bytes, secret, NOW) == 0)
        check_claims(&claims);
    if (bytes > 0 && bytes <= PAYLOAD_MAX)
        verify_signed(data, bytes);
    return 0;
}
