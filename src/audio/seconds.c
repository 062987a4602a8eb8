#include "sidetone/seconds.h"

#include <math.h>
#include <string.h>

enum { SECOND_US = 1000000 };

void st_seconds_init(struct st_seconds *seconds)
{
    memset(seconds, 0, sizeof(*seconds));
}

bool st_seconds_flush(struct st_seconds *seconds, struct st_audio_second *ret_second)
{
    if (!seconds->has_frames)
        return false;
    if (seconds->power_us > 0)
        seconds->second.speech_db =
            (float)(10 * log10(seconds->speech_power / (double)seconds->power_us));
    else
        seconds->second.speech_us = 0; /* speech was waited for to go on, and did not */
    *ret_second = seconds->second;
    seconds->has_frames = false;
    return true;
}

static void begin(struct st_seconds *seconds, int64_t start_us)
{
    seconds->second = (struct st_audio_second){.start_us = start_us, .speech_db = -100};
    seconds->has_frames = true;
    seconds->speech_power = 0;
    seconds->power_us = 0;
}

/* The frames before it is sure that it is speech are added later: to the second in which it is. */
static void add(struct st_seconds *seconds, const struct st_level *level, int64_t frame_us)
{
    struct st_audio_second *second = &seconds->second;
    int64_t speech_us = second->speech_us + level->speech_us - seconds->speech_before_us;
    second->speech_us = (int32_t)(speech_us < SECOND_US ? speech_us : SECOND_US);
    second->tone_us += level->is_tone ? (int32_t)frame_us : 0;
    second->clipped += (uint32_t)(level->clipped - seconds->clipped_before);
    seconds->speech_before_us = level->speech_us;
    seconds->clipped_before = level->clipped;
    /* Not the pause in which speech is waited for to go on. */
    if (!level->is_speech || level->loud_frames == 0)
        return;
    seconds->speech_power += pow(10, (double)level->level_db / 10) * (double)frame_us;
    seconds->power_us += frame_us;
}

bool st_seconds_put(struct st_seconds *seconds, const struct st_level *level,
                    const struct st_frame *frame, struct st_audio_second *ret_second)
{
    if (frame->count == 0 || frame->rate_hz == 0)
        return false;
    int64_t start_us = frame->media_us / SECOND_US * SECOND_US;
    bool is_complete = seconds->has_frames && start_us != seconds->second.start_us &&
                       st_seconds_flush(seconds, ret_second);
    if (!seconds->has_frames)
        begin(seconds, start_us);
    add(seconds, level, (int64_t)frame->count * SECOND_US / frame->rate_hz);
    return is_complete;
}
