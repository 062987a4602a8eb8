#include "tail_screen.h"

#include <stdbool.h>
#include <string.h>

void st_tail_screen_fini(struct st_tail_screen *screen)
{
    st_text_fini(&screen->shown);
    screen->lines = 0;
}

static bool is_shown(const struct st_tail_screen *screen, const struct st_text *live)
{
    return screen->shown.len == live->len &&
           (live->len == 0 || memcmp(screen->shown.data, live->data, live->len) == 0);
}

void st_tail_screen_update(struct st_tail_screen *screen, const struct st_text *kept,
                           const struct st_text *live, size_t lines, struct st_text *out)
{
    if (kept->len == 0 && is_shown(screen, live))
        return;
    if (screen->lines > 0)
        st_text_addf(out, "\033[%zuA\r\033[J", screen->lines);
    if (kept->len > 0)
        st_text_add_bytes(out, kept->data, kept->len);
    if (live->len > 0)
        st_text_add_bytes(out, live->data, live->len);
    st_text_reset(&screen->shown);
    if (live->len > 0)
        st_text_add_bytes(&screen->shown, live->data, live->len);
    screen->lines = lines;
}
