#include "sidetone/mem.h"
#include "sidetone/reader.h"
#include "sidetone/rtp_packet.h"
#include "sidetone/rtp_srtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <srtp2/srtp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

enum {
    REPLAY_WINDOW = 1024,
    RTCP_MIN_BYTES = 8,
    RTCP_TAG_BYTES = 10, /* of the suites without AEAD */
    RECOVER_AFTER = 8,   /* refused packets in a row, */
    RECOVER_EVERY = 64,  /* and then one try in so many */
    OLD_KEY_US = 1000000,
    SOURCES_KEPT = 8,
    SSRC_AT = 8,      /* in a packet, */
    RTCP_SSRC_AT = 4, /* in a report */
};

struct st_rtp_srtp {
    struct st_rtp_srtp_crypto crypto;
    bool is_inbound;
    srtp_t session;
    struct st_rtp_srtp_crypto old_crypto; /* the key before, */
    srtp_t old;                           /* NULL: none */
    int64_t old_until_us;
    uint32_t refused_in_a_row;
    bool has_opened;                /* a packet, with the key in use */
    uint32_t sources[SOURCES_KEPT]; /* of the session, as on the wire, the latest first */
    unsigned source_count;
    struct st_rtp_srtp_counts counts;
};

static once_flag library_once = ONCE_FLAG_INIT;
static atomic_bool is_library_open;

static void open_library(void)
{
    atomic_store(&is_library_open, srtp_init() == srtp_err_status_ok);
}

int st_rtp_srtp_prepare(void)
{
    call_once(&library_once, open_library);
    return atomic_load(&is_library_open) ? 0 : -ENOTSUP;
}

static void choose_suite(srtp_policy_t *policy, enum st_rtp_srtp_suite suite)
{
    switch (suite) {
    case ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_32:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
        break;
    case ST_RTP_SRTP_AEAD_AES_128_GCM:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
        break;
    case ST_RTP_SRTP_AEAD_AES_256_GCM:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
        break;
    default:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
    }
}

/* What the library is to be told, and what of it has to stay in its place. */
struct policy {
    srtp_policy_t policy;
    srtp_master_key_t key, *keys[1];
};

static void fill_policy(struct policy *policy, struct st_rtp_srtp_crypto *crypto,
                        srtp_ssrc_type_t type, uint32_t ssrc)
{
    *policy = (struct policy){.key = {crypto->key, crypto->mki, crypto->mki_bytes}};
    choose_suite(&policy->policy, crypto->suite);
    policy->policy.ssrc = (srtp_ssrc_t){type, ssrc};
    policy->policy.window_size = REPLAY_WINDOW;
    if (crypto->mki_bytes > 0) {
        policy->keys[0] = &policy->key;
        policy->policy.keys = policy->keys;
        policy->policy.num_master_keys = 1;
    } else {
        policy->policy.key = crypto->key;
    }
}

/* For any source. */
static int open_session(srtp_t *ret_session, struct st_rtp_srtp_crypto *crypto, bool is_inbound)
{
    struct policy policy;
    if (st_rtp_srtp_prepare() < 0)
        return -ENOTSUP;
    fill_policy(&policy, crypto, is_inbound ? ssrc_any_inbound : ssrc_any_outbound, 0);
    return srtp_create(ret_session, &policy.policy) == srtp_err_status_ok ? 0 : -ENOTSUP;
}

int st_rtp_srtp_create(struct st_rtp_srtp **ret_srtp, const struct st_rtp_srtp_crypto *crypto,
                       bool is_inbound)
{
    struct st_rtp_srtp *srtp = st_mem_alloc(sizeof(*srtp));
    srtp->crypto = *crypto;
    srtp->is_inbound = is_inbound;
    int err = open_session(&srtp->session, &srtp->crypto, is_inbound);
    if (err) {
        srtp->session = NULL;
        st_rtp_srtp_destroy(srtp);
        return err;
    }
    *ret_srtp = srtp;
    return 0;
}

static void close_old(struct st_rtp_srtp *srtp)
{
    if (srtp->old)
        srtp_dealloc(srtp->old);
    srtp->old = NULL;
    explicit_bzero(&srtp->old_crypto, sizeof(srtp->old_crypto));
}

