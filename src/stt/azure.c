/*
 * Azure Speech by the protocol of its SDKs: one channel in one WebSocket, in turns.
 *
 * A turn is a request: its context, a WAV header, audio. Conversations are one long turn, but the
 * service may end it at any time; then the next one begins with the audio that no result has
 * covered yet, and its times count from there. So the last seconds are kept here. When more than
 * those were not covered the stream is over, and the session opens another.
 *
 * Hypotheses tell order: a phrase that comes while the one before it is still owed is held until
 * the next phrase, which may be that one. A phrase told twice is passed over; one from before the
 * last is a broken protocol.
 *
 * The service takes five seconds of audio at once and then twice the speed of speech; what is more
 * waits in the session.
 */
#include "azure_reply.h"
#include "engines.h"
#include "kept.h"
#include "remote.h"

#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    RATE_LOW_HZ = 8000,
    RATE_HIGH_HZ = 16000,
    CHUNK_US = 100 * MS_US,
    STALL_US = 5 * SECOND_US,
    AT_ONCE_US = 5 * SECOND_US,
    SPEED = 2, /* behind that */
    KEPT_US = 4 * SECOND_US,
    SLACK_US = 300 * MS_US,
    LAG_STEP_US = 100 * MS_US,
    HINTS_MAX = 500,
    WAV_BYTES = 44,
};

static const char path[] = "/speech/recognition/conversation/cognitiveservices/v1";

/* The service's options that may be given, and `auth`: key or token. */
static const char *const parameter_names[] = {
    "auth",
    "endSilenceTimeoutMs",
    "initialSilenceTimeoutMs",
    "language",
    "postprocessing",
    "profanity",
    "segmentationMaximumTimeMs",
    "segmentationSilenceTimeoutMs",
    "segmentationStrategy",
    "stableIntermediateThreshold",
    "storeAudio",
    NULL,
};

struct st_engine {
    const struct st_config_remote_engine *remote;
    char *url;
    char *authorization; /* the header */
    char *ca_file;       /* NULL: the system's certificates */
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
    int16_t *kept;       /* the newest audio, a ring */
    size_t kept_samples;
    int64_t given;      /* samples, in all */
    int64_t next;       /* of them, to be sent */
    int64_t turn;       /* of them, the turn's first */
    int64_t sent_us;    /* through this connection, some of it again */
    int64_t started_us; /* the clock then; 0: no audio yet */
    int64_t covered_us; /* up to where results have come */
    int64_t last_start_us;
    int64_t heard_us; /* the end of the newest hypothesis */
    int64_t told_lag_us;
    uint64_t id;     /* of the current utterance */
    int64_t open_us; /* where it began; meaningless without a partial */
    bool has_partial;
    bool is_owed; /* another utterance has begun, and this one's phrase has not come */
    bool is_configured;
    bool is_finishing;
};

/* ---- the engine ---- */

/* As Microsoft's SDKs choose it. */
static const char *domain_of(const char *region)
{
    if (strncmp(region, "china", 5) == 0)
        return "azure.cn";
    if (strncmp(region, "usgov", 5) == 0)
        return "azure.us";
    return "microsoft.com";
}

static bool is_region(const char *region)
{
    for (; *region; region++)
        if (!islower((unsigned char)*region) && !isdigit((unsigned char)*region))
            return false;
    return true;
}

static int find_url(const struct st_config_remote_engine *remote, char *url, size_t url_bytes,
                    char *ret_why, size_t why_bytes)
{
    const char *given;
    bool has_url = remote->url && remote->url[0], has_region = remote->region && remote->region[0];
    if (!has_url && !has_region) {
        snprintf(ret_why, why_bytes,
                 "no region: set 'region' of engine '%s' to that of the Speech resource, such as "
                 "westeurope, or 'url'",
                 remote->name);
        return -ENOENT;
    }
    if (!has_url && (!is_region(remote->region) || strlen(remote->region) > 40)) {
        snprintf(ret_why, why_bytes,
                 "'region' of engine '%s' must be Azure's name for one, such as westeurope",
                 remote->name);
        return -EINVAL;
    }
    if (!has_url) {
        snprintf(url, url_bytes, "wss://%s.stt.speech.%s", remote->region,
                 domain_of(remote->region));
        return 0;
    }
    int err = st_remote_check_url(remote, NULL, &given, ret_why, why_bytes);
    if (!err)
        snprintf(url, url_bytes, "%s", given);
    return err;
}

