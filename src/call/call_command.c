/* What somebody wants of one call, if it is one that they may see: an errand to its loop. */
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
    /* On the call's loop; gives the result, and sets an answer where there is one. */
    int (*apply)(struct command *command, struct call *call);
    enum st_role roles[ST_CHANNELS_MAX];
    struct st_alert_command alert;
    int result;
    struct st_buf *answer; /* own reference; NULL: there is none */
    void (*done)(void *user, int result, struct st_buf *answer);
    void *user;
};

static void act(struct errand *errand)
{
    struct command *command = (struct command *)errand;
    struct call *call = shard_find(&errand->service->shards[errand->there], command->serial);
    command->result = -ESRCH;
    if (call && st_subscription_sees_call(command->subscription, call->story.facts))
        command->result = command->apply(command, call);
}

static void finish(struct errand *errand)
{
    struct command *command = (struct command *)errand;
    command->done(command->user, command->result, command->answer);
    st_buf_unref(command->answer);
    st_subscription_free(command->subscription);
    free(command);
}

static void run(struct st_call_service *service, unsigned loop_index, const char *call_id,
                const struct command *wanted)
{
    struct command *command = st_mem_alloc(sizeof(*command));
    struct directory_entry owner = {.loop_index = loop_index};
    directory_find(service->directory, call_id, &owner);
    *command = *wanted;
    command->errand = (struct errand){.service = service,
                                      .home = loop_index,
                                      .there = owner.loop_index,
                                      .act = act,
                                      .finish = finish};
    command->serial = owner.serial;
    command->result = -ECANCELED;
    errand_run(&command->errand);
}

static int set_roles(struct command *command, struct call *call)
{
    int result = call_change_roles(call, command->roles);
    if (result >= 0)
        command->answer = story_state(&call->story, ST_SNAPSHOT_FORMS - 1);
    return result;
}

void st_call_set_roles(struct st_call_service *service, unsigned loop_index,
                       struct st_call_roles_command wanted,
                       void (*done)(void *user, int result, struct st_buf *state), void *user)
{
    struct command command = {
        .subscription = wanted.subscription, .apply = set_roles, .done = done, .user = user};
    memcpy(command.roles, wanted.roles, sizeof(command.roles));
    run(service, loop_index, wanted.call_id, &command);
}

static int change_alert(struct command *command, struct call *call)
{
    int result = story_alerts_command(&call->story, &command->alert);
    const struct st_alert *alert = st_alerts_find(call->story.alerts, command->alert.alert_id);
    if (alert)
        command->answer = story_alerts_encode(&call->story, alert);
    return result;
}

void st_call_command_alert(struct st_call_service *service, unsigned loop_index,
                           struct st_call_alert_command wanted,
                           void (*done)(void *user, int result, struct st_buf *alert), void *user)
{
    struct command command = {.subscription = wanted.subscription,
                              .apply = change_alert,
                              .alert = *wanted.command,
                              .done = done,
                              .user = user};
    run(service, loop_index, wanted.call_id, &command);
}
