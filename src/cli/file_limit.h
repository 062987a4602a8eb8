/* How many descriptors the gateway may have open. */
#ifndef SIDETONE_CLI_FILE_LIMIT_H
#define SIDETONE_CLI_FILE_LIMIT_H

#include <stdint.h>

struct st_config;
struct st_log;

/* What the limits of the configuration can come to. */
uint64_t file_limit_needed(const struct st_config *config, unsigned loops);

/* Sets the process's own (soft) limit to that, as far as the hard one allows; warns with a fix when
 * it does not. Before the loops are created: libwebsockets sizes a table for each by the limit,
 * so one of millions costs memory too. */
void file_limit_apply(const struct st_log *log, const struct st_config *config, unsigned loops);

#endif
