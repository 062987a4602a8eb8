/*
 * What `send` says on the wire: one file per dialect, ending in one `static const struct
 * st_wire_ops`, listed in wire.c. Pure: messages go out through `put`.
 */
#ifndef SIDETONE_CLI_WIRE_H
#define SIDETONE_CLI_WIRE_H

#include "sidetone/json_writer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_audio_source;
struct st_send;

struct st_wire_call {
    const char *call_id; /* NULL: pcm lets the gateway make one, twilio and acs make one here */
    const char *agent_id;
    const char *agent_name;
    const char *queue;
    const char *caller;
    const char *language; /* each NULL when not given */
    uint32_t rate_hz;
};

struct st_wire {
    const struct st_wire_ops *ops;
    uint32_t rate_hz;
    char call_id[129]; /* "" until known */
    char stream_id[40];
    int64_t started_unix_ms;
    uint64_t frames;   /* sent */
    uint64_t sequence; /* messages sent */
    char error[300];   /* what the gateway complained about; "": nothing. Not to be trusted. */
    bool has_stopped;  /* the gateway said that it has finished the call */
    struct st_json_writer json;
    void (*put)(void *user, const void *data, size_t bytes, bool is_binary);
    void *user;
};

struct st_wire_ops {
    const char *name; /* for --as */
    bool takes_plan;  /* the options of rtp_plan.h */
    /* Sends the whole call, says how that went, and returns an exit code. */
    int (*send)(const struct st_send *send, struct st_audio_source *source);
    /* What follows is for st_send_over_socket. */
    uint32_t rate_hz;  /* the one it takes; 0: any */
    bool answers_stop; /* by a message; otherwise the connection just closes */
    /* Optional: the call goes by the URL's query, with the id that this gives it. */
    void (*name_call)(struct st_wire *wire, const struct st_wire_call *call);
    void (*start)(struct st_wire *wire, const struct st_wire_call *call);
    /* 20 ms: `count` samples of agent and customer, interleaved. */
    void (*frame)(struct st_wire *wire, const int16_t *samples, size_t count);
    void (*stop)(struct st_wire *wire); /* has_stopped afterwards: nothing is waited for */
    /* A text message from the gateway. */
    void (*receive)(struct st_wire *wire, const char *data, size_t bytes);
};

/* `send` of the dialects that go over a WebSocket. */
int st_send_over_socket(const struct st_send *send, struct st_audio_source *source);

/* NULL when there is none of that name. */
const struct st_wire_ops *st_wire_find(const char *name);

void st_wire_init(struct st_wire *wire, const struct st_wire_ops *ops,
                  void (*put)(void *user, const void *data, size_t bytes, bool is_binary),
                  void *user);
void st_wire_fini(struct st_wire *wire);

/* Sends the JSON written so far. */
void st_wire_put_json(struct st_wire *wire);
/* A member unless the value is NULL. */
void st_wire_set_given(struct st_wire *wire, const char *key, const char *value);

extern const struct st_wire_ops st_wire_acs;
extern const struct st_wire_ops st_wire_pcm;
extern const struct st_wire_ops st_wire_rtp;
extern const struct st_wire_ops st_wire_siprec;
extern const struct st_wire_ops st_wire_srtp;
extern const struct st_wire_ops st_wire_twilio;

#endif
