#include "fleet.h"

#include "../clock.h"

#include <stdlib.h>

static const uint64_t second_ns = 1000000000, up_wait_ns = 8000000000;

/* Frame of the schedule at which a call begins: scattered over the window, always the same way. */
static uint64_t scatter(const struct fleet_config *config, unsigned index)
{
    unsigned frames = config->spread_ms * FRAMES_PER_S / 1000;
    return frames > 0 ? ((uint64_t)index * 2654435761u >> 7) % frames : 0;
}

static void open_call(struct fleet *fleet, unsigned index)
{
    const struct fleet_config *config = &fleet->config;
    struct call *call = &fleet->calls[index];
    bool is_live = index >= config->calls - config->live;
    struct ws_request request = {is_live ? config->live_path : config->path, config->port,
                                 config->token};
    *call = (struct call){.dialect = config->dialect,
                          .index = index,
                          .first_frame = scatter(config, index),
                          .frames_max = config->frames_max,
                          .sent_ns = config->sent_ns + index * config->frames_max};
    call_open(call, &request);
}

void fleet_open(struct fleet *fleet, const struct fleet_config *config)
{
    *fleet =
        (struct fleet){.config = *config, .calls = calloc(config->calls, sizeof(fleet->calls[0]))};
    for (unsigned i = 0; i < config->calls; i++) {
        uint64_t next_ns = clock_now_ns() + second_ns / config->ramp_per_s;
        open_call(fleet, i);
        poller_poll_until(next_ns);
    }
    uint64_t give_up_ns = clock_now_ns() + up_wait_ns;
    while (fleet_count_up(fleet) < config->calls && clock_now_ns() < give_up_ns)
        poller_poll_until(clock_now_ns() + 10000000);
}

unsigned fleet_count_up(const struct fleet *fleet)
{
    unsigned up = 0;
    for (unsigned i = 0; i < fleet->config.calls; i++)
        up += fleet->calls[i].is_started && !fleet->calls[i].is_lost;
    return up;
}

uint64_t fleet_count_blocked(const struct fleet *fleet)
{
    uint64_t blocked = 0;
    for (unsigned i = 0; i < fleet->config.calls; i++)
        blocked += fleet->calls[i].ws.blocked;
    return blocked;
}

static void send_due(struct fleet *fleet, struct call *call, uint64_t due_ns)
{
    poller_poll_until(due_ns);
    if (call->index % 16 == 0)
        poller_poll(0); /* also when we are behind */
    if (fleet->frame < call->first_frame || !call->is_started)
        return;
    uint64_t slip_ns = clock_now_ns() - due_ns;
    if (slip_ns > fleet->slip_ns)
        fleet->slip_ns = slip_ns;
    call_send_frame(call);
    fleet->frames++;
}

void fleet_run(struct fleet *fleet, uint64_t frames)
{
    unsigned calls = fleet->config.calls;
    if (fleet->frame == 0)
        fleet->base_ns = clock_now_ns() + 50000000;
    for (uint64_t end = fleet->frame + frames; fleet->frame < end; fleet->frame++) {
        uint64_t frame_ns = fleet->base_ns + fleet->frame * FRAME_NS;
        for (unsigned i = 0; i < calls; i++)
            send_due(fleet, &fleet->calls[i], frame_ns + (uint64_t)FRAME_NS * i / calls);
    }
    poller_poll_until(fleet->base_ns + fleet->frame * FRAME_NS);
}

void fleet_stop(struct fleet *fleet)
{
    for (unsigned i = 0; i < fleet->config.calls; i++)
        call_stop(&fleet->calls[i]);
}
