/* Audio of one utterance to the hidden states that the decoder reads: one per 24 ms. */
#ifndef SIDETONE_STT_MOONSHINE_ENCODER_H
#define SIDETONE_STT_MOONSHINE_ENCODER_H

#include "models.h"

enum { ST_ENCODER_FRAME_SAMPLES = 384, ST_ENCODER_CLIP_MIN = ST_MODELS_RATE_HZ / 4 };

/* `samples` at 16 kHz, ±1; count from CLIP_MIN to ST_MODELS_CLIP_MAX. The states are the caller's
 * to release. Any thread. Returns 0 or -EIO. */
int st_encoder_run(const struct st_models *models, float *samples, size_t count,
                   struct st_ort_value **ret_states, size_t *ret_frames);

#endif
