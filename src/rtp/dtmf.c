#include "sidetone/rtp_dtmf.h"

#include "sidetone/reader.h"
#include "sidetone/rtp_packet.h"

#include <errno.h>
#include <string.h>

enum {
    EVENT_BYTES = 4,
    END_BIT = 0x80,
    PAUSE_MIN_MS = 40,     /* between two presses of one key, by ITU-T Q.24 */
    SAME_PRESS_US = 60000, /* packets closer than this are of one press */
    END_ECHO_US = 200000,  /* an end of the same key is the one that was heard already */
    AGAIN_US = 1000000,    /* after its end: senders exist whose timestamp never changes */
};

static const char digits[] = "0123456789*#ABCD";

struct event {
    uint32_t ssrc;
    uint32_t timestamp;
    uint8_t code;
    bool is_end;
    uint16_t duration;
    int64_t now_us;
};

void st_rtp_dtmf_init(struct st_rtp_dtmf *dtmf, uint32_t clock_hz)
{
    *dtmf = (struct st_rtp_dtmf){.clock_hz = clock_hz};
}

static bool is_of(const struct st_rtp_dtmf *dtmf, unsigned i, const struct event *event)
{
    return dtmf->recent[i].event == event->code && dtmf->recent[i].ssrc == event->ssrc;
}

static bool is_long_over(const struct st_rtp_dtmf *dtmf, unsigned i, const struct event *event)
{
    return dtmf->recent[i].has_ended && event->now_us - dtmf->recent[i].heard_us > AGAIN_US;
}

/* The timestamp names the press; a packet of one before the last may be late. */
static int find_press(const struct st_rtp_dtmf *dtmf, const struct event *event)
{
    for (unsigned i = 0; i < dtmf->events; i++)
        if (is_of(dtmf, i, event) && dtmf->recent[i].timestamp == event->timestamp)
            return is_long_over(dtmf, i, event) ? -1 : (int)i;
    return -1;
}

/* Another timestamp, and still the press before: its end altered by a relay, a clock that runs on
 * within the event, or an event too long for one duration. */
static bool goes_on(const struct st_rtp_dtmf *dtmf, const struct event *event)
{
    if (dtmf->events == 0 || !is_of(dtmf, 0, event))
        return false;
    int64_t since_us = event->now_us - dtmf->recent[0].heard_us;
    int32_t pause = (int32_t)(event->timestamp - dtmf->recent[0].end);
    bool has_paused = pause >= (int32_t)(dtmf->clock_hz / 1000 * PAUSE_MIN_MS);
    if (event->is_end && since_us < SAME_PRESS_US)
        return true;
    if (event->is_end)
        return !has_paused && since_us < END_ECHO_US;
    return !has_paused && !dtmf->recent[0].has_ended && since_us < SAME_PRESS_US;
}

static void follow(struct st_rtp_dtmf *dtmf, unsigned i, const struct event *event)
{
    uint32_t end = event->timestamp + event->duration;
    if ((int32_t)(end - dtmf->recent[i].end) > 0)
        dtmf->recent[i].end = end;
    dtmf->recent[i].has_ended |= event->is_end;
    dtmf->recent[i].heard_us = event->now_us;
}

static void remember(struct st_rtp_dtmf *dtmf, const struct event *event)
{
    unsigned kept = dtmf->events < ST_RTP_DTMF_REMEMBERED ? dtmf->events : dtmf->events - 1;
    memmove(dtmf->recent + 1, dtmf->recent, kept * sizeof(*dtmf->recent));
    dtmf->events = kept + 1;
    dtmf->recent[0].ssrc = event->ssrc;
    dtmf->recent[0].timestamp = event->timestamp;
    dtmf->recent[0].end = event->timestamp + event->duration;
    dtmf->recent[0].event = event->code;
    dtmf->recent[0].has_ended = event->is_end;
    dtmf->recent[0].heard_us = event->now_us;
}

static bool is_new_press(struct st_rtp_dtmf *dtmf, const struct event *event)
{
    int known = find_press(dtmf, event);
    if (known < 0 && goes_on(dtmf, event))
        known = 0;
    if (known >= 0) {
        follow(dtmf, (unsigned)known, event);
        return false;
    }
    remember(dtmf, event);
    return true;
}

/* A payload may hold several events; each follows when the one before it ends. */
int st_rtp_dtmf_put(struct st_rtp_dtmf *dtmf, const struct st_rtp_packet *packet, int64_t now_us,
                    char ret_digits[ST_RTP_DTMF_DIGITS_MAX])
{
    struct event event = {.ssrc = packet->ssrc, .timestamp = packet->timestamp, .now_us = now_us};
    struct st_reader reader;
    int count = 0;
    st_reader_init(&reader, packet->payload, packet->bytes);
    if (packet->bytes < EVENT_BYTES) {
        dtmf->broken++;
        return -EBADMSG;
    }
    for (int i = 0; i < ST_RTP_DTMF_DIGITS_MAX && st_reader_left(&reader) >= EVENT_BYTES; i++) {
        event.code = st_reader_u8(&reader);
        event.is_end = (st_reader_u8(&reader) & END_BIT) != 0;
        event.duration = st_reader_u16be(&reader);
        if (event.code >= sizeof(digits) - 1)
            dtmf->others++;
        else if (is_new_press(dtmf, &event))
            ret_digits[count++] = digits[event.code];
        event.timestamp += event.duration;
    }
    return count;
}
