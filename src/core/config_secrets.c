/* Secrets from files and from the environment. Whatever is not as it should be is an error: an
 * empty secret must not turn into none. */
#include "config_parts.h"

#include "sidetone/err.h"
#include "sidetone/file.h"
#include "sidetone/jwks.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_MAX_BYTES = 4096, JWKS_MAX_BYTES = 65536 };

static size_t trimmed_len(const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    return len;
}

/* *ret_why says in words what is wrong, NULL when nothing is. */
static char *read_secret(const char *path, const char **ret_why)
{
    char *text, *secret = NULL;
    size_t bytes;
    int err = st_file_read(path, SECRET_MAX_BYTES, &text, &bytes);
    *ret_why = err == -EFBIG    ? "is larger than 4096 bytes"
               : err == -EINVAL ? "is not a file"
               : err            ? st_err_text(err)
                                : NULL;
    if (err)
        return NULL;
    size_t len = trimmed_len(text, bytes);
    if (len == 0)
        *ret_why = "is empty";
    else if (memchr(text, '\0', len))
        *ret_why = "holds a NUL character";
    else
        secret = st_mem_strndup(text, len);
    OPENSSL_cleanse(text, bytes);
    free(text);
    return secret;
}

static void replace(char **at, char *text)
{
    st_mem_free_secret(*at);
    *at = text;
}

/* `section` is the path of the mapping, `key` that of the secret in it. */
static void read_pair(struct st_config_report *report, const char *section, const char *key,
                      char **secret, const char *secret_file)
{
    char path[ST_CONFIG_PATH_MAX + 32];
    const char *why;
    if (!*secret_file)
        return;
    snprintf(path, sizeof(path), "%s.%s_file", section, key);
    if (**secret) {
        st_config_report_at(report, path, "'%s.%s' and '%s' are both given", section, key, path);
        return;
    }
    char *text = read_secret(secret_file, &why);
    if (text) {
        replace(secret, text);
        return;
    }
    st_config_report_at(report, path, "'%s': %.200s: %s", path, secret_file, why);
    st_config_report_break(report, section);
}

static void replace_from_environment(struct st_config *config, struct st_config_report *report,
                                     const char *secret, const char *file)
{
    const char *why = NULL;
    char *text = NULL;
    if (secret && file)
        st_config_report_add(report, ST_LINE_ENVIRONMENT,
                             "SIDETONE_AUTH_SECRET and SIDETONE_AUTH_SECRET_FILE are both set");
    else if (secret && !*secret)
        st_config_report_add(report, ST_LINE_ENVIRONMENT, "SIDETONE_AUTH_SECRET is set, but empty");
    else if (secret)
        text = st_mem_strdup(secret);
    else
        text = read_secret(file, &why);
    if (why)
        st_config_report_add(report, ST_LINE_ENVIRONMENT, "SIDETONE_AUTH_SECRET_FILE: %.200s: %s",
                             file, why);
    if (text && strlen(text) < 32)
        st_config_report_add(report, ST_LINE_ENVIRONMENT,
                             "the secret must have at least 32 bytes, this one has %zu",
                             strlen(text));
    replace(&config->auth.secret, text ? text : st_mem_strdup(""));
    replace(&config->auth.secret_file, st_mem_strdup(file && !secret ? file : ""));
}

static void read_auth_secret(struct st_config *config, struct st_config_report *report)
{
    struct st_config_auth *auth = &config->auth;
    const char *secret = getenv("SIDETONE_AUTH_SECRET");
    const char *file = getenv("SIDETONE_AUTH_SECRET_FILE");
    if (secret || file) {
        replace_from_environment(config, report, secret, file);
        return;
    }
    read_pair(report, "auth", "secret", &auth->secret, auth->secret_file);
    if (*auth->secret && strlen(auth->secret) < 32)
        st_config_report_at(report, *auth->secret_file ? "auth.secret_file" : "auth.secret",
                            "the secret must have at least 32 bytes, this one has %zu",
                            strlen(auth->secret));
}

/* No secret: keys to check others' tokens by. */
static void read_jwks(struct st_config_report *report, const char *section,
                      struct st_config_acs *acs)
{
    char path[ST_CONFIG_PATH_MAX], *text;
    size_t bytes;
    if (!*acs->jwks_file)
        return;
    snprintf(path, sizeof(path), "%.100s.jwks_file", section);
    int err = st_file_read(acs->jwks_file, JWKS_MAX_BYTES, &text, &bytes);
    if (err) {
        st_config_report_at(report, path, "'%s': %.200s: %s", path, acs->jwks_file,
                            err == -EFBIG    ? "is larger than 65536 bytes"
                            : err == -EINVAL ? "is not a file"
                                             : st_err_text(err));
        return;
    }
    acs->jwks = text;
    if (st_jwks_count(text) <= 0)
        st_config_report_at(report, path,
                            "'%s': %.200s holds no RSA key with a 'kid' as JSON Web Key Sets have "
                            "them",
                            path, acs->jwks_file);
    snprintf(path, sizeof(path), "%.100s.audience", section);
    if (!*acs->audience)
        st_config_report_at(report, path,
                            "'%s' is missing: the immutable id of the Azure resource, which its "
                            "tokens are for",
                            path);
}

void st_config_secrets_read(struct st_config *config, struct st_config_report *report)
{
    char section[ST_CONFIG_PATH_MAX];
    read_auth_secret(config, report);
    for (unsigned t = 0; t < config->tenant_count; t++) {
        for (unsigned r = 0; r < config->tenants[t].route_count; r++) {
            struct st_config_twilio *twilio = &config->tenants[t].routes[r].twilio;
            snprintf(section, sizeof(section), "tenants[%u].routes[%u].twilio", t, r);
            read_pair(report, section, "auth_token", &twilio->auth_token, twilio->auth_token_file);
            snprintf(section, sizeof(section), "tenants[%u].routes[%u].acs", t, r);
            read_jwks(report, section, &config->tenants[t].routes[r].acs);
        }
    }
    for (unsigned i = 0; i < config->engines.remote_count; i++) {
        struct st_config_remote_engine *engine = &config->engines.remote[i];
        snprintf(section, sizeof(section), "engines.remote[%u]", i);
        read_pair(report, section, "key", &engine->key, engine->key_file);
    }
    for (unsigned i = 0; i < config->siprec.user_count; i++) {
        struct st_config_siprec_user *user = &config->siprec.users[i];
        snprintf(section, sizeof(section), "siprec.users[%u]", i);
        read_pair(report, section, "password", &user->password, user->password_file);
    }
}
