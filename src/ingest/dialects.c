#include "dialect_common.h"

#include <string.h>

const struct st_dialect_ops *const st_dialects[] = {
    &st_dialect_acs,
    &st_dialect_pcm,
    &st_dialect_twilio,
    NULL,
};

const struct st_dialect_ops *st_dialect_find(const char *name)
{
    for (const struct st_dialect_ops *const *at = st_dialects; *at; at++)
        if (strcmp((*at)->name, name) == 0)
            return *at;
    return NULL;
}
