/* What a receiver has come to: its counts, and what a receiver report tells. */
#include "receiver_internal.h"

int64_t receiver_lost(const struct st_rtp_receiver *receiver)
{
    if (!receiver->has_source || receiver->is_fresh)
        return 0;
    return (int64_t)(receiver->highest - receiver->first + 1 - receiver->unique);
}

void st_rtp_receiver_counts(const struct st_rtp_receiver *receiver,
                            struct st_rtp_counts *ret_counts)
{
    *ret_counts = receiver->counts;
    ret_counts->lost = receiver->lost_before + receiver_lost(receiver);
    if (receiver->clock_hz > 0)
        ret_counts->jitter_us =
            (uint32_t)receiver_ticks_to_us(receiver->jitter >> 4, receiver->clock_hz);
}

static uint8_t fraction_lost(int64_t expected, int64_t arrived)
{
    int64_t lost = expected - arrived;
    return expected > 0 && lost > 0 ? (uint8_t)(lost >= expected ? 255 : lost * 256 / expected) : 0;
}

bool st_rtp_receiver_report(struct st_rtp_receiver *receiver,
                            struct st_rtp_reception *ret_reception)
{
    enum { LOST_MAX = 0x7fffff, LOST_MIN = -0x800000 };
    if (!receiver->has_source || receiver->is_fresh)
        return false;
    uint64_t expected = receiver->highest - receiver->first + 1;
    int64_t lost = (int64_t)(expected - receiver->arrived);
    uint64_t cycles = (receiver->highest >> 16) - (receiver->first >> 16);
    *ret_reception = (struct st_rtp_reception){
        .ssrc = receiver->ssrc,
        .fraction_lost = fraction_lost((int64_t)(expected - receiver->expected_before),
                                       (int64_t)(receiver->arrived - receiver->arrived_before)),
        .lost = (int32_t)(lost > LOST_MAX   ? LOST_MAX
                          : lost < LOST_MIN ? LOST_MIN
                                            : lost),
        .highest = (uint32_t)(cycles << 16 | receiver->highest_wire),
        .jitter_ticks = receiver->jitter >> 4,
    };
    receiver->expected_before = expected;
    receiver->arrived_before = receiver->arrived;
    return true;
}
