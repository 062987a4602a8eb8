#include "sidetone/rtp_sender.h"

#include "sidetone/mem.h"
#include "sidetone/rtp_press.h"
#include "sidetone/rtp_rtcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_MAX = 48000 / 1000 * ST_RTP_SENDER_PTIME_MAX_MS };

struct press {
    char digit;
    int64_t at_us;
};

struct hold {
    int64_t from_us, until_us;
};

struct st_rtp_sender {
    struct st_rtp_sender_config config;
    struct st_rtp_encoder *encoder;
    uint32_t step_ticks;
    int64_t step_us;
    uint64_t steps; /* packet times gone by */
    size_t step_samples, held_samples;
    int16_t samples[SAMPLES_MAX];
    bool marks_next; /* a talkspurt begins */
    bool is_holding;
    struct press presses[ST_RTP_SENDER_PRESSES_MAX];
    unsigned press_count, next_press;
    struct hold holds[ST_RTP_SENDER_HOLDS_MAX];
    unsigned hold_count;
    struct st_rtp_press pressed;
    bool is_pressed;
    uint32_t press_timestamp;
    uint16_t sequence;
    struct st_rtp_sender_counts counts;
};

static bool is_length(const struct st_rtp_sender_config *config)
{
    unsigned ms = config->ptime_ms;
    bool is_opus = config->format.codec == ST_RTP_CODEC_OPUS;
    return ms >= 10 && ms <= ST_RTP_SENDER_PTIME_MAX_MS && ms % 10 == 0 &&
           !(is_opus && (ms == 30 || ms == 50));
}

int st_rtp_sender_create(struct st_rtp_sender **ret_sender,
                         const struct st_rtp_sender_config *config)
{
    struct st_rtp_encoder *encoder;
    if (!is_length(config))
        return -EINVAL;
    int err = st_rtp_encoder_create(&encoder, &config->format, config->expected_loss_pct);
    if (err)
        return err;
    struct st_rtp_sender *sender = st_mem_alloc(sizeof(*sender));
    sender->config = *config;
    sender->encoder = encoder;
    sender->step_ticks = config->format.clock_hz / 1000 * config->ptime_ms +
                         config->format.clock_hz % 1000 * config->ptime_ms / 1000;
    sender->step_us = (int64_t)config->ptime_ms * 1000;
    sender->step_samples = st_rtp_encoder_rate_hz(encoder) * config->ptime_ms / 1000;
    sender->sequence = config->sequence;
    sender->marks_next = true;
    *ret_sender = sender;
    return 0;
}

void st_rtp_sender_destroy(struct st_rtp_sender *sender)
{
    if (!sender)
        return;
    st_rtp_encoder_destroy(sender->encoder);
    free(sender);
}

uint32_t st_rtp_sender_rate_hz(const struct st_rtp_sender *sender)
{
    return st_rtp_encoder_rate_hz(sender->encoder);
}

int st_rtp_sender_press(struct st_rtp_sender *sender, const char *digits, int64_t at_us)
{
    struct st_rtp_press trial;
    size_t count = strlen(digits);
    if (sender->config.event_type == 0 || count == 0)
        return -EINVAL;
    for (size_t i = 0; i < count; i++)
        if (st_rtp_press_begin(&trial, digits[i], 1))
            return -EINVAL;
    if (count > ST_RTP_SENDER_PRESSES_MAX - sender->press_count)
        return -ENOBUFS;
    for (size_t i = 0; i < count; i++)
        sender->presses[sender->press_count++] =
            (struct press){digits[i], at_us + (int64_t)i * 2 * ST_RTP_SENDER_PRESS_US};
    return 0;
}

int st_rtp_sender_hold(struct st_rtp_sender *sender, int64_t from_us, int64_t until_us)
{
    if (until_us <= from_us)
        return -EINVAL;
    if (sender->hold_count == ST_RTP_SENDER_HOLDS_MAX)
        return -ENOBUFS;
    sender->holds[sender->hold_count++] = (struct hold){from_us, until_us};
    return 0;
}

/* ---- packets ---- */

static void emit(struct st_rtp_sender *sender, struct st_rtp_packet *packet, bool is_audio)
{
    uint8_t data[ST_RTP_SENDER_DATAGRAM_MAX];
    packet->ssrc = sender->config.ssrc;
    packet->sequence = sender->sequence++;
    ssize_t bytes = st_rtp_packet_write(packet, data, sizeof(data));
    if (bytes < 0)
        return;
    sender->counts.packets++;
    sender->counts.octets += packet->bytes;
    sender->counts.events += !is_audio;
    sender->counts.last_sequence = packet->sequence;
    const struct st_rtp_datagram datagram = {
        .data = data,
        .bytes = (size_t)bytes,
        .media_us = (int64_t)sender->steps * sender->step_us,
        .timestamp = packet->timestamp,
        .is_audio = is_audio,
    };
    sender->config.packet(sender->config.user, &datagram);
}

