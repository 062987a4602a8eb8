#include "client_options.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECRET_BYTES_MAX = 16384 };

void st_client_options_init(struct st_client_options *options)
{
    const char *url = getenv("SIDETONE_URL"), *token = getenv("SIDETONE_TOKEN");
    *options = (struct st_client_options){
        .url = url && url[0] ? url : "ws://127.0.0.1:8080",
        .token = token && token[0] ? st_mem_strdup(token) : NULL,
    };
}

static void drop_token(struct st_client_options *options)
{
    if (options->token)
        explicit_bzero(options->token, strlen(options->token));
    free(options->token);
    options->token = NULL;
}

void st_client_options_fini(struct st_client_options *options)
{
    drop_token(options);
}

static bool is_token(const char *token)
{
    for (const char *at = token; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return token[0] != '\0';
}

static int set_token(struct st_client_options *options, char *take_token)
{
    drop_token(options);
    options->token = take_token;
    if (is_token(take_token))
        return 0;
    fputs("sidetone: the token has characters that no token has\n", stderr);
    return -EINVAL;
}

static int read_token(struct st_client_options *options, const char *path)
{
    char *token = st_client_options_secret(path);
    if (token)
        return set_token(options, token);
    fprintf(stderr, "sidetone: %s: %s\n", path, strerror(errno));
    return -EINVAL;
}

static int take_token(void *options, const char *value)
{
    return set_token(options, st_mem_strdup(value));
}

static int take_token_file(void *options, const char *path)
{
    return read_token(options, path);
}

static int take_ca_file(void *user, const char *path)
{
    struct st_client_options *options = user;
    options->ca_file = path;
    if (access(path, R_OK) == 0)
        return 0;
    fprintf(stderr, "sidetone: %s: %s\n", path, strerror(errno));
    return -EINVAL;
}

const struct st_option st_client_option_table[] = {
    {"url", "URL", "the gateway (SIDETONE_URL; default ws://127.0.0.1:8080)",
     .offset = offsetof(struct st_client_options, url)},
    {"token", "TOKEN", "access token; better --token-file or SIDETONE_TOKEN", .take = take_token},
    {"token-file", "FILE", "a file that holds it", .take = take_token_file},
    {"ca-file", "FILE", "certificates to trust instead of the system's", .take = take_ca_file},
    {"insecure", NULL, "accept any certificate",
     .offset = offsetof(struct st_client_options, is_insecure)},
    {0},
};

int st_client_options_url(char **ret_url, const char *base, const char *path)
{
    static const struct {
        const char *prefix, *scheme;
    } schemes[] = {{"ws://", "ws"}, {"wss://", "wss"}, {"http://", "ws"}, {"https://", "wss"}};
    const char *scheme = strstr(base, "://") ? NULL : "ws", *rest = base;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]) && !scheme; i++) {
        size_t bytes = strlen(schemes[i].prefix);
        if (strncasecmp(base, schemes[i].prefix, bytes) == 0) {
            scheme = schemes[i].scheme;
            rest = base + bytes;
        }
    }
    size_t host = strcspn(rest, "/?#");
    if (!scheme || host == 0 || strpbrk(rest, " \t\r\n"))
        return -EINVAL;
    bool has_path = rest[host] != '\0' && strcmp(rest + host, "/") != 0;
    size_t bytes = strlen(base) + strlen(path) + 8;
    *ret_url = st_mem_alloc(bytes);
    snprintf(*ret_url, bytes, "%s://%.*s%s", scheme, (int)host, rest,
             has_path ? rest + host : path);
    return 0;
}

char *st_client_options_secret(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = st_mem_alloc(SECRET_BYTES_MAX + 1);
    size_t bytes = fread(text, 1, SECRET_BYTES_MAX, file);
    int err = ferror(file) ? EIO : fgetc(file) != EOF ? EFBIG : 0;
    fclose(file);
    while (bytes > 0 && (text[bytes - 1] == '\n' || text[bytes - 1] == '\r'))
        text[--bytes] = '\0';
    if (err == 0 && (bytes == 0 || strlen(text) != bytes))
        err = EINVAL;
    if (err == 0)
        return text;
    explicit_bzero(text, SECRET_BYTES_MAX);
    free(text);
    errno = err;
    return NULL;
}
