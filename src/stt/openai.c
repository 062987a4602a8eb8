/*
 * OpenAI's realtime transcription, and servers of one's own that speak it: a session per channel.
 *
 * The server hears where speech begins and ends (server_vad) and transcribes each utterance when it
 * has ended: partials come late, as its text is written, and finals in the order in which they were
 * said (openai_items.h). There are no word times: words are spread over the utterance by their
 * length. Its beginning and end are those that the server tells, without the padding it was asked
 * to put around speech. Confidence is not given.
 *
 * Telephone audio goes as mu-law at 8 kHz, which every server of the kind takes; wide-band audio
 * goes as PCM at 24 kHz. The last words are collected in two steps: once the server has answered a
 * second session.update it has heard all audio, and if somebody is still talking then, a commit
 * ends that utterance. A commit alone would have silence transcribed, which these models fill with
 * words.
 */
#include "engines.h"
#include "openai_items.h"
#include "openai_setup.h"
#include "remote.h"
#include "to_24k.h"

#include "sidetone/base64.h"
#include "sidetone/codec.h"
#include "sidetone/mem.h"
#include "sidetone/spelling.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    CHUNK_US = 100 * MS_US,
    STALL_US = 30 * SECOND_US,      /* nothing comes while an utterance goes on */
    TRANSCRIBE_US = 20 * SECOND_US, /* of audio, by when an utterance has its text */
    SESSION_S = 60 * 60,
    BACK_SLACK_US = 500 * MS_US,
    SAMPLES_MAX = ST_REMOTE_RATE_HIGH_HZ / 10,
    AUDIO_MAX_BYTES = SAMPLES_MAX * 3 * sizeof(int16_t),
};

static const char commit_text[] = "{\"type\":\"input_audio_buffer.commit\"}";

struct st_engine_stream {
    struct st_engine_stream_config config;
    const struct st_engine *engine;
    struct st_json_writer url;
    struct st_json_writer update; /* the message that sets the session up */
    struct st_json_writer message;
    const char *headers[3];
    struct st_openai_reply event;
    struct st_openai_items items;
    struct st_spelling spelling;
    struct st_to_24k filter;
    bool is_mulaw;
    int64_t sent_samples;
    int64_t done_us; /* where the last utterance told ended */
    uint64_t id;     /* of the first item */
    bool has_partial;
    unsigned updates_awaited;
    bool is_finishing;
    bool is_commit_awaited;
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

static void send(struct st_engine_stream *stream, const char *data, size_t bytes)
{
    stream->config.sink->send(stream->config.user, data, bytes, false);
}

static void send_update(struct st_engine_stream *stream)
{
    stream->updates_awaited++;
    send(stream, stream->update.data, stream->update.len);
}

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    if (!st_remote_has_rate(config->rate_hz))
        return -EINVAL;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    unsigned headers = 0;
    stream->config = *config;
    stream->engine = engine;
    stream->id = 1;
    stream->is_mulaw = st_openai_is_mulaw(engine, config->rate_hz);
    st_to_24k_init(&stream->filter, config->rate_hz);
    if (engine->authorization)
        stream->headers[headers++] = engine->authorization;
    if (engine->is_beta)
        stream->headers[headers++] = "OpenAI-Beta: realtime=v1";
    st_openai_make_url(&stream->url, engine);
    st_openai_make_update(&stream->update, engine, config);
    *ret_stream = stream;
    send_update(stream);
    return 0;
}

static int64_t sent_us(const struct st_engine_stream *stream)
{
    return stream->sent_samples * SECOND_US / stream->config.rate_hz;
}

/* Bytes of one chunk as the session has them. */
static size_t encode(struct st_engine_stream *stream, const struct st_frame *frame, uint8_t *out)
{
    int16_t samples[SAMPLES_MAX * 3];
    if (stream->is_mulaw) {
        st_codec_encode(ST_CODEC_PCMU, frame->samples, frame->count, out);
        return frame->count;
    }
    size_t bytes = st_to_24k_process(&stream->filter, frame->samples, frame->count, samples) *
                   sizeof(samples[0]);
    memcpy(out, samples, bytes);
    return bytes;
}

