#include "server.h"

#include "sidetone/mem.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the table ---- */

static struct session **bucket_of(struct st_siprec *siprec, const char *call_id)
{
    uint32_t hash = 2166136261u;
    for (; *call_id; call_id++)
        hash = (hash ^ (uint8_t)*call_id) * 16777619u;
    return &siprec->buckets[hash % SESSION_BUCKETS];
}

static char *call_id_text(const struct sip_message *message)
{
    char *text = NULL, *copy;
    if (osip_call_id_to_str(message->sip->call_id, &text) || !text)
        return st_mem_strdup("");
    copy = st_mem_strdup(text);
    osip_free(text);
    return copy;
}

struct session *session_find_dialog(struct st_siprec *siprec, const struct sip_message *message,
                                    bool is_response)
{
    char *call_id = call_id_text(message);
    const char *from = sip_message_from_tag(message), *to = sip_message_to_tag(message);
    const char *ours = is_response ? from : to, *theirs = is_response ? to : from;
    struct session *session = *bucket_of(siprec, call_id);
    while (session && (session->is_gone || strcmp(session->call_id, call_id) != 0 ||
                       strcmp(session->local_tag, ours) != 0 ||
                       (*theirs && strcmp(session->remote_tag, theirs) != 0)))
        session = session->next;
    free(call_id);
    return session;
}

struct session *session_find_merged(struct st_siprec *siprec, const struct sip_message *request)
{
    char *call_id = call_id_text(request);
    const char *tag = sip_message_from_tag(request);
    uint32_t cseq = sip_message_cseq(request);
    struct session *session = *bucket_of(siprec, call_id);
    while (session &&
           (session->state == SESSION_CLOSING || session->invite_cseq != cseq ||
            strcmp(session->call_id, call_id) != 0 || strcmp(session->remote_tag, tag) != 0))
        session = session->next;
    free(call_id);
    return session;
}

struct session *session_find(struct st_siprec *siprec, uint64_t id)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (struct session *session = siprec->buckets[i]; session; session = session->next)
            if (session->id == id && !session->is_gone)
                return session;
    return NULL;
}

/* ---- the dialog ---- */

/* As it stands in the header, without the tag: ours goes with it in requests of our own. */
static char *address_text(osip_from_t *from)
{
    osip_from_t *copy = NULL;
    char *text = NULL, *out = NULL;
    osip_generic_param_t *param;
    if (osip_from_clone(from, &copy))
        return st_mem_strdup("");
    for (int i = 0; (param = osip_list_get(&copy->gen_params, i)) != NULL;)
        if (param->gname && strcasecmp(param->gname, "tag") == 0) {
            osip_list_remove(&copy->gen_params, i);
            osip_generic_param_free(param);
        } else
            i++;
    if (osip_from_to_str(copy, &text) == 0 && text)
        out = st_mem_strdup(text);
    osip_free(text);
    osip_from_free(copy);
    return out ? out : st_mem_strdup("");
}

static char *routes_text(const osip_message_t *sip)
{
    osip_record_route_t *route;
    size_t used = 0;
    char *out = NULL;
    for (int i = 0; (route = osip_list_get(&sip->record_routes, i)) != NULL; i++) {
        char *text = NULL;
        if (osip_record_route_to_str(route, &text) || !text)
            continue;
        size_t bytes = strlen(text);
        out = st_mem_realloc(out, used + bytes + 3);
        if (used > 0) {
            memcpy(out + used, ", ", 2);
            used += 2;
        }
        memcpy(out + used, text, bytes + 1);
        used += bytes;
        osip_free(text);
    }
    return out;
}

void session_refresh_target(struct session *session, const struct exchange *exchange)
{
    osip_contact_t *contact = osip_list_get(&exchange->request->sip->contacts, 0);
    char *text = NULL;
    session->peer = exchange->peer;
    if (!contact || !contact->url || osip_uri_to_str(contact->url, &text) || !text)
        return;
    free(session->target);
    session->target = st_mem_strdup(text);
    osip_free(text);
}