static int check_auth(const struct st_config_remote_engine *remote, bool *ret_is_token,
                      char *ret_why, size_t why_bytes)
{
    const char *auth = st_remote_parameter(remote, "auth");
    *ret_is_token = auth && strcmp(auth, "token") == 0;
    if (!auth || *ret_is_token || strcmp(auth, "key") == 0)
        return 0;
    snprintf(ret_why, why_bytes, "parameter 'auth' of engine '%s' is key or token", remote->name);
    return -EINVAL;
}

static char *make_authorization(const char *key, bool is_token)
{
    const char *head = is_token ? "Authorization: Bearer " : "Ocp-Apim-Subscription-Key: ";
    size_t bytes = strlen(head) + strlen(key) + 1;
    char *text = st_mem_alloc(bytes);
    snprintf(text, bytes, "%s%s", head, key);
    return text;
}

static int load(struct st_engine **ret_engine, const struct st_config_engines *config,
                const struct st_config_remote_engine *remote, char *ret_why, size_t why_bytes)
{
    char url[1100];
    bool is_token;
    int err = find_url(remote, url, sizeof(url), ret_why, why_bytes);
    if (!err)
        err = st_remote_check_key(remote, "a key of the Speech resource, in the Azure portal",
                                  ret_why, why_bytes);
    if (!err)
        err = st_remote_check_parameters(remote, parameter_names, ret_why, why_bytes);
    if (!err)
        err = check_auth(remote, &is_token, ret_why, why_bytes);
    if (err)
        return err;
    struct st_engine *engine = st_mem_alloc(sizeof(*engine));
    engine->remote = remote;
    engine->url = st_mem_strdup(url);
    engine->authorization = make_authorization(remote->key, is_token);
    engine->ca_file = remote->ca_file && remote->ca_file[0] ? st_mem_strdup(remote->ca_file) : NULL;
    *ret_engine = engine;
    return 0;
}

static void unload(struct st_engine *engine)
{
    if (!engine)
        return;
    free(engine->url);
    free(engine->authorization);
    free(engine->ca_file);
    free(engine);
}

static void describe(const struct st_engine *engine, char *out, size_t out_bytes)
{
    char address[256];
    st_remote_show_url(engine->url, address, sizeof(address));
    snprintf(out, out_bytes, "Azure Speech at %s", address);
}

static uint32_t rate_hz(const struct st_engine *engine, uint32_t wire_hz)
{
    return wire_hz == RATE_LOW_HZ ? RATE_LOW_HZ : RATE_HIGH_HZ;
}

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

static void add_default(struct st_engine_stream *stream, const char *name, const char *value)
{
    if (!st_remote_has_query(stream->engine->url, name) && value && value[0])
        st_remote_add_query(&stream->url, name, value);
}

static void add_parameters(struct st_engine_stream *stream)
{
    const struct st_config_remote_engine *remote = stream->engine->remote;
    for (size_t i = 0; parameter_names[i]; i++) {
        bool is_ours =
            strcmp(parameter_names[i], "auth") == 0 || strcmp(parameter_names[i], "language") == 0;
        if (!is_ours)
            add_default(stream, parameter_names[i],
                        st_remote_parameter(remote, parameter_names[i]));
    }
}

static const char *language_of(const struct st_engine_stream *stream)
{
    const char *language = st_remote_parameter(stream->engine->remote, "language");
    return language ? language : stream->config.language;
}

/* A custom model brings its language. */
static void make_url(struct st_engine_stream *stream)
{
    const struct st_engine *engine = stream->engine;
    const char *model = engine->remote->model, *rest = strstr(engine->url, "://") + 3;
    bool has_model = model && model[0];
    rest += strcspn(rest, "/?");
    st_json_append(&stream->url, engine->url, strlen(engine->url) - (strcmp(rest, "/") == 0));
    if (*rest == '\0' || strcmp(rest, "/") == 0)
        st_json_append(&stream->url, path, sizeof(path) - 1);
    add_default(stream, has_model ? "cid" : "language", has_model ? model : language_of(stream));
    add_default(stream, "format", "detailed");
    add_default(stream, "wordLevelTimestamps", "true");
    add_parameters(stream);
    st_remote_end_url(&stream->url);
}

