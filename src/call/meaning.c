#include "meaning.h"

#include "call_internal.h"

#include "sidetone/mem.h"
#include "sidetone/worker_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct meaning {
    struct st_embedder *embedder;
    struct st_worker_pool *pool;
    uint32_t queue;
    atomic_uint waiting; /* questions of all loops */
    struct st_counter *asked, *recalled, *dropped, *late;
};

struct meaning_question {
    struct st_job job; /* first: a job is its question */
    struct meaning *meaning;
    struct call *call;
    struct meaning_question *next, **link; /* of the call's */
    uint64_t ticket;
    int err;
    float vector[ST_VECTOR_LEN];
    char text[];
};

struct meaning *meaning_create(struct st_embedder *embedder, uint32_t workers, uint32_t queue)
{
    static const char name[] = "sidetone_meaning_sentences_total";
    static const char help[] = "Sentences by how it was found what they mean.";
    if (!embedder || workers == 0)
        return NULL;
    struct meaning *meaning = st_mem_alloc(sizeof(*meaning));
    if (st_worker_pool_create(&meaning->pool, workers) < 0) {
        free(meaning);
        return NULL;
    }
    meaning->embedder = st_embedder_ref(embedder);
    meaning->queue = queue;
    meaning->asked = st_metrics_counter(name, help, "how", "asked");
    meaning->recalled = st_metrics_counter(name, help, "how", "recalled");
    meaning->dropped = st_metrics_counter(name, help, "how", "dropped");
    meaning->late = st_metrics_counter(name, help, "how", "late");
    return meaning;
}

void meaning_destroy(struct meaning *meaning)
{
    if (!meaning)
        return;
    st_worker_pool_destroy(meaning->pool);
    st_embedder_unref(meaning->embedder);
    free(meaning);
}

static void on_run(struct st_job *job, unsigned worker)
{
    struct meaning_question *question = (struct meaning_question *)job;
    (void)worker;
    question->err =
        st_embedder_embed(question->meaning->embedder, question->text, question->vector);
}

static void on_release(struct st_job *job)
{
    struct meaning_question *question = (struct meaning_question *)job;
    atomic_fetch_sub(&question->meaning->waiting, 1);
    free(question);
}

static void unlink_question(struct meaning_question *question)
{
    *question->link = question->next;
    if (question->next)
        question->next->link = question->link;
}

static void on_done(struct st_job *job)
{
    struct meaning_question *question = (struct meaning_question *)job;
    struct call *call = question->call;
    unlink_question(question);
    bool is_in_time = st_analysis_put_vector(call->story.analysis, question->ticket,
                                             question->err ? NULL : question->vector);
    if (!is_in_time)
        st_counter_add(question->meaning->late, 1);
    on_release(job);
    call_on_meaning(call);
}

static int submit(struct meaning *meaning, struct call *call, uint64_t ticket, const char *text)
{
    size_t bytes = strlen(text) + 1;
    struct meaning_question *question = st_mem_alloc(sizeof(*question) + bytes);
    question->job = (struct st_job){
        .run = on_run, .done = on_done, .release = on_release, .loop = call->shard->loop};
    question->meaning = meaning;
    question->call = call;
    question->ticket = ticket;
    memcpy(question->text, text, bytes);
    question->link = &call->questions;
    question->next = call->questions;
    if (question->next)
        question->next->link = &question->next;
    call->questions = question;
    st_counter_add(meaning->asked, 1);
    st_worker_pool_submit(meaning->pool, &question->job);
    return 0;
}

int meaning_ask(struct meaning *meaning, struct call *call, uint64_t ticket, const char *text,
                float *ret_vector)
{
    if (!meaning)
        return -ENOENT;
    if (st_embedder_recall(meaning->embedder, text, ret_vector)) {
        st_counter_add(meaning->recalled, 1);
        return 1;
    }
    if (atomic_fetch_add(&meaning->waiting, 1) >= meaning->queue) {
        atomic_fetch_sub(&meaning->waiting, 1);
        st_counter_add(meaning->dropped, 1);
        return -EBUSY;
    }
    return submit(meaning, call, ticket, text);
}

void meaning_drop(struct call *call)
{
    while (call->questions) {
        struct meaning_question *question = call->questions;
        unlink_question(question);
        st_worker_pool_abandon(question->meaning->pool, &question->job);
    }
}
