/* What the files of a SIP call share. */
#ifndef SIDETONE_CLI_SIP_CALL_PRIVATE_H
#define SIDETONE_CLI_SIP_CALL_PRIVATE_H

#include "sip_call.h"
#include "text.h"

#include <osipparser2/osip_parser.h>

enum { SIP_CALL_TAG_BYTES = 8, SIP_CALL_WORD_MAX = 2 * SIP_CALL_TAG_BYTES + 1 };

/* A request that waits for its final answer. */
struct pending {
    bool is_open, is_proceeding;
    const char *method;
    char branch[SIP_CALL_WORD_MAX];
    struct st_text text;
    int64_t resend_us, interval_us, until_us;
};

struct st_sip_call {
    struct st_sip_call_config config;
    char tag[SIP_CALL_WORD_MAX];
    unsigned sequence;
    struct st_text to, route, remote; /* as learned from the first answer */
    struct st_text sdp;               /* of the latest offer */
    struct st_text ack;               /* of the latest answer, for when that is repeated */
    struct pending pending;
    bool is_established, is_hanging_up, has_ended;
};

/* ---- sip_call_message.c ---- */

/* Random, and nobody else's. */
void sip_call_make_word(char word[SIP_CALL_WORD_MAX]);
void sip_call_add_header(struct st_text *text, const char *name, const char *value);
/* In place of what the text was; further headers may follow until its end is written. */
void sip_call_begin_request(const struct st_sip_call *call, struct st_text *text,
                            const char *method, unsigned sequence, const char *branch);
/* type and body NULL: none. */
void sip_call_end_message(struct st_text *text, const char *type, const struct st_text *body);
/* A body of an offer and what it means, with the boundary "part". */
void sip_call_add_parts(struct st_text *body, const char *sdp, const char *metadata);
/* sdp NULL: none. */
void sip_call_write_reply(const struct st_sip_call *call, struct st_text *text,
                          const osip_message_t *request, const char *status,
                          const struct st_text *sdp);

#endif
