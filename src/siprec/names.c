/* What transports, ends, tags, hosts and ports are called. */
#include "server.h"

#include "sidetone/mem.h"
#include "sidetone/random.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const transport_names[] = {
    [ST_SIPREC_UDP] = "udp",
    [ST_SIPREC_TCP] = "tcp",
    [ST_SIPREC_TLS] = "tls",
};

const char *st_siprec_transport_name(enum st_siprec_transport transport)
{
    return transport_names[transport];
}

int st_siprec_transport_find(const char *name)
{
    for (int i = 0; i < ST_SIPREC_TRANSPORTS; i++)
        if (strcmp(name, transport_names[i]) == 0)
            return i;
    return -EINVAL;
}

const char *st_siprec_end_name(enum st_siprec_end end)
{
    static const char *const names[] = {
        [ST_SIPREC_END_BYE] = "bye",           [ST_SIPREC_END_CANCELLED] = "cancelled",
        [ST_SIPREC_END_EXPIRED] = "expired",   [ST_SIPREC_END_NO_ACK] = "no_ack",
        [ST_SIPREC_END_LOST] = "lost",         [ST_SIPREC_END_MEDIA] = "no_media",
        [ST_SIPREC_END_STOPPED] = "stopped",   [ST_SIPREC_END_REFUSED] = "refused",
        [ST_SIPREC_END_REPLACED] = "replaced",
    };
    return names[end];
}

void siprec_random_tag(char *out)
{
    snprintf(out, TAG_MAX, "%016" PRIx64, st_random_u64());
}

char *siprec_host_text(const char *host)
{
    size_t room = strlen(host) + 3;
    char *text = st_mem_alloc(room);
    snprintf(text, room, strchr(host, ':') ? "[%s]" : "%s", host);
    return text;
}

uint16_t siprec_port(const char *text, enum st_siprec_transport transport)
{
    enum { SIP_PORT = 5060, SIPS_PORT = 5061 };
    long port = text ? strtol(text, NULL, 10) : 0;
    uint16_t usual = transport == ST_SIPREC_TLS ? SIPS_PORT : SIP_PORT;
    return port > 0 && port < 65536 ? (uint16_t)port : usual;
}
