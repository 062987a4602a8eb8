/* TLS over a connected socket, for a caller who waits for it himself. */
#ifndef SIDETONE_CLI_SIP_TLS_H
#define SIDETONE_CLI_SIP_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct st_sip_tls;

struct st_sip_tls_config {
    const char *host;             /* whose certificate it has to be: a name or an address */
    const char *ca_file;          /* NULL: the system's authorities */
    bool is_insecure;             /* any certificate will do */
    const char *certificate_file; /* our own, with its chain; NULL: none */
    const char *key_file;         /* NULL: in the same file */
};

/* Shakes hands on a socket that does not block, until then at the latest. -EBADMSG: one of the
 * files is no good; -EPROTO: no handshake. Both with ret_why for people. The socket stays the
 * caller's. */
int st_sip_tls_open(struct st_sip_tls **ret_tls, int fd, const struct st_sip_tls_config *config,
                    int64_t until_us, char *ret_why, size_t why_bytes);
void st_sip_tls_close(struct st_sip_tls *tls); /* NULL is fine */

/* Bytes; 0 at the end; -EAGAIN; -EPROTO. */
ssize_t st_sip_tls_read(struct st_sip_tls *tls, void *data, size_t bytes);
ssize_t st_sip_tls_write(struct st_sip_tls *tls, const void *data, size_t bytes);

#endif
