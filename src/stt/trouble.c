#include "sidetone/engine.h"

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
    if (closing->ws_code == 1002 || closing->ws_code == 1007 || closing->ws_code == 1009)
        return ST_TROUBLE_PROTOCOL;
    return status >= 400 ? ST_TROUBLE_UNSUITED : ST_TROUBLE_LOST;
}
