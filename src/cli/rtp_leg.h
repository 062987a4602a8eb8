/*
 * One stream of a call on the wire: packets, keys, a bad network by plan, RTCP both ways, and a
 * ledger of all of it. It never waits: the owner asks when something is due, and waits.
 */
#ifndef SIDETONE_CLI_RTP_LEG_H
#define SIDETONE_CLI_RTP_LEG_H

#include "rtp_plan.h"

#include "sidetone/rtp_offer.h"
#include "sidetone/rtp_rtcp.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct st_rtp_leg;

/* Where its packets go. */
struct st_rtp_target {
    struct sockaddr_storage rtp, rtcp;
    socklen_t bytes; /* of either */
    bool is_muxed;
};

struct st_rtp_ledger {
    enum st_role role;
    struct sockaddr_storage to;
    bool is_sent; /* otherwise it had no target, and all else is 0 */
    uint32_t ssrc;
    uint16_t first_sequence;
    struct st_rtp_sender_counts sender;
    struct st_rtp_impair_counts network;
    uint64_t refused;  /* datagrams that the system or nobody took */
    uint32_t reports;  /* sent */
    int64_t jitter_us; /* of RFC 3550, as it would be measured right here */
    int64_t late_us;   /* behind the plan, at worst */
    bool was_heard;    /* the receiver reported, and this is what it said last: */
    struct st_rtp_rtcp_block heard;
};

/* Binds a pair of ports on an address of the family (or, not NULL, on that of `local`). is_secure
 * makes a key. Negative errno. */
int st_rtp_leg_open(struct st_rtp_leg **ret_leg, const struct st_rtp_plan *plan, unsigned index,
                    bool is_secure, const struct sockaddr_storage *local);
void st_rtp_leg_close(struct st_rtp_leg *leg); /* NULL is fine */

uint16_t st_rtp_leg_port(const struct st_rtp_leg *leg);
void st_rtp_leg_address(const struct st_rtp_leg *leg, char *out, size_t out_bytes); /* numeric */
const struct st_rtp_srtp_crypto *st_rtp_leg_key(const struct st_rtp_leg *leg); /* NULL: plain */
uint32_t st_rtp_leg_rate_hz(const struct st_rtp_leg *leg);
/* As an m-line, with the leg's own port. */
struct st_rtp_offer_line st_rtp_leg_line(const struct st_rtp_leg *leg);

void st_rtp_leg_aim(struct st_rtp_leg *leg, const struct st_rtp_target *target);
/* What the receiver encrypts its reports with. -ENOTSUP. */
int st_rtp_leg_take_key(struct st_rtp_leg *leg, const struct st_rtp_srtp_crypto *key);

/* Media time 0 is now; a leg without a target swallows all. */
void st_rtp_leg_start(struct st_rtp_leg *leg, int64_t start_us, double speed);
int64_t st_rtp_leg_wall_us(const struct st_rtp_leg *leg, int64_t media_us);
void st_rtp_leg_put(struct st_rtp_leg *leg, const int16_t *samples, size_t count);
void st_rtp_leg_end(struct st_rtp_leg *leg); /* no more audio; what waits still goes out */
bool st_rtp_leg_is_full(const struct st_rtp_leg *leg);

int64_t st_rtp_leg_due_us(const struct st_rtp_leg *leg); /* INT64_MAX: nothing waits */
void st_rtp_leg_send_due(struct st_rtp_leg *leg, int64_t now_us);
void st_rtp_leg_say_bye(struct st_rtp_leg *leg);

/* RTP port and RTCP port. */
enum { ST_RTP_LEG_SOCKETS = 2 };
int st_rtp_leg_socket(const struct st_rtp_leg *leg, unsigned index);
void st_rtp_leg_receive(struct st_rtp_leg *leg, unsigned index);

struct st_rtp_ledger st_rtp_leg_ledger(const struct st_rtp_leg *leg);

#endif
