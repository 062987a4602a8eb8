/*
 * ws:// and wss:// addresses.
 */
#ifndef ST_NET_URL_H
#define ST_NET_URL_H

#include <stdbool.h>
#include <stdint.h>

struct st_url {
    bool is_tls, is_v6; /* is_v6: the host is an IPv6 address */
    uint16_t port;
    char *host;      /* without brackets */
    char *authority; /* as it goes into Host */
    char *target;    /* path and query; at least "/" */
};

/* 0 or -EINVAL. */
int st_url_parse(struct st_url *ret_url, const char *text);
void st_url_fini(struct st_url *url);

/* Printable ASCII and spaces only. */
bool st_url_text_is_clean(const char *text);

#endif
