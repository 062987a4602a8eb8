/* How many loop threads a gateway has. */
#ifndef SIDETONE_CLI_LOOP_COUNT_H
#define SIDETONE_CLI_LOOP_COUNT_H

struct st_config;

enum { LOOP_COUNT_MAX = 64 };

unsigned loop_count_cores(void); /* that this process may use */
/* As configured, or one for each core. */
unsigned loop_count(const struct st_config *config);

#endif
