/* What `sidetone send` was asked to do, for those who do it. */
#ifndef SIDETONE_CLI_SEND_H
#define SIDETONE_CLI_SEND_H

#include "audio_source.h"
#include "client_options.h"
#include "rtp_plan.h"
#include "wire.h"

struct st_send {
    struct st_client_options client;
    struct st_rtp_plan rtp;
    struct st_audio_files files;
    struct st_wire_call call;
    const struct st_wire_ops *ops;
    const char *route;
    double speed;
    bool loops, no_progress, is_json;
};

/* The next 20 ms of both channels, from the beginning again where that is wanted. 1, 0 at the end,
 * negative errno. */
int st_send_read(const struct st_send *send, struct st_audio_source *source, uint64_t frames,
                 int16_t *samples);

#endif
