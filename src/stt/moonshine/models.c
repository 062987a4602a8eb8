#include "models.h"

#include "sidetone/err.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, OUTPUTS_PUBLISHED = 25, OUTPUTS_CONVERTED = 31 };

static int require_files(const char *dir, const char *decoder, char *ret_why, size_t why_bytes)
{
    const char *const names[] = {"encoder_model.ort", decoder, "tokenizer.bin", "silero_vad.onnx"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        if (access(path, R_OK) == 0)
            continue;
        int err = -errno;
        snprintf(ret_why, why_bytes,
                 "%s: %s; run deploy/quickstart, or name the models' directory in SIDETONE_MODELS",
                 path, st_err_text(err));
        return err;
    }
    return 0;
}

static int open_session(struct st_models *models, struct st_ort_session **ret_session,
                        const char *dir, const char *name, char *ret_why, size_t why_bytes)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return st_ort_session_create(ret_session, models->ort, path, ret_why, why_bytes);
}

static int open_decoder(struct st_models *models, const char *dir, const char *name, char *ret_why,
                        size_t why_bytes)
{
    int err = open_session(models, &models->decoder, dir, name, ret_why, why_bytes);
    if (err)
        return err;
    size_t outputs = st_ort_session_output_count(models->decoder);
    if (outputs != OUTPUTS_PUBLISHED && outputs != OUTPUTS_CONVERTED) {
        snprintf(ret_why, why_bytes, "%s/%s is no decoder of Moonshine tiny", dir, name);
        st_ort_session_destroy(models->decoder);
        models->decoder = NULL;
        return -EBADMSG;
    }
    models->has_word_times = outputs == OUTPUTS_CONVERTED;
    return 0;
}

int st_models_probe(const char *dir, char *ret_why, size_t why_bytes)
{
    return require_files(dir, ST_MODELS_DECODER, ret_why, why_bytes);
}

bool st_models_probe_word_times(const char *dir)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", dir, ST_MODELS_DECODER_WORDS);
    return access(path, R_OK) == 0;
}

static int open_best_decoder(struct st_models *models, const char *dir, char *ret_why,
                             size_t why_bytes)
{
    if (st_models_probe_word_times(dir) &&
        open_decoder(models, dir, ST_MODELS_DECODER_WORDS, ret_why, why_bytes) == 0)
        return 0;
    return open_decoder(models, dir, ST_MODELS_DECODER, ret_why, why_bytes);
}

static int open_tokenizer(struct st_models *models, const char *dir, char *ret_why,
                          size_t why_bytes)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/tokenizer.bin", dir);
    int err = st_tokenizer_open(&models->tokenizer, path);
    if (err)
        snprintf(ret_why, why_bytes, "%s: %s", path, st_err_text(err));
    return err;
}

int st_models_load(struct st_models *models, const char *dir, const char *decoder, char *ret_why,
                   size_t why_bytes)
{
    memset(models, 0, sizeof(*models));
    int err = require_files(dir, decoder ? decoder : ST_MODELS_DECODER, ret_why, why_bytes);
    if (!err)
        err = st_ort_open(&models->ort, dir, ret_why, why_bytes);
    if (!err)
        err = open_session(models, &models->encoder, dir, "encoder_model.ort", ret_why, why_bytes);
    if (!err)
        err = decoder ? open_decoder(models, dir, decoder, ret_why, why_bytes)
                      : open_best_decoder(models, dir, ret_why, why_bytes);
    if (!err)
        err = open_session(models, &models->vad, dir, "silero_vad.onnx", ret_why, why_bytes);
    if (!err)
        err = open_tokenizer(models, dir, ret_why, why_bytes);
    if (err) {
        st_models_fini(models);
        return err;
    }
    size_t count = (size_t)ST_MODELS_CLIP_MAX * ST_MODELS_BEAM_MAX;
    models->ones = st_mem_alloc_array(count, sizeof(*models->ones));
    for (size_t i = 0; i < count; i++)
        models->ones[i] = 1;
    return 0;
}

void st_models_trim(struct st_models *models)
{
    st_ort_session_trim(models->encoder);
    st_ort_session_trim(models->decoder);
    st_ort_session_trim(models->vad);
}

void st_models_fini(struct st_models *models)
{
    free(models->ones);
    st_tokenizer_destroy(models->tokenizer);
    st_ort_session_destroy(models->vad);
    st_ort_session_destroy(models->decoder);
    st_ort_session_destroy(models->encoder);
    st_ort_close(models->ort);
    memset(models, 0, sizeof(*models));
}
