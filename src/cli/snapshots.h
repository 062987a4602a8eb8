/* The states of a running gateway's calls, asked for once. */
#ifndef SIDETONE_CLI_SNAPSHOTS_H
#define SIDETONE_CLI_SNAPSHOTS_H

#include "client_options.h"
#include "feed.h"

/* ST_EXIT_OK with a list of call states, a new reference; otherwise an exit code, after saying what
 * is wrong in the name of `verb`. Waits for 30 s at most. */
int st_snapshots_get(const char *verb, const struct st_client_options *client, struct st_feed *feed,
                     json_t **ret_states);

#endif
