#include "rtp_leg.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    BIND_ATTEMPTS = 64,
    FIRST_REPORT_US = 500000,
    REPORT_US = 5000000,
    FRAME_PACKETS_MAX = 8, /* of 20 ms: two, or one and the ends of a press */
    RTP = 0,
    RTCP = 1,
};

struct st_rtp_leg {
    const struct st_rtp_plan *plan;
    unsigned index;
    int sockets[ST_RTP_LEG_SOCKETS];
    uint16_t port;
    bool is_secure, is_aimed, has_ended;
    struct st_rtp_srtp_crypto key;
    struct st_rtp_srtp *outbound, *inbound; /* NULL: plain */
    struct st_rtp_target target;
    struct st_rtp_sender *sender;
    struct st_rtp_impair *impair;
    int64_t start_us, report_us;
    double speed; /* of its clock against ours */
    char cname[32];
    /* jitter of RFC 3550 */
    bool has_transit;
    double transit, jitter;
    struct st_rtp_ledger ledger;
};

/* ---- ports ---- */

static void set_port(struct sockaddr_storage *address, uint16_t port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons(port);
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                                : ((const struct sockaddr_in *)address)->sin_port);
}

static int bind_one(const struct sockaddr_storage *local, uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_storage address = *local;
    socklen_t bytes =
        address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    set_port(&address, port);
    if (bind(fd, (struct sockaddr *)&address, bytes) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &bytes) < 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    *ret_port = port_of(&address);
    return fd;
}

/* An even port and the one behind it. */
static int bind_pair(struct st_rtp_leg *leg, const struct sockaddr_storage *local)
{
    int err = -EADDRINUSE;
    for (unsigned i = 0; i < BIND_ATTEMPTS; i++) {
        uint16_t port, next;
        int rtp = bind_one(local, 0, &port);
        if (rtp < 0)
            return rtp;
        int rtcp = port % 2 == 0 ? bind_one(local, (uint16_t)(port + 1), &next) : -EADDRINUSE;
        if (rtcp >= 0) {
            leg->sockets[RTP] = rtp;
            leg->sockets[RTCP] = rtcp;
            leg->port = port;
            return 0;
        }
        err = rtcp;
        close(rtp);
    }
    return err;
}

/* ---- opening ---- */

static int make_key(struct st_rtp_leg *leg)
{
    leg->key = (struct st_rtp_srtp_crypto){.tag = 1, .suite = leg->plan->suite};
    size_t bytes = st_rtp_srtp_key_bytes(leg->key.suite);
    if (getrandom(leg->key.key, bytes, 0) != (ssize_t)bytes)
        return -EIO;
    return st_rtp_srtp_create(&leg->outbound, &leg->key, false);
}

/* It leaves when the last of its samples would have been recorded. */
static void on_packet(void *user, const struct st_rtp_datagram *datagram)
{
    struct st_rtp_leg *leg = user;
    size_t bytes = datagram->bytes;
    int64_t done_us = datagram->media_us + (int64_t)leg->plan->ptime_ms * 1000;
    if (!leg->is_aimed)
        return;
    if (leg->outbound &&
        st_rtp_srtp_protect(leg->outbound, datagram->data, &bytes, ST_RTP_SENDER_DATAGRAM_MAX) < 0)
        return;
    st_rtp_impair_put(leg->impair, datagram->data, bytes, st_rtp_leg_wall_us(leg, done_us));
}

