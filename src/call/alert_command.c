/* What somebody does to an alert: an errand to the loop of its call. */
#include "errand.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

struct command {
    struct errand errand; /* first */
    uint64_t serial;      /* of the call; 0: there is none */
    struct st_subscription *subscription;
    struct st_alert_command command;
    int result;
    struct st_buf *alert; /* own reference; NULL: there is none */
    void (*done)(void *user, int result, struct st_buf *alert);
    void *user;
};

static void act(struct errand *errand)
{
    struct command *command = (struct command *)errand;
    struct call *call = shard_find(&errand->service->shards[errand->there], command->serial);
    command->result = -ESRCH;
    if (!call || !st_subscription_sees_call(command->subscription, call->story.facts))
        return;
    command->result = story_alerts_command(&call->story, &command->command);
    const struct st_alert *alert = st_alerts_find(call->story.alerts, command->command.alert_id);
    if (alert)
        command->alert = story_alerts_encode(&call->story, alert);
}

static void finish(struct errand *errand)
{
    struct command *command = (struct command *)errand;
    command->done(command->user, command->result, command->alert);
    st_buf_unref(command->alert);
    st_subscription_free(command->subscription);
    free(command);
}

void st_call_command_alert(struct st_call_service *service, unsigned loop_index,
                           struct st_call_alert_command wanted,
                           void (*done)(void *user, int result, struct st_buf *alert), void *user)
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
    command->command = *wanted.command;
    command->done = done;
    command->user = user;
    command->result = -ECANCELED;
    errand_run(&command->errand);
}
