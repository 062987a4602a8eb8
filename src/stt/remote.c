#include "remote.h"

#include "percent.h"

#include "sidetone/config.h"
#include "sidetone/document.h"
#include "sidetone/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { URL_HINTED_BYTES = 8192, ENCODED_BYTES = 3 };

static bool has_name(const char *parameter, const char *name)
{
    size_t len = strlen(name);
    return strncmp(parameter, name, len) == 0 && parameter[len] == '=';
}

static bool is_known(const char *parameter, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (has_name(parameter, names[i]))
            return true;
    return false;
}

static const char *name_at(const void *from, unsigned i)
{
    const char *const *names = from;
    return names[i];
}

int st_remote_check_parameters(const struct st_config_remote_engine *remote,
                               const char *const *names, char *ret_why, size_t why_bytes)
{
    for (unsigned i = 0; i < remote->parameter_count; i++) {
        const char *parameter = remote->parameters[i];
        char name[64], shown[ST_PROBLEMS_SHOWN_MAX];
        if (is_known(parameter, names))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(parameter, "="), parameter);
        const char *meant = st_problems_closest(name, name_at, names);
        if (meant && strcmp(meant, name) == 0)
            snprintf(ret_why, why_bytes, "parameter '%s' of engine '%s' needs a value: %s=…", name,
                     remote->name, name);
        else
            snprintf(ret_why, why_bytes, "engine '%s' knows no parameter '%s'%s%s%s", remote->name,
                     st_problems_shown(name, shown), meant ? ", did you mean '" : "",
                     meant ? meant : "", meant ? "'?" : "");
        return -EINVAL;
    }
    return 0;
}

int st_remote_check_key(const struct st_config_remote_engine *remote, const char *where,
                        char *ret_why, size_t why_bytes)
{
    const char *key = remote->key;
    if (!key || !key[0]) {
        snprintf(ret_why, why_bytes, "no key: set 'key' or 'key_file' of engine '%s' (%s)",
                 remote->name, where);
        return -EACCES;
    }
    for (; *key; key++) {
        if ((unsigned char)*key <= ' ' || (unsigned char)*key >= 0x7f) {
            snprintf(ret_why, why_bytes,
                     "the key of engine '%s' has a character that no key has: a blank, a line "
                     "break or an accent",
                     remote->name);
            return -EINVAL;
        }
    }
    return 0;
}

int st_remote_check_own_key(const struct st_config_remote_engine *remote, const char *where,
                            char *ret_why, size_t why_bytes)
{
    bool is_own = remote->url && remote->url[0], has_key = remote->key && remote->key[0];
    return is_own && !has_key ? 0 : st_remote_check_key(remote, where, ret_why, why_bytes);
}

static bool is_ws_url(const char *url)
{
    return (strncmp(url, "ws://", 5) == 0 && url[5]) || (strncmp(url, "wss://", 6) == 0 && url[6]);
}

int st_remote_check_url(const struct st_config_remote_engine *remote, const char *vendor_url,
                        const char **ret_url, char *ret_why, size_t why_bytes)
{
    const char *url = remote->url && remote->url[0] ? remote->url : vendor_url;
    if (!url) {
        snprintf(ret_why, why_bytes, "no server: set 'url' of engine '%s' to ws://host:port",
                 remote->name);
        return -ENOENT;
    }
    if (!is_ws_url(url)) {
        snprintf(ret_why, why_bytes, "'url' of engine '%s' must begin with ws:// or wss://",
                 remote->name);
        return -EINVAL;
    }
    *ret_url = url;
    return 0;
}

const char *st_remote_ca_file(const struct st_config_remote_engine *remote)
{
    return remote->ca_file && remote->ca_file[0] ? remote->ca_file : NULL;
}

const char *st_remote_parameter(const struct st_config_remote_engine *remote, const char *name)
{
    for (unsigned i = remote->parameter_count; i > 0; i--)
        if (has_name(remote->parameters[i - 1], name))
            return remote->parameters[i - 1] + strlen(name) + 1;
    return NULL;
}

