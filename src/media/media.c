#include "media_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/pool.h"
#include "sidetone/rtp_reorder.h"

#include <stdlib.h>

enum {
    TURNS_AT_FIRST = 64,
    HELD_BLOCKS_MAX = 8192, /* packets that wait, of all streams: 32 MiB */
};

const char *st_media_drop_name(enum st_media_drop drop)
{
    static const char *const names[ST_MEDIA_DROPS] = {
        "source",       "flood",     "forged",    "replayed", "malformed",
        "payload_type", "too_large", "duplicate", "late",     "no_stream"};
    return names[drop];
}

static void make_metrics(struct media_metrics *metrics)
{
    metrics->streams = st_metrics_gauge("sidetone_rtp_streams", "RTP streams open.", NULL, NULL);
    metrics->packets =
        st_metrics_counter("sidetone_rtp_packets_total", "RTP packets taken in.", NULL, NULL);
    metrics->reports =
        st_metrics_counter("sidetone_rtp_reports_total", "RTCP reports sent.", NULL, NULL);
    for (int i = 0; i < ST_MEDIA_DROPS; i++)
        metrics->dropped[i] =
            st_metrics_counter("sidetone_rtp_dropped_total", "RTP and RTCP packets dropped.",
                               "reason", st_media_drop_name((enum st_media_drop)i));
}

static void free_closed(struct st_media *media)
{
    struct st_media_stream *next;
    for (struct st_media_stream *at = media->closed; at; at = next) {
        next = at->next;
        stream_free(at);
    }
    media->closed = NULL;
}

bool media_enter(struct st_media *media)
{
    bool was_inside = media->is_inside;
    media->is_inside = true;
    return was_inside;
}

void media_leave(struct st_media *media, bool was_inside)
{
    media->is_inside = was_inside;
    if (!was_inside)
        free_closed(media);
}

void media_add(struct st_media *media, struct st_media_stream *stream)
{
    if (media->turn_count == media->turn_room) {
        media->turn_room = media->turn_room ? 2 * media->turn_room : TURNS_AT_FIRST;
        media->turns = st_mem_realloc(media->turns, media->turn_room * sizeof(media->turns[0]));
    }
    stream->turn = media->turn_count++;
    media->turns[stream->turn] = (struct media_turn){.stream = stream};
    st_gauge_add(media->metrics.streams, 1);
}

void media_remove(struct st_media *media, struct st_media_stream *stream)
{
    struct media_turn last = media->turns[--media->turn_count];
    media->turns[stream->turn] = last;
    last.stream->turn = stream->turn;
    st_gauge_add(media->metrics.streams, -1);
}

/* Whoever is told something may open and close streams: the place of one that was closed has the
 * last one by then, whose turn comes with the next tick. */
static void on_ticked(void *user, int64_t now_us)
{
    struct st_media *media = user;
    bool was_inside = media_enter(media);
    for (unsigned i = 0; i < media->turn_count; i++)
        if (now_us >= media->turns[i].rest_us)
            stream_tick(media->turns[i].stream, now_us);
    media_leave(media, was_inside);
}

void st_media_create(struct st_media **ret_media, const struct st_media_config *config)
{
    struct st_media *media = st_mem_alloc(sizeof(*media));
    media->loop = config->loop;
    media->address = st_mem_strdup(config->address);
    st_udp_address_parse(&media->local, config->address, 0);
    st_pool_create(&media->pool, ST_RTP_REORDER_BLOCK_BYTES, HELD_BLOCKS_MAX);
    port_pool_init(&media->ports, config->first_port, config->pairs, config->quarantine_us);
    make_metrics(&media->metrics);
    st_udp_create(&media->udp, &(struct st_udp_config){.loop = config->loop,
                                                       .tick_us = config->tick_us,
                                                       .ticked = on_ticked,
                                                       .user = media});
    *ret_media = media;
}

void st_media_destroy(struct st_media *media)
{
    if (!media)
        return;
    while (media->turn_count > 0)
        st_media_stream_close(media->turns[media->turn_count - 1].stream);
    free_closed(media);
    st_udp_destroy(media->udp);
    port_pool_fini(&media->ports);
    st_pool_destroy(media->pool);
    free(media->turns);
    free(media->address);
    free(media);
}