void st_rtp_srtp_destroy(struct st_rtp_srtp *srtp)
{
    if (!srtp)
        return;
    close_old(srtp);
    if (srtp->session)
        srtp_dealloc(srtp->session);
    explicit_bzero(srtp, sizeof(*srtp));
    free(srtp);
}

static bool is_same_key(const struct st_rtp_srtp_crypto *a, const struct st_rtp_srtp_crypto *b)
{
    return a->suite == b->suite && a->mki_bytes == b->mki_bytes &&
           memcmp(a->mki, b->mki, a->mki_bytes) == 0 &&
           memcmp(a->key, b->key, st_rtp_srtp_key_bytes(a->suite)) == 0;
}

/* The source may be new to the session. */
static int set_rollover(srtp_t session, struct st_rtp_srtp_crypto *crypto, uint32_t ssrc,
                        uint32_t rollover)
{
    struct policy policy;
    uint32_t before;
    fill_policy(&policy, crypto, ssrc_specific, ssrc);
    if (srtp_get_stream_roc(session, ssrc, &before) != srtp_err_status_ok &&
        srtp_add_stream(session, &policy.policy) != srtp_err_status_ok)
        return -EBADMSG;
    srtp_set_stream_roc(session, ssrc, rollover);
    return 0;
}

/* Counters go on under another key (RFC 3711, 3.3.1). */
static void keep_rollovers(const struct st_rtp_srtp *srtp, srtp_t next,
                           struct st_rtp_srtp_crypto *crypto)
{
    for (unsigned i = 0; i < srtp->source_count; i++) {
        uint32_t ssrc = ntohl(srtp->sources[i]), rollover = 0;
        srtp_get_stream_roc(srtp->session, ssrc, &rollover);
        if (rollover > 0)
            set_rollover(next, crypto, ssrc, rollover);
    }
}

int st_rtp_srtp_rekey(struct st_rtp_srtp *srtp, const struct st_rtp_srtp_crypto *crypto,
                      int64_t now_us)
{
    struct st_rtp_srtp_crypto next = *crypto;
    srtp_t session;
    if (is_same_key(&srtp->crypto, crypto))
        return 0;
    int err = open_session(&session, &next, srtp->is_inbound);
    if (!err) {
        keep_rollovers(srtp, session, &next);
        close_old(srtp);
        srtp->old = srtp->session;
        srtp->old_crypto = srtp->crypto;
        srtp->old_until_us = now_us + OLD_KEY_US;
        srtp->session = session;
        srtp->crypto = next;
        srtp->has_opened = false;
        if (!srtp->is_inbound)
            close_old(srtp);
    }
    explicit_bzero(&next, sizeof(next));
    return err;
}

/* ---- inbound ---- */

/* The library keeps a state for each source that it has ever heard. A sender needs one or two, and
 * one that makes up thousands is not to fill our memory: all but the latest are forgotten. */
static void note_source(struct st_rtp_srtp *srtp, const uint8_t *name)
{
    unsigned at = 0;
    uint32_t ssrc;
    memcpy(&ssrc, name, sizeof(ssrc));
    if (srtp->source_count > 0 && srtp->sources[0] == ssrc)
        return;
    while (at < srtp->source_count && srtp->sources[at] != ssrc)
        at++;
    if (at == SOURCES_KEPT)
        srtp_remove_stream(srtp->session, srtp->sources[--at]);
    else if (at == srtp->source_count)
        srtp->source_count++;
    memmove(srtp->sources + 1, srtp->sources, at * sizeof(ssrc));
    srtp->sources[0] = ssrc;
}

static int translate(srtp_err_status_t status)
{
    switch (status) {
    case srtp_err_status_ok:
        return 0;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old:
        return -EALREADY;
    default:
        return -EBADMSG;
    }
}

static int count_result(struct st_rtp_srtp *srtp, int err)
{
    srtp->counts.accepted += err == 0;
    srtp->counts.replayed += err == -EALREADY;
    srtp->counts.forged += err == -EBADMSG;
    return err;
}

/* How a packet or a report is opened: 0 with its plain size, or an error. */
typedef int open_fn(srtp_t session, const struct st_rtp_srtp_crypto *crypto, void *data,
                    size_t *bytes);

