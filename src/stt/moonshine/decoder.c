#include "decoder.h"

#include "encoder.h"
#include "sidetone/mem.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAYERS = 6,
    HEADS = 8,
    HEAD_DIM = 36,
    CACHES = LAYERS * 2, /* a key and a value per layer */
    FIXED_INPUTS = 4,
    INPUTS = FIXED_INPUTS + 2 * CACHES,
    OUTPUTS_MAX = 1 + 2 * CACHES + LAYERS,
    ROWS_MAX = ST_SEARCH_BEAM_MAX,
    ATTENTION_ROWS_MAX = ST_SEARCH_TOKENS_MAX * ROWS_MAX,
};

#define LAYER_NAMES(prefix, kind)                                                                  \
    prefix "0." kind ".key", prefix "0." kind ".value", prefix "1." kind ".key",                   \
        prefix "1." kind ".value", prefix "2." kind ".key", prefix "2." kind ".value",             \
        prefix "3." kind ".key", prefix "3." kind ".value", prefix "4." kind ".key",               \
        prefix "4." kind ".value", prefix "5." kind ".key", prefix "5." kind ".value"

static const char *const input_names[INPUTS] = {
    "encoder_attention_mask",
    "input_ids",
    "encoder_hidden_states",
    "use_cache_branch",
    LAYER_NAMES("past_key_values.", "decoder"),
    LAYER_NAMES("past_key_values.", "encoder"),
};
static const char *const token_cache_names[CACHES] = {LAYER_NAMES("present.", "decoder")};
static const char *const audio_cache_names[CACHES] = {LAYER_NAMES("present.", "encoder")};
static const char *const attention_names[LAYERS] = {
    "cross_attentions.0", "cross_attentions.1", "cross_attentions.2",
    "cross_attentions.3", "cross_attentions.4", "cross_attentions.5",
};

struct st_decoder {
    const struct st_models *models;
    struct st_ort_value *states; /* borrowed */
    size_t frames;
    bool wants_attention;
    size_t length; /* tokens fed */
    size_t rows;
    struct st_ort_value *tokens[CACHES]; /* [rows, HEADS, length, HEAD_DIM] */
    struct st_ort_value *audio[CACHES];  /* [audio_rows, HEADS, …, HEAD_DIM] */
    struct st_ort_value *views[CACHES];  /* the first rows of it, when they are fewer */
    size_t audio_rows;
    struct st_ort_value *logits;
    float zeros[HEADS * HEAD_DIM];
    float *attention; /* scored rows × frames */
    size_t attention_rows, attention_cap;
};

void st_decoder_create(struct st_decoder **ret_decoder, const struct st_models *models)
{
    struct st_decoder *decoder = st_mem_alloc(sizeof(*decoder));
    decoder->models = models;
    *ret_decoder = decoder;
}

void st_decoder_destroy(struct st_decoder *decoder)
{
    if (!decoder)
        return;
    st_decoder_end(decoder);
    free(decoder->attention);
    free(decoder);
}

void st_decoder_begin(struct st_decoder *decoder, struct st_ort_value *states, size_t frames,
                      bool wants_attention)
{
    st_decoder_end(decoder);
    decoder->states = states;
    decoder->frames = frames;
    decoder->wants_attention = wants_attention && decoder->models->has_word_times;
    decoder->attention_rows = 0;
}

static void release_all(const struct st_ort *ort, struct st_ort_value **values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        st_ort_release(ort, values[i]);
        values[i] = NULL;
    }
}

void st_decoder_end(struct st_decoder *decoder)
{
    const struct st_ort *ort = decoder->models->ort;
    release_all(ort, decoder->tokens, CACHES);
    release_all(ort, decoder->views, CACHES);
    release_all(ort, decoder->audio, CACHES);
    release_all(ort, &decoder->logits, 1);
    decoder->length = 0;
    decoder->rows = 0;
    decoder->audio_rows = 0;
}

/* All rows of the audio's caches are the same, so fewer rows are a view of more. */
static struct st_ort_value *repeat_row(const struct st_ort *ort, struct st_ort_value *from,
                                       size_t rows)
{
    int64_t dims[] = {(int64_t)rows, HEADS, (int64_t)st_ort_dim(ort, from, 2), HEAD_DIM};
    size_t row_floats = (size_t)(HEADS * dims[2] * HEAD_DIM);
    struct st_ort_value *wide = st_ort_tensor(ort, dims, 4);
    for (size_t row = 0; wide && row < rows; row++)
        memcpy(st_ort_floats(ort, wide) + row * row_floats, st_ort_floats(ort, from),
               row_floats * sizeof(float));
    return wide;
}

