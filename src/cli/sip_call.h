/*
 * One SIP dialog as its caller, as a session recording client has it: INVITE, further offers, BYE.
 * Pure: messages and the time go in, messages go out by `send`. Over UDP it repeats what is not
 * answered; asked who it is, it proves that by digest authentication.
 */
#ifndef SIDETONE_CLI_SIP_CALL_H
#define SIDETONE_CLI_SIP_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_sip_call;

struct st_sip_call_config {
    const char *transport; /* "UDP", "TCP" or "TLS" */
    const char *local;     /* "HOST:PORT", IPv6 in brackets */
    const char *target;    /* likewise */
    const char *call_id;
    const char *name, *password; /* NULL: none */
    void (*send)(void *user, const char *data, size_t bytes);
    /* An offer was taken; borrowed for the call. */
    void (*answered)(void *user, const char *sdp, size_t bytes);
    /* Nothing follows. why NULL: BYE was said and heard; not to be trusted. */
    void (*ended)(void *user, const char *why);
    void *user;
};

void st_sip_call_create(struct st_sip_call **ret_call, const struct st_sip_call_config *config);
void st_sip_call_destroy(struct st_sip_call *call); /* NULL is fine */

/* The first offer, with metadata, or a further one, with NULL. -EBUSY: one is still unanswered. A
 * further one that crosses an offer of the other side (491) is made again some seconds later; one
 * that is given meanwhile goes in its place. */
int st_sip_call_offer(struct st_sip_call *call, const char *sdp, const char *metadata,
                      int64_t now_us);
/* Before an answer: CANCEL. */
void st_sip_call_hang_up(struct st_sip_call *call, int64_t now_us);

/* One whole message. */
void st_sip_call_put(struct st_sip_call *call, const char *data, size_t bytes, int64_t now_us);

int64_t st_sip_call_due_us(const struct st_sip_call *call); /* INT64_MAX: never */
void st_sip_call_tick(struct st_sip_call *call, int64_t now_us);

#endif
