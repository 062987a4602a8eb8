#include "engine_net.h"

#include "sidetone/loop.h"
#include "sidetone/net.h"

int st_engine_net_open(struct st_engine_net *net, struct st_loop *loop,
                       const struct st_config_limits *limits)
{
    *net = (struct st_engine_net){.loop = loop};
    int err = st_net_shared_create(&net->shared, limits);
    return err ? err : st_net_create(&net->net, loop, net->shared, limits);
}

static void on_closed(void *user)
{
    struct st_engine_net *net = user;
    st_loop_stop(net->loop);
}

void st_engine_net_close(struct st_engine_net *net)
{
    st_net_close(net->net, on_closed, net);
}

void st_engine_net_fini(struct st_engine_net *net)
{
    st_net_destroy(net->net);
    st_net_shared_destroy(net->shared);
    *net = (struct st_engine_net){0};
}
