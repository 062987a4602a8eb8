/*
 * What `send --as rtp|srtp|siprec` is to send and what is to become of it on the way, from the
 * options that all of them have.
 */
#ifndef SIDETONE_CLI_RTP_PLAN_H
#define SIDETONE_CLI_RTP_PLAN_H

#include "options.h"

#include "sidetone/frame.h"
#include "sidetone/rtp_impair.h"
#include "sidetone/rtp_sender.h"
#include "sidetone/rtp_srtp.h"

enum {
    ST_RTP_PLAN_LEGS = 2, /* agent, customer */
    ST_RTP_PLAN_PLACE_MAX = 256,
    ST_RTP_PLAN_EVENT_TYPE = 101,
};

struct st_rtp_plan_hold {
    int64_t from_us, until_us;
};

struct st_rtp_plan {
    const char *verb;
    const char *given; /* the first of these options that was; NULL: none */
    struct st_rtp_format format;
    uint8_t payload_type;
    unsigned ptime_ms;
    struct st_rtp_impair_config network;
    double drift_ppm;   /* how much faster the customer's clock runs */
    const char *digits; /* NULL: none; the customer's */
    size_t digit_count;
    int64_t digits_us;
    struct st_rtp_plan_hold holds[ST_RTP_SENDER_HOLDS_MAX];
    unsigned hold_count;
    enum st_rtp_srtp_suite suite;
    bool has_suite;                          /* it was given */
    const char *transport;                   /* of the signalling: "TCP", "UDP" or "TLS" */
    const char *user;                        /* NULL: none */
    char *password;                          /* likewise; wiped in the end */
    const char *certificate_file, *key_file; /* NULL: none */
    const char *to;                          /* NULL: asked of the gateway */
    const char *sdp_path;                    /* NULL: not written */
};

extern const struct st_option st_rtp_plan_table[];

void st_rtp_plan_init(struct st_rtp_plan *plan, const char *verb);
void st_rtp_plan_fini(struct st_rtp_plan *plan);

/* What fits the options one by one may not fit together. 0, or -EINVAL after saying so. */
int st_rtp_plan_check(const struct st_rtp_plan *plan);

/* Of the samples that the codec takes. */
uint32_t st_rtp_plan_rate_hz(const struct st_rtp_plan *plan);

/* "HOST:PORT", "[IPv6]:PORT" or "-" of one leg of --to, into text that getaddrinfo takes. 0;
 * -ENOENT: not to be sent; -EINVAL. */
int st_rtp_plan_place(const struct st_rtp_plan *plan, unsigned leg,
                      char ret_host[ST_RTP_PLAN_PLACE_MAX], char ret_port[8]);

/* The agent's leg is the first one. */
static inline enum st_role st_rtp_plan_role(unsigned leg)
{
    return leg == 0 ? ST_ROLE_AGENT : ST_ROLE_CUSTOMER;
}

#endif
