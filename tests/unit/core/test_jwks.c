#include "sidetone/jwks.h"

#include "run.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1000000 };

#define HEADER "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"
#define CLAIMS "\"iss\":\"azure\",\"aud\":\"us\""
#define GOOD "{" CLAIMS ",\"exp\":1000100}"

static EVP_PKEY *key, *other, *small;
static char set[4096];

/* Tokens are made here without the code under test. */
static size_t put_base64url(char *out, const void *data, size_t bytes)
{
    EVP_EncodeBlock((unsigned char *)out, data, (int)bytes);
    size_t len = strcspn(out, "=");
    for (size_t i = 0; i < len; i++)
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    out[len] = '\0';
    return len;
}

static const char *make_token(EVP_PKEY *with, const char *header, const char *claims)
{
    static char token[16384];
    unsigned char signature[1024];
    size_t bytes = sizeof(signature), len = put_base64url(token, header, strlen(header));
    token[len++] = '.';
    len += put_base64url(token + len, claims, strlen(claims));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    ck_assert_int_eq(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, with), 1);
    ck_assert_int_eq(EVP_DigestSign(context, signature, &bytes, (const unsigned char *)token, len),
                     1);
    EVP_MD_CTX_free(context);
    token[len++] = '.';
    put_base64url(token + len, signature, bytes);
    return token;
}

static void put_modulus(EVP_PKEY *of, char *out)
{
    BIGNUM *modulus = NULL;
    unsigned char bytes[512];
    EVP_PKEY_get_bn_param(of, OSSL_PKEY_PARAM_RSA_N, &modulus);
    put_base64url(out, bytes, (size_t)BN_bn2bin(modulus, bytes));
    BN_free(modulus);
}

static void setup(void)
{
    char modulus[1024], little[1024];
    key = EVP_RSA_gen(2048);
    other = EVP_RSA_gen(2048);
    small = EVP_RSA_gen(1024);
    put_modulus(key, modulus);
    put_modulus(small, little);
    snprintf(set, sizeof(set),
             "{\"keys\":[7,{\"kty\":\"EC\",\"kid\":\"k0\"},{\"kty\":\"RSA\",\"kid\":\"k3\",\"n\":"
             "\"%s\",\"e\":\"AQAB\"},{\"kty\":\"RSA\",\"use\":\"enc\",\"kid\":\"k2\",\"n\":\"%s\","
             "\"e\":\"AQAB\"},{\"kty\":\"RSA\",\"kid\":\"k1\",\"n\":\"%s\",\"e\":\"AQAB\"}]}",
             little, modulus, modulus);
}

static void teardown(void)
{
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    EVP_PKEY_free(small);
}

static int verify(const char *token)
{
    return st_jwks_verify(set, token, strlen(token), "azure", "us", NOW);
}

START_TEST(a_set_has_as_many_keys_as_can_be_used)
{
    static const char *const bad[] = {"", "nonsense", "{}", "[]", "{\"keys\":{}}"};
    ck_assert_int_eq(st_jwks_count(set), 1);
    ck_assert_int_eq(st_jwks_count("{\"keys\":[]}"), 0);
    ck_assert_int_eq(st_jwks_count("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\"*\"}]}"), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(st_jwks_count(bad[i]), -EBADMSG);
}
END_TEST

START_TEST(claims_decide)
{
    static const struct {
        const char *claims;
        int result;
    } rows[] = {
        {GOOD, 0},
        {"{\"iss\":\"azure\",\"aud\":[\"them\",\"us\"],\"exp\":1000100,\"nbf\":1000050}", 0},
        {"{" CLAIMS ",\"exp\":999950}", 0},
        {"{" CLAIMS ",\"exp\":999940}", -ETIMEDOUT},
        {"{" CLAIMS ",\"exp\":1000100,\"nbf\":1000061}", -ETIMEDOUT},
        {"{" CLAIMS "}", -EBADMSG},
        {"{" CLAIMS ",\"exp\":\"x\"}", -EBADMSG},
        {"{\"iss\":\"azure\",\"exp\":1000100}", -EPROTO},
        {"{\"iss\":\"azure\",\"aud\":\"them\",\"exp\":1000100}", -EPROTO},
        {"{\"iss\":\"azure\",\"aud\":[\"them\",7],\"exp\":1000100}", -EPROTO},
        {"{\"iss\":\"we\",\"aud\":\"us\",\"exp\":1000100}", -EPROTO},
        {"{\"aud\":\"us\",\"exp\":1000100}", -EPROTO},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(verify(make_token(key, HEADER, rows[i].claims)) == rows[i].result, "%s",
                      rows[i].claims);
}
END_TEST

START_TEST(the_header_chooses_nothing_but_a_key)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"kid\":\"k1\"}",  "{\"alg\":\"HS256\",\"kid\":\"k1\"}",
        "{\"alg\":\"RS384\",\"kid\":\"k1\"}", "{\"alg\":\"RS256\",\"kid\":\"k2\"}",
        "{\"alg\":\"RS256\",\"kid\":\"k9\"}", "{\"alg\":\"RS256\"}",
        "{\"alg\":\"RS256\",\"kid\":7}",      "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[]}",
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        ck_assert_msg(verify(make_token(key, headers[i], GOOD)) < 0, "%s", headers[i]);
    ck_assert_int_eq(verify(make_token(other, HEADER, GOOD)), -EPROTO);
    ck_assert_int_eq(verify(make_token(small, "{\"alg\":\"RS256\",\"kid\":\"k3\"}", GOOD)),
                     -EPROTO);
}
END_TEST

START_TEST(what_is_no_token_is_refused)
{
    char token[16384];
    snprintf(token, sizeof(token), "%s", make_token(key, HEADER, GOOD));
    size_t bytes = strlen(token);
    for (size_t cut = 0; cut < bytes; cut++)
        ck_assert_int_lt(st_jwks_verify(set, token, cut, "azure", "us", NOW), 0);
    for (size_t i = 0; i < bytes - 6; i += 7) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        ck_assert_int_lt(verify(token), 0);
        token[i] = kept;
    }
    ck_assert_int_eq(verify(token), 0);
    ck_assert_int_eq(st_jwks_verify("nonsense", token, bytes, "azure", "us", NOW), -EPROTO);
    memset(token, 'A', sizeof(token) - 1);
    ck_assert_int_eq(st_jwks_verify(set, token, sizeof(token) - 1, "azure", "us", NOW), -EBADMSG);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("jwks");
    tcase_add_unchecked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_set_has_as_many_keys_as_can_be_used);
    tcase_add_test(cases, claims_decide);
    tcase_add_test(cases, the_header_chooses_nothing_but_a_key);
    tcase_add_test(cases, what_is_no_token_is_refused);
    return run_case("core/jwks", cases);
}
