/*
 * The connection of a SIP caller: datagrams, a TCP stream, or TLS over one; whole messages come out
 * of it. It waits while it opens, and for room to send, ten seconds at the most.
 */
#ifndef SIDETONE_CLI_SIP_LINK_H
#define SIDETONE_CLI_SIP_LINK_H

#include "sip_tls.h"

#include <sys/socket.h>

struct st_sip_link;

struct st_sip_link_config {
    const char *transport;        /* "UDP", "TCP" or "TLS" */
    const char *host, *port;      /* port in digits */
    struct st_sip_tls_config tls; /* of TLS; its host may be missing */
    void (*message)(void *user, const char *data, size_t bytes);
    void *user;
};

/* With ret_why for people: -EBADMSG where a file is no good, else why there is no connection. */
int st_sip_link_open(struct st_sip_link **ret_link, const struct st_sip_link_config *config,
                     char *ret_why, size_t why_bytes);
void st_sip_link_close(struct st_sip_link *link); /* NULL is fine */

int st_sip_link_socket(const struct st_sip_link *link);
/* Our end of it. */
const struct sockaddr_storage *st_sip_link_local(const struct st_sip_link *link);

int st_sip_link_send(struct st_sip_link *link, const char *data, size_t bytes);
/* Tells of all messages that are there. Negative when the connection is lost, or brings nonsense.
 */
int st_sip_link_read(struct st_sip_link *link);

/* Of a connection's bytes: those of its first message. 0: more are needed; -EBADMSG. */
long st_sip_link_frame(const char *data, size_t bytes);

#endif
