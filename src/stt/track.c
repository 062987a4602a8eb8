#include "track.h"

#include <string.h>

enum { SECOND_US = 1000000 };

void st_track_init(struct st_track *track, unsigned channel, uint32_t rate_hz, int64_t ring_us)
{
    *track = (struct st_track){.channel = channel};
    st_ring_init(&track->ring, rate_hz, ring_us);
}

void st_track_fini(struct st_track *track)
{
    st_ring_fini(&track->ring);
    st_splice_fini(&track->splice);
}

int64_t st_track_us(const struct st_track *track, int64_t samples)
{
    return samples * SECOND_US / track->ring.rate_hz;
}

int64_t st_track_samples(const struct st_track *track, int64_t us)
{
    return us * track->ring.rate_hz / SECOND_US;
}

bool st_track_has_audio(const struct st_track *track)
{
    return track->ring.next > 0;
}

bool st_track_is_covered(const struct st_track *track)
{
    return track->ring.next - track->covered < st_track_samples(track, ST_FRAME_US);
}

int64_t st_track_index(const struct st_track *track, int64_t media_us)
{
    int64_t since_us = media_us - track->ring.base_us;
    int64_t rate_hz = track->ring.rate_hz;
    if (since_us >= 0)
        return st_ring_index(&track->ring, media_us);
    if (since_us < INT64_MIN / rate_hz)
        return INT64_MIN;
    return -((-since_us * rate_hz + SECOND_US - 1) / SECOND_US);
}

int64_t st_track_media_us(const struct st_track *track, int64_t index)
{
    return st_ring_media_us(&track->ring, index);
}

bool st_track_cover(struct st_track *track, int64_t media_us)
{
    int64_t index = st_ring_index(&track->ring, media_us);
    index -= index % st_track_samples(track, ST_FRAME_US);
    if (index > track->sent)
        index = track->sent;
    if (index > track->ring.next)
        index = track->ring.next;
    if (index <= track->covered)
        return false;
    track->covered = index;
    st_ring_drop(&track->ring, index);
    return true;
}

const int16_t *st_track_read(struct st_track *track, uint32_t count, int16_t *copy)
{
    const int16_t *samples;
    int64_t begin = track->sent > track->from ? track->sent : track->from;
    int64_t end = track->sent + count < track->ring.next ? track->sent + count : track->ring.next;
    if (begin == track->sent && begin < end && st_ring_peek(&track->ring, begin, &samples) >= count)
        return samples;
    if (begin > track->sent || end < track->sent + count)
        memset(copy, 0, count * sizeof(copy[0]));
    if (begin < end)
        st_ring_read(&track->ring, begin, copy + (begin - track->sent), (size_t)(end - begin));
    return copy;
}
