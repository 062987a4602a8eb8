#include "sidetone/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int st_udp_address_parse(struct st_udp_address *ret_address, const char *ip, uint16_t port)
{
    struct st_udp_address address = {.port = port};
    if (inet_pton(AF_INET, ip, address.ip + sizeof(mapped)) == 1)
        memcpy(address.ip, mapped, sizeof(mapped));
    else if (inet_pton(AF_INET6, ip, address.ip) != 1)
        return -EINVAL;
    *ret_address = address;
    return 0;
}

void st_udp_address_write(const struct st_udp_address *address, char out[ST_UDP_TEXT_MAX])
{
    if (st_udp_address_is_v4(address))
        inet_ntop(AF_INET, address->ip + sizeof(mapped), out, ST_UDP_TEXT_MAX);
    else
        inet_ntop(AF_INET6, address->ip, out, ST_UDP_TEXT_MAX);
}

bool st_udp_address_is_none(const struct st_udp_address *address)
{
    static const struct st_udp_address none;
    return st_udp_address_has_ip_of(address, &none);
}

bool st_udp_address_is_v4(const struct st_udp_address *address)
{
    return memcmp(address->ip, mapped, sizeof(mapped)) == 0;
}

bool st_udp_address_is_anybody(const struct st_udp_address *address)
{
    static const uint8_t anybody[4];
    return st_udp_address_is_none(address) ||
           (st_udp_address_is_v4(address) &&
            memcmp(address->ip + sizeof(mapped), anybody, sizeof(anybody)) == 0);
}

bool st_udp_address_has_ip_of(const struct st_udp_address *address,
                              const struct st_udp_address *other)
{
    return memcmp(address->ip, other->ip, sizeof(address->ip)) == 0;
}

bool st_udp_address_is(const struct st_udp_address *address, const struct st_udp_address *other)
{
    return address->port == other->port && st_udp_address_has_ip_of(address, other);
}
