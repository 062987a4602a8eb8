#include "http_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_BYTES = 512, SHOWN_MAX = 40 };

/* `pair`: name=value, percent-encoded. */
static int apply_pair(const char *pair, size_t bytes, query_fn apply, void *user)
{
    char value[VALUE_BYTES];
    const char *equals = memchr(pair, '=', bytes);
    size_t name = equals ? (size_t)(equals - pair) : bytes;
    if (!equals || st_http_decode(value, sizeof(value), equals + 1, bytes - name - 1, true) < 0)
        return -EBADMSG;
    return apply(user, pair, name, value);
}

int query_walk(const char *query, query_fn apply, void *user, char ret_why[QUERY_WHY_BYTES])
{
    while (*query) {
        size_t bytes = strcspn(query, "&");
        if (bytes > 0 && apply_pair(query, bytes, apply, user) < 0) {
            int shown = (int)strcspn(query, "=&");
            snprintf(ret_why, QUERY_WHY_BYTES,
                     "query parameter '%.*s' is unknown, has a wrong value, or comes too often",
                     shown < SHOWN_MAX ? shown : SHOWN_MAX, query);
            return -EBADMSG;
        }
        query += bytes;
        query += *query == '&';
    }
    return 0;
}

int query_severity(const char *value, enum st_severity *ret_severity)
{
    for (int i = ST_SEVERITY_LOW; i <= ST_SEVERITY_CRITICAL; i++) {
        if (strcmp(value, st_severity_name((enum st_severity)i)) == 0) {
            *ret_severity = (enum st_severity)i;
            return 0;
        }
    }
    return -EBADMSG;
}
