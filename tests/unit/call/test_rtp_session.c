/* Calls whose audio comes as RTP, by real sockets on loopback; the loops are stepped. */
#include "call_internal.h"
#include "call_rig.h"
#include "rtp_session.h"

#include "sidetone/buf.h"
#include "sidetone/rtp_packet.h"
#include "sidetone/token.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME = 160, FRAME_US = 20000, TICK_US = 4000, S = 1000000 };

static struct call_rig rig;
static struct fake_link told;
static int sender;
static uint16_t sender_port;
static bool outlives_bye; /* of sessions that are opened, as is the next */
static void (*heard)(void *user);
static unsigned ended;
static char end_reason[32];

#define PORTS "first_port: 28600, last_port: 28679, timeout_s: 10"

static void setup_with(const char *yaml)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(at);
    rig_open(&rig, 2, yaml);
    fake_link_open(&told, rig.hub, 0);
    fake_link_subscribe(&told, "{\"partials\":false}");
    step_loop_settle();
    fake_link_take(&told);
    inet_pton(AF_INET, "127.0.0.1", &at.sin_addr);
    sender = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_eq(bind(sender, (struct sockaddr *)&at, bytes), 0);
    ck_assert_int_eq(getsockname(sender, (struct sockaddr *)&at, &bytes), 0);
    sender_port = ntohs(at.sin_port);
    ended = 0;
    outlives_bye = false;
    heard = NULL;
}

static void setup(void)
{
    setup_with("rtp: {" PORTS "}\n");
}

static void setup_required(void)
{
    setup_with("rtp: {" PORTS ", srtp: required}\n");
}

/* Two pairs of ports for each of two loops. */
static void setup_small(void)
{
    setup_with("rtp: {first_port: 28690, last_port: 28697}\n");
}

static void teardown(void)
{
    close(sender);
    fake_link_close(&told);
    rig_close(&rig);
}

/* ---- sessions ---- */

static void on_ended(void *user, const char *reason)
{
    ended++;
    strcpy(end_reason, reason);
}

static struct st_rtp_sdp offer;
static struct st_rtp_session_line lines[ST_RTP_SDP_MEDIA_MAX];

static void make_offer(unsigned media, const char *direction)
{
    char text[1024];
    size_t at = (size_t)snprintf(text, sizeof(text), "v=0\r\nc=IN IP4 127.0.0.1\r\n");
    for (unsigned i = 0; i < media; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at,
                               "m=audio %u RTP/AVP 0 96\r\na=rtpmap:96 L16/16000\r\n"
                               "a=label:%u\r\na=%s\r\n",
                               sender_port, i + 1, direction);
    ck_assert_int_eq(st_rtp_sdp_parse(&offer, text, at), 0);
    memset(lines, 0, sizeof(lines));
    for (unsigned i = 0; i < media; i++) {
        lines[i].channel_mask = 1U << i;
        lines[i].roles[i] = i == 0 ? ST_ROLE_CUSTOMER : ST_ROLE_AGENT;
        st_rtp_session_source(&lines[i].source, &offer.media[i], ST_MEDIA_SOURCE_IP);
    }
}

static struct st_ingest_start start_of(const char *call_id, const char *agent_id)
{
    return (struct st_ingest_start){.call_id = call_id,
                                    .stream_id = "",
                                    .agent_id = agent_id,
                                    .agent_name = "",
                                    .queue = "",
                                    .caller = "",
                                    .language = ""};
}

static int open_on(unsigned loop, const char *call_id, struct st_rtp_session **ret_session)
{
    const struct st_config *config = st_settings_config(rig.settings);
    struct st_ingest_start start = start_of(call_id, "a7");
    struct st_rtp_session_config session = {
        .loop_index = loop,
        .dialect = "rtp",
        .tenant = &config->tenants[0],
        .route = &config->tenants[0].routes[0],
        .start = &start,
        .offer = &offer,
        .lines = lines,
        .outlives_bye = outlives_bye,
        .heard = heard,
        .ended = on_ended,
    };
    return st_rtp_session_open(ret_session, rig.service, &session);
}

static struct st_rtp_session *open_call(unsigned media)
{
    struct st_rtp_session *session;
    make_offer(media, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
    return session;
}

static struct call *call_on(unsigned loop)
{
    for (unsigned i = 0; i < CALL_BUCKETS; i++)
        if (rig.service->shards[loop].buckets[i])
            return rig.service->shards[loop].buckets[i];
    ck_abort_msg("no call on loop %u", loop);
}

static int64_t clock_us(unsigned channel)
{
    return st_timeline_media_us(&call_on(0)->channels[channel].timeline);
}

static void port_of(const struct st_rtp_session *session, unsigned line, char out[8])
{
    char sdp[ST_RTP_SESSION_SDP_BYTES];
    const char *at = sdp;
    ck_assert_int_gt(st_rtp_session_answer(session, sdp, sizeof(sdp)), 0);
    for (unsigned i = 0; i <= line; i++) {
        at = strstr(at, "m=audio ");
        ck_assert_ptr_nonnull(at);
        at += strlen("m=audio ");
    }
    memcpy(out, at, 5);
    out[strcspn(out, " ")] = 0;
}

/* ---- a sender ---- */

struct voice {
    uint16_t port, sequence;
    uint32_t timestamp, ssrc;
};

static struct voice voice_to(const struct st_rtp_session *session, unsigned line)
{
    char port[8] = {0};
    port_of(session, line, port);
    return (struct voice){.port = (uint16_t)atoi(port), .ssrc = 100 + line};
}

static void speak(struct voice *voice, uint8_t type, size_t samples)
{
    static uint8_t payload[640], data[700];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(voice->port)};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    memset(payload, 0x10, sizeof(payload));
    struct st_rtp_packet packet = {
        type,        false,   voice->sequence++,           voice->timestamp,
        voice->ssrc, payload, type ? samples * 2 : samples};
    voice->timestamp += (uint32_t)samples;
    ssize_t bytes = st_rtp_packet_write(&packet, data, sizeof(data));
    ck_assert_int_eq(sendto(sender, data, (size_t)bytes, 0, (struct sockaddr *)&to, sizeof(to)),
                     bytes);
}