static int target(struct st_engine_stream *stream, struct st_engine_target *ret_target,
                  char *ret_why, size_t why_bytes)
{
    *ret_target = (struct st_engine_target){
        .url = stream->url.data, .headers = stream->headers, .ca_file = stream->engine->ca_file};
    return 0;
}

static const struct st_remote_end ends[] = {
    {400, 0, NULL, ST_TROUBLE_UNSUITED,
     "Azure refused the options (400): check the engine's parameters and the call's language"},
    {401, 0, NULL, ST_TROUBLE_REFUSED,
     "Azure does not accept the key or token (401): check 'key', and that it is of that region"},
    {403, 0, NULL, ST_TROUBLE_REFUSED,
     "the Azure resource does not allow this (403): its quota is used up, it is disabled, or its "
     "network rules keep us out"},
    {404, 0, NULL, ST_TROUBLE_UNSUITED,
     "Azure knows no such address (404): check 'region' or 'url', and the model's id"},
    {429, 0, NULL, ST_TROUBLE_THROTTLED,
     "the Azure resource has as many streams as it may (429): raise its limit, or set 'streams' "
     "below it"},
    {0, 1007, "uota", ST_TROUBLE_THROTTLED,
     "the Azure resource's quota is used up (1007): raise its limit or tier"},
    {0, 1007, "uthenticat", ST_TROUBLE_REFUSED,
     "Azure does not accept the key or token any more (1007): check 'key'"},
    {0, 1007, NULL, ST_TROUBLE_UNSUITED,
     "Azure does not take what it was sent (1007): check the call's language and the parameters"},
    {0, 1008, NULL, ST_TROUBLE_REFUSED, "Azure's policy ended the stream (1008)"},
    {0, 1002, NULL, ST_TROUBLE_PROTOCOL, "Azure broke off (1002)"},
    {0, 1003, NULL, ST_TROUBLE_UNSUITED, "Azure does not take this kind of data (1003)"},
    {0, 1011, NULL, ST_TROUBLE_SERVER, "Azure failed (1011)"},
    {0, 1013, NULL, ST_TROUBLE_THROTTLED, "Azure is busy (1013)"},
    {0, 4000, NULL, ST_TROUBLE_UNSUITED, "Azure refused the request (4000)"},
    {0, 4429, NULL, ST_TROUBLE_THROTTLED,
     "the Azure resource has as many streams as it may (4429)"},
    {0, 1000, NULL, ST_TROUBLE_EXPIRED, "Azure ended the session"},
    {0, 0, NULL, ST_TROUBLE_LOST, NULL},
};

static enum st_engine_trouble closing(struct st_engine_stream *stream,
                                      const struct st_engine_closing *closing, char *ret_what,
                                      size_t what_bytes)
{
    return st_remote_judge(ends, closing, ret_what, what_bytes);
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

static void send_json(struct st_engine_stream *stream, const char *frame_path,
                      struct st_json_writer *body)
{
    send_frame(stream, frame_path, "application/json", body->data, body->len, false);
    st_json_fini(body);
}

static void write_source(struct st_json_writer *json, uint32_t rate)
{
    st_json_key(json, "audio");
    st_json_begin_object(json);
    st_json_key(json, "source");
    st_json_begin_object(json);
    st_json_set_int(json, "bitspersample", 16);
    st_json_set_int(json, "channelcount", 1);
    st_json_set_int(json, "samplerate", rate);
    st_json_set_string(json, "type", "Stream");
    st_json_end_object(json);
    st_json_end_object(json);
}

static void send_config(struct st_engine_stream *stream)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_key(&json, "context");
    st_json_begin_object(&json);
    st_json_key(&json, "system");
    st_json_begin_object(&json);
    st_json_set_string(&json, "name", "Sidetone");
    st_json_set_string(&json, "version", ST_VERSION);
    st_json_end_object(&json);
    write_source(&json, stream->config.rate_hz);
    st_json_end_object(&json);
    st_json_set_string(&json, "recognition", "conversation");
    st_json_end_object(&json);
    send_json(stream, "speech.config", &json);
}

