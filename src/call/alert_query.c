/* Which alerts there are, over every loop: the first rows of an order, however many there are. */
#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <stdlib.h>
#include <string.h>

struct gathering {
    struct tour tour; /* first */
    struct st_alert_query query;
    struct st_alert_row *rows; /* in order; own references */
    size_t count;
    bool has_more;
    size_t calls;
    void (*done)(void *user, const struct st_alert_answer *answer);
    void *user;
};

/* Newest first. */
static int compare(const struct st_alert_place *a, const struct st_alert_place *b)
{
    if (a->raised_unix_ms != b->raised_unix_ms)
        return a->raised_unix_ms > b->raised_unix_ms ? -1 : 1;
    int by_call = strcmp(a->call_id, b->call_id);
    if (by_call != 0)
        return by_call;
    return a->id == b->id ? 0 : a->id > b->id ? -1 : 1;
}

static void drop_row(struct st_alert_row *row)
{
    free(row->place.call_id);
    st_buf_unref(row->json);
}

static bool is_wanted(const struct st_alert_query *query, const struct st_alert *alert)
{
    return query->states >> alert->state & 1 && alert->severity >= query->min_severity;
}

static void add_row(struct gathering *gathering, struct call *call, const struct st_alert *alert)
{
    const struct st_alert_query *query = &gathering->query;
    struct st_alert_place place = {.raised_unix_ms = alert->raised_unix_ms,
                                   .call_id = call->story.facts->call_id,
                                   .id = alert->id};
    if (query->after.call_id && compare(&place, &query->after) <= 0)
        return;
    size_t at = gathering->count;
    while (at > 0 && compare(&place, &gathering->rows[at - 1].place) < 0)
        at--;
    if (gathering->count == query->rows_max) {
        gathering->has_more = true;
        if (at == gathering->count)
            return;
        drop_row(&gathering->rows[--gathering->count]);
    }
    memmove(&gathering->rows[at + 1], &gathering->rows[at],
            (gathering->count - at) * sizeof(gathering->rows[0]));
    place.call_id = st_mem_strdup(place.call_id);
    gathering->rows[at] =
        (struct st_alert_row){.place = place, .json = story_alerts_encode(&call->story, alert)};
    gathering->count++;
}

static void visit(struct tour *tour, struct call_shard *shard)
{
    struct gathering *gathering = (struct gathering *)tour;
    for (size_t i = 0; i < CALL_BUCKETS; i++)
        for (struct call *call = shard->buckets[i]; call; call = call->next_in_bucket) {
            if (!st_subscription_sees_call(gathering->query.subscription, call->story.facts))
                continue;
            gathering->calls++;
            for (size_t k = 0; k < st_alerts_count(call->story.alerts); k++)
                if (is_wanted(&gathering->query, st_alerts_at(call->story.alerts, k)))
                    add_row(gathering, call, st_alerts_at(call->story.alerts, k));
        }
}

static void finish(struct tour *tour)
{
    struct gathering *gathering = (struct gathering *)tour;
    struct st_alert_answer answer = {.rows = gathering->rows,
                                     .count = gathering->count,
                                     .has_more = gathering->has_more,
                                     .calls = gathering->calls};
    gathering->done(gathering->user, &answer);
    for (size_t i = 0; i < gathering->count; i++)
        drop_row(&gathering->rows[i]);
    free(gathering->rows);
    free(gathering->query.after.call_id);
    st_subscription_free(gathering->query.subscription);
    free(gathering);
}

void st_call_query_alerts(struct st_call_service *service, unsigned loop_index,
                          struct st_alert_query query,
                          void (*done)(void *user, const struct st_alert_answer *answer),
                          void *user)
{
    struct gathering *gathering = st_mem_alloc(sizeof(*gathering));
    gathering->tour =
        (struct tour){.service = service, .home = loop_index, .visit = visit, .finish = finish};
    gathering->query = query;
    gathering->rows = st_mem_alloc_array(query.rows_max + 1, sizeof(gathering->rows[0]));
    gathering->done = done;
    gathering->user = user;
    tour_start(&gathering->tour);
}
