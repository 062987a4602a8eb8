#include "sidetone/rtp_receiver.h"

#include "receiver_internal.h"

#include <assert.h>
#include <string.h>

enum {
    DROPOUT_MAX = 3000,   /* packets; RFC 3550, A.1 */
    MISORDER_MAX = 100,   /* packets; the same */
    CHANGE_PACKETS = 250, /* of the old source: then an announced change has not come */
    SOURCE_GAP = 2 * ST_RTP_RECEIVER_WINDOW,
    US_PER_S = 1000000,
    SILENCE_DEFAULT_US = 200000,
    BEHIND_MAX_US = 60 * US_PER_S, /* older timestamps do not belong to a late packet */
    JUMP_TRUSTED_US = US_PER_S,    /* a shorter jump needs no witness */
    JOIN_SLACK_US = 100000,        /* arrival times say nothing about less */
    AHEAD_MAX_US = 10 * US_PER_S,  /* of the time that has passed: no jump leads further */
    BEHIND_MIN_US = 500000,        /* less is moved by who puts it in order */
    BEHIND_SURE_US = 60000,        /* so long they have to keep coming late by one length */
    BEHIND_SLACK_US = 20000,
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
    receiver->change_packets = CHANGE_PACKETS;
}

/* ---- who counts ---- */

static bool is_silent(const struct st_rtp_receiver *receiver, int64_t now_us)
{
    return now_us - receiver->arrival_us >= receiver->silence_us;
}

static bool may_follow(const struct st_rtp_receiver *receiver,
                       const struct st_rtp_candidate *candidate, int64_t now_us)
{
    if (!receiver->has_source || receiver->change_packets > 0 || is_silent(receiver, now_us))
        return true;
    return candidate->ssrc == receiver->ssrc && !candidate->is_contested;
}

static void begin_source(struct st_rtp_receiver *receiver, uint32_t ssrc)
{
    receiver->lost_before += receiver_lost(receiver);
    receiver->has_source = true;
    receiver->is_fresh = receiver->is_clock_fresh = true;
    receiver->change_packets = 0;
    receiver->ssrc = ssrc;
    memset(receiver->candidates, 0, sizeof(receiver->candidates));
    receiver->has_transit = false;
    receiver->jitter = 0;
    receiver->behind_since_us = 0;
    receiver->expected_before = receiver->arrived_before = 0;
    receiver->unique = receiver->arrived = 0;
    receiver->counts.sources++;
}

/* The latest stands first; who was not heard of for longest makes room. */
static struct st_rtp_candidate *bring_forward(struct st_rtp_receiver *receiver, uint32_t ssrc)
{
    struct st_rtp_candidate *all = receiver->candidates, found;
    unsigned at = 0, last = ST_RTP_RECEIVER_CANDIDATES - 1;
    while (at < last && !(all[at].is_some && all[at].ssrc == ssrc))
        at++;
    found = all[at];
    if (!found.is_some || found.ssrc != ssrc)
        found = (struct st_rtp_candidate){.ssrc = ssrc};
    memmove(all + 1, all, at * sizeof(*all));
    all[0] = found;
    return all;
}

