/* Azure Communication Services: audio, transcripts and digits; proto/ingest-acs.md says what we
 * make of each message. */
#include "acs_audio.h"
#include "acs_message.h"
#include "acs_people.h"
#include "acs_query.h"
#include "acs_transcript.h"
#include "dialect_common.h"

#include "sidetone/jwks.h"
#include "sidetone/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { RATE_MIN_HZ = 8000, RATE_MAX_HZ = 48000, RATE_DEFAULT_HZ = 16000, BOTH = 3 };

enum { HEADER_CONNECTION, HEADER_CORRELATION };
static const char *const headers[] = {"x-ms-call-connection-id", "x-ms-call-correlation-id", NULL};

struct st_dialect {
    struct st_dialect_link link;
    const struct st_config_route *route;
    bool has_audio, has_transcript; /* the call knows of them */
    struct st_ingest_start start;   /* what is known of the call and the connection */
    char call_id[ST_DIALECT_CALL_ID_MAX + 1];
    char correlation_id[ST_DIALECT_CALL_ID_MAX + 1];
    char stream_id[ST_DIALECT_CALL_ID_MAX + 1];
    char language[32];
    struct st_dialect_text text; /* of the query */
    struct st_dialect_attributes attributes;
    struct st_acs_people people;
    uint64_t utterances;
    struct st_acs_audio_clock audio;
    struct st_acs_transcript transcript;
};

/* ---- the call ---- */

static int refuse_start(struct st_dialect *acs, int err, struct st_ingest_close *ret_close)
{
    switch (err) {
    case -EEXIST:
        return st_dialect_break(&acs->link, ret_close, 1008,
                                "the call has begun with another audio format, or elsewhere");
    case -EACCES:
        return st_dialect_break(&acs->link, ret_close, 1008, "not allowed for this call");
    case -ENOTSUP:
        return st_dialect_break(&acs->link, ret_close, 1008,
                                "the route's engine does not know the call's language");
    default:
        return st_dialect_break(&acs->link, ret_close, 1013,
                                "no further calls are taken at the moment");
    }
}

/* First, or again when the connection turns out to bring audio and a transcript. */
static int begin(struct st_dialect *acs, bool is_audio, struct st_ingest_close *ret_close)
{
    struct st_ingest_start *start = &acs->start;
    if (!st_dialect_is_call_id(start->call_id))
        return st_dialect_break(&acs->link, ret_close, 1008,
                                "no x-ms-call-connection-id of 1 to 128 bytes");
    start->channel_mask = is_audio ? BOTH : 0;
    start->told_mask = is_audio ? 0 : BOTH;
    start->is_told = acs->route->acs.is_told;
    start->replaces = true;
    start->attributes = acs->attributes.items;
    start->attribute_count = acs->attributes.count;
    int err = acs->link.phase == ST_DIALECT_WAITING ? st_dialect_begin(&acs->link, start)
                                                    : acs->link.sink->start(acs->link.user, start);
    if (err)
        return refuse_start(acs, err, ret_close);
    acs->has_audio |= is_audio;
    acs->has_transcript |= !is_audio;
    return 0;
}

static void take_id(struct st_slice value, char *out, size_t bytes)
{
    if (value.data && value.len < bytes)
        st_scan_unescape(value, out, bytes);
}

/* ---- audio ---- */

struct format {
    struct st_slice encoding;
    int64_t rate_hz, channels;
};

static void read_format_member(struct st_dialect *acs, struct format *format, struct st_scan *scan,
                               struct st_slice key)
{
    struct st_slice id = {0};
    if (st_acs_is(key, "encoding")) {
        st_acs_take_text(scan, &format->encoding);
    } else if (st_acs_is(key, "sampleRate")) {
        st_acs_take_int(scan, &format->rate_hz);
    } else if (st_acs_is(key, "channels")) {
        st_acs_take_int(scan, &format->channels);
    } else if (st_acs_is(key, "subscriptionId")) {
        st_acs_take_text(scan, &id);
        take_id(id, acs->stream_id, sizeof(acs->stream_id));
    } else {
        st_scan_skip(scan);
    }
}

