#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- which call ---- */

static unsigned channels_of(const struct session *session)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (session->streams[i].is_there)
            mask |= 1u << session->streams[i].channel;
    return mask;
}

/* Channels that other sessions of that call have; *ret_other is one of them. */
static unsigned channels_taken(struct st_siprec *siprec, const struct session *session,
                               const char *call, const struct session **ret_other)
{
    unsigned mask = 0;
    *ret_other = NULL;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (const struct session *other = siprec->buckets[i]; other; other = other->next) {
            if (other == session || other->state == SESSION_CLOSING ||
                strcmp(other->call, call) != 0)
                continue;
            mask |= channels_of(other);
            *ret_other = other;
        }
    return mask;
}

struct candidates {
    char ids[CALL_IDS_MAX][ST_SIPREC_CALL_ID_MAX + 1];
    unsigned count;
};

/* Printable, and whole: half an id would be another's. */
static void propose(struct candidates *candidates, const char *id)
{
    size_t bytes = id ? strlen(id) : 0;
    if (bytes == 0 || bytes > ST_SIPREC_CALL_ID_MAX || candidates->count == CALL_IDS_MAX)
        return;
    for (size_t i = 0; i < bytes; i++)
        if (id[i] <= ' ' || id[i] >= 0x7f)
            return;
    memcpy(candidates->ids[candidates->count++], id, bytes + 1);
}

static void propose_forked(struct candidates *candidates, const struct sip_message *invite)
{
    osip_uri_param_t *param;
    for (int i = 0; (param = osip_list_get(&invite->sip->from->url->url_params, i)) != NULL; i++)
        if (param->gname && strcmp(param->gname, "x-refci") == 0)
            propose(candidates, param->gvalue);
}

static void propose_all(const struct st_siprec *siprec, const struct session *session,
                        const struct sip_message *invite, struct candidates *candidates)
{
    static const char *const headers[] = {"x-audc-call-id", "cisco-guid", "x-twilio-callsid",
                                          "x-genesys-calluuid", "x-ucid"};
    if (session->hints.is_near_end || session->hints.is_far_end)
        propose_forked(candidates, invite);
    propose(candidates, session->metadata.group);
    for (size_t i = 0; i < siprec->call_id_header_count; i++)
        propose(candidates, sip_message_header(invite, siprec->call_id_headers[i], 0));
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        propose(candidates, sip_message_header(invite, headers[i], 0));
    propose(candidates, session->metadata.tracking);
    propose(candidates, session->metadata.sip_session);
    propose(candidates, session->call_id);
}

static bool is_same_session(const struct session *session, const struct session *other)
{
    return *session->metadata.session &&
           strcmp(session->metadata.session, other->metadata.session) == 0;
}

int session_choose_call(struct st_siprec *siprec, struct session *session,
                        const struct sip_message *invite, unsigned stream_count)
{
    struct candidates candidates = {.count = 0};
    const struct session *other;
    propose_all(siprec, session, invite, &candidates);
    for (unsigned i = 0; i < candidates.count; i++) {
        unsigned taken = channels_taken(siprec, session, candidates.ids[i], &other);
        bool has_room = taken != (1u << ST_CHANNELS_MAX) - 1 && stream_count == 1;
        if (!other || has_room) {
            memcpy(session->call, candidates.ids[i], sizeof(session->call));
            return 0;
        }
        if (is_same_session(session, other))
            return -EEXIST;
    }
    snprintf(session->call, sizeof(session->call), "siprec-%s", session->local_tag);
    return 0;
}

/* ---- streams ---- */

const struct st_rtp_srtp_crypto *stream_crypto(const struct st_rtp_sdp_media *media,
                                               enum st_siprec_srtp srtp)
{
    bool is_wanted = media->is_secure || srtp != ST_SIPREC_SRTP_OFFERED;
    return is_wanted && media->crypto_count > 0 ? &media->cryptos[0] : NULL;
}

static bool is_acceptable(const struct st_rtp_sdp_media *media, enum st_siprec_srtp srtp)
{
    bool needs_key = media->is_secure || srtp == ST_SIPREC_SRTP_REQUIRED;
    return media->port != 0 && st_rtp_sdp_is_usable(media) &&
           (!needs_key || stream_crypto(media, srtp));
}

static struct session_stream *find_line(struct session *session, unsigned line)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (session->streams[i].is_there && session->streams[i].line == line)
            return &session->streams[i];
    return NULL;
}

static struct session_stream *free_stream(struct session *session)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (!session->streams[i].is_there)
            return &session->streams[i];
    return NULL;
}

