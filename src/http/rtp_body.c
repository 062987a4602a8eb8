/*
 * Members are tables of a name and who takes it. A body either brings an SDP offer or describes
 * its streams one by one; those are made into the offer that they would have been.
 */
#include "rtp_body.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CALL_ID_BYTES_MAX = 128, TEXT_BYTES_MAX = 256, UNKNOWN_PORT = 9 };

struct parse {
    struct rtp_body *body;
    char *why;
    enum st_media_source_mode mode;
    bool is_stereo; /* of an SDP's line with two channels */
    enum st_role roles[ST_CHANNELS_MAX];
    unsigned role_count;
    json_t *streams, *sdp;
    /* the stream under way */
    struct st_rtp_sdp_media *media;
    struct st_rtp_session_line *line;
    unsigned next_channel;
};

typedef int (*take_fn)(struct parse *parse, json_t *value);

struct member {
    const char *name;
    take_fn take;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct parse *parse, const char *format,
                                                        ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parse->why, RTP_BODY_WHY_BYTES, format, args);
    va_end(args);
    return -EBADMSG;
}

static int take_members(struct parse *parse, json_t *object, const struct member *members,
                        const char *what)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return refuse(parse, "%s must be a JSON object", what);
    json_object_foreach(object, name, value)
    {
        const struct member *member = members;
        while (member->name && strcmp(member->name, name) != 0)
            member++;
        if (!member->name)
            return refuse(parse, "unknown member '%.40s' in %s", name, what);
        int err = member->take(parse, value);
        if (err)
            return err;
    }
    return 0;
}

static int take_text(struct parse *parse, json_t *value, const char *name, const char **ret_text)
{
    const char *text = json_string_value(value);
    if (!text || strlen(text) > TEXT_BYTES_MAX)
        return refuse(parse, "'%s' must be a text of at most %d bytes", name, TEXT_BYTES_MAX);
    *ret_text = text;
    return 0;
}

static int take_number(struct parse *parse, json_t *value, const char *name, int64_t min,
                       int64_t max, int64_t *ret_number)
{
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < min || number > max)
        return refuse(parse, "'%s' must be a whole number from %lld to %lld", name, (long long)min,
                      (long long)max);
    *ret_number = number;
    return 0;
}

static int take_bool(struct parse *parse, json_t *value, const char *name, bool *ret_bool)
{
    if (!json_is_boolean(value))
        return refuse(parse, "'%s' must be true or false", name);
    *ret_bool = json_is_true(value);
    return 0;
}

/* ---- words that both kinds have ---- */

static int take_mode(struct parse *parse, json_t *value, enum st_media_source_mode *ret_mode)
{
    const char *text = json_string_value(value);
    for (int i = 0; text && i < ST_MEDIA_SOURCE_MODES; i++)
        if (strcmp(text, st_media_source_mode_name((enum st_media_source_mode)i)) == 0) {
            *ret_mode = (enum st_media_source_mode)i;
            return 0;
        }
    return refuse(parse, "'source' must be strict, ip, learn or open");
}

static int take_one_role(struct parse *parse, json_t *value, enum st_role *ret_role)
{
    const char *text = json_string_value(value);
    for (int i = ST_ROLE_AGENT; text && i <= ST_ROLE_CUSTOMER; i++)
        if (strcmp(text, st_role_name((enum st_role)i)) == 0) {
            *ret_role = (enum st_role)i;
            return 0;
        }
    return refuse(parse, "a role must be agent or customer");
}

static int take_two_roles(struct parse *parse, json_t *value, enum st_role roles[ST_CHANNELS_MAX])
{
    size_t count = json_array_size(value);
    if (count == 0 || count > ST_CHANNELS_MAX)
        return refuse(parse, "'roles' must be an array of one or two roles");
    for (size_t i = 0; i < count; i++) {
        int err = take_one_role(parse, json_array_get(value, i), &roles[i]);
        if (err)
            return err;
    }
    return 0;
}

/* ---- a codec of a stream ---- */

