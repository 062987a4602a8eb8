/*
 * Azure Speech by the protocol of its SDKs: one channel in one WebSocket, in turns.
 *
 * A turn is a request: its context, a WAV header, audio. Conversations are one long turn, but the
 * service may end it at any time; then the next one begins with the audio that no result has
 * covered yet (azure_audio.h), and its times count from there. When more than is kept was not
 * covered the stream is over, and the session opens another.
 *
 * Hypotheses tell order: a phrase that comes while the one before it is still owed is held until
 * the next phrase, which may be that one. A phrase told twice is passed over; one from before the
 * last is a broken protocol.
 */
#include "azure_audio.h"
#include "azure_message.h"
#include "azure_reply.h"
#include "azure_setup.h"
#include "engines.h"
#include "kept.h"
#include "remote.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    CHUNK_US = 100 * MS_US,
    STALL_US = 5 * SECOND_US,
    SLACK_US = 300 * MS_US,
};

struct st_engine_stream {
    struct st_engine_stream_config config;
    const struct st_engine *engine;
    struct st_json_writer url;
    char connection[sizeof("X-ConnectionId: ") + ST_AZURE_ID_BYTES];
    const char *headers[3];
    char request_id[ST_AZURE_ID_BYTES];
    struct st_json_writer out;
    struct st_azure_reply reply;
    struct st_kept held; /* a phrase that is out of order */
    struct st_azure_audio audio;
    int64_t covered_us; /* up to where results have come */
    int64_t last_start_us;
    int64_t heard_us; /* the end of the newest hypothesis */
    uint64_t id;      /* of the current utterance */
    int64_t open_us;  /* where it began; meaningless without a partial */
    bool has_partial;
    bool is_owed; /* another utterance has begun, and this one's phrase has not come */
    bool is_configured;
    bool is_finishing;
};

/* ---- where to ---- */

static int make_id(char out[ST_AZURE_ID_BYTES])
{
    uint8_t random[16];
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -EIO;
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(out + 2 * i, 3, "%02X", random[i]);
    return 0;
}

static int target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                  char *ret_why, size_t why_bytes)
{
    *ret_target = (struct st_engine_target){.url = stream->url.data,
                                            .headers = stream->headers,
                                            .ca_file = st_remote_ca_file(stream->engine->remote)};
    return 0;
}

/* ---- what is sent ---- */

static void send_frame(struct st_engine_stream *stream, const char *frame_path, const char *type,
                       const void *body, size_t body_bytes, bool is_binary)
{
    struct st_azure_frame_out frame = {
        .path = frame_path,
        .request_id = stream->request_id,
        .type = type,
        .unix_ms = st_loop_wall_unix_ms(),
    };
    st_json_reset(&stream->out);
    if (is_binary)
        st_azure_frame_binary(&stream->out, &frame, body, body_bytes);
    else
        st_azure_frame_text(&stream->out, &frame, body, body_bytes);
    stream->config.sink->send(stream->config.user, stream->out.data, stream->out.len, is_binary);
}

/* ---- audio ---- */

static void send_audio(struct st_engine_stream *stream, size_t count)
{
    int16_t samples[ST_AZURE_CHUNK_SAMPLES];
    st_azure_audio_take(&stream->audio, samples, count);
    send_frame(stream, "audio", NULL, samples, count * sizeof(samples[0]), true);
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    size_t count = frames[0].count, waiting;
    if (count == 0)
        return 0; /* an empty message would end the turn */
    if (count > ST_AZURE_CHUNK_SAMPLES)
        return -EINVAL;
    while ((waiting = st_azure_audio_waiting(&stream->audio)) > 0) {
        if (!st_azure_audio_may_send(&stream->audio, waiting))
            return -EAGAIN;
        send_audio(stream, waiting);
    }
    if (!st_azure_audio_may_send(&stream->audio, count))
        return -EAGAIN;
    st_azure_audio_put(&stream->audio, &frames[0]);
    send_audio(stream, count);
    return 0;
}

static void finish(struct st_engine_stream *stream)
{
    size_t waiting;
    stream->is_finishing = true;
    while ((waiting = st_azure_audio_waiting(&stream->audio)) > 0)
        send_audio(stream, waiting);
    send_frame(stream, "audio", NULL, NULL, 0, true);
}

/* ---- turns ---- */

