#include "call_internal.h"

#include "sidetone/loop.h"
#include "sidetone/post.h"

static void on_finish(void *user)
{
    struct tour *tour = user;
    tour->finish(tour);
}

/* Starts behind home and ends there. */
static void on_visit(void *user)
{
    struct tour *tour = user;
    unsigned loops = tour->service->loop_count;
    unsigned here = (tour->home + 1 + tour->visited) % loops;
    tour->visit(tour, &tour->service->shards[here]);
    if (++tour->visited == loops) {
        tour->finish(tour);
        return;
    }
    unsigned next = (here + 1) % loops;
    st_post_surely(tour->service->loops[here], tour->service->loops[next], on_visit, on_finish,
                   tour);
}

void tour_start(struct tour *tour)
{
    struct st_call_service *service = tour->service;
    unsigned first = (tour->home + 1) % service->loop_count;
    st_post_surely(service->loops[tour->home], service->loops[first], on_visit, on_finish, tour);
}
