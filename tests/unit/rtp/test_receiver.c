#include "sidetone/rtp_receiver.h"

#include "run.h"

#include <stdlib.h>

enum { SPAN = 160, FRAME_US = 20000, SSRC = 0x1000, OTHER = 0x2000 };

static struct st_rtp_receiver receiver;
static struct st_rtp_packet packet;
static struct st_rtp_arrival arrival;
static struct st_rtp_place place;
static struct st_rtp_counts counts;
static int64_t now_us;

static void setup(void)
{
    st_rtp_receiver_init(&receiver, &(struct st_rtp_receiver_config){.origin_us = 1000000});
    packet = (struct st_rtp_packet){.ssrc = SSRC, .sequence = 100, .timestamp = 5000};
    arrival = (struct st_rtp_arrival){
        .packet = &packet, .kind = ST_RTP_AUDIO, .clock_hz = 8000, .span_ticks = SPAN};
    now_us = 1000000;
}

static enum st_rtp_verdict put(void)
{
    arrival.now_us = now_us;
    return st_rtp_receiver_put(&receiver, &arrival, &place);
}

/* The next packet of an orderly stream, and the time it takes. */
static void step(unsigned packets)
{
    packet.sequence = (uint16_t)(packet.sequence + packets);
    packet.timestamp += packets * arrival.span_ticks;
    now_us += (int64_t)packets * arrival.span_ticks * 1000000 / arrival.clock_hz;
}

static void put_next(void)
{
    ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    step(1);
}

/* A source proves itself; both its packets are put again. */
static void begin(void)
{
    struct st_rtp_packet first = packet;
    int64_t first_us = now_us;
    ck_assert_int_eq(put(), ST_RTP_HELD);
    step(1);
    ck_assert_int_eq(put(), ST_RTP_CONFIRMED);
    packet = first;
    now_us = first_us;
    put_next();
    put_next();
}

static void begin_again_after(int64_t silence_us)
{
    now_us += silence_us;
    begin();
}

static void count(void)
{
    st_rtp_receiver_counts(&receiver, &counts);
}

START_TEST(two_packets_in_sequence_make_a_source)
{
    begin();
    put_next();
    count();
    ck_assert_uint_eq(counts.received, 3);
    ck_assert_uint_eq(counts.sources, 1);
    ck_assert_uint_eq(counts.foreign, 1); /* what was held, before it proved itself */
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_int_eq(place.position_us, 2 * FRAME_US);
}
END_TEST

START_TEST(packets_out_of_sequence_make_none)
{
    for (int i = 0; i < 50; i++) {
        ck_assert_int_eq(put(), ST_RTP_HELD);
        step(2);
    }
    count();
    ck_assert_uint_eq(counts.received, 0);
    ck_assert_uint_eq(counts.foreign, 50);
}
END_TEST

START_TEST(a_stream_begins_where_the_call_has_come_to)
{
    now_us += 7000000;
    begin();
    ck_assert_int_eq(place.position_us, 7000000 + FRAME_US);
}
END_TEST

START_TEST(sequence_and_timestamp_wrap_without_a_trace)
{
    packet.sequence = 65000;
    packet.timestamp = UINT32_MAX - 1000;
    begin();
    uint64_t before = place.sequence;
    for (int64_t i = 2; i < 200000; i++) {
        put_next();
        ck_assert_uint_eq(place.sequence, ++before);
        ck_assert_int_eq(place.position_us, i * FRAME_US);
    }
    count();
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.resplices, 0);
    struct st_rtp_reception reception;
    ck_assert(st_rtp_receiver_report(&receiver, &reception));
    ck_assert_uint_eq(reception.highest, 65000 + 199999);
    ck_assert_uint_eq(reception.jitter_ticks, 0);
}
END_TEST

START_TEST(loss_is_counted_and_filled_in_by_late_packets)
{
    begin();
    struct st_rtp_packet missing = packet;
    step(1);
    put_next();
    count();
    ck_assert_int_eq(counts.lost, 1);
    struct st_rtp_packet next = packet;
    packet = missing;
    ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    ck_assert(place.is_reordered);
    ck_assert_int_eq(place.position_us, 2 * FRAME_US);
    ck_assert_int_eq(put(), ST_RTP_DUPLICATE);
    packet = next;
    put_next();
    count();
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.reordered, 1);
    ck_assert_uint_eq(counts.duplicates, 1);
    ck_assert_uint_eq(counts.received, 5);
}
END_TEST

