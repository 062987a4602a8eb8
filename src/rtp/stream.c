#include "sidetone/rtp_stream.h"

#include "digits.h"
#include "playout.h"
#include "sidetone/mem.h"
#include "sidetone/pool.h"
#include "sidetone/prefetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    HELD_MAX = 24,         /* packets of a source that has to wait: 240 ms at 10 ms each */
    OTHER_CLOCK_HZ = 8000, /* of what has no media: any will do */
};

/* A packet of a source that has not proved itself yet. */
struct held {
    struct st_rtp_packet packet;
    int64_t arrived_us;
    uint8_t payload[];
};

_Static_assert(sizeof(struct held) + ST_RTP_REORDER_PAYLOAD_BYTES <= ST_RTP_REORDER_BLOCK_BYTES,
               "a block holds the largest payload");

/* What each packet touches comes first. */
struct st_rtp_stream {
    struct st_pool *pool;
    int64_t heard_us;
    int64_t shift_us; /* what it knows of the reorder's */
    unsigned held_count;
    uint32_t sender_ssrc; /* whose report was the latest */
    uint64_t sender_ntp;
    int64_t sender_heard_us;
    void (*late)(void *user); /* NULL: not wanted */
    void *user;
    struct st_rtp_receiver receiver;
    struct playout playout;
    struct st_rtp_skew skew;
    struct digits digits;
    struct st_rtp_reorder reorder;
    struct st_rtp_payloads payloads;
    struct held *held[HELD_MAX];
    uint64_t malformed;
    uint64_t unknown_type;
    uint64_t oversized;
};

static void on_pass(void *user, const struct st_rtp_gap *gap, const struct st_rtp_unit *unit)
{
    struct st_rtp_stream *stream = user;
    playout_pass(&stream->playout, gap, unit);
}

static void on_refused(void *user)
{
    const struct st_rtp_stream *stream = user;
    if (stream->late)
        stream->late(stream->user);
}

void st_rtp_stream_create(struct st_rtp_stream **ret_stream,
                          const struct st_rtp_stream_config *config)
{
    struct st_rtp_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->payloads = *config->payloads;
    stream->pool = config->pool;
    stream->digits.told = config->digit;
    stream->digits.user = config->user;
    stream->late = config->late;
    stream->user = config->user;
    st_rtp_receiver_init(&stream->receiver,
                         &(struct st_rtp_receiver_config){.origin_us = config->origin_us});
    st_rtp_reorder_init(&stream->reorder, &(struct st_rtp_reorder_config){
                                              .pool = config->pool,
                                              .bound_us = config->reorder_us,
                                              .start_us = config->start_us,
                                              .origin_us = config->origin_us,
                                              .pass = on_pass,
                                              .refused = on_refused,
                                              .user = stream,
                                          });
    playout_init(&stream->playout, config, &stream->payloads, &stream->skew);
    *ret_stream = stream;
}

static void drop_held(struct st_rtp_stream *stream)
{
    for (unsigned i = 0; i < stream->held_count; i++)
        st_pool_put(stream->pool, stream->held[i]);
    stream->held_count = 0;
}

static void drop_held_of(struct st_rtp_stream *stream, uint32_t ssrc)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < stream->held_count; i++)
        if (stream->held[i]->packet.ssrc == ssrc)
            st_pool_put(stream->pool, stream->held[i]);
        else
            stream->held[kept++] = stream->held[i];
    stream->held_count = kept;
}

void st_rtp_stream_destroy(struct st_rtp_stream *stream)
{
    if (!stream)
        return;
    drop_held(stream);
    st_rtp_reorder_fini(&stream->reorder);
    playout_fini(&stream->playout);
    free(stream);
}

/* ---- packets that count ---- */

static void put_digits(struct st_rtp_stream *stream, const struct st_rtp_arrival *arrival,
                       int64_t position_us)
{
    position_us += stream->reorder.shift_us + stream->playout.correction_us;
    digits_put(&stream->digits, arrival->packet, arrival->clock_hz, position_us, arrival->now_us);
}

static int take_in(struct st_rtp_stream *stream, const struct st_rtp_arrival *arrival,
                   const struct st_rtp_place *place)
{
    struct st_rtp_unit unit = {
        .kind = arrival->kind,
        .payload_type = arrival->packet->payload_type,
        .is_splice = place->is_splice,
        .sequence = place->sequence,
        .position_us = place->position_us,
        .span_us = place->span_us,
        .payload = arrival->packet->payload,
        .bytes = arrival->packet->bytes,
    };
    stream->heard_us = arrival->now_us;
    if (arrival->kind == ST_RTP_EVENT)
        put_digits(stream, arrival, place->position_us);
    if (arrival->kind == ST_RTP_AUDIO && !place->is_reordered)
        st_rtp_skew_put(&stream->skew, place->position_us, arrival->now_us);
    int err = st_rtp_reorder_put(&stream->reorder, &unit, arrival->now_us);
    /* What was moved because silence ran ahead need not be corrected again. */
    st_rtp_skew_shift(&stream->skew, stream->reorder.shift_us - stream->shift_us);
    stream->shift_us = stream->reorder.shift_us;
    return err;
}

