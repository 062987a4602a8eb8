#include "meaning/head.h"

#include "run.h"

#include <math.h>
#include <string.h>

/* A vector of length 1 near one of a few directions. */
static void point(float *vector, unsigned direction, unsigned number)
{
    float sum = 0;
    memset(vector, 0, ST_VECTOR_LEN * sizeof(*vector));
    vector[direction] = 1;
    for (unsigned i = 0; i < 20; i++)
        vector[(direction * 37 + number * 61 + i * 17) % ST_VECTOR_LEN] += 0.15F;
    for (unsigned i = 0; i < ST_VECTOR_LEN; i++)
        sum += vector[i] * vector[i];
    for (unsigned i = 0; i < ST_VECTOR_LEN; i++)
        vector[i] /= sqrtf(sum);
}

static float positives[6][ST_VECTOR_LEN], negatives[60][ST_VECTOR_LEN];

static void make_examples(void)
{
    for (unsigned i = 0; i < 6; i++)
        point(positives[i], 7, i);
    for (unsigned i = 0; i < 60; i++)
        point(negatives[i], 100 + i % 30, i);
}

START_TEST(a_head_tells_kinds_apart)
{
    struct st_head head;
    float vector[ST_VECTOR_LEN];
    make_examples();
    st_head_train(&head, positives[0], 6, negatives[0], 60);
    for (unsigned i = 100; i < 120; i++) {
        point(vector, 7, i);
        ck_assert(st_head_likelihood(st_head_logit(&head, vector)) > 0.6);
        point(vector, 100 + i % 30, i);
        ck_assert(st_head_likelihood(st_head_logit(&head, vector)) < 0.4);
    }
}
END_TEST

START_TEST(training_gives_the_same_every_time)
{
    struct st_head one, other;
    make_examples();
    st_head_train(&one, positives[0], 6, negatives[0], 60);
    st_head_train(&other, positives[0], 6, negatives[0], 60);
    ck_assert(memcmp(&one, &other, sizeof(one)) == 0);
}
END_TEST

START_TEST(few_weigh_as_much_as_many)
{
    struct st_head head;
    make_examples();
    st_head_train(&head, positives[0], 1, negatives[0], 60);
    ck_assert(st_head_logit(&head, positives[0]) > 1);
    st_head_train(&head, positives[0], 6, negatives[0], 1);
    ck_assert(st_head_logit(&head, negatives[0]) < -1);
}
END_TEST

START_TEST(likelihoods_are_what_they_should_be)
{
    ck_assert(fabs(st_head_likelihood(0) - 0.5) < 1e-12);
    ck_assert(fabs(st_head_likelihood(0.4054651) - 0.6) < 1e-6);
    ck_assert(st_head_likelihood(1e9) == 1 && st_head_likelihood(-1e9) == 0);
    make_examples();
    ck_assert(fabs(st_vector_likeness(positives[0], positives[0]) - 1) < 1e-5);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_head_tells_kinds_apart,
        training_gives_the_same_every_time,
        few_weigh_as_much_as_many,
        likelihoods_are_what_they_should_be,
    };
    return run_tests("head", tests, sizeof(tests) / sizeof(tests[0]));
}
