#include "sidetone/token.h"

#include "run.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER "another-secret-that-is-long-enough"
#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define GOOD "{\"scope\":\"calls:read\",\"exp\":2000}"

enum { NOW = 1000 };

/* Tokens are made here without libjwt, so that any header and payload can be signed. */
static size_t put_base64url(char *out, const void *data, size_t bytes)
{
    EVP_EncodeBlock((unsigned char *)out, data, (int)bytes);
    size_t len = strcspn(out, "=");
    for (size_t i = 0; i < len; i++)
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    out[len] = '\0';
    return len;
}

static const char *make_token(const char *header, const char *payload, const EVP_MD *digest,
                              const char *secret)
{
    static char token[16384];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes;
    size_t len = put_base64url(token, header, strlen(header));
    token[len++] = '.';
    len += put_base64url(token + len, payload, strlen(payload));
    HMAC(digest, secret, (int)strlen(secret), (const unsigned char *)token, len, mac, &mac_bytes);
    token[len++] = '.';
    put_base64url(token + len, mac, mac_bytes);
    return token;
}

static int verify(const char *token)
{
    struct st_claims claims;
    return st_token_verify(&claims, token, strlen(token), SECRET, NOW);
}

START_TEST(what_is_signed_is_verified)
{
    struct st_claims in = {.subject = "widget 7",
                           .scopes = ST_SCOPE_CALLS_READ | ST_SCOPE_CALLS_INGEST,
                           .agent = "ag\"ent",
                           .call = "CA1",
                           .tenant = "acme",
                           .expires_unix_s = 2000};
    struct st_claims out;
    char *token;
    ck_assert_int_eq(st_token_sign(&token, &in, SECRET, NOW), 0);
    ck_assert_int_eq(st_token_verify(&out, token, strlen(token), SECRET, NOW), 0);
    ck_assert_str_eq(out.subject, in.subject);
    ck_assert_uint_eq(out.scopes, in.scopes);
    ck_assert_str_eq(out.agent, in.agent);
    ck_assert_str_eq(out.call, in.call);
    ck_assert_str_eq(out.tenant, in.tenant);
    ck_assert_int_eq(out.expires_unix_s, 2000);
    free(token);
}
END_TEST

START_TEST(admin_includes_everything)
{
    struct st_claims in = {.scopes = ST_SCOPE_ADMIN, .expires_unix_s = 2000}, out;
    char *token;
    ck_assert_int_eq(st_token_sign(&token, &in, SECRET, NOW), 0);
    ck_assert_int_eq(st_token_verify(&out, token, strlen(token), SECRET, NOW), 0);
    ck_assert_uint_eq(out.scopes, ST_SCOPE_ADMIN | ST_SCOPE_CALLS_READ | ST_SCOPE_CALLS_INGEST |
                                      ST_SCOPE_ALERTS_WRITE | ST_SCOPE_RULES_WRITE);
    ck_assert_str_eq(out.agent, "");
    free(token);
}
END_TEST

START_TEST(claims_that_make_no_sense_are_not_signed)
{
    struct st_claims fine = {.scopes = ST_SCOPE_ADMIN, .expires_unix_s = 2000};
    struct st_claims none = {.expires_unix_s = 2000};
    struct st_claims unknown = {.scopes = 64, .expires_unix_s = 2000};
    struct st_claims over = {.scopes = ST_SCOPE_ADMIN, .expires_unix_s = NOW};
    struct st_claims endless = fine, broken = fine;
    memset(endless.agent, 'a', sizeof(endless.agent));
    memcpy(broken.subject, "\xff\xfe", 3);
    char *token = NULL;
    ck_assert_int_eq(st_token_sign(&token, &fine, "0123456789abcdef0123456789abcde", NOW), -EINVAL);
    ck_assert_int_eq(st_token_sign(&token, &none, SECRET, NOW), -EINVAL);
    ck_assert_int_eq(st_token_sign(&token, &unknown, SECRET, NOW), -EINVAL);
    ck_assert_int_eq(st_token_sign(&token, &over, SECRET, NOW), -EINVAL);
    ck_assert_int_eq(st_token_sign(&token, &endless, SECRET, NOW), -EINVAL);
    ck_assert_int_eq(st_token_sign(&token, &broken, SECRET, NOW), -EINVAL);
    ck_assert_ptr_null(token);
}
END_TEST

