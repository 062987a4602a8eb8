#include "sidetone/rtp_reorder.h"

#include "sidetone/pool.h"

#include <errno.h>
#include <string.h>

enum {
    BOUND_DEFAULT_US = 80000,
    ROUNDING_US = 1000,    /* a smaller hole or overlap is none */
    SHIFT_MAX_US = 250000, /* a deeper overlap is a packet from before the silence */
    LONG_LOSS_US = 120000, /* a hole up to this is all loss when a packet is missing in it */
    STALE_MAX_US = 1000000,
    IDLE_MARGIN_US = 200000,  /* silence of an idle stream stays this far behind */
    IDLE_DRIFT_DIVISOR = 500, /* and behind a sender's clock that is slow by 2,000 ppm */
    IDLE_STEP_US = 20000,
};

struct st_rtp_held {
    struct st_rtp_unit unit;
    int64_t arrived_us;
    uint8_t payload[];
};

_Static_assert(sizeof(struct st_rtp_held) + ST_RTP_REORDER_PAYLOAD_BYTES <=
                   ST_RTP_REORDER_BLOCK_BYTES,
               "a block holds the largest payload");

static int64_t bound(int64_t wanted_us)
{
    int64_t us = wanted_us > 0 ? wanted_us : BOUND_DEFAULT_US;
    us = us < ST_RTP_REORDER_MIN_US ? ST_RTP_REORDER_MIN_US : us;
    return us > ST_RTP_REORDER_MAX_US ? ST_RTP_REORDER_MAX_US : us;
}

void st_rtp_reorder_init(struct st_rtp_reorder *reorder, const struct st_rtp_reorder_config *config)
{
    *reorder = (struct st_rtp_reorder){
        .pool = config->pool,
        .bound_us = bound(config->bound_us),
        .pass = config->pass,
        .refused = config->refused,
        .user = config->user,
        .is_silent = true,
        .next_us = config->start_us,
        .has_origin = config->origin_us != 0,
        .heard_us = config->origin_us,
    };
}

static struct st_rtp_held **slot_of(struct st_rtp_reorder *reorder, uint64_t sequence)
{
    return &reorder->held[sequence % ST_RTP_REORDER_SLOTS];
}

void st_rtp_reorder_fini(struct st_rtp_reorder *reorder)
{
    for (size_t i = 0; i < ST_RTP_REORDER_SLOTS && reorder->pool; i++)
        st_pool_put(reorder->pool, reorder->held[i]);
    memset(reorder, 0, sizeof(*reorder));
}

/* ---- passing on ---- */

/* How much of a hole the missing packets account for. */
static int64_t share_of_loss(const struct st_rtp_reorder *reorder, int64_t hole_us,
                             uint32_t missing)
{
    if (missing == 0 || reorder->is_silent)
        return 0;
    int64_t likely_us = missing * reorder->last_span_us;
    if (hole_us <= LONG_LOSS_US || hole_us <= 2 * likely_us)
        return hole_us;
    return likely_us;
}

/* Moves a unit that overlaps what was passed on. false: it belongs to a time long gone. That a
 * sender stays there cannot be: then its time is taken as it is. */
static bool fit_overlap(struct st_rtp_reorder *reorder, struct st_rtp_unit *unit)
{
    int64_t overlap_us = reorder->next_us - unit->position_us;
    bool is_stale = overlap_us > SHIFT_MAX_US;
    if (is_stale && reorder->stale_since_us == 0)
        reorder->stale_since_us = reorder->now_us;
    if (is_stale && reorder->now_us - reorder->stale_since_us < STALE_MAX_US)
        return false;
    if (overlap_us > ROUNDING_US)
        reorder->shift_us += overlap_us;
    unit->position_us = reorder->next_us;
    return true;
}

/* What has no media has no time that could have gone on. */
static int refuse_late(struct st_rtp_reorder *reorder, const struct st_rtp_unit *unit)
{
    if (unit->kind != ST_RTP_OTHER) {
        reorder->late++;
        if (reorder->refused)
            reorder->refused(reorder->user);
    }
    return -ETIME;
}

static int pass_media(struct st_rtp_reorder *reorder, const struct st_rtp_unit *original,
                      uint32_t missing)
{
    struct st_rtp_unit unit = *original;
    struct st_rtp_gap gap = {.position_us = reorder->next_us, .lost_packets = missing};
    unit.position_us += reorder->shift_us;
    unit.is_splice = reorder->owes_splice;
    int64_t hole_us = unit.position_us - reorder->next_us;
    if (hole_us < 0 && !fit_overlap(reorder, &unit))
        return refuse_late(reorder, original);
    reorder->stale_since_us = 0;
    reorder->owes_splice = false;
    if (hole_us > 0 && hole_us <= ROUNDING_US && missing == 0)
        unit.position_us = reorder->next_us;
    hole_us = unit.position_us - reorder->next_us;
    gap.lost_us = share_of_loss(reorder, hole_us, missing);
    gap.silence_us = hole_us - gap.lost_us;
    reorder->next_us = unit.position_us + unit.span_us;
    reorder->is_silent = unit.kind != ST_RTP_AUDIO;
    if (unit.kind == ST_RTP_AUDIO)
        reorder->last_span_us = unit.span_us;
    reorder->pass(reorder->user, &gap, &unit);
    return 0;
}

/* What was refused says nothing of how far its sender has come. */
static void note_heard(struct st_rtp_reorder *reorder, const struct st_rtp_unit *unit,
                       int64_t arrived_us)
{
    int64_t end_us = unit->position_us + unit->span_us;
    if (end_us < reorder->heard_end_us && !unit->is_splice)
        return;
    reorder->heard_us = arrived_us;
    reorder->heard_end_us = end_us;
}

