/* Keeps the moving lines below the ones that stay, by the few cursor controls all terminals know.
 */
#ifndef SIDETONE_CLI_TAIL_SCREEN_H
#define SIDETONE_CLI_TAIL_SCREEN_H

#include "text.h"

struct st_tail_screen {
    size_t lines;         /* moving ones on the screen now */
    struct st_text shown; /* what they say */
};

void st_tail_screen_fini(struct st_tail_screen *screen);

/* Adds to `out` what turns the screen into: `kept` above, then `live` (`lines` lines of it). Adds
 * nothing when nothing changed. */
void st_tail_screen_update(struct st_tail_screen *screen, const struct st_text *kept,
                           const struct st_text *live, size_t lines, struct st_text *out);

#endif