int st_remote_check_flag(const struct st_config_remote_engine *remote, const char *name,
                         bool *ret_value, char *ret_why, size_t why_bytes)
{
    const char *value = st_remote_parameter(remote, name);
    bool is_true = value && strcmp(value, "true") == 0;
    if (value && !is_true && strcmp(value, "false") != 0) {
        snprintf(ret_why, why_bytes, "parameter '%s' of engine '%s' is true or false", name,
                 remote->name);
        return -EINVAL;
    }
    if (value)
        *ret_value = is_true;
    return 0;
}

void st_remote_show_url(const char *url, char *out, size_t out_bytes)
{
    const char *host = strstr(url, "://") + 3;
    size_t len = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', len);
    if (at) {
        len -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    snprintf(out, out_bytes, "%s://%.*s", strncmp(url, "wss", 3) == 0 ? "wss" : "ws", (int)len,
             host);
}

void st_remote_begin_url(struct st_json_writer *url, const char *address, const char *path)
{
    const char *own = strstr(address, "://") + 3;
    own += strcspn(own, "/?#");
    size_t bytes = (size_t)(own - address);
    bool has_path = own[0] == '/' && own[1] != '\0' && own[1] != '?' && own[1] != '#';
    st_json_append(url, address, bytes);
    if (!has_path) {
        st_json_append_text(url, path);
        own += own[0] == '/';
    }
    st_json_append(url, own, strcspn(own, "#"));
}

bool st_remote_has_room(const struct st_json_writer *url, size_t bytes)
{
    return url->len + ENCODED_BYTES * bytes <= URL_HINTED_BYTES;
}

void st_remote_add_query(struct st_json_writer *url, const char *name, const char *value)
{
    st_json_append(url, memchr(url->data, '?', url->len) ? "&" : "?", 1);
    st_percent_encode(url, name, ST_PERCENT_UNRESERVED);
    st_json_append(url, "=", 1);
    st_percent_encode(url, value, ST_PERCENT_UNRESERVED);
}

static bool is_among(const char *parameter, const char *const *names)
{
    return names && is_known(parameter, names);
}

void st_remote_add_parameters(struct st_json_writer *url,
                              const struct st_config_remote_engine *remote, const char *const *but)
{
    for (unsigned i = 0; i < remote->parameter_count; i++) {
        char name[64];
        const char *value = strchr(remote->parameters[i], '=');
        if (is_among(remote->parameters[i], but))
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)(value - remote->parameters[i]),
                 remote->parameters[i]);
        st_remote_add_query(url, name, value + 1);
    }
}

char *st_remote_make_header(const char *head, const char *key)
{
    if (!key || !key[0])
        return NULL;
    size_t bytes = strlen(head) + strlen(key) + 1;
    char *text = st_mem_alloc(bytes);
    snprintf(text, bytes, "%s%s", head, key);
    return text;
}

const char *st_remote_end_url(struct st_json_writer *url)
{
    st_json_append(url, "", 1);
    url->len--;
    return url->data;
}

bool st_remote_has_query(const char *url, const char *name)
{
    const char *at = strchr(url, '?');
    for (; at; at = strchr(at + 1, '&'))
        if (has_name(at + 1, name))
            return true;
    return false;
}

uint32_t st_remote_rate_hz(const struct st_engine *engine, uint32_t wire_hz)
{
    return wire_hz == ST_REMOTE_RATE_LOW_HZ ? ST_REMOTE_RATE_LOW_HZ : ST_REMOTE_RATE_HIGH_HZ;
}

bool st_remote_has_rate(uint32_t rate_hz)
{
    return rate_hz == ST_REMOTE_RATE_LOW_HZ || rate_hz == ST_REMOTE_RATE_HIGH_HZ;
}

bool st_remote_is_language(const char *language, const char *primary)
{
    size_t len = strlen(primary);
    return strncasecmp(language, primary, len) == 0 && !isalnum((unsigned char)language[len]);
}

void st_remote_send_text(const struct st_engine_stream_config *config, const char *text)
{
    config->sink->send(config->user, text, strlen(text), false);
}
