/*
 * The media clock of one channel.
 *
 * Each piece of audio names where it belongs (or follows what came before). The timeline answers
 * how much exact silence is missing before it and how much of its head was already heard. The
 * clock never stops and never runs backwards. Pure arithmetic; it holds no audio.
 */
#ifndef SIDETONE_TIMELINE_H
#define SIDETONE_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

enum { ST_TIMELINE_APPEND = -1 };

struct st_timeline {
    uint32_t rate_hz;
    int64_t next_sample; /* of the channel since the call began */
    int64_t jump_max_samples;
    uint64_t silence_samples; /* inserted so far */
    uint64_t dropped_samples; /* overlaps so far */
    uint64_t resets;          /* jumps too large to be gaps: joined on instead */
    int64_t offset_samples;   /* our clock less the sender's, changed by jumps */
};

struct st_timeline_plan {
    uint64_t silence; /* samples of zeros to insert first */
    uint64_t skip;    /* samples to drop from the head of the new audio */
    int64_t media_us; /* of the first sample that comes out, silence included */
};

/* jump_max_us 0: 10 minutes. start_us: media time at which this channel begins. */
void st_timeline_init(struct st_timeline *timeline, uint32_t rate_hz, int64_t start_us,
                      int64_t jump_max_us);

/* `position_us`: media time of the first of `count` samples, or ST_TIMELINE_APPEND. A position
 * within half a sample-tick of the clock (and 1 ms, since platforms round) counts as exact.
 * A jump longer than the jump limit, forwards or backwards, is neither filled nor dropped: the
 * audio is joined on and counted, and later positions are read relative to it. */
struct st_timeline_plan st_timeline_put(struct st_timeline *timeline, int64_t position_us,
                                        uint64_t count);

int64_t st_timeline_media_us(const struct st_timeline *timeline);

#endif