static int widen_audio(struct st_decoder *decoder, size_t rows)
{
    const struct st_ort *ort = decoder->models->ort;
    for (size_t i = 0; i < CACHES; i++) {
        struct st_ort_value *wide = repeat_row(ort, decoder->audio[i], rows);
        if (!wide)
            return -ENOMEM;
        st_ort_release(ort, decoder->audio[i]);
        decoder->audio[i] = wide;
    }
    decoder->audio_rows = rows;
    return 0;
}

static void view_audio(struct st_decoder *decoder, size_t rows)
{
    const struct st_ort *ort = decoder->models->ort;
    for (size_t i = 0; i < CACHES; i++) {
        int64_t dims[] = {(int64_t)rows, HEADS, (int64_t)st_ort_dim(ort, decoder->audio[i], 2),
                          HEAD_DIM};
        decoder->views[i] =
            st_ort_wrap(ort, ST_ORT_FLOAT, st_ort_floats(ort, decoder->audio[i]), dims, 4);
    }
}

static int fit_audio(struct st_decoder *decoder, size_t rows)
{
    int err = 0;
    if (rows == decoder->rows)
        return 0;
    release_all(decoder->models->ort, decoder->views, CACHES);
    if (rows > decoder->audio_rows)
        err = widen_audio(decoder, rows);
    else if (rows < decoder->audio_rows)
        view_audio(decoder, rows);
    return err;
}

static int reorder_tokens(struct st_decoder *decoder, const size_t *parents, size_t rows)
{
    const struct st_ort *ort = decoder->models->ort;
    int64_t dims[] = {(int64_t)rows, HEADS, (int64_t)decoder->length, HEAD_DIM};
    size_t row_floats = HEADS * decoder->length * HEAD_DIM;
    for (size_t i = 0; i < CACHES; i++) {
        struct st_ort_value *reordered = st_ort_tensor(ort, dims, 4);
        if (!reordered)
            return -ENOMEM;
        float *to = st_ort_floats(ort, reordered);
        const float *from = st_ort_floats(ort, decoder->tokens[i]);
        for (size_t row = 0; row < rows; row++)
            memcpy(to + row * row_floats, from + parents[row] * row_floats,
                   row_floats * sizeof(float));
        st_ort_release(ort, decoder->tokens[i]);
        decoder->tokens[i] = reordered;
    }
    return 0;
}

static int follow_parents(struct st_decoder *decoder, const size_t *parents, size_t rows)
{
    bool is_same = rows == decoder->rows;
    for (size_t row = 0; row < rows && is_same; row++)
        is_same = parents[row] == row;
    int err = is_same ? 0 : reorder_tokens(decoder, parents, rows);
    if (!err)
        err = fit_audio(decoder, rows);
    decoder->rows = rows;
    return err;
}

/* Mean 0 and deviation 1 over the frames, added to `sum`: makes heads comparable. */
static void add_normalised(const float *weights, size_t frames, float *sum)
{
    float mean = 0, spread = 0;
    for (size_t i = 0; i < frames; i++)
        mean += weights[i];
    mean /= (float)frames;
    for (size_t i = 0; i < frames; i++)
        spread += (weights[i] - mean) * (weights[i] - mean);
    float scale = 1.0F / (sqrtf(spread / (float)frames) + 1e-9F);
    for (size_t i = 0; i < frames; i++)
        sum[i] += (weights[i] - mean) * scale;
}

static float *new_attention_rows(struct st_decoder *decoder)
{
    size_t wanted = (decoder->attention_rows + decoder->rows) * decoder->frames;
    if (wanted > decoder->attention_cap) {
        decoder->attention_cap = wanted + 64 * decoder->frames;
        decoder->attention =
            st_mem_realloc(decoder->attention, decoder->attention_cap * sizeof(float));
    }
    float *rows = decoder->attention + decoder->attention_rows * decoder->frames;
    memset(rows, 0, decoder->rows * decoder->frames * sizeof(float));
    decoder->attention_rows += decoder->rows;
    return rows;
}

static void keep_attention(struct st_decoder *decoder, struct st_ort_value **layers)
{
    const struct st_ort *ort = decoder->models->ort;
    assert(decoder->attention_rows + decoder->rows <= ATTENTION_ROWS_MAX);
    float *sums = new_attention_rows(decoder);
    for (size_t layer = 0; layer < LAYERS; layer++) {
        const float *weights = st_ort_floats(ort, layers[layer]);
        for (size_t row = 0; row < decoder->rows; row++)
            for (size_t head = 0; head < HEADS; head++, weights += decoder->frames)
                add_normalised(weights, decoder->frames, sums + row * decoder->frames);
    }
}

