#include "sidetone/rtp_impair.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BURST_MAX = 1000 };

enum harm { LOSS, REORDER, DUPLICATE, JITTER, HARMS };

struct slot {
    int64_t due_us;
    uint64_t number;
    bool is_copy;
    size_t bytes;
    uint8_t data[ST_RTP_IMPAIR_BYTES_MAX];
};

struct fate {
    bool is_lost, is_late, is_doubled;
    int64_t delay_us;
};

struct st_rtp_impair {
    struct st_rtp_impair_config config;
    uint64_t draws[HARMS]; /* states */
    unsigned losing;       /* datagrams left of a burst */
    int64_t latest_us;
    bool has_waiting, is_waiting_doubled;
    struct slot waiting; /* for the next one to go first */
    struct slot slots[ST_RTP_IMPAIR_SLOTS];
    unsigned first, count;
    uint64_t next_number; /* behind the highest sent */
    struct st_rtp_impair_counts counts;
};

/* SplitMix64. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static double draw_fraction(uint64_t *state)
{
    return (double)(draw(state) >> 11) * 0x1p-53;
}

static bool is_percentage(double value)
{
    return value >= 0 && value <= 100;
}

int st_rtp_impair_create(struct st_rtp_impair **ret_impair,
                         const struct st_rtp_impair_config *config)
{
    if (!is_percentage(config->loss_pct) || !is_percentage(config->reorder_pct) ||
        !is_percentage(config->duplicate_pct) || config->burst > BURST_MAX || config->jitter_us < 0)
        return -EINVAL;
    struct st_rtp_impair *impair = st_mem_alloc(sizeof(*impair));
    uint64_t seed = config->seed;
    impair->config = *config;
    impair->latest_us = INT64_MIN;
    for (unsigned i = 0; i < HARMS; i++)
        impair->draws[i] = draw(&seed);
    *ret_impair = impair;
    return 0;
}

void st_rtp_impair_destroy(struct st_rtp_impair *impair)
{
    free(impair);
}

/* A burst begins often enough for the share of all to come out, given its length. */
static bool is_lost(struct st_rtp_impair *impair)
{
    double share = impair->config.loss_pct / 100;
    double burst = impair->config.burst ? impair->config.burst : 1;
    bool begins = draw_fraction(&impair->draws[LOSS]) * (share + burst * (1 - share)) < share;
    if (impair->losing == 0 && begins)
        impair->losing = (unsigned)burst;
    if (impair->losing == 0)
        return false;
    impair->losing--;
    return true;
}

/* Every kind is drawn for every datagram, so that none changes what another does. */
static struct fate draw_fate(struct st_rtp_impair *impair)
{
    const struct st_rtp_impair_config *config = &impair->config;
    struct fate fate = {
        .is_lost = is_lost(impair),
        .is_late = draw_fraction(&impair->draws[REORDER]) * 100 < config->reorder_pct,
        .is_doubled = draw_fraction(&impair->draws[DUPLICATE]) * 100 < config->duplicate_pct,
        .delay_us =
            (int64_t)(draw_fraction(&impair->draws[JITTER]) * (double)(config->jitter_us + 1)),
    };
    if (impair->counts.put < ST_RTP_IMPAIR_SPARED)
        fate.is_lost = fate.is_late = fate.is_doubled = false;
    return fate;
}

static void count_loss(struct st_rtp_impair *impair, bool is_lost_now)
{
    impair->counts.lost += is_lost_now;
    impair->counts.bursts += is_lost_now && impair->counts.lost_at_end == 0;
    impair->counts.lost_at_end = is_lost_now ? impair->counts.lost_at_end + 1 : 0;
}

static void push(struct st_rtp_impair *impair, const struct slot *from, bool is_doubled)
{
    for (unsigned i = 0; i < 1 + (unsigned)is_doubled; i++) {
        struct slot *slot = &impair->slots[(impair->first + impair->count++) % ST_RTP_IMPAIR_SLOTS];
        slot->due_us = impair->latest_us;
        slot->number = from->number;
        slot->is_copy = i > 0;
        slot->bytes = from->bytes;
        memcpy(slot->data, from->data, from->bytes);
    }
}

static void release_waiting(struct st_rtp_impair *impair)
{
    if (impair->has_waiting)
        push(impair, &impair->waiting, impair->is_waiting_doubled);
    impair->has_waiting = false;
}

static void pass(struct st_rtp_impair *impair, const void *data, size_t bytes,
                 const struct fate *fate)
{
    struct slot fresh;
    bool waits = fate->is_late && !impair->has_waiting;
    struct slot *slot = waits ? &impair->waiting : &fresh;
    slot->number = impair->counts.put - 1;
    slot->bytes = bytes;
    memcpy(slot->data, data, bytes);
    if (waits) {
        impair->has_waiting = true;
        impair->is_waiting_doubled = fate->is_doubled;
        return;
    }
    push(impair, slot, fate->is_doubled);
    release_waiting(impair);
}

/* Each may come twice, and one more waits for its next. */
size_t st_rtp_impair_room(const struct st_rtp_impair *impair)
{
    return (ST_RTP_IMPAIR_SLOTS - impair->count) / 2 - (impair->count < ST_RTP_IMPAIR_SLOTS - 1);
}

int st_rtp_impair_put(struct st_rtp_impair *impair, const void *data, size_t bytes, int64_t due_us)
{
    if (bytes > ST_RTP_IMPAIR_BYTES_MAX)
        return -EMSGSIZE;
    if (st_rtp_impair_room(impair) == 0)
        return -ENOBUFS;
    const struct fate fate = draw_fate(impair);
    impair->counts.put++;
    count_loss(impair, fate.is_lost);
    if (fate.is_lost)
        return 0;
    int64_t leaves_us = due_us + fate.delay_us;
    impair->latest_us = leaves_us > impair->latest_us ? leaves_us : impair->latest_us;
    pass(impair, data, bytes, &fate);
    return 0;
}

void st_rtp_impair_end(struct st_rtp_impair *impair)
{
    release_waiting(impair);
}

int64_t st_rtp_impair_due_us(const struct st_rtp_impair *impair)
{
    return impair->count > 0 ? impair->slots[impair->first].due_us : INT64_MAX;
}

static void count_sent(struct st_rtp_impair *impair, const struct slot *slot)
{
    if (slot->is_copy) {
        impair->counts.duplicated++;
        return;
    }
    impair->counts.sent++;
    if (slot->number < impair->next_number)
        impair->counts.reordered++;
    else
        impair->next_number = slot->number + 1;
}

bool st_rtp_impair_take(struct st_rtp_impair *impair, int64_t now_us,
                        struct st_rtp_impaired *ret_datagram)
{
    if (st_rtp_impair_due_us(impair) > now_us || impair->count == 0)
        return false;
    const struct slot *slot = &impair->slots[impair->first];
    impair->first = (impair->first + 1) % ST_RTP_IMPAIR_SLOTS;
    impair->count--;
    count_sent(impair, slot);
    *ret_datagram = (struct st_rtp_impaired){slot->data, slot->bytes, slot->number, slot->is_copy};
    return true;
}

struct st_rtp_impair_counts st_rtp_impair_counts(const struct st_rtp_impair *impair)
{
    return impair->counts;
}
