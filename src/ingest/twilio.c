/* Twilio Media Streams; proto/ingest-twilio.md says what we make of each message. */
#include "dialect_common.h"
#include "reorder.h"
#include "twilio_message.h"
#include "twilio_signature.h"
#include "twilio_start.h"

#include "sidetone/base64.h"
#include "sidetone/config.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    EARLY_BYTES_MAX = 131072, /* messages; their audio is bounded to 1 s as well */
    PIECE_CHARS = ST_REORDER_CHUNK_BYTES / 3 * 4,
};

struct track {
    struct st_dialect *twilio;
    unsigned channel;
    bool is_carried;
    size_t early_bytes; /* of audio before start */
    struct st_reorder reorder;
};

struct st_dialect {
    struct st_dialect_link link;
    struct track tracks[ST_TWILIO_TRACKS];
    uint32_t rate_hz;
    int64_t newest_us; /* end of the furthest chunk of any track */
    const char *stream_id;
    struct st_twilio_start start;
    struct st_dialect_early early;
    char *unescaped; /* for payloads with escapes, which some encoders write; NULL until needed */
    uint8_t piece[ST_REORDER_CHUNK_BYTES];
};

/* ---- media ---- */

static void pass_piece(void *user, int64_t position_us, const uint8_t *payload, size_t bytes)
{
    struct track *track = user;
    struct st_ingest_media media = {
        .channel = track->channel,
        .payload = payload,
        .bytes = bytes,
        .position_us = position_us,
    };
    track->twilio->link.sink->media(track->twilio->link.user, &media);
}

static bool resolve_escapes(struct st_dialect *twilio, struct st_slice *payload)
{
    if (!payload->has_escapes)
        return true;
    if (!twilio->unescaped)
        twilio->unescaped = st_mem_try_alloc(ST_DIALECT_TEXT_MAX + 1);
    if (!twilio->unescaped)
        return false;
    payload->len = st_scan_unescape(*payload, twilio->unescaped, ST_DIALECT_TEXT_MAX + 1);
    payload->data = twilio->unescaped;
    payload->has_escapes = false;
    return true;
}

static void put_piece(struct st_dialect *twilio, struct track *track, int64_t position_us,
                      size_t bytes)
{
    if (position_us < 0) {
        st_reorder_flush(&track->reorder);
        pass_piece(track, ST_DIALECT_APPEND, twilio->piece, bytes);
        return;
    }
    int64_t end_us = position_us + (int64_t)(bytes * 1000000 / twilio->rate_hz);
    if (end_us > twilio->newest_us)
        twilio->newest_us = end_us;
    st_reorder_put(&track->reorder, position_us, end_us, twilio->piece, bytes);
    for (unsigned i = 0; i < ST_TWILIO_TRACKS; i++)
        st_reorder_advance(&twilio->tracks[i].reorder, twilio->newest_us);
}

/* Long payloads go in pieces, so that what the dialect holds stays small. */
static int put_payload(struct st_dialect *twilio, struct track *track, struct st_slice payload,
                       int64_t position_us)
{
    size_t sent = 0;
    for (size_t at = 0; at < payload.len; at += PIECE_CHARS) {
        bool is_last = payload.len - at <= PIECE_CHARS;
        size_t chars = is_last ? payload.len - at : PIECE_CHARS;
        ssize_t bytes = st_base64_decode(payload.data + at, chars, twilio->piece);
        if (bytes < 0 || (!is_last && bytes < ST_REORDER_CHUNK_BYTES))
            return -EBADMSG;
        int64_t offset_us = (int64_t)(sent * 1000000 / twilio->rate_hz);
        put_piece(twilio, track, position_us < 0 ? position_us : position_us + offset_us,
                  (size_t)bytes);
        sent += (size_t)bytes;
    }
    return 0;
}

