/*
 * Is somebody speaking: Silero's detector, many channels in one run.
 *
 * Works on the audio as it came from the wire, 8 or 16 kHz, in frames of 32 ms. What it remembers
 * of a channel belongs to the channel. One thread at a time.
 */
#ifndef SIDETONE_STT_MOONSHINE_VAD_H
#define SIDETONE_STT_MOONSHINE_VAD_H

#include "sidetone/ort.h"

enum {
    ST_VAD_BATCH_MAX = 32,
    ST_VAD_FRAME_MAX = 512,
    ST_VAD_CONTEXT_MAX = 64,
    ST_VAD_STATE = 128,
};

/* Zeroed at the start of a channel. */
struct st_vad_state {
    float memory[2][ST_VAD_STATE];
    float context[ST_VAD_CONTEXT_MAX]; /* end of the previous frame */
};

struct st_vad;

void st_vad_create(struct st_vad **ret_vad, struct st_ort *ort, struct st_ort_session *session);
void st_vad_destroy(struct st_vad *vad); /* NULL is fine */

/* Samples of a frame at 8000 or 16000 Hz. */
uint32_t st_vad_frame_samples(uint32_t rate_hz);

/* Runs `count` ≤ ST_VAD_BATCH_MAX channels of one rate: row i of `frames` (of the frame's length,
 * ±1) goes with states[i] and gives ret_probabilities[i]. Returns 0 or -EIO; states are then as
 * before. */
int st_vad_run(struct st_vad *vad, uint32_t rate_hz, struct st_vad_state *const *states,
               const float *frames, size_t count, float *ret_probabilities);

#endif
