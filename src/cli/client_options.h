/* Options that every verb with a connection has: where to, and who we are. */
#ifndef SIDETONE_CLI_CLIENT_OPTIONS_H
#define SIDETONE_CLI_CLIENT_OPTIONS_H

#include "options.h"

#include <stdbool.h>

struct st_client_options {
    const char *url; /* ws://127.0.0.1:8080, or SIDETONE_URL */
    char *token;     /* NULL: none; or SIDETONE_TOKEN */
    const char *ca_file;
    bool is_insecure;
};

/* For struct st_command's `more`. */
extern const struct st_option st_client_option_table[];

void st_client_options_init(struct st_client_options *options); /* with the environment */
void st_client_options_fini(struct st_client_options *options); /* the token is wiped */

/* `base` with `path`, unless it has a path of its own. ws, wss, http and https, or no scheme.
 * Free *ret_url. -EINVAL when it is none. */
int st_client_options_url(char **ret_url, const char *base, const char *path);

/* The text of a file that holds one secret, without the line end; free it. NULL with errno. */
char *st_client_options_secret(const char *path);

#endif