static int open_sender(struct st_rtp_leg *leg)
{
    const struct st_rtp_plan *plan = leg->plan;
    struct {
        uint32_t ssrc, timestamp;
        uint16_t sequence;
    } random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return -EIO;
    leg->ledger.ssrc = random.ssrc;
    leg->ledger.first_sequence = random.sequence;
    snprintf(leg->cname, sizeof(leg->cname), "%s@sidetone",
             st_role_name(st_rtp_plan_role(leg->index)));
    return st_rtp_sender_create(&leg->sender,
                                &(struct st_rtp_sender_config){
                                    .ssrc = random.ssrc,
                                    .sequence = random.sequence,
                                    .timestamp = random.timestamp,
                                    .format = plan->format,
                                    .payload_type = plan->payload_type,
                                    .event_type = ST_RTP_PLAN_EVENT_TYPE,
                                    .ptime_ms = plan->ptime_ms,
                                    .expected_loss_pct = (unsigned)plan->network.loss_pct,
                                    .cname = leg->cname,
                                    .packet = on_packet,
                                    .user = leg,
                                });
}

static int schedule(struct st_rtp_leg *leg)
{
    const struct st_rtp_plan *plan = leg->plan;
    char digits[ST_RTP_SENDER_PRESSES_MAX + 1];
    int err = 0;
    for (unsigned i = 0; i < plan->hold_count && !err; i++)
        err = st_rtp_sender_hold(leg->sender, plan->holds[i].from_us, plan->holds[i].until_us);
    if (err || !plan->digits || st_rtp_plan_role(leg->index) != ST_ROLE_CUSTOMER)
        return err;
    snprintf(digits, sizeof(digits), "%.*s", (int)plan->digit_count, plan->digits);
    return st_rtp_sender_press(leg->sender, digits, plan->digits_us);
}

int st_rtp_leg_open(struct st_rtp_leg **ret_leg, const struct st_rtp_plan *plan, unsigned index,
                    bool is_secure, const struct sockaddr_storage *local)
{
    struct st_rtp_leg *leg = st_mem_alloc(sizeof(*leg));
    struct st_rtp_impair_config network = plan->network;
    leg->plan = plan;
    leg->index = index;
    leg->is_secure = is_secure;
    leg->ledger.role = st_rtp_plan_role(index);
    leg->sockets[RTP] = leg->sockets[RTCP] = -1;
    /* Each leg has its own harm. */
    network.seed = network.seed * ST_RTP_PLAN_LEGS + index;
    int err = bind_pair(leg, local);
    err = err ? err : is_secure ? make_key(leg) : 0;
    err = err ? err : open_sender(leg);
    err = err ? err : schedule(leg);
    err = err ? err : st_rtp_impair_create(&leg->impair, &network);
    if (err) {
        st_rtp_leg_close(leg);
        return err;
    }
    *ret_leg = leg;
    return 0;
}

void st_rtp_leg_close(struct st_rtp_leg *leg)
{
    if (!leg)
        return;
    for (unsigned i = 0; i < ST_RTP_LEG_SOCKETS; i++)
        if (leg->sockets[i] >= 0)
            close(leg->sockets[i]);
    st_rtp_srtp_destroy(leg->outbound);
    st_rtp_srtp_destroy(leg->inbound);
    st_rtp_sender_destroy(leg->sender);
    st_rtp_impair_destroy(leg->impair);
    explicit_bzero(&leg->key, sizeof(leg->key));
    free(leg);
}

uint16_t st_rtp_leg_port(const struct st_rtp_leg *leg)
{
    return leg->port;
}

void st_rtp_leg_address(const struct st_rtp_leg *leg, char *out, size_t out_bytes)
{
    struct sockaddr_storage local;
    socklen_t bytes = sizeof(local);
    out[0] = '\0';
    if (getsockname(leg->sockets[RTP], (struct sockaddr *)&local, &bytes) == 0)
        getnameinfo((struct sockaddr *)&local, bytes, out, (socklen_t)out_bytes, NULL, 0,
                    NI_NUMERICHOST);
}

const struct st_rtp_srtp_crypto *st_rtp_leg_key(const struct st_rtp_leg *leg)
{
    return leg->is_secure ? &leg->key : NULL;
}

uint32_t st_rtp_leg_rate_hz(const struct st_rtp_leg *leg)
{
    return st_rtp_sender_rate_hz(leg->sender);
}