START_TEST(duplicates_are_known_as_far_back_as_the_window)
{
    begin();
    struct st_rtp_packet old = packet;
    for (int i = 0; i < ST_RTP_RECEIVER_WINDOW - 1; i++)
        put_next();
    packet = old;
    ck_assert_int_eq(put(), ST_RTP_DUPLICATE);
    packet.sequence = (uint16_t)(old.sequence - 1);
    packet.timestamp -= SPAN;
    ck_assert_int_eq(put(), ST_RTP_DUPLICATE);
    packet.sequence = (uint16_t)(old.sequence - 2);
    ck_assert_int_eq(put(), ST_RTP_HELD);
}
END_TEST

START_TEST(the_dropout_limit_is_the_standards)
{
    begin();
    step(2998);
    put_next();
    count();
    ck_assert_int_eq(counts.lost, 2998);
    step(2999);
    ck_assert_int_eq(put(), ST_RTP_HELD);
}
END_TEST

START_TEST(a_restart_of_the_same_source_is_joined_on)
{
    begin();
    packet.sequence = (uint16_t)(packet.sequence + 30000);
    packet.timestamp = 77;
    begin();
    ck_assert(!place.is_splice);
    ck_assert_int_eq(place.position_us, 3 * FRAME_US);
    count();
    ck_assert_uint_eq(counts.sources, 2);
    ck_assert_int_eq(counts.lost, 0);
}
END_TEST

START_TEST(a_sender_that_begins_again_at_its_first_packet_is_heard)
{
    struct st_rtp_packet first = packet;
    begin();
    for (int i = 2; i < 400; i++)
        put_next();
    packet = first;
    now_us += 5000000;
    begin();
    ck_assert_int_eq(place.position_us, 5000000 + 401 * FRAME_US);
    for (int i = 2; i < 800; i++)
        put_next();
    count();
    ck_assert_uint_eq(counts.received, 1200);
    ck_assert_uint_eq(counts.duplicates, 0);
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.sources, 2);
}
END_TEST

START_TEST(one_packet_out_of_place_changes_nothing)
{
    begin();
    struct st_rtp_packet next = packet;
    packet.sequence = (uint16_t)(packet.sequence + 30000);
    ck_assert_int_eq(put(), ST_RTP_HELD);
    packet = next;
    put_next();
    packet.sequence = (uint16_t)(next.sequence + 30001);
    ck_assert_int_eq(put(), ST_RTP_HELD_NEXT);
    count();
    ck_assert_uint_eq(counts.sources, 1);
}
END_TEST

START_TEST(another_source_waits_until_the_first_is_silent)
{
    begin();
    struct st_rtp_packet ours = packet, theirs = packet;
    theirs.ssrc = OTHER;
    for (int i = 0; i < 100; i++) {
        packet = ours;
        put_next();
        now_us -= FRAME_US;
        ours = packet;
        packet = theirs;
        ck_assert_int_eq(put(), i == 0 ? ST_RTP_HELD : ST_RTP_HELD_NEXT);
        step(1);
        theirs = packet;
    }
    count();
    ck_assert_uint_eq(counts.sources, 1);
    ck_assert_uint_eq(counts.foreign, 101);
    ck_assert_int_eq(counts.lost, 0);
    packet = theirs;
    for (int i = 0; i < 9; i++, step(1))
        ck_assert_int_eq(put(), ST_RTP_HELD_NEXT);
    ck_assert_int_eq(put(), ST_RTP_CONFIRMED);
}
END_TEST