static int keep_early(struct st_dialect *twilio, struct track *track,
                      const struct st_twilio_media *media, struct st_slice text,
                      struct st_ingest_close *ret_close)
{
    size_t chars = media->payload.len;
    while (chars > 0 && media->payload.data[chars - 1] == '=')
        chars--;
    track->early_bytes += chars * 3 / 4;
    int err = track->early_bytes > ST_TWILIO_RATE_DEFAULT_HZ
                  ? -ENOBUFS
                  : st_dialect_early_put(&twilio->early, EARLY_BYTES_MAX, text.data, text.len);
    if (err == -ENOBUFS)
        return st_dialect_break(&twilio->link, ret_close, 1008,
                                "more than 1 s of media before start");
    return err < 0 ? st_dialect_break(&twilio->link, ret_close, 1013, "out of memory") : 0;
}

static bool is_other_stream(const struct st_dialect *twilio, struct st_slice stream_id)
{
    size_t bytes = strlen(twilio->stream_id);
    return bytes > 0 && stream_id.data && !stream_id.has_escapes &&
           (stream_id.len != bytes || memcmp(stream_id.data, twilio->stream_id, bytes) != 0);
}

static int handle_media(struct st_dialect *twilio, struct st_twilio_message *message,
                        struct st_slice text, struct st_ingest_close *ret_close)
{
    struct st_twilio_media *media = &message->media;
    if (!message->has_media || !media->payload.data)
        return st_dialect_break(&twilio->link, ret_close, 1007, "media without a payload");
    if (media->has_timestamp &&
        (media->timestamp_ms < 0 || media->timestamp_ms > ST_DIALECT_POSITION_MAX_US / 1000))
        return st_dialect_break(&twilio->link, ret_close, 1007, "media.timestamp out of range");
    int which = st_twilio_track(media->track);
    if (which < 0) {
        st_dialect_ignore(&twilio->link);
        return 0;
    }
    struct track *track = &twilio->tracks[which];
    if (twilio->link.phase == ST_DIALECT_WAITING)
        return keep_early(twilio, track, media, text, ret_close);
    if (!track->is_carried || is_other_stream(twilio, message->stream_id)) {
        st_dialect_ignore(&twilio->link);
        return 0;
    }
    if (!resolve_escapes(twilio, &media->payload))
        return st_dialect_break(&twilio->link, ret_close, 1013, "out of memory");
    int64_t position_us = media->has_timestamp ? media->timestamp_ms * 1000 : ST_DIALECT_APPEND;
    if (put_payload(twilio, track, media->payload, position_us) < 0)
        return st_dialect_break(&twilio->link, ret_close, 1007, "media.payload is not base64");
    return 0;
}

/* ---- start ---- */

static void settle_channels(struct st_dialect *twilio)
{
    struct st_ingest_start *out = &twilio->start.out;
    out->channels[0].role = ST_ROLE_AGENT;
    out->channels[1].role = ST_ROLE_CUSTOMER;
    for (unsigned i = 0; i < ST_TWILIO_TRACKS; i++) {
        struct track *track = &twilio->tracks[i];
        track->is_carried = twilio->start.tracks == 0 || twilio->start.tracks >> i & 1;
        if (track->is_carried)
            out->channel_mask |= 1u << track->channel;
    }
    out->codec = ST_CODEC_PCMU;
    out->rate_hz = twilio->rate_hz = (uint32_t)twilio->start.rate_hz;
    out->attributes = twilio->start.attributes.items;
    out->attribute_count = twilio->start.attributes.count;
    twilio->stream_id = out->stream_id;
}

static int refuse_start(struct st_dialect *twilio, int err, struct st_ingest_close *ret_close)
{
    switch (err) {
    case -EEXIST:
        return st_dialect_break(&twilio->link, ret_close, 1008,
                                "another connection carries that stream");
    case -EACCES:
        return st_dialect_break(&twilio->link, ret_close, 1008, "not allowed for this call");
    case -ENOTSUP:
        return st_dialect_break(&twilio->link, ret_close, 1008,
                                "the route's engine does not know the call's language");
    default:
        return st_dialect_break(&twilio->link, ret_close, 1013,
                                "no further calls are taken at the moment");
    }
}

