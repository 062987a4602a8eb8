/*
 * Recording sessions as calls: a SIPREC server whose sessions are RTP sessions of the gateway.
 *
 * Signalling lives on the first loop. A call's media lives on a loop chosen by its id, so that two
 * sessions of one call meet; what has to be said crosses by posted work, and the SIP answer waits
 * for it.
 */
#ifndef SIDETONE_SIPREC_CALLS_H
#define SIDETONE_SIPREC_CALLS_H

#include "sidetone/call.h"
#include "sidetone/config.h"

struct st_siprec_calls;

struct st_siprec_calls_config {
    struct st_call_service *service;
    struct st_loop *const *loops; /* the service's */
    unsigned loop_count;
    const struct st_config *config; /* borrowed by open */
    bool is_dev;
};

/* What would let anybody in, or nobody; each is reported. 0 or -EINVAL. Of a configuration without
 * listeners there is nothing to say. */
int st_siprec_calls_check(const struct st_config *config, bool is_dev, st_config_error_fn report,
                          void *user);

/* Before the loops run. *ret_calls is NULL when the configuration names no listener. What is wrong
 * goes into why as well. */
int st_siprec_calls_open(struct st_siprec_calls **ret_calls,
                         const struct st_siprec_calls_config *config, char *why, size_t why_bytes);

/* On the first loop. NULL is fine with each. */
void st_siprec_calls_drain(struct st_siprec_calls *calls); /* new sessions and probes get 503 */
/* Says goodbye in every session, and waits until it is answered, or given up: for two seconds at
 * most, then `done` is called there. A goodbye may need a connection that is still to be made. */
void st_siprec_calls_part(struct st_siprec_calls *calls, void (*done)(void *user), void *user);
/* Says goodbye in every session that there still is; what crosses to other loops has been posted
 * when it returns. */
void st_siprec_calls_close(struct st_siprec_calls *calls);
int st_siprec_calls_reload_tls(struct st_siprec_calls *calls);

/* 0 past the last listener. */
uint16_t st_siprec_calls_port(const struct st_siprec_calls *calls, unsigned listener);

#endif