START_TEST(sources_that_come_together_do_not_keep_each_other_out)
{
    struct st_rtp_packet ours = packet, theirs = packet, stray = packet;
    theirs.ssrc = OTHER;
    for (unsigned i = 0; i < 2; i++) {
        packet = ours;
        ck_assert_int_eq(put(), i == 0 ? ST_RTP_HELD : ST_RTP_CONFIRMED);
        step(1);
        ours = packet;
        packet = theirs;
        ck_assert_int_eq(put(), ST_RTP_HELD);
        step(1);
        theirs = packet;
        packet = stray;
        packet.ssrc = 9000 + i;
        ck_assert_int_eq(put(), ST_RTP_HELD);
    }
    packet = ours;
    put_next();
    count();
    ck_assert_uint_eq(counts.sources, 1);
    ck_assert_uint_eq(counts.received, 1);
}
END_TEST

START_TEST(no_more_candidates_are_kept_than_there_is_room_for)
{
    for (uint32_t ssrc = 0; ssrc <= ST_RTP_RECEIVER_CANDIDATES; ssrc++) {
        packet.ssrc = ssrc;
        ck_assert_int_eq(put(), ST_RTP_HELD);
    }
    packet.sequence++;
    packet.ssrc = 0; /* heard of for longest */
    ck_assert_int_eq(put(), ST_RTP_HELD);
    packet.ssrc = 2;
    ck_assert_int_eq(put(), ST_RTP_CONFIRMED);
}
END_TEST

START_TEST(an_announced_change_that_does_not_come_is_forgotten)
{
    begin();
    st_rtp_receiver_expect_change(&receiver);
    for (int i = 0; i < 250; i++)
        put_next();
    packet = (struct st_rtp_packet){.ssrc = OTHER, .sequence = 9, .timestamp = 1u << 31};
    ck_assert_int_eq(put(), ST_RTP_HELD);
    step(1);
    ck_assert_int_eq(put(), ST_RTP_HELD_NEXT);
    count();
    ck_assert_uint_eq(counts.sources, 1);
}
END_TEST

START_TEST(an_announced_change_needs_no_silence)
{
    begin();
    packet = (struct st_rtp_packet){.ssrc = OTHER, .sequence = 9, .timestamp = 1u << 31};
    st_rtp_receiver_expect_change(&receiver);
    begin();
    count();
    ck_assert_uint_eq(counts.sources, 2);
    ck_assert_int_eq(place.position_us, 3 * FRAME_US);
    packet.ssrc = SSRC;
    ck_assert_int_eq(put(), ST_RTP_HELD);
    step(1);
    ck_assert_int_eq(put(), ST_RTP_HELD_NEXT);
}
END_TEST

START_TEST(a_new_source_goes_on_at_its_time_of_arrival)
{
    begin();
    packet = (struct st_rtp_packet){.ssrc = OTHER, .sequence = 60000, .timestamp = 1};
    begin_again_after(5000000);
    ck_assert_int_eq(place.position_us, 5000000 + 3 * FRAME_US);
    count();
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.received, 4);
}
END_TEST

START_TEST(a_new_source_that_begins_with_an_event_keeps_to_the_time)
{
    static const uint32_t timestamps[] = {6000, 1u << 31, 5000 + 40 * SPAN, 0};
    packet.timestamp = timestamps[_i];
    begin();
    packet =
        (struct st_rtp_packet){.ssrc = OTHER, .sequence = 60000, .timestamp = 5000 + 20 * SPAN};
    now_us += 5000000;
    struct st_rtp_packet first = packet;
    int64_t first_us = now_us;
    arrival.kind = ST_RTP_EVENT;
    ck_assert_int_eq(put(), ST_RTP_HELD);
    step(1);
    ck_assert_int_eq(put(), ST_RTP_HELD_EVENT);
    step(1);
    arrival.kind = ST_RTP_AUDIO;
    ck_assert_int_eq(put(), ST_RTP_CONFIRMED);
    packet = first;
    now_us = first_us;
    arrival.kind = ST_RTP_EVENT;
    put_next();
    put_next();
    ck_assert_int_eq(place.position_us, 5000000 + 3 * FRAME_US);
    arrival.kind = ST_RTP_AUDIO;
    put_next();
    ck_assert_int_eq(place.position_us, 5000000 + 4 * FRAME_US);
    put_next();
    ck_assert_int_eq(place.position_us, 5000000 + 5 * FRAME_US);
    count();
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.resplices, 0);
}
END_TEST