/* ---- packets of sources that have to prove themselves ---- */

/* The oldest makes room, whosever it is. */
static void hold(struct st_rtp_stream *stream, const struct st_rtp_arrival *arrival)
{
    struct held *held;
    if (stream->held_count == HELD_MAX) {
        held = stream->held[0];
        memmove(stream->held, stream->held + 1, (HELD_MAX - 1) * sizeof(*stream->held));
        stream->held_count--;
    } else {
        held = st_pool_get(stream->pool);
        if (!held)
            return;
    }
    held->packet = *arrival->packet;
    held->arrived_us = arrival->now_us;
    if (held->packet.bytes > 0)
        memcpy(held->payload, held->packet.payload, held->packet.bytes);
    held->packet.payload = held->payload;
    stream->held[stream->held_count++] = held;
}

static int judge(struct st_rtp_stream *stream, const struct st_rtp_arrival *arrival);

static void judge_held(struct st_rtp_stream *stream, const struct held *held)
{
    struct st_rtp_arrival arrival = {.packet = &held->packet, .now_us = held->arrived_us};
    if (!st_rtp_payloads_describe(&stream->payloads, &arrival))
        return;
    stream->receiver.counts.foreign--; /* no longer */
    judge(stream, &arrival);
}

/* What is held of the source that has proved itself, and the packet by which it did. What came
 * while the source before still went on has had its time. */
static int replay(struct st_rtp_stream *stream, const struct st_rtp_arrival *arrival)
{
    struct held *held[HELD_MAX];
    unsigned count = stream->held_count;
    int64_t since_us = stream->receiver.counts.sources > 1 ? stream->receiver.arrival_us : -1;
    memcpy(held, stream->held, count * sizeof(*held));
    stream->held_count = 0;
    for (unsigned i = 0; i < count; i++) {
        if (held[i]->packet.ssrc == arrival->packet->ssrc && held[i]->arrived_us > since_us)
            judge_held(stream, held[i]);
        st_pool_put(stream->pool, held[i]);
    }
    return judge(stream, arrival);
}

static int judge(struct st_rtp_stream *stream, const struct st_rtp_arrival *arrival)
{
    struct st_rtp_place place;
    switch (st_rtp_receiver_put(&stream->receiver, arrival, &place)) {
    case ST_RTP_ACCEPTED:
        if (arrival->kind != ST_RTP_OTHER)
            drop_held(stream); /* none of it would be replayed any more */
        return take_in(stream, arrival, &place);
    case ST_RTP_DUPLICATE:
        return -EALREADY;
    case ST_RTP_HELD:
        drop_held_of(stream, arrival->packet->ssrc);
        hold(stream, arrival);
        return 0;
    case ST_RTP_HELD_NEXT:
        hold(stream, arrival);
        return 0;
    case ST_RTP_HELD_EVENT:
        hold(stream, arrival);
        put_digits(stream, arrival, st_rtp_receiver_media_us(&stream->receiver, arrival->now_us));
        return 0;
    default:
        return replay(stream, arrival);
    }
}

/* Keep-alives, comfort noise that nobody negotiated, padding alone: they have their places in the
 * sequence, which would else look like loss. */
static void pass_over(struct st_rtp_stream *stream, const struct st_rtp_packet *packet,
                      int64_t now_us)
{
    const struct st_rtp_format *format = &stream->payloads.formats[packet->payload_type];
    struct st_rtp_arrival arrival = {
        .packet = packet, .kind = ST_RTP_OTHER, .clock_hz = OTHER_CLOCK_HZ, .now_us = now_us};
    bool is_broken = format->codec != ST_RTP_CODEC_NONE && packet->bytes > 0;
    if (!is_broken && st_rtp_receiver_has_near(&stream->receiver, packet))
        judge(stream, &arrival);
}

void st_rtp_stream_prefetch(const struct st_rtp_stream *stream, unsigned step)
{
    if (step == 0)
        st_prefetch(stream, offsetof(struct st_rtp_stream, reorder.held));
    else if (stream->playout.current)
        st_rtp_decoder_prefetch(stream->playout.current, step - 1);
}

