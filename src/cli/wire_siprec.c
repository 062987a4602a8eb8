/*
 * As a session border controller records a call: an INVITE with the offer and the metadata, two
 * one-way streams, an offer for each hold, and BYE (RFC 7866, RFC 7865).
 */
#include "rtp_door.h"
#include "rtp_report.h"
#include "rtp_run.h"
#include "sip_call.h"
#include "sip_link.h"
#include "verb.h"
#include "wire.h"

#include "sidetone/err.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { OFFER_BYTES = 8192, GOODBYE_US = 4000000 };

struct call {
    const struct st_send *send;
    struct st_rtp_run run;
    struct st_sip_call *sip;
    struct st_sip_link *link;
    char local_text[NI_MAXHOST + 16];
    char id[129];
    uint64_t version; /* of the offer */
    bool is_answered, is_over, is_held;
    char why[300];
};

static int fail(struct call *call, const char *what)
{
    if (!call->why[0])
        snprintf(call->why, sizeof(call->why), "%s", what);
    return -EPROTO;
}

/* ---- what is offered ---- */

static void add_escaped(struct st_text *text, const char *value)
{
    for (; *value; value++) {
        const char *entity = *value == '<'   ? "&lt;"
                             : *value == '>' ? "&gt;"
                             : *value == '&' ? "&amp;"
                             : *value == '"' ? "&quot;"
                                             : NULL;
        if (entity)
            st_text_add(text, entity);
        else
            st_text_add_bytes(text, value, 1);
    }
}

static void add_participant(struct st_text *text, const char *id, const char *user,
                            const char *name, const char *sends, const char *hears)
{
    st_text_addf(text, "<participant participant_id=\"%s\"><nameID aor=\"sip:", id);
    add_escaped(text, user);
    st_text_add(text, "@sidetone.invalid\"><name>");
    add_escaped(text, name);
    st_text_add(text, "</name></nameID></participant>");
    st_text_addf(text,
                 "<participantstreamassoc participant_id=\"%s\"><send>%s</send><recv>%s</recv>"
                 "</participantstreamassoc>",
                 id, sends, hears);
}

static void write_metadata(const struct call *call, struct st_text *text)
{
    const struct st_wire_call *wire = &call->send->call;
    const char *caller = wire->caller ? wire->caller : "customer";
    const char *agent = wire->agent_id ? wire->agent_id : "agent";
    st_text_add(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
                      "<recording xmlns=\"urn:ietf:params:xml:ns:recording:1\">"
                      "<datamode>complete</datamode><session session_id=\"s\"><sipSessionID>");
    add_escaped(text, call->id);
    st_text_add(text, "</sipSessionID></session>");
    st_text_add(text, "<stream stream_id=\"s1\" session_id=\"s\"><label>1</label></stream>"
                      "<stream stream_id=\"s2\" session_id=\"s\"><label>2</label></stream>");
    add_participant(text, "p1", caller, caller, "s1", "s2");
    add_participant(text, "p2", agent, wire->agent_name ? wire->agent_name : agent, "s2", "s1");
    st_text_add(text, "</recording>");
}

/* The customer called, and is told of first. */
static void order_legs(const struct call *call, struct st_rtp_leg *ret_legs[ST_RTP_PLAN_LEGS])
{
    ret_legs[0] = call->run.legs[1];
    ret_legs[1] = call->run.legs[0];
}

static int offer(struct call *call, bool is_held, bool is_first)
{
    char sdp[OFFER_BYTES];
    struct st_text metadata = {0};
    struct st_rtp_leg *legs[ST_RTP_PLAN_LEGS];
    order_legs(call, legs);
    if (st_rtp_door_offer(legs, call->version + 1, is_held, sdp, sizeof(sdp)) < 0)
        return -ENOBUFS;
    if (is_first)
        write_metadata(call, &metadata);
    int err = st_sip_call_offer(call->sip, sdp, metadata.data, st_loop_now_us());
    call->version += err == 0;
    explicit_bzero(sdp, sizeof(sdp));
    st_text_fini(&metadata);
    return err;
}

/* ---- the dialog ---- */