START_TEST(silence_suppression_is_a_step_in_time_and_no_loss)
{
    static const int64_t gaps_us[] = {300000, 3000000, 300000000};
    begin();
    int64_t position_us = place.position_us;
    for (int i = 0; i < 3; i++) {
        packet.timestamp += (uint32_t)(gaps_us[i] / 125);
        packet.has_marker = true;
        now_us += gaps_us[i];
        put_next();
        position_us += FRAME_US + gaps_us[i];
        ck_assert_int_eq(place.position_us, position_us);
    }
    count();
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.resplices, 0);
    ck_assert_uint_eq(counts.jitter_us, 0);
}
END_TEST

START_TEST(a_clock_that_was_reset_is_joined_on)
{
    static const uint32_t steps[] = {0x10000000, 0x90000000, 0u - SPAN, 0};
    begin();
    for (int64_t i = 0; i < 4; i++) {
        packet.timestamp += steps[i] - (i == 3 ? SPAN : 0);
        put_next();
        ck_assert_int_eq(place.position_us, (i + 2) * FRAME_US);
    }
    count();
    ck_assert_uint_eq(counts.resplices, 4);
    ck_assert_int_eq(counts.lost, 0);
}
END_TEST

/* Each jump alone may be silence; together they are a clock that nobody has. */
START_TEST(timestamps_that_run_away_are_not_followed)
{
    static const struct {
        unsigned packets;
        uint32_t ticks;
    } jumps[] = {{1, 7000}, {2900, 2900 * 2 * SPAN}, {2900, 1u << 31}, {60, 60 * SPAN}};
    begin();
    for (int i = 0; i < 2000; i++) {
        packet.sequence = (uint16_t)(packet.sequence + jumps[_i].packets - 1);
        packet.timestamp += jumps[_i].ticks - SPAN;
        put_next();
        ck_assert_int_le(place.position_us, now_us - 1000000 + 11000000);
    }
    count();
    ck_assert_uint_eq(counts.received, 2002);
}
END_TEST

START_TEST(a_reset_clock_after_a_hold_goes_on_at_its_time_of_arrival)
{
    begin();
    packet.timestamp = 0x80000000;
    now_us += 30000000;
    put_next();
    ck_assert_int_eq(place.position_us, 2 * FRAME_US + 30000000);
}
END_TEST

/* Many phones stop it while a call is on hold. Meant are those that come at their pace. */
START_TEST(a_clock_that_stood_still_is_joined_on)
{
    static const int64_t holds_us[] = {600000, 30000000, 1800000000};
    begin();
    put_next();
    now_us += holds_us[_i];
    for (int64_t i = 0; i < 100; i++) {
        put_next();
        int64_t hold_us = i < 3 ? 0 : holds_us[_i];
        ck_assert_int_eq(place.position_us, (3 + i) * FRAME_US + hold_us);
    }
    count();
    ck_assert_uint_eq(counts.resplices, 1);
    ck_assert_uint_eq(counts.jitter_us, 0);
    ck_assert_int_eq(counts.lost, 0);
}
END_TEST

/* Some stop it while a key is pressed, however long. */
START_TEST(a_clock_that_stood_still_during_a_long_event_is_joined_on)
{
    begin();
    arrival.kind = ST_RTP_EVENT;
    for (int i = 0; i < 50; i++, packet.sequence++, now_us += FRAME_US)
        ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    arrival.kind = ST_RTP_AUDIO;
    for (int64_t i = 0; i < 100; i++) {
        put_next();
        ck_assert_int_eq(place.position_us, (2 + i + (i < 3 ? 0 : 50)) * FRAME_US);
    }
}
END_TEST

/* All at once, or faster than it was sent. */
START_TEST(what_was_held_up_keeps_its_time)
{
    static const int64_t steps_us[] = {0, 5000};
    begin();
    now_us += 5000000;
    for (int64_t i = 0; i < 250; i++) {
        int64_t arrived_us = now_us;
        put_next();
        ck_assert_int_eq(place.position_us, (2 + i) * FRAME_US);
        now_us = arrived_us + steps_us[_i];
    }
    count();
    ck_assert_uint_eq(counts.resplices, 0);
}
END_TEST

