/*
 * Cuts a channel into utterances, from a voice detector's probabilities alone.
 *
 * Opens after three frames of speech, with 300 ms from before them; closes after 0.7 s without,
 * keeping 300 ms. Longer utterances cost more than their share to decode, so past 10 s the next
 * dip ends one, and 15 s is the limit. Cut at a breath, telephone speech is recognised much worse.
 *
 * Positions are samples since the channel began. Pure; one thread at a time.
 */
#ifndef SIDETONE_STT_MOONSHINE_SEGMENTER_H
#define SIDETONE_STT_MOONSHINE_SEGMENTER_H

#include <stdbool.h>
#include <stdint.h>

struct st_utterance {
    int64_t start; /* of the audio to decode */
    int64_t end;
    int64_t speech_start; /* of what was heard as speech in it */
    int64_t speech_end;
};

enum st_segmenter_state {
    ST_SEGMENTER_QUIET,
    ST_SEGMENTER_OPENED, /* by this frame */
    ST_SEGMENTER_SPEAKING,
    ST_SEGMENTER_CLOSED, /* by this frame */
};

struct st_segmenter {
    int32_t rate_hz;
    int32_t frame_samples;
    int64_t position; /* end of the last frame */
    int64_t last_end; /* of the previous utterance */
    int64_t run;      /* speech in a row, before opening */
    int64_t still;    /* silence in a row, while open */
    bool is_open;
    struct st_utterance utterance;
    int64_t partial_at;     /* position of the last partial */
    int64_t partial_speech; /* speech since */
};

void st_segmenter_init(struct st_segmenter *segmenter, uint32_t rate_hz, uint32_t frame_samples);

/* The probability that the next frame is speech. *ret_utterance is written in every state but
 * QUIET; `end` and `speech_end` are final only in CLOSED. */
enum st_segmenter_state st_segmenter_put(struct st_segmenter *segmenter, float probability,
                                         struct st_utterance *ret_utterance);

/* True when the open utterance has grown enough for a partial result, counted from the last true:
 * by 1 s or a third of its length, and 0.2 s of it speech. */
bool st_segmenter_is_partial_due(struct st_segmenter *segmenter);

/* Audio before this position will not be asked for any more. */
int64_t st_segmenter_keep_from(const struct st_segmenter *segmenter);

/* The channel ends at `total` samples. True when that closes an utterance. */
bool st_segmenter_flush(struct st_segmenter *segmenter, int64_t total,
                        struct st_utterance *ret_utterance);

#endif
