/* What a gateway is configured with: loaded at its start, and again on request. */
#ifndef SIDETONE_CLI_GATEWAY_SETTINGS_H
#define SIDETONE_CLI_GATEWAY_SETTINGS_H

#include "gateway.h"

struct st_embedder;
struct st_settings;

/* Says what is wrong with it. Log levels are in force on return. *embedder is loaded once, where it
 * is installed and wanted. Blocks. */
int gateway_settings_load(struct st_settings **ret_settings, struct st_embedder **embedder,
                          const struct gateway_options *options);

#endif