static void read_format(struct st_dialect *acs, struct format *format, struct st_scan *scan)
{
    struct st_slice key;
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key))
        if (st_acs_is(key, "format") && st_scan_peek(scan) == ST_SCAN_OBJECT)
            read_format(acs, format, scan);
        else
            read_format_member(acs, format, scan, key);
}

static int handle_audio_metadata(struct st_dialect *acs, const struct st_acs_message *message,
                                 size_t bytes, struct st_ingest_close *ret_close)
{
    struct format format = {.rate_hz = RATE_DEFAULT_HZ, .channels = 1};
    struct st_scan scan = message->body;
    read_format(acs, &format, &scan);
    if ((format.encoding.data && !st_acs_is(format.encoding, "PCM")) || format.channels != 1 ||
        format.rate_hz < RATE_MIN_HZ || format.rate_hz > RATE_MAX_HZ)
        return st_dialect_break(&acs->link, ret_close, 1008,
                                "audioMetadata: only PCM in one channel is taken");
    if (acs->has_audio && format.rate_hz == acs->audio.rate_hz)
        return 0;
    if (acs->has_audio)
        return st_dialect_break(&acs->link, ret_close, 1008, "audioMetadata: another sampleRate");
    acs->audio.rate_hz = acs->start.rate_hz = (uint32_t)format.rate_hz;
    acs->start.codec = ST_CODEC_L16LE;
    return begin(acs, true, ret_close);
}

static int handle_audio_data(struct st_dialect *acs, const struct st_acs_message *message,
                             size_t bytes, struct st_ingest_close *ret_close)
{
    const struct st_acs_audio *audio = &message->audio;
    struct st_ingest_media media;
    const char *wrong;
    if (!acs->has_audio) {
        st_dialect_ignore(&acs->link);
        return 0;
    }
    int ret = st_acs_audio_put(
        &acs->audio, audio, st_acs_people_find(&acs->people, audio->participant), &media, &wrong);
    if (ret == -ENOMEM)
        return st_dialect_break(&acs->link, ret_close, 1011, "out of memory");
    if (ret < 0)
        return st_dialect_break(&acs->link, ret_close, 1007, "%s", wrong);
    if (ret > 0)
        acs->link.sink->media(acs->link.user, &media);
    return 0;
}

/* ---- transcripts ---- */

/* "en-us" is written "en-US"; the region is what is behind the last dash when it has two letters.
 */
static void set_language(struct st_dialect *acs, struct st_slice value)
{
    if (!value.data || value.len >= sizeof(acs->language) || acs->start.language[0])
        return;
    size_t len = st_scan_unescape(value, acs->language, sizeof(acs->language));
    char *dash = strrchr(acs->language, '-');
    for (char *at = dash; dash && acs->language + len - dash == 3 && *at; at++)
        *at = (char)toupper((unsigned char)*at);
    acs->start.language = acs->language;
}

static int handle_transcription_metadata(struct st_dialect *acs,
                                         const struct st_acs_message *message, size_t bytes,
                                         struct st_ingest_close *ret_close)
{
    struct st_scan scan = message->body;
    struct st_slice key, subscription = {0}, call = {0}, correlation = {0}, locale = {0};
    if (acs->has_transcript)
        return 0;
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key)) {
        if (st_acs_is(key, "subscriptionId"))
            st_acs_take_text(&scan, &subscription);
        else if (st_acs_is(key, "callConnectionId"))
            st_acs_take_text(&scan, &call);
        else if (st_acs_is(key, "correlationId"))
            st_acs_take_text(&scan, &correlation);
        else if (st_acs_is(key, "locale"))
            st_acs_take_text(&scan, &locale);
        else
            st_scan_skip(&scan);
    }
    take_id(subscription, acs->stream_id, sizeof(acs->stream_id));
    set_language(acs, locale);
    if (acs->call_id[0] == '\0')
        take_id(call, acs->call_id, sizeof(acs->call_id));
    if (acs->correlation_id[0] == '\0' && correlation.data) {
        take_id(correlation, acs->correlation_id, sizeof(acs->correlation_id));
        st_dialect_attributes_put(&acs->attributes, "correlation_id", acs->correlation_id);
    }
    return begin(acs, false, ret_close);
}

