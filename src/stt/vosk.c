/*
 * The vosk-server WebSocket protocol: audio out in binary messages, one text reply to each.
 *
 * Replies in step with messages tell how far the server is: its position is the audio of the
 * messages it has answered, and what is not answered is its lag. The C++ server takes the
 * configuration for audio and answers it too; the surplus shows when a reply comes to nothing.
 */
#include "engines.h"
#include "remote.h"
#include "vosk_reply.h"

#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    RATE_HZ = 16000,
    CHUNK_US = 100 * MS_US,
    STALL_US = 5000 * MS_US,
    IN_FLIGHT_MAX_US = 20 * SECOND_US,
    /* So long a word may have been going on before it shows in a partial. Its audio is held for
     * every channel, all the time. */
    ONSET_US = 400 * MS_US,
    BACK_SLACK_US = 250 * MS_US,
};

static const char config_text[] = "{\"config\" : {\"sample_rate\" : 16000, \"words\" : 1}}";
static const char eof_text[] = "{\"eof\" : 1}"; /* the server compares it byte by byte */

struct st_engine {
    const char *url;
    const char *ca_file; /* NULL: the system's certificates */
};

struct st_engine_stream {
    struct st_engine_stream_config config;
    const struct st_engine *engine;
    struct st_vosk_reply reply;
    unsigned in_flight; /* messages not answered, of CHUNK_US each but for the last of a call */
    int64_t sent_us;
    int64_t answered_us;
    int64_t final_from_us, final_us; /* the last final's words */
    int64_t utterance_us; /* its start as far as partials tell; the last final before it */
    uint64_t id;          /* of the current utterance */
    bool has_partial;
    bool is_finishing;
    char *partial; /* last one told */
    size_t partial_cap;
};

/* ---- the engine ---- */

static int load(struct st_engine **ret_engine, const struct st_config_engines *config,
                const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes)
{
    const char *url;
    int err = st_remote_check_url(remote, NULL, &url, ret_why, why_bytes);
    if (err)
        return err;
    *ret_engine = st_mem_alloc(sizeof(**ret_engine));
    **ret_engine = (struct st_engine){url, st_remote_ca_file(remote)};
    return 0;
}

static void unload(struct st_engine *engine)
{
    free(engine);
}

static void describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    char address[256];
    st_remote_show_url(engine->url, address, sizeof(address));
    snprintf(out, out_bytes, "vosk server at %s", address);
}

static uint32_t rate_hz(const struct st_engine *engine, uint32_t wire_hz)
{
    return RATE_HZ;
}

static int target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                  char *ret_why, size_t why_bytes)
{
    *ret_target =
        (struct st_engine_target){.url = stream->engine->url, .ca_file = stream->engine->ca_file};
    return 0;
}

/* ---- the stream ---- */

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    if (config->rate_hz != RATE_HZ)
        return -EINVAL;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    stream->engine = engine;
    stream->id = 1;
    *ret_stream = stream;
    st_remote_send_text(config, config_text);
    return 0;
}

static void tell_lag(struct st_engine_stream *stream)
{
    stream->config.sink->lag(stream->config.user, stream->sent_us - stream->answered_us);
}

static int64_t samples_us(size_t samples)
{
    return (int64_t)samples * SECOND_US / RATE_HZ;
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frame)
{
    int64_t in_flight_us = stream->sent_us - stream->answered_us;
    assert(stream->sent_us % CHUNK_US == 0);
    if (in_flight_us >= IN_FLIGHT_MAX_US)
        return -EAGAIN;
    stream->in_flight++;
    stream->sent_us += samples_us(frame->count);
    stream->config.sink->send(stream->config.user, frame->samples,
                              frame->count * sizeof(frame->samples[0]), true);
    tell_lag(stream);
    return 0;
}

static void finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    st_remote_send_text(&stream->config, eof_text);
}

static void close_stream(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    st_vosk_reply_fini(&stream->reply);
    free(stream->partial);
    free(stream);
}

/* ---- replies ---- */

