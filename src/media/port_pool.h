/*
 * Pairs of ports of one loop: even for RTP, the next for RTCP. Pure: time is an argument.
 *
 * They are taken in an order that nobody can guess, and rest after use.
 */
#ifndef SIDETONE_MEDIA_PORT_POOL_H
#define SIDETONE_MEDIA_PORT_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct port_pool {
    uint16_t first;
    unsigned pairs;
    int64_t quarantine_us;
    uint64_t seed;
    int64_t *free_from_us; /* per pair; INT64_MAX: in use */
};

void port_pool_init(struct port_pool *pool, uint16_t first, unsigned pairs, int64_t quarantine_us);
void port_pool_fini(struct port_pool *pool);

/* The even port of a pair; 0: all are in use or rest. */
uint16_t port_pool_take(struct port_pool *pool, int64_t now_us);
/* It rests from now on. */
void port_pool_put(struct port_pool *pool, uint16_t port, int64_t now_us);

#endif