static int take_codec(struct parse *parse, json_t *codec)
{
    struct st_rtp_sdp_media *media = parse->media;
    int64_t type = 0, clock_hz = 0, channels = 1;
    json_t *name = json_object_get(codec, "name");
    json_t *clock = json_object_get(codec, "clock_hz");
    json_t *count = json_object_get(codec, "channels");
    int err = take_number(parse, json_object_get(codec, "payload_type"), "payload_type", 0,
                          ST_RTP_PAYLOAD_TYPES - 1, &type);
    if (!err && clock)
        err = take_number(parse, clock, "clock_hz", 8000, 48000, &clock_hz);
    if (!err && count)
        err = take_number(parse, count, "channels", 1, 2, &channels);
    if (err)
        return err;
    if (media->payload_count == ST_RTP_SDP_PAYLOADS_MAX)
        return refuse(parse, "at most %d codecs", ST_RTP_SDP_PAYLOADS_MAX);
    struct st_rtp_sdp_payload *payload = &media->payloads[media->payload_count++];
    payload->payload_type = (uint8_t)type;
    err = name ? st_rtp_format_find(&payload->format,
                                    json_is_string(name) ? json_string_value(name) : "",
                                    (uint32_t)clock_hz, (unsigned)channels)
               : st_rtp_format_static(&payload->format, (unsigned)type);
    return err ? refuse(parse, "payload type %d is no codec that is known here", (int)type) : 0;
}

static int take_codecs(struct parse *parse, json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) == 0)
        return refuse(parse, "'codecs' must be an array of codecs");
    for (size_t i = 0; i < json_array_size(value); i++) {
        int err = take_codec(parse, json_array_get(value, i));
        if (err)
            return err;
    }
    return 0;
}

static void add_payload(struct st_rtp_sdp_media *media, uint8_t type, enum st_rtp_codec codec)
{
    media->payloads[media->payload_count++] = (struct st_rtp_sdp_payload){type, {codec, 8000, 1}};
}

/* What telephone networks send when nothing was agreed on. */
static void add_usual_codecs(struct st_rtp_sdp_media *media)
{
    add_payload(media, 0, ST_RTP_CODEC_PCMU);
    add_payload(media, 8, ST_RTP_CODEC_PCMA);
    add_payload(media, 9, ST_RTP_CODEC_G722);
    add_payload(media, 13, ST_RTP_CODEC_NOISE);
    add_payload(media, 101, ST_RTP_CODEC_EVENT);
}

/* ---- a stream ---- */

static int take_role(struct parse *parse, json_t *value)
{
    return take_one_role(parse, value, &parse->roles[0]);
}

static int take_roles(struct parse *parse, json_t *value)
{
    parse->role_count = (unsigned)json_array_size(value);
    return take_two_roles(parse, value, parse->roles);
}

static int take_address(struct parse *parse, json_t *value)
{
    const char *text = json_string_value(value);
    struct st_udp_address address;
    if (!text || strlen(text) >= ST_RTP_SDP_ADDRESS_MAX ||
        st_udp_address_parse(&address, text, 0) != 0)
        return refuse(parse, "'address' must be an IP address");
    memcpy(parse->media->address, text, strlen(text) + 1);
    return 0;
}

static int take_port(struct parse *parse, json_t *value)
{
    int64_t port = 0;
    int err = take_number(parse, value, "port", 1, 65535, &port);
    parse->media->port = (uint16_t)port;
    return err;
}

static int take_rtcp_port(struct parse *parse, json_t *value)
{
    int64_t port = 0;
    int err = take_number(parse, value, "rtcp_port", 1, 65535, &port);
    parse->media->rtcp_port = (uint16_t)port;
    return err;
}

static int take_rtcp_mux(struct parse *parse, json_t *value)
{
    return take_bool(parse, value, "rtcp_mux", &parse->media->is_muxed);
}

static int take_source(struct parse *parse, json_t *value)
{
    return take_mode(parse, value, &parse->line->source.mode);
}

static int take_ssrc(struct parse *parse, json_t *value)
{
    int64_t ssrc = 0;
    int err = take_number(parse, value, "ssrc", 0, UINT32_MAX, &ssrc);
    parse->line->source.has_ssrc = true;
    parse->line->source.ssrc = (uint32_t)ssrc;
    return err;
}

static int take_shared(struct parse *parse, json_t *value)
{
    return take_bool(parse, value, "shared", &parse->line->is_shared);
}

static int take_ptime(struct parse *parse, json_t *value)
{
    int64_t ptime = 0;
    int err = take_number(parse, value, "ptime_ms", 2, 120, &ptime);
    parse->media->ptime_ms = (unsigned)ptime;
    return err;
}

static int take_srtp(struct parse *parse, json_t *value)
{
    char text[ST_RTP_SRTP_TEXT_MAX];
    const char *suite = json_string_value(json_object_get(value, "suite"));
    const char *key = json_string_value(json_object_get(value, "key"));
    if (!suite || !key)
        return refuse(parse, "'srtp' must have 'suite' and 'key'");
    int chars = snprintf(text, sizeof(text), "1 %s inline:%s", suite, key);
    int err = chars < (int)sizeof(text)
                  ? st_rtp_srtp_parse(&parse->media->cryptos[0], text, (size_t)chars)
                  : -EBADMSG;
    explicit_bzero(text, sizeof(text));
    if (err == -ENOTSUP)
        return refuse(parse, "'srtp.suite' '%.40s' is not known here", suite);
    if (err)
        return refuse(parse, "'srtp.key' must be the suite's key and salt in base64");
    parse->media->crypto_count = 1;
    return 0;
}

