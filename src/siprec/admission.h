/*
 * Who may send at all, and how much: an allow-list of addresses, and a bucket per source.
 *
 * The buckets are a table of fixed size; a source that finds no room shares the one of another, so
 * a flood of sources costs no memory, only fairness. Of IPv6 a source is a network of 64 bits: its
 * owner has as many addresses in it as it likes. Refusals have a share of their own: a flood is not
 * answered by another one.
 */
#ifndef SIDETONE_SIPREC_ADMISSION_H
#define SIDETONE_SIPREC_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADMISSION_BUCKETS = 1024 };

struct address_prefix {
    uint8_t address[16]; /* IPv4 as it is mapped into IPv6 */
    unsigned bits;
};

struct admission {
    struct address_prefix *allowed;
    size_t allowed_count; /* 0: everybody */
    uint32_t rate_per_s;
    uint64_t seed;
    struct {
        int64_t at_us;
        int64_t tokens, refusals; /* thousandths */
    } buckets[ADMISSION_BUCKETS];
};

enum admission_verdict {
    ADMISSION_TAKEN,
    ADMISSION_REFUSED, /* to be told so */
    ADMISSION_DROPPED, /* it has been told often enough */
};

/* "10.0.0.0/8", "192.0.2.1", "2001:db8::/32"; -EINVAL. */
int address_prefix_parse(struct address_prefix *ret_prefix, const char *text);

int admission_init(struct admission *admission, const char *const *allowed, size_t count,
                   uint32_t rate_per_s, uint64_t seed);
void admission_fini(struct admission *admission);
bool admission_allows(const struct admission *admission, const char *address);
/* Takes one request's worth. */
enum admission_verdict admission_take(struct admission *admission, const char *address,
                                      int64_t now_us);

#endif