static void fail_link(struct call *call)
{
    fail(call, call->is_answered ? "the connection of the signalling was lost"
                                 : "the gateway hung up before it answered: is this machine in its "
                                   "siprec.sources, and is that a SIPREC listener?");
}

static void on_send(void *user, const char *data, size_t bytes)
{
    struct call *call = user;
    if (st_sip_link_send(call->link, data, bytes) < 0)
        fail_link(call);
}

static void on_answered(void *user, const char *sdp, size_t bytes)
{
    struct call *call = user;
    struct st_rtp_leg *legs[ST_RTP_PLAN_LEGS];
    if (call->is_answered)
        return;
    order_legs(call, legs);
    if (st_rtp_door_take_answer(legs, sdp, bytes) < 0) {
        fail(call, "the gateway's answer does not fit what was offered");
        st_sip_call_hang_up(call->sip, st_loop_now_us());
        return;
    }
    call->is_answered = true;
    st_rtp_run_start(&call->run);
}

static void on_ended(void *user, const char *why)
{
    struct call *call = user;
    call->is_over = true;
    if (why)
        fail(call, why);
    st_rtp_run_end(&call->run);
}

/* ---- the connection ---- */

static void on_message(void *user, const char *data, size_t bytes)
{
    struct call *call = user;
    st_sip_call_put(call->sip, data, bytes, st_loop_now_us());
}

static int companion_socket(void *user)
{
    return st_sip_link_socket(((struct call *)user)->link);
}

static void companion_readable(void *user)
{
    struct call *call = user;
    if (st_sip_link_read(call->link) == 0 || call->is_over)
        return;
    fail_link(call);
    on_ended(call, NULL);
}

static int64_t hold_due_us(const struct call *call)
{
    int64_t due_us = INT64_MAX;
    const struct st_rtp_plan *plan = &call->send->rtp;
    for (unsigned i = 0; i < plan->hold_count && call->run.has_started; i++) {
        int64_t from_us = st_rtp_leg_wall_us(call->run.legs[0], plan->holds[i].from_us);
        int64_t until_us = st_rtp_leg_wall_us(call->run.legs[0], plan->holds[i].until_us);
        int64_t now_us = st_loop_now_us();
        int64_t next_us = now_us < from_us ? from_us : now_us < until_us ? until_us : INT64_MAX;
        due_us = next_us < due_us ? next_us : due_us;
    }
    return due_us;
}

static bool is_to_hold(const struct call *call, int64_t now_us)
{
    const struct st_rtp_plan *plan = &call->send->rtp;
    for (unsigned i = 0; i < plan->hold_count && call->run.has_started; i++)
        if (now_us >= st_rtp_leg_wall_us(call->run.legs[0], plan->holds[i].from_us) &&
            now_us < st_rtp_leg_wall_us(call->run.legs[0], plan->holds[i].until_us))
            return true;
    return false;
}

static int64_t companion_due_us(void *user)
{
    const struct call *call = user;
    int64_t sip_us = st_sip_call_due_us(call->sip), hold_us = hold_due_us(call);
    return sip_us < hold_us ? sip_us : hold_us;
}

static void companion_tick(void *user, int64_t now_us)
{
    struct call *call = user;
    bool is_to_be_held = is_to_hold(call, now_us);
    st_sip_call_tick(call->sip, now_us);
    if (is_to_be_held != call->is_held && !call->run.has_ended &&
        offer(call, is_to_be_held, false) == 0)
        call->is_held = is_to_be_held;
}

static int open_link(struct call *call, const char *host, const char *port)
{
    const struct st_send *send = call->send;
    struct st_text text = {0};
    const struct st_sip_link_config config = {
        .transport = send->rtp.transport,
        .host = host,
        .port = port,
        .tls = {.ca_file = send->client.ca_file,
                .is_insecure = send->client.is_insecure,
                .certificate_file = send->rtp.certificate_file,
                .key_file = send->rtp.key_file},
        .message = on_message,
        .user = call,
    };
    int err = st_sip_link_open(&call->link, &config, call->why, sizeof(call->why));
    if (err)
        return err;
    st_rtp_report_add_place(&text, st_sip_link_local(call->link));
    snprintf(call->local_text, sizeof(call->local_text), "%s", text.data ? text.data : "");
    st_text_fini(&text);
    return 0;
}

