#include "sidetone/post.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { RETRY_US = 10000 };

struct retry {
    struct st_loop *to;
    st_loop_fn run, give_up;
    void *user;
    struct st_timer *timer;
};

/* False when it has to be tried again. */
static bool settle(const struct retry *retry)
{
    int err = st_loop_post(retry->to, retry->run, retry->user);
    if (err == -ENOBUFS)
        return false;
    if (err && retry->give_up)
        retry->give_up(retry->user);
    return true;
}

static void on_retry(void *user)
{
    struct retry *retry = user;
    if (!settle(retry))
        return;
    st_timer_close(retry->timer);
    free(retry);
}

void st_post_surely(struct st_loop *from, struct st_loop *to, st_loop_fn run, st_loop_fn give_up,
                    void *user)
{
    struct retry first = {.to = to, .run = run, .give_up = give_up, .user = user};
    if (settle(&first))
        return;
    struct retry *retry = st_mem_alloc(sizeof(*retry));
    *retry = first;
    retry->timer = st_timer_open(from, on_retry, retry);
    st_timer_set(retry->timer, RETRY_US, RETRY_US);
}
