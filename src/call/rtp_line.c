/*
 * A line of an RTP session: the stream's sound goes to a leg, which is opened, admitted and joined
 * to its call like a connection's. Its dialect has no messages: it only keeps what the sink is.
 */
#include "rtp_session.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/prefetch.h"
#include "sidetone/random.h"
#include "sidetone/rtp_quality.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SILENCE_SAMPLES = 1600 };

struct st_dialect {
    const struct st_ingest_sink *sink;
    void *user;
};

/* ---- the leg's dialect ---- */

static int create(struct st_dialect **ret_dialect, const struct st_dialect_config *config)
{
    struct st_dialect *dialect = st_mem_alloc(sizeof(*dialect));
    *dialect = (struct st_dialect){config->sink, config->user};
    *ret_dialect = dialect;
    return 0;
}

static void destroy(struct st_dialect *dialect)
{
    free(dialect);
}

static int receive(struct st_dialect *dialect, const void *data, size_t bytes, bool is_binary,
                   struct st_ingest_close *ret_close)
{
    return -EPROTO;
}

static void refused(struct st_dialect *dialect, int err, struct st_ingest_close *ret_close)
{
}

static void lost(struct st_dialect *dialect)
{
}

const struct st_dialect_ops line_ops = {
    .create = create,
    .destroy = destroy,
    .receive = receive,
    .refused = refused,
    .lost = lost,
};

/* The call would not have it after all. */
static void on_leg_closed(void *link, uint16_t code, const char *reason)
{
    struct rtp_line *line = link;
    line->has_stopped = true;
    session_line_ended(line->session, "refused", ST_INGEST_END_ERROR);
}

static void on_leg_send(void *link, const void *data, size_t bytes, bool is_binary)
{
}

static const struct st_leg_link leg_link = {.send = on_leg_send, .close = on_leg_closed};

/* Who hears of the line; NULL before it has joined its call, and after. */
static const struct st_dialect *listener(const struct rtp_line *line)
{
    return line->leg && !line->has_stopped ? leg_dialect(line->leg) : NULL;
}

/* ---- sound ---- */

static unsigned channel_of(const struct rtp_line *line, unsigned side)
{
    return line->channel_mask == 2 ? 1 : side;
}

static void pass_silence(const struct st_dialect *to, struct st_ingest_media *media, uint64_t count)
{
    static const int16_t silence[SILENCE_SAMPLES];
    int64_t start_us = media->position_us;
    for (uint64_t done = 0; done < count;) {
        uint64_t n = count - done < SILENCE_SAMPLES ? count - done : SILENCE_SAMPLES;
        media->payload = (const uint8_t *)silence;
        media->bytes = n * sizeof(silence[0]);
        media->position_us = start_us + (int64_t)(done * 1000000 / media->rate_hz);
        to->sink->media(to->user, media);
        done += n;
    }
}

/* Of a leg that joined late: its time begins there, or with the first sound, which is a packet or
 * two ahead of that. */
static int64_t since_joined(struct rtp_line *line, int64_t position_us)
{
    if (position_us < line->base_us)
        line->base_us = position_us;
    return position_us - line->base_us;
}

static void on_sound(void *user, unsigned side, const struct st_rtp_sound *sound)
{
    struct rtp_line *line = user;
    if (sound->samples)
        session_heard(line->session);
    bool is_before = !sound->samples && sound->position_us < line->base_us;
    const struct st_dialect *to = listener(line);
    if (!to || is_before)
        return;
    struct st_ingest_media media = {
        .channel = channel_of(line, side),
        .payload = (const uint8_t *)sound->samples,
        .bytes = sound->count * sizeof(*sound->samples),
        .position_us = since_joined(line, sound->position_us),
        .rate_hz = sound->rate_hz,
    };
    if (sound->samples)
        to->sink->media(to->user, &media);
    else
        pass_silence(to, &media, sound->count);
}

static void on_prefetch(void *user, unsigned step)
{
    const struct rtp_line *line = user;
    if (step == 0)
        st_prefetch(line, offsetof(struct rtp_line, theirs));
    else if (line->leg)
        leg_prefetch(line->leg, channel_of(line, 0), step - 1);
}

