#include "server.h"

#include <stdio.h>
#include <string.h>

static void add_attribute(struct st_siprec_session *out, const char *key, const char *value)
{
    if (*value && out->attribute_count < ST_SIPREC_ATTRIBUTES_MAX)
        out->attributes[out->attribute_count++] = (struct st_siprec_attribute){key, value};
}

/* Names are not looked up: who has one sends from where it calls from, or says so by numbers. */
static const char *address_of(const struct session *session, const struct st_rtp_sdp_media *media)
{
    struct address_prefix any;
    bool is_nowhere = strcmp(media->address, "0.0.0.0") == 0 || strcmp(media->address, "::") == 0;
    if (media->is_held && is_nowhere)
        return "";
    bool is_numeric = address_prefix_parse(&any, media->address) == 0;
    return is_numeric ? media->address : session->peer.address;
}

static void describe_stream(const struct session *session, const struct session_stream *stream,
                            const struct st_rtp_sdp *sdp, enum st_siprec_srtp srtp,
                            struct st_siprec_stream *out)
{
    const struct st_rtp_sdp_media *media = &sdp->media[stream->line];
    const struct metadata_participant *who =
        stream->participant >= 0 && (unsigned)stream->participant < METADATA_PARTICIPANTS_MAX
            ? &session->metadata.participants[stream->participant]
            : NULL;
    *out = (struct st_siprec_stream){
        .line = stream->line,
        .channel = stream->channel,
        .role = stream->role,
        .source = stream->source,
        .media = media,
        .crypto = stream_crypto(media, srtp),
        .our_crypto = stream->has_crypto ? &stream->our_crypto : NULL,
        .aor = who ? who->aor : session->hints.line_aor[stream->line],
        .name = who ? who->name : "",
    };
    snprintf(out->address, sizeof(out->address), "%s", address_of(session, media));
}

void session_describe(const struct session *session, const struct st_rtp_sdp *sdp,
                      enum st_siprec_srtp srtp, struct st_siprec_session *out)
{
    *out = (struct st_siprec_session){
        .id = session->id,
        .call_id = session->call,
        .replaces = session->predecessor,
        .is_named = session->is_named,
        .stream_id = session->call_id,
        .user = session->user,
        .caller = "",
        .agent_id = session->hints.recorded,
        .agent_name = "",
        .is_mapping_suspect = session->is_suspect,
        .sdp = sdp,
    };
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct st_siprec_stream *stream = &out->streams[out->stream_count];
        if (!session->streams[i].is_there || session->streams[i].line >= sdp->media_count)
            continue;
        describe_stream(session, &session->streams[i], sdp, srtp, stream);
        out->stream_count++;
        if (stream->role == ST_ROLE_CUSTOMER)
            out->caller = stream->aor;
        else if (*stream->aor) {
            out->agent_id = stream->aor;
            out->agent_name = stream->name;
        }
    }
    add_attribute(out, "sip_call_id", session->call_id);
    add_attribute(out, "siprec_group", session->metadata.group);
    add_attribute(out, "siprec_session", session->metadata.session);
    add_attribute(out, "sip_session", session->metadata.sip_session);
    add_attribute(out, "recorder", session->agent);
    add_attribute(out, "channel_mapping_suspect", session->is_suspect ? "true" : "");
}