static int pass_unit(struct st_rtp_reorder *reorder, const struct st_rtp_unit *unit,
                     int64_t arrived_us)
{
    uint32_t missing = unit->is_splice ? 0 : (uint32_t)(unit->sequence - reorder->next_sequence);
    if (!reorder->has_begun)
        missing = 0;
    reorder->has_begun = true;
    reorder->given_up += missing;
    reorder->next_sequence = unit->sequence + 1;
    if (unit->is_splice)
        reorder->owed_packets = 0;
    missing += reorder->owed_packets;
    reorder->owed_packets = unit->kind >= ST_RTP_EVENT ? missing : 0;
    reorder->owes_splice |= unit->is_splice;
    if (unit->kind >= ST_RTP_EVENT)
        return 0;
    int err = pass_media(reorder, unit, missing);
    if (!err)
        note_heard(reorder, unit, arrived_us);
    return err;
}

static void pass_held(struct st_rtp_reorder *reorder, uint64_t sequence)
{
    struct st_rtp_held **slot = slot_of(reorder, sequence), *held = *slot;
    *slot = NULL;
    reorder->held_count--;
    pass_unit(reorder, &held->unit, held->arrived_us);
    st_pool_put(reorder->pool, held);
}

static void pass_contiguous(struct st_rtp_reorder *reorder)
{
    while (reorder->held_count > 0 && *slot_of(reorder, reorder->next_sequence))
        pass_held(reorder, reorder->next_sequence);
}

static uint64_t first_held(struct st_rtp_reorder *reorder)
{
    uint64_t sequence = reorder->next_sequence;
    while (!*slot_of(reorder, sequence))
        sequence++;
    return sequence;
}

/* The gap in front of what is held is real. */
static void give_up_gap(struct st_rtp_reorder *reorder)
{
    pass_held(reorder, first_held(reorder));
    pass_contiguous(reorder);
}

void st_rtp_reorder_flush(struct st_rtp_reorder *reorder)
{
    while (reorder->held_count > 0)
        give_up_gap(reorder);
}

/* ---- taking in ---- */

static int hold(struct st_rtp_reorder *reorder, const struct st_rtp_unit *unit, int64_t now_us)
{
    struct st_rtp_held **slot = slot_of(reorder, unit->sequence);
    struct st_rtp_held *held = st_pool_get(reorder->pool);
    if (!held) {
        reorder->starved++;
        st_rtp_reorder_flush(reorder);
        return unit->sequence < reorder->next_sequence ? refuse_late(reorder, unit)
                                                       : pass_unit(reorder, unit, now_us);
    }
    held->unit = *unit;
    held->arrived_us = now_us;
    if (unit->bytes > 0)
        memcpy(held->payload, unit->payload, unit->bytes);
    held->unit.payload = held->payload;
    *slot = held;
    reorder->held_count++;
    return 0;
}

/* Room for a packet far ahead is made by giving up what it would have to wait for. */
static void make_room(struct st_rtp_reorder *reorder, uint64_t sequence)
{
    while (reorder->held_count > 0 && sequence - reorder->next_sequence >= ST_RTP_REORDER_SLOTS)
        give_up_gap(reorder);
}

int st_rtp_reorder_put(struct st_rtp_reorder *reorder, const struct st_rtp_unit *unit,
                       int64_t now_us)
{
    bool is_first = !reorder->has_begun || unit->is_splice;
    if (unit->bytes > ST_RTP_REORDER_PAYLOAD_BYTES) {
        reorder->starved++;
        return -EMSGSIZE;
    }
    if (is_first)
        st_rtp_reorder_flush(reorder);
    else if (unit->sequence < reorder->next_sequence)
        return refuse_late(reorder, unit);
    reorder->now_us = now_us;
    if (!is_first)
        make_room(reorder, unit->sequence);
    uint64_t lead = unit->sequence - reorder->next_sequence;
    if (is_first || lead == 0 || lead >= ST_RTP_REORDER_SLOTS) {
        int err = pass_unit(reorder, unit, now_us);
        pass_contiguous(reorder);
        return err;
    }
    return *slot_of(reorder, unit->sequence) ? -EALREADY : hold(reorder, unit, now_us);
}

/* ---- time ---- */

static bool is_due(const struct st_rtp_reorder *reorder, int64_t now_us)
{
    for (size_t i = 0; i < ST_RTP_REORDER_SLOTS; i++)
        if (reorder->held[i] && now_us - reorder->held[i]->arrived_us >= reorder->bound_us)
            return true;
    return false;
}

/* Nothing was heard for a while: the clock goes on, in whole steps. */
static void pass_silence(struct st_rtp_reorder *reorder, int64_t now_us)
{
    int64_t idle_us = now_us - reorder->heard_us;
    int64_t sure_us = idle_us - idle_us / IDLE_DRIFT_DIVISOR - reorder->bound_us - IDLE_MARGIN_US;
    int64_t until_us = reorder->heard_end_us + reorder->shift_us + sure_us;
    int64_t steps = (until_us - reorder->next_us) / IDLE_STEP_US;
    if (steps <= 0)
        return;
    struct st_rtp_gap gap = {
        .position_us = reorder->next_us,
        .silence_us = steps * IDLE_STEP_US,
    };
    reorder->next_us += gap.silence_us;
    reorder->is_silent = true;
    reorder->pass(reorder->user, &gap, NULL);
}

void st_rtp_reorder_tick(struct st_rtp_reorder *reorder, int64_t now_us)
{
    reorder->now_us = now_us;
    while (reorder->held_count > 0 && is_due(reorder, now_us))
        give_up_gap(reorder);
    if ((reorder->has_begun || reorder->has_origin) && reorder->held_count == 0)
        pass_silence(reorder, now_us);
}