static int open_packet(srtp_t session, const struct st_rtp_srtp_crypto *crypto, void *data,
                       size_t *bytes)
{
    int plain = (int)*bytes;
    int err = translate(srtp_unprotect_mki(session, data, &plain, crypto->mki_bytes > 0));
    if (!err)
        *bytes = (size_t)plain;
    return err;
}

/* Where RTP's tag is the shorter one the library looks for a report's identifier too far behind and
 * finds none: there it is taken out before. False: it is not ours. */
static bool take_out_mki(const struct st_rtp_srtp_crypto *crypto, uint8_t *data, size_t *bytes)
{
    size_t behind = RTCP_TAG_BYTES + (size_t)crypto->mki_bytes;
    if (*bytes < RTCP_MIN_BYTES + behind ||
        memcmp(data + *bytes - behind, crypto->mki, crypto->mki_bytes) != 0)
        return false;
    memmove(data + *bytes - behind, data + *bytes - RTCP_TAG_BYTES, RTCP_TAG_BYTES);
    *bytes -= crypto->mki_bytes;
    return true;
}

static int open_report(srtp_t session, const struct st_rtp_srtp_crypto *crypto, void *data,
                       size_t *bytes)
{
    bool has_mki = crypto->mki_bytes > 0;
    size_t secret = *bytes;
    if (has_mki && crypto->suite == ST_RTP_SRTP_AES_CM_128_HMAC_SHA1_32) {
        has_mki = false;
        if (!take_out_mki(crypto, data, &secret))
            return -EBADMSG;
    }
    int plain = (int)secret;
    int err = translate(srtp_unprotect_rtcp_mki(session, data, &plain, has_mki));
    if (!err)
        *bytes = (size_t)plain;
    return err;
}

static void let_old_key_go(struct st_rtp_srtp *srtp, int64_t now_us)
{
    if (srtp->old && now_us >= srtp->old_until_us)
        close_old(srtp);
}

/* By the key in use, else by the one before, for which the datagram has to be as it was. */
static int open_by_either(struct st_rtp_srtp *srtp, open_fn *open, size_t ssrc_at, void *data,
                          size_t *bytes, uint8_t *copy)
{
    if (srtp->old)
        memcpy(copy, data, *bytes);
    int err = open(srtp->session, &srtp->crypto, data, bytes);
    if (!err) {
        note_source(srtp, (const uint8_t *)data + ssrc_at);
        srtp->has_opened |= open == open_packet;
    }
    if (!err || !srtp->old)
        return err;
    memcpy(data, copy, *bytes);
    int old_err = open(srtp->old, &srtp->old_crypto, data, bytes);
    return old_err == -EBADMSG ? err : old_err;
}

/* A packet of a source that may be new to the session, by another counter than it has there. */
static int open_with_rollover(srtp_t session, struct st_rtp_srtp_crypto *crypto, uint32_t ssrc,
                              uint32_t rollover, void *data, size_t *bytes)
{
    int err = set_rollover(session, crypto, ssrc, rollover);
    return err ? err : open_packet(session, crypto, data, bytes);
}

/* First in a session of its own: were the packet forged, the one in use must not know of it. */
static int try_rollover(struct st_rtp_srtp *srtp, uint32_t rollover, const uint8_t *copy,
                        void *data, size_t *bytes)
{
    struct st_reader reader;
    size_t trial_bytes = *bytes;
    srtp_t trial;
    st_reader_init(&reader, copy, *bytes);
    st_reader_skip(&reader, SSRC_AT);
    uint32_t ssrc = st_reader_u32be(&reader);
    if (open_session(&trial, &srtp->crypto, true))
        return -EBADMSG;
    memcpy(data, copy, *bytes);
    int err = open_with_rollover(trial, &srtp->crypto, ssrc, rollover, data, &trial_bytes);
    srtp_dealloc(trial);
    memcpy(data, copy, *bytes);
    if (!err)
        err = open_with_rollover(srtp->session, &srtp->crypto, ssrc, rollover, data, bytes);
    if (err)
        return -EBADMSG;
    note_source(srtp, copy + SSRC_AT);
    srtp->has_opened = true;
    srtp->counts.rollovers++;
    return 0;
}

