/* The whole room over a network that is faked and calls that are real but for their engine. */
#ifndef HTTP_RIG_H
#define HTTP_RIG_H

#include "call_rig.h"
#include "fake_net.h"

#include "http_internal.h"

#define HTTP_SECRET "0123456789abcdef0123456789abcdef"

struct http_rig {
    struct call_rig calls;
    struct st_net nets[RIG_LOOPS_MAX];
    struct st_api *api;
};

enum { MAIN, OPERATIONS };

/* Two loops. `yaml` besides the secret. */
void http_open(struct http_rig *rig, bool is_dev, const char *yaml);
void http_close(struct http_rig *rig);

/* A fresh exchange, answered (perhaps after the loops have settled); valid until the next. */
struct st_http_exchange *http_get(struct http_rig *rig, const char *path);
/* The same for one that the test has filled. */
struct st_http_exchange *http_new(void);
void http_ask(struct http_rig *rig, struct st_http_exchange *exchange);

/* Authorization's value for those claims, expiring in `ttl_s`. Static. */
const char *http_bearer(const struct st_claims *claims, int64_t ttl_s);

#endif
