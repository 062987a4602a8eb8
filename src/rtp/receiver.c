#include "sidetone/rtp_receiver.h"

#include <assert.h>
#include <string.h>

enum {
    DROPOUT_MAX = 3000, /* packets; RFC 3550, A.1 */
    SOURCE_GAP = 2 * ST_RTP_RECEIVER_WINDOW,
    US_PER_S = 1000000,
    SILENCE_DEFAULT_US = 200000,
    BEHIND_MAX_US = 60 * US_PER_S, /* older timestamps do not belong to a late packet */
    JUMP_TRUSTED_US = US_PER_S,    /* a shorter jump needs no witness */
    JOIN_SLACK_US = 100000,        /* arrival times say nothing about less */
    DELAY_SMOOTHING = 64,
};

void st_rtp_receiver_init(struct st_rtp_receiver *receiver,
                          const struct st_rtp_receiver_config *config)
{
    *receiver = (struct st_rtp_receiver){
        .origin_us = config->origin_us,
        .silence_us = config->silence_us ? config->silence_us : SILENCE_DEFAULT_US,
        .highest = SOURCE_GAP,
    };
}

void st_rtp_receiver_expect_change(struct st_rtp_receiver *receiver)
{
    receiver->is_change_expected = true;
}

static int64_t ticks_to_us(int64_t ticks, uint32_t clock_hz)
{
    int64_t seconds = ticks / clock_hz, rest = ticks % clock_hz;
    if (rest < 0) {
        seconds--;
        rest += clock_hz;
    }
    return seconds * US_PER_S + (rest * US_PER_S + clock_hz / 2) / clock_hz;
}

/* ---- who counts ---- */

static bool may_follow(const struct st_rtp_receiver *receiver, int64_t now_us)
{
    if (!receiver->has_source || receiver->is_change_expected)
        return true;
    if (now_us - receiver->arrival_us >= receiver->silence_us)
        return true;
    return receiver->candidate.ssrc == receiver->ssrc && !receiver->candidate.is_contested;
}

static void begin_source(struct st_rtp_receiver *receiver)
{
    int64_t lost = 0;
    if (receiver->has_source && !receiver->is_fresh)
        lost = (int64_t)(receiver->highest - receiver->first + 1 - receiver->unique);
    receiver->lost_before += lost;
    receiver->has_source = true;
    receiver->is_fresh = true;
    receiver->is_change_expected = false;
    receiver->ssrc = receiver->candidate.ssrc;
    receiver->candidate.is_some = false;
    receiver->has_transit = false;
    receiver->jitter = 0;
    receiver->expected_before = receiver->arrived_before = 0;
    receiver->unique = receiver->arrived = 0;
    receiver->counts.sources++;
}

/* A packet that is not of the source in use. */
static enum st_rtp_verdict judge_candidate(struct st_rtp_receiver *receiver,
                                           const struct st_rtp_arrival *arrival)
{
    const struct st_rtp_packet *packet = arrival->packet;
    bool goes_on = receiver->candidate.is_some && receiver->candidate.ssrc == packet->ssrc &&
                   receiver->candidate.next == packet->sequence;
    receiver->counts.foreign++;
    if (!goes_on)
        receiver->candidate.is_contested = false;
    receiver->candidate.is_some = true;
    receiver->candidate.ssrc = packet->ssrc;
    receiver->candidate.next = (uint16_t)(packet->sequence + 1);
    if (!goes_on)
        return ST_RTP_HELD;
    if (!may_follow(receiver, arrival->now_us))
        return ST_RTP_HELD_NEXT;
    receiver->counts.foreign--;
    begin_source(receiver);
    return ST_RTP_CONFIRMED;
}

/* ---- sequence ---- */

static bool was_seen(const struct st_rtp_receiver *receiver, uint64_t sequence)
{
    uint64_t bit = sequence % ST_RTP_RECEIVER_WINDOW;
    return receiver->seen[bit / 64] >> bit % 64 & 1;
}

