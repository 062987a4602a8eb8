#include "head.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

enum { STEPS = 400, LANES = 8 };

static const float step_size = 10;
static const float decay = 1e-3F;

static float dot(const float *one, const float *other)
{
    float sums[LANES] = {0};
    for (size_t i = 0; i < ST_VECTOR_LEN; i += LANES)
        for (size_t k = 0; k < LANES; k++)
            sums[k] += one[i + k] * other[i + k];
    float sum = 0;
    for (size_t k = 0; k < LANES; k++)
        sum += sums[k];
    return sum;
}

static void add_scaled(float *sum, float scale, const float *vector)
{
    for (size_t i = 0; i < ST_VECTOR_LEN; i++)
        sum[i] += scale * vector[i];
}

double st_vector_likeness(const float *one, const float *other)
{
    return dot(one, other);
}

double st_head_logit(const struct st_head *head, const float *vector)
{
    return (double)dot(head->weights, vector) + (double)head->bias;
}

double st_head_likelihood(double logit)
{
    return 1 / (1 + exp(-logit));
}

/* Adds what one kind's examples pull at. */
static void pull(const struct st_head *head, const float *vectors, size_t count, bool is_positive,
                 struct st_head *gradient)
{
    for (size_t i = 0; i < count; i++) {
        const float *vector = vectors + i * ST_VECTOR_LEN;
        float likelihood = (float)st_head_likelihood(st_head_logit(head, vector));
        float error = (likelihood - (is_positive ? 1.0F : 0.0F)) / (2.0F * (float)count);
        add_scaled(gradient->weights, error, vector);
        gradient->bias += error;
    }
}

void st_head_train(struct st_head *ret_head, const float *positives, size_t positive_count,
                   const float *negatives, size_t negative_count)
{
    struct st_head head = {.bias = 0};
    assert(positive_count > 0 && negative_count > 0);
    for (unsigned step = 0; step < STEPS; step++) {
        struct st_head gradient = {.bias = 0};
        add_scaled(gradient.weights, decay, head.weights);
        pull(&head, positives, positive_count, true, &gradient);
        pull(&head, negatives, negative_count, false, &gradient);
        add_scaled(head.weights, -step_size, gradient.weights);
        head.bias -= step_size * gradient.bias;
    }
    *ret_head = head;
}
