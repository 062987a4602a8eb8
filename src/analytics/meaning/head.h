/*
 * A head: 384 weights on top of an embedding that say how likely a sentence is one of a kind.
 *
 * Trained from a few examples by plain logistic regression, always with the same result. Immutable
 * once it is trained; pure.
 */
#ifndef SIDETONE_ANALYTICS_HEAD_H
#define SIDETONE_ANALYTICS_HEAD_H

#include "sidetone/analysis.h"

#include <stddef.h>

struct st_head {
    float weights[ST_VECTOR_LEN];
    float bias;
};

/* Vectors, one behind the other. Both kinds weigh the same however many there are of each; at least
 * one of each. Takes tens of milliseconds: never on a loop's thread. */
void st_head_train(struct st_head *ret_head, const float *positives, size_t positive_count,
                   const float *negatives, size_t negative_count);

double st_head_logit(const struct st_head *head, const float *vector);
double st_head_likelihood(double logit); /* 0…1 */

/* How alike two vectors are, −1…1. */
double st_vector_likeness(const float *one, const float *other);

#endif
