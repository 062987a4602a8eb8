#include "digest.h"

#include "sidetone/digest_auth.h"
#include "sidetone/random.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 256, NONCE_LIFE_S = 120, CODE_BYTES = 16, US_PER_S = 1000000 };
enum { SIP_PORT = 5060, SIPS_PORT = 5061 };

static void to_hex(const uint8_t *data, size_t bytes, char *out)
{
    for (size_t i = 0; i < bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", data[i]);
}

/* ---- nonces: seconds, a number, the code over them; each in hex, dots between ---- */

struct stamp {
    int64_t made_s;
    uint32_t number;
};

static void make_nonce(const struct digest_realm *realm, const struct stamp *stamp,
                       const char *address, const char *call_id, char *out)
{
    uint8_t code[EVP_MAX_MD_SIZE];
    char text[WORD_MAX], hex[2 * CODE_BYTES + 1];
    unsigned bytes = 0;
    int chars = snprintf(text, sizeof(text), "%" PRIx64 "|%" PRIx32 "|%s|%s",
                         (uint64_t)stamp->made_s, stamp->number, address, call_id);
    size_t used = chars < 0 ? 0 : (size_t)chars < sizeof(text) ? (size_t)chars : sizeof(text) - 1;
    HMAC(EVP_sha256(), realm->secret, DIGEST_SECRET_BYTES, (const uint8_t *)text, used, code,
         &bytes);
    to_hex(code, CODE_BYTES, hex);
    snprintf(out, DIGEST_NONCE_MAX, "%" PRIx64 ".%" PRIx32 ".%s", (uint64_t)stamp->made_s,
             stamp->number, hex);
}

/* False unless it was used before. */
static bool is_spent(struct digest_realm *realm, const char *nonce)
{
    uint64_t code = strtoull(strrchr(nonce, '.') + 1 + CODE_BYTES, NULL, 16) | 1;
    uint64_t *place = &realm->spent[(code >> 1) % DIGEST_SPENT_MAX];
    bool was_there = *place == code;
    *place = code;
    return was_there;
}

static const char *call_id_of(const struct sip_message *request)
{
    return request->sip->call_id->number;
}

static bool is_our_nonce(const struct digest_realm *realm, const struct sip_message *request,
                         const struct st_siprec_peer *peer, const char *nonce, int64_t *ret_made_s)
{
    char expected[DIGEST_NONCE_MAX], *end;
    struct stamp stamp = {.made_s = (int64_t)strtoull(nonce, &end, 16)};
    if (*end != '.' || stamp.made_s < 0)
        return false;
    stamp.number = (uint32_t)strtoull(end + 1, NULL, 16);
    make_nonce(realm, &stamp, peer->address, call_id_of(request), expected);
    *ret_made_s = stamp.made_s;
    return strlen(nonce) == strlen(expected) &&
           CRYPTO_memcmp(nonce, expected, strlen(expected)) == 0;
}

/* ---- checking ---- */

/* Without quotes; "" when it is absent or too long. */
static void unquote(const char *value, char *out)
{
    size_t chars = value ? strlen(value) : 0;
    if (chars >= 2 && value[0] == '"' && value[chars - 1] == '"') {
        value++;
        chars -= 2;
    }
    if (chars >= WORD_MAX)
        chars = 0;
    if (chars > 0)
        memcpy(out, value, chars);
    out[chars] = 0;
}

struct credentials {
    char name[WORD_MAX], realm[WORD_MAX], nonce[WORD_MAX], uri[WORD_MAX], response[WORD_MAX];
    char algorithm[WORD_MAX], cnonce[WORD_MAX], count[WORD_MAX], qop[WORD_MAX];
};

static void read_credentials(struct credentials *out, const osip_authorization_t *from)
{
    unquote(from->username, out->name);
    unquote(from->realm, out->realm);
    unquote(from->nonce, out->nonce);
    unquote(from->uri, out->uri);
    unquote(from->response, out->response);
    unquote(from->algorithm, out->algorithm);
    unquote(from->cnonce, out->cnonce);
    unquote(from->nonce_count, out->count);
    unquote(from->message_qop, out->qop);
}

/* Hex in either case, in a time that does not tell how much of it is right. */
static bool is_same_hex(const char *given, const char *expected)
{
    size_t chars = strlen(expected);
    unsigned difference = 0;
    if (strlen(given) != chars)
        return false;
    for (size_t i = 0; i < chars; i++)
        difference |= (unsigned)((given[i] | 0x20) ^ expected[i]);
    return difference == 0;
}

static bool is_answer_right(const struct credentials *given, const struct st_siprec_user *user,
                            const char *method, bool is_sha256)
{
    char expected[ST_DIGEST_AUTH_HEX_MAX];
    struct st_digest_auth parts = {
        .name = given->name,
        .realm = given->realm,
        .password = user->password,
        .nonce = given->nonce,
        .count = given->count,
        .cnonce = given->cnonce,
        .qop = given->qop[0] ? given->qop : NULL,
        .method = method,
        .uri = given->uri,
    };
    st_digest_auth_response(&parts, is_sha256, expected);
    bool is_right = is_same_hex(given->response, expected);
    OPENSSL_cleanse(expected, sizeof(expected));
    return is_right;
}

/* ---- what it was meant for ---- */

static bool is_same_text(const char *text, const char *other)
{
    return strcmp(text ? text : "", other ? other : "") == 0;
}

static long port_of(const osip_uri_t *uri)
{
    bool is_secure = uri->scheme && strcasecmp(uri->scheme, "sips") == 0;
    return uri->port ? strtol(uri->port, NULL, 10) : is_secure ? SIPS_PORT : SIP_PORT;
}

static bool is_same_uri(const osip_uri_t *uri, const osip_uri_t *other)
{
    return uri->scheme && other->scheme && strcasecmp(uri->scheme, other->scheme) == 0 &&
           is_same_text(uri->username, other->username) &&
           strcasecmp(uri->host ? uri->host : "", other->host ? other->host : "") == 0 &&
           port_of(uri) == port_of(other);
}

static bool is_meant(const char *given, const osip_uri_t *wanted)
{
    osip_uri_t *uri;
    if (osip_uri_init(&uri))
        return false;
    bool is_same = osip_uri_parse(uri, given) == 0 && is_same_uri(uri, wanted);
    osip_uri_free(uri);
    return is_same;
}

static enum digest_verdict judge(struct digest_realm *realm, const struct sip_message *request,
                                 const struct st_siprec_peer *peer, const struct credentials *given,
                                 int64_t now_us)
{
    int64_t made_s, now_s = now_us / US_PER_S;
    bool is_sha256 = strcasecmp(given->algorithm, "SHA-256") == 0;
    bool is_md5 = !given->algorithm[0] || strcasecmp(given->algorithm, "MD5") == 0;
    bool is_known = (is_sha256 || is_md5) && (!given->qop[0] || strcmp(given->qop, "auth") == 0);
    if (!is_known)
        return DIGEST_REFUSED;
    if (!is_our_nonce(realm, request, peer, given->nonce, &made_s))
        return DIGEST_STALE; /* an older nonce of ours is no proof of a wrong password */
    for (size_t i = 0; i < realm->user_count; i++) {
        if (strcmp(realm->users[i].name, given->name) != 0)
            continue;
        if (!is_answer_right(given, &realm->users[i], request->sip->sip_method, is_sha256))
            return DIGEST_REFUSED;
        if (!is_meant(given->uri, request->sip->req_uri))
            return DIGEST_ELSEWHERE;
        bool is_fresh = made_s <= now_s && now_s - made_s <= NONCE_LIFE_S;
        return is_fresh && !is_spent(realm, given->nonce) ? DIGEST_ACCEPTED : DIGEST_STALE;
    }
    return DIGEST_REFUSED;
}

enum digest_verdict digest_check(struct digest_realm *realm, const struct sip_message *request,
                                 const struct st_siprec_peer *peer, int64_t now_us)
{
    osip_authorization_t *from;
    enum digest_verdict verdict = DIGEST_MISSING;
    for (int i = 0; (from = osip_list_get(&request->sip->authorizations, i)) != NULL; i++) {
        struct credentials given;
        read_credentials(&given, from);
        bool is_ours = from->auth_type && strcasecmp(from->auth_type, "Digest") == 0 &&
                       strcmp(given.realm, realm->realm) == 0;
        if (is_ours)
            verdict = judge(realm, request, peer, &given, now_us);
        if (verdict == DIGEST_ACCEPTED)
            return verdict;
    }
    return verdict;
}

void digest_challenge(const struct digest_realm *realm, const struct sip_message *request,
                      const struct st_siprec_peer *peer, bool is_stale, int64_t now_us,
                      osip_message_t *reply)
{
    static const char *const algorithms[] = {"SHA-256", "MD5"};
    char nonce[DIGEST_NONCE_MAX];
    struct stamp stamp = {.made_s = now_us / US_PER_S, .number = (uint32_t)st_random_u64()};
    make_nonce(realm, &stamp, peer->address, call_id_of(request), nonce);
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
        sip_add(reply, "WWW-Authenticate",
                "Digest realm=\"%s\", nonce=\"%s\", algorithm=%s, qop=\"auth\"%s", realm->realm,
                nonce, algorithms[i], is_stale ? ", stale=true" : "");
}
