#include "media_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 4096,
    PORT_TRIES = 8,  /* ports that other programs have */
    SHARED_MAX = 16, /* ports of a loop */
    SHARED_RECEIVE_BYTES = 4 * 1024 * 1024,
};

struct port_routes {
    struct st_media_stream *by_address[BUCKETS];
    struct st_media_stream *by_ssrc[BUCKETS];
    struct st_media_stream *by_rtcp[BUCKETS];    /* by where their reports come from */
    struct st_media_stream *by_speaker[BUCKETS]; /* of those with an SSRC, by where it speaks */
};

/* ---- whose ---- */

static unsigned bucket_of_address(const struct st_udp_address *address, uint16_t port)
{
    uint32_t hash = port;
    for (size_t i = 0; i < sizeof(address->ip); i++)
        hash = (hash ^ address->ip[i]) * 16777619u;
    return (hash ^ hash >> 16) % BUCKETS;
}

static unsigned bucket_of_ssrc(uint32_t ssrc)
{
    return (ssrc * 2654435761u >> 16) % BUCKETS;
}

static struct st_media_stream *find_by_address(const struct media_port *port,
                                               const struct st_udp_address *from, uint16_t number)
{
    struct st_media_stream *stream = port->routes->by_address[bucket_of_address(from, number)];
    while (stream && (stream->source.signalled.rtp.port != number ||
                      !st_udp_address_has_ip_of(&stream->source.signalled.rtp, from)))
        stream = stream->next_in_bucket;
    return stream;
}

static struct st_media_stream *find_by_ssrc(const struct media_port *port, uint32_t ssrc)
{
    struct st_media_stream *stream = port->routes->by_ssrc[bucket_of_ssrc(ssrc)];
    while (stream && stream->source.signalled.ssrc != ssrc)
        stream = stream->next_in_bucket;
    return stream;
}

static struct st_media_stream *find_by_rtcp(const struct media_port *port,
                                            const struct st_udp_address *from)
{
    struct st_media_stream *stream = port->routes->by_rtcp[bucket_of_address(from, from->port)];
    while (stream && !st_udp_address_is(&stream->source.signalled.rtcp, from))
        stream = stream->next_by_rtcp;
    return stream;
}

/* Digits on an SSRC that nobody announced, from where one speaks that was: NULL when several do. */
static struct st_media_stream *find_by_speaker(const struct media_port *port,
                                               const struct st_udp_datagram *datagram)
{
    const struct st_udp_address *from = &datagram->from;
    struct st_media_stream *found = NULL;
    struct st_media_stream *at = port->routes->by_speaker[bucket_of_address(from, from->port)];
    for (; at; at = at->next_by_speaker)
        if (st_udp_address_is(&at->speaker, from)) {
            if (found)
                return NULL;
            found = at;
        }
    return found && stream_is_event(found, datagram) ? found : NULL;
}

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Reports come from where signalling has them come from, from the port of the audio, or from the
 * next. */
static struct st_media_stream *find_by_sender(const struct media_port *port,
                                              const struct st_udp_address *from, bool is_rtcp)
{
    struct st_media_stream *stream = is_rtcp ? find_by_rtcp(port, from) : NULL;
    if (!stream)
        stream = find_by_address(port, from, from->port);
    if (!stream && is_rtcp)
        stream = find_by_address(port, from, (uint16_t)(from->port - 1));
    return stream;
}

static bool is_from(const struct st_media_stream *stream, const struct st_udp_address *from,
                    bool is_rtcp)
{
    const struct st_media_source *source = &stream->source.signalled;
    return st_udp_address_has_ip_of(&source->rtp, from) ||
           (is_rtcp && st_udp_address_is(&source->rtcp, from));
}

/* An SSRC says whose a datagram is among the streams of its sender; whoever names an SSRC and no
 * address gets what is nobody else's. */
