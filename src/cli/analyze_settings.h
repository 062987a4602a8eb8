/* What calls are analysed with: the gateway's configuration, and further rules. */
#ifndef SIDETONE_CLI_ANALYZE_SETTINGS_H
#define SIDETONE_CLI_ANALYZE_SETTINGS_H

#include "analyze_options.h"

struct st_config_route;
struct st_config_tenant;
struct st_settings;

/* One reference; tenant and route are the settings'. -EINVAL after saying on standard error what is
 * wrong, every mistake with its file and line. */
int st_analyze_settings_load(const struct st_analyze_options *options,
                             struct st_settings **ret_settings,
                             const struct st_config_tenant **ret_tenant,
                             const struct st_config_route **ret_route);

#endif