START_TEST(another_ptime_is_followed)
{
    static const uint32_t spans[] = {160, 320, 80, 240, 160};
    int64_t ticks = 0;
    begin();
    ticks = 2 * SPAN;
    for (int i = 0; i < 500; i++) {
        arrival.span_ticks = spans[i / 100];
        put_next();
        ck_assert_int_eq(place.position_us, ticks * 125);
        ck_assert_int_eq(place.span_us, spans[i / 100] * 125);
        ticks += arrival.span_ticks;
    }
    count();
    ck_assert_uint_eq(counts.ptime_changes, 4);
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.resplices, 0);
}
END_TEST

START_TEST(another_codec_of_the_same_clock_goes_on)
{
    begin();
    for (int64_t i = 0; i < 10; i++) {
        packet.payload_type = i % 2 ? 8 : 9;
        put_next();
        ck_assert_int_eq(place.position_us, (i + 2) * FRAME_US);
    }
    count();
    ck_assert_uint_eq(counts.payload_changes, 10);
    ck_assert_uint_eq(counts.resplices, 0);
}
END_TEST

START_TEST(a_codec_of_another_clock_is_joined_on)
{
    begin();
    for (int64_t i = 0; i < 400; i++) {
        arrival.clock_hz = i / 100 % 2 ? 8000 : 48000;
        arrival.span_ticks = arrival.clock_hz / 50;
        packet.payload_type = i / 100 % 2 ? 0 : 111;
        put_next();
        ck_assert_int_eq(place.position_us, (i + 2) * FRAME_US);
    }
    count();
    ck_assert_uint_eq(counts.resplices, 4);
    ck_assert_uint_eq(counts.payload_changes, 4);
}
END_TEST

START_TEST(a_packet_of_the_clock_before_keeps_its_place)
{
    begin();
    struct st_rtp_packet late[2];
    for (int i = 0; i < 2; i++) {
        late[i] = packet;
        step(1);
    }
    arrival.clock_hz = 48000;
    arrival.span_ticks = 960;
    packet.payload_type = 111;
    put_next();
    ck_assert_int_eq(place.position_us, 4 * FRAME_US);
    arrival.clock_hz = 8000;
    arrival.span_ticks = SPAN;
    for (int64_t i = 1; i >= 0; i--) {
        packet = late[i];
        ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
        ck_assert(place.is_reordered);
        ck_assert_int_eq(place.position_us, (2 + i) * FRAME_US);
    }
}
END_TEST

START_TEST(events_are_in_the_sequence_and_not_in_the_clock)
{
    begin();
    struct st_rtp_packet audio = packet;
    arrival.kind = ST_RTP_EVENT;
    packet.payload_type = 101;
    for (int i = 0; i < 8; i++) {
        ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
        ck_assert_int_eq(place.position_us, 2 * FRAME_US);
        packet.sequence++;
        now_us += FRAME_US;
    }
    arrival.kind = ST_RTP_AUDIO;
    packet.payload_type = 0;
    packet.timestamp = audio.timestamp + 8 * SPAN;
    put_next();
    ck_assert_int_eq(place.position_us, 10 * FRAME_US);
    count();
    ck_assert_int_eq(counts.lost, 0);
    ck_assert_uint_eq(counts.jitter_us, 0);
}
END_TEST

/* However long the audio pauses. */
START_TEST(events_alone_make_no_source)
{
    begin();
    struct st_rtp_packet audio = packet;
    packet = (struct st_rtp_packet){.ssrc = OTHER, .sequence = 7, .timestamp = 99};
    arrival.kind = ST_RTP_EVENT;
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(put(), i % 10 == 0 ? ST_RTP_HELD : ST_RTP_HELD_EVENT);
        ck_assert_int_eq(st_rtp_receiver_media_us(&receiver, now_us), (i + 2) * FRAME_US);
        packet.sequence = (uint16_t)(packet.sequence + (i % 10 == 9 ? 2 : 1)); /* some are lost */
        now_us += FRAME_US;
    }
    arrival.kind = ST_RTP_AUDIO;
    packet = audio;
    packet.timestamp += 100 * SPAN;
    put_next();
    ck_assert_int_eq(place.position_us, 102 * FRAME_US);
    count();
    ck_assert_uint_eq(counts.sources, 1);
    ck_assert_uint_eq(counts.received, 3);
    ck_assert_uint_eq(counts.foreign, 1 + 100);
    ck_assert_int_eq(counts.lost, 0);
}
END_TEST