/* As the SDKs write a phrase list. */
static void write_hints(struct st_json_writer *json, const struct st_engine_stream_config *config)
{
    if (config->hint_count == 0)
        return;
    st_json_key(json, "dgi");
    st_json_begin_object(json);
    st_json_key(json, "groups");
    st_json_begin_array(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", "Generic");
    st_json_key(json, "items");
    st_json_begin_array(json);
    for (size_t i = 0; i < config->hint_count && i < HINTS_MAX; i++) {
        st_json_begin_object(json);
        st_json_set_string(json, "text", config->hints[i]);
        st_json_end_object(json);
    }
    st_json_end_array(json);
    st_json_end_object(json);
    st_json_end_array(json);
    st_json_set_int(json, "bias", 1);
    st_json_end_object(json);
}

static void send_context(struct st_engine_stream *stream)
{
    struct st_json_writer json;
    st_json_init(&json);
    st_json_begin_object(&json);
    st_json_key(&json, "phraseDetection");
    st_json_begin_object(&json);
    st_json_set_string(&json, "mode", "Conversation");
    st_json_set_string(&json, "language", language_of(stream));
    st_json_end_object(&json);
    st_json_key(&json, "phraseOutput");
    st_json_begin_object(&json);
    st_json_set_string(&json, "format", "Detailed");
    st_json_key(&json, "detailed");
    st_json_begin_object(&json);
    st_json_key(&json, "options");
    st_json_begin_array(&json);
    st_json_string(&json, "WordTimings");
    st_json_end_array(&json);
    st_json_end_object(&json);
    st_json_end_object(&json);
    write_hints(&json, &stream->config);
    st_json_end_object(&json);
    send_json(stream, "speech.context", &json);
}

static void put_le(uint8_t *out, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * i));
}

/* Of a file without end: its lengths are 0. */
static void send_wav_header(struct st_engine_stream *stream)
{
    uint8_t header[WAV_BYTES] = "RIFF\0\0\0\0WAVEfmt ";
    put_le(header + 16, 16, 4);
    put_le(header + 20, 1, 2); /* PCM */
    put_le(header + 22, 1, 2); /* channel */
    put_le(header + 24, stream->config.rate_hz, 4);
    put_le(header + 28, stream->config.rate_hz * 2, 4);
    put_le(header + 32, 2, 2);
    put_le(header + 34, 16, 2);
    memcpy(header + 36, "data", 4);
    send_frame(stream, "audio", "audio/x-wav", header, sizeof(header), true);
}

/* ---- audio ---- */

static int64_t samples_us(const struct st_engine_stream *stream, int64_t samples)
{
    return samples * SECOND_US / stream->config.rate_hz;
}

static int64_t us_samples(const struct st_engine_stream *stream, int64_t us)
{
    return us * stream->config.rate_hz / SECOND_US;
}

static bool may_send(struct st_engine_stream *stream, int64_t samples)
{
    int64_t now_us = st_loop_now_us();
    if (stream->started_us == 0)
        stream->started_us = now_us;
    return stream->sent_us + samples_us(stream, samples) <=
           AT_ONCE_US + SPEED * (now_us - stream->started_us);
}

/* Audio that is kept, from the next on. */
static void send_kept(struct st_engine_stream *stream, size_t count)
{
    int16_t samples[RATE_HIGH_HZ / 10];
    for (size_t i = 0; i < count; i++)
        samples[i] = stream->kept[(size_t)(stream->next + (int64_t)i) % stream->kept_samples];
    stream->next += (int64_t)count;
    stream->sent_us += samples_us(stream, (int64_t)count);
    send_frame(stream, "audio", NULL, samples, count * sizeof(samples[0]), true);
}

static size_t waiting_samples(const struct st_engine_stream *stream)
{
    int64_t count = stream->given - stream->next, chunk = us_samples(stream, CHUNK_US);
    return (size_t)(count < chunk ? count : chunk);
}

