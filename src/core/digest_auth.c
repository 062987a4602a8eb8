#include "sidetone/digest_auth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* Over words with a colon between them; NULL ends the list. */
static void hash(bool is_sha256, const char *const *words, char ret_hex[ST_DIGEST_AUTH_HEX_MAX])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, is_sha256 ? EVP_sha256() : EVP_md5(), NULL);
    for (size_t i = 0; words[i]; i++) {
        if (i > 0)
            EVP_DigestUpdate(context, ":", 1);
        EVP_DigestUpdate(context, words[i], strlen(words[i]));
    }
    EVP_DigestFinal_ex(context, digest, &bytes);
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; i < bytes; i++)
        snprintf(ret_hex + 2 * (size_t)i, 3, "%02x", digest[i]);
}

void st_digest_auth_response(const struct st_digest_auth *parts, bool is_sha256,
                             char ret_hex[ST_DIGEST_AUTH_HEX_MAX])
{
    char secret[ST_DIGEST_AUTH_HEX_MAX], request[ST_DIGEST_AUTH_HEX_MAX];
    hash(is_sha256, (const char *const[]){parts->name, parts->realm, parts->password, NULL},
         secret);
    hash(is_sha256, (const char *const[]){parts->method, parts->uri, NULL}, request);
    if (parts->qop)
        hash(is_sha256,
             (const char *const[]){secret, parts->nonce, parts->count, parts->cnonce, parts->qop,
                                   request, NULL},
             ret_hex);
    else
        hash(is_sha256, (const char *const[]){secret, parts->nonce, request, NULL}, ret_hex);
    OPENSSL_cleanse(secret, sizeof(secret));
}
