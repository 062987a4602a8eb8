#include "digits.h"

enum {
    GONE_US = 200000,   /* without a packet; its end was lost */
    EARLY_US = 8192000, /* what one packet can say of a press beyond its own arrival */
    US_PER_S = 1000000,
};

/* As its sender says, within reason; `i`: its place among the recent ones. */
static int64_t duration_us(const struct digits *digits, unsigned i)
{
    const struct st_rtp_dtmf *dtmf = &digits->dtmf;
    if (dtmf->clock_hz == 0 || i >= dtmf->events)
        return 0;
    uint32_t ticks = dtmf->recent[i].end - dtmf->recent[i].timestamp;
    int64_t us = (int64_t)ticks * US_PER_S / dtmf->clock_hz;
    int64_t most_us = dtmf->recent[i].heard_us - digits->began_us + EARLY_US;
    return us < most_us ? us : most_us;
}

static void tell(struct digits *digits, unsigned i)
{
    struct st_rtp_digit digit = {digits->under_way, digits->position_us, duration_us(digits, i)};
    if (!digits->under_way)
        return;
    digits->under_way = 0;
    if (digits->told)
        digits->told(digits->user, &digit);
}

void digits_put(struct digits *digits, const struct st_rtp_packet *packet, uint32_t clock_hz,
                int64_t position_us, int64_t now_us)
{
    char keys[ST_RTP_DTMF_DIGITS_MAX];
    if (digits->dtmf.events > 0 && now_us < digits->dtmf.recent[0].heard_us)
        return;
    digits->dtmf.clock_hz = clock_hz;
    int count = st_rtp_dtmf_put(&digits->dtmf, packet, now_us, keys);
    for (int i = 0; i < count; i++) {
        tell(digits, (unsigned)(count - i)); /* the one before, which the new ones have moved on */
        digits->under_way = keys[i];
        digits->position_us = position_us;
        digits->began_us = now_us;
    }
    if (digits->under_way && digits->dtmf.recent[0].has_ended)
        tell(digits, 0);
}

void digits_tick(struct digits *digits, int64_t now_us)
{
    if (digits->under_way && now_us - digits->dtmf.recent[0].heard_us > GONE_US)
        tell(digits, 0);
}

void digits_flush(struct digits *digits)
{
    tell(digits, 0);
}
