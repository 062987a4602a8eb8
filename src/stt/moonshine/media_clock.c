#include "media_clock.h"

#include "sidetone/frame.h"

#include <string.h>

void st_media_clock_init(struct st_media_clock *clock, uint32_t rate_hz)
{
    memset(clock, 0, sizeof(*clock));
    clock->rate_hz = rate_hz;
}

void st_media_clock_mark(struct st_media_clock *clock, int64_t sample, int64_t media_us)
{
    if (clock->count > 0) {
        int64_t off = media_us - st_media_clock_us(clock, sample);
        if (off > -ST_FRAME_US / 2 && off < ST_FRAME_US / 2)
            return;
    }
    if (clock->count == ST_MEDIA_CLOCK_ANCHORS) {
        memmove(clock->anchors, clock->anchors + 1, sizeof(clock->anchors[0]) * (clock->count - 1));
        clock->count--;
    }
    clock->anchors[clock->count++] = (struct st_media_anchor){sample, media_us};
}

int64_t st_media_clock_us(const struct st_media_clock *clock, int64_t sample)
{
    struct st_media_anchor anchor = clock->anchors[0];
    for (uint32_t i = 1; i < clock->count && clock->anchors[i].sample <= sample; i++)
        anchor = clock->anchors[i];
    return anchor.media_us + (sample - anchor.sample) * 1000000 / (int64_t)clock->rate_hz;
}
