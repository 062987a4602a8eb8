#include "segmenter.h"

#include <string.h>

static const float speech_above = 0.5F, silence_below = 0.35F;
enum {
    OPEN_FRAMES = 3,
    DIP_FRAMES = 3,
    BEFORE_MS = 300,
    HANG_MS = 700,
    AFTER_MS = 300,
    SOFT_MAX_MS = 10000,
    HARD_MAX_MS = 15000,
    PARTIAL_MIN_MS = 1000,
    PARTIAL_SPEECH_MS = 200,
    PARTIAL_GROWTH_PCT = 35,
};

static int64_t samples(const struct st_segmenter *segmenter, int64_t ms)
{
    return ms * segmenter->rate_hz / 1000;
}

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void st_segmenter_init(struct st_segmenter *segmenter, uint32_t rate_hz, uint32_t frame_samples)
{
    memset(segmenter, 0, sizeof(*segmenter));
    segmenter->rate_hz = (int32_t)rate_hz;
    segmenter->frame_samples = (int32_t)frame_samples;
}

static enum st_segmenter_state wait_for_speech(struct st_segmenter *segmenter, float probability)
{
    segmenter->run = probability >= speech_above ? segmenter->run + segmenter->frame_samples : 0;
    if (segmenter->run < OPEN_FRAMES * (int64_t)segmenter->frame_samples)
        return ST_SEGMENTER_QUIET;
    int64_t speech_start = segmenter->position - segmenter->run;
    segmenter->utterance = (struct st_utterance){
        .start = max_of(speech_start - samples(segmenter, BEFORE_MS), segmenter->last_end),
        .speech_start = speech_start,
        .end = segmenter->position,
        .speech_end = segmenter->position,
    };
    segmenter->is_open = true;
    segmenter->still = 0;
    segmenter->partial_at = segmenter->position;
    segmenter->partial_speech = 0;
    return ST_SEGMENTER_OPENED;
}

static void close_at(struct st_segmenter *segmenter, int64_t end)
{
    segmenter->utterance.end = end;
    segmenter->last_end = end;
    segmenter->is_open = false;
    segmenter->run = 0;
}

static bool is_too_long(const struct st_segmenter *segmenter)
{
    int64_t length = segmenter->position - segmenter->utterance.start;
    bool is_dip = segmenter->still >= DIP_FRAMES * (int64_t)segmenter->frame_samples;
    return (is_dip && length > samples(segmenter, SOFT_MAX_MS)) ||
           length > samples(segmenter, HARD_MAX_MS);
}

static enum st_segmenter_state follow_speech(struct st_segmenter *segmenter, float probability)
{
    if (probability >= speech_above)
        segmenter->partial_speech += segmenter->frame_samples;
    segmenter->still =
        probability < silence_below ? segmenter->still + segmenter->frame_samples : 0;
    segmenter->utterance.end = segmenter->position;
    segmenter->utterance.speech_end = segmenter->position - segmenter->still;
    if (segmenter->still >= samples(segmenter, HANG_MS))
        close_at(segmenter, segmenter->utterance.speech_end + samples(segmenter, AFTER_MS));
    else if (is_too_long(segmenter))
        close_at(segmenter, segmenter->position);
    return segmenter->is_open ? ST_SEGMENTER_SPEAKING : ST_SEGMENTER_CLOSED;
}

enum st_segmenter_state st_segmenter_put(struct st_segmenter *segmenter, float probability,
                                         struct st_utterance *ret_utterance)
{
    segmenter->position += segmenter->frame_samples;
    enum st_segmenter_state state = segmenter->is_open ? follow_speech(segmenter, probability)
                                                       : wait_for_speech(segmenter, probability);
    if (state != ST_SEGMENTER_QUIET)
        *ret_utterance = segmenter->utterance;
    return state;
}

bool st_segmenter_is_partial_due(struct st_segmenter *segmenter)
{
    if (!segmenter->is_open)
        return false;
    int64_t length = segmenter->position - segmenter->utterance.start;
    int64_t growth = max_of(samples(segmenter, PARTIAL_MIN_MS), length * PARTIAL_GROWTH_PCT / 100);
    if (segmenter->position - segmenter->partial_at < growth)
        return false;
    bool is_due = segmenter->partial_speech >= samples(segmenter, PARTIAL_SPEECH_MS);
    segmenter->partial_at = segmenter->position;
    segmenter->partial_speech = 0;
    return is_due;
}

int64_t st_segmenter_keep_from(const struct st_segmenter *segmenter)
{
    if (segmenter->is_open)
        return segmenter->utterance.start;
    return max_of(segmenter->position - segmenter->run - samples(segmenter, BEFORE_MS),
                  segmenter->last_end);
}

bool st_segmenter_flush(struct st_segmenter *segmenter, int64_t total,
                        struct st_utterance *ret_utterance)
{
    if (!segmenter->is_open)
        return false;
    int64_t kept = segmenter->utterance.speech_end + samples(segmenter, AFTER_MS);
    close_at(segmenter, min_of(total, kept));
    segmenter->utterance.speech_end = min_of(segmenter->utterance.speech_end, total);
    *ret_utterance = segmenter->utterance;
    return true;
}
