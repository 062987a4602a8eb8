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

static bool fits(const struct st_engine_end *end, const struct st_engine_closing *closing)
{
    return (end->http_status == 0 || end->http_status == closing->http_status) &&
           (end->ws_code == 0 || end->ws_code == closing->ws_code) &&
           (!end->reason || (closing->reason && strcasestr(closing->reason, end->reason)));
}

enum st_engine_trouble st_engine_judge(const struct st_engine_ops *ops,
                                       struct st_engine_stream *stream,
                                       const struct st_engine_closing *closing, char *ret_what,
                                       size_t what_bytes)
{
    if (ops->closing)
        return ops->closing(stream, closing, ret_what, what_bytes);
    for (const struct st_engine_end *end = ops->ends; end && end->text; end++) {
        if (fits(end, closing)) {
            snprintf(ret_what, what_bytes, "%s", end->text);
            return end->trouble;
        }
    }
    return st_engine_closing_trouble(closing);
}

void st_engine_address(const char *description, char *out, size_t out_bytes)
{
    const char *colon = strstr(description, "://"), *begin = colon;
    while (begin && begin > description && begin[-1] != ' ')
        begin--;
    size_t bytes = begin ? (size_t)(colon + 3 - begin) + strcspn(colon + 3, " ,;/") : 0;
    snprintf(out, out_bytes, "%.*s", (int)bytes, begin ? begin : "");
}