/* Correctly signed with our secret; only header and payload differ. */
static const struct {
    const char *header;
    const char *payload;
    int err;
} signed_rows[] = {
    {HS256, GOOD, 0},
    {"{\"alg\":\"HS256\"}", GOOD, 0},
    {HS256, "{\"scope\":\"\",\"exp\":2000}", 0},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"nbf\":1060,\"aud\":\"sidetone\"}", 0},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":941}", 0},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"iss\":\"x\",\"jti\":[1]}", 0},
    /* the header */
    {"{\"alg\":\"none\"}", GOOD, -EPROTO},
    {"{\"alg\":\"None\"}", GOOD, -EPROTO},
    {"{\"alg\":\"hs256\"}", GOOD, -EPROTO},
    {"{\"alg\":\"HS384\"}", GOOD, -EPROTO},
    {"{\"alg\":\"HS512\"}", GOOD, -EPROTO},
    {"{\"alg\":\"RS256\"}", GOOD, -EPROTO},
    {"{\"alg\":\"ES256\"}", GOOD, -EPROTO},
    {"{\"alg\":\"PS256\"}", GOOD, -EBADMSG},
    {"{\"alg\":\"\"}", GOOD, -EBADMSG},
    {"{\"alg\":null}", GOOD, -EBADMSG},
    {"{\"alg\":[\"HS256\"]}", GOOD, -EBADMSG},
    {"{\"typ\":\"JWT\"}", GOOD, -EBADMSG},
    {"{}", GOOD, -EBADMSG},
    {"[]", GOOD, -EBADMSG},
    {"{\"alg\":\"HS256\",\"alg\":\"none\"}", GOOD, -EPROTO},
    {"{\"alg\":\"HS256\",\"typ\":\"JWE\"}", GOOD, -EBADMSG},
    {"{\"alg\":\"HS256\",\"typ\":\"jwt\"}", GOOD, -EPROTO},
    {"{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}", GOOD, -EPROTO},
    {"{\"alg\":\"HS256\",\"jku\":\"https://example.com/keys\"}", GOOD, -EPROTO},
    {"{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}", GOOD, -EPROTO},
    {"{\"alg\":\"HS256\",\"x5u\":\"https://example.com\"}", GOOD, -EPROTO},
    {"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", GOOD, -EPROTO},
    /* times */
    {HS256, "{\"scope\":\"calls:read\"}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":940}", -ETIMEDOUT},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":0}", -ETIMEDOUT},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":-9223372036854775808}", -ETIMEDOUT},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":\"2000\"}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000.5}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":99999999999999999999}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":null}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"nbf\":1061}", -ETIMEDOUT},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"nbf\":\"0\"}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"exp\":940}", -ETIMEDOUT},
    /* scopes and narrowing */
    {HS256, "{\"exp\":2000}", -EBADMSG},
    {HS256, "{\"scope\":[\"admin\"],\"exp\":2000}", -EBADMSG},
    {HS256, "{\"scope\":\"root\",\"exp\":2000}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read administrator\",\"exp\":2000}", -EBADMSG},
    {HS256, "{\"scope\":\"admin\\u0000\",\"exp\":2000}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"agent\":\"\"}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"agent\":7}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"call\":null}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"tenant\":[\"a\"]}", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"agent\":\"a\\u0000b\"}", -EBADMSG},
    {HS256,
     "{\"scope\":\"calls:read\",\"exp\":2000,\"agent\":"
     "\"0123456789012345678901234567890123456789012345678901234567890123\"}",
     -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"aud\":\"billing\"}", -EPROTO},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000,\"aud\":[\"billing\"]}", -EPROTO},
    /* no object at all */
    {HS256, "[]", -EBADMSG},
    {HS256, "7", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000}x", -EBADMSG},
    {HS256, "{\"scope\":\"calls:read\",\"exp\":2000", -EBADMSG},
    {HS256, "\xff\xfe", -EBADMSG},
};

START_TEST(signed_tokens_are_judged_by_their_contents)
{
    for (size_t i = 0; i < sizeof(signed_rows) / sizeof(signed_rows[0]); i++) {
        const char *token =
            make_token(signed_rows[i].header, signed_rows[i].payload, EVP_sha256(), SECRET);
        int err = verify(token);
        ck_assert_msg(err == signed_rows[i].err, "row %zu: %s %s gave %d, not %d", i,
                      signed_rows[i].header, signed_rows[i].payload, err, signed_rows[i].err);
    }
}
END_TEST

START_TEST(other_signatures_are_refused)
{
    ck_assert_int_eq(verify(make_token(HS256, GOOD, EVP_sha256(), OTHER)), -EPROTO);
    ck_assert_int_eq(verify(make_token(HS256, GOOD, EVP_sha256(), "")), -EPROTO);
    ck_assert_int_eq(verify(make_token(HS256, GOOD, EVP_sha512(), SECRET)), -EPROTO);
    ck_assert_int_eq(verify(make_token("{\"alg\":\"HS512\"}", GOOD, EVP_sha512(), SECRET)),
                     -EPROTO);
    ck_assert_int_eq(verify(make_token("{\"alg\":\"HS384\"}", GOOD, EVP_sha384(), SECRET)),
                     -EPROTO);
}
END_TEST

START_TEST(a_token_altered_anywhere_is_refused)
{
    char token[512];
    snprintf(token, sizeof(token), "%s", make_token(HS256, GOOD, EVP_sha256(), SECRET));
    for (size_t i = 0; token[i]; i++) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        ck_assert_int_lt(verify(token), 0);
        token[i] = kept;
    }
    ck_assert_int_eq(verify(token), 0);
}
END_TEST