int st_rtp_stream_put(struct st_rtp_stream *stream, const void *data, size_t bytes, int64_t now_us)
{
    struct st_rtp_packet packet;
    struct st_rtp_arrival arrival = {.packet = &packet, .now_us = now_us};
    if (st_rtp_packet_parse(&packet, data, bytes)) {
        stream->malformed++;
        return -EBADMSG;
    }
    if (packet.bytes > ST_RTP_REORDER_PAYLOAD_BYTES) {
        stream->oversized++;
        return -EMSGSIZE;
    }
    if (!st_rtp_payloads_describe(&stream->payloads, &arrival)) {
        stream->unknown_type++;
        pass_over(stream, &packet, now_us);
        return -ENOTSUP;
    }
    return judge(stream, &arrival);
}

/* ---- RTCP ---- */

static void note_report(struct st_rtp_stream *stream, const struct st_rtp_rtcp_packet *packet,
                        int64_t now_us)
{
    int64_t position_us, sender_us = st_rtp_rtcp_unix_us(packet->ntp);
    stream->sender_ssrc = packet->ssrc;
    stream->sender_ntp = packet->ntp;
    stream->sender_heard_us = now_us;
    if (sender_us != 0 &&
        st_rtp_receiver_locate(&stream->receiver, packet->timestamp, &position_us))
        st_rtp_skew_report(&stream->skew, sender_us, position_us);
}

int st_rtp_stream_put_rtcp(struct st_rtp_stream *stream, const void *data, size_t bytes,
                           int64_t now_us)
{
    struct st_rtp_rtcp_walk walk;
    struct st_rtp_rtcp_packet packet;
    bool has_ended = false;
    if (st_rtp_rtcp_open(&walk, data, bytes)) {
        stream->malformed++;
        return -EBADMSG;
    }
    while (stream->receiver.has_source && st_rtp_rtcp_next(&walk, &packet)) {
        if (packet.type == ST_RTP_RTCP_SR && packet.ssrc == stream->receiver.ssrc)
            note_report(stream, &packet, now_us);
        has_ended |= st_rtp_rtcp_ends(&packet, stream->receiver.ssrc);
    }
    return has_ended;
}

bool st_rtp_stream_report(struct st_rtp_stream *stream, int64_t now_us,
                          struct st_rtp_rtcp_block *ret_block)
{
    struct st_rtp_reception reception;
    if (!st_rtp_receiver_report(&stream->receiver, &reception))
        return false;
    uint64_t ntp = stream->sender_ssrc == reception.ssrc ? stream->sender_ntp : 0;
    *ret_block = st_rtp_rtcp_describe(&reception, ntp, now_us - stream->sender_heard_us);
    return true;
}

/* ---- the rest ---- */

bool st_rtp_stream_tick(struct st_rtp_stream *stream, int64_t now_us)
{
    st_rtp_reorder_tick(&stream->reorder, now_us);
    digits_tick(&stream->digits, now_us);
    return stream->reorder.held_count > 0;
}

void st_rtp_stream_flush(struct st_rtp_stream *stream)
{
    st_rtp_reorder_flush(&stream->reorder);
    digits_flush(&stream->digits);
}

void st_rtp_stream_renegotiate(struct st_rtp_stream *stream, const struct st_rtp_payloads *payloads,
                               bool is_from_elsewhere)
{
    bool is_same = st_rtp_payloads_are_same(&stream->payloads, payloads);
    if (!is_same) {
        st_rtp_reorder_flush(&stream->reorder);
        stream->payloads = *payloads;
    }
    if (!is_same || is_from_elsewhere)
        st_rtp_receiver_expect_change(&stream->receiver);
}

bool st_rtp_stream_source(const struct st_rtp_stream *stream, uint32_t *ret_ssrc)
{
    *ret_ssrc = stream->receiver.ssrc;
    return stream->receiver.has_source;
}

void st_rtp_stream_stats(const struct st_rtp_stream *stream, struct st_rtp_stream_stats *ret_stats)
{
    *ret_stats = (struct st_rtp_stream_stats){
        .malformed = stream->malformed,
        .unknown_type = stream->unknown_type,
        .oversized = stream->oversized,
        .late = stream->reorder.late,
        .undecodable = stream->playout.undecodable,
        .bursts = stream->playout.bursts,
        .concealed_us = stream->playout.concealed_us,
        .silence_us = stream->playout.silence_us,
        .corrected_us = stream->playout.correction_us,
        .ppm = st_rtp_skew_ppm(&stream->skew),
        .heard_us = stream->heard_us,
    };
    st_rtp_receiver_counts(&stream->receiver, &ret_stats->counts);
}
