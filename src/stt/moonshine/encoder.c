#include "encoder.h"

#include <assert.h>

int st_encoder_run(const struct st_models *models, float *samples, size_t count,
                   struct st_ort_value **ret_states, size_t *ret_frames)
{
    static const char *const inputs[] = {"input_values", "attention_mask"};
    static const char *const outputs[] = {"last_hidden_state"};
    assert(count >= ST_ENCODER_CLIP_MIN && count <= ST_MODELS_CLIP_MAX);
    int64_t dims[] = {1, (int64_t)count};
    struct st_ort_value *values[] = {
        st_ort_wrap(models->ort, ST_ORT_FLOAT, samples, dims, 2),
        st_ort_wrap(models->ort, ST_ORT_INT64, models->ones, dims, 2),
    };
    struct st_ort_value *states = NULL;
    int err = st_ort_session_run(models->encoder, &(struct st_ort_run){
                                                      .inputs = inputs,
                                                      .values = values,
                                                      .input_count = 2,
                                                      .outputs = outputs,
                                                      .ret_values = &states,
                                                      .output_count = 1,
                                                  });
    st_ort_release(models->ort, values[0]);
    st_ort_release(models->ort, values[1]);
    if (err)
        return err;
    *ret_frames = st_ort_dim(models->ort, states, 1);
    *ret_states = states;
    return 0;
}
