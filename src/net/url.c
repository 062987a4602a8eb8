#include "url.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_PLAIN = 80, PORT_TLS = 443, HOST_MAX_BYTES = 253, TARGET_MAX_BYTES = 12288 };

bool st_url_text_is_clean(const char *text)
{
    for (; *text; text++)
        if (*text < 0x20 || *text > 0x7e)
            return false;
    return true;
}

static int parse_port(const char *text, size_t bytes, uint16_t *ret_port)
{
    unsigned port = 0;
    if (bytes == 0 || bytes > 5)
        return -EINVAL;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -EINVAL;
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    if (port == 0 || port > 65535)
        return -EINVAL;
    *ret_port = (uint16_t)port;
    return 0;
}

static bool host_is_valid(const char *host, size_t bytes, bool is_v6)
{
    if (bytes == 0 || bytes > HOST_MAX_BYTES)
        return false;
    for (size_t i = 0; i < bytes; i++) {
        char c = host[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && c != '.' && !(is_v6 ? c == ':' : c == '-' || c == '_'))
            return false;
    }
    return true;
}

/* Splits "host", "host:1", "[::1]", "[::1]:1". */
static int parse_authority(struct st_url *url, const char *text, size_t bytes)
{
    bool is_v6 = bytes > 0 && text[0] == '[';
    const char *host = is_v6 ? text + 1 : text;
    const char *end = text + bytes;
    const char *stop = memchr(host, is_v6 ? ']' : ':', (size_t)(end - host));
    if (is_v6 && !stop)
        return -EINVAL;
    size_t host_bytes = (size_t)((stop ? stop : end) - host);
    const char *rest = stop ? stop + is_v6 : end;
    if (!host_is_valid(host, host_bytes, is_v6))
        return -EINVAL;
    if (rest < end && (*rest != ':' || parse_port(rest + 1, (size_t)(end - rest - 1), &url->port)))
        return -EINVAL;
    url->is_v6 = is_v6;
    url->host = st_mem_strndup(host, host_bytes);
    url->authority = st_mem_strndup(text, bytes);
    return 0;
}

int st_url_parse(struct st_url *ret_url, const char *text)
{
    struct st_url url = {0};
    if (!text || !st_url_text_is_clean(text) || strpbrk(text, " #\\"))
        return -EINVAL;
    if (strncasecmp(text, "wss://", 6) == 0)
        url.is_tls = true;
    else if (strncasecmp(text, "ws://", 5) != 0)
        return -EINVAL;
    url.port = url.is_tls ? PORT_TLS : PORT_PLAIN;
    text += url.is_tls ? 6 : 5;
    size_t authority = strcspn(text, "/?");
    const char *target = text + authority;
    if (strlen(target) > TARGET_MAX_BYTES)
        return -EINVAL;
    int err = parse_authority(&url, text, authority);
    if (err)
        return err;
    size_t bytes = strlen(target);
    bool needs_slash = *target != '/';
    url.target = st_mem_alloc(bytes + 2);
    url.target[0] = '/';
    memcpy(url.target + needs_slash, target, bytes);
    *ret_url = url;
    return 0;
}

void st_url_fini(struct st_url *url)
{
    free(url->host);
    free(url->authority);
    st_mem_free_secret(url->target);
    memset(url, 0, sizeof(*url));
}
