/*
 * libjwt accepts whatever algorithm a token names. A token of ours names HS256 and has no header
 * but `alg` and `typ`, so the header is judged before the signature, and nothing in it ever
 * chooses a key.
 */
#include "sidetone/token.h"

#include "jwt_text.h"

#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MIN_BYTES = 32, TOKEN_MAX_BYTES = 4096, SKEW_S = 60 };

static const char audience[] = "sidetone";

static const struct {
    const char *name;
    unsigned bits;
} scopes[] = {
    {"calls:read", ST_SCOPE_CALLS_READ},
    {"calls:ingest", ST_SCOPE_CALLS_INGEST},
    {"alerts:write", ST_SCOPE_ALERTS_WRITE},
    {"rules:write", ST_SCOPE_RULES_WRITE},
    {"admin", ST_SCOPE_ADMIN | ST_SCOPE_CALLS_READ | ST_SCOPE_CALLS_INGEST | ST_SCOPE_ALERTS_WRITE |
                  ST_SCOPE_RULES_WRITE},
};
enum { SCOPES = sizeof(scopes) / sizeof(scopes[0]) };

static int scope_bits(const char *word, size_t len)
{
    for (size_t i = 0; i < SCOPES; i++)
        if (strlen(scopes[i].name) == len && memcmp(scopes[i].name, word, len) == 0)
            return (int)scopes[i].bits;
    return -EINVAL;
}

int st_scope_parse(const char *text)
{
    int bits = 0;
    for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
        size_t len = strcspn(text, " ");
        int more = scope_bits(text, len);
        if (more < 0)
            return more;
        bits |= more;
        text += len;
    }
    return bits;
}

const char *st_scope_name(size_t i, unsigned *ret_bit)
{
    if (i >= SCOPES)
        return NULL;
    bool is_admin = scopes[i].bits & ST_SCOPE_ADMIN;
    *ret_bit = is_admin ? (unsigned)ST_SCOPE_ADMIN : scopes[i].bits;
    return scopes[i].name;
}

/* ---- signing ---- */

static int add_scope(jwt_t *jwt, unsigned bits)
{
    char text[96] = "";
    size_t len = 0;
    if (bits == 0 || (bits & ~scopes[SCOPES - 1].bits))
        return -EINVAL;
    if (bits & ST_SCOPE_ADMIN)
        return -jwt_add_grant(jwt, "scope", "admin");
    for (size_t i = 0; i < SCOPES; i++) {
        if (!(bits & scopes[i].bits) || (scopes[i].bits & ST_SCOPE_ADMIN))
            continue;
        size_t name_len = strlen(scopes[i].name);
        if (len > 0)
            text[len++] = ' ';
        memcpy(text + len, scopes[i].name, name_len);
        len += name_len;
    }
    return -jwt_add_grant(jwt, "scope", text);
}

/* Empty ones are left out. */
static int add_text(jwt_t *jwt, const char *name, const char *text, size_t bytes)
{
    if (memchr(text, '\0', bytes) == NULL)
        return -EINVAL;
    return *text ? -jwt_add_grant(jwt, name, text) : 0;
}

static int add_claims(jwt_t *jwt, const struct st_claims *claims, int64_t now_unix_s)
{
    int err = add_text(jwt, "sub", claims->subject, sizeof(claims->subject));
    if (!err)
        err = add_text(jwt, "agent", claims->agent, sizeof(claims->agent));
    if (!err)
        err = add_text(jwt, "call", claims->call, sizeof(claims->call));
    if (!err)
        err = add_text(jwt, "tenant", claims->tenant, sizeof(claims->tenant));
    if (!err)
        err = add_scope(jwt, claims->scopes);
    if (!err)
        err = -jwt_add_grant_int(jwt, "iat", (long)now_unix_s);
    if (!err)
        err = -jwt_add_grant_int(jwt, "exp", (long)claims->expires_unix_s);
    return err;
}

int st_token_sign(char **ret_token, const struct st_claims *claims, const char *secret,
                  int64_t now_unix_s)
{
    size_t secret_bytes = strlen(secret);
    jwt_t *jwt = NULL;
    if (secret_bytes < SECRET_MIN_BYTES || claims->expires_unix_s <= now_unix_s)
        return -EINVAL;
    if (jwt_new(&jwt) != 0)
        return -ENOMEM;
    int err = add_claims(jwt, claims, now_unix_s);
    if (!err)
        err = -jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)secret, (int)secret_bytes);
    char *token = err ? NULL : jwt_encode_str(jwt);
    jwt_free(jwt);
    if (!token)
        return err ? err : -ENOMEM;
    *ret_token = token;
    return 0;
}

/* ---- verifying ---- */

