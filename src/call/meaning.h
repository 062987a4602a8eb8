/*
 * What sentences mean, found off the loops: a few threads, a bounded queue, and questions that
 * belong to calls.
 *
 * Under load this goes first: when the queue is full a question is refused and counted, and the
 * sentence goes on without its meaning.
 */
#ifndef SIDETONE_CALL_MEANING_H
#define SIDETONE_CALL_MEANING_H

#include "sidetone/embedder.h"

#include <stdint.h>

struct call;
struct meaning;
struct meaning_question;

/* Takes a reference of the embedder. NULL when there is none, or no thread for it. */
struct meaning *meaning_create(struct st_embedder *embedder, uint32_t workers, uint32_t queue);
/* After every question of every call was dropped. NULL is fine. */
void meaning_destroy(struct meaning *meaning);

/* As st_ask_vector_fn, for a call on its loop. `meaning` NULL: -ENOENT. */
int meaning_ask(struct meaning *meaning, struct call *call, uint64_t ticket, const char *text,
                float *ret_vector);

/* The call goes: nobody waits for its answers any more. */
void meaning_drop(struct call *call);

#endif
