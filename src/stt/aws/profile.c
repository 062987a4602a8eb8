#include "profile.h"

#include "sidetone/file.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX_BYTES = 1 << 20 };

struct field {
    const char *name;
    size_t at;
    size_t cap;
};

#define FIELD(name, member)                                                                        \
    {                                                                                              \
        name, offsetof(struct st_aws_profile, member),                                             \
            sizeof(((struct st_aws_profile *)NULL)->member)                                        \
    }

static const struct field fields[] = {
    FIELD("aws_access_key_id", keys.key_id),
    FIELD("aws_secret_access_key", keys.secret),
    FIELD("aws_session_token", keys.token),
    FIELD("region", region),
    FIELD("role_arn", role_arn),
    FIELD("source_profile", source_profile),
    FIELD("credential_source", credential_source),
    FIELD("web_identity_token_file", web_identity_token_file),
    FIELD("role_session_name", role_session_name),
    FIELD("external_id", external_id),
};

#undef FIELD

/* A stretch of the text, without spaces at its ends. */
struct piece {
    const char *at;
    size_t len;
};

static struct piece trimmed(const char *at, size_t len)
{
    while (len > 0 && (at[0] == ' ' || at[0] == '\t')) {
        at++;
        len--;
    }
    while (len > 0 && strchr(" \t\r", at[len - 1]))
        len--;
    return (struct piece){at, len};
}

static bool is_text(struct piece piece, const char *text)
{
    return piece.len == strlen(text) && memcmp(piece.at, text, piece.len) == 0;
}

static bool is_section(struct piece line, const char *name, bool is_config)
{
    const char *end = memchr(line.at, ']', line.len);
    struct piece title = trimmed(line.at + 1, end ? (size_t)(end - line.at - 1) : 0);
    static const char prefix[] = "profile";
    size_t skipped = sizeof(prefix) - 1;
    if (is_config && title.len > skipped && memcmp(title.at, prefix, skipped) == 0 &&
        strchr(" \t", title.at[skipped]))
        return is_text(trimmed(title.at + skipped, title.len - skipped), name);
    return (!is_config || strcmp(name, "default") == 0) && is_text(title, name);
}

/* A comment behind a value begins with a space. */
static struct piece without_comment(struct piece value)
{
    for (size_t i = 1; i < value.len; i++)
        if (strchr("#;", value.at[i]) && strchr(" \t", value.at[i - 1]))
            return trimmed(value.at, i);
    return value;
}

static void set(struct st_aws_profile *profile, struct piece key, struct piece value)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!is_text(key, fields[i].name) || value.len >= fields[i].cap)
            continue;
        char *out = (char *)profile + fields[i].at;
        memcpy(out, value.at, value.len);
        out[value.len] = '\0';
    }
    if (is_text(key, "credential_process") || is_text(key, "mfa_serial"))
        profile->needs_login = true;
    if (key.len > 4 && memcmp(key.at, "sso_", 4) == 0)
        profile->needs_sso = true;
}

static void read_line(struct st_aws_profile *profile, struct piece line)
{
    const char *equals = memchr(line.at, '=', line.len);
    if (!equals || line.at[0] == '#' || line.at[0] == ';')
        return;
    size_t key = (size_t)(equals - line.at);
    set(profile, trimmed(line.at, key), without_comment(trimmed(equals + 1, line.len - key - 1)));
}

void st_aws_profile_parse(struct st_aws_profile *profile, const char *text, const char *name,
                          bool is_config)
{
    bool is_inside = false;
    while (*text) {
        size_t len = strcspn(text, "\n");
        bool is_nested = text[0] == ' ' || text[0] == '\t'; /* belongs to the line before */
        struct piece line = trimmed(text, len);
        if (!is_nested && line.len > 0 && line.at[0] == '[') {
            is_inside = is_section(line, name, is_config);
            profile->is_found = profile->is_found || is_inside;
        } else if (!is_nested && is_inside && line.len > 0) {
            read_line(profile, line);
        }
        text += len + (text[len] == '\n');
    }
}

/* ---- files ---- */

static void name_file(const char *variable, const char *own, char *out, size_t out_bytes)
{
    const char *given = getenv(variable), *home = getenv("HOME");
    if (given && given[0])
        snprintf(out, out_bytes, "%s", given);
    else
        snprintf(out, out_bytes, "%s/.aws/%s", home ? home : "", own);
}

static void read_file(struct st_aws_profile *profile, const char *path, const char *name,
                      bool is_config)
{
    char *text;
    size_t bytes;
    if (st_file_read(path, FILE_MAX_BYTES, &text, &bytes) != 0)
        return;
    st_aws_profile_parse(profile, text, name, is_config);
    OPENSSL_cleanse(text, bytes);
    free(text);
}

const char *st_aws_profile_default(void)
{
    const char *name = getenv("AWS_PROFILE");
    if (!name || !name[0])
        name = getenv("AWS_DEFAULT_PROFILE");
    return name && name[0] ? name : "default";
}

void st_aws_profile_read(struct st_aws_profile *ret_profile, const char *name)
{
    char path[1024];
    *ret_profile = (struct st_aws_profile){.is_found = false};
    name_file("AWS_CONFIG_FILE", "config", path, sizeof(path));
    read_file(ret_profile, path, name, true);
    name_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", path, sizeof(path));
    read_file(ret_profile, path, name, false);
}

void st_aws_profile_wipe(struct st_aws_profile *profile)
{
    OPENSSL_cleanse(profile, sizeof(*profile));
}

bool st_aws_region_find(const char *profile, char *out, size_t out_bytes)
{
    struct st_aws_profile read;
    const char *region = getenv("AWS_REGION");
    if (!region || !region[0])
        region = getenv("AWS_DEFAULT_REGION");
    if (region && region[0]) {
        snprintf(out, out_bytes, "%s", region);
        return true;
    }
    st_aws_profile_read(&read, profile ? profile : st_aws_profile_default());
    snprintf(out, out_bytes, "%s", read.region);
    st_aws_profile_wipe(&read);
    return out[0] != '\0';
}
