#include "media_internal.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/prefetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    BYE_DOUBT_US = 2000000, /* audio that goes on so long after a BYE proves it wrong */
    LOOK_US = 5000000,
    REST_US = 20000,
};

/* ---- out ---- */

static void on_sound(void *user, const struct st_rtp_sound *sound, unsigned side)
{
    struct st_media_stream *stream = user;
    if (!stream->is_closed)
        stream->events->sound(stream->user, side, sound);
}

static void on_first_sound(void *user, const struct st_rtp_sound *sound)
{
    on_sound(user, sound, 0);
}

static void on_second_sound(void *user, const struct st_rtp_sound *sound)
{
    on_sound(user, sound, 1);
}

static void on_digit(void *user, const struct st_rtp_digit *digit)
{
    struct st_media_stream *stream = user;
    if (!stream->is_closed && stream->events->digit)
        stream->events->digit(stream->user, digit);
}

void stream_end(struct st_media_stream *stream, enum st_media_end end)
{
    if (stream->has_ended || stream->is_closed)
        return;
    stream->has_ended = end == ST_MEDIA_END_BYE;
    stream->events->ended(stream->user, end);
}

/* ---- in ---- */

static void drop(struct st_media_stream *stream, enum st_media_drop reason)
{
    stream->dropped[reason]++;
    st_counter_add(stream->media->metrics.dropped[reason], 1);
}

static void on_late(void *user)
{
    drop(user, ST_MEDIA_DROP_LATE);
}

