/*
 * One stream of Amazon Transcribe: events out, results in. Over HTTP/2 each event is wrapped into
 * one that is signed over the one before; over WebSocket it goes as it is.
 */
#include "engine_private.h"
#include "event_stream.h"
#include "exceptions.h"
#include "reply.h"
#include "request.h"
#include "tracks.h"

#include "../rebase.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    WRAP_BYTES = 79, /* before the wrapped event */
    FRAME_BYTES = 16384,
    LAG_STEP_US = 100 * MS_US,
    LATE_MAX_US = 4 * SECOND_US, /* no word is told of later than this after it was said */
    LONG_US = 900 * SECOND_US,   /* before the end of a whole session */
    BODY_BYTES = 2048,
    CLOCK_STEP_MS = 60000,
};

#define SESSION_US (INT64_C(14400) * SECOND_US)

struct st_engine_stream {
    struct st_engine_stream_config config;
    struct st_engine *engine;
    const char *language; /* as the service has it; NULL: it finds out */
    char language_text[24];
    char *call_id;
    enum st_role roles[ST_ENGINE_CHANNELS_MAX];
    struct st_aws_request request;
    unsigned generation; /* of the keys */
    bool has_begun;      /* target was given: what is sent can be signed */
    bool is_finishing;
    bool has_failed;
    int64_t given_us; /* audio of the session's */
    int64_t sent_us;  /* with the silence of ours */
    struct st_rebase clock;
    int64_t told_lag_us;
    struct st_event_reader reader;
    struct st_aws_reply reply;
    struct st_aws_track tracks[ST_ENGINE_CHANNELS_MAX];
    unsigned telling; /* the channel whose result is being told */
    struct st_word *words;
    size_t words_cap;
    unsigned status; /* of the response; 0: none yet */
    char error_type[80];
    int64_t server_unix_ms; /* 0: it did not say */
    char body[BODY_BYTES];  /* of a refusal */
    size_t body_bytes;
    uint8_t frame[FRAME_BYTES];
};

/* ---- open, close ---- */

/* The service wants both; what we do not know is the other one, or its own order. */
static void settle_roles(struct st_engine_stream *stream)
{
    enum st_role first = stream->config.roles[0], second = stream->config.roles[1];
    bool is_swapped =
        first == ST_ROLE_AGENT || (first == ST_ROLE_UNKNOWN && second == ST_ROLE_CUSTOMER);
    stream->roles[0] = is_swapped ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
    stream->roles[1] = is_swapped ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
}

int st_aws_stream_open(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    char text[24];
    bool asks_language = !engine->parameters.identifies_language;
    if (asks_language &&
        !st_aws_request_language(engine->operation, config->language, text, sizeof(text)))
        return -ENOTSUP;
    if ((config->rate_hz != 8000 && config->rate_hz != 16000) || config->channels > 2 ||
        (engine->operation->flag == ST_AWS_CALL_ANALYTICS && config->channels != 2))
        return -EINVAL;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    if (stream->config.channels == 0)
        stream->config.channels = 1;
    stream->engine = engine;
    stream->call_id = st_mem_strdup(config->call_id ? config->call_id : "");
    if (asks_language)
        stream->language =
            st_aws_request_language(engine->operation, config->language, stream->language_text,
                                    sizeof(stream->language_text));
    settle_roles(stream);
    st_rebase_reset(&stream->clock);
    st_rebase_mark(&stream->clock, 0, 0);
    *ret_stream = stream;
    return 0;
}

void st_aws_stream_close(struct st_engine_stream *stream)
{
    if (!stream)
        return;
    st_aws_request_fini(&stream->request);
    st_event_reader_fini(&stream->reader);
    st_aws_reply_fini(&stream->reply);
    for (size_t i = 0; i < ST_ENGINE_CHANNELS_MAX; i++)
        st_aws_track_fini(&stream->tracks[i]);
    free(stream->words);
    free(stream->call_id);
    OPENSSL_cleanse(stream->frame, sizeof(stream->frame));
    free(stream);
}

static int64_t now_unix_ms(const struct st_engine_stream *stream)
{
    return st_loop_wall_unix_ms() + atomic_load(&stream->engine->clock_ms);
}

/* ---- events out ---- */

static bool is_wrapped(const struct st_engine_stream *stream)
{
    return !stream->engine->parameters.is_websocket;
}