START_TEST(audio_that_an_event_overtook_keeps_its_place)
{
    begin();
    struct st_rtp_packet audio = packet;
    arrival.kind = ST_RTP_EVENT;
    packet.payload_type = 101;
    packet.sequence++;
    packet.timestamp += SPAN;
    ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    arrival.kind = ST_RTP_AUDIO;
    packet = audio;
    ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    ck_assert(place.is_reordered);
    ck_assert_int_eq(place.position_us, 2 * FRAME_US);
    count();
    ck_assert_int_eq(counts.lost, 0);
}
END_TEST

/* Or it could lead a minute into the future. */
START_TEST(audio_that_an_event_overtook_is_no_way_into_the_future)
{
    begin();
    struct st_rtp_packet audio = packet;
    arrival.kind = ST_RTP_EVENT;
    packet.sequence = (uint16_t)(packet.sequence + 20);
    ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    arrival.kind = ST_RTP_AUDIO;
    packet = audio;
    packet.timestamp += 40 * 8000;
    ck_assert_int_eq(put(), ST_RTP_HELD);
    now_us += 40 * (int64_t)1000000; /* after so long a silence it is what it says */
    ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    ck_assert_int_eq(place.position_us, 2 * FRAME_US + 40 * (int64_t)1000000);
}
END_TEST

START_TEST(a_clock_that_stood_still_during_an_event_is_joined_on)
{
    begin();
    arrival.kind = ST_RTP_EVENT;
    for (int i = 0; i < 8; i++, packet.sequence++, now_us += FRAME_US)
        ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    arrival.kind = ST_RTP_AUDIO;
    packet.timestamp -= SPAN;
    put_next();
    ck_assert_int_eq(place.position_us, 10 * FRAME_US);
}
END_TEST

START_TEST(event_timestamps_out_of_this_world_stay_in_the_call)
{
    begin();
    arrival.kind = ST_RTP_EVENT;
    packet.timestamp += 0x70000000;
    ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
    ck_assert_int_eq(place.position_us, FRAME_US);
}
END_TEST

START_TEST(timestamps_are_found_in_media_time)
{
    int64_t position_us;
    ck_assert(!st_rtp_receiver_locate(&receiver, packet.timestamp, &position_us));
    begin();
    ck_assert(st_rtp_receiver_locate(&receiver, packet.timestamp + 8000, &position_us));
    ck_assert_int_eq(position_us, 2 * FRAME_US + 1000000);
    ck_assert(st_rtp_receiver_locate(&receiver, packet.timestamp - 8000, &position_us));
    ck_assert_int_eq(position_us, 0);
    ck_assert(!st_rtp_receiver_locate(&receiver, packet.timestamp + 8000 * 61, &position_us));
    ck_assert(!st_rtp_receiver_locate(&receiver, packet.timestamp - 8000 * 61, &position_us));
}
END_TEST

START_TEST(jitter_is_the_standards)
{
    /* Each packet 5 ms later or earlier than the one before: D is 40 ticks, J nears it. */
    begin();
    double jitter = 0;
    for (int i = 0; i < 300; i++) {
        now_us += i % 2 ? -5000 : 5000;
        put_next();
        jitter += (40 - jitter) / 16;
    }
    count();
    ck_assert_double_eq_tol(counts.jitter_us / 125.0, jitter, 1.0);
}
END_TEST

START_TEST(jitter_is_a_time_whatever_the_clock)
{
    begin();
    for (int i = 0; i < 300; i++) {
        now_us += i % 2 ? -5000 : 5000;
        put_next();
    }
    count();
    uint32_t before_us = counts.jitter_us;
    arrival.clock_hz = 48000;
    arrival.span_ticks = 960;
    put_next();
    count();
    ck_assert_int_le(labs((long)counts.jitter_us - (long)before_us), 125);
    arrival.clock_hz = 8000;
    arrival.span_ticks = SPAN;
    put_next();
    count();
    ck_assert_int_le(labs((long)counts.jitter_us - (long)before_us), 125);
}
END_TEST