static int begin_call(struct st_dialect *twilio, const struct st_ingest_start *out,
                      struct st_ingest_close *ret_close)
{
    int err = st_dialect_begin(&twilio->link, out);
    return err ? refuse_start(twilio, err, ret_close) : 0;
}

static int receive_text(struct st_dialect *twilio, const char *text, size_t bytes,
                        struct st_ingest_close *ret_close);

static int replay_early(struct st_dialect *twilio, struct st_ingest_close *ret_close)
{
    size_t at = 0, bytes;
    const uint8_t *data;
    int err = 0;
    while (err == 0 && st_dialect_early_next(&twilio->early, &at, &data, &bytes))
        err = receive_text(twilio, (const char *)data, bytes, ret_close);
    st_dialect_early_fini(&twilio->early);
    return err;
}

static int handle_start(struct st_dialect *twilio, struct st_twilio_message *message,
                        struct st_slice text, struct st_ingest_close *ret_close)
{
    if (twilio->link.phase != ST_DIALECT_WAITING)
        return st_dialect_break(&twilio->link, ret_close, 1008, "a second start");
    if (!st_twilio_message_has(message, ST_TWILIO_START))
        return st_dialect_break(&twilio->link, ret_close, 1008, "start without its fields");
    if (st_twilio_start_init(&twilio->start, text.len) < 0)
        return st_dialect_break(&twilio->link, ret_close, 1013, "out of memory");
    const char *wrong = st_twilio_start_read(&twilio->start, message);
    if (wrong)
        return st_dialect_break(&twilio->link, ret_close, 1008, "%s", wrong);
    settle_channels(twilio);
    int err = begin_call(twilio, &twilio->start.out, ret_close);
    return err < 0 ? err : replay_early(twilio, ret_close);
}

/* ---- the other messages ---- */

static int handle_connected(struct st_dialect *twilio, struct st_twilio_message *message,
                            struct st_slice text, struct st_ingest_close *ret_close)
{
    return 0;
}

static int handle_dtmf(struct st_dialect *twilio, struct st_twilio_message *message,
                       struct st_slice text, struct st_ingest_close *ret_close)
{
    struct st_slice track = {0}, digit;
    st_twilio_message_text(message, "track", &track);
    int which = st_twilio_track(track);
    if (!st_twilio_message_text(message, "digit", &digit) || st_dialect_digit(digit) == 0 ||
        which < 0)
        st_dialect_ignore(&twilio->link);
    else
        twilio->link.sink->dtmf(twilio->link.user, twilio->tracks[which].channel,
                                st_dialect_digit(digit), ST_DIALECT_APPEND, 0);
    return 0;
}

static int handle_mark(struct st_dialect *twilio, struct st_twilio_message *message,
                       struct st_slice text, struct st_ingest_close *ret_close)
{
    struct st_slice name;
    char plain[256];
    if (!st_twilio_message_text(message, "name", &name)) {
        st_dialect_ignore(&twilio->link);
        return 0;
    }
    st_scan_unescape(name, plain, sizeof(plain));
    twilio->link.sink->mark(twilio->link.user, plain);
    return 0;
}

static void end_call(struct st_dialect *twilio, enum st_ingest_end end)
{
    if (twilio->link.phase == ST_DIALECT_STARTED)
        for (unsigned i = 0; i < ST_TWILIO_TRACKS; i++)
            st_reorder_flush(&twilio->tracks[i].reorder);
    st_dialect_end(&twilio->link, end);
}

static int handle_stop(struct st_dialect *twilio, struct st_twilio_message *message,
                       struct st_slice text, struct st_ingest_close *ret_close)
{
    end_call(twilio, ST_INGEST_END_STOPPED);
    return 1;
}

