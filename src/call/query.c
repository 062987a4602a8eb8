/* A question that visits every loop in turn and comes home with the answers. */
#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/post.h"

#include <stdlib.h>

struct gathering {
    struct st_call_service *service;
    struct st_call_query query;
    unsigned home;
    unsigned visited;
    struct st_buf **states; /* own references */
    size_t count, cap;
    void (*done)(void *user, struct st_buf *const *states, size_t count);
    void *user;
};

static void add_state(struct gathering *gathering, struct call *call)
{
    unsigned form = gathering->query.wants_transcript ? ST_SNAPSHOT_FORMS - 1 : 0;
    if (gathering->count == gathering->cap) {
        gathering->cap = gathering->cap * 2 + 8;
        gathering->states =
            st_mem_realloc(gathering->states, gathering->cap * sizeof(gathering->states[0]));
    }
    gathering->states[gathering->count++] = gathering->query.wants_summary
                                                ? story_summary(&call->story)
                                                : story_state(&call->story, form);
}

static void visit(struct gathering *gathering, unsigned index)
{
    struct call_shard *shard = &gathering->service->shards[index];
    for (size_t i = 0; i < CALL_BUCKETS; i++)
        for (struct call *call = shard->buckets[i]; call; call = call->next_in_bucket)
            if (st_subscription_sees_call(gathering->query.subscription, call->story.facts))
                add_state(gathering, call);
}

static void finish(void *user)
{
    struct gathering *gathering = user;
    gathering->done(gathering->user, gathering->states, gathering->count);
    for (size_t i = 0; i < gathering->count; i++)
        st_buf_unref(gathering->states[i]);
    free(gathering->states);
    st_subscription_free(gathering->query.subscription);
    free(gathering);
}

/* Starts behind home and ends there. */
static void on_visit(void *user)
{
    struct gathering *gathering = user;
    unsigned loops = gathering->service->loop_count;
    unsigned here = (gathering->home + 1 + gathering->visited) % loops;
    visit(gathering, here);
    if (++gathering->visited == loops) {
        finish(gathering);
        return;
    }
    unsigned next = (here + 1) % loops;
    st_post_surely(gathering->service->loops[here], gathering->service->loops[next], on_visit,
                   finish, gathering);
}

void st_call_query(struct st_call_service *service, unsigned loop_index, struct st_call_query query,
                   void (*done)(void *user, struct st_buf *const *states, size_t count), void *user)
{
    struct gathering *gathering = st_mem_alloc(sizeof(*gathering));
    gathering->service = service;
    gathering->query = query;
    gathering->home = loop_index;
    gathering->done = done;
    gathering->user = user;
    unsigned first = (loop_index + 1) % service->loop_count;
    st_post_surely(service->loops[loop_index], service->loops[first], on_visit, finish, gathering);
}
