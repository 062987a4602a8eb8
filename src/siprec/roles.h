/*
 * Who is who: which m-line carries the agent and which the customer.
 *
 * In this order: a configured rule; what a vendor's extension says; participants and what they
 * send; the label; the order of the m-lines. What contradicts itself is not refused, it is
 * flagged: a wrong but valid document swaps speakers without anybody noticing.
 */
#ifndef SIDETONE_SIPREC_ROLES_H
#define SIDETONE_SIPREC_ROLES_H

#include "message.h"
#include "metadata.h"

/* What the INVITE itself says of the call. */
struct role_hints {
    bool is_near_end; /* one leg of a telephone that forks its media itself */
    bool is_far_end;
    char recorded[METADATA_TEXT_MAX]; /* address of the telephone or user that is recorded */
    /* Participants by m-line, of recorders without metadata, and of a telephone that calls by
     * itself; "" when not told. */
    char line_aor[ST_RTP_SDP_MEDIA_MAX][METADATA_TEXT_MAX];
};

struct role_input {
    const struct st_rtp_sdp *sdp;
    unsigned left_out; /* lines that are none of their own, as a mask */
    const struct metadata *metadata;
    const struct role_hints *hints;
    const struct st_siprec_role_rule *rules;
    const bool *header_fits; /* of each rule, whether the INVITE has its header; NULL: none has */
    size_t rule_count;
    enum st_role caller_role;
};

struct line_role {
    bool is_audio;
    enum st_role role; /* never unknown for audio */
    enum st_siprec_source source;
    int participant; /* of the metadata; -1: unknown */
};

struct roles {
    struct line_role lines[ST_RTP_SDP_MEDIA_MAX];
    bool is_suspect;
};

/* What holds for all of a session is known from its first INVITE: later requests need not repeat
 * its headers. */
void role_headers_read(bool *ret_fits, const struct st_siprec_role_rule *rules, size_t count,
                       const struct sip_message *invite);
void role_hints_read(struct role_hints *ret_hints, const struct sip_message *invite);
void roles_find(struct roles *ret_roles, const struct role_input *input);

/* Whether text is as the pattern says, with * for anything, regardless of case. */
bool role_text_fits(const char *pattern, const char *text);

/* ---- sender.c ---- */

/* Whom an INVITE is by, without scheme: as its neighbour asserts (RFC 3325), else as it says
 * itself; "" when it does not say. */
void sender_read(char *out, size_t out_bytes, const struct sip_message *invite);

#endif
