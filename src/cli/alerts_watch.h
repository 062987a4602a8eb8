/* The open alerts, then every change of one, until Ctrl-C. */
#ifndef SIDETONE_CLI_ALERTS_WATCH_H
#define SIDETONE_CLI_ALERTS_WATCH_H

#include "client_options.h"
#include "feed.h"

/* The feed's filters hold; its events are set here. Returns an exit code. */
int st_alerts_watch(const struct st_client_options *options, struct st_feed *feed, bool is_json);

#endif
