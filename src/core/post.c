#include "sidetone/post.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { RETRY_US = 10000 };

struct retry {
    struct st_loop *to;
    st_loop_fn run;
    void *user;
    struct st_timer *timer;
};

static void on_retry(void *user)
{
    struct retry *retry = user;
    if (st_loop_post(retry->to, retry->run, retry->user) == -ENOBUFS)
        return;
    st_timer_close(retry->timer);
    free(retry);
}

void st_post_surely(struct st_loop *from, struct st_loop *to, st_loop_fn run, void *user)
{
    if (st_loop_post(to, run, user) != -ENOBUFS)
        return;
    struct retry *retry = st_mem_alloc(sizeof(*retry));
    *retry = (struct retry){.to = to, .run = run, .user = user};
    retry->timer = st_timer_open(from, on_retry, retry);
    st_timer_set(retry->timer, RETRY_US, RETRY_US);
}