static void on_digit(void *user, const struct st_rtp_digit *digit)
{
    struct rtp_line *line = user;
    const struct st_dialect *to = listener(line);
    line->digits++;
    int64_t position_us = digit->position_us - line->base_us;
    if (to)
        to->sink->dtmf(to->user, channel_of(line, 0), digit->key, position_us > 0 ? position_us : 0,
                       digit->duration_us);
}

static void tell_quality(struct rtp_line *line, bool is_last)
{
    const struct st_dialect *to = listener(line);
    struct st_media_stream_stats stats;
    if (!to)
        return;
    st_media_stream_stats(line->stream, &stats);
    const struct st_rtp_stream_stats *rtp = &stats.rtp;
    uint64_t lost = rtp->counts.lost > 0 ? (uint64_t)rtp->counts.lost : 0;
    struct st_rtp_quality_loss loss = {
        .packets = rtp->counts.received + lost,
        .missing = lost + rtp->late,
        .bursts = rtp->bursts,
        .delay_ms = (uint32_t)(line->session->reorder_us / 1000),
    };
    struct st_rtp_quality_score score = st_rtp_quality_score(&loss);
    struct st_media_quality quality = {
        .received = rtp->counts.received,
        .lost = rtp->counts.lost,
        .late = rtp->late,
        .duplicates = rtp->counts.duplicates,
        .reordered = rtp->counts.reordered,
        .concealed_us = rtp->concealed_us,
        .silence_us = rtp->silence_us,
        .jitter_us = rtp->counts.jitter_us,
        .clock_ppm = rtp->ppm,
        .loss_pct = score.loss_pct,
        .mos = rtp->counts.received > 0 ? score.mos : 0,
    };
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        if (!(line->channel_mask >> i & 1))
            continue;
        to->sink->quality(to->user, i, &quality, is_last);
        quality.is_shared = true;
    }
}

static void tell_hold(struct rtp_line *line)
{
    const struct st_dialect *to = listener(line);
    if (to)
        to->sink->hold(to->user, line->is_held);
}

static void on_look(void *user)
{
    tell_quality(user, false);
}

static void on_ended(void *user, enum st_media_end end)
{
    struct rtp_line *line = user;
    if (line->session->is_closing)
        return;
    if (end == ST_MEDIA_END_BYE) {
        line_stop(line, ST_INGEST_END_STOPPED);
        session_line_ended(line->session, "bye", ST_INGEST_END_STOPPED);
    } else if (session_is_silent(line->session)) {
        for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
            line_stop(&line->session->lines[i], ST_INGEST_END_LOST);
        session_line_ended(line->session, "timeout", ST_INGEST_END_LOST);
    }
}

static const struct st_media_stream_events events = {.sound = on_sound,
                                                     .prefetch = on_prefetch,
                                                     .digit = on_digit,
                                                     .look = on_look,
                                                     .ended = on_ended};

/* ---- open ---- */

static void make_key(struct st_rtp_srtp_crypto *ours, const struct st_rtp_srtp_crypto *theirs)
{
    *ours = (struct st_rtp_srtp_crypto){.tag = theirs->tag, .suite = theirs->suite};
    st_random_fill(ours->key, st_rtp_srtp_key_bytes(ours->suite));
}

static bool is_stereo(const struct rtp_line *line)
{
    return line->channel_mask == 3;
}

/* Calls that refuse a leg have the same numbers for other reasons. */
static int tell_apart(int err)
{
    return err == -EEXIST ? -EALREADY : err == -ENOTSUP ? -EPROTONOSUPPORT : err;
}

int line_open(struct rtp_line *line, const struct st_rtp_sdp_media *media,
              const struct st_rtp_session_line *wanted)
{
    const struct st_rtp_session *session = line->session;
    struct st_rtp_payloads payloads;
    line->channel_mask = wanted->channel_mask;
    memcpy(line->roles, wanted->roles, sizeof(line->roles));
    line->mode = wanted->source.mode;
    /* A late leg's clock begins when it joins the call. */
    line->origin_us = session->version > 0 ? st_loop_now_us() : session->origin_us;
    line->base_us = 0;
    const struct st_rtp_srtp_crypto *key = session_key(session, media);
    line->is_secure = key != NULL;
    if (key) {
        line->theirs = *key;
        make_key(&line->ours, &line->theirs);
    }
    st_rtp_sdp_payloads(media, &payloads);
    struct st_media_stream_config config = {
        .payloads = &payloads,
        .source = wanted->source,
        .theirs = line->is_secure ? &line->theirs : NULL,
        .ours = line->is_secure ? &line->ours : NULL,
        .is_stereo = is_stereo(line),
        .is_muxed = media->is_muxed,
        .is_shared = wanted->is_shared,
        .ptime_ms = media->ptime_ms,
        .origin_us = line->origin_us,
        .reorder_us = session->reorder_us,
        .timeout_us = session->timeout_us,
        .outlives_bye = session->outlives_bye,
        .events = &events,
        .user = line,
    };
    int err = tell_apart(st_media_stream_open(session->shard->media, &line->stream, &config));
    if (!err && media->is_held)
        line_hold(line, true);
    return err;
}

