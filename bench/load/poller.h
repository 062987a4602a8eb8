/* A minimal epoll loop of one thread, with nanosecond time-outs. */
#ifndef BENCH_POLLER_H
#define BENCH_POLLER_H

#include <stdbool.h>
#include <stdint.h>

/* Lives as long as the process: a later event of the same batch may still name it. */
struct poller_source {
    int fd; /* −1: gone */
    void (*on_ready)(void *user, bool can_read, bool can_write);
    void *user;
};

void poller_open(void);
void poller_add(struct poller_source *source);
void poller_want_write(struct poller_source *source, bool wants);
void poller_close(struct poller_source *source); /* the descriptor too */

/* Handles what is ready, waiting for at most `wait_ns`. */
void poller_poll(uint64_t wait_ns);
void poller_poll_until(uint64_t until_ns);

/* A connection to 127.0.0.1, non-blocking; polls while nobody accepts. Ends the program after 15 s.
 */
int poller_connect(uint16_t port);

#endif
