/*
 * Sentences on their way to the stages: in order, each held until it is known what it means.
 *
 * What a sentence means is asked outside and may be answered at once, later or never. Sentences
 * leave in the order in which they were said whatever order answers come in, so findings do not
 * depend on how fast somebody answers. At most ST_STATEMENTS_HELD_MAX wait; one more, and the
 * oldest goes without an answer. Holds no memory while nothing waits.
 */
#ifndef SIDETONE_ANALYTICS_STATEMENT_QUEUE_H
#define SIDETONE_ANALYTICS_STATEMENT_QUEUE_H

#include "stage.h"

enum { ST_STATEMENTS_HELD_MAX = 6, ST_STATEMENT_ASK_WORDS_MIN = 3 };

struct st_held_statement;

typedef void (*st_statement_leaves_fn)(void *user, const struct st_stage_statement *sentence);

struct st_statement_queue {
    st_ask_vector_fn ask; /* NULL: nobody */
    void *ask_user;
    st_statement_leaves_fn leaves;
    void *user;
    uint64_t last_ticket;
    struct st_held_statement *held[ST_STATEMENTS_HELD_MAX]; /* oldest first */
    size_t count;
};

void st_statement_queue_fini(struct st_statement_queue *queue);
void st_statement_queue_put(struct st_statement_queue *queue, const struct st_stage_input *input);
/* As st_analysis_put_vector. */
bool st_statement_queue_answer(struct st_statement_queue *queue, uint64_t ticket,
                               const float *vector);
/* Everything that waits leaves. */
void st_statement_queue_flush(struct st_statement_queue *queue);

#endif