struct st_rtp_offer_line st_rtp_leg_line(const struct st_rtp_leg *leg)
{
    return (struct st_rtp_offer_line){
        .port = leg->port,
        .payload_type = leg->plan->payload_type,
        .format = leg->plan->format,
        .event_type = ST_RTP_PLAN_EVENT_TYPE,
        .ptime_ms = leg->plan->ptime_ms,
        .crypto = st_rtp_leg_key(leg),
    };
}

void st_rtp_leg_aim(struct st_rtp_leg *leg, const struct st_rtp_target *target)
{
    leg->target = *target;
    leg->is_aimed = leg->ledger.is_sent = true;
    leg->ledger.to = target->rtp;
}

int st_rtp_leg_take_key(struct st_rtp_leg *leg, const struct st_rtp_srtp_crypto *key)
{
    if (leg->inbound)
        return st_rtp_srtp_rekey(leg->inbound, key, st_loop_now_us());
    return st_rtp_srtp_create(&leg->inbound, key, true);
}

/* ---- sending ---- */

void st_rtp_leg_start(struct st_rtp_leg *leg, int64_t start_us, double speed)
{
    double drift = leg->ledger.role == ST_ROLE_CUSTOMER ? leg->plan->drift_ppm / 1e6 : 0;
    leg->start_us = start_us;
    leg->speed = speed * (1 + drift);
    leg->report_us = start_us + FIRST_REPORT_US;
}

int64_t st_rtp_leg_wall_us(const struct st_rtp_leg *leg, int64_t media_us)
{
    return leg->start_us + (int64_t)((double)media_us / leg->speed);
}

static int64_t media_us_at(const struct st_rtp_leg *leg, int64_t now_us)
{
    return (int64_t)((double)(now_us - leg->start_us) * leg->speed);
}

void st_rtp_leg_put(struct st_rtp_leg *leg, const int16_t *samples, size_t count)
{
    st_rtp_sender_put(leg->sender, samples, count);
}

void st_rtp_leg_end(struct st_rtp_leg *leg)
{
    leg->has_ended = true;
    st_rtp_impair_end(leg->impair);
}

bool st_rtp_leg_is_full(const struct st_rtp_leg *leg)
{
    return st_rtp_impair_room(leg->impair) < FRAME_PACKETS_MAX;
}

static void send_to(struct st_rtp_leg *leg, int fd, const struct sockaddr_storage *to,
                    const void *data, size_t bytes)
{
    ssize_t sent =
        sendto(fd, data, bytes, MSG_NOSIGNAL, (const struct sockaddr *)to, leg->target.bytes);
    leg->ledger.refused += sent != (ssize_t)bytes;
}

static void send_report(struct st_rtp_leg *leg, int64_t now_us, bool is_last)
{
    uint8_t data[512];
    if (!leg->is_aimed)
        return;
    ssize_t bytes =
        st_rtp_sender_report(leg->sender, media_us_at(leg, now_us), st_loop_wall_unix_ms() * 1000,
                             is_last, data, sizeof(data));
    size_t all = bytes > 0 ? (size_t)bytes : 0;
    if (all == 0 ||
        (leg->outbound && st_rtp_srtp_protect_rtcp(leg->outbound, data, &all, sizeof(data)) < 0))
        return;
    int fd = leg->sockets[leg->target.is_muxed ? RTP : RTCP];
    send_to(leg, fd, leg->target.is_muxed ? &leg->target.rtp : &leg->target.rtcp, data, all);
    leg->ledger.reports++;
}

static void note_jitter(struct st_rtp_leg *leg, const struct st_rtp_packet *packet, int64_t now_us)
{
    double clock = leg->plan->format.clock_hz;
    double now_ticks = (double)(now_us - leg->start_us) * clock / 1e6;
    if (packet->payload_type != leg->plan->payload_type)
        return;
    uint32_t arrival = (uint32_t)(int64_t)now_ticks;
    double transit = (double)(int32_t)(arrival - packet->timestamp);
    double change = leg->has_transit ? transit - leg->transit : 0;
    leg->jitter += ((change < 0 ? -change : change) - leg->jitter) / 16;
    leg->ledger.jitter_us = (int64_t)(leg->jitter * 1e6 / clock);
    leg->transit = transit;
    leg->has_transit = true;
}