static uint32_t timestamp_now(const struct st_rtp_sender *sender)
{
    return sender->config.timestamp + (uint32_t)(sender->steps * sender->step_ticks);
}

static void emit_audio(struct st_rtp_sender *sender)
{
    uint8_t payload[ST_RTP_SENDER_DATAGRAM_MAX - ST_RTP_HEADER_BYTES];
    ssize_t bytes = st_rtp_encoder_encode(sender->encoder, sender->samples, sender->step_samples,
                                          payload, sizeof(payload));
    if (bytes <= 0)
        return;
    emit(sender,
         &(struct st_rtp_packet){.payload_type = sender->config.payload_type,
                                 .has_marker = sender->marks_next,
                                 .timestamp = timestamp_now(sender),
                                 .payload = payload,
                                 .bytes = (size_t)bytes},
         true);
    sender->marks_next = false;
}

static bool begin_press(struct st_rtp_sender *sender)
{
    const struct press *next = &sender->presses[sender->next_press];
    if (sender->next_press == sender->press_count ||
        next->at_us > (int64_t)sender->steps * sender->step_us)
        return false;
    uint32_t ticks =
        (uint32_t)((uint64_t)sender->config.format.clock_hz * ST_RTP_SENDER_PRESS_US / 1000000);
    sender->next_press++;
    sender->is_pressed = st_rtp_press_begin(&sender->pressed, next->digit, ticks) == 0;
    sender->press_timestamp = timestamp_now(sender);
    sender->counts.digits++;
    return sender->is_pressed;
}

static void emit_press(struct st_rtp_sender *sender)
{
    struct st_rtp_press_packet packet;
    do {
        if (!st_rtp_press_next(&sender->pressed, sender->step_ticks, &packet))
            break;
        emit(sender,
             &(struct st_rtp_packet){.payload_type = sender->config.event_type,
                                     .has_marker = packet.has_marker,
                                     .timestamp = sender->press_timestamp + packet.segment,
                                     .payload = packet.payload,
                                     .bytes = sizeof(packet.payload)},
             false);
    } while (st_rtp_press_is_ending(&sender->pressed));
    sender->is_pressed = sender->pressed.ends < ST_RTP_PRESS_ENDS;
    sender->marks_next = true;
}

static bool is_held(const struct st_rtp_sender *sender)
{
    int64_t now_us = (int64_t)sender->steps * sender->step_us;
    for (unsigned i = 0; i < sender->hold_count; i++)
        if (now_us >= sender->holds[i].from_us && now_us < sender->holds[i].until_us)
            return true;
    return false;
}

static void send_step(struct st_rtp_sender *sender)
{
    bool is_holding = is_held(sender);
    sender->counts.holds += is_holding && !sender->is_holding;
    sender->is_holding = is_holding;
    if (is_holding)
        sender->marks_next = true;
    else if (sender->is_pressed || begin_press(sender))
        emit_press(sender);
    else
        emit_audio(sender);
    sender->steps++;
}

void st_rtp_sender_put(struct st_rtp_sender *sender, const int16_t *samples, size_t count)
{
    while (count > 0) {
        size_t room = sender->step_samples - sender->held_samples;
        size_t taken = count < room ? count : room;
        memcpy(sender->samples + sender->held_samples, samples, taken * sizeof(*samples));
        sender->held_samples += taken;
        samples += taken;
        count -= taken;
        if (sender->held_samples == sender->step_samples) {
            sender->held_samples = 0;
            send_step(sender);
        }
    }
}

/* ---- reports ---- */

ssize_t st_rtp_sender_report(const struct st_rtp_sender *sender, int64_t media_us, int64_t unix_us,
                             bool is_last, void *out, size_t out_bytes)
{
    uint64_t ticks = (uint64_t)media_us / 1000000 * sender->config.format.clock_hz +
                     (uint64_t)media_us % 1000000 * sender->config.format.clock_hz / 1000000;
    const struct st_rtp_rtcp_sender said = {
        .ntp = st_rtp_rtcp_ntp(unix_us),
        .timestamp = sender->config.timestamp + (uint32_t)ticks,
        .packets = (uint32_t)sender->counts.packets,
        .octets = (uint32_t)sender->counts.octets,
    };
    const struct st_rtp_rtcp_report report = {
        .ssrc = sender->config.ssrc,
        .cname = sender->config.cname,
        .sender = &said,
        .is_last = is_last,
    };
    return st_rtp_rtcp_write(&report, out, out_bytes);
}

struct st_rtp_sender_counts st_rtp_sender_counts(const struct st_rtp_sender *sender)
{
    return sender->counts;
}
