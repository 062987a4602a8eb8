/* Two RTP streams, to ports that were given or that the gateway opens. */
#include "rtp_door.h"
#include "rtp_report.h"
#include "rtp_run.h"
#include "verb.h"
#include "wire.h"

#include "sidetone/err.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct call {
    const struct st_send *send;
    struct st_rtp_run run;
    struct st_rtp_door door;
    bool is_secure;
    bool is_wanted[ST_RTP_PLAN_LEGS];
    struct st_rtp_target targets[ST_RTP_PLAN_LEGS];
    char why[400];
};

/* ---- where to ---- */

static int refuse(struct call *call, const char *what, const char *value)
{
    snprintf(call->why, sizeof(call->why), "%s: %s", what, value);
    return -EINVAL;
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
                                          : &((struct sockaddr_in *)address)->sin_port;
}

static int resolve(struct call *call, const char *host, const char *port,
                   struct st_rtp_target *ret_target)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    int err = getaddrinfo(host, port, &hints, &found);
    if (err)
        return refuse(call, host, gai_strerror(err));
    memcpy(&ret_target->rtp, found->ai_addr, found->ai_addrlen);
    ret_target->bytes = found->ai_addrlen;
    ret_target->rtcp = ret_target->rtp;
    *port_of(&ret_target->rtcp) = htons((uint16_t)(ntohs(*port_of(&ret_target->rtp)) + 1));
    freeaddrinfo(found);
    return 0;
}

static int find_places(struct call *call)
{
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
        char host[ST_RTP_PLAN_PLACE_MAX], port[8];
        int err = st_rtp_plan_place(&call->send->rtp, i, host, port);
        if (err == -EINVAL)
            return refuse(call, "--to is HOST:PORT,HOST:PORT, not", call->send->rtp.to);
        call->is_wanted[i] = err == 0;
        if (call->is_wanted[i] && resolve(call, host, port, &call->targets[i]) < 0)
            return -EINVAL;
    }
    return 0;
}

/* The address that the system would send from. */
static int find_local(const struct call *call, struct sockaddr_storage *ret_local)
{
    const struct st_rtp_target *target = &call->targets[call->is_wanted[0] ? 0 : 1];
    if (!call->send->rtp.to)
        return st_rtp_door_local(call->send->client.url, ret_local);
    return st_rtp_door_route((const struct sockaddr *)&target->rtp, target->bytes, ret_local);
}

/* ---- legs ---- */

static int open_legs(struct call *call)
{
    struct sockaddr_storage local = {0};
    int err = find_local(call, &local);
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS && !err; i++) {
        err = st_rtp_leg_open(&call->run.legs[i], &call->send->rtp, i, call->is_secure, &local);
        if (!err && call->is_wanted[i])
            st_rtp_leg_aim(call->run.legs[i], &call->targets[i]);
    }
    if (err)
        snprintf(call->why, sizeof(call->why), "cannot open the streams: %s", st_err_text(err));
    return err;
}

/* As a receiver at the targets has to listen. */
static ssize_t describe(struct call *call, char *out, size_t out_bytes)
{
    struct st_rtp_offer_line lines[ST_RTP_PLAN_LEGS];
    char hosts[ST_RTP_PLAN_LEGS][NI_MAXHOST];
    unsigned count = 0;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
        struct st_rtp_target *target = &call->targets[i];
        if (!call->is_wanted[i] ||
            getnameinfo((struct sockaddr *)&target->rtp, target->bytes, hosts[count],
                        sizeof(hosts[count]), NULL, 0, NI_NUMERICHOST))
            continue;
        lines[count] = st_rtp_leg_line(call->run.legs[i]);
        lines[count].port = ntohs(*port_of(&target->rtp));
        lines[count].address = hosts[count];
        count++;
    }
    const struct st_rtp_offer offer = {
        .lines = lines, .count = count, .address = hosts[0], .session = 1, .version = 1};
    return count > 0 ? st_rtp_offer_write(&offer, out, out_bytes) : -EINVAL;
}

static int write_sdp(struct call *call)
{
    char text[4096];
    const char *path = call->send->rtp.sdp_path;
    if (!path)
        return 0;
    ssize_t chars = describe(call, text, sizeof(text));
    /* It may hold keys. */
    mode_t mask = umask(077);
    FILE *file = chars > 0 ? fopen(path, "we") : NULL;
    umask(mask);
    bool is_good = file && fwrite(text, (size_t)chars, 1, file) == 1;
    is_good = file && fclose(file) == 0 && is_good;
    explicit_bzero(text, sizeof(text));
    return is_good ? 0 : refuse(call, path, "cannot be written");
}

/* ---- the call ---- */

static void stream(struct call *call)
{
    struct st_rtp_run *run = &call->run;
    st_rtp_run_init(run);
    st_rtp_run_start(run);
    while (!st_rtp_run_is_done(run) && run->interrupts < 2)
        st_rtp_run_step(run);
    st_rtp_run_finish(run, call->send->rtp.to != NULL);
}

static int prepare_given(struct call *call)
{
    int err = find_places(call);
    if (!err && call->is_secure && !call->send->rtp.sdp_path)
        err = refuse(call, "--sdp", "is needed with --to, for the receiver to know the keys");
    if (!err && !call->is_wanted[0] && !call->is_wanted[1])
        err = refuse(call, "--to", "one of the streams has to be sent");
    err = err ? err : open_legs(call);
    err = err ? err : write_sdp(call);
    return err == 0 ? ST_EXIT_OK : err == -EINVAL ? ST_EXIT_USAGE : ST_EXIT_FAILED;
}

static int prepare_asked(struct call *call)
{
    if (call->send->rtp.sdp_path) {
        refuse(call, "--sdp", "goes with --to");
        return ST_EXIT_USAGE;
    }
    if (open_legs(call) < 0)
        return ST_EXIT_CONNECTION;
    return st_rtp_door_open(&call->door, call->send, call->run.legs);
}

static int send_as(const struct st_send *send, struct st_audio_source *source, bool is_secure)
{
    struct call call = {.send = send, .is_secure = is_secure};
    call.run = (struct st_rtp_run){.send = send, .source = source};
    int exit_code = send->rtp.to ? prepare_given(&call) : prepare_asked(&call);
    if (exit_code == ST_EXIT_OK)
        stream(&call);
    json_t *received = st_rtp_door_close(&call.door, send);
    const char *error = call.why[0] ? call.why : call.run.why[0] ? call.run.why : NULL;
    if (exit_code == ST_EXIT_OK && error)
        exit_code = ST_EXIT_FAILED;
    st_rtp_report_print(&(struct st_rtp_report){
        .run = &call.run,
        .call_id = call.door.call_id,
        .error = error,
        .received = received,
        .exit_code = exit_code,
    });
    json_decref(received);
    st_rtp_run_fini(&call.run);
    return exit_code;
}

static int send_rtp(const struct st_send *send, struct st_audio_source *source)
{
    return send_as(send, source, false);
}

static int send_srtp(const struct st_send *send, struct st_audio_source *source)
{
    return send_as(send, source, true);
}

const struct st_wire_ops st_wire_rtp = {.name = "rtp", .takes_plan = true, .send = send_rtp};
const struct st_wire_ops st_wire_srtp = {.name = "srtp", .takes_plan = true, .send = send_srtp};