static void send_packet(struct st_rtp_leg *leg, const struct st_rtp_impaired *datagram,
                        int64_t due_us)
{
    struct st_rtp_packet packet;
    int64_t now_us = st_loop_now_us();
    send_to(leg, leg->sockets[RTP], &leg->target.rtp, datagram->data, datagram->bytes);
    if (now_us - due_us > leg->ledger.late_us)
        leg->ledger.late_us = now_us - due_us;
    if (datagram->is_copy || st_rtp_packet_parse(&packet, datagram->data, datagram->bytes) < 0)
        return;
    note_jitter(leg, &packet, now_us);
}

int64_t st_rtp_leg_due_us(const struct st_rtp_leg *leg)
{
    int64_t due_us = st_rtp_impair_due_us(leg->impair);
    bool has_report = leg->is_aimed && !leg->has_ended;
    return has_report && leg->report_us < due_us ? leg->report_us : due_us;
}

void st_rtp_leg_send_due(struct st_rtp_leg *leg, int64_t now_us)
{
    struct st_rtp_impaired datagram;
    for (;;) {
        int64_t due_us = st_rtp_impair_due_us(leg->impair);
        if (!st_rtp_impair_take(leg->impair, now_us, &datagram))
            break;
        send_packet(leg, &datagram, due_us);
    }
    if (!leg->has_ended && now_us >= leg->report_us) {
        send_report(leg, now_us, false);
        leg->report_us += REPORT_US;
    }
}

void st_rtp_leg_say_bye(struct st_rtp_leg *leg)
{
    send_report(leg, st_loop_now_us(), true);
}

/* ---- what the receiver says ---- */

int st_rtp_leg_socket(const struct st_rtp_leg *leg, unsigned index)
{
    return leg->sockets[index];
}

static void hear(struct st_rtp_leg *leg, const void *data, size_t bytes)
{
    struct st_rtp_rtcp_walk walk;
    struct st_rtp_rtcp_packet packet;
    if (st_rtp_rtcp_open(&walk, data, bytes) < 0)
        return;
    while (st_rtp_rtcp_next(&walk, &packet)) {
        bool has_blocks = packet.type == ST_RTP_RTCP_SR || packet.type == ST_RTP_RTCP_RR;
        for (unsigned i = 0; has_blocks && i < packet.count; i++) {
            struct st_rtp_rtcp_block block = st_rtp_rtcp_block(&packet, i);
            if (block.ssrc != leg->ledger.ssrc)
                continue;
            leg->ledger.heard = block;
            leg->ledger.was_heard = true;
        }
    }
}

void st_rtp_leg_receive(struct st_rtp_leg *leg, unsigned index)
{
    _Alignas(8) uint8_t data[ST_RTP_SRTP_DATAGRAM_MAX];
    for (;;) {
        ssize_t got = recv(leg->sockets[index], data, sizeof(data), MSG_DONTWAIT);
        if (got <= 0)
            break;
        size_t bytes = (size_t)got;
        bool is_plain = !leg->is_secure ||
                        (leg->inbound && st_rtp_srtp_unprotect_rtcp(leg->inbound, data, &bytes,
                                                                    st_loop_now_us()) == 0);
        if (is_plain && st_rtp_packet_is_rtcp(data, bytes))
            hear(leg, data, bytes);
    }
}

struct st_rtp_ledger st_rtp_leg_ledger(const struct st_rtp_leg *leg)
{
    struct st_rtp_ledger ledger = leg->ledger;
    ledger.sender = st_rtp_sender_counts(leg->sender);
    ledger.network = st_rtp_impair_counts(leg->impair);
    return ledger;
}
