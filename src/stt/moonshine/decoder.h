/*
 * The decoder of one utterance: feeds tokens, keeps what the model remembers of them.
 *
 * A scorer for the search. What is remembered of the audio is the same for all rows and computed
 * once; what is remembered of the tokens follows the rows. With the converted decoder it also
 * keeps, per scored row, which part of the audio was looked at: the basis of word times.
 */
#ifndef SIDETONE_STT_MOONSHINE_DECODER_H
#define SIDETONE_STT_MOONSHINE_DECODER_H

#include "models.h"
#include "search.h"

struct st_decoder;

/* Belongs to one thread; reused from utterance to utterance. */
void st_decoder_create(struct st_decoder **ret_decoder, const struct st_models *models);
void st_decoder_destroy(struct st_decoder *decoder); /* NULL is fine */

/* Begins an utterance. `states` (of `frames` frames) are borrowed until st_decoder_end. */
void st_decoder_begin(struct st_decoder *decoder, struct st_ort_value *states, size_t frames,
                      bool wants_attention);
/* As scorer of a search; `user` is the decoder. 0, -EIO or -ENOMEM. */
int st_decoder_step(void *user, const int64_t *ids, const size_t *parents, size_t rows,
                    const float **ret_scores);
/* Weights over the frames for a scored row, `frames` of them: mean over all heads of the
 * normalised attention. NULL when none was kept. Valid until begin. */
const float *st_decoder_attention(const struct st_decoder *decoder, size_t row);
/* Lets go of what the utterance needed. */
void st_decoder_end(struct st_decoder *decoder);

#endif