static void mark_seen(struct st_rtp_receiver *receiver, uint64_t sequence)
{
    uint64_t bit = sequence % ST_RTP_RECEIVER_WINDOW;
    receiver->seen[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void forget_seen(struct st_rtp_receiver *receiver, uint64_t sequence)
{
    uint64_t bit = sequence % ST_RTP_RECEIVER_WINDOW;
    receiver->seen[bit / 64] &= ~(UINT64_C(1) << bit % 64);
}

static void advance(struct st_rtp_receiver *receiver, unsigned steps)
{
    if (steps >= ST_RTP_RECEIVER_WINDOW)
        memset(receiver->seen, 0, sizeof(receiver->seen));
    else
        for (unsigned i = 1; i <= steps; i++)
            forget_seen(receiver, receiver->highest + i);
    receiver->highest += steps;
    receiver->highest_wire = (uint16_t)(receiver->highest_wire + steps);
}

/* Far from the last source's numbers, so that nothing of it can be taken for a late packet. The
 * low 16 bits stay those of the wire. */
static void begin_sequence(struct st_rtp_receiver *receiver, uint16_t wire)
{
    uint64_t next = receiver->highest + SOURCE_GAP;
    uint16_t step = (uint16_t)(wire - (uint16_t)next);
    memset(receiver->seen, 0, sizeof(receiver->seen));
    receiver->highest = receiver->first = next + step;
    receiver->highest_wire = wire;
}

/* Whether an older packet's timestamp fits its place, before the latest media or, with events in
 * between, behind it; other clocks tell nothing. */
static bool is_timed_right(const struct st_rtp_receiver *receiver,
                           const struct st_rtp_arrival *arrival, int lead)
{
    if (!receiver->has_media || arrival->kind == ST_RTP_EVENT ||
        arrival->clock_hz != receiver->clock_hz)
        return true;
    int64_t behind = (int32_t)(receiver->timestamp - arrival->packet->timestamp);
    if (receiver->highest + (uint64_t)(int64_t)lead > receiver->media_sequence)
        behind = -behind;
    return behind >= 0 && ticks_to_us(behind, receiver->clock_hz) <= BEHIND_MAX_US;
}

/* ---- media time ---- */

/* Media time as the clock of arrival has it, or right behind what came before. */
static int64_t join_on(const struct st_rtp_receiver *receiver, int64_t missing, int64_t now_us)
{
    if (!receiver->has_media)
        return now_us > receiver->origin_us ? now_us - receiver->origin_us : 0;
    int64_t next_us = receiver->position_us + receiver->span_us * (1 + missing);
    int64_t by_arrival_us = now_us - receiver->floor_us;
    return by_arrival_us > next_us + JOIN_SLACK_US ? by_arrival_us : next_us;
}

static void splice(struct st_rtp_receiver *receiver, const struct st_rtp_arrival *arrival,
                   int64_t position_us)
{
    receiver->clock_hz = arrival->clock_hz;
    receiver->ticks = 0;
    receiver->splice_us = position_us;
    receiver->has_transit = false;
}

/* Whether the timestamp's step ahead fits the packets between, or the time that has passed. */
static bool is_step_credible(const struct st_rtp_receiver *receiver, int64_t step_us,
                             uint64_t packets, int64_t now_us)
{
    int64_t passed_us = now_us - receiver->floor_us - receiver->position_us;
    passed_us = passed_us > 0 ? passed_us : 0;
    int64_t doubt_us = step_us > passed_us ? step_us - passed_us : passed_us - step_us;
    return step_us <= JUMP_TRUSTED_US + 2 * receiver->span_us * (int64_t)packets ||
           doubt_us <= JUMP_TRUSTED_US + passed_us / 20;
}

/* The least delay lately: where arrival and media time belong together. One packet that took a
 * hold's length to come does not move it much, a way that has become longer does. */
static void follow_delay(struct st_rtp_receiver *receiver, int64_t now_us, bool is_spliced)
{
    int64_t more_us = now_us - receiver->position_us - receiver->floor_us;
    receiver->floor_us += is_spliced || more_us < 0 ? more_us : more_us / DELAY_SMOOTHING;
}

static void update_jitter(struct st_rtp_receiver *receiver, const struct st_rtp_arrival *arrival,
                          bool is_after_silence)
{
    int64_t now_ticks = arrival->now_us / US_PER_S * arrival->clock_hz +
                        arrival->now_us % US_PER_S * arrival->clock_hz / US_PER_S;
    int64_t transit = now_ticks - receiver->ticks;
    if (receiver->has_transit && !is_after_silence) {
        int64_t change = transit - receiver->transit;
        change = change < 0 ? -change : change;
        change = change > UINT16_MAX ? UINT16_MAX : change;
        receiver->jitter += (uint32_t)change - ((receiver->jitter + 8) >> 4);
    }
    receiver->transit = transit;
    receiver->has_transit = true;
}

static void note_changes(struct st_rtp_receiver *receiver, const struct st_rtp_arrival *arrival,
                         int64_t span_us)
{
    if (!receiver->has_media || arrival->kind != ST_RTP_AUDIO)
        return;
    if (receiver->payload_type != arrival->packet->payload_type)
        receiver->counts.payload_changes++;
    if (receiver->span_us != 0 && receiver->span_us != span_us)
        receiver->counts.ptime_changes++;
}

/* The media packet with the highest sequence so far: the clock goes on from it. */
static void follow_clock(struct st_rtp_receiver *receiver, const struct st_rtp_arrival *arrival,
                         bool is_new)
{
    int64_t span_us = ticks_to_us(arrival->span_ticks, arrival->clock_hz);
    uint64_t packets = is_new ? 1 : receiver->highest - receiver->media_sequence;
    int64_t step = (int32_t)(arrival->packet->timestamp - receiver->timestamp);
    int64_t join_us = join_on(receiver, is_new ? 0 : (int64_t)packets - 1, arrival->now_us);
    int64_t step_us = ticks_to_us(step, arrival->clock_hz);
    bool is_first = !receiver->has_media;
    note_changes(receiver, arrival, span_us);
    if (is_new || !receiver->has_media) {
        splice(receiver, arrival, join_us);
    } else if (arrival->clock_hz != receiver->clock_hz || step <= 0 ||
               !is_step_credible(receiver, step_us, packets, arrival->now_us)) {
        receiver->counts.resplices++;
        splice(receiver, arrival, join_us);
    } else {
        receiver->ticks += step;
    }
    receiver->position_us = receiver->splice_us + ticks_to_us(receiver->ticks, receiver->clock_hz);
    if (arrival->kind == ST_RTP_AUDIO) {
        update_jitter(receiver, arrival, step_us > 2 * receiver->span_us && packets == 1);
        receiver->payload_type = arrival->packet->payload_type;
        receiver->span_us = span_us;
    } else {
        receiver->has_transit = false;
    }
    receiver->has_media = true;
    receiver->timestamp = arrival->packet->timestamp;
    receiver->media_sequence = receiver->highest;
    follow_delay(receiver, arrival->now_us, is_first);
}

bool st_rtp_receiver_locate(const struct st_rtp_receiver *receiver, uint32_t timestamp,
                            int64_t *ret_position_us)
{
    if (!receiver->has_media)
        return false;
    int64_t step = (int32_t)(timestamp - receiver->timestamp);
    int64_t step_us = ticks_to_us(step, receiver->clock_hz);
    if (step_us > BEHIND_MAX_US || step_us < -BEHIND_MAX_US)
        return false;
    int64_t us = receiver->splice_us + ticks_to_us(receiver->ticks + step, receiver->clock_hz);
    *ret_position_us = us > 0 ? us : 0;
    return true;
}

static int64_t place_us(const struct st_rtp_receiver *receiver,
                        const struct st_rtp_arrival *arrival)
{
    int64_t us = receiver->position_us;
    if (!receiver->has_media)
        return join_on(receiver, 0, arrival->now_us);
    if (arrival->clock_hz == receiver->clock_hz)
        st_rtp_receiver_locate(receiver, arrival->packet->timestamp, &us);
    return us;
}

/* ---- the whole ---- */

/* How far ahead of the highest sequence; false: not of this source's sequence. */
static bool measure_lead(const struct st_rtp_receiver *receiver,
                         const struct st_rtp_arrival *arrival, int *ret_lead)
{
    int lead = (int16_t)(uint16_t)(arrival->packet->sequence - receiver->highest_wire);
    *ret_lead = lead;
    if (lead > 0)
        return lead < DROPOUT_MAX;
    return lead > -ST_RTP_RECEIVER_WINDOW && is_timed_right(receiver, arrival, lead);
}

static void accept_older(struct st_rtp_receiver *receiver, uint64_t sequence)
{
    mark_seen(receiver, sequence);
    if (sequence < receiver->first)
        receiver->first = sequence;
    receiver->counts.reordered++;
}

static enum st_rtp_verdict accept(struct st_rtp_receiver *receiver,
                                  const struct st_rtp_arrival *arrival, int lead, bool is_new,
                                  struct st_rtp_place *ret_place)
{
    uint64_t sequence = receiver->highest + (uint64_t)(int64_t)lead;
    bool is_older = lead < 0;
    if (is_older) {
        accept_older(receiver, sequence);
    } else {
        advance(receiver, (unsigned)lead);
        mark_seen(receiver, sequence);
        if (arrival->kind != ST_RTP_EVENT)
            follow_clock(receiver, arrival, is_new);
    }
    receiver->unique++;
    receiver->counts.received++;
    receiver->arrival_us = arrival->now_us;
    receiver->candidate.is_contested = true;
    *ret_place = (struct st_rtp_place){
        .sequence = sequence,
        .position_us = place_us(receiver, arrival),
        .span_us = ticks_to_us(arrival->span_ticks, arrival->clock_hz),
        .is_splice = is_new,
        .is_reordered = is_older,
    };
    return ST_RTP_ACCEPTED;
}

enum st_rtp_verdict st_rtp_receiver_put(struct st_rtp_receiver *receiver,
                                        const struct st_rtp_arrival *arrival,
                                        struct st_rtp_place *ret_place)
{
    assert(arrival->clock_hz > 0);
    int lead = 0;
    if (!receiver->has_source || receiver->ssrc != arrival->packet->ssrc)
        return judge_candidate(receiver, arrival);
    bool is_new = receiver->is_fresh;
    if (is_new) {
        receiver->is_fresh = false;
        begin_sequence(receiver, arrival->packet->sequence);
    } else if (!measure_lead(receiver, arrival, &lead)) {
        return judge_candidate(receiver, arrival);
    }
    receiver->arrived++;
    if (!is_new && lead <= 0 && was_seen(receiver, receiver->highest + (uint64_t)(int64_t)lead)) {
        receiver->counts.duplicates++;
        return ST_RTP_DUPLICATE;
    }
    return accept(receiver, arrival, lead, is_new, ret_place);
}

/* ---- what it has come to ---- */

static int64_t lost_of_source(const struct st_rtp_receiver *receiver)
{
    if (!receiver->has_source || receiver->is_fresh)
        return 0;
    return (int64_t)(receiver->highest - receiver->first + 1 - receiver->unique);
}

void st_rtp_receiver_counts(const struct st_rtp_receiver *receiver,
                            struct st_rtp_counts *ret_counts)
{
    *ret_counts = receiver->counts;
    ret_counts->lost = receiver->lost_before + lost_of_source(receiver);
    if (receiver->clock_hz > 0)
        ret_counts->jitter_us = (uint32_t)ticks_to_us(receiver->jitter >> 4, receiver->clock_hz);
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