START_TEST(a_token_cut_anywhere_is_refused)
{
    const char *token = make_token(HS256, GOOD, EVP_sha256(), SECRET);
    struct st_claims claims;
    for (size_t cut = 0; cut < strlen(token); cut++)
        ck_assert_int_lt(st_token_verify(&claims, token, cut, SECRET, NOW), 0);
}
END_TEST

START_TEST(what_is_no_token_is_refused)
{
    static const char *const rows[] = {
        "",       ".",         "..",           "...",          "a",     "a.b",
        "a.b.",   ".b.c",      "a..c",         "a.b.c.d",      "a.b.c", "a b.c.d",
        "a=.b.c", "eyJ9.\n.x", "\xc3\xa9.b.c", "Bearer a.b.c",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(verify(rows[i]) == -EBADMSG, "'%s' gave %d", rows[i], verify(rows[i]));
    ck_assert_int_eq(st_token_verify(NULL, "a.\0.c", 5, SECRET, NOW), -EBADMSG);
}
END_TEST

START_TEST(decorations_of_a_good_token_are_refused)
{
    char token[512];
    const char *good = make_token(HS256, GOOD, EVP_sha256(), SECRET);
    static const char *const shapes[] = {"%s=", "%s ", " %s", "%s\n", "%s.", "%s.x", "\"%s\""};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        const char *mark = strstr(shapes[i], "%s");
        snprintf(token, sizeof(token), "%.*s%s%s", (int)(mark - shapes[i]), shapes[i], good,
                 mark + 2);
        ck_assert_int_eq(verify(token), -EBADMSG);
    }
    snprintf(token, sizeof(token), "%.*s", (int)(strrchr(good, '.') - good) + 1, good);
    ck_assert_int_eq(verify(token), -EBADMSG);
}
END_TEST

START_TEST(an_overlong_token_is_refused)
{
    char payload[4200];
    snprintf(payload, sizeof(payload), "{\"scope\":\"calls:read\",\"exp\":2000,\"x\":\"%04000d\"}",
             0);
    ck_assert_int_eq(verify(make_token(HS256, payload, EVP_sha256(), SECRET)), -EBADMSG);
}
END_TEST

START_TEST(deep_claims_are_refused)
{
    char payload[3000];
    memset(payload, '[', sizeof(payload));
    payload[sizeof(payload) - 1] = '\0';
    ck_assert_int_eq(verify(make_token(HS256, payload, EVP_sha256(), SECRET)), -EBADMSG);
}
END_TEST

START_TEST(without_a_secret_nothing_is_valid)
{
    struct st_claims claims = {.scopes = 77};
    const char *token = make_token(HS256, GOOD, EVP_sha256(), "");
    ck_assert_int_eq(st_token_verify(&claims, token, strlen(token), "", NOW), -EPROTO);
    token = make_token(HS256, GOOD, EVP_sha256(), "short");
    ck_assert_int_eq(st_token_verify(&claims, token, strlen(token), "short", NOW), -EPROTO);
    ck_assert_uint_eq(claims.scopes, 77);
}
END_TEST

START_TEST(scopes_are_words)
{
    ck_assert_int_eq(st_scope_parse(""), 0);
    ck_assert_int_eq(st_scope_parse("  calls:read  "), ST_SCOPE_CALLS_READ);
    ck_assert_int_eq(st_scope_parse("calls:ingest calls:read"),
                     ST_SCOPE_CALLS_READ | ST_SCOPE_CALLS_INGEST);
    ck_assert_int_eq(st_scope_parse("alerts:write"), ST_SCOPE_ALERTS_WRITE);
    ck_assert_int_eq(st_scope_parse("calls:rea"), -EINVAL);
    ck_assert_int_eq(st_scope_parse("calls:readx"), -EINVAL);
    ck_assert_int_eq(st_scope_parse("ADMIN"), -EINVAL);
    ck_assert_int_eq(st_scope_parse("admin\t"), -EINVAL);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, what_is_signed_is_verified);
    tcase_add_test(tcase, admin_includes_everything);
    tcase_add_test(tcase, claims_that_make_no_sense_are_not_signed);
    tcase_add_test(tcase, signed_tokens_are_judged_by_their_contents);
    tcase_add_test(tcase, other_signatures_are_refused);
    tcase_add_test(tcase, a_token_altered_anywhere_is_refused);
    tcase_add_test(tcase, a_token_cut_anywhere_is_refused);
    tcase_add_test(tcase, what_is_no_token_is_refused);
    tcase_add_test(tcase, decorations_of_a_good_token_are_refused);
    tcase_add_test(tcase, an_overlong_token_is_refused);
    tcase_add_test(tcase, deep_claims_are_refused);
    tcase_add_test(tcase, without_a_secret_nothing_is_valid);
    tcase_add_test(tcase, scopes_are_words);
    return run_case("token", tcase);
}
