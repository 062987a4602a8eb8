/* Two RTP streams, to ports that were given or that the gateway opens. */
#include "rtp_report.h"
#include "rtp_session.h"
#include "verb.h"
#include "wire.h"

#include "sidetone/err.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct run {
    const struct st_send *send;
    struct st_rtp_session session;
    bool is_secure;
    bool is_wanted[ST_RTP_PLAN_LEGS];
    struct st_rtp_target targets[ST_RTP_PLAN_LEGS];
    char why[400];
};

/* ---- where to ---- */

static int refuse(struct run *run, const char *what, const char *value)
{
    snprintf(run->why, sizeof(run->why), "%s: %s", what, value);
    return -EINVAL;
}

static in_port_t *port_of(struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? &((struct sockaddr_in6 *)address)->sin6_port
                                          : &((struct sockaddr_in *)address)->sin_port;
}

static int resolve(struct run *run, const char *host, const char *port,
                   struct st_rtp_target *ret_target)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    int err = getaddrinfo(host, port, &hints, &found);
    if (err)
        return refuse(run, host, gai_strerror(err));
    memcpy(&ret_target->rtp, found->ai_addr, found->ai_addrlen);
    ret_target->bytes = found->ai_addrlen;
    ret_target->rtcp = ret_target->rtp;
    *port_of(&ret_target->rtcp) = htons((uint16_t)(ntohs(*port_of(&ret_target->rtp)) + 1));
    freeaddrinfo(found);
    return 0;
}

static int find_places(struct run *run)
{
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
        char host[ST_RTP_PLAN_PLACE_MAX], port[8];
        int err = st_rtp_plan_place(&run->send->rtp, i, host, port);
        if (err == -EINVAL)
            return refuse(run, "--to is HOST:PORT,HOST:PORT, not", run->send->rtp.to);
        run->is_wanted[i] = err == 0;
        if (run->is_wanted[i] && resolve(run, host, port, &run->targets[i]) < 0)
            return -EINVAL;
    }
    return 0;
}

/* The address that the system would send from. */
static int find_local(const struct st_rtp_target *target, struct sockaddr_storage *ret_local)
{
    socklen_t bytes = sizeof(*ret_local);
    int fd = socket(target->rtp.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int err = 0;
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&target->rtp, target->bytes) < 0 ||
        getsockname(fd, (struct sockaddr *)ret_local, &bytes) < 0)
        err = -errno;
    close(fd);
    return err;
}

/* ---- legs ---- */

static int open_legs(struct run *run)
{
    struct sockaddr_storage local = {0};
    unsigned first = run->is_wanted[0] ? 0 : 1;
    int err = find_local(&run->targets[first], &local);
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS && !err; i++) {
        err = st_rtp_leg_open(&run->session.legs[i], &run->send->rtp, i, run->is_secure, &local);
        if (!err && run->is_wanted[i])
            st_rtp_leg_aim(run->session.legs[i], &run->targets[i]);
    }
    if (err)
        snprintf(run->why, sizeof(run->why), "cannot open the streams: %s", st_err_text(err));
    return err;
}

/* As a receiver at the targets has to listen. */
static ssize_t describe(struct run *run, char *out, size_t out_bytes)
{
    struct st_rtp_offer_line lines[ST_RTP_PLAN_LEGS];
    char hosts[ST_RTP_PLAN_LEGS][NI_MAXHOST];
    unsigned count = 0;
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++) {
        struct st_rtp_target *target = &run->targets[i];
        if (!run->is_wanted[i] ||
            getnameinfo((struct sockaddr *)&target->rtp, target->bytes, hosts[count],
                        sizeof(hosts[count]), NULL, 0, NI_NUMERICHOST))
            continue;
        lines[count] = st_rtp_leg_line(run->session.legs[i]);
        lines[count].port = ntohs(*port_of(&target->rtp));
        lines[count].address = hosts[count];
        count++;
    }
    const struct st_rtp_offer offer = {
        .lines = lines, .count = count, .address = hosts[0], .session = 1, .version = 1};
    return count > 0 ? st_rtp_offer_write(&offer, out, out_bytes) : -EINVAL;
}

static int write_sdp(struct run *run)
{
    char text[4096];
    const char *path = run->send->rtp.sdp_path;
    if (!path)
        return 0;
    ssize_t chars = describe(run, text, sizeof(text));
    /* It may hold keys. */
    mode_t mask = umask(077);
    FILE *file = chars > 0 ? fopen(path, "we") : NULL;
    umask(mask);
    bool is_good = file && fwrite(text, (size_t)chars, 1, file) == 1;
    is_good = file && fclose(file) == 0 && is_good;
    explicit_bzero(text, sizeof(text));
    return is_good ? 0 : refuse(run, path, "cannot be written");
}

/* ---- the call ---- */

static void stream(struct run *run)
{
    struct st_rtp_session *session = &run->session;
    st_rtp_session_init(session);
    st_rtp_session_start(session);
    while (!st_rtp_session_is_done(session) && session->interrupts < 2)
        st_rtp_session_step(session);
    for (unsigned i = 0; i < ST_RTP_PLAN_LEGS; i++)
        st_rtp_leg_say_bye(session->legs[i]);
}

static int prepare(struct run *run)
{
    if (!run->send->rtp.to)
        return refuse(run, "--to", "is needed");
    if (run->is_secure && !run->send->rtp.sdp_path)
        return refuse(run, "--sdp", "is needed with --to, for the receiver to know the keys");
    int err = find_places(run);
    if (!err && !run->is_wanted[0] && !run->is_wanted[1])
        err = refuse(run, "--to", "one of the streams has to be sent");
    err = err ? err : open_legs(run);
    return err ? err : write_sdp(run);
}

static int send_as(const struct st_send *send, struct st_audio_source *source, bool is_secure)
{
    struct run run = {.send = send, .is_secure = is_secure};
    run.session = (struct st_rtp_session){.send = send, .source = source};
    int err = prepare(&run);
    if (!err)
        stream(&run);
    const char *error = run.why[0] ? run.why : run.session.why[0] ? run.session.why : NULL;
    int exit_code = err == -EINVAL ? ST_EXIT_USAGE : error ? ST_EXIT_FAILED : ST_EXIT_OK;
    st_rtp_report_print(&(struct st_rtp_report){
        .session = &run.session,
        .call_id = send->call.call_id ? send->call.call_id : "",
        .error = error,
        .exit_code = exit_code,
    });
    st_rtp_session_fini(&run.session);
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
