/* What the files of this room share. */
#ifndef SIDETONE_MEDIA_INTERNAL_H
#define SIDETONE_MEDIA_INTERNAL_H

#include "port_pool.h"
#include "source.h"

#include "sidetone/media.h"
#include "sidetone/metrics.h"

struct media_port;

struct media_metrics {
    struct st_gauge *streams;
    struct st_counter *packets;
    struct st_counter *dropped[ST_MEDIA_DROPS];
    struct st_counter *reports; /* RTCP, sent */
};

/* A stream, and until when nothing is to be done for it unless something comes. Apart from the
 * stream, because each is looked at in every tick. */
struct media_turn {
    int64_t rest_us;
    struct st_media_stream *stream;
};

struct st_media {
    struct st_loop *loop;
    struct st_udp *udp;
    struct st_pool *pool;
    char *address;
    struct st_udp_address local; /* that */
    struct port_pool ports;
    struct media_port *shared; /* list */
    struct media_turn *turns;  /* of all open streams */
    unsigned turn_count, turn_room;
    struct st_media_stream *closed;
    bool is_inside; /* what may call back: streams closed meanwhile wait until it is over */
    struct media_metrics metrics;
};

/* ---- media.c ---- */

/* Around whatever may call back. Gives what media_leave wants to know. */
bool media_enter(struct st_media *media);
void media_leave(struct st_media *media, bool was_inside);

/* A new stream, which is looked at in the next tick, and one that is closed. */
void media_add(struct st_media *media, struct st_media_stream *stream);
void media_remove(struct st_media *media, struct st_media_stream *stream);

/* ---- port.c: a pair of sockets, and whose datagrams they bring ---- */

struct port_routes;

struct media_port {
    struct media_port *next; /* among the shared ones */
    struct st_media *media;
    uint16_t number;
    struct st_udp_socket *rtp, *rtcp; /* rtcp NULL: muxed */
    struct st_media_stream *only;     /* of a port that is not shared */
    struct port_routes *routes;       /* of one that is */
    unsigned count;                   /* of streams there */
    bool was_told;                    /* to somebody, who may go on sending there */
};

/* The stream's port: its own, or one of the shared ones. -EEXIST: on each of those somebody else
 * has that source. */
int port_join(struct st_media_stream *stream);
void port_leave(struct st_media_stream *stream);
/* The stream's own SSRC speaks from there. */
void port_note_speaker(struct st_media_stream *stream, const struct st_udp_address *from);
/* What has arrived at the stream's port; it may be closed by then. */
void port_read(const struct st_media_stream *stream);

/* ---- stream.c ---- */

struct st_media_stream {
    struct st_media_stream *next; /* among the closed ones */
    unsigned turn;                /* where it is among the open ones */
    struct st_media_stream *next_in_bucket;
    struct st_media_stream *next_by_rtcp;
    struct st_media_stream *next_by_speaker;
    struct st_udp_address speaker; /* none: not heard yet, or nobody asks */
    struct st_media *media;
    struct media_port *port;
    bool is_shared, is_muxed, is_held, is_closed, is_untold, has_ended, outlives_bye;
    const struct st_media_stream_events *events;
    void *user;
    struct source source;
    uint64_t event_types[ST_RTP_PAYLOAD_TYPES / 64]; /* bit per payload type */
    unsigned sides;
    struct st_rtp_stream *rtp[ST_MEDIA_SIDES];
    struct st_rtp_srtp *theirs, *ours; /* NULL: plain RTP */
    uint64_t dropped[ST_MEDIA_DROPS];
    int64_t timeout_us;
    int64_t heard_us; /* RTP that counts */
    int64_t alive_us; /* that, keep-alives, reports, or signalling */
    int64_t told_us;  /* that it was silent */
    int64_t look_us;  /* the next one */
    int64_t bye_us;   /* when they said so; 0: they did not */
    /* reports */
    uint32_t ssrc;
    char cname[24];
    int64_t report_us; /* the next one */
    bool has_reported;
};

/* As the event `prefetch`. */
void stream_prefetch(const struct st_media_stream *stream, unsigned step);
void stream_receive(struct st_media_stream *stream, const struct st_udp_datagram *datagram);
void stream_receive_rtcp(struct st_media_stream *stream, const struct st_udp_datagram *datagram);
/* By its payload type. */
bool stream_is_event(const struct st_media_stream *stream, const struct st_udp_datagram *datagram);
void stream_tick(struct st_media_stream *stream, int64_t now_us);
void stream_free(struct st_media_stream *stream);
void stream_end(struct st_media_stream *stream, enum st_media_end end);

/* ---- reports.c: RTCP, ours and theirs ---- */

void reports_init(struct st_media_stream *stream, int64_t now_us);
void reports_tick(struct st_media_stream *stream, int64_t now_us);
/* The last one, if there were others. */
void reports_say_bye(struct st_media_stream *stream, int64_t now_us);

#endif
