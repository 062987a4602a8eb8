#include "sidetone/jwks.h"

#include "jwt_text.h"

#include "sidetone/base64.h"

#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_MAX_BYTES = 8192, NUMBER_MAX_BYTES = 1024, RSA_MIN_BITS = 2048, SKEW_S = 60 };

/* ---- keys ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* A big-endian number in base64url; NULL when it is none. */
static BIGNUM *read_number(const json_t *key, const char *name)
{
    char plain[NUMBER_MAX_BYTES / 3 * 4 + 4];
    uint8_t bytes[ST_BASE64_DECODED_MAX(sizeof(plain))];
    const char *text = text_of(key, name);
    size_t chars = strlen(text);
    if (chars == 0 || chars > sizeof(plain))
        return NULL;
    for (size_t i = 0; i < chars; i++)
        plain[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
    ssize_t count = st_base64_decode(plain, chars, bytes);
    return count > 0 ? BN_bin2bn(bytes, (int)count, NULL) : NULL;
}

static EVP_PKEY *build_key(const BIGNUM *modulus, const BIGNUM *exponent)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    if (context && builder &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1 &&
        (params = OSSL_PARAM_BLD_to_param(builder)) != NULL &&
        EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *read_key(const json_t *json)
{
    const char *use = text_of(json, "use"), *alg = text_of(json, "alg");
    if (strcmp(text_of(json, "kty"), "RSA") != 0 || (*use && strcmp(use, "sig") != 0) ||
        (*alg && strcmp(alg, "RS256") != 0))
        return NULL;
    BIGNUM *modulus = read_number(json, "n"), *exponent = read_number(json, "e");
    EVP_PKEY *key = modulus && exponent && BN_num_bits(modulus) >= RSA_MIN_BITS
                        ? build_key(modulus, exponent)
                        : NULL;
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

static json_t *read_set(const char *jwks)
{
    json_t *set = json_loads(jwks, 0, NULL);
    if (json_is_array(json_object_get(set, "keys")))
        return set;
    json_decref(set);
    return NULL;
}

int st_jwks_count(const char *jwks)
{
    int count = 0;
    size_t i;
    json_t *json, *set = read_set(jwks);
    if (!set)
        return -EBADMSG;
    json_array_foreach(json_object_get(set, "keys"), i, json)
    {
        EVP_PKEY *key = text_of(json, "kid")[0] ? read_key(json) : NULL;
        count += key != NULL;
        EVP_PKEY_free(key);
    }
    json_decref(set);
    return count;
}

/* The key as libjwt takes it; free it. NULL when the set has none of that id. */
static char *find_pem(const char *jwks, const char *kid)
{
    EVP_PKEY *key = NULL;
    size_t i;
    char *pem = NULL, *data;
    json_t *json, *set = read_set(jwks);
    json_array_foreach(json_object_get(set, "keys"), i, json)
    {
        if (!key && strcmp(text_of(json, "kid"), kid) == 0)
            key = read_key(json);
    }
    BIO *bio = key ? BIO_new(BIO_s_mem()) : NULL;
    if (bio && PEM_write_bio_PUBKEY(bio, key) == 1) {
        long bytes = BIO_get_mem_data(bio, &data);
        pem = bytes > 0 ? strndup(data, (size_t)bytes) : NULL;
    }
    BIO_free(bio);
    EVP_PKEY_free(key);
    json_decref(set);
    return pem;
}

/* ---- tokens ---- */

static bool is_for(const json_t *claims, const char *audience)
{
    size_t i;
    json_t *one, *aud = json_object_get(claims, "aud");
    if (json_is_string(aud))
        return strcmp(json_string_value(aud), audience) == 0;
    json_array_foreach(aud, i, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), audience) == 0)
            return true;
    }
    return false;
}

static int check_times(const json_t *claims, int64_t now_unix_s)
{
    const json_t *expires = json_object_get(claims, "exp");
    const json_t *not_before = json_object_get(claims, "nbf");
    if (!json_is_integer(expires) || (not_before && !json_is_integer(not_before)))
        return -EBADMSG;
    bool is_over = json_integer_value(expires) <= now_unix_s - SKEW_S;
    bool is_early = not_before && json_integer_value(not_before) > now_unix_s + SKEW_S;
    return is_over || is_early ? -ETIMEDOUT : 0;
}

/* The key that the header names, before anything of it is trusted. */
static int find_key(const char *jwks, const char *token, char **ret_pem)
{
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, token, NULL, 0) != 0)
        return -EBADMSG;
    json_t *header = st_jwt_text_read(jwt_get_headers_json(jwt, NULL));
    const char *kid = text_of(header, "kid");
    bool is_good =
        strcmp(text_of(header, "alg"), "RS256") == 0 && *kid && !json_object_get(header, "crit");
    *ret_pem = is_good ? find_pem(jwks, kid) : NULL;
    json_decref(header);
    jwt_free(jwt);
    return *ret_pem ? 0 : -EPROTO;
}

static int check_token(const char *token, const char *pem, const char *issuer, const char *audience,
                       int64_t now_unix_s)
{
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, token, (const unsigned char *)pem, (int)strlen(pem)) != 0)
        return -EPROTO;
    json_t *claims = st_jwt_text_read(jwt_get_grants_json(jwt, NULL));
    int err = !claims ? -EBADMSG : jwt_get_alg(jwt) != JWT_ALG_RS256 ? -EPROTO : 0;
    if (!err && (strcmp(text_of(claims, "iss"), issuer) != 0 || !is_for(claims, audience)))
        err = -EPROTO;
    if (!err)
        err = check_times(claims, now_unix_s);
    json_decref(claims);
    jwt_free(jwt);
    return err;
}

int st_jwks_verify(const char *jwks, const char *token, size_t bytes, const char *issuer,
                   const char *audience, int64_t now_unix_s)
{
    char copy[TOKEN_MAX_BYTES + 1], *pem;
    if (bytes > TOKEN_MAX_BYTES || !st_jwt_text_is_token(token, bytes))
        return -EBADMSG;
    memcpy(copy, token, bytes);
    copy[bytes] = '\0';
    int err = find_key(jwks, copy, &pem);
    if (err)
        return err;
    err = check_token(copy, pem, issuer, audience, now_unix_s);
    free(pem);
    return err;
}
