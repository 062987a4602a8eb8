/*
 * The counters of this folder, in one place. Any thread.
 */
#ifndef ST_NET_METRICS_H
#define ST_NET_METRICS_H

#include <stddef.h>

enum st_net_refusal {
    ST_NET_REFUSED_TOTAL,   /* connections of the process */
    ST_NET_REFUSED_ADDRESS, /* connections of one address */
    ST_NET_REFUSED_FILES,   /* file descriptors */
    ST_NET_REFUSED_ORIGIN,
    ST_NET_REFUSED_REQUEST, /* malformed, too large */
    ST_NET_REFUSED_TIMEOUT, /* no whole request in time */
    ST_NET_REFUSALS,
};

void st_net_metrics_opened(void);
void st_net_metrics_closed(void);
void st_net_metrics_refused(enum st_net_refusal refusal);
void st_net_metrics_received(size_t bytes); /* one message */
void st_net_metrics_sent(size_t bytes);
void st_net_metrics_overflow(void); /* a send queue was full */

#endif
