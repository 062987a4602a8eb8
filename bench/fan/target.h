/* A server that fans events out: how to subscribe to it, and how to make it send one. */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* What a target tells the program. */
void fan_ready(void); /* one more subscriber gets events from now on */
void fan_delivered(unsigned subscriber, const void *event, size_t bytes);
void fan_lost(const char *what, const char *why); /* ends the program */

struct fan_target {
    const char *name;
    void (*open_publisher)(uint16_t port, uint16_t stt_port);
    void (*open_subscriber)(uint16_t port, unsigned index, unsigned count);
    void (*publish)(void);
};

extern const struct fan_target gateway_target, nats_target;

/* What to publish to a target that sends what it is given. */
void nats_set_event(const void *event, size_t bytes);

#endif
