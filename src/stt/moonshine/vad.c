#include "vad.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 3, OUTPUTS = 2, MEMORY_ROWS = 2 };

struct st_vad {
    struct st_ort *ort;
    struct st_ort_session *session;
    float input[ST_VAD_BATCH_MAX * (ST_VAD_CONTEXT_MAX + ST_VAD_FRAME_MAX)];
    float memory[MEMORY_ROWS * ST_VAD_BATCH_MAX * ST_VAD_STATE];
};

void st_vad_create(struct st_vad **ret_vad, struct st_ort *ort, struct st_ort_session *session)
{
    struct st_vad *vad = st_mem_alloc(sizeof(*vad));
    vad->ort = ort;
    vad->session = session;
    *ret_vad = vad;
}

void st_vad_destroy(struct st_vad *vad)
{
    free(vad);
}

uint32_t st_vad_frame_samples(uint32_t rate_hz)
{
    return rate_hz == 8000 ? ST_VAD_FRAME_MAX / 2 : ST_VAD_FRAME_MAX;
}

static uint32_t context_samples(uint32_t rate_hz)
{
    return rate_hz == 8000 ? ST_VAD_CONTEXT_MAX / 2 : ST_VAD_CONTEXT_MAX;
}

static void gather(struct st_vad *vad, uint32_t rate_hz, struct st_vad_state *const *states,
                   const float *frames, size_t count)
{
    size_t frame = st_vad_frame_samples(rate_hz), context = context_samples(rate_hz);
    for (size_t i = 0; i < count; i++) {
        float *row = vad->input + i * (context + frame);
        memcpy(row, states[i]->context, context * sizeof(float));
        memcpy(row + context, frames + i * frame, frame * sizeof(float));
        for (size_t k = 0; k < MEMORY_ROWS; k++)
            memcpy(vad->memory + (k * count + i) * ST_VAD_STATE, states[i]->memory[k],
                   sizeof(states[i]->memory[k]));
    }
}

static void scatter(const struct st_vad *vad, uint32_t rate_hz, struct st_vad_state *const *states,
                    const float *memory, size_t count)
{
    size_t frame = st_vad_frame_samples(rate_hz), context = context_samples(rate_hz);
    for (size_t i = 0; i < count; i++) {
        const float *row = vad->input + i * (context + frame);
        memcpy(states[i]->context, row + frame, context * sizeof(float));
        for (size_t k = 0; k < MEMORY_ROWS; k++)
            memcpy(states[i]->memory[k], memory + (k * count + i) * ST_VAD_STATE,
                   sizeof(states[i]->memory[k]));
    }
}

static int run_model(struct st_vad *vad, uint32_t rate_hz, size_t count,
                     struct st_ort_value **ret_outputs)
{
    static const char *const inputs[INPUTS] = {"input", "state", "sr"};
    static const char *const outputs[OUTPUTS] = {"output", "stateN"};
    int64_t rows = (int64_t)count, rate = rate_hz;
    int64_t input_dims[] = {rows, context_samples(rate_hz) + st_vad_frame_samples(rate_hz)};
    int64_t memory_dims[] = {MEMORY_ROWS, rows, ST_VAD_STATE};
    struct st_ort_value *values[INPUTS] = {
        st_ort_wrap(vad->ort, ST_ORT_FLOAT, vad->input, input_dims, 2),
        st_ort_wrap(vad->ort, ST_ORT_FLOAT, vad->memory, memory_dims, 3),
        st_ort_wrap(vad->ort, ST_ORT_INT64, &rate, NULL, 0),
    };
    int err = st_ort_session_run(vad->session, &(struct st_ort_run){
                                                   .inputs = inputs,
                                                   .values = values,
                                                   .input_count = INPUTS,
                                                   .outputs = outputs,
                                                   .ret_values = ret_outputs,
                                                   .output_count = OUTPUTS,
                                               });
    for (size_t i = 0; i < INPUTS; i++)
        st_ort_release(vad->ort, values[i]);
    return err;
}

int st_vad_run(struct st_vad *vad, uint32_t rate_hz, struct st_vad_state *const *states,
               const float *frames, size_t count, float *ret_probabilities)
{
    gather(vad, rate_hz, states, frames, count);
    struct st_ort_value *outputs[OUTPUTS];
    int err = run_model(vad, rate_hz, count, outputs);
    if (err)
        return err;
    memcpy(ret_probabilities, st_ort_floats(vad->ort, outputs[0]), count * sizeof(float));
    scatter(vad, rate_hz, states, st_ort_floats(vad->ort, outputs[1]), count);
    for (size_t i = 0; i < OUTPUTS; i++)
        st_ort_release(vad->ort, outputs[i]);
    return 0;
}
