/*
 * The counters of this folder, in one place. Any thread.
 */
#ifndef ST_NET_METRICS_H
#define ST_NET_METRICS_H

#include <stddef.h>
#include <stdint.h>

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

enum st_net_datagrams {
    ST_NET_DATAGRAMS_RECEIVED,
    ST_NET_DATAGRAMS_SENT,
    ST_NET_DATAGRAMS_NOT_SENT,
    ST_NET_DATAGRAMS_NO_ROOM, /* dropped by the kernel: its buffer was full */
    ST_NET_DATAGRAMS_TOO_LARGE,
    ST_NET_DATAGRAMS,
};

void st_net_metrics_datagrams(enum st_net_datagrams what, uint64_t count);

#endif
