/* A stream of the body, described member by member. */
#include "rtp_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* RFC 863's: where nobody listens. */
enum { UNKNOWN_PORT = 9 };

/* ---- a codec of a stream ---- */

static int take_codec(struct rtp_read *read, json_t *codec)
{
    struct st_rtp_sdp_media *media = read->media;
    int64_t type = 0, clock_hz = 0, channels = 1;
    json_t *name = json_object_get(codec, "name");
    json_t *clock = json_object_get(codec, "clock_hz");
    json_t *count = json_object_get(codec, "channels");
    int err = rtp_read_number(read, json_object_get(codec, "payload_type"), "payload_type", 0,
                              ST_RTP_PAYLOAD_TYPES - 1, &type);
    if (!err && clock)
        err = rtp_read_number(read, clock, "clock_hz", 8000, 48000, &clock_hz);
    if (!err && count)
        err = rtp_read_number(read, count, "channels", 1, 2, &channels);
    if (err)
        return err;
    if (media->payload_count == ST_RTP_SDP_PAYLOADS_MAX)
        return rtp_read_refuse(read, "at most %d codecs", ST_RTP_SDP_PAYLOADS_MAX);
    struct st_rtp_sdp_payload *payload = &media->payloads[media->payload_count++];
    payload->payload_type = (uint8_t)type;
    err = name ? st_rtp_format_find(&payload->format,
                                    json_is_string(name) ? json_string_value(name) : "",
                                    (uint32_t)clock_hz, (unsigned)channels)
               : st_rtp_format_static(&payload->format, (unsigned)type);
    return err ? rtp_read_refuse(read, "payload type %d is no codec that is known here", (int)type)
               : 0;
}

static int take_codecs(struct rtp_read *read, json_t *value)
{
    if (!json_is_array(value) || json_array_size(value) == 0)
        return rtp_read_refuse(read, "'codecs' must be an array of codecs");
    for (size_t i = 0; i < json_array_size(value); i++) {
        int err = take_codec(read, json_array_get(value, i));
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

static int take_role(struct rtp_read *read, json_t *value)
{
    return rtp_read_role(read, value, &read->roles[0]);
}

static int take_address(struct rtp_read *read, json_t *value)
{
    const char *text = json_string_value(value);
    struct st_udp_address address;
    if (!text || strlen(text) >= ST_RTP_SDP_ADDRESS_MAX ||
        st_udp_address_parse(&address, text, 0) != 0)
        return rtp_read_refuse(read, "'address' must be an IP address");
    memcpy(read->media->address, text, strlen(text) + 1);
    return 0;
}

static int take_port(struct rtp_read *read, json_t *value)
{
    int64_t port = 0;
    int err = rtp_read_number(read, value, "port", 1, 65535, &port);
    read->media->port = (uint16_t)port;
    return err;
}

static int take_rtcp_port(struct rtp_read *read, json_t *value)
{
    int64_t port = 0;
    int err = rtp_read_number(read, value, "rtcp_port", 1, 65535, &port);
    read->media->rtcp_port = (uint16_t)port;
    return err;
}

static int take_rtcp_mux(struct rtp_read *read, json_t *value)
{
    return rtp_read_bool(read, value, "rtcp_mux", &read->media->is_muxed);
}

static int take_source(struct rtp_read *read, json_t *value)
{
    return rtp_read_mode(read, value, &read->line->source.mode);
}

static int take_ssrc(struct rtp_read *read, json_t *value)
{
    int64_t ssrc = 0;
    int err = rtp_read_number(read, value, "ssrc", 0, UINT32_MAX, &ssrc);
    read->line->source.has_ssrc = true;
    read->line->source.ssrc = (uint32_t)ssrc;
    return err;
}

static int take_shared(struct rtp_read *read, json_t *value)
{
    return rtp_read_bool(read, value, "shared", &read->line->is_shared);
}

static int take_ptime(struct rtp_read *read, json_t *value)
{
    int64_t ptime = 0;
    int err = rtp_read_number(read, value, "ptime_ms", 2, 120, &ptime);
    read->media->ptime_ms = (unsigned)ptime;
    return err;
}

static int take_srtp(struct rtp_read *read, json_t *value)
{
    char text[ST_RTP_SRTP_TEXT_MAX];
    const char *suite = json_string_value(json_object_get(value, "suite"));
    const char *key = json_string_value(json_object_get(value, "key"));
    if (!suite || !key)
        return rtp_read_refuse(read, "'srtp' must have 'suite' and 'key'");
    int chars = snprintf(text, sizeof(text), "1 %s inline:%s", suite, key);
    int err = chars < (int)sizeof(text)
                  ? st_rtp_srtp_parse(&read->media->cryptos[0], text, (size_t)chars)
                  : -EBADMSG;
    explicit_bzero(text, sizeof(text));
    if (err == -ENOTSUP)
        return rtp_read_refuse(read, "'srtp.suite' '%.40s' is not known here", suite);
    if (err)
        return rtp_read_refuse(read, "'srtp.key' must be the suite's key and salt in base64");
    read->media->crypto_count = 1;
    return 0;
}

static const struct rtp_read_member stream_members[] = {
    {"role", take_role},
    {"roles", rtp_read_roles},
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

/* The source goes by what was signalled; where a mode needs more than that, the session says so. */
static void note_source(struct rtp_read *read, bool has_port)
{
    struct st_media_source from, *to = &read->line->source;
    st_rtp_session_source(&from, read->media, to->mode);
    to->rtp = from.rtp;
    to->rtcp = from.rtcp;
    if (!has_port) {
        to->rtp.port = 0;
        to->rtcp.port = read->media->rtcp_port;
    }
}

int rtp_read_stream(struct rtp_read *read, json_t *value)
{
    struct rtp_body *body = read->body;
    unsigned index = body->offer.media_count;
    if (index == ST_CHANNELS_MAX)
        return rtp_read_refuse(read, "at most two streams");
    struct st_rtp_sdp_media *media = read->media = &body->offer.media[index];
    read->line = &body->lines[index];
    read->line->source.mode = read->mode;
    read->role_count = 0;
    memset(read->roles, 0, sizeof(read->roles));
    memcpy(media->kind, "audio", 6);
    media->is_audio = true;
    media->direction = ST_RTP_SDP_SENDONLY;
    int err = rtp_read_members(read, value, stream_members, "a stream");
    if (err)
        return err;
    if (media->payload_count == 0)
        add_usual_codecs(media);
    bool has_port = media->port != 0;
    media->is_secure = media->crypto_count > 0;
    snprintf(media->protocol, sizeof(media->protocol), "RTP/%s", media->is_secure ? "SAVP" : "AVP");
    if (!st_rtp_sdp_is_usable(media))
        return rtp_read_refuse(
            read, "'codecs' names no audio (payload types from 64 to 95 are taken for RTCP)");
    note_source(read, has_port);
    if (!has_port)
        media->port = UNKNOWN_PORT;
    body->offer.media_count++;
    return rtp_read_channels(read, read->role_count == 2);
}