static void make_key(struct session_stream *stream, const struct st_rtp_srtp_crypto *theirs)
{
    struct st_rtp_srtp_crypto *ours = &stream->our_crypto;
    bool is_same = stream->has_crypto && ours->suite == theirs->suite && ours->tag == theirs->tag;
    stream->has_crypto = true;
    if (is_same)
        return;
    *ours = (struct st_rtp_srtp_crypto){.tag = theirs->tag, .suite = theirs->suite};
    siprec_random(ours->key, st_rtp_srtp_key_bytes(ours->suite));
}

/* The channel of its role, or the other one when that is taken; -1 when both are. */
static int place(enum st_role role, unsigned taken)
{
    unsigned wanted = role == ST_ROLE_CUSTOMER ? 1 : 0;
    if (!(taken & 1u << wanted))
        return (int)wanted;
    return taken & 1u << (1 - wanted) ? -1 : (int)(1 - wanted);
}

static void begin_stream(struct session *session, struct session_stream *stream, unsigned line,
                         const struct line_role *role, int channel)
{
    enum st_role settled = channel == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
    *stream = (struct session_stream){
        .is_there = true,
        .line = line,
        .channel = (unsigned)channel,
        .role = settled,
        .source = role->source,
        .participant = role->participant,
    };
    session->is_suspect |= settled != role->role;
}

static unsigned count_new(struct session *session, const struct st_rtp_sdp *sdp,
                          enum st_siprec_srtp srtp)
{
    unsigned count = 0;
    for (unsigned i = 0; i < sdp->media_count; i++)
        count += !find_line(session, i) && is_acceptable(&sdp->media[i], srtp);
    return count;
}

static void place_lines(struct st_siprec *siprec, struct session *session,
                        const struct st_rtp_sdp *sdp, const struct roles *roles)
{
    const struct session *other;
    unsigned taken = channels_taken(siprec, session, session->call, &other) | channels_of(session);
    for (unsigned i = 0; i < sdp->media_count; i++) {
        struct session_stream *stream = find_line(session, i);
        if (stream) {
            stream->participant = roles->lines[i].participant;
            session->is_suspect |= roles->lines[i].is_audio && roles->lines[i].role != stream->role;
            continue;
        }
        stream = free_stream(session);
        int channel = place(roles->lines[i].role, taken);
        if (!stream || channel < 0 || !is_acceptable(&sdp->media[i], siprec->srtp))
            continue;
        begin_stream(session, stream, i, &roles->lines[i], channel);
        taken |= 1u << channel;
    }
}

static void make_keys(struct session *session, const struct st_rtp_sdp *sdp,
                      enum st_siprec_srtp srtp)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        struct session_stream *stream = &session->streams[i];
        if (!stream->is_there || stream->line >= sdp->media_count)
            continue;
        const struct st_rtp_srtp_crypto *theirs = stream_crypto(&sdp->media[stream->line], srtp);
        if (theirs)
            make_key(stream, theirs);
        else
            stream->has_crypto = false;
    }
}

int session_settle(struct st_siprec *siprec, struct session *session, const struct st_rtp_sdp *sdp,
                   const struct sip_message *invite)
{
    struct roles roles;
    struct role_input input = {
        .sdp = sdp,
        .metadata = &session->metadata,
        .hints = &session->hints,
        .invite = invite,
        .rules = siprec->rules,
        .rule_count = siprec->rule_count,
        .caller_role = siprec->caller_role,
    };
    bool was_suspect = session->is_suspect;
    if (!session->call[0]) {
        int err =
            session_choose_call(siprec, session, invite, count_new(session, sdp, siprec->srtp));
        if (err)
            return err;
    }
    roles_find(&roles, &input);
    session->is_suspect |= roles.is_suspect;
    place_lines(siprec, session, sdp, &roles);
    make_keys(session, sdp, siprec->srtp);
    if (session->is_suspect && !was_suspect) {
        siprec->counts.suspect++;
        ST_WARN(&siprec->log, "call %s: it is not certain who is the agent (session %s)",
                session->call, session->call_id);
    }
    unsigned count = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        count += session->streams[i].is_there;
    return (int)count;
}

/* ---- telling ---- */

static void add_attribute(struct st_siprec_session *out, const char *key, const char *value)
{
    if (*value && out->attribute_count < ST_SIPREC_ATTRIBUTES_MAX)
        out->attributes[out->attribute_count++] = (struct st_siprec_attribute){key, value};
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
    bool is_nowhere = media->is_held &&
                      (strcmp(media->address, "0.0.0.0") == 0 || strcmp(media->address, "::") == 0);
    const char *address = is_nowhere          ? ""
                          : media->address[0] ? media->address
                                              : session->peer.address;
    snprintf(out->address, sizeof(out->address), "%s", address);
}

void session_describe(const struct session *session, const struct st_rtp_sdp *sdp,
                      enum st_siprec_srtp srtp, struct st_siprec_session *out)
{
    *out = (struct st_siprec_session){
        .id = session->id,
        .call_id = session->call,
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