struct step_values {
    struct st_ort_value *inputs[INPUTS];
    const char *output_names[OUTPUTS_MAX];
    struct st_ort_value *outputs[OUTPUTS_MAX];
    size_t output_count;
    size_t attention_at; /* in outputs; 0: none */
};

static void add_outputs(struct step_values *values, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values->output_names[values->output_count++] = names[i];
}

static void set_inputs(struct st_decoder *decoder, struct step_values *values, const int64_t *ids,
                       struct st_ort_value *zeros)
{
    bool is_first = decoder->length == 0;
    const struct st_ort *ort = decoder->models->ort;
    int64_t rows = (int64_t)decoder->rows;
    int64_t mask_dims[] = {rows, (int64_t)decoder->frames * ST_ENCODER_FRAME_SAMPLES};
    int64_t id_dims[] = {rows, 1};
    values->inputs[0] = st_ort_wrap(ort, ST_ORT_INT64, decoder->models->ones, mask_dims, 2);
    values->inputs[1] = st_ort_wrap(ort, ST_ORT_INT64, (int64_t *)ids, id_dims, 2);
    values->inputs[2] = decoder->states;
    for (size_t i = 0; i < CACHES; i++) {
        values->inputs[FIXED_INPUTS + i] = is_first ? zeros : decoder->tokens[i];
        struct st_ort_value *audio = decoder->views[i] ? decoder->views[i] : decoder->audio[i];
        values->inputs[FIXED_INPUTS + CACHES + i] = is_first ? zeros : audio;
    }
}

static void set_outputs(const struct st_decoder *decoder, struct step_values *values)
{
    static const char *const logits = "logits";
    add_outputs(values, &logits, 1);
    add_outputs(values, token_cache_names, CACHES);
    if (decoder->length == 0)
        add_outputs(values, audio_cache_names, CACHES);
    values->attention_at = values->output_count;
    if (decoder->wants_attention)
        add_outputs(values, attention_names, LAYERS);
}

static void keep_outputs(struct st_decoder *decoder, struct step_values *values)
{
    const struct st_ort *ort = decoder->models->ort;
    bool is_first = decoder->length == 0;
    st_ort_release(ort, decoder->logits);
    decoder->logits = values->outputs[0];
    release_all(ort, decoder->tokens, CACHES);
    memcpy(decoder->tokens, values->outputs + 1, sizeof(decoder->tokens));
    if (is_first) {
        memcpy(decoder->audio, values->outputs + 1 + CACHES, sizeof(decoder->audio));
        decoder->audio_rows = 1;
    }
    if (decoder->wants_attention) {
        keep_attention(decoder, values->outputs + values->attention_at);
        release_all(ort, values->outputs + values->attention_at, LAYERS);
    }
}

static int run_step(struct st_decoder *decoder, const int64_t *ids)
{
    const struct st_ort *ort = decoder->models->ort;
    uint8_t uses_cache = decoder->length > 0;
    int64_t flag_dims[] = {1}, zero_dims[] = {1, HEADS, 1, HEAD_DIM};
    struct st_ort_value *zeros = st_ort_wrap(ort, ST_ORT_FLOAT, decoder->zeros, zero_dims, 4);
    struct step_values values = {0};
    set_inputs(decoder, &values, ids, zeros);
    values.inputs[3] = st_ort_wrap(ort, ST_ORT_BOOL, &uses_cache, flag_dims, 1);
    set_outputs(decoder, &values);
    int err = st_ort_session_run(decoder->models->decoder,
                                 &(struct st_ort_run){.inputs = input_names,
                                                      .values = values.inputs,
                                                      .input_count = INPUTS,
                                                      .outputs = values.output_names,
                                                      .ret_values = values.outputs,
                                                      .output_count = values.output_count});
    st_ort_release(ort, values.inputs[0]);
    st_ort_release(ort, values.inputs[1]);
    st_ort_release(ort, values.inputs[3]);
    st_ort_release(ort, zeros);
    if (!err)
        keep_outputs(decoder, &values);
    return err;
}

int st_decoder_step(void *user, const int64_t *ids, const size_t *parents, size_t rows,
                    const float **ret_scores)
{
    struct st_decoder *decoder = user;
    assert(rows >= 1 && rows <= ROWS_MAX && (decoder->length > 0 || rows == 1));
    int err = 0;
    if (decoder->length == 0)
        decoder->rows = 1;
    else
        err = follow_parents(decoder, parents, rows);
    if (!err)
        err = run_step(decoder, ids);
    if (err)
        return err;
    decoder->length++;
    *ret_scores = st_ort_floats(decoder->models->ort, decoder->logits);
    return 0;
}

const float *st_decoder_attention(const struct st_decoder *decoder, size_t row)
{
    return row < decoder->attention_rows ? decoder->attention + row * decoder->frames : NULL;
}