static bool is_our_header(json_t *header)
{
    const char *key, *alg = json_string_value(json_object_get(header, "alg"));
    json_t *value;
    if (!alg || strcmp(alg, "HS256") != 0)
        return false;
    json_object_foreach(header, key, value)
    {
        bool is_typ = strcmp(key, "typ") == 0 && json_is_string(value) &&
                      strcmp(json_string_value(value), "JWT") == 0;
        if (!is_typ && strcmp(key, "alg") != 0)
            return false;
    }
    return true;
}

/* Absent leaves it empty. A claim that narrows is never shortened, and never empty: that would
 * mean "any". */
static int read_text(json_t *json, const char *name, char *ret_text, size_t bytes)
{
    json_t *value = json_object_get(json, name);
    if (!value)
        return 0;
    size_t len = json_string_length(value);
    if (!json_is_string(value) || len == 0 || len >= bytes)
        return -EBADMSG;
    memcpy(ret_text, json_string_value(value), len + 1);
    return 0;
}

static int read_scopes(json_t *json, unsigned *ret_scopes)
{
    json_t *scope = json_object_get(json, "scope");
    int bits = json_is_string(scope) ? st_scope_parse(json_string_value(scope)) : -EINVAL;
    if (bits < 0)
        return -EBADMSG;
    *ret_scopes = (unsigned)bits;
    return 0;
}

/* RFC 7519: a token that names an audience is for nobody else. */
static int check_audience(json_t *json)
{
    json_t *aud = json_object_get(json, "aud");
    if (!aud)
        return 0;
    return json_is_string(aud) && strcmp(json_string_value(aud), audience) == 0 ? 0 : -EPROTO;
}

static int read_times(json_t *json, int64_t now_unix_s, int64_t *ret_expires_unix_s)
{
    json_t *expires = json_object_get(json, "exp");
    json_t *not_before = json_object_get(json, "nbf");
    if (!json_is_integer(expires) || (not_before && !json_is_integer(not_before)))
        return -EBADMSG;
    if (json_integer_value(expires) <= now_unix_s - SKEW_S)
        return -ETIMEDOUT;
    if (not_before && json_integer_value(not_before) > now_unix_s + SKEW_S)
        return -ETIMEDOUT;
    *ret_expires_unix_s = json_integer_value(expires);
    return 0;
}

static int read_claims(json_t *json, int64_t now_unix_s, struct st_claims *ret_claims)
{
    int err = read_text(json, "sub", ret_claims->subject, sizeof(ret_claims->subject));
    if (!err)
        err = read_text(json, "agent", ret_claims->agent, sizeof(ret_claims->agent));
    if (!err)
        err = read_text(json, "call", ret_claims->call, sizeof(ret_claims->call));
    if (!err)
        err = read_text(json, "tenant", ret_claims->tenant, sizeof(ret_claims->tenant));
    if (!err)
        err = read_scopes(json, &ret_claims->scopes);
    if (!err)
        err = check_audience(json);
    if (!err)
        err = read_times(json, now_unix_s, &ret_claims->expires_unix_s);
    return err;
}

static int check_header(const char *token)
{
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, token, NULL, 0) != 0)
        return -EBADMSG;
    json_t *header = st_jwt_text_read(jwt_get_headers_json(jwt, NULL));
    int err = !header ? -EBADMSG : is_our_header(header) ? 0 : -EPROTO;
    json_decref(header);
    jwt_free(jwt);
    return err;
}

static int verify(struct st_claims *ret_claims, const char *token, const char *secret,
                  int64_t now_unix_s)
{
    jwt_t *jwt = NULL;
    int err = check_header(token);
    if (err)
        return err;
    if (jwt_decode(&jwt, token, (const unsigned char *)secret, (int)strlen(secret)) != 0)
        return -EPROTO;
    struct st_claims claims = {0};
    json_t *json = st_jwt_text_read(jwt_get_grants_json(jwt, NULL));
    err = jwt_get_alg(jwt) != JWT_ALG_HS256 ? -EPROTO
          : json                            ? read_claims(json, now_unix_s, &claims)
                                            : -EBADMSG;
    json_decref(json);
    jwt_free(jwt);
    if (!err)
        *ret_claims = claims;
    return err;
}

int st_token_verify(struct st_claims *ret_claims, const char *token, size_t bytes,
                    const char *secret, int64_t now_unix_s)
{
    char copy[TOKEN_MAX_BYTES + 1];
    if (bytes > TOKEN_MAX_BYTES || !st_jwt_text_is_token(token, bytes))
        return -EBADMSG;
    if (strlen(secret) < SECRET_MIN_BYTES)
        return -EPROTO;
    memcpy(copy, token, bytes);
    copy[bytes] = '\0';
    int err = verify(ret_claims, copy, secret, now_unix_s);
    OPENSSL_cleanse(copy, bytes);
    return err;
}