static const struct member stream_members[] = {
    {"role", take_role},
    {"roles", take_roles},
    {"codecs", take_codecs},
    {"address", take_address},
    {"port", take_port},
    {"rtcp_port", take_rtcp_port},
    {"rtcp_mux", take_rtcp_mux},
    {"source", take_source},
    {"ssrc", take_ssrc},
    {"shared", take_shared},
    {"ptime_ms", take_ptime},
    {"srtp", take_srtp},
    {NULL, NULL},
};

/* Channels are given out in order, two to a stereo stream. */
static int give_channels(struct parse *parse, bool is_stereo)
{
    unsigned first = parse->next_channel, count = is_stereo ? 2 : 1;
    if (first + count > ST_CHANNELS_MAX)
        return refuse(parse, "a call has two channels: the streams have more");
    for (unsigned i = 0; i < count; i++) {
        parse->line->channel_mask |= 1U << (first + i);
        parse->line->roles[first + i] = parse->roles[i];
    }
    parse->next_channel += count;
    return 0;
}

/* The source goes by what was signalled; where a mode needs more than that, the session says so. */
static void note_source(struct parse *parse, bool has_port)
{
    struct st_media_source from, *to = &parse->line->source;
    st_rtp_session_source(&from, parse->media, to->mode);
    to->rtp = from.rtp;
    to->rtcp = from.rtcp;
    if (!has_port) {
        to->rtp.port = 0;
        to->rtcp.port = parse->media->rtcp_port;
    }
}

static int take_stream(struct parse *parse, json_t *value)
{
    struct rtp_body *body = parse->body;
    unsigned index = body->offer.media_count;
    if (index == ST_CHANNELS_MAX)
        return refuse(parse, "at most two streams");
    struct st_rtp_sdp_media *media = parse->media = &body->offer.media[index];
    parse->line = &body->lines[index];
    parse->line->source.mode = parse->mode;
    parse->role_count = 0;
    memset(parse->roles, 0, sizeof(parse->roles));
    memcpy(media->kind, "audio", 6);
    media->is_audio = true;
    media->direction = ST_RTP_SDP_SENDONLY;
    int err = take_members(parse, value, stream_members, "a stream");
    if (err)
        return err;
    if (media->payload_count == 0)
        add_usual_codecs(media);
    bool has_port = media->port != 0;
    media->is_secure = media->crypto_count > 0;
    snprintf(media->protocol, sizeof(media->protocol), "RTP/%s", media->is_secure ? "SAVP" : "AVP");
    note_source(parse, has_port);
    if (!has_port)
        media->port = UNKNOWN_PORT;
    body->offer.media_count++;
    return give_channels(parse, parse->role_count == 2);
}

static int take_streams(struct parse *parse)
{
    if (!json_is_array(parse->streams) || json_array_size(parse->streams) == 0)
        return refuse(parse, "'streams' must be an array of one or two streams");
    for (size_t i = 0; i < json_array_size(parse->streams); i++) {
        int err = take_stream(parse, json_array_get(parse->streams, i));
        if (err)
            return err;
    }
    return 0;
}

/* ---- an SDP offer ---- */

static int take_offered(struct parse *parse, unsigned index)
{
    enum st_role roles[ST_CHANNELS_MAX];
    unsigned first = parse->next_channel;
    memcpy(roles, parse->roles, sizeof(roles));
    parse->media = &parse->body->offer.media[index];
    parse->line = &parse->body->lines[index];
    if (!st_rtp_sdp_is_usable(parse->media) || first == ST_CHANNELS_MAX)
        return 0;
    if (!parse->is_stereo)
        parse->roles[0] = roles[first];
    st_rtp_session_source(&parse->line->source, parse->media, parse->mode);
    int err = give_channels(parse, parse->is_stereo);
    memcpy(parse->roles, roles, sizeof(roles));
    return err;
}

static int take_sdp(struct parse *parse)
{
    struct st_rtp_sdp *offer = &parse->body->offer;
    const char *text = json_string_value(parse->sdp);
    if (!text || st_rtp_sdp_parse(offer, text, strlen(text)) != 0)
        return refuse(parse, "'sdp' must be an SDP offer as a text");
    for (unsigned i = 0; i < offer->media_count; i++) {
        int err = take_offered(parse, i);
        if (err)
            return err;
    }
    return parse->next_channel > 0 ? 0 : refuse(parse, "'sdp' offers no audio that is known here");
}