static int begin_turn(struct st_engine_stream *stream)
{
    int err = make_id(stream->request_id);
    if (err)
        return err;
    struct st_json_writer json;
    uint8_t header[ST_AZURE_WAV_BYTES];
    st_json_init(&json);
    if (!stream->is_configured) {
        st_azure_write_config(&json, stream->config.rate_hz);
        send_frame(stream, "speech.config", "application/json", json.data, json.len, false);
    }
    stream->is_configured = true;
    st_json_reset(&json);
    st_azure_write_context(&json, st_azure_language(stream->engine, &stream->config),
                           st_azure_languages(stream->engine), &stream->config);
    send_frame(stream, "speech.context", "application/json", json.data, json.len, false);
    st_json_fini(&json);
    st_azure_write_wav_header(header, stream->config.rate_hz);
    send_frame(stream, "audio", "audio/x-wav", header, sizeof(header), true);
    return 0;
}

static void close_stream(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    st_azure_reply_fini(&stream->reply);
    st_kept_fini(&stream->held);
    st_json_fini(&stream->url);
    st_json_fini(&stream->out);
    st_azure_audio_fini(&stream->audio);
    free(stream);
}

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    char id[ST_AZURE_ID_BYTES];
    if (!st_remote_has_rate(config->rate_hz))
        return -EINVAL;
    if (make_id(id) < 0)
        return -EIO;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    stream->engine = engine;
    stream->id = 1;
    st_azure_audio_init(&stream->audio, config->rate_hz);
    snprintf(stream->connection, sizeof(stream->connection), "X-ConnectionId: %s", id);
    stream->headers[0] = engine->authorization;
    stream->headers[1] = stream->connection;
    st_azure_make_url(&stream->url, engine, config);
    st_json_init(&stream->out);
    int err = begin_turn(stream);
    if (err)
        close_stream(stream);
    else
        *ret_stream = stream;
    return err;
}

/* ---- results ---- */

static void tell(struct st_engine_stream *stream, const struct st_segment *segment, bool is_final)
{
    struct st_segment told = *segment;
    told.id = stream->id;
    told.is_final = is_final;
    stream->config.sink->segment(stream->config.user, 0, &told);
}

static void cover(struct st_engine_stream *stream, int64_t until_us)
{
    if (until_us <= stream->covered_us)
        return;
    stream->covered_us = until_us;
    stream->config.sink->settled(stream->config.user, 0, until_us);
}

static void tell_final(struct st_engine_stream *stream, const struct st_segment *segment)
{
    tell(stream, segment, true);
    stream->id++;
    stream->has_partial = false;
    stream->last_start_us = segment->start_us;
    cover(stream, segment->end_us);
}

static void withdraw(struct st_engine_stream *stream)
{
    struct st_segment nothing = {.start_us = stream->open_us,
                                 .end_us = stream->open_us,
                                 .text = "",
                                 .confidence = ST_CONFIDENCE_ABSENT};
    if (!stream->has_partial)
        return;
    tell(stream, &nothing, true);
    stream->id++;
    stream->has_partial = false;
}

static void release_held(struct st_engine_stream *stream)
{
    stream->is_owed = false;
    if (!stream->held.is_used)
        return;
    stream->held.is_used = false;
    tell_final(stream, &stream->held.segment);
}

/* On the stream's clock. */
static struct st_segment read_segment(struct st_engine_stream *stream)
{
    struct st_azure_reply *reply = &stream->reply;
    int64_t turn_us = st_azure_audio_us(&stream->audio, stream->audio.turn);
    struct st_word *words = reply->spelling.words;
    for (size_t i = 0; i < reply->word_count; i++) {
        words[i].start_us += turn_us;
        words[i].end_us += turn_us;
    }
    return (struct st_segment){
        .start_us = reply->start_us + turn_us,
        .end_us = reply->end_us + turn_us,
        .text = reply->text,
        .confidence = reply->confidence,
        .language = reply->language[0] ? reply->language : NULL,
        .word_times = reply->word_count > 0 ? ST_WORD_TIMES_MEASURED : ST_WORD_TIMES_NONE,
        .words = reply->words,
        .word_count = reply->word_count,
    };
}

static void tell_lag(struct st_engine_stream *stream)
{
    int64_t sent_us = st_azure_audio_us(&stream->audio, stream->audio.next);
    int64_t lag_us = stream->has_partial ? sent_us - stream->heard_us : 0;
    if (lag_us >= 0)
        stream->config.sink->lag(stream->config.user, lag_us);
}

static void handle_hypothesis(struct st_engine_stream *stream)
{
    struct st_segment segment = read_segment(stream);
    if (segment.text[0] == '\0' || segment.start_us < stream->covered_us - SLACK_US)
        return;
    stream->heard_us = segment.end_us;
    if (stream->has_partial && segment.start_us > stream->open_us + SLACK_US)
        stream->is_owed = true;
    if (!stream->is_owed) {
        stream->open_us = segment.start_us;
        stream->has_partial = true;
        if (stream->config.wants_partials)
            tell(stream, &segment, false);
    }
    tell_lag(stream);
}

