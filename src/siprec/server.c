#include "server.h"

#include "sidetone/mem.h"
#include "sidetone/random.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { SESSIONS_DEFAULT = 1000, RATE_DEFAULT = 50, EXPIRES_DEFAULT_S = 1800 };

/* ---- set-up ---- */

static void copy_rules(struct st_siprec *siprec, const struct st_siprec_config *config)
{
    siprec->rules = st_mem_alloc_array(config->rule_count + 1, sizeof(*siprec->rules));
    siprec->rule_count = config->rule_count;
    for (size_t i = 0; i < config->rule_count; i++)
        siprec->rules[i] = (struct st_siprec_role_rule){
            .label = st_mem_strdup(config->rules[i].label),
            .aor = st_mem_strdup(config->rules[i].aor),
            .header = st_mem_strdup(config->rules[i].header),
            .role = config->rules[i].role,
        };
    siprec->call_id_headers =
        st_mem_alloc_array(config->call_id_header_count + 1, sizeof(*siprec->call_id_headers));
    siprec->call_id_header_count = config->call_id_header_count;
    for (size_t i = 0; i < config->call_id_header_count; i++)
        siprec->call_id_headers[i] = st_mem_strdup(config->call_id_headers[i]);
}

static void copy_realm(struct digest_realm *realm, const struct st_siprec_config *config)
{
    realm->realm = st_mem_strdup(config->realm ? config->realm : "sidetone");
    realm->users = st_mem_alloc_array(config->user_count + 1, sizeof(*realm->users));
    realm->user_count = config->user_count;
    for (size_t i = 0; i < config->user_count; i++)
        realm->users[i] = (struct st_siprec_user){
            .name = st_mem_strdup(config->users[i].name),
            .password = st_mem_strdup(config->users[i].password),
        };
    if (config->secret)
        memcpy(realm->secret, config->secret, sizeof(realm->secret));
    else
        st_random_fill(realm->secret, sizeof(realm->secret));
}

int st_siprec_create(struct st_siprec **ret_siprec, const struct st_siprec_config *config)
{
    struct st_siprec *siprec = st_mem_alloc(sizeof(*siprec));
    uint64_t seed = st_random_u64();
    sip_message_set_up();
    uint32_t rate = config->requests_per_s ? config->requests_per_s : RATE_DEFAULT;
    if (admission_init(&siprec->admission, config->allowed, config->allowed_count, rate, seed)) {
        free(siprec);
        return -EINVAL;
    }
    siprec->log.module = "siprec";
    siprec->host = siprec_host_text(config->host);
    memcpy(siprec->ports, config->ports, sizeof(siprec->ports));
    copy_rules(siprec, config);
    copy_realm(&siprec->realm, config);
    siprec->caller_role = config->caller_role;
    siprec->srtp = config->srtp;
    siprec->sessions_max = config->sessions_max ? config->sessions_max : SESSIONS_DEFAULT;
    siprec->expires_s = config->expires_s ? config->expires_s : EXPIRES_DEFAULT_S;
    siprec->sink = config->sink;
    siprec->sink_user = config->sink_user;
    siprec->send = config->send;
    siprec->connect = config->connect;
    siprec->user = config->user;
    siprec->transactions.send = config->send;
    siprec->transactions.connect = config->connect;
    siprec->transactions.user = config->user;
    *ret_siprec = siprec;
    return 0;
}

static void free_realm(struct digest_realm *realm)
{
    for (size_t i = 0; i < realm->user_count; i++) {
        char *password = (char *)(uintptr_t)realm->users[i].password;
        OPENSSL_cleanse(password, strlen(password));
        free(password);
        free((char *)(uintptr_t)realm->users[i].name);
    }
    free(realm->users);
    free(realm->realm);
}

