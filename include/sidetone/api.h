/*
 * Everything reachable by HTTP: ingest and push WebSockets, Server-Sent Events, REST, the web
 * pages, and the operations listener. One file per resource under src/http/.
 */
#ifndef SIDETONE_API_H
#define SIDETONE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_call_service;
struct st_config;
struct st_loop;
struct st_net;
struct st_rule_store;

struct st_api;

struct st_api_config {
    struct st_call_service *service;
    struct st_rule_store *rules; /* NULL: rules cannot be looked at or changed */
    struct st_loop *const *loops;
    struct st_net *const *nets;
    unsigned loop_count;
    bool is_dev; /* no authentication; the listeners are on loopback */
};

/* Opens the listeners of every loop, before the loops run. On failure `ret_why` names the address
 * and what to do. */
int st_api_create(struct st_api **ret_api, const struct st_api_config *config,
                  const struct st_config *settings, char *ret_why, size_t why_bytes);
uint16_t st_api_port(const struct st_api *api);
uint16_t st_api_operations_port(const struct st_api *api); /* 0: off */

/* On each loop: no new connections from now on. */
void st_api_close_listeners(struct st_api *api, unsigned loop_index);
/* On each loop: certificates are read again. */
int st_api_reload_tls(struct st_api *api, unsigned loop_index);
void st_api_destroy(struct st_api *api); /* after the loops have stopped; NULL is fine */

#endif