static struct st_media_stream *find(const struct media_port *port,
                                    const struct st_udp_datagram *datagram, bool is_rtcp)
{
    size_t at = is_rtcp ? 4 : 8;
    if (port->only || datagram->bytes < at + 4)
        return port->only;
    struct st_media_stream *named =
        find_by_ssrc(port, read_u32((const uint8_t *)datagram->data + at));
    if (named && is_from(named, &datagram->from, is_rtcp))
        return named;
    struct st_media_stream *sender = find_by_sender(port, &datagram->from, is_rtcp);
    if (!sender && !named && !is_rtcp)
        sender = find_by_speaker(port, datagram);
    return sender ? sender : named;
}

static struct st_media_stream **head_for(struct media_port *port,
                                         const struct st_media_stream *stream)
{
    const struct st_media_source *source = &stream->source.signalled;
    return source->has_ssrc
               ? &port->routes->by_ssrc[bucket_of_ssrc(source->ssrc)]
               : &port->routes->by_address[bucket_of_address(&source->rtp, source->rtp.port)];
}

/* NULL: nobody said where its reports come from. */
static struct st_media_stream **head_for_rtcp(struct media_port *port,
                                              const struct st_media_stream *stream)
{
    const struct st_udp_address *rtcp = &stream->source.signalled.rtcp;
    bool is_known = rtcp->port != 0 && !st_udp_address_is_none(rtcp);
    return is_known ? &port->routes->by_rtcp[bucket_of_address(rtcp, rtcp->port)] : NULL;
}

static void forget_speaker(struct media_port *port, struct st_media_stream *stream)
{
    struct st_media_stream **link;
    if (st_udp_address_is_none(&stream->speaker))
        return;
    link = &port->routes->by_speaker[bucket_of_address(&stream->speaker, stream->speaker.port)];
    while (*link != stream)
        link = &(*link)->next_by_speaker;
    *link = stream->next_by_speaker;
}

void port_note_speaker(struct st_media_stream *stream, const struct st_udp_address *from)
{
    struct media_port *port = stream->port;
    if (!port->routes || !stream->source.signalled.has_ssrc ||
        st_udp_address_is(&stream->speaker, from))
        return;
    forget_speaker(port, stream);
    struct st_media_stream **head = &port->routes->by_speaker[bucket_of_address(from, from->port)];
    stream->speaker = *from;
    stream->next_by_speaker = *head;
    *head = stream;
}

static int add(struct media_port *port, struct st_media_stream *stream)
{
    const struct st_media_source *source = &stream->source.signalled;
    const struct st_media_stream *other =
        source->has_ssrc ? find_by_ssrc(port, source->ssrc)
                         : find_by_address(port, &source->rtp, source->rtp.port);
    if (other)
        return -EEXIST;
    struct st_media_stream **head = head_for(port, stream);
    stream->next_in_bucket = *head;
    *head = stream;
    head = head_for_rtcp(port, stream);
    if (head) {
        stream->next_by_rtcp = *head;
        *head = stream;
    }
    stream->port = port;
    port->count++;
    return 0;
}

static void take_off(struct media_port *port, struct st_media_stream *stream)
{
    struct st_media_stream **link = head_for(port, stream);
    while (*link != stream)
        link = &(*link)->next_in_bucket;
    *link = stream->next_in_bucket;
    link = head_for_rtcp(port, stream);
    while (link && *link != stream)
        link = &(*link)->next_by_rtcp;
    if (link)
        *link = stream->next_by_rtcp;
    forget_speaker(port, stream);
    port->count--;
}

/* ---- datagrams ---- */

static void give(struct media_port *port, const struct st_udp_datagram *datagram, bool is_rtcp)
{
    struct st_media *media = port->media;
    struct st_media_stream *stream = find(port, datagram, is_rtcp);
    bool was_inside = media_enter(media);
    if (!stream)
        st_counter_add(media->metrics.dropped[ST_MEDIA_DROP_NO_STREAM], 1);
    else if (is_rtcp)
        stream_receive_rtcp(stream, datagram);
    else
        stream_receive(stream, datagram);
    media_leave(media, was_inside);
}

static void on_rtp(void *user, const struct st_udp_datagram *datagram)
{
    give(user, datagram, st_rtp_packet_is_rtcp(datagram->data, datagram->bytes));
}