static bool is_known(const struct st_media_stream *stream, const struct st_udp_datagram *datagram)
{
    const uint8_t *at = (const uint8_t *)datagram->data + 8;
    uint32_t ssrc;
    return datagram->bytes >= ST_RTP_HEADER_BYTES && st_rtp_stream_source(stream->rtp[0], &ssrc) &&
           ssrc == ((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

bool stream_is_event(const struct st_media_stream *stream, const struct st_udp_datagram *datagram)
{
    unsigned type = ((const uint8_t *)datagram->data)[1] % ST_RTP_PAYLOAD_TYPES;
    return stream->event_types[type / 64] >> type % 64 & 1;
}

/* Strangers are counted before their packets cost anything, the known one after it has proved to
 * be itself. */
static bool has_room(struct st_media_stream *stream, bool is_theirs,
                     const struct st_udp_datagram *datagram)
{
    if (source_has_room(&stream->source, is_theirs, datagram->arrived_us))
        return true;
    drop(stream, ST_MEDIA_DROP_FLOOD);
    return false;
}

static bool unprotect(struct st_media_stream *stream, const struct st_udp_datagram *datagram,
                      bool is_rtcp, size_t *bytes)
{
    if (!stream->theirs)
        return true;
    int err = is_rtcp ? st_rtp_srtp_unprotect_rtcp(stream->theirs, datagram->data, bytes,
                                                   datagram->arrived_us)
                      : st_rtp_srtp_unprotect(stream->theirs, datagram->data, bytes,
                                              datagram->arrived_us);
    if (err)
        drop(stream, err == -EALREADY ? ST_MEDIA_DROP_REPLAYED : ST_MEDIA_DROP_FORGED);
    return err == 0;
}

static enum st_media_drop reason_of(int err)
{
    switch (err) {
    case -EBADMSG:
        return ST_MEDIA_DROP_MALFORMED;
    case -ENOTSUP:
        return ST_MEDIA_DROP_PAYLOAD_TYPE;
    case -EMSGSIZE:
        return ST_MEDIA_DROP_TOO_LARGE;
    default:
        return ST_MEDIA_DROP_DUPLICATE;
    }
}

static void take_in(struct st_media_stream *stream, const struct st_udp_datagram *datagram,
                    size_t bytes, bool was_theirs)
{
    int err = 0;
    for (unsigned i = stream->sides; i-- > 0;)
        err = st_rtp_stream_put(stream->rtp[i], datagram->data, bytes, datagram->arrived_us);
    if (err == -ENOTSUP && was_theirs)
        stream->alive_us = datagram->arrived_us; /* a keep-alive, as like as not */
    if (err) {
        if (err != -ETIME) /* that was told */
            drop(stream, reason_of(err));
        return;
    }
    st_counter_add(stream->media->metrics.packets, 1);
    if (!is_known(stream, datagram))
        return;
    stream->heard_us = stream->alive_us = datagram->arrived_us;
    source_learn(&stream->source, &datagram->from);
    if (!stream->is_closed)
        port_note_speaker(stream, &datagram->from);
    if (!was_theirs)
        stream->bye_us = 0; /* the one who said it has a follower */
}

void stream_prefetch(const struct st_media_stream *stream, unsigned step)
{
    if (step == 0)
        st_prefetch(stream, sizeof(*stream));
    st_rtp_stream_prefetch(stream->rtp[0], step);
    if (stream->events->prefetch)
        stream->events->prefetch(stream->user, step);
}

void stream_receive(struct st_media_stream *stream, const struct st_udp_datagram *datagram)
{
    size_t bytes = datagram->bytes;
    stream->media->turns[stream->turn].rest_us = 0;
    if (!source_admits(&stream->source, &datagram->from)) {
        drop(stream, ST_MEDIA_DROP_SOURCE);
        return;
    }
    bool is_theirs = is_known(stream, datagram);
    if (!is_theirs && !has_room(stream, false, datagram))
        return;
    if (!unprotect(stream, datagram, false, &bytes))
        return;
    if (is_theirs && !has_room(stream, true, datagram))
        return;
    take_in(stream, datagram, bytes, is_theirs);
}

void stream_receive_rtcp(struct st_media_stream *stream, const struct st_udp_datagram *datagram)
{
    size_t bytes = datagram->bytes;
    int ret = 0;
    if (!source_admits_rtcp(&stream->source, &datagram->from)) {
        drop(stream, ST_MEDIA_DROP_SOURCE);
        return;
    }
    if (!has_room(stream, false, datagram) || !unprotect(stream, datagram, true, &bytes))
        return;
    for (unsigned i = 0; i < stream->sides; i++)
        ret = st_rtp_stream_put_rtcp(stream->rtp[i], datagram->data, bytes, datagram->arrived_us);
    if (ret < 0)
        drop(stream, ST_MEDIA_DROP_MALFORMED);
    else if (ret == 0)
        stream->alive_us = datagram->arrived_us;
    else if (!stream->is_held && !stream->outlives_bye)
        stream->bye_us = datagram->arrived_us;
}

/* ---- time ---- */

static void judge_bye(struct st_media_stream *stream, int64_t now_us)
{
    if (stream->heard_us > stream->bye_us + BYE_DOUBT_US / 2)
        stream->bye_us = 0;
    else if (now_us - stream->bye_us > BYE_DOUBT_US)
        stream_end(stream, ST_MEDIA_END_BYE);
}

static void judge_silence(struct st_media_stream *stream, int64_t now_us)
{
    int64_t since_us = stream->alive_us > stream->told_us ? stream->alive_us : stream->told_us;
    if (!stream->timeout_us || stream->is_held || now_us - since_us < stream->timeout_us)
        return;
    stream->told_us = now_us;
    stream_end(stream, ST_MEDIA_END_TIMEOUT);
}

void stream_tick(struct st_media_stream *stream, int64_t now_us)
{
    bool is_waiting = false;
    for (unsigned i = 0; i < stream->sides && !stream->is_closed; i++)
        is_waiting |= st_rtp_stream_tick(stream->rtp[i], now_us);
    if (stream->is_closed)
        return;
    stream->media->turns[stream->turn].rest_us = is_waiting ? 0 : now_us + REST_US;
    if (stream->bye_us)
        judge_bye(stream, now_us);
    if (!stream->is_closed)
        judge_silence(stream, now_us);
    if (!stream->is_closed)
        reports_tick(stream, now_us);
    if (stream->is_closed || now_us < stream->look_us || !stream->events->look)
        return;
    stream->look_us = now_us + LOOK_US;
    stream->events->look(stream->user);
}

/* ---- life ---- */

static int open_srtp(struct st_media_stream *stream, const struct st_media_stream_config *config)
{
    int err = 0;
    if (config->theirs)
        err = st_rtp_srtp_create(&stream->theirs, config->theirs, true);
    if (!err && config->theirs && config->ours)
        err = st_rtp_srtp_create(&stream->ours, config->ours, false);
    return err;
}

static void note_events(struct st_media_stream *stream, const struct st_rtp_payloads *payloads)
{
    memset(stream->event_types, 0, sizeof(stream->event_types));
    for (unsigned i = 0; i < payloads->count; i++) {
        unsigned type = payloads->list[i].type;
        if (payloads->list[i].format.codec == ST_RTP_CODEC_EVENT)
            stream->event_types[type / 64] |= UINT64_C(1) << type % 64;
    }
}

static void open_sides(struct st_media_stream *stream, const struct st_media_stream_config *config)
{
    struct st_rtp_payloads payloads = *config->payloads;
    struct st_rtp_stream_config rtp = {
        .payloads = &payloads,
        .pool = stream->media->pool,
        .origin_us = config->origin_us,
        .start_us = config->start_us,
        .reorder_us = config->reorder_us,
        .sound = on_first_sound,
        .digit = on_digit,
        .late = on_late,
        .user = stream,
    };
    note_events(stream, &payloads);
    stream->sides = config->is_stereo ? 2 : 1;
    for (unsigned i = 0; i < stream->sides; i++) {
        payloads.side = config->is_stereo ? (uint8_t)(i + 1) : 0;
        st_rtp_stream_create(&stream->rtp[i], &rtp);
        rtp.sound = on_second_sound;
        rtp.digit = NULL;
        rtp.late = NULL;
    }
}

int st_media_stream_open(struct st_media *media, struct st_media_stream **ret_stream,
                         const struct st_media_stream_config *config)
{
    int err = source_check(&config->source, config->is_shared);
    err = err ? err : source_check_reach(&config->source, &media->local);
    if (err)
        return err;
    struct st_media_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->media = media;
    stream->events = config->events;
    stream->user = config->user;
    stream->is_shared = config->is_shared;
    stream->is_muxed = config->is_muxed;
    stream->outlives_bye = config->outlives_bye;
    stream->timeout_us = config->timeout_us;
    stream->heard_us = stream->alive_us = st_loop_now_us();
    source_init(&stream->source, &config->source, config->ptime_ms);
    err = open_srtp(stream, config);
    if (!err)
        err = port_join(stream);
    if (err) {
        stream_free(stream);
        return err;
    }
    open_sides(stream, config);
    reports_init(stream, stream->heard_us);
    media_add(media, stream);
    *ret_stream = stream;
    return 0;
}

void stream_free(struct st_media_stream *stream)
{
    for (unsigned i = 0; i < stream->sides; i++)
        st_rtp_stream_destroy(stream->rtp[i]);
    st_rtp_srtp_destroy(stream->theirs);
    st_rtp_srtp_destroy(stream->ours);
    free(stream);
}

void st_media_stream_close(struct st_media_stream *stream)
{
    if (!stream)
        return;
    struct st_media *media = stream->media;
    reports_say_bye(stream, st_loop_now_us());
    port_leave(stream);
    stream->is_closed = true;
    media_remove(media, stream);
    if (!media->is_inside) {
        stream_free(stream);
        return;
    }
    stream->next = media->closed;
    media->closed = stream;
}

void st_media_stream_drop(struct st_media_stream *stream)
{
    if (stream)
        stream->is_untold = true;
    st_media_stream_close(stream);
}

uint16_t st_media_stream_port(const struct st_media_stream *stream)
{
    return stream->port->number;
}

void st_media_stream_flush(struct st_media_stream *stream)
{
    struct st_media *media = stream->media;
    bool was_inside = media_enter(media);
    if (!was_inside)
        port_read(stream);
    for (unsigned i = 0; i < stream->sides && !stream->is_closed; i++)
        st_rtp_stream_flush(stream->rtp[i]);
    media_leave(media, was_inside);
}

/* ---- signalling ---- */

static int change_key(struct st_rtp_srtp **key, const struct st_rtp_srtp_crypto *crypto,
                      bool is_inbound)
{
    if (*key && crypto)
        return st_rtp_srtp_rekey(*key, crypto, st_loop_now_us());
    if (crypto)
        return st_rtp_srtp_create(key, crypto, is_inbound);
    st_rtp_srtp_destroy(*key);
    *key = NULL;
    return 0;
}

static void change_payloads(struct st_media_stream *stream, const struct st_rtp_payloads *payloads,
                            bool is_from_elsewhere)
{
    struct st_rtp_payloads own = *payloads;
    bool was_inside = media_enter(stream->media);
    note_events(stream, payloads);
    for (unsigned i = 0; i < stream->sides && !stream->is_closed; i++) {
        own.side = stream->sides > 1 ? (uint8_t)(i + 1) : 0;
        st_rtp_stream_renegotiate(stream->rtp[i], &own, is_from_elsewhere);
    }
    media_leave(stream->media, was_inside);
}

int st_media_stream_renegotiate(struct st_media_stream *stream,
                                const struct st_rtp_payloads *payloads,
                                const struct st_media_source *source,
                                const struct st_rtp_srtp_crypto *theirs,
                                const struct st_rtp_srtp_crypto *ours)
{
    int err = source_check_reach(source, &stream->media->local);
    if (!err)
        err = change_key(&stream->theirs, theirs, true);
    if (!err)
        err = change_key(&stream->ours, theirs ? ours : NULL, false);
    if (err)
        return err;
    bool is_from_elsewhere = !stream->is_shared && source_signal(&stream->source, source);
    change_payloads(stream, payloads, is_from_elsewhere);
    return 0;
}

void st_media_stream_hold(struct st_media_stream *stream, bool is_held)
{
    stream->is_held = is_held;
    stream->alive_us = st_loop_now_us();
    stream->bye_us = 0;
}

void st_media_stream_stats(const struct st_media_stream *stream,
                           struct st_media_stream_stats *ret_stats)
{
    memset(ret_stats, 0, sizeof(*ret_stats));
    st_rtp_stream_stats(stream->rtp[0], &ret_stats->rtp);
    memcpy(ret_stats->dropped, stream->dropped, sizeof(stream->dropped));
    if (stream->theirs)
        ret_stats->rollovers = st_rtp_srtp_counts(stream->theirs).rollovers;
    ret_stats->from = stream->source.learned;
    ret_stats->alive_us = stream->alive_us;
}