static void send_wrapped(struct st_engine_stream *stream, size_t bytes)
{
    struct st_event_writer writer;
    uint8_t signature[ST_SIGV4_BYTES];
    size_t cap;
    int64_t unix_ms = now_unix_ms(stream);
    st_sigv4_chain_sign(&stream->request.chain, unix_ms, stream->frame + WRAP_BYTES, bytes,
                        signature);
    st_event_begin(&writer, stream->frame, sizeof(stream->frame));
    st_event_put_timestamp(&writer, ":date", unix_ms);
    st_event_put_bytes(&writer, ":chunk-signature", signature, sizeof(signature));
    assert(st_event_payload(&writer, &cap) == stream->frame + WRAP_BYTES);
    ssize_t whole = st_event_end(&writer, bytes);
    assert(whole > 0);
    stream->config.sink->send(stream->config.user, stream->frame, (size_t)whole, true);
}

static void begin_event(struct st_engine_stream *stream, struct st_event_writer *writer,
                        const char *type, const char *content_type)
{
    size_t before = is_wrapped(stream) ? WRAP_BYTES : 0;
    st_event_begin(writer, stream->frame + before, sizeof(stream->frame) - before - 4);
    st_event_put_string(writer, ":event-type", type);
    st_event_put_string(writer, ":message-type", "event");
    st_event_put_string(writer, ":content-type", content_type);
}

static void end_event(struct st_engine_stream *stream, struct st_event_writer *writer,
                      size_t payload_bytes)
{
    ssize_t bytes = st_event_end(writer, payload_bytes);
    assert(bytes > 0);
    if (is_wrapped(stream))
        send_wrapped(stream, (size_t)bytes);
    else
        stream->config.sink->send(stream->config.user, stream->frame, (size_t)bytes, true);
}

static void write_settings(struct st_json_writer *json, const struct st_aws_parameters *parameters)
{
    st_json_key(json, "PostCallAnalyticsSettings");
    st_json_begin_object(json);
    st_json_set_string(json, "OutputLocation", parameters->output_location);
    st_json_set_string(json, "DataAccessRoleArn", parameters->role_arn);
    if (parameters->content_redaction_output)
        st_json_set_string(json, "ContentRedactionOutput", parameters->content_redaction_output);
    if (parameters->kms_key)
        st_json_set_string(json, "OutputEncryptionKMSKeyId", parameters->kms_key);
    st_json_end_object(json);
}

static void write_configuration(struct st_json_writer *json, const struct st_engine_stream *stream)
{
    st_json_begin_object(json);
    st_json_key(json, "ChannelDefinitions");
    st_json_begin_array(json);
    for (unsigned i = 0; i < 2; i++) {
        st_json_begin_object(json);
        st_json_set_int(json, "ChannelId", i);
        st_json_set_string(json, "ParticipantRole",
                           stream->roles[i] == ST_ROLE_AGENT ? "AGENT" : "CUSTOMER");
        st_json_end_object(json);
    }
    st_json_end_array(json);
    if (stream->engine->parameters.output_location)
        write_settings(json, &stream->engine->parameters);
    st_json_end_object(json);
}

static void send_configuration(struct st_engine_stream *stream)
{
    struct st_json_writer json;
    struct st_event_writer writer;
    size_t cap;
    st_json_init(&json);
    write_configuration(&json, stream);
    begin_event(stream, &writer, "ConfigurationEvent", "application/json");
    uint8_t *payload = st_event_payload(&writer, &cap);
    assert(json.len <= cap);
    memcpy(payload, json.data, json.len);
    end_event(stream, &writer, json.len);
    st_json_fini(&json);
}

int st_aws_stream_target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                         char *ret_why, size_t why_bytes)
{
    struct st_aws_keys keys;
    int err = 0;
    if (!stream->has_begun) {
        err = st_aws_credentials_get(stream->engine->credentials, &keys, ret_why, why_bytes);
        if (err)
            return err;
        struct st_aws_asking asking = {
            .language = stream->language,
            .rate_hz = stream->config.rate_hz,
            .channels = stream->config.channels,
            .call_id = stream->call_id,
            .unix_ms = now_unix_ms(stream),
        };
        err = st_aws_request_build(&stream->request, stream->engine, &keys, &asking);
        stream->generation = keys.generation;
        st_aws_keys_wipe(&keys);
    }
    if (err)
        return err;
    *ret_target = (struct st_engine_target){
        .url = stream->request.url,
        .headers = (const char *const *)stream->request.headers,
        .ca_file = stream->engine->ca_file,
    };
    if (!stream->has_begun && stream->engine->operation->flag == ST_AWS_CALL_ANALYTICS)
        send_configuration(stream);
    stream->has_begun = true;
    return 0;
}