/* ---- the whole ---- */

static int take_call_id(struct parse *parse, json_t *value)
{
    const char *text = json_string_value(value);
    bool is_fine = text && *text && strlen(text) <= CALL_ID_BYTES_MAX;
    for (const char *at = text; is_fine && *at; at++)
        is_fine = (unsigned char)*at >= 0x20 && *at != 0x7f;
    if (!is_fine)
        return refuse(parse, "'call_id' must be a text of 1 to %d bytes", CALL_ID_BYTES_MAX);
    parse->body->start.call_id = text;
    return 0;
}

#define TEXT(member, place)                                                                        \
    static int take_##member(struct parse *parse, json_t *value)                                   \
    {                                                                                              \
        return take_text(parse, value, #member, &parse->body->place);                              \
    }
TEXT(tenant, tenant)
TEXT(route, route)
TEXT(agent_id, start.agent_id)
TEXT(agent_name, start.agent_name)
TEXT(queue, start.queue)
TEXT(caller, start.caller)
TEXT(language, start.language)
#undef TEXT

static int take_attributes(struct parse *parse, json_t *value)
{
    struct rtp_body *body = parse->body;
    const char *name;
    json_t *text;
    if (!json_is_object(value) || json_object_size(value) > ST_INGEST_ATTRIBUTES_MAX)
        return refuse(parse, "'attributes' must be an object of at most %d texts",
                      ST_INGEST_ATTRIBUTES_MAX);
    json_object_foreach(value, name, text)
    {
        struct st_attribute *attribute = &body->attributes[body->start.attribute_count++];
        attribute->key = name;
        int err = take_text(parse, text, "attributes", &attribute->value);
        if (err)
            return err;
    }
    return 0;
}

static int take_timeout(struct parse *parse, json_t *value)
{
    int64_t seconds = 0;
    int err = take_number(parse, value, "timeout_s", 1, 86400, &seconds);
    parse->body->timeout_us = seconds * 1000000;
    return err;
}

static int take_reorder(struct parse *parse, json_t *value)
{
    int64_t ms = 0;
    int err = take_number(parse, value, "reorder_ms", 60, 120, &ms);
    parse->body->reorder_us = ms * 1000;
    return err;
}

static int take_default_source(struct parse *parse, json_t *value)
{
    return take_mode(parse, value, &parse->mode);
}

static int take_stereo(struct parse *parse, json_t *value)
{
    return take_bool(parse, value, "stereo", &parse->is_stereo);
}

static int keep_streams(struct parse *parse, json_t *value)
{
    parse->streams = value;
    return 0;
}

static int keep_sdp(struct parse *parse, json_t *value)
{
    parse->sdp = value;
    return 0;
}

static const struct member members[] = {
    {"call_id", take_call_id},
    {"tenant", take_tenant},
    {"route", take_route},
    {"agent_id", take_agent_id},
    {"agent_name", take_agent_name},
    {"queue", take_queue},
    {"caller", take_caller},
    {"language", take_language},
    {"attributes", take_attributes},
    {"timeout_s", take_timeout},
    {"reorder_ms", take_reorder},
    {"source", take_default_source},
    {"streams", keep_streams},
    {"sdp", keep_sdp},
    {"roles", take_roles},
    {"stereo", take_stereo},
    {NULL, NULL},
};

static int take_all(struct parse *parse)
{
    int err = take_members(parse, parse->body->root, members, "the body");
    if (err)
        return err;
    if (!parse->streams == !parse->sdp)
        return refuse(parse, "give 'streams', or an offer as 'sdp'");
    return parse->sdp ? take_sdp(parse) : take_streams(parse);
}

int rtp_body_parse(struct rtp_body *body, const char *text, size_t bytes,
                   enum st_media_source_mode mode, char ret_why[RTP_BODY_WHY_BYTES])
{
    memset(body, 0, sizeof(*body));
    body->tenant = body->route = "";
    body->start = (struct st_ingest_start){.call_id = "",
                                           .stream_id = "",
                                           .agent_id = "",
                                           .agent_name = "",
                                           .queue = "",
                                           .caller = "",
                                           .language = "",
                                           .attributes = body->attributes};
    body->root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    struct parse parse = {.body = body, .why = ret_why, .mode = mode};
    return take_all(&parse);
}

void rtp_body_fini(struct rtp_body *body)
{
    json_decref(body->root);
    explicit_bzero(body, sizeof(*body));
}