static void on_rtcp(void *user, const struct st_udp_datagram *datagram)
{
    give(user, datagram, true);
}

static void on_prefetch(void *user, const struct st_udp_datagram *datagrams, size_t count)
{
    struct st_media_stream *streams[ST_UDP_BATCH];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_rtcp = st_rtp_packet_is_rtcp(datagrams[i].data, datagrams[i].bytes);
        streams[found] = find(user, &datagrams[i], is_rtcp);
        found += streams[found] && !is_rtcp;
    }
    for (unsigned step = 0; step < ST_MEDIA_PREFETCH_STEPS; step++)
        for (size_t i = 0; i < found; i++)
            stream_prefetch(streams[i], step);
}

/* ---- life ---- */

static int open_sockets(struct media_port *port, bool is_muxed)
{
    struct st_media *media = port->media;
    struct st_udp_bind bind = {
        .address = media->address,
        .port = port->number,
        .receive_bytes = port->routes ? SHARED_RECEIVE_BYTES : 0,
        .receive = on_rtp,
        .prefetch = port->routes ? on_prefetch : NULL,
        .user = port,
    };
    int err = st_udp_open(media->udp, &port->rtp, &bind);
    if (err || is_muxed)
        return err;
    bind.port++;
    bind.receive = on_rtcp;
    bind.prefetch = NULL;
    err = st_udp_open(media->udp, &port->rtcp, &bind);
    if (err)
        st_udp_close(port->rtp);
    return err;
}

static int bind_some(struct media_port *port, bool is_muxed)
{
    struct port_pool *ports = &port->media->ports;
    int64_t now_us = st_loop_now_us();
    int err = -EADDRINUSE;
    for (unsigned i = 0; i < PORT_TRIES && err == -EADDRINUSE; i++) {
        port->number = port_pool_take(ports, now_us);
        if (!port->number)
            return -ENOBUFS;
        err = open_sockets(port, is_muxed);
        if (err)
            port_pool_put(ports, port->number, now_us);
    }
    return err;
}

static int open_port(struct st_media *media, struct media_port **ret_port, bool is_muxed,
                     bool is_shared)
{
    struct media_port *port = st_mem_alloc(sizeof(*port));
    port->media = media;
    port->routes = is_shared ? st_mem_alloc(sizeof(*port->routes)) : NULL;
    int err = bind_some(port, is_muxed);
    if (err) {
        free(port->routes);
        free(port);
        return err;
    }
    *ret_port = port;
    return 0;
}

static void close_port(struct media_port *port)
{
    struct port_pool *ports = &port->media->ports;
    st_udp_close(port->rtp);
    st_udp_close(port->rtcp);
    port_pool_put(ports, port->number,
                  st_loop_now_us() - (port->was_told ? 0 : ports->quarantine_us));
    free(port->routes);
    free(port);
}

static int join_shared(struct st_media_stream *stream)
{
    struct st_media *media = stream->media;
    struct media_port *port;
    unsigned count = 0;
    for (port = media->shared; port; port = port->next, count++)
        if (add(port, stream) == 0)
            return 0;
    if (count == SHARED_MAX)
        return -EEXIST;
    int err = open_port(media, &port, false, true);
    if (err)
        return err;
    port->next = media->shared;
    media->shared = port;
    return add(port, stream);
}

int port_join(struct st_media_stream *stream)
{
    if (stream->is_shared)
        return join_shared(stream);
    int err = open_port(stream->media, &stream->port, stream->is_muxed, false);
    if (!err)
        stream->port->only = stream;
    return err;
}

void port_leave(struct st_media_stream *stream)
{
    struct media_port *port = stream->port, **link = &stream->media->shared;
    port->was_told |= !stream->is_untold;
    if (stream->is_shared) {
        take_off(port, stream);
        if (port->count > 0)
            return;
        while (*link != port)
            link = &(*link)->next;
        *link = port->next;
    }
    close_port(port);
}

void port_read(const struct st_media_stream *stream)
{
    st_udp_read(stream->port->rtp);
    if (!stream->is_closed && stream->port->rtcp)
        st_udp_read(stream->port->rtcp);
}