static int64_t samples_us(const struct st_engine_stream *stream, size_t samples)
{
    return (int64_t)samples * SECOND_US / stream->config.rate_hz;
}

static void put_samples(uint8_t *out, const struct st_frame *frames, unsigned channels)
{
    for (uint32_t i = 0; i < frames[0].count; i++)
        for (unsigned c = 0; c < channels; c++, out += 2)
            memcpy(out, &frames[c].samples[i], 2);
}

static int send_audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    struct st_event_writer writer;
    size_t cap, channels = stream->config.channels;
    size_t bytes = (size_t)frames[0].count * channels * sizeof(int16_t);
    begin_event(stream, &writer, "AudioEvent", "application/octet-stream");
    uint8_t *payload = st_event_payload(&writer, &cap);
    if (bytes == 0 || bytes > cap || (channels == 2 && frames[1].count != frames[0].count))
        return -EINVAL;
    if (channels == 1)
        memcpy(payload, frames[0].samples, bytes);
    else
        put_samples(payload, frames, (unsigned)channels);
    end_event(stream, &writer, bytes);
    stream->sent_us += samples_us(stream, frames[0].count);
    return 0;
}

static void fail(struct st_engine_stream *stream, enum st_engine_trouble trouble, const char *what)
{
    if (stream->has_failed)
        return;
    stream->has_failed = true;
    stream->config.sink->failed(stream->config.user, trouble, what);
}

int st_aws_stream_audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    if (!stream->has_begun)
        return -EAGAIN;
    if (stream->has_failed)
        return 0;
    for (unsigned i = 0; i < stream->config.channels; i++)
        if (st_aws_track_is_stuck(&stream->tracks[i], stream->sent_us)) {
            fail(stream, ST_TROUBLE_PROTOCOL, "AWS began a segment and never finished it");
            return 0;
        }
    int err = send_audio(stream, frames);
    if (!err)
        stream->given_us += samples_us(stream, frames[0].count);
    return err;
}

/* The shortest audio there is, since it counts in the service's times. */
void st_aws_stream_keep_alive(struct st_engine_stream *stream)
{
    static const int16_t silence;
    struct st_frame frames[ST_ENGINE_CHANNELS_MAX];
    if (!stream->has_begun || stream->has_failed || stream->is_finishing)
        return;
    for (unsigned i = 0; i < ST_ENGINE_CHANNELS_MAX; i++)
        frames[i] = (struct st_frame){&silence, 1, stream->config.rate_hz, 0};
    if (send_audio(stream, frames) == 0)
        st_rebase_mark(&stream->clock, stream->sent_us, stream->given_us);
}

void st_aws_stream_finish(struct st_engine_stream *stream)
{
    stream->is_finishing = true;
    if (!stream->has_begun || stream->has_failed)
        return;
    if (is_wrapped(stream)) {
        send_wrapped(stream, 0);
        stream->config.sink->end(stream->config.user);
        return;
    }
    struct st_event_writer writer;
    begin_event(stream, &writer, "AudioEvent", "application/octet-stream");
    end_event(stream, &writer, 0);
}

/* ---- results in ---- */

static void tell_lag(struct st_engine_stream *stream, int64_t lag_us)
{
    int64_t change_us = lag_us - stream->told_lag_us;
    if (change_us <= LAG_STEP_US && change_us >= -LAG_STEP_US)
        return;
    stream->told_lag_us = lag_us;
    stream->config.sink->lag(stream->config.user, lag_us);
}

/* A final comes when the speaker has paused: how far it is behind its end says little. */
static void note_lag(struct st_engine_stream *stream, bool is_partial, int64_t end_us)
{
    int64_t lag_us = stream->given_us - end_us;
    if (lag_us < 0)
        lag_us = 0;
    if (is_partial || lag_us < stream->told_lag_us)
        tell_lag(stream, lag_us);
}

