#include "sidetone/engine.h"

#include <stdio.h>
#include <string.h>

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

void st_engine_address(const char *description, char *out, size_t out_bytes)
{
    const char *colon = strstr(description, "://"), *begin = colon;
    while (begin && begin > description && begin[-1] != ' ')
        begin--;
    size_t bytes = begin ? (size_t)(colon + 3 - begin) + strcspn(colon + 3, " ,;/") : 0;
    snprintf(out, out_bytes, "%.*s", (int)bytes, begin ? begin : "");
}
