#include "sidetone/rtp_press.h"

#include "wire.h"

#include <errno.h>
#include <string.h>

enum { END_BIT = 0x80, VOLUME_DB = 10, DURATION_MAX = 65535 };

static const char digits[] = "0123456789*#ABCD";

int st_rtp_press_begin(struct st_rtp_press *press, char digit, uint32_t ticks)
{
    const char *at = digit ? strchr(digits, digit) : NULL;
    if (!at || ticks == 0)
        return -EINVAL;
    *press = (struct st_rtp_press){.code = (uint8_t)(at - digits), .all = ticks};
    return 0;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

bool st_rtp_press_is_ending(const struct st_rtp_press *press)
{
    return press->done == press->all && press->ends < ST_RTP_PRESS_ENDS;
}

bool st_rtp_press_next(struct st_rtp_press *press, uint32_t step,
                       struct st_rtp_press_packet *ret_packet)
{
    bool is_first = press->done == 0;
    if (press->ends == ST_RTP_PRESS_ENDS)
        return false;
    if (press->done - press->segment == DURATION_MAX)
        press->segment = press->done;
    uint32_t room = least(press->all - press->done, DURATION_MAX - (press->done - press->segment));
    press->done += least(step, room);
    bool is_end = press->done == press->all;
    press->ends += is_end;
    *ret_packet = (struct st_rtp_press_packet){.has_marker = is_first, .segment = press->segment};
    uint8_t *at = wire_put_u8(ret_packet->payload, press->code);
    at = wire_put_u8(at, VOLUME_DB | (is_end ? END_BIT : 0));
    wire_put_u16(at, press->done - press->segment);
    return true;
}