static void pass(int64_t us)
{
    for (; us > 0; us -= TICK_US)
        step_loop_advance(TICK_US);
}

static void talk(struct voice *voices, unsigned count, unsigned frames)
{
    for (unsigned i = 0; i < frames; i++) {
        for (unsigned k = 0; k < count; k++)
            speak(&voices[k], 0, FRAME);
        pass(FRAME_US);
    }
}

static void extend(struct st_rtp_session *session, const struct st_rtp_session_line *wanted)
{
    const struct st_config *config = st_settings_config(rig.settings);
    struct st_ingest_start start = start_of("c1", "");
    struct st_rtp_session_config more = {.dialect = "rtp",
                                         .tenant = &config->tenants[0],
                                         .route = &config->tenants[0].routes[0],
                                         .start = &start,
                                         .offer = &offer,
                                         .lines = wanted};
    ck_assert_int_eq(st_rtp_session_update(session, &offer, wanted), 0);
    ck_assert_int_eq(st_rtp_session_extend(session, &more), 0);
}

/* ---- the tests ---- */

START_TEST(two_lines_are_one_call)
{
    struct st_rtp_session *session = open_call(2);
    ck_assert_str_eq(st_rtp_session_call_id(session), "c1");
    struct voice voices[] = {voice_to(session, 0), voice_to(session, 1)};
    talk(voices, 2, 100);
    ck_assert_int_ge(clock_us(0), 2 * S - FRAME_US);
    ck_assert_int_ge(clock_us(1), 2 * S - FRAME_US);
    ck_assert_int_eq(call_on(0)->story.facts->roles[0], ST_ROLE_CUSTOMER);
    ck_assert_int_eq(call_on(0)->story.facts->roles[1], ST_ROLE_AGENT);
    ck_assert_str_eq(call_on(0)->story.facts->dialect, "rtp");
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
    step_loop_advance(1000);
    ck_assert_uint_eq(ended, 0);
    const json_t *end = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(end, "reason")), "stopped");
    ck_assert_int_le(json_integer_value(json_object_get(end, "duration_ms")), 2020);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.updated"), 2);
    const json_t *quality = json_object_get(fake_link_last(&told, "call.updated"), "quality");
    ck_assert_uint_eq(json_array_size(quality), 2);
    const json_t *first = json_array_get(quality, 0);
    ck_assert_int_eq(json_integer_value(json_object_get(first, "received")), 100);
    ck_assert_double_gt(json_number_value(json_object_get(first, "mos")), 4.3);
}
END_TEST

START_TEST(another_rate_in_mid_call_moves_no_clock)
{
    struct st_rtp_session *session = open_call(1);
    struct voice voice = voice_to(session, 0);
    int64_t began_us = st_loop_now_us();
    for (unsigned i = 0; i < 500; i++) {
        speak(&voice, i / 50 % 2 ? 96 : 0, i / 50 % 2 ? 2 * FRAME : FRAME);
        pass(FRAME_US);
        int64_t behind_us = st_loop_now_us() - began_us - clock_us(0);
        ck_assert_int_ge(behind_us, -TICK_US);
        ck_assert_msg(behind_us <= 2 * FRAME_US + 1000, "%lld us behind", (long long)behind_us);
    }
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
}
END_TEST

/* Who says 20 ms and sends them in more or in less: told after the first minute, when it is
 * certain. */
START_TEST(a_rate_that_is_a_lie_is_told)
{
    static const struct {
        int64_t every_us;
        bool is_lie;
    } cases[] = {{4 * TICK_US, true}, {6 * TICK_US, true}, {5 * TICK_US, false}};
    struct st_rtp_session *session = open_call(1);
    struct voice voice = voice_to(session, 0);
    const struct st_media_quality *quality = &call_on(0)->story.quality[0];
    uint64_t before = st_counter_read(rig.service->metrics.quality.alarms[ST_MEDIA_ALARM_RATE_LIE]);
    for (int64_t passed_us = 0; passed_us < 70 * S; passed_us += cases[_i].every_us) {
        ck_assert(passed_us > 59 * S || quality->alarms == 0);
        speak(&voice, 0, FRAME);
        pass(cases[_i].every_us);
    }
    ck_assert_int_eq(quality->alarms >> ST_MEDIA_ALARM_RATE_LIE & 1, cases[_i].is_lie);
    ck_assert_int_eq(abs(quality->clock_ppm) > 10000, cases[_i].is_lie);
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
    step_loop_advance(1000);
    const json_t *channels = json_object_get(fake_link_last(&told, "call.updated"), "quality");
    const json_t *alarms = json_object_get(json_array_get(channels, 0), "alarms");
    ck_assert_uint_eq(json_array_size(alarms), cases[_i].is_lie);
    if (cases[_i].is_lie)
        ck_assert_str_eq(json_string_value(json_array_get(alarms, 0)), "rate_mismatch");
    ck_assert_uint_eq(
        st_counter_read(rig.service->metrics.quality.alarms[ST_MEDIA_ALARM_RATE_LIE]) - before,
        cases[_i].is_lie);
}
END_TEST

