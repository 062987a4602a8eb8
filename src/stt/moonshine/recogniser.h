/*
 * One utterance in, its text out: what a worker thread runs.
 *
 * Finals take beam search and get words; partials are greedy and get none. Silence behind the
 * audio keeps the last word whole: how much was measured for either kind. Hints work in finals
 * only: a greedy search cannot take back what a hint led it to.
 */
#ifndef SIDETONE_STT_MOONSHINE_RECOGNISER_H
#define SIDETONE_STT_MOONSHINE_RECOGNISER_H

#include "models.h"
#include "words.h"

#include <stdatomic.h>

struct st_clip {
    const int16_t *samples;
    size_t count;
    uint32_t rate_hz; /* 8000 or 16000; longer than 16 s is cut */
};

struct st_recognition {
    struct st_words words;
    enum st_word_times word_times;
    float mean_log_prob;
    bool is_rejected; /* text that nobody said, or none */
};

struct st_recogniser;

/* Belongs to one thread. */
void st_recogniser_create(struct st_recogniser **ret_recogniser, const struct st_models *models,
                          size_t beam);
void st_recogniser_destroy(struct st_recogniser *recogniser); /* NULL is fine */

/* The result is valid until the next call. 0, -ECANCELED, -EIO or -ENOMEM. `hints` may be NULL;
 * with them the beam is at least three wide. */
int st_recogniser_final(struct st_recogniser *recogniser, const struct st_clip *clip,
                        const struct st_hints *hints,
                        const struct st_recognition **ret_recognition);
int st_recogniser_partial(struct st_recogniser *recogniser, const struct st_clip *clip,
                          const atomic_bool *is_cancelled,
                          const struct st_recognition **ret_recognition);

#endif
