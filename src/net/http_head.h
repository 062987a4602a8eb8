/*
 * The head of an HTTP/1.1 request, read strictly: what two readers could understand differently
 * (RFC 9112: folding, bare line ends, spaces before colons, doubled lengths) is refused.
 *
 * Knows nothing of sockets.
 */
#ifndef ST_NET_HTTP_HEAD_H
#define ST_NET_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_HTTP_FIELDS_MAX = 64, ST_HTTP_METHOD_MAX_BYTES = 16 };

struct st_http_field {
    const char *name, *value;
};

struct st_http_head {
    const char *method;
    const char *target; /* as received, origin form */
    const char *query;  /* inside target, after '?'; "" when absent */
    unsigned minor;     /* HTTP/1.minor */
    size_t field_count;
    struct st_http_field fields[ST_HTTP_FIELDS_MAX];
    bool has_length, is_chunked, wants_close, wants_upgrade, wants_continue;
    uint64_t length;
};

/* `data` ends with the empty line; it is cut up in place and must outlive the head. Returns 0,
 * -EBADMSG (400), -EPROTONOSUPPORT (505) or -ENOBUFS for too many fields (431). */
int st_http_head_parse(struct st_http_head *ret_head, char *data, size_t bytes);

/* The first field of that name; NULL when there is none. */
const char *st_http_head_find(const struct st_http_head *head, const char *name);

/* Whether a comma-separated list holds the token, case-insensitively (is_exact: exactly). */
bool st_http_list_has(const char *list, const char *token, bool is_exact);

/* Whether the text can be a field's value, or whole lines "Name: value" CR LF. */
bool st_http_value_is_clean(const char *value);
bool st_http_lines_are_clean(const char *lines);

#endif