START_TEST(a_session_on_another_loop_joins_the_call)
{
    struct st_rtp_session *first = open_call(1), *second;
    lines[0].channel_mask = 2;
    ck_assert_int_eq(open_on(1, "c1", &second), 0);
    struct voice voices[] = {voice_to(first, 0), voice_to(second, 0)};
    step_loop_settle();
    talk(voices, 2, 100);
    step_loop_settle();
    ck_assert_int_ge(clock_us(0), 2 * S - 2 * FRAME_US);
    ck_assert_int_ge(clock_us(1), 2 * S - 2 * FRAME_US);
    st_rtp_session_close(second, ST_INGEST_END_STOPPED);
    step_loop_settle();
    ck_assert_int_eq(call_on(0)->state, CALL_LIVE);
    const struct st_media_quality *quality = call_on(0)->story.quality;
    ck_assert_uint_eq(quality[1].received, 100);
    st_rtp_session_close(first, ST_INGEST_END_STOPPED);
    step_loop_advance(1000);
    ck_assert_int_eq(call_on(0)->state, CALL_ENDED);
}
END_TEST

/* ---- one after the other ---- */

static struct st_rtp_session *follower;
static unsigned heard_count;

static int join(void)
{
    const struct st_config *config = st_settings_config(rig.settings);
    struct st_ingest_start start = start_of("c1", "a8");
    struct st_rtp_session_config joining = {.dialect = "rtp",
                                            .tenant = &config->tenants[0],
                                            .route = &config->tenants[0].routes[0],
                                            .start = &start};
    return st_rtp_session_join(follower, &joining);
}

static void on_heard(void *user)
{
    heard_count++;
    ck_assert_int_eq(join(), 0);
}

static void open_follower(void)
{
    heard = on_heard;
    heard_count = 0;
    make_offer(2, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &follower), 0);
}

static void expect_clocks(int64_t us)
{
    for (unsigned i = 0; i < 2; i++)
        ck_assert_msg(llabs(clock_us(i) - us) <= 2 * FRAME_US, "%lld", (long long)clock_us(i));
}

/* The one before is heard until the other's sound begins to come, or until it is told to join; then
 * what it says counts no more, and its end ends nothing. */
START_TEST(a_session_follows_another_without_a_gap)
{
    bool is_told = _i == 1;
    struct st_rtp_session *first = open_call(2);
    struct voice before[] = {voice_to(first, 0), voice_to(first, 1)};
    talk(before, 2, 50);
    open_follower();
    talk(before, 2, 50);
    expect_clocks(2 * S);
    ck_assert_uint_eq(heard_count, 0);
    uint64_t cut = st_counter_read(rig.service->metrics.overlap_samples);
    struct voice after[] = {voice_to(follower, 0), voice_to(follower, 1)};
    if (is_told)
        ck_assert_int_eq(join(), 0);
    talk(after, 2, 50);
    ck_assert_uint_eq(heard_count, !is_told);
    ck_assert_int_eq(join(), 0);
    expect_clocks(3 * S);
    talk(before, 2, 20);
    ck_assert_uint_le(call_on(0)->story.quality[0].received, 2); /* as it was when it joined */
    st_rtp_session_close(first, ST_INGEST_END_CLOSED);
    ck_assert_int_eq(call_on(0)->state, CALL_LIVE);
    for (unsigned i = 0; i < 2; i++)
        after[i].timestamp += 20 * FRAME;
    talk(after, 2, 30);
    expect_clocks(4 * S);
    ck_assert_uint_eq(st_counter_read(rig.service->metrics.overlap_samples), cut);
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 1);
    st_rtp_session_close(follower, ST_INGEST_END_STOPPED);
    step_loop_advance(1000);
    ck_assert_int_eq(call_on(0)->state, CALL_ENDED);
}
END_TEST

/* Nor does it leave anything behind when it goes before that, with what it has not been heard of.
 */
START_TEST(a_session_that_never_follows_changes_nothing)
{
    struct st_rtp_session *first = open_call(2);
    struct voice before[] = {voice_to(first, 0), voice_to(first, 1)};
    talk(before, 2, 50);
    open_follower();
    struct voice voice = voice_to(follower, 0);
    speak(&voice, 0, FRAME);
    speak(&voice, 0, FRAME);
    st_rtp_session_close(follower, ST_INGEST_END_STOPPED);
    ck_assert_uint_eq(heard_count, 0);
    talk(before, 2, 50);
    expect_clocks(2 * S);
    ck_assert_int_eq(call_on(0)->state, CALL_LIVE);
    st_rtp_session_close(first, ST_INGEST_END_STOPPED);
}
END_TEST

START_TEST(a_session_that_its_call_refuses_ends)
{
    struct st_rtp_session *first = open_call(1), *second;
    ck_assert_int_eq(open_on(0, "c1", &second), -EEXIST);
    ck_assert_int_eq(open_on(1, "c1", &second), 0);
    step_loop_settle();
    ck_assert_uint_eq(ended, 1);
    ck_assert_str_eq(end_reason, "refused");
    st_rtp_session_close(first, ST_INGEST_END_STOPPED);
}
END_TEST

START_TEST(an_offer_that_cannot_be_used_is_refused)
{
    struct st_rtp_session *session;
    make_offer(1, "sendonly");
    lines[0].channel_mask = 0;
    ck_assert_int_eq(open_on(0, "c1", &session), -EINVAL);
    make_offer(1, "sendonly");
    lines[0].source.rtp = (struct st_udp_address){0};
    ck_assert_int_eq(open_on(0, "c1", &session), -EINVAL);
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 0);
}
END_TEST

