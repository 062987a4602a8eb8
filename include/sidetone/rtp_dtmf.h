/*
 * Digits from telephone events (RFC 4733): each once, when it is first heard of, whatever the
 * sender does. An event comes in many packets, its end three times; packets are lost, doubled and
 * out of order; senders forget the marker, let the timestamp run, write durations that stand
 * still or shrink; relays alter the timestamp of the end. Pure.
 */
#ifndef SIDETONE_RTP_DTMF_H
#define SIDETONE_RTP_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_rtp_packet;

enum {
    ST_RTP_DTMF_REMEMBERED = 4,
    ST_RTP_DTMF_DIGITS_MAX = 4, /* from one packet */
};

struct st_rtp_dtmf {
    uint32_t clock_hz;
    unsigned events;
    struct {
        uint32_t ssrc;
        uint32_t timestamp; /* of its first packet */
        uint32_t end;       /* the latest timestamp that it is known to have lasted to */
        uint8_t event;
        bool has_ended;
        int64_t heard_us;
    } recent[ST_RTP_DTMF_REMEMBERED]; /* the latest first */
    uint64_t others;                  /* packets of events that are no digits */
    uint64_t broken;                  /* packets too short for one event */
};

void st_rtp_dtmf_init(struct st_rtp_dtmf *dtmf, uint32_t clock_hz);

/* The packet of a telephone-event payload type, in order of arrival. Writes the digits that are
 * new (0-9 * # A-D); returns how many, or -EBADMSG. */
int st_rtp_dtmf_put(struct st_rtp_dtmf *dtmf, const struct st_rtp_packet *packet, int64_t now_us,
                    char ret_digits[ST_RTP_DTMF_DIGITS_MAX]);

#endif
