/* Which call a session belongs to: two that record a leg each have one, and so has one that follows
 * another. */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

unsigned session_channels(const struct session *session)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (session->streams[i].is_there)
            mask |= 1u << session->streams[i].channel;
    return mask;
}

unsigned session_channels_taken(const struct st_siprec *siprec, const struct session *session,
                                const char *call, const struct session **ret_other)
{
    unsigned mask = 0;
    *ret_other = NULL;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (const struct session *other = siprec->buckets[i]; other; other = other->next) {
            bool is_left = other == session || other->id == session->predecessor;
            if (is_left || other->state == SESSION_CLOSING || strcmp(other->call, call) != 0)
                continue;
            mask |= session_channels(other);
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
                        const struct sip_message *invite, const struct wanted *wanted)
{
    struct candidates candidates = {.count = 0};
    const struct session *other;
    bool is_one_leg = wanted->lines != 0 && (wanted->lines & (wanted->lines - 1)) == 0;
    propose_all(siprec, session, invite, &candidates);
    for (unsigned i = 0; i < candidates.count; i++) {
        unsigned taken = session_channels_taken(siprec, session, candidates.ids[i], &other);
        bool has_room = taken != (1u << ST_CHANNELS_MAX) - 1 && is_one_leg;
        struct session *before =
            session_find_predecessor(siprec, session, candidates.ids[i], wanted, has_room);
        if (before) {
            session->predecessor = before->id;
            session->takeovers = before->takeovers + 1;
        }
        if (!other || has_room || before) {
            memcpy(session->call, candidates.ids[i], sizeof(session->call));
            session->is_named = strcmp(session->call, session->call_id) != 0;
            return 0;
        }
        if (is_same_session(session, other))
            return -EEXIST;
    }
    snprintf(session->call, sizeof(session->call), "siprec-%s", session->local_tag);
    return 0;
}
