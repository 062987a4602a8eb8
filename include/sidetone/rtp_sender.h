/*
 * One RTP stream as it is sent: audio in packets of equal length, keys as telephone events in its
 * place, silence where it is held, and RTCP sender reports. Pure: datagrams go out through
 * `packet`, with the media time at which they are due. For senders and tests.
 */
#ifndef SIDETONE_RTP_SENDER_H
#define SIDETONE_RTP_SENDER_H

#include "sidetone/rtp_encoder.h"

enum {
    ST_RTP_SENDER_PRESSES_MAX = 64,
    ST_RTP_SENDER_HOLDS_MAX = 8,
    ST_RTP_SENDER_PTIME_MAX_MS = 60,
    ST_RTP_SENDER_DATAGRAM_MAX = 4096, /* with what SRTP adds */
    ST_RTP_SENDER_PRESS_US = 100000,   /* how long a key is pressed, and the pause after it */
};

struct st_rtp_datagram {
    uint8_t *data; /* borrowed for the call; may be changed, and grow to the maximum */
    size_t bytes;
    int64_t media_us; /* of its first sample: when it is due */
    uint32_t timestamp;
    bool is_audio;
};

struct st_rtp_sender_config {
    uint32_t ssrc;
    uint16_t sequence; /* of the first packet */
    uint32_t timestamp;
    struct st_rtp_format format;
    uint8_t payload_type;
    uint8_t event_type; /* 0: no telephone events */
    unsigned ptime_ms;  /* 10-60 in tens; of Opus not 30 or 50 */
    unsigned expected_loss_pct;
    const char *cname;
    void (*packet)(void *user, const struct st_rtp_datagram *datagram);
    void *user;
};

struct st_rtp_sender_counts {
    uint64_t packets;
    uint64_t octets; /* of payload */
    uint64_t events; /* packets of them */
    uint32_t digits;
    uint32_t holds;
    uint16_t last_sequence;
};

struct st_rtp_sender;

/* -EINVAL for a packet length that the codec has not; -ENOTSUP for a format without audio. */
int st_rtp_sender_create(struct st_rtp_sender **ret_sender,
                         const struct st_rtp_sender_config *config);
void st_rtp_sender_destroy(struct st_rtp_sender *sender); /* NULL is fine */

uint32_t st_rtp_sender_rate_hz(const struct st_rtp_sender *sender); /* of the samples */

/* Keys to press one after the other from a media time on. -EINVAL: not a key, or a stream without
 * events; -ENOBUFS: too many. */
int st_rtp_sender_press(struct st_rtp_sender *sender, const char *digits, int64_t at_us);
/* Nothing is sent in that time; the timestamps go on. -ENOBUFS; -EINVAL: ends before it begins. */
int st_rtp_sender_hold(struct st_rtp_sender *sender, int64_t from_us, int64_t until_us);

void st_rtp_sender_put(struct st_rtp_sender *sender, const int16_t *samples, size_t count);

/* SR and SDES as of a media time, which is this time of the wall clock; with BYE at the end.
 * Bytes; -ENOBUFS. */
ssize_t st_rtp_sender_report(const struct st_rtp_sender *sender, int64_t media_us, int64_t unix_us,
                             bool is_last, void *out, size_t out_bytes);

struct st_rtp_sender_counts st_rtp_sender_counts(const struct st_rtp_sender *sender);

#endif