static int handle_success(struct st_engine_stream *stream)
{
    struct st_segment segment = read_segment(stream);
    bool is_told =
        segment.end_us == stream->covered_us && segment.start_us == stream->last_start_us;
    bool is_held = stream->held.is_used && segment.start_us == stream->held.segment.start_us;
    if (is_told || is_held)
        return 0;
    if (segment.start_us < stream->covered_us - SLACK_US)
        return -EPROTO;
    if (stream->is_owed && !stream->held.is_used && segment.start_us > stream->open_us + SLACK_US) {
        st_kept_reset(&stream->held);
        st_kept_put(&stream->held, &segment);
        return 0;
    }
    if (stream->held.is_used && segment.start_us > stream->held.segment.start_us)
        release_held(stream);
    if (segment.text[0])
        tell_final(stream, &segment);
    else
        withdraw(stream);
    release_held(stream);
    cover(stream, segment.end_us);
    return 0;
}

static int handle_phrase(struct st_engine_stream *stream)
{
    static const struct {
        enum st_engine_trouble trouble;
        const char *text;
    } troubles[] = {
        [ST_AZURE_ERROR] = {ST_TROUBLE_SERVER, "Azure reports a failure of its own"},
        [ST_AZURE_TOO_MANY] =
            {ST_TROUBLE_THROTTLED,
             "Azure reports too many requests: raise the resource's limit, or set "
             "'streams' below it"},
        [ST_AZURE_BAD_REQUEST] = {ST_TROUBLE_UNSUITED,
                                  "Azure reports a bad request: check the call's language and the "
                                  "engine's parameters"},
        [ST_AZURE_FORBIDDEN] =
            {ST_TROUBLE_REFUSED,
             "Azure reports that this is forbidden: its quota is used up, or the "
             "key has no right to it"},
    };
    const struct st_azure_reply *reply = &stream->reply;
    if (reply->status == ST_AZURE_SUCCESS)
        return handle_success(stream);
    if (reply->status != ST_AZURE_NOTHING) {
        stream->config.sink->failed(stream->config.user, troubles[reply->status].trouble,
                                    troubles[reply->status].text);
        return 0;
    }
    if (reply->end_us < 0 || stream->is_owed)
        return 0;
    withdraw(stream);
    cover(stream, reply->end_us + st_azure_audio_us(&stream->audio, stream->audio.turn));
    return 0;
}

/* The audio that no result covers goes again, in another turn. */
static int handle_turn_end(struct st_engine_stream *stream)
{
    /* It ended by itself, with the end of the audio on its way. */
    bool is_cut = stream->is_finishing && stream->has_partial;
    withdraw(stream);
    release_held(stream);
    if (stream->is_finishing && !is_cut) {
        stream->config.sink->done(stream->config.user);
        return 0;
    }
    if (is_cut || !st_azure_audio_rewind(&stream->audio, stream->covered_us)) {
        stream->config.sink->failed(stream->config.user, ST_TROUBLE_EXPIRED,
                                    "Azure ended its turn");
        return 0;
    }
    return begin_turn(stream) < 0 ? -EPROTO : 0;
}

static int receive(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary)
{
    struct st_azure_reply *reply = &stream->reply;
    int64_t sent_us = st_azure_audio_us(&stream->audio, stream->audio.next - stream->audio.turn);
    int err = st_azure_reply_read(reply, data, bytes, is_binary, stream->request_id, sent_us);
    if (err)
        return err;
    switch (reply->kind) {
    case ST_AZURE_HYPOTHESIS:
        handle_hypothesis(stream);
        return 0;
    case ST_AZURE_PHRASE:
        err = handle_phrase(stream);
        tell_lag(stream);
        return err;
    case ST_AZURE_TURN_END:
        return handle_turn_end(stream);
    case ST_AZURE_OTHER:
    case ST_AZURE_TURN_START:
    case ST_AZURE_END_DETECTED:
        return 0;
    }
    return 0;
}

const struct st_engine_ops st_azure_ops = {
    .name = "azure",
    .title = "Azure Speech",
    .kind = ST_ENGINE_REMOTE,
    .chunk_us = CHUNK_US,
    .stall_us = STALL_US,
    .answers_speech_only = true,
    .pace_pct = 100 * ST_AZURE_SPEED,
    .pace_free_us = ST_AZURE_AT_ONCE_US,
    .load = st_azure_load,
    .unload = st_azure_unload,
    .describe = st_azure_describe,
    .rate_hz = st_remote_rate_hz,
    .target = target,
    .open = open_stream,
    .audio = audio,
    .finish = finish,
    .close = close_stream,
    .receive = receive,
    .ends = st_azure_ends,
};
