/*
 * Dialogs that take another's place, while that one is still there.
 *
 * An SBC that restarts, fails over, or goes on to another of our addresses begins a recording
 * session anew and may never say goodbye to the one before. Two forks of one conversation look
 * alike, but come together: so who has only just begun keeps its place, and the longer the more
 * often it has changed hands, that two which both mean to stay do not chase each other.
 *
 * The new one may yet be refused, or given up, and until it is acknowledged nobody knows where to
 * send what goes to the old one: that one stays as long.
 */
#include "server.h"

#include <string.h>
#include <strings.h>

enum { PATIENCE_US = 2000000, DOUBLINGS_MAX = 12 };

static bool is_settled(const struct session *session, int64_t now_us)
{
    unsigned doublings = session->takeovers < DOUBLINGS_MAX ? session->takeovers : DOUBLINGS_MAX;
    bool is_up = session->state == SESSION_ANSWERED || session->state == SESSION_OPEN;
    return is_up && now_us - session->begun_us >= (int64_t)PATIENCE_US << doublings;
}

/* "" when it is not known. */
static const char *speaker_of(const struct session *session, const char *label)
{
    const struct metadata *metadata = &session->metadata;
    int stream = metadata_find_label(metadata, label);
    int sender = stream < 0 ? -1 : metadata_find_sender(metadata, metadata->streams[stream].id);
    return sender < 0 ? "" : metadata->participants[sender].aor;
}

static bool has_leg(const struct session *session, const char *label)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++) {
        const struct session_stream *stream = &session->streams[i];
        if (stream->is_there && stream->line < session->sdp->media_count &&
            strcmp(session->sdp->media[stream->line].label, label) == 0)
            return true;
    }
    return false;
}

/* What a new session's legs and another's have in common. */
struct likeness {
    bool is_same_legs;
    bool is_same_people;
    bool is_other_people; /* nobody who is known in both is the same */
};

static struct likeness compare(const struct session *session, const struct session *other,
                               const struct wanted *wanted)
{
    bool is_same_legs = true;
    unsigned legs = 0, there = 0, known = 0, same = 0;
    for (unsigned i = 0; i < wanted->sdp->media_count; i++) {
        const char *label = wanted->sdp->media[i].label;
        if (!(wanted->lines & 1u << i))
            continue;
        const char *who = speaker_of(session, label), *was = speaker_of(other, label);
        is_same_legs &= has_leg(other, label);
        known += *who && *was;
        same += *who && strcasecmp(who, was) == 0;
        legs++;
    }
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        there += other->streams[i].is_there;
    return (struct likeness){is_same_legs && legs == there, same == legs, known > 0 && same == 0};
}

/* Where anybody may begin sessions, anybody could say who takes part. */
static bool knows_its_peers(const struct st_siprec *siprec)
{
    return siprec->admission.allowed_count > 0 || siprec->realm.user_count > 0;
}

static bool is_predecessor(const struct st_siprec *siprec, const struct session *session,
                           const struct session *other, const struct wanted *wanted, bool is_sure)
{
    if (!*session->metadata.session || !is_settled(other, session->begun_us) ||
        strcmp(session->metadata.session, other->metadata.session) != 0)
        return false;
    struct likeness likeness = compare(session, other, wanted);
    bool is_near = strcmp(session->peer.address, other->peer.address) == 0;
    bool is_trusted = is_near || (likeness.is_same_people && knows_its_peers(siprec));
    return likeness.is_same_legs && is_trusted && !likeness.is_other_people &&
           (likeness.is_same_people || !is_sure);
}

/* One follower at a time. */
static bool has_follower(const struct st_siprec *siprec, const struct session *session)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (const struct session *other = siprec->buckets[i]; other; other = other->next)
            if (other->predecessor == session->id && other->state != SESSION_CLOSING)
                return true;
    return false;
}

struct session *session_find_predecessor(struct st_siprec *siprec, const struct session *session,
                                         const char *call, const struct wanted *wanted,
                                         bool is_sure)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (struct session *other = siprec->buckets[i]; other; other = other->next)
            if (other != session && strcmp(other->call, call) == 0 &&
                is_predecessor(siprec, session, other, wanted, is_sure) &&
                !has_follower(siprec, other))
                return other;
    return NULL;
}

void session_take_over(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    struct session *before =
        session->predecessor ? session_find(siprec, session->predecessor) : NULL;
    session->predecessor = 0;
    if (!before || before->state == SESSION_CLOSING)
        return;
    ST_INFO(&siprec->log, "session %s takes the place of %s", session->call_id, before->call_id);
    session_bye(siprec, before, ST_SIPREC_END_REPLACED, now_us);
}