/* Partials and their final are one utterance of one person. */
static uint64_t utterance_id(struct st_dialect *acs, struct st_acs_person *person, bool is_final)
{
    if (!person->is_speaking)
        person->utterance = ++acs->utterances;
    person->is_speaking = !is_final;
    return person->utterance;
}

static int handle_transcription_data(struct st_dialect *acs, const struct st_acs_message *message,
                                     size_t bytes, struct st_ingest_close *ret_close)
{
    struct st_acs_transcript *transcript = &acs->transcript;
    if (!acs->has_transcript) {
        st_dialect_ignore(&acs->link);
        return 0;
    }
    const char *wrong = st_acs_transcript_read(transcript, message->body, bytes);
    if (wrong)
        return st_dialect_break(&acs->link, ret_close, 1007, "%s", wrong);
    struct st_acs_person *person = st_acs_people_find(&acs->people, transcript->participant);
    struct st_ingest_transcript out = {.channel = person->channel,
                                       .segment = transcript->segment,
                                       .is_since_start = transcript->is_since_start,
                                       .sentiment = transcript->sentiment};
    out.segment.id = utterance_id(acs, person, out.segment.is_final);
    if (out.segment.is_final || acs->route->wants_partials)
        acs->link.sink->transcript(acs->link.user, &out);
    return 0;
}

/* ---- digits ---- */

static int handle_dtmf_data(struct st_dialect *acs, const struct st_acs_message *message,
                            size_t bytes, struct st_ingest_close *ret_close)
{
    struct st_scan scan = message->body;
    struct st_slice key, digit = {0}, participant = {0};
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key)) {
        if (st_acs_is(key, "data") || st_acs_is(key, "tone"))
            st_acs_take_text(&scan, &digit);
        else if (st_acs_is(key, "participantRawID"))
            st_acs_take_text(&scan, &participant);
        else
            st_scan_skip(&scan);
    }
    char tone = digit.data ? st_dialect_digit(digit) : 0;
    if (!tone || acs->link.phase != ST_DIALECT_STARTED)
        st_dialect_ignore(&acs->link);
    else
        acs->link.sink->dtmf(acs->link.user, st_acs_people_find(&acs->people, participant)->channel,
                             tone, ST_DIALECT_APPEND, 0);
    return 0;
}

static int (*const handlers[ST_ACS_KINDS])(struct st_dialect *acs,
                                           const struct st_acs_message *message, size_t bytes,
                                           struct st_ingest_close *ret_close) = {
    [ST_ACS_AUDIO_METADATA] = handle_audio_metadata,
    [ST_ACS_AUDIO_DATA] = handle_audio_data,
    [ST_ACS_TRANSCRIPTION_METADATA] = handle_transcription_metadata,
    [ST_ACS_TRANSCRIPTION_DATA] = handle_transcription_data,
    [ST_ACS_DTMF_DATA] = handle_dtmf_data,
};

/* ---- the contract ---- */

static int authorize(const struct st_dialect_config *config,
                     const struct st_ingest_request *request)
{
    const struct st_config_acs *acs = &config->route->acs;
    const char *header = request->header(request->user, "authorization");
    if (!acs->jwks)
        return -ENOENT;
    if (!header || strncasecmp(header, "Bearer ", 7) != 0)
        return 401;
    header += 7 + strspn(header + 7, " ");
    int err = st_jwks_verify(acs->jwks, header, strlen(header), acs->issuer, acs->audience,
                             (int64_t)time(NULL));
    return err ? 401 : 0;
}

static void take_parameter(struct st_dialect *acs, const char *name, char *out, size_t bytes)
{
    for (size_t i = 0; i < acs->attributes.count; i++)
        if (strcmp(acs->attributes.items[i].key, name) == 0 &&
            strlen(acs->attributes.items[i].value) < bytes)
            snprintf(out, bytes, "%s", acs->attributes.items[i].value);
}

