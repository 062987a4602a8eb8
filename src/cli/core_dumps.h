/* Core dumps: they would hold keys, tokens and what callers said. */
#ifndef SIDETONE_CLI_CORE_DUMPS_H
#define SIDETONE_CLI_CORE_DUMPS_H

/* None are written, and no other process of the same user reads this one's memory. */
void core_dumps_forbid(void);
/* As the system has it. */
void core_dumps_allow(void);

#endif