static void check_first(struct st_engine_stream *stream)
{
    if (stream->items.count == 0)
        return;
    const struct st_openai_item *first = st_openai_items_at(&stream->items, 0);
    if (first->is_committed && sent_us(stream) - first->committed_us >= TRANSCRIBE_US)
        stream->config.sink->failed(stream->config.user, ST_TROUBLE_STALLED,
                                    "the server leaves an utterance without its text");
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frame)
{
    static const char head[] = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";
    uint8_t data[AUDIO_MAX_BYTES];
    char text[ST_BASE64_ENCODED_MAX(AUDIO_MAX_BYTES)];
    struct st_json_writer *message = &stream->message;
    if (frame->count > SAMPLES_MAX)
        return -EINVAL;
    size_t chars = st_base64_encode(data, encode(stream, frame, data), text);
    st_json_reset(message);
    st_json_append(message, head, sizeof(head) - 1);
    st_json_append(message, text, chars);
    st_json_append(message, "\"}", 2);
    stream->sent_samples += frame->count;
    send(stream, message->data, message->len);
    check_first(stream);
    return 0;
}

static void finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    send_update(stream);
}

static void close_stream(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    st_openai_reply_fini(&stream->event);
    st_openai_items_fini(&stream->items);
    st_spelling_fini(&stream->spelling);
    st_json_fini(&stream->url);
    st_json_fini(&stream->update);
    st_json_fini(&stream->message);
    free(stream);
}

/* ---- items ---- */

static struct st_segment segment_of(struct st_engine_stream *stream, struct st_openai_item *item)
{
    struct st_segment segment = {
        .id = stream->id,
        .start_us = item->start_us >= 0 ? item->start_us : stream->done_us,
        .end_us = item->end_us >= 0 ? item->end_us : sent_us(stream),
        .text = st_openai_item_text(item),
        .confidence = ST_CONFIDENCE_ABSENT,
        .language = item->language[0] ? item->language : NULL,
    };
    if (segment.end_us < segment.start_us)
        segment.end_us = segment.start_us;
    return segment;
}

static void tell_partial(struct st_engine_stream *stream, struct st_openai_item *item)
{
    struct st_segment segment = segment_of(stream, item);
    if (!stream->config.wants_partials || !segment.text[0])
        return;
    stream->has_partial = true;
    stream->config.sink->segment(stream->config.user, 0, &segment);
}

static void tell_final(struct st_engine_stream *stream, struct st_openai_item *item)
{
    struct st_segment segment = segment_of(stream, item);
    segment.is_final = true;
    st_spelling_spread(&stream->spelling, &segment);
    if (segment.text[0] || stream->has_partial) {
        stream->config.sink->segment(stream->config.user, 0, &segment);
        stream->id++;
    }
    stream->has_partial = false;
    if (segment.end_us > stream->done_us)
        stream->done_us = segment.end_us;
    stream->config.sink->settled(stream->config.user, 0, stream->done_us);
}

static void tell_lag(struct st_engine_stream *stream, int64_t heard_us)
{
    stream->config.sink->lag(stream->config.user,
                             heard_us < sent_us(stream) ? sent_us(stream) - heard_us : 0);
}

/* Tells what is complete and next; then what is known of the one behind it. */
static void release(struct st_engine_stream *stream)
{
    bool has_told = false;
    while (stream->items.count > 0) {
        struct st_openai_item *first = st_openai_items_at(&stream->items, 0);
        if (!first->is_complete) {
            if (has_told)
                tell_partial(stream, first);
            return;
        }
        tell_final(stream, first);
        st_openai_items_pop(&stream->items);
        has_told = true;
    }
}

static bool is_somebody_talking(struct st_engine_stream *stream)
{
    for (unsigned i = 0; i < stream->items.count; i++)
        if (!st_openai_items_at(&stream->items, i)->is_committed)
            return true;
    return false;
}

static void go_on_finishing(struct st_engine_stream *stream)
{
    if (stream->is_finishing && stream->updates_awaited == 0 && !stream->is_commit_awaited &&
        stream->items.count == 0)
        stream->config.sink->done(stream->config.user);
}

static void handle_updated(struct st_engine_stream *stream)
{
    if (stream->updates_awaited > 0)
        stream->updates_awaited--;
    if (!stream->is_finishing || stream->updates_awaited > 0 || !is_somebody_talking(stream))
        return;
    stream->is_commit_awaited = true;
    st_remote_send_text(&stream->config, commit_text);
}

static int handle_started(struct st_engine_stream *stream, struct st_openai_item *item)
{
    const struct st_engine *engine = stream->engine;
    int64_t at_us = stream->event.at_us;
    if (at_us < 0)
        return 0;
    item->start_us = at_us > 0 ? at_us + engine->padding_us : 0;
    tell_lag(stream, item->start_us);
    return item->start_us < stream->done_us - BACK_SLACK_US ? -EPROTO : 0;
}