static int64_t start_of(const struct st_engine_stream *stream, int64_t us)
{
    return st_rebase_start_us(&stream->clock, us);
}

static int64_t end_of(const struct st_engine_stream *stream, int64_t us)
{
    return st_rebase_end_us(&stream->clock, us);
}

static const struct st_word *rebase_words(struct st_engine_stream *stream,
                                          const struct st_aws_result *result)
{
    if (result->word_count > stream->words_cap) {
        stream->words_cap = result->word_count * 2;
        stream->words = st_mem_realloc(stream->words, stream->words_cap * sizeof(stream->words[0]));
    }
    for (size_t i = 0; i < result->word_count; i++) {
        stream->words[i] = result->words[i];
        stream->words[i].start_us = start_of(stream, result->words[i].start_us);
        stream->words[i].end_us = end_of(stream, result->words[i].end_us);
    }
    return stream->words;
}

static void tell_segment(struct st_engine_stream *stream, uint64_t number,
                         const struct st_aws_result *result)
{
    struct st_segment segment = {
        .id = number,
        .is_final = !result->is_partial,
        .start_us = start_of(stream, result->start_us),
        .end_us = end_of(stream, result->end_us),
        .text = result->text,
        .confidence = result->is_partial ? ST_CONFIDENCE_ABSENT : result->confidence,
        .language = result->language ? result->language : stream->language,
    };
    if (segment.end_us < segment.start_us)
        segment.end_us = segment.start_us;
    if (!result->is_partial && result->word_count > 0) {
        segment.word_times = ST_WORD_TIMES_MEASURED;
        segment.words = rebase_words(stream, result);
        segment.word_count = result->word_count;
    }
    stream->config.sink->segment(stream->config.user, stream->telling, &segment);
}

static void tell_finding(struct st_engine_stream *stream, const struct st_vendor_finding *finding)
{
    if (!stream->has_failed)
        stream->config.sink->finding(stream->config.user, stream->telling, finding);
}

static void tell_findings(struct st_engine_stream *stream, uint64_t number,
                          const struct st_aws_result *result)
{
    struct st_vendor_finding finding = {
        .segment_id = number,
        .start_us = start_of(stream, result->start_us),
        .end_us = end_of(stream, result->end_us),
        .confidence = ST_CONFIDENCE_ABSENT,
    };
    if (result->sentiment) {
        finding.type = ST_VENDOR_SENTIMENT;
        finding.name = result->sentiment;
        tell_finding(stream, &finding);
    }
    finding.name = NULL;
    finding.type = ST_VENDOR_ISSUE;
    for (size_t i = 0; i < result->issue_count; i++) {
        finding.begin = result->issues[i].begin;
        finding.end = result->issues[i].end;
        tell_finding(stream, &finding);
    }
    finding.begin = finding.end = 0;
    finding.type = ST_VENDOR_ENTITY;
    for (size_t i = 0; i < result->entity_count; i++) {
        finding.start_us = start_of(stream, result->entities[i].start_us);
        finding.end_us = end_of(stream, result->entities[i].end_us);
        finding.name = result->entities[i].type;
        finding.content = result->entities[i].content;
        finding.confidence = result->entities[i].confidence;
        tell_finding(stream, &finding);
    }
}

static void on_result(void *user, uint64_t number, const struct st_aws_result *result)
{
    struct st_engine_stream *stream = user;
    if (stream->has_failed)
        return;
    note_lag(stream, result->is_partial, end_of(stream, result->end_us));
    if (!result->is_partial) {
        tell_segment(stream, number, result);
        if (stream->config.wants_findings)
            tell_findings(stream, number, result);
    } else if (stream->config.wants_partials && !stream->engine->parameters.withholds_partials) {
        tell_segment(stream, number, result);
    }
}

static const struct st_aws_track_events track_events = {.result = on_result};

static unsigned channel_of(const struct st_engine_stream *stream,
                           const struct st_aws_result *result)
{
    unsigned channels = stream->config.channels;
    if (result->channel >= 0 && (unsigned)result->channel < channels)
        return (unsigned)result->channel;
    for (unsigned i = 0; i < channels; i++)
        if (result->role != ST_ROLE_UNKNOWN && stream->roles[i] == result->role)
            return i;
    return 0;
}