/* A packet that is not of the source in use. */
static enum st_rtp_verdict judge_candidate(struct st_rtp_receiver *receiver,
                                           const struct st_rtp_arrival *arrival)
{
    const struct st_rtp_packet *packet = arrival->packet;
    struct st_rtp_candidate *candidate = bring_forward(receiver, packet->ssrc);
    bool goes_on = candidate->is_some && candidate->next == packet->sequence;
    receiver->counts.foreign++;
    candidate->is_contested &= goes_on;
    candidate->is_some = true;
    candidate->next = (uint16_t)(packet->sequence + 1);
    if (!goes_on)
        return ST_RTP_HELD;
    if (arrival->kind == ST_RTP_EVENT)
        return ST_RTP_HELD_EVENT;
    if (!may_follow(receiver, candidate, arrival->now_us))
        return ST_RTP_HELD_NEXT;
    receiver->counts.foreign--;
    begin_source(receiver, packet->ssrc);
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

/* Whether timestamps of the source in use mean anything yet. */
static bool has_clock(const struct st_rtp_receiver *receiver)
{
    return receiver->has_media && !receiver->is_clock_fresh;
}

/* ---- media time ---- */

int64_t st_rtp_receiver_media_us(const struct st_rtp_receiver *receiver, int64_t now_us)
{
    int64_t us = now_us - (receiver->has_media ? receiver->floor_us : receiver->origin_us);
    return us > 0 ? us : 0;
}

/* Media time as the clock of arrival has it, or right behind what came before and is missing. */
static int64_t join_on(const struct st_rtp_receiver *receiver, int64_t missing, int64_t now_us)
{
    int64_t by_arrival_us = st_rtp_receiver_media_us(receiver, now_us);
    if (!receiver->has_media)
        return by_arrival_us;
    int64_t least_us = receiver->position_us + receiver->span_us;
    int64_t next_us = least_us + receiver->span_us * missing;
    if (by_arrival_us <= next_us + JOIN_SLACK_US && by_arrival_us >= next_us - JOIN_SLACK_US)
        return next_us;
    return by_arrival_us > least_us ? by_arrival_us : least_us;
}

static void splice(struct st_rtp_receiver *receiver, const struct st_rtp_arrival *arrival,
                   int64_t position_us)
{
    if (receiver->has_media)
        receiver->jitter =
            (uint32_t)((uint64_t)receiver->jitter * arrival->clock_hz / receiver->clock_hz);
    receiver->clock_hz = arrival->clock_hz;
    receiver->ticks = 0;
    receiver->splice_us = position_us;
    receiver->has_transit = false;
}

/* Whether the timestamp's step ahead fits the packets between, or the time that has passed. Many
 * small jumps, each credible by itself, are no way into the future. */
static bool is_step_credible(const struct st_rtp_receiver *receiver, int64_t step_us,
                             uint64_t packets, int64_t now_us)
{
    int64_t passed_us = now_us - receiver->floor_us - receiver->position_us;
    passed_us = passed_us > 0 ? passed_us : 0;
    int64_t doubt_us = step_us > passed_us ? step_us - passed_us : passed_us - step_us;
    int64_t ahead_us = receiver->position_us + step_us - (now_us - receiver->origin_us);
    bool is_jump = step_us > 2 * receiver->span_us || step_us > JUMP_TRUSTED_US;
    if (is_jump && ahead_us > AHEAD_MAX_US)
        return false;
    return step_us <= JUMP_TRUSTED_US + 2 * receiver->span_us * (int64_t)packets ||
           doubt_us <= JUMP_TRUSTED_US + passed_us / 20;
}

/* Whether an older packet's timestamp fits its place, before the latest media or, with events in
 * between, behind it; other clocks tell nothing. */
static bool is_timed_right(const struct st_rtp_receiver *receiver,
                           const struct st_rtp_arrival *arrival, int lead)
{
    if (!has_clock(receiver) || arrival->kind >= ST_RTP_EVENT ||
        arrival->clock_hz != receiver->clock_hz)
        return true;
    uint64_t sequence = receiver->highest + (uint64_t)(int64_t)lead;
    int64_t step = (int32_t)(arrival->packet->timestamp - receiver->timestamp);
    int64_t step_us = receiver_ticks_to_us(step, receiver->clock_hz);
    if (sequence > receiver->media_sequence)
        return step >= 0 && is_step_credible(receiver, step_us, sequence - receiver->media_sequence,
                                             arrival->now_us);
    return step <= 0 && step_us >= -BEHIND_MAX_US;
}

/* Whether the sender's clock stood still while it sent nothing: what it sends is then late by the
 * length of that, and stays so. What was only held up on the way comes in a burst, or alone. */
static bool has_stood_still(struct st_rtp_receiver *receiver, int64_t step_us, int64_t now_us)
{
    int64_t late_us = now_us - receiver->floor_us - receiver->position_us - step_us;
    bool was_silent = now_us - receiver->heard_us - step_us > BEHIND_MIN_US;
    bool was_behind = receiver->behind_since_us != 0;
    if (late_us <= BEHIND_MIN_US)
        receiver->behind_since_us = 0;
    else if (was_behind && late_us > receiver->behind_us - BEHIND_SLACK_US)
        return now_us - receiver->behind_since_us >= BEHIND_SURE_US;
    else if (was_behind || was_silent) {
        receiver->behind_since_us = now_us;
        receiver->behind_us = late_us;
    }
    return false;
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
                         int64_t span_us)
{
    bool is_new = !has_clock(receiver);
    uint64_t packets = is_new ? 1 : receiver->highest - receiver->media_sequence;
    int64_t step = (int32_t)(arrival->packet->timestamp - receiver->timestamp);
    int64_t join_us = join_on(receiver, is_new ? 0 : (int64_t)packets - 1, arrival->now_us);
    int64_t step_us = receiver_ticks_to_us(step, arrival->clock_hz);
    bool is_first = !receiver->has_media;
    note_changes(receiver, arrival, span_us);
    if (is_new) {
        splice(receiver, arrival, join_us);
    } else if (arrival->clock_hz != receiver->clock_hz || step <= 0 ||
               !is_step_credible(receiver, step_us, packets, arrival->now_us) ||
               has_stood_still(receiver, step_us, arrival->now_us)) {
        receiver->behind_since_us = 0;
        receiver->counts.resplices++;
        splice(receiver, arrival, join_us);
    } else {
        receiver->ticks += step;
    }
    receiver->position_us =
        receiver->splice_us + receiver_ticks_to_us(receiver->ticks, receiver->clock_hz);
    if (arrival->kind == ST_RTP_AUDIO) {
        bool is_after_silence = step_us > 2 * receiver->span_us && packets == 1;
        update_jitter(receiver, arrival, is_after_silence || receiver->behind_since_us);
        receiver->payload_type = arrival->packet->payload_type;
        receiver->span_us = span_us;
    } else {
        receiver->has_transit = false;
    }
    receiver->has_media = true;
    receiver->is_clock_fresh = false;
    receiver->timestamp = arrival->packet->timestamp;
    receiver->media_sequence = receiver->highest;
    receiver->heard_us = arrival->now_us;
    if (!receiver->behind_since_us)
        follow_delay(receiver, arrival->now_us, is_first);
}

bool st_rtp_receiver_locate(const struct st_rtp_receiver *receiver, uint32_t timestamp,
                            int64_t *ret_position_us)
{
    if (!has_clock(receiver))
        return false;
    int64_t step = (int32_t)(timestamp - receiver->timestamp);
    int64_t step_us = receiver_ticks_to_us(step, receiver->clock_hz);
    if (step_us > BEHIND_MAX_US || step_us < -BEHIND_MAX_US)
        return false;
    int64_t us =
        receiver->splice_us + receiver_ticks_to_us(receiver->ticks + step, receiver->clock_hz);
    *ret_position_us = us > 0 ? us : 0;
    return true;
}

/* Of another clock only its place in the sequence tells. */
static int64_t count_back(const struct st_rtp_receiver *receiver, uint64_t sequence,
                          int64_t span_us)
{
    int64_t packets = (int64_t)(receiver->media_sequence - sequence);
    int64_t us = receiver->position_us - (packets > 0 ? packets * span_us : 0);
    return us > 0 ? us : 0;
}

static int64_t place_us(const struct st_rtp_receiver *receiver,
                        const struct st_rtp_arrival *arrival, uint64_t sequence, int64_t span_us)
{
    int64_t us = receiver->position_us;
    if (!has_clock(receiver))
        return join_on(receiver, 0, arrival->now_us);
    if (arrival->clock_hz != receiver->clock_hz)
        return count_back(receiver, sequence, span_us);
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
    if (lead <= -MISORDER_MAX && is_silent(receiver, arrival->now_us))
        return false; /* rather a sender that has begun again */
    return lead > -ST_RTP_RECEIVER_WINDOW && is_timed_right(receiver, arrival, lead);
}

bool st_rtp_receiver_has_near(const struct st_rtp_receiver *receiver,
                              const struct st_rtp_packet *packet)
{
    int lead = (int16_t)(uint16_t)(packet->sequence - receiver->highest_wire);
    return receiver->has_source && !receiver->is_fresh && receiver->ssrc == packet->ssrc &&
           lead < MISORDER_MAX && lead > -MISORDER_MAX;
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
    int64_t span_us = receiver_ticks_to_us(arrival->span_ticks, arrival->clock_hz);
    bool is_older = lead < 0, is_ahead = !is_older && arrival->kind < ST_RTP_EVENT;
    if (is_older) {
        accept_older(receiver, sequence);
    } else {
        advance(receiver, (unsigned)lead);
        mark_seen(receiver, sequence);
    }
    if (is_ahead)
        follow_clock(receiver, arrival, span_us);
    receiver->unique++;
    receiver->counts.received++;
    if (arrival->kind != ST_RTP_OTHER)
        receiver->arrival_us = arrival->now_us;
    receiver->change_packets -= receiver->change_packets > 0;
    for (unsigned i = 0; i < ST_RTP_RECEIVER_CANDIDATES; i++)
        receiver->candidates[i].is_contested = true;
    *ret_place = (struct st_rtp_place){
        .sequence = sequence,
        .position_us =
            is_ahead ? receiver->position_us : place_us(receiver, arrival, sequence, span_us),
        .span_us = span_us,
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
