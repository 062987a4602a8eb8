#include "net_metrics.h"

#include "sidetone/metrics.h"

#include <pthread.h>

static const char *const refusal_names[ST_NET_REFUSALS] = {"total",  "address", "files",
                                                           "origin", "request", "timeout"};

static const char *const datagram_names[ST_NET_DATAGRAMS] = {"received", "sent", "not_sent",
                                                             "no_room", "too_large"};

/* Registered once per process; the metrics are the process's own. */
static struct {
    struct st_gauge *open;
    struct st_counter *refused[ST_NET_REFUSALS];
    struct st_counter *messages, *received_bytes, *sent_bytes, *overflows;
    struct st_counter *datagrams[ST_NET_DATAGRAMS];
} metrics;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void create(void)
{
    metrics.open = st_metrics_gauge("sidetone_net_connections",
                                    "Connections accepted and still open.", NULL, NULL);
    for (int i = 0; i < ST_NET_REFUSALS; i++)
        metrics.refused[i] =
            st_metrics_counter("sidetone_net_refused_total", "Connections and requests refused.",
                               "reason", refusal_names[i]);
    metrics.messages = st_metrics_counter("sidetone_net_received_messages_total",
                                          "WebSocket messages received.", NULL, NULL);
    metrics.received_bytes = st_metrics_counter(
        "sidetone_net_received_bytes_total", "Payload of received WebSocket messages.", NULL, NULL);
    metrics.sent_bytes =
        st_metrics_counter("sidetone_net_sent_bytes_total", "Bytes written.", NULL, NULL);
    metrics.overflows = st_metrics_counter("sidetone_net_queue_overflows_total",
                                           "Sends refused because the queue was full.", NULL, NULL);
    for (int i = 0; i < ST_NET_DATAGRAMS; i++)
        metrics.datagrams[i] = st_metrics_counter("sidetone_net_datagrams_total", "UDP datagrams.",
                                                  "result", datagram_names[i]);
}

void st_net_metrics_opened(void)
{
    pthread_once(&once, create);
    st_gauge_add(metrics.open, 1);
}

void st_net_metrics_closed(void)
{
    pthread_once(&once, create);
    st_gauge_add(metrics.open, -1);
}

void st_net_metrics_refused(enum st_net_refusal refusal)
{
    pthread_once(&once, create);
    st_counter_add(metrics.refused[refusal], 1);
}

void st_net_metrics_received(size_t bytes)
{
    pthread_once(&once, create);
    st_counter_add(metrics.messages, 1);
    st_counter_add(metrics.received_bytes, bytes);
}

void st_net_metrics_sent(size_t bytes)
{
    pthread_once(&once, create);
    st_counter_add(metrics.sent_bytes, bytes);
}

void st_net_metrics_overflow(void)
{
    pthread_once(&once, create);
    st_counter_add(metrics.overflows, 1);
}

void st_net_metrics_datagrams(enum st_net_datagrams what, uint64_t count)
{
    pthread_once(&once, create);
    st_counter_add(metrics.datagrams[what], count);
}