/* Who says nothing while the other one's words come back has said nothing that is still to come. */
static void tell_settled(struct st_engine_stream *stream, int64_t end_us)
{
    int64_t until_us = end_of(stream, end_us) - LATE_MAX_US;
    for (unsigned i = 0; i < stream->config.channels && until_us > 0; i++)
        if (!st_aws_track_is_open(&stream->tracks[i]))
            stream->config.sink->settled(stream->config.user, i, until_us);
}

static int take_result(void *user)
{
    struct st_engine_stream *stream = user;
    const struct st_aws_result *result = &stream->reply.result;
    unsigned channel = channel_of(stream, result);
    stream->telling = channel;
    int err =
        st_aws_track_put(&stream->tracks[channel], result, stream->sent_us, &track_events, stream);
    if (!err && result->end_us >= 0)
        tell_settled(stream, result->end_us);
    return err;
}

static int handle_utterance(struct st_engine_stream *stream, const struct st_event_message *message)
{
    int err = st_aws_reply_utterance(&stream->reply, message->payload, message->payload_bytes);
    return err ? err : take_result(stream);
}

static int handle_transcript(struct st_engine_stream *stream,
                             const struct st_event_message *message)
{
    return st_aws_reply_transcript(&stream->reply, message->payload, message->payload_bytes,
                                   take_result, stream);
}

static int handle_category(struct st_engine_stream *stream, const struct st_event_message *message)
{
    int err = st_aws_reply_category(&stream->reply, message->payload, message->payload_bytes);
    if (err || !stream->config.wants_findings)
        return err;
    stream->telling = 0;
    for (size_t i = 0; i < stream->reply.category_count; i++) {
        const struct st_aws_category *category = &stream->reply.categories[i];
        bool has_times = category->start_us >= 0;
        struct st_vendor_finding finding = {
            .type = ST_VENDOR_CATEGORY,
            .start_us = has_times ? start_of(stream, category->start_us) : stream->given_us,
            .end_us = has_times ? end_of(stream, category->end_us) : stream->given_us,
            .name = category->name,
            .confidence = ST_CONFIDENCE_ABSENT,
        };
        tell_finding(stream, &finding);
    }
    return 0;
}

/* ---- exceptions ---- */

static void copy_string(const struct st_event_message *message, const char *name, char *out,
                        size_t out_bytes)
{
    const struct st_event_header *header = st_event_find(message, name);
    bool is_text = header && header->type == ST_EVENT_STRING;
    snprintf(out, out_bytes, "%.*s", is_text ? (int)header->bytes : 0,
             is_text ? (const char *)header->data : "");
}

/* A refusal because of the clock says what the time is; the next request knows. */
static bool learns_clock(struct st_engine_stream *stream)
{
    int64_t ahead_ms = stream->server_unix_ms - st_loop_wall_unix_ms();
    int64_t change_ms = ahead_ms - atomic_load(&stream->engine->clock_ms);
    if (stream->server_unix_ms == 0 || (change_ms < CLOCK_STEP_MS && change_ms > -CLOCK_STEP_MS))
        return false;
    atomic_store(&stream->engine->clock_ms, ahead_ms);
    return true;
}

static enum st_engine_trouble judge(struct st_engine_stream *stream,
                                    const struct st_aws_exception *exception, char *what,
                                    size_t what_bytes)
{
    enum st_engine_trouble trouble = st_aws_exception_judge(exception, what, what_bytes);
    bool is_expiry = st_aws_exception_is_expiry(exception->name);
    if (st_aws_exception_is_clock(exception->name) && learns_clock(stream)) {
        snprintf(what, what_bytes, "this machine's clock differs from AWS's by %lld s: corrected",
                 (long long)(atomic_load(&stream->engine->clock_ms) / 1000));
        return ST_TROUBLE_LOST;
    }
    if (is_expiry && st_aws_credentials_renew(stream->engine->credentials, stream->generation))
        return ST_TROUBLE_EXPIRED;
    if (trouble == ST_TROUBLE_THROTTLED && stream->sent_us > SESSION_US - LONG_US)
        return ST_TROUBLE_EXPIRED;
    return trouble;
}

