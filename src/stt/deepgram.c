/*
 * Deepgram's live API v1: one or both channels interleaved in one WebSocket, results per channel.
 *
 * Deepgram settles a channel in pieces (is_final), each a span of its audio that begins where the
 * one before ended, and says where speech ends (speech_final, UtteranceEnd). A piece becomes a
 * final of its own as soon as it comes, unless it is a fragment: shorter than 3 s, with no end of a
 * sentence and no end of speech. A fragment is joined to the pieces behind it until one of the
 * three is there; meanwhile it is the unchanging beginning of the partial, under the id that the
 * final will have. So a final waits for 3 s of speech at the most, a sentence said in one breath is
 * one final, and a phrase of two words is not torn in two.
 *
 * Spans tell order: one that does not begin where the last one ended is held until the next message
 * of its channel, which may be the one that belongs before it. A span told twice is passed over;
 * one that overlaps what is settled otherwise is a broken protocol.
 *
 * Finalize and CloseStream collect the last words; Metadata comes behind them.
 */
#include "deepgram_reply.h"
#include "deepgram_setup.h"
#include "engines.h"
#include "remote.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    CHUNK_US = 100 * MS_US,
    STALL_US = 5 * SECOND_US,
    KEEP_ALIVE_US = 4 * SECOND_US, /* it hangs up after ten */
    /* It hears at most 1.25 times as fast as people talk (Deepgram's documentation of live audio).
     * A replay of a ring is taken at once and waits there. */
    PACE_PCT = 125,
    PACE_FREE_US = 30 * SECOND_US,
    FRAGMENT_US = 3 * SECOND_US,
    JOINED_MAX_BYTES = 4096,
    SPAN_SLACK_US = 300 * MS_US,
    SAMPLES_MAX = ST_REMOTE_RATE_HIGH_HZ / 10 * ST_ENGINE_CHANNELS_MAX,
};

static const char keep_alive_text[] = "{\"type\":\"KeepAlive\"}";
static const char finalize_text[] = "{\"type\":\"Finalize\"}";
static const char close_text[] = "{\"type\":\"CloseStream\"}";

/* One channel of a stream. */
struct channel {
    struct st_kept pieces;                      /* of the segment that is growing */
    struct st_kept shown;                       /* pieces and an interim result */
    struct st_kept held;                        /* out of order */
    struct st_deepgram_found found, held_found; /* in pieces; in held */
    int64_t held_start_us, held_end_us;
    bool is_held_last; /* of its speech */
    bool has_partial;
    uint64_t told_hash; /* of the partial's text */
    uint64_t id;        /* of the growing segment */
    int64_t last_start_us;
    int64_t done_us;     /* where the last final span ended */
    int64_t answered_us; /* where the last result ended */
};

struct st_engine_stream {
    struct st_engine_stream_config config;
    const struct st_engine *engine;
    struct st_json_writer url;
    const char *headers[2];
    struct st_deepgram_reply reply;
    struct channel channels[ST_ENGINE_CHANNELS_MAX];
    int64_t sent_samples; /* of each channel */
    bool is_finishing;
};

/* ---- the stream ---- */

static int target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                  char *ret_why, size_t why_bytes)
{
    *ret_target = (struct st_engine_target){.url = stream->url.data,
                                            .headers = stream->headers,
                                            .ca_file = st_remote_ca_file(stream->engine->remote)};
    return 0;
}

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    if (!st_remote_has_rate(config->rate_hz))
        return -EINVAL;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    stream->engine = engine;
    stream->headers[0] = engine->authorization;
    for (unsigned i = 0; i < config->channels; i++)
        stream->channels[i].id = 1;
    st_deepgram_make_url(&stream->url, engine, config);
    *ret_stream = stream;
    return 0;
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    int16_t samples[SAMPLES_MAX];
    unsigned channels = stream->config.channels;
    uint32_t count = frames[0].count;
    if (count == 0)
        return 0; /* an empty message would end the stream */
    if (count > SAMPLES_MAX / channels)
        return -EINVAL;
    for (unsigned channel = 0; channel < channels; channel++)
        for (uint32_t i = 0; i < count; i++)
            samples[i * channels + channel] = frames[channel].samples[i];
    stream->sent_samples += count;
    stream->config.sink->send(stream->config.user, samples, count * channels * sizeof(samples[0]),
                              true);
    return 0;
}

static void keep_alive(struct st_engine_stream *stream)
{
    st_remote_send_text(&stream->config, keep_alive_text);
}

static void finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    st_remote_send_text(&stream->config, finalize_text);
    st_remote_send_text(&stream->config, close_text);
}

static void close_stream(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    for (unsigned i = 0; i < ST_ENGINE_CHANNELS_MAX; i++) {
        st_kept_fini(&stream->channels[i].pieces);
        st_kept_fini(&stream->channels[i].shown);
        st_kept_fini(&stream->channels[i].held);
        st_deepgram_found_fini(&stream->channels[i].found);
        st_deepgram_found_fini(&stream->channels[i].held_found);
    }
    st_deepgram_reply_fini(&stream->reply);
    st_json_fini(&stream->url);
    free(stream);
}

