#include "sip_credentials.h"

#include "sip_dialog.h"

#include "sidetone/digest_auth.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Without quotes. false: too long to be answered. */
static bool unquote(const char *value, char out[ST_SIP_CREDENTIALS_WORD_MAX])
{
    size_t chars = value ? strlen(value) : 0;
    if (chars >= 2 && value[0] == '"' && value[chars - 1] == '"') {
        value++;
        chars -= 2;
    }
    if (chars >= ST_SIP_CREDENTIALS_WORD_MAX)
        return false;
    memcpy(out, chars ? value : "", chars);
    out[chars] = '\0';
    return true;
}

static bool lists(const char *words, const char *word)
{
    size_t chars = strlen(word);
    for (const char *at = words; *at; at += strspn(at, ", ")) {
        size_t length = strcspn(at, ", ");
        if (length == chars && strncasecmp(at, word, chars) == 0)
            return true;
        at += length;
    }
    return false;
}

static bool read_challenge(struct st_sip_credentials *out, const osip_www_authenticate_t *from)
{
    char algorithm[ST_SIP_CREDENTIALS_WORD_MAX], qop[ST_SIP_CREDENTIALS_WORD_MAX];
    char stale[ST_SIP_CREDENTIALS_WORD_MAX];
    if (!from->auth_type || strcasecmp(from->auth_type, "Digest") != 0 || !from->nonce ||
        !unquote(from->realm, out->realm) || !unquote(from->nonce, out->nonce) ||
        !unquote(from->opaque, out->opaque) || !unquote(from->algorithm, algorithm) ||
        !unquote(from->qop_options, qop) || !unquote(from->stale, stale))
        return false;
    out->names_algorithm = algorithm[0] != '\0';
    out->is_sha256 = strcasecmp(algorithm, "SHA-256") == 0;
    out->has_qop = qop[0] != '\0';
    out->is_stale = strcasecmp(stale, "true") == 0;
    bool is_known = out->is_sha256 || !algorithm[0] || strcasecmp(algorithm, "MD5") == 0;
    return is_known && (!out->has_qop || lists(qop, "auth"));
}

int st_sip_credentials_take(struct st_sip_credentials *credentials, const osip_message_t *answer)
{
    bool is_proxy = answer->status_code == 407;
    const osip_list_t *challenges =
        is_proxy ? &answer->proxy_authenticates : &answer->www_authenticates;
    if (!credentials->user || !credentials->password)
        return -ENOENT;
    for (int i = 0; i < osip_list_size(challenges); i++) {
        struct st_sip_credentials found = {.user = credentials->user,
                                           .password = credentials->password,
                                           .line = credentials->line};
        if (!read_challenge(&found, osip_list_get(challenges, i)))
            continue;
        found.is_asked = true;
        found.is_proxy = is_proxy;
        *credentials = found;
        return 0;
    }
    return -ENOENT;
}

static void add_quoted(struct st_text *text, const char *name, const char *value)
{
    st_text_add(text, name);
    st_text_add(text, "=\"");
    st_text_add(text, value);
    st_text_add(text, "\"");
}

static void write_line(struct st_sip_credentials *credentials, const char *method, const char *uri)
{
    struct st_text *text = &credentials->line;
    char count[9], cnonce[ST_SIP_DIALOG_WORD_MAX], response[ST_DIGEST_AUTH_HEX_MAX];
    snprintf(count, sizeof(count), "%08x", ++credentials->count);
    st_sip_dialog_make_word(cnonce);
    const struct st_digest_auth parts = {
        .name = credentials->user,
        .realm = credentials->realm,
        .password = credentials->password,
        .nonce = credentials->nonce,
        .count = count,
        .cnonce = cnonce,
        .qop = credentials->has_qop ? "auth" : NULL,
        .method = method,
        .uri = uri,
    };
    st_digest_auth_response(&parts, credentials->is_sha256, response);
    st_text_reset(text);
    st_text_add(text, credentials->is_proxy ? "Proxy-Authorization" : "Authorization");
    st_text_add(text, ": Digest ");
    add_quoted(text, "username", credentials->user);
    add_quoted(text, ", realm", credentials->realm);
    add_quoted(text, ", nonce", credentials->nonce);
    add_quoted(text, ", uri", uri);
    add_quoted(text, ", response", response);
    if (credentials->names_algorithm)
        st_text_addf(text, ", algorithm=%s", credentials->is_sha256 ? "SHA-256" : "MD5");
    if (credentials->has_qop)
        st_text_addf(text, ", qop=auth, nc=%s, cnonce=\"%s\"", count, cnonce);
    if (credentials->opaque[0])
        add_quoted(text, ", opaque", credentials->opaque);
    st_text_add(text, "\r\n");
}

void st_sip_credentials_add(struct st_sip_credentials *credentials, struct st_text *text,
                            const char *method, const char *uri)
{
    if (!credentials->is_asked)
        return;
    write_line(credentials, method, uri);
    st_sip_credentials_repeat(credentials, text);
}

void st_sip_credentials_repeat(const struct st_sip_credentials *credentials, struct st_text *text)
{
    st_text_add(text, credentials->line.data ? credentials->line.data : "");
}

void st_sip_credentials_fini(struct st_sip_credentials *credentials)
{
    st_text_fini(&credentials->line);
}