static void read_request(struct st_dialect *acs, const struct st_dialect_config *config)
{
    const char *call_id = config->headers[HEADER_CONNECTION];
    const char *correlation_id = config->headers[HEADER_CORRELATION];
    if (call_id && st_dialect_is_call_id(call_id))
        snprintf(acs->call_id, sizeof(acs->call_id), "%s", call_id);
    st_acs_query_read(config->query, &acs->text, &acs->attributes, &acs->start);
    if (!acs->call_id[0])
        take_parameter(acs, "call_id", acs->call_id, sizeof(acs->call_id));
    if (correlation_id && st_dialect_is_call_id(correlation_id)) {
        snprintf(acs->correlation_id, sizeof(acs->correlation_id), "%s", correlation_id);
        st_dialect_attributes_put(&acs->attributes, "correlation_id", acs->correlation_id);
    }
}

static int create(struct st_dialect **ret_dialect, const struct st_dialect_config *config)
{
    struct st_dialect *acs = st_mem_alloc(sizeof(*acs));
    acs->link = (struct st_dialect_link){.sink = config->sink, .user = config->user};
    acs->route = config->route;
    acs->people.config = &config->route->acs;
    acs->start = (struct st_ingest_start){.call_id = acs->call_id,
                                          .stream_id = acs->stream_id,
                                          .agent_id = "",
                                          .agent_name = "",
                                          .queue = "",
                                          .caller = "",
                                          .language = ""};
    acs->start.channels[ST_ACS_AGENT].role = ST_ROLE_AGENT;
    acs->start.channels[ST_ACS_CUSTOMER].role = ST_ROLE_CUSTOMER;
    if (st_dialect_text_init(&acs->text, strlen(config->query)) < 0) {
        free(acs);
        return -ENOMEM;
    }
    read_request(acs, config);
    *ret_dialect = acs;
    return 0;
}

static void destroy(struct st_dialect *acs)
{
    if (!acs)
        return;
    st_acs_audio_fini(&acs->audio);
    st_acs_transcript_fini(&acs->transcript);
    st_dialect_text_fini(&acs->text);
    free(acs);
}

static int receive(struct st_dialect *acs, const void *data, size_t bytes, bool is_binary,
                   struct st_ingest_close *ret_close)
{
    struct st_acs_message message;
    if (acs->link.phase == ST_DIALECT_ENDED)
        return 1;
    if (is_binary)
        return st_dialect_break(&acs->link, ret_close, 1003, "a binary message");
    if (bytes > ST_DIALECT_TEXT_MAX)
        return st_dialect_break(&acs->link, ret_close, 1009, "a message over 65536 bytes");
    const char *wrong = st_acs_message_read(data, bytes, &message);
    if (wrong)
        return st_dialect_break(&acs->link, ret_close, 1007, "%s", wrong);
    if (message.kind < ST_ACS_KINDS)
        return handlers[message.kind](acs, &message, bytes, ret_close);
    st_dialect_ignore(&acs->link);
    return 0;
}

static void refused(struct st_dialect *acs, int err, struct st_ingest_close *ret_close)
{
    acs->link.phase = ST_DIALECT_ENDED;
    refuse_start(acs, err, ret_close);
}

/* Azure has no message for the end: it closes, also when streaming is only stopped for a while. */
static void closed(struct st_dialect *acs, uint16_t ws_code)
{
    if (ws_code == 1000 || ws_code == 1005)
        st_dialect_end(&acs->link, ST_INGEST_END_CLOSED);
}

static void lost(struct st_dialect *acs)
{
    st_dialect_end(&acs->link, ST_INGEST_END_LOST);
}

const struct st_dialect_ops st_dialect_acs = {
    .name = "acs",
    .takes_token = true,
    .headers = headers,
    .authorize = authorize,
    .create = create,
    .destroy = destroy,
    .receive = receive,
    .refused = refused,
    .closed = closed,
    .lost = lost,
};
