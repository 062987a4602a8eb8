/* A caller's answers to 401 and 407: digest authentication with MD5 or SHA-256 (RFC 3261, 22). */
#ifndef SIDETONE_CLI_SIP_CREDENTIALS_H
#define SIDETONE_CLI_SIP_CREDENTIALS_H

#include "text.h"

#include <osipparser2/osip_parser.h>
#include <stdbool.h>

enum { ST_SIP_CREDENTIALS_WORD_MAX = 256 };

/* Of zeroes but for user and password, which are borrowed. */
struct st_sip_credentials {
    const char *user, *password; /* NULL: there are none */
    /* the challenge */
    bool is_asked, is_proxy, is_sha256, names_algorithm, has_qop, is_stale;
    char realm[ST_SIP_CREDENTIALS_WORD_MAX];
    char nonce[ST_SIP_CREDENTIALS_WORD_MAX];
    char opaque[ST_SIP_CREDENTIALS_WORD_MAX];
    unsigned count;      /* answers to that nonce */
    struct st_text line; /* the latest of them */
};

void st_sip_credentials_fini(struct st_sip_credentials *credentials);

/* Keeps the first challenge that can be answered. -ENOENT: there is none, or no password. */
int st_sip_credentials_take(struct st_sip_credentials *credentials, const osip_message_t *answer);

/* Adds the header of a request; nothing before a challenge. */
void st_sip_credentials_add(struct st_sip_credentials *credentials, struct st_text *text,
                            const char *method, const char *uri);
/* The same header again, as ACK has that of its INVITE. */
void st_sip_credentials_repeat(const struct st_sip_credentials *credentials, struct st_text *text);

#endif
