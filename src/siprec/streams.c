/* Which lines of an offer are streams, and whose channels they have. */
#include "server.h"

#include "sidetone/random.h"

#include <string.h>
#include <strings.h>

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

/* Some offer a leg twice, with keys and without, under one label: one of the two is it. */
static bool are_alternatives(const struct st_rtp_sdp_media *media,
                             const struct st_rtp_sdp_media *other)
{
    return media->is_audio && other->is_audio && *media->label &&
           strcmp(media->label, other->label) == 0 &&
           strcasecmp(media->protocol, other->protocol) != 0;
}

/* The one that it has been stays it; else keys are better than none. */
static unsigned preference(struct session *session, const struct st_rtp_sdp *sdp, unsigned line,
                           enum st_siprec_srtp srtp)
{
    const struct st_rtp_sdp_media *media = &sdp->media[line];
    if (find_line(session, line))
        return 3;
    return !is_acceptable(media, srtp) ? 0 : media->is_secure ? 2 : 1;
}

/* As a mask of lines. */
static unsigned find_left_out(struct session *session, const struct st_rtp_sdp *sdp,
                              enum st_siprec_srtp srtp)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < sdp->media_count; i++)
        for (unsigned other = 0; other < i; other++) {
            if (!are_alternatives(&sdp->media[i], &sdp->media[other]))
                continue;
            bool is_better =
                preference(session, sdp, i, srtp) > preference(session, sdp, other, srtp);
            mask |= 1u << (is_better ? other : i);
        }
    return mask;
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
    st_random_fill(ours->key, st_rtp_srtp_key_bytes(ours->suite));
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

static struct wanted find_wanted(const struct role_input *input, enum st_siprec_srtp srtp)
{
    struct wanted wanted = {.sdp = input->sdp};
    for (unsigned i = 0; i < input->sdp->media_count; i++)
        if (!(input->left_out & 1u << i) && is_acceptable(&input->sdp->media[i], srtp))
            wanted.lines |= 1u << i;
    return wanted;
}

/* After a transfer the order of participants says nothing of who called. */
static bool is_contradicted(const struct session_stream *stream, const struct line_role *line)
{
    return line->is_audio && line->role != stream->role && line->source <= ST_SIPREC_BY_EXTENSION;
}

static void place_lines(struct st_siprec *siprec, struct session *session,
                        const struct role_input *input, const struct roles *roles)
{
    const struct st_rtp_sdp *sdp = input->sdp;
    const struct session *other;
    unsigned taken =
        session_channels_taken(siprec, session, session->call, &other) | session_channels(session);
    for (unsigned i = 0; i < sdp->media_count; i++) {
        struct session_stream *stream = find_line(session, i);
        if (stream) {
            stream->participant = roles->lines[i].participant;
            session->is_suspect |= is_contradicted(stream, &roles->lines[i]);
            continue;
        }
        stream = free_stream(session);
        int channel = place(roles->lines[i].role, taken);
        if (!stream || channel < 0 || input->left_out & 1u << i ||
            !is_acceptable(&sdp->media[i], siprec->srtp))
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
        .left_out = find_left_out(session, sdp, siprec->srtp),
        .metadata = &session->metadata,
        .hints = &session->hints,
        .rules = siprec->rules,
        .header_fits = session->header_fits,
        .rule_count = siprec->rule_count,
        .caller_role = siprec->caller_role,
    };
    bool was_suspect = session->is_suspect;
    if (!session->call[0]) {
        struct wanted wanted = find_wanted(&input, siprec->srtp);
        int err = session_choose_call(siprec, session, invite, &wanted);
        if (err)
            return err;
    }
    roles_find(&roles, &input);
    session->is_suspect |= roles.is_suspect;
    place_lines(siprec, session, &input, &roles);
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