/* ---- results ---- */

static int64_t sent_us(const struct st_engine_stream *stream)
{
    return stream->sent_samples * SECOND_US / stream->config.rate_hz;
}

static unsigned index_of(const struct st_engine_stream *stream, const struct channel *channel)
{
    return (unsigned)(channel - stream->channels);
}

static void tell(struct st_engine_stream *stream, struct channel *channel,
                 struct st_segment *segment, bool is_final)
{
    segment->id = channel->id;
    segment->is_final = is_final;
    stream->config.sink->segment(stream->config.user, index_of(stream, channel), segment);
}

/* Behind the final they are in. */
static void tell_found(struct st_engine_stream *stream, struct channel *channel)
{
    for (size_t i = 0; i < channel->found.count && stream->config.wants_findings; i++) {
        const struct st_deepgram_entity *entity = &channel->found.items[i];
        struct st_vendor_finding finding = {.type = ST_VENDOR_ENTITY,
                                            .segment_id = channel->id,
                                            .start_us = entity->start_us,
                                            .end_us = entity->end_us,
                                            .name = entity->label,
                                            .confidence = entity->confidence};
        stream->config.sink->finding(stream->config.user, index_of(stream, channel), &finding);
    }
    channel->found.count = 0;
}

/* Ends the growing segment; an empty one withdraws its partial. */
static void end_segment(struct st_engine_stream *stream, struct channel *channel)
{
    if (channel->pieces.is_used || channel->has_partial) {
        struct st_segment withdrawn = {.start_us = channel->last_start_us,
                                       .end_us = channel->done_us,
                                       .text = "",
                                       .confidence = ST_CONFIDENCE_ABSENT};
        tell(stream, channel, channel->pieces.is_used ? &channel->pieces.segment : &withdrawn,
             true);
        tell_found(stream, channel);
        channel->id++;
    }
    st_kept_reset(&channel->pieces);
    channel->found.count = 0;
    channel->has_partial = false;
    stream->config.sink->settled(stream->config.user, index_of(stream, channel), channel->done_us);
}

static bool ends_sentence(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && strchr(".?!", text[len - 1]);
}

static bool is_fragment(const struct st_kept *pieces)
{
    const struct st_segment *segment = &pieces->segment;
    return segment->end_us - segment->start_us < FRAGMENT_US && !ends_sentence(segment->text) &&
           strlen(segment->text) < JOINED_MAX_BYTES;
}

/* A final span, known to be the next. */
static void take_piece(struct st_engine_stream *stream, struct channel *channel,
                       const struct st_segment *piece, struct st_deepgram_found *found,
                       int64_t start_us, int64_t end_us, bool is_last)
{
    st_deepgram_found_move(&channel->found, found);
    channel->last_start_us = start_us;
    channel->done_us = end_us;
    if (piece->text[0])
        st_kept_put(&channel->pieces, piece);
    if (is_last || !channel->pieces.is_used || !is_fragment(&channel->pieces))
        end_segment(stream, channel);
}

static void release_held(struct st_engine_stream *stream, struct channel *channel)
{
    if (!channel->held.is_used)
        return;
    channel->held.is_used = false;
    take_piece(stream, channel, &channel->held.segment, &channel->held_found,
               channel->held_start_us, channel->held_end_us, channel->is_held_last);
}

static void hold(struct channel *channel, const struct st_segment *piece,
                 struct st_deepgram_reply *reply)
{
    st_deepgram_found_move(&channel->held_found, &reply->found);
    st_kept_reset(&channel->held);
    st_kept_put(&channel->held, piece);
    channel->held_start_us = reply->start_us;
    channel->held_end_us = reply->end_us;
    channel->is_held_last = reply->is_speech_final;
}

static struct st_segment read_piece(const struct st_deepgram_reply *reply)
{
    const struct st_word *words = reply->reply.words;
    size_t count = reply->reply.word_count;
    struct st_segment piece = {
        .start_us = count > 0 ? words[0].start_us : reply->start_us,
        .end_us = count > 0 ? words[count - 1].end_us : reply->end_us,
        .text = reply->text,
        .confidence = reply->confidence,
        .language = reply->language[0] ? reply->language : NULL,
        .word_times = count > 0 ? ST_WORD_TIMES_MEASURED : ST_WORD_TIMES_NONE,
        .words = words,
        .word_count = count,
    };
    if (piece.end_us < piece.start_us)
        piece.end_us = piece.start_us;
    return piece;
}

/* Or is held, and will be. */
static bool is_told(const struct channel *channel, const struct st_deepgram_reply *reply)
{
    return (reply->end_us > 0 && reply->start_us == channel->last_start_us &&
            reply->end_us == channel->done_us) ||
           (channel->held.is_used && reply->start_us == channel->held_start_us);
}