static int audio(struct st_engine_stream *stream, const struct st_frame *frames)
{
    size_t count = frames[0].count, waiting;
    if (count == 0)
        return 0; /* an empty message would end the turn */
    if (count > RATE_HIGH_HZ / 10)
        return -EINVAL;
    while ((waiting = waiting_samples(stream)) > 0) {
        if (!may_send(stream, (int64_t)waiting))
            return -EAGAIN;
        send_kept(stream, waiting);
    }
    if (!may_send(stream, (int64_t)count))
        return -EAGAIN;
    for (size_t i = 0; i < count; i++)
        stream->kept[(size_t)(stream->given + (int64_t)i) % stream->kept_samples] =
            frames[0].samples[i];
    stream->given += (int64_t)count;
    send_kept(stream, count);
    return 0;
}

static void finish(struct st_engine_stream *stream)
{
    size_t waiting;
    stream->is_finishing = true;
    while ((waiting = waiting_samples(stream)) > 0)
        send_kept(stream, waiting);
    send_frame(stream, "audio", NULL, NULL, 0, true);
}

/* ---- turns ---- */

static int begin_turn(struct st_engine_stream *stream)
{
    int err = make_id(stream->request_id);
    if (err)
        return err;
    if (!stream->is_configured)
        send_config(stream);
    stream->is_configured = true;
    send_context(stream);
    send_wav_header(stream);
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
    free(stream->kept);
    free(stream);
}

static int open_stream(struct st_engine_stream **ret_stream, struct st_engine *engine,
                       const struct st_engine_stream_config *config)
{
    char id[ST_AZURE_ID_BYTES];
    if (config->rate_hz != RATE_LOW_HZ && config->rate_hz != RATE_HIGH_HZ)
        return -EINVAL;
    if (make_id(id) < 0)
        return -EIO;
    struct st_engine_stream *stream = st_mem_alloc(sizeof(*stream));
    stream->config = *config;
    stream->engine = engine;
    stream->id = 1;
    stream->kept_samples = (size_t)us_samples(stream, KEPT_US);
    stream->kept = st_mem_alloc(stream->kept_samples * sizeof(stream->kept[0]));
    snprintf(stream->connection, sizeof(stream->connection), "X-ConnectionId: %s", id);
    stream->headers[0] = engine->authorization;
    stream->headers[1] = stream->connection;
    make_url(stream);
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
    int64_t turn_us = samples_us(stream, stream->turn);
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
    int64_t lag_us = stream->has_partial ? samples_us(stream, stream->next) - stream->heard_us : 0;
    int64_t change_us = lag_us - stream->told_lag_us;
    if (lag_us >= 0 && (change_us > LAG_STEP_US || change_us < -LAG_STEP_US)) {
        stream->told_lag_us = lag_us;
        stream->config.sink->lag(stream->config.user, lag_us);
    }
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
    cover(stream, reply->end_us + samples_us(stream, stream->turn));
    return 0;
}

/* The audio that no result covers goes again, in another turn. */
static int handle_turn_end(struct st_engine_stream *stream)
{
    withdraw(stream);
    release_held(stream);
    if (stream->is_finishing) {
        stream->config.sink->done(stream->config.user);
        return 0;
    }
    int64_t covered = us_samples(stream, stream->covered_us);
    if (covered > stream->next)
        covered = stream->next;
    if (stream->given - covered > (int64_t)stream->kept_samples) {
        stream->config.sink->failed(stream->config.user, ST_TROUBLE_EXPIRED,
                                    "Azure ended its turn");
        return 0;
    }
    stream->next = stream->turn = covered;
    return begin_turn(stream) < 0 ? -EPROTO : 0;
}

static int receive(struct st_engine_stream *stream, const void *data, size_t bytes, bool is_binary)
{
    struct st_azure_reply *reply = &stream->reply;
    int64_t sent_us = samples_us(stream, stream->next - stream->turn);
    int err = st_azure_reply_read(reply, data, bytes, is_binary, sent_us);
    if (err)
        return err;
    if (reply->frame.request_id[0] && strcmp(reply->frame.request_id, stream->request_id) != 0)
        return 0; /* of a turn that is over */
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
    .kind = ST_ENGINE_WEBSOCKET,
    .chunk_us = CHUNK_US,
    .stall_us = STALL_US,
    .answers_speech_only = true,
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
    .closing = closing,
};