START_TEST(hold_keeps_the_clock_and_pauses_the_call)
{
    struct st_rtp_session *session = open_call(2);
    struct voice voices[] = {voice_to(session, 0), voice_to(session, 1)};
    talk(voices, 2, 50);
    struct st_rtp_session_line same[ST_RTP_SDP_MEDIA_MAX];
    memcpy(same, lines, sizeof(same));
    make_offer(2, "inactive");
    ck_assert_int_eq(st_rtp_session_update(session, &offer, same), 0);
    ck_assert(call_on(0)->is_paused);
    pass(30 * S);
    ck_assert_uint_eq(ended, 0);
    ck_assert_int_gt(clock_us(0), 30 * S);
    make_offer(2, "sendonly");
    ck_assert_int_eq(st_rtp_session_update(session, &offer, same), 0);
    ck_assert(!call_on(0)->is_paused);
    for (unsigned i = 0; i < 2; i++)
        voices[i].timestamp += 30 * 8000;
    talk(voices, 2, 50);
    ck_assert_int_ge(clock_us(1), 32 * S - 2 * FRAME_US);
    ck_assert_int_le(clock_us(1), 32 * S + FRAME_US);
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
}
END_TEST

static void hand_on(struct st_rtp_session *session, const char *agent_id, const char *agent_name,
                    const char *caller)
{
    struct st_ingest_parties parties = {
        .agent_id = agent_id, .agent_name = agent_name, .caller = caller};
    st_rtp_session_parties(session, &parties);
    step_loop_settle();
}

static unsigned updates(void)
{
    return fake_link_count_type(&told, "call.updated");
}

/* Told by a session on the call's loop, and by one on another; what is not known stays. */
START_TEST(a_call_is_handed_on)
{
    struct st_rtp_session *sessions[2] = {open_call(1)};
    lines[0].channel_mask = 2;
    ck_assert_int_eq(open_on(1, "c1", &sessions[1]), 0);
    step_loop_settle();
    for (unsigned i = 0; i < 2; i++) {
        unsigned before = updates();
        hand_on(sessions[i], i ? "a9" : "a8", i ? "" : "Kim", i ? "" : "+1555");
        const struct st_call_facts *facts = call_on(0)->story.facts;
        ck_assert_str_eq(facts->agent_id, i ? "a9" : "a8");
        ck_assert_str_eq(facts->agent_name, i ? "" : "Kim");
        ck_assert_str_eq(facts->caller, "+1555");
        ck_assert_uint_eq(updates(), before + 1);
        const json_t *agent = json_object_get(fake_link_last(&told, "call.updated"), "agent");
        ck_assert_str_eq(json_string_value(json_object_get(agent, "id")), i ? "a9" : "a8");
        hand_on(sessions[i], i ? "a9" : "a8", "", "");
        hand_on(sessions[i], "", "", "");
        ck_assert_uint_eq(updates(), before + 1);
    }
    st_rtp_session_close(sessions[1], ST_INGEST_END_STOPPED);
    st_rtp_session_close(sessions[0], ST_INGEST_END_STOPPED);
}
END_TEST

/* The call keeps what it was told first; likewise by a session on another loop. */
START_TEST(attributes_may_come_later)
{
    static const struct st_attribute said[] = {
        {"group", "g1"}, {"suspect", "true"}, {"group", "g2"}, {"team", "sales"}};
    struct st_rtp_session *sessions[2];
    make_offer(1, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &sessions[0]), 0);
    lines[0].channel_mask = 2;
    ck_assert_int_eq(open_on(1, "c1", &sessions[1]), 0);
    step_loop_settle();
    unsigned before = updates();
    for (unsigned i = 0; i < 2; i++) {
        struct st_ingest_parties parties = {.agent_id = "",
                                            .agent_name = "",
                                            .caller = "",
                                            .attributes = &said[2 * i],
                                            .attribute_count = 2};
        for (unsigned again = 0; again < 2; again++) {
            st_rtp_session_parties(sessions[i], &parties);
            step_loop_settle();
            ck_assert_uint_eq(updates(), before + i + 1);
        }
    }
    const json_t *updated = fake_link_last(&told, "call.updated");
    const json_t *attributes = json_object_get(updated, "attributes");
    ck_assert_uint_eq(json_object_size(attributes), 3);
    ck_assert_str_eq(json_string_value(json_object_get(attributes, "group")), "g1");
    ck_assert_str_eq(json_string_value(json_object_get(attributes, "suspect")), "true");
    st_rtp_session_close(sessions[1], ST_INGEST_END_STOPPED);
    st_rtp_session_close(sessions[0], ST_INGEST_END_STOPPED);
}
END_TEST