/* ---- the call ---- */

static int open_legs(struct call *call)
{
    struct sockaddr_storage local = *st_sip_link_local(call->link);
    int err = 0;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS && !err; i++)
        err = st_rtp_leg_open(&call->run.legs[i], &call->send->rtp, i, call->send->rtp.has_suite,
                              &local);
    if (err)
        snprintf(call->why, sizeof(call->why), "cannot open the streams: %s", st_err_text(err));
    return err;
}

/* Call-IDs have no spaces and the like. */
static void choose_id(struct call *call)
{
    const char *given = call->send->call.call_id;
    uint64_t random = 0;
    if (given && strcspn(given, " \t\r\n<>\"@;,") == strlen(given)) {
        snprintf(call->id, sizeof(call->id), "%s", given);
        return;
    }
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random = (uint64_t)st_loop_now_us();
    snprintf(call->id, sizeof(call->id), "send-%016llx", (unsigned long long)random);
}

static void talk(struct call *call)
{
    struct st_rtp_run *run = &call->run;
    while (!call->is_over && !st_rtp_run_is_done(run) && run->interrupts < 2)
        st_rtp_run_step(run);
    if (!call->is_over && call->is_answered)
        st_rtp_run_finish(run, false);
    int64_t until_us = st_loop_now_us() + GOODBYE_US;
    st_sip_call_hang_up(call->sip, st_loop_now_us());
    while (!call->is_over && run->interrupts < 2 && st_loop_now_us() < until_us)
        st_rtp_run_step(run);
    if (!call->is_over)
        fail(call, "the gateway did not say goodbye");
}

static void dial(struct call *call, const char *target)
{
    const struct st_rtp_companion companion = {.socket = companion_socket,
                                               .readable = companion_readable,
                                               .due_us = companion_due_us,
                                               .tick = companion_tick,
                                               .user = call};
    st_sip_call_create(&call->sip, &(struct st_sip_call_config){
                                       .transport = call->send->rtp.transport,
                                       .local = call->local_text,
                                       .target = target,
                                       .call_id = call->id,
                                       .name = call->send->rtp.user,
                                       .password = call->send->rtp.password,
                                       .send = on_send,
                                       .answered = on_answered,
                                       .ended = on_ended,
                                       .user = call,
                                   });
    call->run.companion = &companion;
    st_rtp_run_init(&call->run);
    if (offer(call, false, true) == 0)
        talk(call);
    call->run.companion = NULL;
    st_sip_call_destroy(call->sip);
}

static int send_siprec(const struct st_send *send, struct st_audio_source *source)
{
    char host[ST_RTP_PLAN_PLACE_MAX], port[8];
    struct call call = {.send = send};
    call.run = (struct st_rtp_run){.send = send, .source = source};
    if (!send->rtp.to || strchr(send->rtp.to, ',') ||
        st_rtp_plan_place(&send->rtp, 0, host, port) < 0) {
        st_options_refuse("send", "--as siprec needs --to HOST:PORT, not",
                          send->rtp.to ? send->rtp.to : "nothing");
        return ST_EXIT_USAGE;
    }
    choose_id(&call);
    int err = open_link(&call, host, port);
    err = err ? err : open_legs(&call);
    if (!err)
        dial(&call, send->rtp.to);
    const char *error = call.why[0] ? call.why : call.run.why[0] ? call.run.why : NULL;
    bool is_unreached = !call.is_answered && call.version == 0 && err != -EBADMSG;
    int exit_code = !error ? ST_EXIT_OK : is_unreached ? ST_EXIT_CONNECTION : ST_EXIT_FAILED;
    st_rtp_report_print(&(struct st_rtp_report){
        .run = &call.run, .call_id = call.id, .error = error, .exit_code = exit_code});
    st_rtp_run_fini(&call.run);
    st_sip_link_close(call.link);
    return exit_code;
}

const struct st_wire_ops st_wire_siprec = {
    .name = "siprec", .takes_plan = true, .send = send_siprec};
