/* Our own dialect: proto/ingest-pcm.md is its contract. */
#include "pcm_start.h"

#include "sidetone/json_writer.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAG_BYTES = 8,
    /* 1 s at the highest rate in two channels of 16 bits, and room for tags. The exact second is
     * known when start says what the bytes are. */
    EARLY_BYTES_MAX = 200000,
};

struct st_dialect {
    struct st_dialect_link link;
    struct st_pcm_start start;
    struct st_dialect_early early;
};

/* ---- errors ---- */

enum error {
    BAD_MESSAGE,
    BAD_START,
    ALREADY_STARTED,
    CALL_EXISTS,
    MEDIA_BEFORE_START,
    BAD_MEDIA,
    NOT_ALLOWED,
    BUSY,
};

static const struct {
    const char *code;
    uint16_t close;
} errors[] = {
    [BAD_MESSAGE] = {"bad_message", 1007},
    [BAD_START] = {"bad_start", 1008},
    [ALREADY_STARTED] = {"already_started", 1008},
    [CALL_EXISTS] = {"call_exists", 1008},
    [MEDIA_BEFORE_START] = {"media_before_start", 1008},
    [BAD_MEDIA] = {"bad_media", 1008},
    [NOT_ALLOWED] = {"not_allowed", 1008},
    [BUSY] = {"busy", 1013},
};

static void send_json(struct st_dialect *pcm, struct st_json_writer *json)
{
    st_json_end_object(json);
    pcm->link.sink->send(pcm->link.user, json->data, json->len, false);
    st_json_fini(json);
}

static void begin_json(struct st_json_writer *json, const char *type)
{
    st_json_init(json);
    st_json_begin_object(json);
    st_json_set_string(json, "type", type);
}

static int refuse(struct st_dialect *pcm, struct st_ingest_close *ret_close, enum error error,
                  const char *message)
{
    struct st_json_writer json;
    begin_json(&json, "error");
    st_json_set_string(&json, "code", errors[error].code);
    st_json_set_string(&json, "message", message);
    send_json(pcm, &json);
    return st_dialect_break(&pcm->link, ret_close, errors[error].close, "%s: %s",
                            errors[error].code, message);
}

/* ---- audio ---- */

/* NULL with *ret_media and its length in time filled, or what is wrong. */
static const char *read_media(const struct st_pcm_format *format, const uint8_t *data, size_t bytes,
                              struct st_ingest_media *ret_media, size_t *ret_samples)
{
    struct st_ingest_media media = {
        .channel = format->channel,
        .is_interleaved = format->layout == ST_PCM_INTERLEAVED,
        .position_us = ST_DIALECT_APPEND,
    };
    if (format->layout == ST_PCM_TAGGED) {
        if (bytes < TAG_BYTES)
            return "a tagged message is shorter than its tag";
        uint64_t position = 0;
        for (unsigned i = TAG_BYTES - 1; i > 0; i--)
            position = position << 8 | data[i];
        media.channel = data[0];
        if (media.channel >= ST_CHANNELS_MAX)
            return "no such channel";
        if (position / format->rate_hz > ST_DIALECT_POSITION_MAX_US / 1000000)
            return "a position beyond 100 days";
        media.position_us = (int64_t)(position * 1000000 / format->rate_hz);
        data += TAG_BYTES;
        bytes -= TAG_BYTES;
    }
    size_t block = format->sample_bytes * (media.is_interleaved ? ST_CHANNELS_MAX : 1);
    if (bytes % block != 0)
        return "half a sample";
    if (bytes / block > format->rate_hz)
        return "more than 1 s of audio in one message";
    media.payload = data;
    media.bytes = bytes;
    *ret_media = media;
    *ret_samples = bytes / block;
    return NULL;
}

static int handle_media(struct st_dialect *pcm, const uint8_t *data, size_t bytes,
                        struct st_ingest_close *ret_close)
{
    struct st_ingest_media media;
    size_t samples;
    const char *wrong = read_media(&pcm->start.format, data, bytes, &media, &samples);
    if (wrong)
        return refuse(pcm, ret_close, BAD_MEDIA, wrong);
    if (samples > 0)
        pcm->link.sink->media(pcm->link.user, &media);
    return 0;
}

static int keep_early(struct st_dialect *pcm, const void *data, size_t bytes,
                      struct st_ingest_close *ret_close)
{
    int err = st_dialect_early_put(&pcm->early, EARLY_BYTES_MAX, data, bytes);
    if (err == -ENOMEM)
        return refuse(pcm, ret_close, BUSY, "out of memory");
    if (err < 0)
        return refuse(pcm, ret_close, MEDIA_BEFORE_START, "more than 1 s of audio before start");
    return 0;
}

