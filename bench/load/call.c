#include "call.h"

#include "../clock.h"

#include <stdio.h>
#include <string.h>

static void on_open(struct ws *ws)
{
    struct call *call = ws->user;
    call->dialect->start(call);
    call->is_started = true;
}

static void on_message(struct ws *ws, enum ws_opcode opcode, const uint8_t *data, size_t bytes)
{
    struct call *call = ws->user;
    if (opcode == WS_TEXT && memmem(data, bytes, "\"error\"", 7))
        fprintf(stderr, "call %u: %.*s\n", call->index, (int)(bytes < 200 ? bytes : 200),
                (const char *)data);
}

static void on_closed(struct ws *ws, const char *why)
{
    struct call *call = ws->user;
    if (call->is_stopped)
        return;
    call->is_lost = true;
    fprintf(stderr, "call %u: lost after %llu frames: %s (close code %u)\n", call->index,
            (unsigned long long)call->frames, why, ws->close_code);
}

static const struct ws_events events = {on_open, on_message, on_closed};

void call_open(struct call *call, const struct ws_request *request)
{
    ws_start_client(&call->ws, poller_connect(request->port), request, &events, call);
}

void call_send_frame(struct call *call)
{
    if (call->frames == call->frames_max || !ws_is_alive(&call->ws))
        return;
    call->sent_ns[call->frames] = clock_now_ns();
    call->dialect->send_frame(call);
    call->frames++;
}

void call_stop(struct call *call)
{
    call->is_stopped = true;
    if (ws_is_alive(&call->ws))
        call->dialect->stop(call);
}