void st_siprec_destroy(struct st_siprec *siprec)
{
    if (!siprec)
        return;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        while (siprec->buckets[i])
            session_destroy(siprec, siprec->buckets[i]);
    transactions_fini(&siprec->transactions);
    admission_fini(&siprec->admission);
    free_realm(&siprec->realm);
    for (size_t i = 0; i < siprec->rule_count; i++) {
        free((char *)(uintptr_t)siprec->rules[i].label);
        free((char *)(uintptr_t)siprec->rules[i].aor);
        free((char *)(uintptr_t)siprec->rules[i].header);
    }
    for (size_t i = 0; i < siprec->call_id_header_count; i++)
        free(siprec->call_id_headers[i]);
    free(siprec->rules);
    free(siprec->call_id_headers);
    free(siprec->host);
    OPENSSL_cleanse(siprec, sizeof(*siprec));
    free(siprec);
}

/* ---- time ---- */

static void tick_session(struct st_siprec *siprec, struct session *session, int64_t now_us)
{
    struct st_siprec_answer none = {.err = -ETIMEDOUT};
    if (session->pending.request.sip && session->pending.until_us <= now_us) {
        session_answer(siprec, session, &none, now_us);
        return;
    }
    if (session->state == SESSION_ANSWERED && session->ack_until_us <= now_us) {
        session_bye(siprec, session, ST_SIPREC_END_NO_ACK, now_us);
        return;
    }
    if (!client_tick(siprec, session, now_us) || session->state == SESSION_STARTING)
        return;
    if (session->expires_us > 0 && session->expires_us <= now_us)
        session_bye(siprec, session, ST_SIPREC_END_EXPIRED, now_us);
    else if (session->refresh_us > 0 && session->refresh_us <= now_us)
        session_refresh(siprec, session, now_us);
    if (session->state != SESSION_CLOSING)
        liveness_tick(siprec, session, now_us);
}

static void sweep(struct st_siprec *siprec)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++) {
        struct session *next;
        for (struct session *session = siprec->buckets[i]; session; session = next) {
            next = session->next;
            if (session->is_gone)
                session_destroy(siprec, session);
        }
    }
}

/* Whom a sink ends from within `ended` may be the next on the way. */
void st_siprec_tick(struct st_siprec *siprec, int64_t now_us)
{
    transactions_tick(&siprec->transactions, now_us);
    siprec->is_walking = true;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (struct session *session = siprec->buckets[i]; session; session = session->next)
            if (!session->is_gone)
                tick_session(siprec, session, now_us);
    siprec->is_walking = false;
    sweep(siprec);
}

int st_siprec_end(struct st_siprec *siprec, uint64_t id, enum st_siprec_end end, int64_t now_us)
{
    struct session *session = session_find(siprec, id);
    if (!session || session->state == SESSION_CLOSING)
        return -ENOENT;
    if (session->state != SESSION_STARTING) {
        session_bye(siprec, session, end, now_us);
        return 0;
    }
    struct st_siprec_answer answer = {.err = -ECANCELED};
    session_answer(siprec, session, &answer, now_us);
    return 0;
}

void st_siprec_drain(struct st_siprec *siprec)
{
    siprec->is_draining = true;
}

/* ---- figures ---- */

void st_siprec_counts(const struct st_siprec *siprec, struct st_siprec_counts *ret_counts)
{
    *ret_counts = siprec->counts;
}

size_t st_siprec_live(const struct st_siprec *siprec)
{
    return siprec->session_count;
}

static size_t sdp_bytes(const struct st_rtp_sdp *sdp)
{
    return sdp ? sizeof(sdp->media_count) + sdp->media_count * sizeof(*sdp->media) : 0;
}

static size_t session_bytes(const struct session *session)
{
    size_t ended = 0;
    for (unsigned i = 0; i < ST_RTP_SDP_MEDIA_MAX; i++)
        ended += session->ended_lines[i] ? strlen(session->ended_lines[i]) : 0;
    return ended + sizeof(*session) + sdp_bytes(session->sdp) + sdp_bytes(session->pending.sdp) +
           (session->sdp_text ? strlen(session->sdp_text) : 0) + session->request.text.bytes;
}

size_t st_siprec_held_bytes(const struct st_siprec *siprec)
{
    size_t bytes = sizeof(*siprec) + siprec->transactions.bytes;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (const struct session *at = siprec->buckets[i]; at; at = at->next)
            bytes += session_bytes(at);
    return bytes;
}
