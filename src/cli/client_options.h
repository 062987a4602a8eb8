/* Options that every verb with a connection has: where to, and who we are. */
#ifndef SIDETONE_CLI_CLIENT_OPTIONS_H
#define SIDETONE_CLI_CLIENT_OPTIONS_H

#include <stdbool.h>

struct st_client_options {
    const char *url; /* ws://127.0.0.1:8080, or SIDETONE_URL */
    char *token;     /* NULL: none; or SIDETONE_TOKEN */
    const char *ca_file;
    bool is_insecure;
};

enum {
    ST_CLIENT_OPT_URL = 1000,
    ST_CLIENT_OPT_TOKEN,
    ST_CLIENT_OPT_TOKEN_FILE,
    ST_CLIENT_OPT_CA_FILE,
    ST_CLIENT_OPT_INSECURE,
};

/* For a verb's table of long options. */
#define ST_CLIENT_LONG_OPTIONS                                                                     \
    {"url", required_argument, NULL, ST_CLIENT_OPT_URL},                                           \
        {"token", required_argument, NULL, ST_CLIENT_OPT_TOKEN},                                   \
        {"token-file", required_argument, NULL, ST_CLIENT_OPT_TOKEN_FILE},                         \
        {"ca-file", required_argument, NULL, ST_CLIENT_OPT_CA_FILE},                               \
    {                                                                                              \
        "insecure", no_argument, NULL, ST_CLIENT_OPT_INSECURE                                      \
    }

#define ST_CLIENT_USAGE                                                                            \
    "      --url URL             the gateway (SIDETONE_URL; default ws://127.0.0.1:8080)\n"        \
    "      --token TOKEN         access token; better --token-file FILE or SIDETONE_TOKEN\n"       \
    "      --ca-file FILE        certificates to trust instead of the system's\n"                  \
    "      --insecure            accept any certificate\n"

void st_client_options_init(struct st_client_options *options); /* with the environment */
void st_client_options_fini(struct st_client_options *options); /* the token is wiped */

/* Takes one of the options above. 0; 1 when it is none of them; -EINVAL after saying on standard
 * error what is wrong. */
int st_client_options_take(struct st_client_options *options, int opt, const char *value);

/* `base` with `path`, unless it has a path of its own. ws, wss, http and https, or no scheme.
 * Free *ret_url. -EINVAL when it is none. */
int st_client_options_url(char **ret_url, const char *base, const char *path);

/* The text of a file that holds one secret, without the line end; free it. NULL with errno. */
char *st_client_options_secret(const char *path);

#endif
