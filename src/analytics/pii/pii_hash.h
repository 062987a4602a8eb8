/* A keyed hash: SipHash-2-4, byte by byte. */
#ifndef SIDETONE_ANALYTICS_PII_HASH_H
#define SIDETONE_ANALYTICS_PII_HASH_H

#include <stdint.h>

struct st_pii_hash {
    uint64_t v[4];
    uint64_t word;
    uint32_t bytes;
};

void st_pii_hash_init(struct st_pii_hash *hash, const uint64_t key[2]);
void st_pii_hash_put(struct st_pii_hash *hash, uint8_t byte);
uint64_t st_pii_hash_finish(struct st_pii_hash *hash);

#endif
