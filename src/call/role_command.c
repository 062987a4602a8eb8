/* Who is who on a call, corrected while it goes on: an errand to its loop. */
#include "errand.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct command {
    struct errand errand; /* first */
    uint64_t serial;      /* of the call; 0: there is none */
    struct st_subscription *subscription;
    enum st_role roles[ST_CHANNELS_MAX];
    int result;
    struct st_buf *state; /* own reference; NULL: not changed */
    void (*done)(void *user, int result, struct st_buf *state);
    void *user;
};

static void act(struct errand *errand)
{
    struct command *command = (struct command *)errand;
    struct call *call = shard_find(&errand->service->shards[errand->there], command->serial);
    command->result = -ESRCH;
    if (!call || !st_subscription_sees_call(command->subscription, call->story.facts))
        return;
    command->result = call_change_roles(call, command->roles);
    if (command->result >= 0)
        command->state = story_state(&call->story, ST_SNAPSHOT_FORMS - 1);
}

static void finish(struct errand *errand)
{
    struct command *command = (struct command *)errand;
    command->done(command->user, command->result, command->state);
    st_buf_unref(command->state);
    st_subscription_free(command->subscription);
    free(command);
}

void st_call_set_roles(struct st_call_service *service, unsigned loop_index,
                       struct st_call_roles_command wanted,
                       void (*done)(void *user, int result, struct st_buf *state), void *user)
{
    struct command *command = st_mem_alloc(sizeof(*command));
    struct directory_entry owner = {.loop_index = loop_index};
    directory_find(service->directory, wanted.call_id, &owner);
    command->errand = (struct errand){.service = service,
                                      .home = loop_index,
                                      .there = owner.loop_index,
                                      .act = act,
                                      .finish = finish};
    command->serial = owner.serial;
    command->subscription = wanted.subscription;
    memcpy(command->roles, wanted.roles, sizeof(command->roles));
    command->done = done;
    command->user = user;
    command->result = -ECANCELED;
    errand_run(&command->errand);
}
