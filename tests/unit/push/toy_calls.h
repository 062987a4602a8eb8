/*
 * Calls that only count, on several loops, and clients that check what they are told of them:
 * every event after the last one seen, once, in order.
 *
 * Everything of a loop is touched on its thread only.
 */
#ifndef TOY_CALLS_H
#define TOY_CALLS_H

#include "fake_link.h"
#include "made.h"

enum { TOY_LOOPS_MAX = 4, TOY_CALLS_MAX = 8, TOY_EVENTS_MAX = 4000 };

struct toy_call {
    struct st_call_facts *facts;
    uint64_t seq;
    struct st_message *events[TOY_EVENTS_MAX]; /* own references; events[seq - 1] */
};

struct toy_calls {
    struct st_loop *loops[TOY_LOOPS_MAX];
    unsigned loop_count;
    struct st_hub *hub;
    struct {
        struct toy_call calls[TOY_CALLS_MAX];
        unsigned count;
    } on[TOY_LOOPS_MAX];
    unsigned collects;
    struct st_hub_config config;
};

/* Over loops that exist. `queue_bytes` and the rest of the limits can be set in config before. */
void toy_calls_open(struct toy_calls *toys);
/* After the loops have been destroyed. */
void toy_calls_close(struct toy_calls *toys);
/* On that loop. */
struct toy_call *toy_calls_begin(struct toy_calls *toys, unsigned loop);
void toy_calls_event(struct toy_calls *toys, unsigned loop, unsigned call);
void toy_calls_partial(struct toy_calls *toys, unsigned loop, unsigned call);

struct toy_client {
    struct toy_calls *toys;
    unsigned loop;
    bool is_open;
    struct fake_link link;
    /* Of what this client saw last; 0: nothing yet. */
    uint64_t seen[TOY_LOOPS_MAX][TOY_CALLS_MAX];
    bool is_complete;  /* snapshot.end has come */
    unsigned messages; /* in all */
};

/* On its loop. */
void toy_client_open(struct toy_client *client, struct toy_calls *toys, unsigned loop);
void toy_client_subscribe(struct toy_client *client, bool resumes);
void toy_client_close(struct toy_client *client);

#endif