START_TEST(comfort_noise_does_not_count_as_jitter)
{
    begin();
    for (int i = 0; i < 100; i++) {
        arrival.kind = i % 2 ? ST_RTP_AUDIO : ST_RTP_NOISE;
        arrival.span_ticks = i % 2 ? SPAN : 0;
        now_us += i % 3 * 7000;
        ck_assert_int_eq(put(), ST_RTP_ACCEPTED);
        packet.sequence++;
        packet.timestamp += SPAN;
        now_us += FRAME_US;
    }
    count();
    ck_assert_uint_eq(counts.jitter_us, 0);
}
END_TEST

START_TEST(reports_tell_of_the_interval_and_of_the_whole)
{
    struct st_rtp_reception reception;
    ck_assert(!st_rtp_receiver_report(&receiver, &reception));
    begin();
    for (int i = 0; i < 98; i++)
        if (i % 4 == 1)
            step(1);
        else
            put_next();
    put_next();
    ck_assert(st_rtp_receiver_report(&receiver, &reception));
    ck_assert_uint_eq(reception.ssrc, SSRC);
    ck_assert_int_eq(reception.lost, 25);
    ck_assert_uint_eq(reception.fraction_lost, 25 * 256 / 101);
    put_next();
    ck_assert(st_rtp_receiver_report(&receiver, &reception));
    ck_assert_int_eq(reception.lost, 25);
    ck_assert_uint_eq(reception.fraction_lost, 0);
    packet.sequence--;
    packet.timestamp -= SPAN;
    for (int i = 0; i < 30; i++)
        ck_assert_int_eq(put(), ST_RTP_DUPLICATE);
    ck_assert(st_rtp_receiver_report(&receiver, &reception));
    ck_assert_int_eq(reception.lost, -5);
    ck_assert_uint_eq(reception.fraction_lost, 0);
}
END_TEST

START_TEST(reports_say_no_more_than_their_fields_hold)
{
    struct st_rtp_reception reception;
    begin();
    receiver.highest += UINT64_C(0x900000); /* as if hours had been lost */
    receiver.highest_wire = (uint16_t)receiver.highest;
    ck_assert(st_rtp_receiver_report(&receiver, &reception));
    ck_assert_int_eq(reception.lost, 0x7fffff);
    ck_assert_uint_eq(reception.fraction_lost, 255);
    receiver.arrived += UINT64_C(0x1200000); /* or each packet had come a hundred times */
    ck_assert(st_rtp_receiver_report(&receiver, &reception));
    ck_assert_int_eq(reception.lost, -0x800000);
    ck_assert_uint_eq(reception.fraction_lost, 0);
}
END_TEST

/* 5 ms to and fro at 8 kHz: J nears 40 ticks, of which a report has the whole ones. */
START_TEST(reports_tell_jitter_in_ticks)
{
    struct st_rtp_reception reception;
    begin();
    for (int i = 0; i < 300; i++) {
        now_us += i % 2 ? -5000 : 5000;
        put_next();
    }
    ck_assert(st_rtp_receiver_report(&receiver, &reception));
    ck_assert_uint_ge(reception.jitter_ticks, 38);
    ck_assert_uint_le(reception.jitter_ticks, 40);
}
END_TEST