/* Its sessions said goodbye; another one goes on with it, also with one that was on hold. */
START_TEST(a_call_goes_on_after_a_goodbye)
{
    struct st_rtp_session *session = open_call(2);
    struct voice voices[] = {voice_to(session, 0), voice_to(session, 1)};
    talk(voices, 2, 50);
    make_offer(2, "inactive");
    ck_assert_int_eq(st_rtp_session_update(session, &offer, lines), 0);
    ck_assert(call_on(0)->is_paused);
    st_rtp_session_close(session, ST_INGEST_END_CLOSED);
    ck_assert_int_eq(call_on(0)->state, CALL_WAITING);
    pass(3 * S);
    make_offer(2, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
    ck_assert_int_eq(call_on(0)->state, CALL_LIVE);
    ck_assert(!call_on(0)->is_paused);
    voices[0] = voice_to(session, 0);
    voices[1] = voice_to(session, 1);
    talk(voices, 2, 50);
    int64_t length_us = clock_us(0);
    ck_assert_int_ge(length_us, 5 * S - 2 * FRAME_US);
    st_rtp_session_close(session, ST_INGEST_END_CLOSED);
    pass(9 * S);
    const json_t *end = fake_link_last(&told, "call.ended");
    ck_assert_str_eq(json_string_value(json_object_get(end, "reason")), "stopped");
    ck_assert_int_le(json_integer_value(json_object_get(end, "duration_ms")),
                     length_us / 1000 + 100);
    ck_assert_uint_eq(fake_link_count_type(&told, "call.started"), 1);
}
END_TEST

START_TEST(a_session_that_falls_silent_ends)
{
    struct st_rtp_session *session = open_call(2);
    struct voice voices[] = {voice_to(session, 0), voice_to(session, 1)};
    talk(voices, 2, 50);
    talk(voices, 1, 15 * 50);
    ck_assert_uint_eq(ended, 0);
    pass(11 * S);
    ck_assert_uint_eq(ended, 1);
    ck_assert_str_eq(end_reason, "timeout");
    ck_assert_int_eq(call_on(0)->state, CALL_WAITING);
}
END_TEST

START_TEST(a_line_of_another_session_or_just_begun_keeps_a_session)
{
    struct st_rtp_session *session;
    make_offer(2, "sendonly");
    lines[1].channel_mask = 0;
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
    pass(9 * S);
    struct st_rtp_session_line both[ST_RTP_SDP_MEDIA_MAX];
    make_offer(2, "sendonly");
    memcpy(both, lines, sizeof(both));
    extend(session, both);
    pass(5 * S); /* the first has been silent for too long, the second has not */
    ck_assert_uint_eq(ended, 0);
    pass(12 * S);
    ck_assert_uint_eq(ended, 1);
}
END_TEST

START_TEST(one_session_on_hold_leaves_the_call_to_the_other)
{
    struct st_rtp_session *first = open_call(1), *second;
    lines[0].channel_mask = 2;
    ck_assert_int_eq(open_on(_i, "c1", &second), 0);
    step_loop_settle();
    st_rtp_session_hold(first, true);
    step_loop_settle();
    ck_assert(!call_on(0)->is_paused);
    st_rtp_session_hold(second, true);
    step_loop_settle();
    ck_assert(call_on(0)->is_paused);
    st_rtp_session_hold(first, false);
    step_loop_settle();
    ck_assert(!call_on(0)->is_paused);
    /* The last that is not held goes. */
    st_rtp_session_close(first, ST_INGEST_END_STOPPED);
    step_loop_settle();
    ck_assert(call_on(0)->is_paused);
    st_rtp_session_close(second, ST_INGEST_END_STOPPED);
    step_loop_settle();
}
END_TEST

START_TEST(a_line_that_is_nowhere_is_sent_no_reports)
{
    static const struct {
        const char *address;
        uint16_t port, rtcp_port;
        bool is_muxed;
        uint16_t wanted; /* 0: none */
    } rows[] = {{"10.0.0.1", 4000, 0, false, 4001}, {"10.0.0.1", 4000, 0, true, 4000},
                {"10.0.0.1", 4000, 9, false, 9},    {"10.0.0.1", 0, 0, false, 0},
                {"0.0.0.0", 4000, 0, false, 0},     {"::", 4000, 9, false, 0},
                {"::1", 65535, 0, false, 0},        {"host", 4000, 0, false, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_media_source source;
        struct st_rtp_sdp_media media = {
            .port = rows[i].port, .rtcp_port = rows[i].rtcp_port, .is_muxed = rows[i].is_muxed};
        strcpy(media.address, rows[i].address);
        st_rtp_session_source(&source, &media, ST_MEDIA_SOURCE_IP);
        ck_assert_uint_eq(source.rtcp.port, rows[i].wanted);
        ck_assert_int_eq(st_udp_address_is_none(&source.rtcp), rows[i].wanted == 0);
    }
}
END_TEST

START_TEST(reports_go_to_the_address_that_was_given_for_them)
{
    static const struct {
        const char *address, *rtcp_address;
        uint16_t rtcp_port;
        const char *wanted; /* "": none */
        uint16_t wanted_port;
    } rows[] = {{"10.0.0.1", "10.0.0.2", 9, "10.0.0.2", 9},
                {"10.0.0.1", "10.0.0.2", 0, "10.0.0.2", 4001},
                {"2001:db8::1", "2001:db8::2", 9, "2001:db8::2", 9},
                {"10.0.0.1", "sbc.example.com", 9, "10.0.0.1", 9},
                {"10.0.0.1", "2001:db8::2", 9, "", 0},
                {"2001:db8::1", "10.0.0.2", 9, "", 0},
                {"10.0.0.1", "0.0.0.0", 9, "", 0},
                {"0.0.0.0", "10.0.0.2", 9, "", 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct st_media_source source;
        struct st_udp_address wanted = {0};
        struct st_rtp_sdp_media media = {.port = 4000, .rtcp_port = rows[i].rtcp_port};
        strcpy(media.address, rows[i].address);
        strcpy(media.rtcp_address, rows[i].rtcp_address);
        st_rtp_session_source(&source, &media, ST_MEDIA_SOURCE_IP);
        if (rows[i].wanted[0])
            st_udp_address_parse(&wanted, rows[i].wanted, rows[i].wanted_port);
        ck_assert_msg(st_udp_address_is(&source.rtcp, &wanted), "row %zu", i);
    }
}
END_TEST

/* ---- keys ---- */

#define KEY_80 "AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define KEY_32 "AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"

static void make_secure_offer(const char *crypto)
{
    char text[512];
    int chars =
        snprintf(text, sizeof(text), "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio %u RTP/%s 0\r\n%s%s%s",
                 sender_port, crypto ? "SAVP" : "AVP", crypto ? "a=crypto:" : "",
                 crypto ? crypto : "", crypto ? "\r\n" : "");
    make_offer(1, "sendonly");
    ck_assert_int_eq(st_rtp_sdp_parse(&offer, text, (size_t)chars), 0);
}

static const char *crypto_of(const struct st_rtp_session *session)
{
    static char sdp[ST_RTP_SESSION_SDP_BYTES];
    ck_assert_int_gt(st_rtp_session_answer(session, sdp, sizeof(sdp)), 0);
    char *at = strstr(sdp, "a=crypto:");
    if (at)
        at[strcspn(at, "\r")] = 0;
    return at ? at : "none";
}

START_TEST(the_answer_follows_the_suite_and_keeps_the_key)
{
    struct st_rtp_session *session;
    char first[200];
    make_secure_offer("1 " KEY_80);
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
    strcpy(first, crypto_of(session));
    ck_assert_ptr_nonnull(strstr(first, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
    ck_assert_int_eq(st_rtp_session_update(session, &offer, lines), 0);
    ck_assert_str_eq(crypto_of(session), first);
    make_secure_offer("2 " KEY_32);
    ck_assert_int_eq(st_rtp_session_update(session, &offer, lines), 0);
    ck_assert_ptr_nonnull(strstr(crypto_of(session), "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"));
    make_secure_offer(NULL);
    ck_assert_int_eq(st_rtp_session_update(session, &offer, lines), 0);
    ck_assert_str_eq(crypto_of(session), "none");
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
}
END_TEST

START_TEST(where_a_key_is_required_an_update_cannot_leave_it_out)
{
    struct st_rtp_session *session;
    make_secure_offer(NULL);
    ck_assert_int_eq(open_on(0, "c1", &session), -EINVAL);
    make_secure_offer("1 " KEY_80);
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
    make_secure_offer(NULL);
    ck_assert_int_eq(st_rtp_session_update(session, &offer, lines), -ENOTSUP);
    ck_assert_ptr_nonnull(strstr(crypto_of(session), "SHA1_80"));
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
}
END_TEST

static void say_bye(const struct st_rtp_session *session, const struct st_rtp_srtp_crypto *key,
                    uint32_t ssrc)
{
    _Alignas(8) uint8_t data[200] = {0x80, 0, 0, 1, 0, 0, 0, 0, (uint8_t)(ssrc >> 24)};
    _Alignas(8) uint8_t bye[64] = {0x80, 201, 0, 1, [8] = 0x81, 203, 0, 1};
    struct st_rtp_srtp *srtp;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(voice_to(session, 0).port)};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    ck_assert_int_eq(st_rtp_srtp_create(&srtp, key, false), 0);
    for (unsigned i = 0; i < 4; i++)
        data[8 + i] = bye[4 + i] = bye[12 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
    for (unsigned i = 0; i < 5; i++) {
        size_t bytes = 172;
        _Alignas(8) uint8_t packet[200];
        memcpy(packet, data, sizeof(packet));
        packet[3] = (uint8_t)i;
        packet[6] = (uint8_t)(i * FRAME >> 8);
        packet[7] = (uint8_t)(i * FRAME);
        ck_assert_int_eq(st_rtp_srtp_protect(srtp, packet, &bytes, sizeof(packet)), 0);
        sendto(sender, packet, bytes, 0, (struct sockaddr *)&to, sizeof(to));
        pass(FRAME_US);
    }
    size_t bytes = 16;
    ck_assert_int_eq(st_rtp_srtp_protect_rtcp(srtp, bye, &bytes, sizeof(bye)), 0);
    sendto(sender, bye, bytes, 0, (struct sockaddr *)&to, sizeof(to));
    st_rtp_srtp_destroy(srtp);
}

static char answer[4096];
static size_t answer_count;

static void on_states(void *user, struct st_buf *const *states, size_t count)
{
    answer_count = count;
    answer[0] = 0;
    if (count > 0)
        snprintf(answer, sizeof(answer), "%.*s", (int)states[0]->len,
                 (const char *)states[0]->data);
}

static void ask(enum st_rtp_session_command command, const char *id, const char *tenant)
{
    struct st_rtp_session_query query = {.command = command};
    strcpy(query.id, id);
    strcpy(query.tenant, tenant);
    st_rtp_session_ask(rig.service, 1, &query, on_states, NULL);
    step_loop_settle();
}

START_TEST(sessions_of_all_loops_are_seen_and_closed)
{
    struct st_rtp_session *sessions[2] = {open_call(1)};
    ck_assert_int_eq(open_on(1, "c2", &sessions[1]), 0);
    ask(ST_RTP_SESSION_LOOK, "", "");
    ck_assert_uint_eq(answer_count, 2);
    ask(ST_RTP_SESSION_LOOK, "", "other");
    ck_assert_uint_eq(answer_count, 0);
    char id[ST_RTP_SESSION_ID_BYTES];
    strcpy(id, st_rtp_session_id(sessions[0]));
    ask(ST_RTP_SESSION_HOLD, id, "");
    ck_assert_ptr_nonnull(strstr(answer, "\"is_held\":true"));
    ask(ST_RTP_SESSION_CLOSE, id, "default");
    ck_assert_uint_eq(answer_count, 1);
    ck_assert_ptr_nonnull(strstr(answer, "\"call_id\":\"c1\""));
    ck_assert_str_eq(end_reason, "deleted");
    ask(ST_RTP_SESSION_LOOK, id, "");
    ck_assert_uint_eq(answer_count, 0);
    /* The other is closed with its loop. */
}
END_TEST

START_TEST(a_token_for_an_agent_sees_that_agents_sessions_alone)
{
    struct st_rtp_session *session = open_call(1); /* of a7 */
    for (unsigned i = 0; i < 2; i++) {
        struct st_rtp_session_query query = {.command = ST_RTP_SESSION_LOOK};
        strcpy(query.agent, i == 0 ? "a7" : "a8");
        st_rtp_session_ask(rig.service, 1, &query, on_states, NULL);
        step_loop_settle();
        ck_assert_uint_eq(answer_count, i == 0);
    }
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
}
END_TEST

/* It waits at the port that both share when the other's last packets are read. */
START_TEST(a_goodbye_counts_that_is_read_at_the_end_of_another_session)
{
    struct st_rtp_session *sessions[2];
    struct st_rtp_srtp_crypto key = {0};
    for (unsigned i = 0; i < 2; i++) {
        make_secure_offer("1 " KEY_80);
        key = offer.media[0].cryptos[0];
        lines[0].is_shared = lines[0].source.has_ssrc = true;
        lines[0].source.ssrc = 0x1000 + i;
        ck_assert_int_eq(open_on(0, i == 0 ? "c1" : "c2", &sessions[i]), 0);
    }
    char id[ST_RTP_SESSION_ID_BYTES];
    strcpy(id, st_rtp_session_id(sessions[1]));
    say_bye(sessions[0], &key, 0x1000);
    ck_assert_uint_eq(ended, 0);
    ask(ST_RTP_SESSION_CLOSE, id, "");
    ck_assert_uint_eq(ended, 1);
    ck_assert_uint_eq(answer_count, 1);
    pass(3 * S);
    ck_assert_uint_eq(ended, 2);
    ck_assert_str_eq(end_reason, "bye");
    ask(ST_RTP_SESSION_LOOK, "", "");
    ck_assert_uint_eq(answer_count, 0);
}
END_TEST

/* The same audio ends likewise, then a BYE comes; whoever sends next is heard, or nobody is there.
 */
START_TEST(a_goodbye_ends_a_session_unless_signalling_does)
{
    struct st_rtp_session *session;
    struct st_rtp_srtp_crypto key;
    outlives_bye = _i == 1;
    make_secure_offer("1 " KEY_80);
    key = offer.media[0].cryptos[0];
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
    say_bye(session, &key, 0x1000);
    pass(5 * S);
    ck_assert_uint_eq(ended, !outlives_bye);
    pass(10 * S);
    ck_assert_uint_eq(ended, 1);
    ck_assert_str_eq(end_reason, outlives_bye ? "timeout" : "bye");
}
END_TEST

/* ---- asked for ---- */

static struct asked {
    unsigned opened, done;
    int result;
} asked;

static void on_opened(void *user, const struct st_rtp_session *session)
{
    asked.opened++;
}

static void on_asked(void *user, int result)
{
    asked.done++;
    asked.result = result;
}

static enum st_role asked_role = ST_ROLE_CUSTOMER;

static int ask_for(unsigned loop, const char *call_id, unsigned channel, const char *tenant)
{
    static struct st_claims claims;
    struct st_ingest_start start = start_of(call_id, "");
    make_offer(1, "sendonly");
    lines[0].channel_mask = 1U << channel;
    lines[0].roles[0] = asked_role;
    struct st_rtp_session_request request = {.dialect = "rtp",
                                             .tenant = tenant,
                                             .route = "",
                                             .claims = &claims,
                                             .start = &start,
                                             .offer = &offer,
                                             .lines = lines,
                                             .opened = on_opened,
                                             .done = on_asked};
    asked = (struct asked){0};
    st_rtp_session_ask_for(rig.service, loop, &request);
    step_loop_settle();
    ck_assert_uint_eq(asked.done, 1);
    ck_assert_uint_eq(asked.opened, asked.result == 0);
    return asked.result;
}

static unsigned sessions_on(unsigned loop)
{
    unsigned count = 0;
    for (struct st_rtp_session *at = rig.service->shards[loop].rtp_sessions; at; at = at->next)
        count++;
    return count;
}

START_TEST(what_is_asked_for_opens_where_its_call_lives)
{
    ck_assert_int_eq(ask_for(0, "c1", 0, ""), 0);
    ck_assert_int_eq(ask_for(1, "c1", 1, ""), 0);
    ck_assert_uint_eq(sessions_on(0), 2);
    ck_assert_uint_eq(sessions_on(1), 0);
    /* And is refused at once when that call has the channel. */
    ck_assert_int_eq(ask_for(1, "c1", 1, ""), -EEXIST);
    ck_assert_int_eq(ask_for(1, "c1", 0, "nobody"), -ENOENT);
    ck_assert_int_eq(ask_for(1, "c2", 0, "default"), 0);
    ck_assert_uint_eq(sessions_on(1), 1);
}
END_TEST

START_TEST(ports_of_other_loops_are_taken_when_ones_own_are_out)
{
    char call_id[16];
    for (unsigned i = 0; i < 4; i++) {
        snprintf(call_id, sizeof(call_id), "c%u", i);
        ck_assert_int_eq(ask_for(0, call_id, 0, ""), 0);
    }
    ck_assert_uint_eq(sessions_on(0), 2);
    ck_assert_uint_eq(sessions_on(1), 2);
    ck_assert_int_eq(ask_for(0, "c5", 0, ""), -ENOBUFS);
    ck_assert_uint_eq(st_call_service_live_calls(rig.service), 4);
}
END_TEST

START_TEST(a_stream_alone_takes_the_channel_that_is_its)
{
    static const struct {
        enum st_role first, second;
        int err;
    } rows[] = {{ST_ROLE_AGENT, ST_ROLE_CUSTOMER, 0},
                {ST_ROLE_CUSTOMER, ST_ROLE_AGENT, 0},
                {ST_ROLE_AGENT, ST_ROLE_UNKNOWN, 0},
                {ST_ROLE_AGENT, ST_ROLE_AGENT, -EEXIST}};
    for (unsigned i = 0; i < 4; i++) {
        char call_id[16];
        snprintf(call_id, sizeof(call_id), "c%u", i);
        asked_role = rows[i].first;
        ck_assert_int_eq(ask_for(0, call_id, 0, ""), 0);
        asked_role = rows[i].second;
        ck_assert_int_eq(ask_for(1, call_id, 0, ""), rows[i].err);
        if (rows[i].err)
            continue;
        ck_assert_uint_eq(rig.service->shards[0].rtp_sessions->lines[0].channel_mask, 2);
        asked_role = ST_ROLE_UNKNOWN;
        ck_assert_int_eq(ask_for(1, call_id, 0, ""), -EEXIST);
    }
}
END_TEST

START_TEST(what_is_refused_uses_up_no_ports)
{
    ck_assert_int_eq(ask_for(0, "c1", 0, ""), 0);
    for (unsigned i = 0; i < 10; i++)
        ck_assert_int_eq(ask_for(i % 2, "c1", 0, ""), -EEXIST);
    ck_assert_int_eq(ask_for(0, "c2", 0, ""), 0);
    ck_assert_uint_eq(sessions_on(0), 2);
}
END_TEST

START_TEST(senders_are_told_the_address_that_is_bound)
{
    struct st_rtp_session *session;
    char sdp[ST_RTP_SESSION_SDP_BYTES];
    struct st_settings *others = rig_settings("rtp: {address: 127.0.0.9, " PORTS "}\n");
    st_call_service_reload(rig.service, others);
    st_settings_unref(others);
    step_loop_settle();
    make_offer(1, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
    ck_assert_int_gt(st_rtp_session_answer(session, sdp, sizeof(sdp)), 0);
    ck_assert_ptr_nonnull(strstr(sdp, "c=IN IP4 127.0.0.1\r\n"));
    st_rtp_session_close(session, ST_INGEST_END_STOPPED);
}
END_TEST

START_TEST(a_configuration_that_gives_no_ports_is_found_before_the_first_call)
{
    static const struct {
        const char *yaml, *why;
    } rows[] = {{"rtp: {first_port: 28600, last_port: 28605}\n", "each of 4 loop threads"},
                {"rtp: {address: 192.0.2.1, first_port: 28600, last_port: 28699}\n",
                 "rtp.address 192.0.2.1: "},
                {"rtp: {first_port: 28600, last_port: 28699}\n", ""},
                {"", ""}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char why[200] = "";
        struct st_settings *settings = rig_settings(rows[i].yaml);
        int err =
            rtp_sessions_check(st_settings_config(settings), rig.loops[0], 4, why, sizeof(why));
        ck_assert_int_eq(err != 0, rows[i].why[0] != 0);
        ck_assert_ptr_nonnull(strstr(why, rows[i].why));
        st_settings_unref(settings);
    }
}
END_TEST

static void add_tests(Suite *suite, const char *name, void (*open)(void), const TTest *const *tests,
                      size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open, teardown);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("rtp_session");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, two_lines_are_one_call);
    tcase_add_test(tcase, another_rate_in_mid_call_moves_no_clock);
    tcase_add_loop_test(tcase, a_rate_that_is_a_lie_is_told, 0, 3);
    tcase_add_test(tcase, a_session_on_another_loop_joins_the_call);
    tcase_add_loop_test(tcase, a_session_follows_another_without_a_gap, 0, 2);
    tcase_add_test(tcase, a_session_that_never_follows_changes_nothing);
    tcase_add_test(tcase, a_session_that_its_call_refuses_ends);
    tcase_add_test(tcase, an_offer_that_cannot_be_used_is_refused);
    tcase_add_test(tcase, hold_keeps_the_clock_and_pauses_the_call);
    tcase_add_test(tcase, a_call_is_handed_on);
    tcase_add_test(tcase, attributes_may_come_later);
    tcase_add_test(tcase, a_call_goes_on_after_a_goodbye);
    tcase_add_test(tcase, a_session_that_falls_silent_ends);
    tcase_add_test(tcase, sessions_of_all_loops_are_seen_and_closed);
    tcase_add_test(tcase, a_line_of_another_session_or_just_begun_keeps_a_session);
    tcase_add_loop_test(tcase, one_session_on_hold_leaves_the_call_to_the_other, 0, 2);
    tcase_add_test(tcase, a_line_that_is_nowhere_is_sent_no_reports);
    tcase_add_test(tcase, reports_go_to_the_address_that_was_given_for_them);
    tcase_add_test(tcase, the_answer_follows_the_suite_and_keeps_the_key);
    tcase_add_test(tcase, a_token_for_an_agent_sees_that_agents_sessions_alone);
    tcase_add_test(tcase, a_goodbye_counts_that_is_read_at_the_end_of_another_session);
    tcase_add_loop_test(tcase, a_goodbye_ends_a_session_unless_signalling_does, 0, 2);
    tcase_add_test(tcase, what_is_asked_for_opens_where_its_call_lives);
    tcase_add_test(tcase, a_stream_alone_takes_the_channel_that_is_its);
    tcase_add_test(tcase, senders_are_told_the_address_that_is_bound);
    tcase_add_test(tcase, a_configuration_that_gives_no_ports_is_found_before_the_first_call);
    suite_add_tcase(suite, tcase);
    const TTest *required[] = {where_a_key_is_required_an_update_cannot_leave_it_out};
    const TTest *small[] = {ports_of_other_loops_are_taken_when_ones_own_are_out,
                            what_is_refused_uses_up_no_ports};
    add_tests(suite, "required", setup_required, required, 1);
    add_tests(suite, "small", setup_small, small, 2);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