/* The next one, or none: there are senders that begin again with another key. Once that key has
 * been heard the counter never goes back: whoever kept a packet could set it so. */
static int recover(struct st_rtp_srtp *srtp, const uint8_t *copy, void *data, size_t *bytes)
{
    struct st_reader reader;
    uint32_t rollover = 0;
    st_reader_init(&reader, copy, *bytes);
    st_reader_skip(&reader, SSRC_AT);
    srtp_get_stream_roc(srtp->session, st_reader_u32be(&reader), &rollover);
    int err = try_rollover(srtp, rollover + 1, copy, data, bytes);
    return err && !srtp->has_opened ? try_rollover(srtp, 0, copy, data, bytes) : err;
}

static bool is_recovery_due(const struct st_rtp_srtp *srtp)
{
    return srtp->refused_in_a_row >= RECOVER_AFTER &&
           (srtp->refused_in_a_row - RECOVER_AFTER) % RECOVER_EVERY == 0;
}

int st_rtp_srtp_unprotect(struct st_rtp_srtp *srtp, void *data, size_t *bytes, int64_t now_us)
{
    uint8_t copy[ST_RTP_SRTP_DATAGRAM_MAX];
    if (*bytes < ST_RTP_HEADER_BYTES || *bytes > ST_RTP_SRTP_DATAGRAM_MAX)
        return count_result(srtp, -EBADMSG);
    bool is_due = is_recovery_due(srtp);
    let_old_key_go(srtp, now_us);
    if (is_due)
        memcpy(copy, data, *bytes);
    int err = open_by_either(srtp, open_packet, SSRC_AT, data, bytes, copy);
    if (err == -EBADMSG && is_due)
        err = recover(srtp, copy, data, bytes);
    /* Whether a packet is replayed is judged by its number, which anybody can write. */
    if (err != -EALREADY)
        srtp->refused_in_a_row = err ? srtp->refused_in_a_row + 1 : 0;
    return count_result(srtp, err);
}

int st_rtp_srtp_unprotect_rtcp(struct st_rtp_srtp *srtp, void *data, size_t *bytes, int64_t now_us)
{
    uint8_t copy[ST_RTP_SRTP_DATAGRAM_MAX];
    if (*bytes < RTCP_MIN_BYTES || *bytes > ST_RTP_SRTP_DATAGRAM_MAX)
        return count_result(srtp, -EBADMSG);
    let_old_key_go(srtp, now_us);
    return count_result(srtp, open_by_either(srtp, open_report, RTCP_SSRC_AT, data, bytes, copy));
}

/* ---- outbound ---- */

static int check_room(size_t bytes, size_t least, size_t room)
{
    if (bytes < least || bytes > ST_RTP_SRTP_DATAGRAM_MAX)
        return -EINVAL;
    return room < bytes || room - bytes < ST_RTP_SRTP_TRAILER_MAX ? -ENOBUFS : 0;
}

int st_rtp_srtp_protect(struct st_rtp_srtp *srtp, void *data, size_t *bytes, size_t room)
{
    int err = check_room(*bytes, ST_RTP_HEADER_BYTES, room), secret = (int)*bytes;
    if (err)
        return err;
    if (srtp_protect_mki(srtp->session, data, &secret, srtp->crypto.mki_bytes > 0, 0))
        return -EINVAL;
    note_source(srtp, (const uint8_t *)data + SSRC_AT);
    *bytes = (size_t)secret;
    return 0;
}

int st_rtp_srtp_protect_rtcp(struct st_rtp_srtp *srtp, void *data, size_t *bytes, size_t room)
{
    int err = check_room(*bytes, RTCP_MIN_BYTES, room), secret = (int)*bytes;
    if (err)
        return err;
    if (srtp_protect_rtcp_mki(srtp->session, data, &secret, srtp->crypto.mki_bytes > 0, 0))
        return -EINVAL;
    *bytes = (size_t)secret;
    return 0;
}

struct st_rtp_srtp_counts st_rtp_srtp_counts(const struct st_rtp_srtp *srtp)
{
    return srtp->counts;
}
