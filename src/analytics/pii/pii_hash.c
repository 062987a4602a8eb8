/* SipHash-2-4 (Aumasson and Bernstein, 2012): without the key, the few thousand million numbers
 * that a value can be cannot be tried one after the other. */
#include "pii_hash.h"

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4], unsigned rounds)
{
    for (; rounds > 0; rounds--) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

void st_pii_hash_init(struct st_pii_hash *hash, const uint64_t key[2])
{
    *hash = (struct st_pii_hash){.v = {key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU,
                                       key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U}};
}

void st_pii_hash_put(struct st_pii_hash *hash, uint8_t byte)
{
    hash->word |= (uint64_t)byte << (8 * (hash->bytes++ % 8));
    if (hash->bytes % 8 != 0)
        return;
    hash->v[3] ^= hash->word;
    mix(hash->v, 2);
    hash->v[0] ^= hash->word;
    hash->word = 0;
}

uint64_t st_pii_hash_finish(struct st_pii_hash *hash)
{
    uint64_t last = hash->word | (uint64_t)hash->bytes << 56;
    hash->v[3] ^= last;
    mix(hash->v, 2);
    hash->v[0] ^= last;
    hash->v[2] ^= 0xff;
    mix(hash->v, 4);
    return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}
