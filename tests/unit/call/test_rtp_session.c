/* Calls whose audio comes as RTP, by real sockets on loopback; the loops are stepped. */
#include "call_internal.h"
#include "call_rig.h"

#include "sidetone/buf.h"
#include "sidetone/rtp_packet.h"
#include "sidetone/rtp_session.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME = 160, FRAME_US = 20000, TICK_US = 4000, S = 1000000 };

static struct call_rig rig;
static struct fake_link told;
static int sender;
static uint16_t sender_port;
static unsigned ended;
static char end_reason[32];

static void setup(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(at);
    rig_open(&rig, 2, "rtp: {first_port: 28600, last_port: 28679, timeout_s: 10}\n");
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

static int open_on(unsigned loop, const char *call_id, struct st_rtp_session **ret_session)
{
    const struct st_config *config = st_settings_config(rig.settings);
    struct st_ingest_start start = {.call_id = call_id,
                                    .stream_id = "",
                                    .agent_id = "a7",
                                    .agent_name = "",
                                    .queue = "",
                                    .caller = "",
                                    .language = ""};
    struct st_rtp_session_config session = {
        .loop_index = loop,
        .dialect = "rtp",
        .tenant = &config->tenants[0],
        .route = &config->tenants[0].routes[0],
        .start = &start,
        .offer = &offer,
        .lines = lines,
        .ended = on_ended,
    };
    return st_rtp_session_open(ret_session, rig.service, &session);
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

/* ---- the tests ---- */

START_TEST(two_lines_are_one_call)
{
    struct st_rtp_session *session;
    make_offer(2, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
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
    struct st_rtp_session *session;
    make_offer(1, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
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

START_TEST(a_session_on_another_loop_joins_the_call)
{
    struct st_rtp_session *first, *second;
    make_offer(1, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &first), 0);
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

START_TEST(a_session_that_its_call_refuses_ends)
{
    struct st_rtp_session *first, *second;
    make_offer(1, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &first), 0);
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
    struct st_rtp_session *session;
    make_offer(2, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
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
    struct st_rtp_session *sessions[2];
    make_offer(1, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &sessions[0]), 0);
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

/* Its sessions said goodbye; another one goes on with it, also with one that was on hold. */
START_TEST(a_call_goes_on_after_a_goodbye)
{
    struct st_rtp_session *session;
    make_offer(2, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
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
    struct st_rtp_session *session;
    make_offer(2, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &session), 0);
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
    struct st_rtp_session *sessions[2];
    make_offer(1, "sendonly");
    ck_assert_int_eq(open_on(0, "c1", &sessions[0]), 0);
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

int main(void)
{
    Suite *suite = suite_create("rtp_session");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, two_lines_are_one_call);
    tcase_add_test(tcase, another_rate_in_mid_call_moves_no_clock);
    tcase_add_test(tcase, a_session_on_another_loop_joins_the_call);
    tcase_add_test(tcase, a_session_that_its_call_refuses_ends);
    tcase_add_test(tcase, an_offer_that_cannot_be_used_is_refused);
    tcase_add_test(tcase, hold_keeps_the_clock_and_pauses_the_call);
    tcase_add_test(tcase, a_call_is_handed_on);
    tcase_add_test(tcase, a_call_goes_on_after_a_goodbye);
    tcase_add_test(tcase, a_session_that_falls_silent_ends);
    tcase_add_test(tcase, sessions_of_all_loops_are_seen_and_closed);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
