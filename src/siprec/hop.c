/* Where requests of ours go. Never to an address that could not have sent us any. */
#include "server.h"

#include "sidetone/mem.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A numeric address of the other's family, in the one way that it is written; false otherwise. */
static bool same_family(const char *host, const char *other, char out[INET6_ADDRSTRLEN])
{
    uint8_t address[sizeof(struct in6_addr)];
    int family = strchr(other, ':') ? AF_INET6 : AF_INET;
    return host && inet_pton(family, host, address) == 1 &&
           inet_ntop(family, address, out, INET6_ADDRSTRLEN);
}

/* Writes the URI's port; its address as well when that is one we know, else gives false. */
static bool follow(const struct st_siprec *siprec, const osip_uri_t *uri,
                   struct st_siprec_peer *peer)
{
    char host[INET6_ADDRSTRLEN];
    peer->port = siprec_port(uri->port, peer->transport);
    bool is_known =
        same_family(uri->host, peer->address, host) &&
        (strcmp(host, peer->address) == 0 ||
         (siprec->admission.allowed_count > 0 && admission_allows(&siprec->admission, host)));
    if (is_known)
        snprintf(peer->address, sizeof(peer->address), "%s", host);
    return is_known;
}

/* The URI of the first proxy, or their Contact; to be freed. */
static char *next_uri(const struct session *session)
{
    const char *route = session->routes ? strchr(session->routes, '<') : NULL;
    return route ? st_mem_strndup(route + 1, strcspn(route + 1, ">"))
                 : st_mem_strdup(session->target);
}

struct st_siprec_peer hop_usual(const struct st_siprec *siprec, const struct session *session)
{
    struct st_siprec_peer peer = session->peer;
    osip_uri_t *uri = NULL;
    if (peer.transport != ST_SIPREC_UDP || session->routes || osip_uri_init(&uri))
        return peer;
    bool is_found = osip_uri_parse(uri, session->target) == 0 && follow(siprec, uri, &peer);
    osip_uri_free(uri);
    return is_found ? peer : session->peer;
}

struct st_siprec_peer hop_anew(const struct st_siprec *siprec, const struct session *session)
{
    struct st_siprec_peer peer = session->peer;
    osip_uri_t *uri = NULL;
    if (osip_uri_init(&uri))
        return peer;
    char *text = next_uri(session);
    if (osip_uri_parse(uri, text) == 0)
        follow(siprec, uri, &peer);
    free(text);
    osip_uri_free(uri);
    return peer;
}
