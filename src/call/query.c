/* A question that visits every loop in turn and comes home with the answers. */
#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <stdlib.h>

struct gathering {
    struct tour tour; /* first */
    struct st_call_query query;
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

static void visit(struct tour *tour, struct call_shard *shard)
{
    struct gathering *gathering = (struct gathering *)tour;
    for (size_t i = 0; i < CALL_BUCKETS; i++)
        for (struct call *call = shard->buckets[i]; call; call = call->next_in_bucket)
            if (st_subscription_sees_call(gathering->query.subscription, call->story.facts))
                add_state(gathering, call);
}

static void finish(struct tour *tour)
{
    struct gathering *gathering = (struct gathering *)tour;
    gathering->done(gathering->user, gathering->states, gathering->count);
    for (size_t i = 0; i < gathering->count; i++)
        st_buf_unref(gathering->states[i]);
    free(gathering->states);
    st_subscription_free(gathering->query.subscription);
    free(gathering);
}

void st_call_query(struct st_call_service *service, unsigned loop_index, struct st_call_query query,
                   void (*done)(void *user, struct st_buf *const *states, size_t count), void *user)
{
    struct gathering *gathering = st_mem_alloc(sizeof(*gathering));
    gathering->tour =
        (struct tour){.service = service, .home = loop_index, .visit = visit, .finish = finish};
    gathering->query = query;
    gathering->done = done;
    gathering->user = user;
    tour_start(&gathering->tour);
}