static void handle_exception(struct st_engine_stream *stream,
                             const struct st_event_message *message)
{
    char name[80], text[512], what[640];
    copy_string(message, ":exception-type", name, sizeof(name));
    st_aws_reply_message(message->payload, message->payload_bytes, text, sizeof(text));
    if (!name[0]) {
        copy_string(message, ":error-code", name, sizeof(name));
        copy_string(message, ":error-message", text, sizeof(text));
    }
    struct st_aws_exception exception = {.name = name, .message = text};
    enum st_engine_trouble trouble = judge(stream, &exception, what, sizeof(what));
    fail(stream, trouble, what);
}

static int handle_message(struct st_engine_stream *stream, const struct st_event_message *message)
{
    if (st_event_is(message, ":message-type", "exception") ||
        st_event_is(message, ":message-type", "error"))
        handle_exception(stream, message);
    else if (st_event_is(message, ":event-type", "UtteranceEvent"))
        return handle_utterance(stream, message);
    else if (st_event_is(message, ":event-type", "TranscriptEvent"))
        return handle_transcript(stream, message);
    else if (st_event_is(message, ":event-type", "CategoryEvent"))
        return handle_category(stream, message);
    return 0;
}

static void keep_body(struct st_engine_stream *stream, const void *data, size_t bytes)
{
    size_t left = sizeof(stream->body) - stream->body_bytes;
    size_t taken = bytes < left ? bytes : left;
    memcpy(stream->body + stream->body_bytes, data, taken);
    stream->body_bytes += taken;
}

int st_aws_stream_receive(struct st_engine_stream *stream, const void *data, size_t bytes,
                          bool is_binary)
{
    struct st_event_message message;
    const uint8_t *at = data, *end = at + bytes;
    bool is_websocket = stream->engine->parameters.is_websocket;
    int found = 0;
    if (stream->status != 0 && stream->status != 200) {
        keep_body(stream, data, bytes);
        return 0;
    }
    if (is_websocket && !is_binary)
        return -EPROTO;
    stream->reply.sent_us = stream->sent_us;
    while (!stream->has_failed &&
           (found = st_event_read(&stream->reader, &at, end, &message)) > 0) {
        int err = handle_message(stream, &message);
        if (err)
            return err;
    }
    if (found < 0 || (is_websocket && st_event_reader_is_within(&stream->reader)))
        return -EPROTO;
    return 0;
}

/* ---- the head of the response, and the end ---- */

/* "Tue, 02 Jan 2024 03:04:05 GMT" */
static int64_t read_date(const char *text)
{
    struct tm tm = {0};
    const char *end = text ? strptime(text, "%a, %d %b %Y %H:%M:%S", &tm) : NULL;
    return end ? (int64_t)timegm(&tm) * 1000 : 0;
}

int st_aws_stream_response(struct st_engine_stream *stream, unsigned status,
                           const char *(*header)(const void *headers, const char *name),
                           const void *headers)
{
    const char *type = header(headers, "x-amzn-errortype");
    stream->status = status;
    stream->server_unix_ms = read_date(header(headers, "date"));
    snprintf(stream->error_type, sizeof(stream->error_type), "%s", type ? type : "");
    return 0;
}

static enum st_engine_trouble judge_refusal(struct st_engine_stream *stream, char *what,
                                            size_t what_bytes)
{
    char text[512];
    st_aws_reply_message(stream->body, stream->body_bytes, text, sizeof(text));
    struct st_aws_exception exception = {stream->error_type, text, stream->status};
    if (stream->error_type[0])
        return judge(stream, &exception, what, what_bytes);
    struct st_engine_closing closing = {.http_status = (uint16_t)stream->status};
    return st_engine_closing_trouble(&closing);
}

enum st_engine_trouble st_aws_stream_closing(struct st_engine_stream *stream,
                                             const struct st_engine_closing *closing,
                                             char *ret_what, size_t what_bytes)
{
    if (stream->status != 0 && stream->status != 200)
        return judge_refusal(stream, ret_what, what_bytes);
    enum st_engine_trouble trouble = st_engine_closing_trouble(closing);
    if (trouble == ST_TROUBLE_REFUSED)
        snprintf(ret_what, what_bytes,
                 "AWS refuses the connection (HTTP %u): check credentials, permissions, region and "
                 "this machine's clock",
                 closing->http_status);
    return trouble;
}
