/* The whole gateway, put together and taken apart in order. For the main thread. */
#ifndef SIDETONE_CLI_GATEWAY_H
#define SIDETONE_CLI_GATEWAY_H

#include <stdbool.h>

struct gateway;

struct gateway_options {
    const char *config_path; /* NULL: built-in values */
    const char *ports_file;  /* NULL: none */
    bool is_dev;
    bool allows_core_dumps;
    int port; /* -1: as configured */
    int operations_port;
};

/* Says on standard error what is wrong. The loops run on return. */
int gateway_start(struct gateway **ret_gateway, const struct gateway_options *options);
void gateway_reload(struct gateway *gateway);
/* Drains, stops, frees. */
void gateway_stop(struct gateway *gateway);

#endif