static enum st_codec native_l16(void)
{
    const uint16_t one = 1;
    return *(const uint8_t *)&one ? ST_CODEC_L16LE : ST_CODEC_L16BE;
}

int line_start(struct rtp_line *line, const struct st_rtp_session_config *config)
{
    struct st_leg_config leg = {
        .loop_index = config->loop_index,
        .dialect = &line->session->ops,
        .tenant = config->tenant,
        .route = config->route,
        .claims = config->claims,
        .link = &leg_link,
        .link_user = line,
    };
    int err = st_leg_open(&line->leg, line->session->shard->service, &leg);
    if (err)
        return err;
    struct st_ingest_start start = *config->start;
    start.call_id = line->session->call_id;
    start.codec = native_l16();
    start.rate_hz = 0;
    start.channel_mask = line->channel_mask;
    start.coming_mask = session_coming_mask(line->session);
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        start.channels[i].role = line->roles[i];
    const struct st_dialect *to = leg_dialect(line->leg);
    err = to->sink->start(to->user, &start);
    line->has_stopped = err != 0;
    tell_quality(line, false);
    if (line->is_held)
        tell_hold(line);
    return err;
}

/* ---- changes ---- */

/* Ours stays while theirs is of the same kind. */
static void follow_key(struct rtp_line *line, const struct st_rtp_srtp_crypto *key)
{
    if (key && (!line->is_secure || line->ours.suite != key->suite))
        make_key(&line->ours, key);
    if (key) {
        line->theirs = *key;
        line->ours.tag = key->tag;
    }
    line->is_secure = key != NULL;
}

int line_change(struct rtp_line *line, const struct st_rtp_sdp_media *media,
                const struct st_rtp_session_line *wanted)
{
    struct st_rtp_payloads payloads;
    const struct st_rtp_srtp_crypto *key = session_key(line->session, media);
    if (media->port != 0 && !session_allows(line->session, media))
        return -ENOTSUP;
    st_rtp_sdp_payloads(media, &payloads);
    follow_key(line, key);
    int err = st_media_stream_renegotiate(line->stream, &payloads, &wanted->source, key,
                                          key ? &line->ours : NULL);
    if (err)
        return err;
    line->mode = wanted->source.mode;
    line_hold(line, media->is_held);
    return 0;
}

void line_hold(struct rtp_line *line, bool is_held)
{
    if (line->is_held == is_held)
        return;
    line->is_held = is_held;
    st_media_stream_hold(line->stream, is_held);
    tell_hold(line);
}

bool line_tell_parties(struct rtp_line *line, const struct st_ingest_parties *parties)
{
    const struct st_dialect *to = listener(line);
    if (to)
        to->sink->parties(to->user, parties);
    return to != NULL;
}

/* ---- end ---- */

void line_stop(struct rtp_line *line, enum st_ingest_end end)
{
    if (!line->stream)
        return;
    if (!line->has_stopped)
        st_media_stream_flush(line->stream);
    const struct st_dialect *to = listener(line);
    tell_quality(line, true);
    line->has_stopped = true;
    if (to)
        to->sink->stop(to->user, end);
}

void line_close(struct rtp_line *line)
{
    if (line->session->is_told)
        st_media_stream_close(line->stream);
    else
        st_media_stream_drop(line->stream);
    line->stream = NULL;
    st_leg_close(line->leg);
    line->leg = NULL;
    explicit_bzero(&line->theirs, sizeof(line->theirs));
    explicit_bzero(&line->ours, sizeof(line->ours));
}
