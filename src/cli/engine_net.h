/* The network of one loop, for verbs that reach engines as the gateway does. */
#ifndef SIDETONE_CLI_ENGINE_NET_H
#define SIDETONE_CLI_ENGINE_NET_H

struct st_config_limits;
struct st_loop;
struct st_net;
struct st_net_shared;

struct st_engine_net {
    struct st_loop *loop;
    struct st_net_shared *shared;
    struct st_net *net;
};

/* Before the loop runs; the limits are the gateway's. On failure only fini follows. */
int st_engine_net_open(struct st_engine_net *net, struct st_loop *loop,
                       const struct st_config_limits *limits);
/* On the loop's thread: closes every connection, then stops the loop. */
void st_engine_net_close(struct st_engine_net *net);
/* After the run. */
void st_engine_net_fini(struct st_engine_net *net);

#endif
