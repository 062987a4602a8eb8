/*
 * The SIPREC server on the sockets of one loop: what siprec.h is without sockets, listening.
 *
 * All on the loop's thread; the sink is called there, too. Its answers may come later.
 *
 * Where the connection of a session is gone, requests of ours make one to its peer, from a listener
 * of that transport. With TLS that is done only where client_ca_file says whose certificates are
 * trusted, of peers that call us and of those that we call alike; our own is shown to them.
 */
#ifndef SIDETONE_SIPREC_SERVER_H
#define SIDETONE_SIPREC_SERVER_H

#include "sidetone/siprec.h"

struct st_loop;
struct st_siprec_server;

enum { ST_SIPREC_LISTENERS_MAX = 8 };

struct st_siprec_listen {
    enum st_siprec_transport transport;
    const char *address; /* numeric */
    uint16_t port;       /* 0: any free one */
};

struct st_siprec_server_config {
    struct st_loop *loop;
    const struct st_siprec_listen *listens;
    size_t listen_count;
    const char *certificate_file; /* of TLS */
    const char *key_file;
    const char *client_ca_file; /* NULL: clients need no certificate */
    size_t connections_max;
    int64_t idle_us; /* of connections */
    /* ports, send, connect and user are the server's own. */
    struct st_siprec_config siprec;
};

/* Before the loop runs or on its thread. What is wrong goes into why as well. */
int st_siprec_server_open(struct st_siprec_server **ret_server,
                          const struct st_siprec_server_config *config, char *why,
                          size_t why_bytes);
/* Sessions end without a word to their peers. NULL is fine. */
void st_siprec_server_close(struct st_siprec_server *server);

uint16_t st_siprec_server_port(const struct st_siprec_server *server, size_t listen_index);
int st_siprec_server_reload_tls(struct st_siprec_server *server);
void st_siprec_server_drain(struct st_siprec_server *server);
size_t st_siprec_server_live(const struct st_siprec_server *server);

/* As st_siprec_answer and st_siprec_end, now. */
int st_siprec_server_answer(struct st_siprec_server *server, uint64_t session,
                            const struct st_siprec_answer *answer);
int st_siprec_server_end(struct st_siprec_server *server, uint64_t session, enum st_siprec_end end);

#endif