START_TEST(hostile_packets_keep_time_in_order)
{
    uint32_t seed = 3;
    int64_t before_us = 0;
    begin();
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1664525 + 1013904223;
        packet.timestamp = seed >> 8 & 1 ? packet.timestamp + SPAN : seed ^ seed << 13;
        packet.sequence = (uint16_t)(seed >> 9 & 3 ? packet.sequence + 1u : seed >> 16);
        packet.ssrc = seed >> 11 & 15 ? SSRC : OTHER;
        arrival.kind = seed >> 28 == 3 ? ST_RTP_EVENT : ST_RTP_AUDIO;
        arrival.clock_hz = seed >> 20 & 31 ? 8000 : 48000;
        arrival.span_ticks = seed >> 3 & 0xffff;
        now_us += seed >> 22 & 3 ? FRAME_US : 0;
        if (put() != ST_RTP_ACCEPTED)
            continue;
        ck_assert_int_ge(place.position_us, 0);
        if (!place.is_reordered && arrival.kind == ST_RTP_AUDIO) {
            ck_assert_int_ge(place.position_us, before_us);
            before_us = place.position_us;
        }
    }
    count();
    ck_assert_int_ge(counts.lost, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, two_packets_in_sequence_make_a_source);
    tcase_add_test(tcase, packets_out_of_sequence_make_none);
    tcase_add_test(tcase, a_stream_begins_where_the_call_has_come_to);
    tcase_add_test(tcase, sequence_and_timestamp_wrap_without_a_trace);
    tcase_add_test(tcase, loss_is_counted_and_filled_in_by_late_packets);
    tcase_add_test(tcase, duplicates_are_known_as_far_back_as_the_window);
    tcase_add_test(tcase, the_dropout_limit_is_the_standards);
    tcase_add_test(tcase, a_restart_of_the_same_source_is_joined_on);
    tcase_add_test(tcase, a_sender_that_begins_again_at_its_first_packet_is_heard);
    tcase_add_test(tcase, one_packet_out_of_place_changes_nothing);
    tcase_add_test(tcase, another_source_waits_until_the_first_is_silent);
    tcase_add_test(tcase, sources_that_come_together_do_not_keep_each_other_out);
    tcase_add_test(tcase, no_more_candidates_are_kept_than_there_is_room_for);
    tcase_add_test(tcase, an_announced_change_that_does_not_come_is_forgotten);
    tcase_add_test(tcase, an_announced_change_needs_no_silence);
    tcase_add_test(tcase, a_new_source_goes_on_at_its_time_of_arrival);
    tcase_add_loop_test(tcase, a_new_source_that_begins_with_an_event_keeps_to_the_time, 0, 4);
    tcase_add_test(tcase, silence_suppression_is_a_step_in_time_and_no_loss);
    tcase_add_test(tcase, a_clock_that_was_reset_is_joined_on);
    tcase_add_loop_test(tcase, timestamps_that_run_away_are_not_followed, 0, 4);
    tcase_add_test(tcase, a_reset_clock_after_a_hold_goes_on_at_its_time_of_arrival);
    tcase_add_loop_test(tcase, a_clock_that_stood_still_is_joined_on, 0, 3);
    tcase_add_test(tcase, a_clock_that_stood_still_during_a_long_event_is_joined_on);
    tcase_add_loop_test(tcase, what_was_held_up_keeps_its_time, 0, 2);
    tcase_add_test(tcase, another_ptime_is_followed);
    tcase_add_test(tcase, another_codec_of_the_same_clock_goes_on);
    tcase_add_test(tcase, a_codec_of_another_clock_is_joined_on);
    tcase_add_test(tcase, a_packet_of_the_clock_before_keeps_its_place);
    tcase_add_test(tcase, events_are_in_the_sequence_and_not_in_the_clock);
    tcase_add_test(tcase, events_alone_make_no_source);
    tcase_add_test(tcase, audio_that_an_event_overtook_keeps_its_place);
    tcase_add_test(tcase, audio_that_an_event_overtook_is_no_way_into_the_future);
    tcase_add_test(tcase, a_clock_that_stood_still_during_an_event_is_joined_on);
    tcase_add_test(tcase, event_timestamps_out_of_this_world_stay_in_the_call);
    tcase_add_test(tcase, timestamps_are_found_in_media_time);
    tcase_add_test(tcase, jitter_is_the_standards);
    tcase_add_test(tcase, jitter_is_a_time_whatever_the_clock);
    tcase_add_test(tcase, comfort_noise_does_not_count_as_jitter);
    tcase_add_test(tcase, reports_tell_of_the_interval_and_of_the_whole);
    tcase_add_test(tcase, reports_say_no_more_than_their_fields_hold);
    tcase_add_test(tcase, reports_tell_jitter_in_ticks);
    tcase_add_test(tcase, hostile_packets_keep_time_in_order);
    return run_case("receiver", tcase);
}
