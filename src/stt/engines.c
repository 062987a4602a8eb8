#include "engines.h"

#include "sidetone/moonshine.h"

#include <string.h>

/* In the order of preference. */
const struct st_engine_ops *const st_engines[] = {
    &st_moonshine_ops,
    &st_pocketsphinx_ops,
    &st_vosk_ops,
    &st_aws_ops,
    &st_aws_call_analytics_ops,
    NULL,
};

const struct st_engine_ops *st_engine_find(const char *type)
{
    for (size_t i = 0; st_engines[i]; i++)
        if (strcmp(st_engines[i]->name, type) == 0)
            return st_engines[i];
    return NULL;
}

const char *st_engine_trouble_name(enum st_engine_trouble trouble)
{
    static const char *const names[] = {"lost",     "stalled", "server",   "throttled",
                                        "protocol", "refused", "unsuited", "expired"};
    return names[trouble];
}

enum st_engine_trouble st_engine_closing_trouble(const struct st_engine_closing *closing)
{
    unsigned status = closing->http_status;
    if (status == 401 || status == 403)
        return ST_TROUBLE_REFUSED;
    if (status == 429)
        return ST_TROUBLE_THROTTLED;
    if (status >= 500)
        return ST_TROUBLE_SERVER;
    return status >= 400 ? ST_TROUBLE_UNSUITED : ST_TROUBLE_LOST;
}