static int handle_final(struct st_engine_stream *stream, struct channel *channel)
{
    struct st_deepgram_reply *reply = &stream->reply;
    struct st_segment piece = read_piece(reply);
    if (channel->held.is_used && reply->start_us >= channel->held_start_us + SPAN_SLACK_US)
        release_held(stream, channel);
    if (is_told(channel, reply))
        return 0;
    if (reply->start_us < channel->done_us - SPAN_SLACK_US)
        return -EPROTO;
    if (reply->start_us > channel->done_us + SPAN_SLACK_US && !channel->held.is_used) {
        hold(channel, &piece, reply);
        return 0;
    }
    take_piece(stream, channel, &piece, &reply->found, reply->start_us, reply->end_us,
               reply->is_speech_final);
    release_held(stream, channel);
    return 0;
}

static uint64_t hash(const char *text)
{
    uint64_t value = 0xcbf29ce484222325u;
    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * 0x100000001b3u;
    return value;
}

static void handle_interim(struct st_engine_stream *stream, struct channel *channel)
{
    struct st_segment interim = read_piece(&stream->reply);
    release_held(stream, channel);
    if (!stream->config.wants_partials || (!interim.text[0] && !channel->pieces.is_used))
        return;
    st_kept_reset(&channel->shown);
    if (channel->pieces.is_used)
        st_kept_put(&channel->shown, &channel->pieces.segment);
    if (interim.text[0])
        st_kept_put(&channel->shown, &interim);
    uint64_t text_hash = hash(channel->shown.segment.text);
    if (channel->has_partial && text_hash == channel->told_hash)
        return;
    channel->told_hash = text_hash;
    channel->has_partial = true;
    channel->shown.segment.word_count = 0;
    channel->shown.segment.word_times = ST_WORD_TIMES_NONE;
    tell(stream, channel, &channel->shown.segment, false);
}

static void tell_lag(struct st_engine_stream *stream)
{
    int64_t answered_us = stream->channels[0].answered_us;
    for (unsigned i = 1; i < stream->config.channels; i++)
        if (stream->channels[i].answered_us < answered_us)
            answered_us = stream->channels[i].answered_us;
    if (answered_us <= sent_us(stream))
        stream->config.sink->lag(stream->config.user, sent_us(stream) - answered_us);
}

static int handle_results(struct st_engine_stream *stream, struct channel *channel)
{
    const struct st_deepgram_reply *reply = &stream->reply;
    int err = 0;
    if (reply->is_final)
        err = handle_final(stream, channel);
    else
        handle_interim(stream, channel);
    if (reply->end_us > channel->answered_us)
        channel->answered_us = reply->end_us;
    tell_lag(stream);
    return err;
}

static void end_all(struct st_engine_stream *stream)
{
    for (unsigned i = 0; i < stream->config.channels; i++) {
        release_held(stream, &stream->channels[i]);
        if (stream->channels[i].pieces.is_used || stream->channels[i].has_partial)
            end_segment(stream, &stream->channels[i]);
    }
}

static void handle_error(struct st_engine_stream *stream)
{
    char what[96];
    snprintf(what, sizeof(what), "Deepgram reports an error%s%s", stream->reply.code[0] ? ": " : "",
             stream->reply.code);
    stream->config.sink->failed(stream->config.user, ST_TROUBLE_SERVER, what);
}

static int receive(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary)
{
    struct st_deepgram_reply *reply = &stream->reply;
    if (is_binary)
        return -EPROTO;
    int err = st_deepgram_reply_read(reply, data, bytes, sent_us(stream));
    if (err)
        return err;
    if (reply->channel < 0 || reply->channel >= (int64_t)stream->config.channels)
        return -EPROTO;
    struct channel *channel = &stream->channels[reply->channel];
    switch (reply->kind) {
    case ST_DEEPGRAM_RESULTS:
        return handle_results(stream, channel);
    case ST_DEEPGRAM_UTTERANCE_END:
        release_held(stream, channel);
        if (channel->pieces.is_used)
            end_segment(stream, channel);
        return 0;
    case ST_DEEPGRAM_METADATA:
        if (stream->is_finishing) {
            end_all(stream);
            stream->config.sink->done(stream->config.user);
        }
        return 0;
    case ST_DEEPGRAM_ERROR:
        handle_error(stream);
        return 0;
    case ST_DEEPGRAM_OTHER:
        return 0;
    }
    return 0;
}

const struct st_engine_ops st_deepgram_ops = {
    .name = "deepgram",
    .title = "Deepgram live v1",
    .kind = ST_ENGINE_REMOTE,
    .channels_max = ST_ENGINE_CHANNELS_MAX,
    .chunk_us = CHUNK_US,
    .stall_us = STALL_US,
    .answers_speech_only = true,
    .keep_alive_us = KEEP_ALIVE_US,
    .pace_pct = PACE_PCT,
    .pace_free_us = PACE_FREE_US,
    .load = st_deepgram_load,
    .unload = st_deepgram_unload,
    .describe = st_deepgram_describe,
    .rate_hz = st_remote_rate_hz,
    .findings = st_deepgram_findings,
    .target = target,
    .open = open_stream,
    .audio = audio,
    .keep_alive = keep_alive,
    .finish = finish,
    .close = close_stream,
    .receive = receive,
    .ends = st_deepgram_ends,
};
