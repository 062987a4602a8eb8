#include "recogniser.h"

#include "align.h"
#include "decoder.h"
#include "encoder.h"
#include "sidetone/mem.h"
#include "text_rules.h"
#include "upsample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAD_FINAL = ST_MODELS_RATE_HZ / 10,
    PAD_GREEDY = ST_MODELS_RATE_HZ / 5,
    FRAME_US = 24000,
    SECONDS_MAX = 16,
    BEAM_WITH_HINTS = 3, /* at least */
};

static const double tokens_per_second_max = 6.5;

struct st_recogniser {
    const struct st_models *models;
    struct st_decoder *decoder;
    size_t beam;
    float *samples; /* ST_MODELS_CLIP_MAX */
    struct st_search_result tokens;
    struct st_loudness loudness;
    struct st_recognition recognition;
};

struct pass {
    size_t beam;
    size_t pad;
    bool wants_words;
    const struct st_hints *hints;
    const atomic_bool *is_cancelled;
};

void st_recogniser_create(struct st_recogniser **ret_recogniser, const struct st_models *models,
                          size_t beam)
{
    struct st_recogniser *recogniser = st_mem_alloc(sizeof(*recogniser));
    recogniser->models = models;
    recogniser->beam = beam;
    recogniser->samples = st_mem_alloc_array(ST_MODELS_CLIP_MAX, sizeof(float));
    st_decoder_create(&recogniser->decoder, models);
    *ret_recogniser = recogniser;
}

void st_recogniser_destroy(struct st_recogniser *recogniser)
{
    if (!recogniser)
        return;
    st_decoder_destroy(recogniser->decoder);
    free(recogniser->samples);
    free(recogniser);
}

static struct st_clip limit(const struct st_clip *clip)
{
    struct st_clip limited = *clip;
    if (limited.count > (size_t)limited.rate_hz * SECONDS_MAX)
        limited.count = (size_t)limited.rate_hz * SECONDS_MAX;
    return limited;
}

/* The clip at 16 kHz with silence behind it; returns its length. */
static size_t prepare(struct st_recogniser *recogniser, const struct st_clip *clip, size_t pad)
{
    size_t count = clip->count;
    if (clip->rate_hz == ST_MODELS_RATE_HZ) {
        st_upsample_copy(clip->samples, count, recogniser->samples);
    } else {
        st_upsample_double(clip->samples, count, recogniser->samples);
        count *= 2;
    }
    size_t padded = count + pad;
    if (padded < ST_ENCODER_CLIP_MIN)
        padded = ST_ENCODER_CLIP_MIN;
    memset(recogniser->samples + count, 0, (padded - count) * sizeof(float));
    return padded;
}

static size_t token_limit(size_t samples)
{
    double seconds = (double)samples / ST_MODELS_RATE_HZ;
    size_t limit = (size_t)ceil(seconds * tokens_per_second_max);
    return limit < ST_SEARCH_TOKENS_MAX ? limit : ST_SEARCH_TOKENS_MAX;
}

static int find_tokens(struct st_recogniser *recogniser, size_t samples, const struct pass *pass,
                       size_t *ret_frames)
{
    struct st_ort_value *states = NULL;
    int err = st_encoder_run(recogniser->models, recogniser->samples, samples, &states, ret_frames);
    if (err)
        return err;
    st_decoder_begin(recogniser->decoder, states, *ret_frames, pass->wants_words);
    err = st_search_run(
        &(struct st_search_scorer){st_decoder_step, recogniser->decoder, ST_TOKENIZER_VOCABULARY},
        &(struct st_search_options){.begin = ST_TOKEN_BEGIN,
                                    .end = ST_TOKEN_END,
                                    .beam = pass->beam,
                                    .tokens_max = token_limit(samples),
                                    .is_cancelled = pass->is_cancelled,
                                    .hints = pass->hints},
        &recogniser->tokens);
    st_decoder_end(recogniser->decoder);
    st_ort_release(recogniser->models->ort, states);
    return err;
}

static bool measure_words(struct st_recogniser *recogniser, size_t frames, int64_t clip_us)
{
    const struct st_search_result *tokens = &recogniser->tokens;
    const float *rows[ST_SEARCH_TOKENS_MAX];
    size_t starts[ST_SEARCH_TOKENS_MAX];
    int64_t starts_us[ST_SEARCH_TOKENS_MAX];
    for (size_t i = 0; i < tokens->count; i++)
        if (!(rows[i] = st_decoder_attention(recogniser->decoder, tokens->rows[i])))
            return false;
    st_align_run(rows, tokens->count, frames, starts);
    for (size_t i = 0; i < tokens->count; i++)
        starts_us[i] = (int64_t)starts[i] * FRAME_US;
    st_words_measure(&recogniser->recognition.words, starts_us, tokens->count, clip_us,
                     &recogniser->loudness);
    return true;
}

static void time_words(struct st_recogniser *recogniser, const struct st_clip *clip, size_t frames)
{
    struct st_recognition *recognition = &recogniser->recognition;
    int64_t clip_us = (int64_t)clip->count * 1000000 / clip->rate_hz;
    st_loudness_measure(&recogniser->loudness, clip->samples, clip->count, clip->rate_hz);
    if (measure_words(recogniser, frames, clip_us)) {
        recognition->word_times = ST_WORD_TIMES_MEASURED;
    } else {
        st_words_estimate(&recognition->words, clip_us, &recogniser->loudness);
        recognition->word_times = ST_WORD_TIMES_ESTIMATED;
    }
}

static int recognise(struct st_recogniser *recogniser, const struct st_clip *whole,
                     const struct pass *pass, const struct st_recognition **ret_recognition)
{
    struct st_clip clip = limit(whole);
    struct st_recognition *recognition = &recogniser->recognition;
    const struct st_search_result *tokens = &recogniser->tokens;
    size_t frames = 0;
    int err = find_tokens(recogniser, prepare(recogniser, &clip, pass->pad), pass, &frames);
    if (err)
        return err;
    st_words_group(&recognition->words, recogniser->models->tokenizer, tokens);
    recognition->word_times = ST_WORD_TIMES_NONE;
    recognition->mean_log_prob =
        tokens->count > 0 ? (float)(tokens->score / (double)tokens->count) : 0;
    recognition->is_rejected = st_text_rules_is_invented(recognition->words.text);
    if (pass->wants_words && !recognition->is_rejected) {
        double seconds = (double)clip.count / clip.rate_hz;
        recognition->is_rejected =
            st_text_rules_is_sparse(recognition->words.text, tokens->count, seconds);
        time_words(recogniser, &clip, frames);
    }
    *ret_recognition = recognition;
    return 0;
}

int st_recogniser_final(struct st_recogniser *recogniser, const struct st_clip *clip,
                        const struct st_hints *hints, const struct st_recognition **ret_recognition)
{
    size_t beam = recogniser->beam;
    if (hints && beam < BEAM_WITH_HINTS)
        beam = BEAM_WITH_HINTS;
    struct pass pass = {
        .beam = beam,
        .pad = beam > 1 ? PAD_FINAL : PAD_GREEDY,
        .wants_words = true,
        .hints = hints,
    };
    return recognise(recogniser, clip, &pass, ret_recognition);
}

int st_recogniser_partial(struct st_recogniser *recogniser, const struct st_clip *clip,
                          const atomic_bool *is_cancelled,
                          const struct st_recognition **ret_recognition)
{
    struct pass pass = {.beam = 1, .pad = PAD_GREEDY, .is_cancelled = is_cancelled};
    return recognise(recogniser, clip, &pass, ret_recognition);
}