static void take_answer(struct st_engine_stream *stream)
{
    if (stream->in_flight == 0)
        return;
    stream->in_flight--;
    stream->answered_us = stream->in_flight ? stream->answered_us + CHUNK_US : stream->sent_us;
}

static void settle(struct st_engine_stream *stream, int64_t until_us)
{
    stream->config.sink->settled(stream->config.user, 0, until_us);
}

static bool is_told_already(struct st_engine_stream *stream, const char *text)
{
    if (stream->has_partial && strcmp(stream->partial, text) == 0)
        return true;
    size_t bytes = strlen(text) + 1;
    if (bytes > stream->partial_cap) {
        stream->partial_cap = bytes * 2;
        stream->partial = st_mem_realloc(stream->partial, stream->partial_cap);
    }
    memcpy(stream->partial, text, bytes);
    return false;
}

static void handle_partial(struct st_engine_stream *stream)
{
    const char *text = stream->reply.text;
    int64_t onset_us = stream->answered_us - ONSET_US;
    if (text[0] == '\0') {
        if (!stream->has_partial && onset_us > stream->utterance_us) {
            stream->utterance_us = onset_us;
            settle(stream, onset_us);
        }
        return;
    }
    if (is_told_already(stream, text))
        return;
    stream->has_partial = true;
    if (!stream->config.wants_partials)
        return;
    struct st_segment segment = {
        .id = stream->id,
        .start_us = stream->utterance_us,
        .end_us = stream->answered_us,
        .text = text,
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    stream->config.sink->segment(stream->config.user, 0, &segment);
}

static bool goes_back(const struct st_engine_stream *stream)
{
    const struct st_reply *reply = &stream->reply.reply;
    return reply->word_count > 0 && reply->words[0].start_us < stream->final_us - BACK_SLACK_US;
}

static bool is_told_twice(const struct st_engine_stream *stream)
{
    const struct st_reply *reply = &stream->reply.reply;
    return reply->word_count > 0 && reply->words[0].start_us == stream->final_from_us &&
           reply->words[reply->word_count - 1].end_us == stream->final_us;
}

static void tell_final(struct st_engine_stream *stream)
{
    struct st_segment segment =
        st_reply_segment(&stream->reply.reply, stream->utterance_us, stream->answered_us);
    segment.id = stream->id;
    segment.is_final = true;
    segment.text = stream->reply.text;
    if (segment.word_count > 0) {
        stream->final_from_us = segment.start_us;
        stream->final_us = segment.end_us;
    }
    stream->id++;
    stream->config.sink->segment(stream->config.user, 0, &segment);
}

static void handle_final(struct st_engine_stream *stream)
{
    if (stream->reply.text[0] || stream->has_partial)
        tell_final(stream);
    stream->has_partial = false;
    stream->utterance_us = stream->answered_us;
    settle(stream, stream->answered_us);
}

static int receive(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary)
{
    bool is_surplus = stream->in_flight == 0;
    if (is_binary)
        return -EPROTO;
    int err = st_vosk_reply_read(&stream->reply, data, bytes, stream->sent_us);
    if (err)
        return err;
    take_answer(stream);
    if (stream->reply.kind == ST_VOSK_PARTIAL)
        handle_partial(stream);
    else if (stream->reply.kind == ST_VOSK_FINAL && !is_told_twice(stream) && goes_back(stream))
        return -EPROTO;
    else if (stream->reply.kind == ST_VOSK_FINAL && !is_told_twice(stream))
        handle_final(stream);
    tell_lag(stream);
    if (stream->is_finishing && is_surplus && stream->reply.kind == ST_VOSK_FINAL)
        stream->config.sink->done(stream->config.user);
    return 0;
}

const struct st_engine_ops st_vosk_ops = {
    .name = "vosk",
    .title = "vosk-server",
    .kind = ST_ENGINE_REMOTE,
    .chunk_us = CHUNK_US,
    .stall_us = STALL_US,
    .load = load,
    .unload = unload,
    .describe = describe,
    .rate_hz = rate_hz,
    .target = target,
    .open = open_stream,
    .audio = audio,
    .finish = finish,
    .close = close_stream,
    .receive = receive,
};