static const struct {
    bool needs_call;
    int (*handle)(struct st_dialect *twilio, struct st_twilio_message *message,
                  struct st_slice text, struct st_ingest_close *ret_close);
} handlers[ST_TWILIO_EVENTS] = {
    [ST_TWILIO_CONNECTED] = {false, handle_connected},
    [ST_TWILIO_START] = {false, handle_start},
    [ST_TWILIO_MEDIA] = {false, handle_media},
    [ST_TWILIO_DTMF] = {true, handle_dtmf},
    [ST_TWILIO_MARK] = {true, handle_mark},
    [ST_TWILIO_STOP] = {false, handle_stop},
};

static int receive_text(struct st_dialect *twilio, const char *text, size_t bytes,
                        struct st_ingest_close *ret_close)
{
    struct st_twilio_message message;
    const char *wrong = st_twilio_message_read(text, bytes, &message);
    if (wrong)
        return st_dialect_break(&twilio->link, ret_close, 1007, "%s", wrong);
    if (message.event == ST_TWILIO_EVENTS ||
        (handlers[message.event].needs_call && twilio->link.phase != ST_DIALECT_STARTED)) {
        st_dialect_ignore(&twilio->link);
        return 0;
    }
    struct st_slice whole = {text, bytes, false};
    return handlers[message.event].handle(twilio, &message, whole, ret_close);
}

/* ---- the contract ---- */

static int authorize(const struct st_dialect_config *config,
                     const struct st_ingest_request *request)
{
    const char *auth_token = config->route->twilio.auth_token;
    if (auth_token[0] == '\0')
        return -ENOENT;
    const char *signature = request->header(request->user, "x-twilio-signature");
    if (!signature || config->public_url[0] == '\0' ||
        !st_twilio_signature_is_valid(signature, auth_token, config->public_url, request->path))
        return 403;
    return 0;
}

static int create(struct st_dialect **ret_dialect, const struct st_dialect_config *config)
{
    struct st_dialect *twilio = st_mem_alloc(sizeof(*twilio));
    unsigned inbound = config->route->twilio.inbound == ST_ROLE_AGENT ? 0 : 1;
    twilio->link = (struct st_dialect_link){.sink = config->sink, .user = config->user};
    twilio->stream_id = "";
    twilio->rate_hz = ST_TWILIO_RATE_DEFAULT_HZ;
    for (unsigned i = 0; i < ST_TWILIO_TRACKS; i++) {
        struct track *track = &twilio->tracks[i];
        track->twilio = twilio;
        track->channel = i == ST_TWILIO_INBOUND ? inbound : 1 - inbound;
        st_reorder_init(&track->reorder, pass_piece, track);
    }
    *ret_dialect = twilio;
    return 0;
}

static void destroy(struct st_dialect *twilio)
{
    if (!twilio)
        return;
    st_twilio_start_fini(&twilio->start);
    st_dialect_early_fini(&twilio->early);
    free(twilio->unescaped);
    free(twilio);
}

static int receive(struct st_dialect *twilio, const void *data, size_t bytes, bool is_binary,
                   struct st_ingest_close *ret_close)
{
    if (twilio->link.phase == ST_DIALECT_ENDED)
        return 1;
    if (is_binary)
        return st_dialect_break(&twilio->link, ret_close, 1003, "a binary message");
    if (bytes > ST_DIALECT_TEXT_MAX)
        return st_dialect_break(&twilio->link, ret_close, 1009, "a message over 65536 bytes");
    return receive_text(twilio, data, bytes, ret_close);
}

static void refused(struct st_dialect *twilio, int err, struct st_ingest_close *ret_close)
{
    twilio->link.phase = ST_DIALECT_ENDED;
    refuse_start(twilio, err, ret_close);
}

static void lost(struct st_dialect *twilio)
{
    end_call(twilio, ST_INGEST_END_LOST);
}

const struct st_dialect_ops st_dialect_twilio = {
    .name = "twilio",
    .authorize = authorize,
    .create = create,
    .destroy = destroy,
    .receive = receive,
    .refused = refused,
    .lost = lost,
};
