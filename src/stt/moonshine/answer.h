/* What a stream has to tell its session, built on a worker's thread and given on the loop's. */
#ifndef SIDETONE_STT_MOONSHINE_ANSWER_H
#define SIDETONE_STT_MOONSHINE_ANSWER_H

#include "recogniser.h"
#include "segmenter.h"

struct st_answer {
    struct st_answer *next;
    struct st_segment segment; /* points into this block */
};

/* A segment of `utterance`, whose positions count at `rate_hz`, with what was recognised in it;
 * `recognition` NULL or rejected gives an empty text. One block, released with free(). */
struct st_answer *st_answer_create(uint64_t id, bool is_final, const struct st_utterance *utterance,
                                   uint32_t rate_hz, const struct st_recognition *recognition);

struct st_answer_list {
    struct st_answer *first, *last;
};

/* Appends. A partial at the end of the list is superseded by what follows it. */
void st_answer_list_add_take(struct st_answer_list *list, struct st_answer *answer);
void st_answer_list_clear(struct st_answer_list *list);

#endif