/* Before the call begins, so that a broken peer leaves no call behind. */
static int check_early(struct st_dialect *pcm, struct st_ingest_close *ret_close)
{
    size_t at = 0, bytes, samples, sums[ST_CHANNELS_MAX] = {0};
    const uint8_t *data;
    struct st_ingest_media media;
    while (st_dialect_early_next(&pcm->early, &at, &data, &bytes)) {
        const char *wrong = read_media(&pcm->start.format, data, bytes, &media, &samples);
        if (wrong)
            return refuse(pcm, ret_close, BAD_MEDIA, wrong);
        sums[media.channel] += samples;
        if (sums[media.channel] > pcm->start.format.rate_hz)
            return refuse(pcm, ret_close, MEDIA_BEFORE_START,
                          "more than 1 s of audio before start");
    }
    return 0;
}

static int replay_early(struct st_dialect *pcm, struct st_ingest_close *ret_close)
{
    size_t at = 0, bytes;
    const uint8_t *data;
    int err = 0;
    while (err == 0 && st_dialect_early_next(&pcm->early, &at, &data, &bytes))
        err = handle_media(pcm, data, bytes, ret_close);
    st_dialect_early_fini(&pcm->early);
    return err;
}

/* ---- start ---- */

static int refuse_start(struct st_dialect *pcm, int err, struct st_ingest_close *ret_close)
{
    switch (err) {
    case -EEXIST:
        return refuse(pcm, ret_close, CALL_EXISTS,
                      "another connection carries that channel of the call");
    case -EACCES:
        return refuse(pcm, ret_close, NOT_ALLOWED, "the token is for another call");
    case -ENOTSUP:
        return refuse(pcm, ret_close, BAD_START, "language: the route's engine does not know it");
    default:
        return refuse(pcm, ret_close, BUSY, "no further calls are taken at the moment");
    }
}

static int begin_call(struct st_dialect *pcm, struct st_ingest_close *ret_close)
{
    int err = st_dialect_begin(&pcm->link, &pcm->start.out);
    return err ? refuse_start(pcm, err, ret_close) : 0;
}

static int handle_start(struct st_dialect *pcm, struct st_scan scan,
                        struct st_ingest_close *ret_close)
{
    char message[ST_PCM_MESSAGE_BYTES];
    if (pcm->link.phase != ST_DIALECT_WAITING)
        return refuse(pcm, ret_close, ALREADY_STARTED, "a second start");
    int err = st_pcm_start_read(&pcm->start, scan, message);
    if (err == -EPROTO)
        return refuse(pcm, ret_close, BAD_START, message);
    if (err < 0)
        return refuse(pcm, ret_close, BUSY, "no memory for a further call");
    err = check_early(pcm, ret_close);
    if (err == 0)
        err = begin_call(pcm, ret_close);
    if (err < 0)
        return err;
    struct st_json_writer json;
    begin_json(&json, "started");
    st_json_set_string(&json, "call_id", pcm->start.out.call_id);
    st_json_set_int(&json, "v", 1);
    send_json(pcm, &json);
    return replay_early(pcm, ret_close);
}

/* ---- the other messages ---- */

/* The value of the last member of that name. */
static bool find_member(struct st_scan scan, const char *name, struct st_scan *ret_value)
{
    struct st_slice key;
    bool is_found = false;
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key)) {
        if (st_slice_is(key, name)) {
            *ret_value = scan;
            is_found = true;
        }
        st_scan_skip(&scan);
    }
    return is_found;
}

static int handle_dtmf(struct st_dialect *pcm, struct st_scan scan,
                       struct st_ingest_close *ret_close)
{
    struct st_scan value;
    struct st_slice text;
    int64_t channel = pcm->start.format.channel;
    if (find_member(scan, "channel", &value) &&
        !st_pcm_whole(&value, INT64_MIN, INT64_MAX, &channel))
        return refuse(pcm, ret_close, BAD_MESSAGE, "channel: must be a whole number");
    if (channel < 0 || channel >= ST_CHANNELS_MAX ||
        (pcm->start.format.layout == ST_PCM_MONO && channel != pcm->start.format.channel))
        return refuse(pcm, ret_close, BAD_MEDIA, "no such channel");
    if (!find_member(scan, "digit", &value) || !st_scan_string(&value, &text) ||
        st_dialect_digit(text) == 0)
        return refuse(pcm, ret_close, BAD_MESSAGE, "digit: must be one of 0-9, A-D, * and #");
    pcm->link.sink->dtmf(pcm->link.user, (unsigned)channel, st_dialect_digit(text),
                         ST_DIALECT_APPEND, 0);
    return 0;
}