/* Of who names no Contact: where it is. */
static char *first_target(const struct st_siprec_peer *peer)
{
    char uri[ST_RTP_SDP_ADDRESS_MAX + 16], *host = siprec_host_text(peer->address);
    snprintf(uri, sizeof(uri), "sip:%s:%u", host, peer->port);
    free(host);
    return st_mem_strdup(uri);
}

static char *agent_of(const struct sip_message *request)
{
    const char *agent = sip_message_header(request, "user-agent", 0);
    agent = agent ? agent : sip_message_header(request, "server", 0);
    return st_mem_strndup(agent ? agent : "", agent ? strnlen(agent, TEXT_MAX) : 0);
}

struct session *session_create(const struct exchange *exchange)
{
    struct st_siprec *siprec = exchange->siprec;
    const struct sip_message *request = exchange->request;
    struct session *session = st_mem_alloc(sizeof(*session));
    session->id = ++siprec->next_session;
    session->call_id = call_id_text(request);
    session->remote_tag = st_mem_strdup(sip_message_from_tag(request));
    siprec_random_tag(session->local_tag);
    session->remote_uri = address_text(request->sip->from);
    session->local_uri = address_text(request->sip->to);
    session->routes = routes_text(request->sip);
    const char *user = request->sip->req_uri->username;
    session->user = st_mem_strdup(user ? user : "");
    session->agent = agent_of(request);
    session->target = first_target(&exchange->peer);
    session->remote_cseq = session->invite_cseq = sip_message_cseq(request);
    session->heard_us = session->begun_us = exchange->now_us;
    session_refresh_target(session, exchange);
    metadata_init(&session->metadata);
    role_hints_read(&session->hints, request);
    session->header_fits = st_mem_alloc_array(siprec->rule_count + 1, sizeof(bool));
    role_headers_read(session->header_fits, siprec->rules, siprec->rule_count, request);
    struct session **bucket = bucket_of(siprec, session->call_id);
    session->next = *bucket;
    *bucket = session;
    siprec->session_count++;
    return session;
}

void session_take_sdp(struct session *session, struct st_rtp_sdp *take_sdp)
{
    st_rtp_sdp_free(session->sdp);
    session->sdp = take_sdp;
}

void session_drop_pending(struct session *session)
{
    if (session->pending.request.sip)
        sip_message_fini(&session->pending.request);
    st_rtp_sdp_free(session->pending.sdp);
    free(session->pending.refused);
    free(session->pending.metadata_before);
    session->pending.sdp = NULL;
    session->pending.refused = NULL;
    session->pending.metadata_before = NULL;
}

void session_keep_before(struct session *session)
{
    struct session_pending *pending = &session->pending;
    memcpy(pending->before, session->streams, sizeof(pending->before));
    pending->was_suspect = session->is_suspect;
    pending->metadata_before = st_mem_alloc(sizeof(*pending->metadata_before));
    *pending->metadata_before = session->metadata;
}

void session_restore(struct session *session)
{
    const struct session_pending *pending = &session->pending;
    memcpy(session->streams, pending->before, sizeof(session->streams));
    session->is_suspect = pending->was_suspect;
    session->metadata = *pending->metadata_before;
}

void session_destroy(struct st_siprec *siprec, struct session *session)
{
    if (siprec->is_walking) {
        session->is_gone = true;
        return;
    }
    struct session **link = bucket_of(siprec, session->call_id);
    while (*link != session)
        link = &(*link)->next;
    *link = session->next;
    siprec->session_count--;
    siprec->full_until_us = 0;
    session_drop_pending(session);
    free(session->request.text.at);
    free(session->call_id);
    free(session->remote_tag);
    free(session->remote_uri);
    free(session->local_uri);
    free(session->target);
    free(session->routes);
    free(session->user);
    free(session->agent);
    free(session->header_fits);
    own_offer_forget(session);
    session_take_sdp(session, NULL);
    OPENSSL_cleanse(session, sizeof(*session));
    free(session);
}

void session_tell_end(struct st_siprec *siprec, struct session *session, enum st_siprec_end end)
{
    session->state = SESSION_CLOSING;
    session_drop_pending(session);
    ST_INFO(&siprec->log, "session %s of call %s ended: %s", session->call_id, session->call,
            st_siprec_end_name(end));
    siprec->sink->ended(siprec->sink_user, session->id, end);
}