static void handle_stopped(struct st_engine_stream *stream, struct st_openai_item *item)
{
    if (stream->event.at_us >= 0)
        item->end_us = stream->event.at_us - stream->engine->silence_us;
}

static void handle_committed(struct st_engine_stream *stream, struct st_openai_item *item)
{
    stream->is_commit_awaited = false;
    item->committed_us = sent_us(stream);
    st_openai_items_commit(&stream->items, item, stream->event.previous);
    release(stream);
}

static int handle_delta(struct st_engine_stream *stream, struct st_openai_item *item)
{
    if (item->is_complete)
        return 0;
    int err = st_openai_item_add_text(item, stream->event.text);
    if (!err && item == st_openai_items_at(&stream->items, 0))
        tell_partial(stream, item);
    return err;
}

static int handle_completed(struct st_engine_stream *stream, struct st_openai_item *item)
{
    if (item->is_complete)
        return 0;
    st_openai_item_clear_text(item);
    int err = st_openai_item_add_text(item, stream->event.text);
    snprintf(item->language, sizeof(item->language), "%s", stream->event.language);
    item->is_complete = true;
    item->is_committed = true;
    release(stream);
    return err;
}

static int handle_item(struct st_engine_stream *stream)
{
    const struct st_openai_reply *event = &stream->event;
    struct st_openai_item *item = st_openai_items_get(&stream->items, event->item);
    if (!item)
        return st_openai_items_is_told(&stream->items, event->item) ? 0 : -EPROTO;
    switch (event->kind) {
    case ST_OPENAI_STARTED:
        return handle_started(stream, item);
    case ST_OPENAI_STOPPED:
        handle_stopped(stream, item);
        return 0;
    case ST_OPENAI_COMMITTED:
        handle_committed(stream, item);
        return 0;
    case ST_OPENAI_DELTA:
        return handle_delta(stream, item);
    default:
        return handle_completed(stream, item);
    }
}

/* ---- failures ---- */

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static enum st_engine_trouble judge(const struct st_openai_reply *event)
{
    const char *code = event->code, *type = event->type;
    if (has(code, "session_expired"))
        return ST_TROUBLE_EXPIRED;
    if (has(code, "invalid_api_key") || has(code, "insufficient_quota") ||
        has(type, "authentication") || has(type, "permission"))
        return ST_TROUBLE_REFUSED;
    if (has(code, "rate_limit") || has(type, "rate_limit") || has(type, "too_many_requests"))
        return ST_TROUBLE_THROTTLED;
    return has(type, "invalid_request") ? ST_TROUBLE_UNSUITED : ST_TROUBLE_SERVER;
}

static void handle_error(struct st_engine_stream *stream)
{
    const struct st_openai_reply *event = &stream->event;
    char what[160];
    if (has(event->code, "input_audio_buffer_commit_empty")) {
        stream->is_commit_awaited = false;
        return;
    }
    const char *code = event->code[0] ? event->code : event->type;
    snprintf(what, sizeof(what), "the server reports %s%s%s",
             event->kind == ST_OPENAI_FAILED ? "that it could not transcribe" : "an error",
             code[0] ? ": " : "", code);
    stream->config.sink->failed(stream->config.user, judge(event), what);
}

static int receive(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary)
{
    if (is_binary)
        return -EPROTO;
    int err = st_openai_reply_read(&stream->event, data, bytes, sent_us(stream));
    if (err)
        return err;
    switch (stream->event.kind) {
    case ST_OPENAI_OTHER:
        return 0;
    case ST_OPENAI_UPDATED:
        handle_updated(stream);
        break;
    case ST_OPENAI_FAILED:
    case ST_OPENAI_ERROR:
        handle_error(stream);
        break;
    default:
        err = handle_item(stream);
    }
    if (!err)
        go_on_finishing(stream);
    return err;
}

const struct st_engine_ops st_openai_ops = {
    .name = "openai",
    .title = "OpenAI-style realtime transcription",
    .kind = ST_ENGINE_REMOTE,
    .chunk_us = CHUNK_US,
    .stall_us = STALL_US,
    .answers_speech_only = true,
    .session_us = (int64_t)SESSION_S * SECOND_US,
    .load = st_openai_load,
    .unload = st_openai_unload,
    .describe = st_openai_describe,
    .rate_hz = st_remote_rate_hz,
    .target = target,
    .open = open_stream,
    .audio = audio,
    .finish = finish,
    .close = close_stream,
    .receive = receive,
    .ends = st_openai_ends,
};
