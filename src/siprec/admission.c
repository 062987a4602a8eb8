#include "admission.h"

#include "sidetone/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN = 1000, BURST_S = 2 };

static bool read_address(const char *text, uint8_t *out, unsigned *ret_family_bits)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (inet_pton(AF_INET6, text, out) == 1) {
        *ret_family_bits = 128;
        return true;
    }
    memcpy(out, mapped, sizeof(mapped));
    *ret_family_bits = 32;
    return inet_pton(AF_INET, text, out + sizeof(mapped)) == 1;
}

int address_prefix_parse(struct address_prefix *ret_prefix, const char *text)
{
    char address[64], *end = NULL;
    const char *slash = strchr(text, '/');
    size_t chars = slash ? (size_t)(slash - text) : strlen(text);
    unsigned family_bits;
    if (chars >= sizeof(address))
        return -EINVAL;
    memcpy(address, text, chars);
    address[chars] = 0;
    struct address_prefix prefix;
    if (!read_address(address, prefix.address, &family_bits))
        return -EINVAL;
    unsigned long bits = slash ? strtoul(slash + 1, &end, 10) : family_bits;
    if (slash && (slash[1] < '0' || slash[1] > '9' || *end || bits > family_bits))
        return -EINVAL;
    prefix.bits = (unsigned)bits + 128 - family_bits;
    *ret_prefix = prefix;
    return 0;
}

int admission_init(struct admission *admission, const char *const *allowed, size_t count,
                   uint32_t rate_per_s, uint64_t seed)
{
    *admission = (struct admission){.rate_per_s = rate_per_s, .seed = seed};
    if (count > 0)
        admission->allowed = st_mem_alloc_array(count, sizeof(*admission->allowed));
    for (size_t i = 0; i < count; i++)
        if (address_prefix_parse(&admission->allowed[i], allowed[i]) < 0) {
            admission_fini(admission);
            return -EINVAL;
        }
    admission->allowed_count = count;
    for (size_t i = 0; i < ADMISSION_BUCKETS; i++)
        admission->buckets[i].tokens = admission->buckets[i].refusals =
            (int64_t)rate_per_s * TOKEN * BURST_S;
    return 0;
}

void admission_fini(struct admission *admission)
{
    free(admission->allowed);
    *admission = (struct admission){0};
}

static bool is_within(const uint8_t *address, const struct address_prefix *prefix)
{
    unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
    if (memcmp(address, prefix->address, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ prefix->address[whole]) >> (8 - rest) == 0;
}

bool admission_allows(const struct admission *admission, const char *address)
{
    uint8_t binary[16];
    unsigned family_bits;
    if (admission->allowed_count == 0)
        return true;
    if (!read_address(address, binary, &family_bits))
        return false;
    for (size_t i = 0; i < admission->allowed_count; i++)
        if (is_within(binary, &admission->allowed[i]))
            return true;
    return false;
}

static size_t bucket_of(const struct admission *admission, const char *address)
{
    uint8_t binary[16] = {0};
    unsigned family_bits;
    uint64_t hash = admission->seed ^ 14695981039346656037u;
    bool is_network = read_address(address, binary, &family_bits) && family_bits == 128;
    for (size_t i = 0; i < (is_network ? 8 : sizeof(binary)); i++)
        hash = (hash ^ binary[i]) * 1099511628211u;
    hash ^= hash >> 32;
    return hash % ADMISSION_BUCKETS;
}

static int64_t fill(int64_t tokens, int64_t more, int64_t most)
{
    return tokens + more > most ? most : tokens + more;
}

static bool take(int64_t *tokens)
{
    bool has_one = *tokens >= TOKEN;
    *tokens -= has_one ? TOKEN : 0;
    return has_one;
}

enum admission_verdict admission_take(struct admission *admission, const char *address,
                                      int64_t now_us)
{
    size_t i = bucket_of(admission, address);
    int64_t most = (int64_t)admission->rate_per_s * TOKEN * BURST_S;
    int64_t passed_us = now_us - admission->buckets[i].at_us;
    int64_t more = passed_us > (int64_t)BURST_S * 1000000 ? most
                   : passed_us > 0 ? passed_us * admission->rate_per_s / (1000000 / TOKEN)
                                   : 0;
    admission->buckets[i].at_us = now_us;
    admission->buckets[i].tokens = fill(admission->buckets[i].tokens, more, most);
    admission->buckets[i].refusals = fill(admission->buckets[i].refusals, more, most);
    if (take(&admission->buckets[i].tokens))
        return ADMISSION_TAKEN;
    return take(&admission->buckets[i].refusals) ? ADMISSION_REFUSED : ADMISSION_DROPPED;
}
