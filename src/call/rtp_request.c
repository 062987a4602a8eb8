/*
 * Sessions asked for from any loop: opened where their call lives, so that packets arrive there and
 * what the call says to them is known at once; where that loop's ports are all in use, on another.
 */
#include "errand.h"

#include "sidetone/mem.h"
#include "sidetone/rtp_session.h"
#include "sidetone/token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct request {
    struct errand errand; /* first */
    struct st_rtp_session_request wanted;
    unsigned tried; /* loops, in vain */
    int result;
};

static bool is_for(const char *claim, const char *name)
{
    return !claim[0] || strcmp(claim, name) == 0;
}

static int find_route(const struct request *request, struct st_rtp_session_config *config)
{
    const struct st_rtp_session_request *wanted = &request->wanted;
    const struct st_settings *settings =
        st_call_service_settings(request->errand.service, config->loop_index);
    const struct st_config *from = st_settings_config(settings);
    config->tenant = st_config_tenant_find(from, wanted->tenant, strlen(wanted->tenant));
    if (!config->tenant || !is_for(wanted->claims->tenant, config->tenant->name))
        return -ENOENT;
    config->route = st_config_route_find(config->tenant, wanted->route, strlen(wanted->route));
    return config->route ? 0 : -ENOENT;
}

/* ---- which channel ---- */

/* The live call, where it is on that loop. */
static const struct call *find_call(const struct request *request)
{
    struct st_call_service *service = request->errand.service;
    struct directory_entry owner;
    if (!directory_find_live(service->directory, request->wanted.start->call_id, &owner) ||
        owner.loop_index != request->errand.there)
        return NULL;
    return shard_find(&service->shards[owner.loop_index], owner.serial);
}

static unsigned carried_by(const struct call *call)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < call->leg_count; i++)
        if (call->legs[i].is_open)
            mask |= call->legs[i].channel_mask;
    return mask;
}

/* That of its role, else the first that nobody brings. */
static unsigned choose_channel(const struct call *call, enum st_role role)
{
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (role && call->story.facts->roles[i] == role)
            return i;
    return carried_by(call) & 1;
}

/* A stream that comes alone is not the first of its call, just because it is of its request. */
static void place_alone(const struct request *request, struct st_rtp_session_line *lines)
{
    const struct call *call = find_call(request);
    struct st_rtp_session_line *alone = NULL;
    unsigned used = 0;
    for (unsigned i = 0; i < request->wanted.offer->media_count; i++)
        if (lines[i].channel_mask) {
            alone = &lines[i];
            used++;
        }
    if (!call || used != 1 || alone->channel_mask != 1)
        return;
    enum st_role role = alone->roles[0];
    unsigned channel = choose_channel(call, role);
    alone->channel_mask = 1U << channel;
    memset(alone->roles, 0, sizeof(alone->roles));
    alone->roles[channel] = role;
}

/* ---- the errand ---- */

static void act(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    const struct st_rtp_session_request *wanted = &request->wanted;
    struct st_rtp_session_line lines[ST_RTP_SDP_MEDIA_MAX];
    struct st_rtp_session *session;
    memcpy(lines, wanted->lines, wanted->offer->media_count * sizeof(*lines));
    place_alone(request, lines);
    struct st_rtp_session_config config = {
        .loop_index = errand->there,
        .dialect = wanted->dialect,
        .claims = wanted->claims,
        .start = wanted->start,
        .offer = wanted->offer,
        .lines = lines,
        .timeout_us = wanted->timeout_us,
        .reorder_us = wanted->reorder_us,
    };
    request->result = find_route(request, &config);
    if (!request->result)
        request->result = st_rtp_session_open(&session, errand->service, &config);
    if (!request->result)
        wanted->opened(wanted->user, session);
}

/* While shutting down the way home may be closed. */
static bool has_another_loop(struct request *request)
{
    struct st_call_service *service = request->errand.service;
    return request->result == -ENOBUFS && !st_call_service_is_draining(service) &&
           ++request->tried < service->loop_count;
}

static void finish(struct errand *errand)
{
    struct request *request = (struct request *)errand;
    if (has_another_loop(request)) {
        errand->there = (errand->there + 1) % errand->service->loop_count;
        errand_run(errand);
        return;
    }
    request->wanted.done(request->wanted.user, request->result);
    free(request);
}

void st_rtp_session_ask_for(struct st_call_service *service, unsigned loop_index,
                            const struct st_rtp_session_request *wanted)
{
    struct request *request = st_mem_alloc(sizeof(*request));
    struct directory_entry owner = {.loop_index = loop_index};
    directory_find_live(service->directory, wanted->start->call_id, &owner);
    request->errand = (struct errand){.service = service,
                                      .home = loop_index,
                                      .there = owner.loop_index,
                                      .act = act,
                                      .finish = finish};
    request->wanted = *wanted;
    request->result = -ECANCELED;
    errand_run(&request->errand);
}
