/* One call under load: its connection to the gateway and the frames it has sent. */
#ifndef BENCH_CALL_H
#define BENCH_CALL_H

#include "ws.h"

#include <stdint.h>

enum { FRAME_NS = 20000000 };

struct dialect;

struct call {
    struct ws ws;
    const struct dialect *dialect;
    unsigned index;       /* streams 2·index and 2·index + 1 */
    uint64_t first_frame; /* of the schedule */
    uint64_t frames;      /* sent */
    uint64_t frames_max;
    uint64_t *sent_ns; /* when each was */
    bool is_started;
    bool is_stopped;
    bool is_lost; /* closed before we stopped */
};

/* What a platform says: one constant table each. */
struct dialect {
    const char *name;
    const char *path;
    void (*start)(struct call *call);
    void (*send_frame)(struct call *call);
    void (*stop)(struct call *call);
};

const struct dialect *dialect_find(const char *name); /* NULL: none */

/* See poller_connect. */
void call_open(struct call *call, const struct ws_request *request);
void call_send_frame(struct call *call);
void call_stop(struct call *call);

#endif