static int handle_mark(struct st_dialect *pcm, struct st_scan scan,
                       struct st_ingest_close *ret_close)
{
    struct st_scan value;
    struct st_slice slice;
    char name[256];
    if (!find_member(scan, "name", &value) || !st_scan_string(&value, &slice))
        return refuse(pcm, ret_close, BAD_MESSAGE, "name: must be text");
    st_scan_unescape(slice, name, sizeof(name));
    pcm->link.sink->mark(pcm->link.user, name);
    return 0;
}

static int handle_pause(struct st_dialect *pcm, struct st_scan scan,
                        struct st_ingest_close *ret_close)
{
    pcm->link.sink->pause(pcm->link.user);
    return 0;
}

static int handle_resume(struct st_dialect *pcm, struct st_scan scan,
                         struct st_ingest_close *ret_close)
{
    pcm->link.sink->resume(pcm->link.user);
    return 0;
}

static int handle_stop(struct st_dialect *pcm, struct st_scan scan,
                       struct st_ingest_close *ret_close)
{
    struct st_json_writer json;
    st_dialect_end(&pcm->link, ST_INGEST_END_STOPPED);
    begin_json(&json, "stopped");
    send_json(pcm, &json);
    return 1;
}

static const struct {
    const char *type;
    bool needs_call;
    int (*handle)(struct st_dialect *pcm, struct st_scan scan, struct st_ingest_close *ret_close);
} handlers[] = {
    {"start", false, handle_start}, {"dtmf", true, handle_dtmf},     {"mark", true, handle_mark},
    {"pause", true, handle_pause},  {"resume", true, handle_resume}, {"stop", false, handle_stop},
};

static int receive_text(struct st_dialect *pcm, const char *text, size_t bytes,
                        struct st_ingest_close *ret_close)
{
    struct st_scan scan, value;
    struct st_slice type;
    if (bytes > ST_DIALECT_TEXT_MAX)
        return refuse(pcm, ret_close, BAD_MESSAGE, "longer than 65536 bytes");
    st_scan_init(&scan, text, bytes);
    struct st_scan begin = scan;
    st_scan_skip(&scan);
    if (st_scan_finish(&scan) < 0)
        return refuse(pcm, ret_close, BAD_MESSAGE, "not JSON");
    if (!find_member(begin, "type", &value) || !st_scan_string(&value, &type))
        return refuse(pcm, ret_close, BAD_MESSAGE, "not an object with a type that is text");
    for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        if (st_slice_is(type, handlers[i].type) &&
            (!handlers[i].needs_call || pcm->link.phase == ST_DIALECT_STARTED))
            return handlers[i].handle(pcm, begin, ret_close);
    st_dialect_ignore(&pcm->link);
    return 0;
}

/* ---- the contract ---- */

static int create(struct st_dialect **ret_dialect, const struct st_dialect_config *config)
{
    struct st_dialect *pcm = st_mem_alloc(sizeof(*pcm));
    pcm->link = (struct st_dialect_link){.sink = config->sink, .user = config->user};
    st_pcm_start_init(&pcm->start);
    *ret_dialect = pcm;
    return 0;
}

static void destroy(struct st_dialect *pcm)
{
    if (!pcm)
        return;
    st_pcm_start_fini(&pcm->start);
    st_dialect_early_fini(&pcm->early);
    free(pcm);
}

static int receive(struct st_dialect *pcm, const void *data, size_t bytes, bool is_binary,
                   struct st_ingest_close *ret_close)
{
    if (pcm->link.phase == ST_DIALECT_ENDED)
        return 1;
    if (!is_binary)
        return receive_text(pcm, data, bytes, ret_close);
    if (pcm->link.phase == ST_DIALECT_WAITING)
        return keep_early(pcm, data, bytes, ret_close);
    return handle_media(pcm, data, bytes, ret_close);
}

static void refused(struct st_dialect *pcm, int err, struct st_ingest_close *ret_close)
{
    pcm->link.phase = ST_DIALECT_ENDED;
    refuse_start(pcm, err, ret_close);
}

static void lost(struct st_dialect *pcm)
{
    st_dialect_end(&pcm->link, ST_INGEST_END_LOST);
}

const struct st_dialect_ops st_dialect_pcm = {
    .name = "pcm",
    .subprotocol = "sidetone.v1",
    .needs_token = true,
    .create = create,
    .destroy = destroy,
    .receive = receive,
    .refused = refused,
    .lost = lost,
};
