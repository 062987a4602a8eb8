/*
 * The files of the embedded recogniser, loaded once and shared by all its threads.
 *
 * The decoder comes in two forms: as published, and converted at install time
 * (sidetone/moonshine.h), which also tells where in the audio each token was heard and is faster.
 */
#ifndef SIDETONE_STT_MOONSHINE_MODELS_H
#define SIDETONE_STT_MOONSHINE_MODELS_H

#include "sidetone/ort.h"
#include "tokenizer.h"

enum {
    ST_MODELS_RATE_HZ = 16000,
    ST_MODELS_CLIP_MAX = 17 * ST_MODELS_RATE_HZ, /* samples of one utterance with its padding */
    ST_MODELS_BEAM_MAX = 4,
};

#define ST_MODELS_DECODER "decoder_model_merged.ort"
#define ST_MODELS_DECODER_WORDS "decoder_words.ort"

struct st_models {
    struct st_ort *ort;
    struct st_ort_session *encoder;
    struct st_ort_session *decoder;
    struct st_ort_session *vad;
    struct st_tokenizer *tokenizer;
    bool has_word_times; /* the decoder is the converted one */
    int64_t *ones;       /* CLIP_MAX × BEAM_MAX of them: every mask there is */
};

/* Whether the files are there, without loading them: 0, or -errno with what is missing. */
int st_models_probe(const char *dir, char *ret_why, size_t why_bytes);
bool st_models_probe_word_times(const char *dir); /* whether the converted decoder is there */

/* decoder NULL: the converted one when it is there and works, else the published one. */
int st_models_load(struct st_models *models, const char *dir, const char *decoder, char *ret_why,
                   size_t why_bytes);
/* After a first run: gives back memory that only loading needed. */
void st_models_trim(struct st_models *models);
void st_models_fini(struct st_models *models);

#endif
