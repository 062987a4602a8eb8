/*
 * A body either brings an SDP offer or describes its streams one by one; those are made into the
 * offer that they would have been.
 */
#include "rtp_read.h"

#include <string.h>

enum { CALL_ID_BYTES_MAX = 128 };

static int take_streams(struct rtp_read *read)
{
    if (!json_is_array(read->streams) || json_array_size(read->streams) == 0)
        return rtp_read_refuse(read, "'streams' must be an array of one or two streams");
    for (size_t i = 0; i < json_array_size(read->streams); i++) {
        int err = rtp_read_stream(read, json_array_get(read->streams, i));
        if (err)
            return err;
    }
    return 0;
}

/* ---- an SDP offer ---- */

static int take_offered(struct rtp_read *read, unsigned index)
{
    enum st_role roles[ST_CHANNELS_MAX];
    unsigned first = read->next_channel;
    memcpy(roles, read->roles, sizeof(roles));
    read->media = &read->body->offer.media[index];
    read->line = &read->body->lines[index];
    if (!st_rtp_sdp_is_usable(read->media) || first == ST_CHANNELS_MAX)
        return 0;
    if (!read->is_stereo)
        read->roles[0] = roles[first];
    st_rtp_session_source(&read->line->source, read->media, read->mode);
    int err = rtp_read_channels(read, read->is_stereo);
    memcpy(read->roles, roles, sizeof(roles));
    return err;
}

static int take_sdp(struct rtp_read *read)
{
    struct st_rtp_sdp *offer = &read->body->offer;
    const char *text = json_string_value(read->sdp);
    if (!text || st_rtp_sdp_parse(offer, text, strlen(text)) != 0)
        return rtp_read_refuse(read, "'sdp' must be an SDP offer as a text");
    for (unsigned i = 0; i < offer->media_count; i++) {
        int err = take_offered(read, i);
        if (err)
            return err;
    }
    return read->next_channel > 0
               ? 0
               : rtp_read_refuse(read, "'sdp' offers no audio that is known here");
}

/* ---- the whole ---- */

static int take_call_id(struct rtp_read *read, json_t *value)
{
    const char *text = json_string_value(value);
    bool is_fine = text && *text && strlen(text) <= CALL_ID_BYTES_MAX;
    for (const char *at = text; is_fine && *at; at++)
        is_fine = (unsigned char)*at >= 0x20 && *at != 0x7f;
    if (!is_fine)
        return rtp_read_refuse(read, "'call_id' must be a text of 1 to %d bytes",
                               CALL_ID_BYTES_MAX);
    read->body->start.call_id = text;
    return 0;
}

#define TEXT(member, place)                                                                        \
    static int take_##member(struct rtp_read *read, json_t *value)                                 \
    {                                                                                              \
        return rtp_read_text(read, value, #member, &read->body->place);                            \
    }
TEXT(tenant, tenant)
TEXT(route, route)
TEXT(agent_id, start.agent_id)
TEXT(agent_name, start.agent_name)
TEXT(queue, start.queue)
TEXT(caller, start.caller)
TEXT(language, start.language)
#undef TEXT

static int take_attributes(struct rtp_read *read, json_t *value)
{
    struct rtp_body *body = read->body;
    const char *name;
    json_t *text;
    if (!json_is_object(value) || json_object_size(value) > ST_INGEST_ATTRIBUTES_MAX)
        return rtp_read_refuse(read, "'attributes' must be an object of at most %d texts",
                               ST_INGEST_ATTRIBUTES_MAX);
    json_object_foreach(value, name, text)
    {
        struct st_attribute *attribute = &body->attributes[body->start.attribute_count++];
        attribute->key = name;
        int err = rtp_read_text(read, text, "attributes", &attribute->value);
        if (err)
            return err;
    }
    return 0;
}

static int take_timeout(struct rtp_read *read, json_t *value)
{
    int64_t seconds = 0;
    int err = rtp_read_number(read, value, "timeout_s", 1, 86400, &seconds);
    read->body->timeout_us = seconds * 1000000;
    return err;
}

static int take_reorder(struct rtp_read *read, json_t *value)
{
    int64_t ms = 0;
    int err = rtp_read_number(read, value, "reorder_ms", 60, 120, &ms);
    read->body->reorder_us = ms * 1000;
    return err;
}

static int take_default_source(struct rtp_read *read, json_t *value)
{
    return rtp_read_mode(read, value, &read->mode);
}

static int take_stereo(struct rtp_read *read, json_t *value)
{
    return rtp_read_bool(read, value, "stereo", &read->is_stereo);
}

static int keep_streams(struct rtp_read *read, json_t *value)
{
    read->streams = value;
    return 0;
}

static int keep_sdp(struct rtp_read *read, json_t *value)
{
    read->sdp = value;
    return 0;
}

static const struct rtp_read_member members[] = {
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
    {"roles", rtp_read_roles},
    {"stereo", take_stereo},
    {NULL, NULL},
};

static int take_all(struct rtp_read *read)
{
    int err = rtp_read_members(read, read->body->root, members, "the body");
    if (err)
        return err;
    if (!read->streams == !read->sdp)
        return rtp_read_refuse(read, "give 'streams', or an offer as 'sdp'");
    return read->sdp ? take_sdp(read) : take_streams(read);
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
    struct rtp_read read = {.body = body, .why = ret_why, .mode = mode};
    return take_all(&read);
}

void rtp_body_fini(struct rtp_body *body)
{
    json_decref(body->root);
    explicit_bzero(body, sizeof(*body));
}
