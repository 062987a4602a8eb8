/*
 * A bad network by plan: datagrams go in with the time they are due, and come out late, out of
 * order, twice, or not at all. What happens to the n-th datagram follows from the seed alone, each
 * kind of harm from a draw of its own, and what was done is counted exactly. Pure; bounded.
 *
 * Delays keep the order; order is changed only by design, where a datagram leaves behind the next
 * one. The first two are only delayed: a receiver believes in a source when two packets have come
 * in sequence (RFC 3550, A.1), and need not count what came before.
 */
#ifndef SIDETONE_RTP_IMPAIR_H
#define SIDETONE_RTP_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ST_RTP_IMPAIR_BYTES_MAX = 4096, ST_RTP_IMPAIR_SLOTS = 128, ST_RTP_IMPAIR_SPARED = 2 };

struct st_rtp_impair_config {
    uint64_t seed;
    double loss_pct; /* of all; 0-100 each */
    unsigned burst;  /* datagrams lost at a time; 0: 1 */
    double reorder_pct;
    double duplicate_pct;
    int64_t jitter_us; /* each is delayed by 0 to this much */
};

struct st_rtp_impair_counts {
    uint64_t put;
    uint64_t sent; /* each once */
    uint64_t lost;
    uint64_t lost_at_end; /* of them, behind the last that was sent: nobody can miss them */
    uint64_t bursts;      /* runs of lost ones */
    uint64_t duplicated;
    uint64_t reordered; /* sent behind a later one */
};

struct st_rtp_impaired {
    const uint8_t *data; /* borrowed until the next put or take */
    size_t bytes;
    uint64_t number; /* in order of put, from 0 */
    bool is_copy;
};

struct st_rtp_impair;

/* -EINVAL for a percentage outside 0-100, a burst above 1000 or a negative time. */
int st_rtp_impair_create(struct st_rtp_impair **ret_impair,
                         const struct st_rtp_impair_config *config);
void st_rtp_impair_destroy(struct st_rtp_impair *impair); /* NULL is fine */

/* Datagrams that there is room for, whatever is to become of them. */
size_t st_rtp_impair_room(const struct st_rtp_impair *impair);
/* -EMSGSIZE; -ENOBUFS: take first what is due. */
int st_rtp_impair_put(struct st_rtp_impair *impair, const void *data, size_t bytes, int64_t due_us);
/* No more will be put: a datagram that waits for its next one goes out without. */
void st_rtp_impair_end(struct st_rtp_impair *impair);

int64_t st_rtp_impair_due_us(const struct st_rtp_impair *impair); /* INT64_MAX: nothing waits */
/* false: nothing is due yet. */
bool st_rtp_impair_take(struct st_rtp_impair *impair, int64_t now_us,
                        struct st_rtp_impaired *ret_datagram);

/* Once all was taken, put = sent + lost. */
struct st_rtp_impair_counts st_rtp_impair_counts(const struct st_rtp_impair *impair);

#endif
