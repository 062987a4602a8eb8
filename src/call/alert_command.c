/* What somebody does to an alert: to the loop of its call, and home with what became of it. */
#include "call_internal.h"

#include "sidetone/buf.h"
#include "sidetone/mem.h"
#include "sidetone/post.h"

#include <errno.h>
#include <stdlib.h>

struct errand {
    struct st_call_service *service;
    unsigned home;
    struct directory_entry owner;
    struct st_subscription *subscription;
    struct st_alert_command command;
    int result;
    struct st_buf *alert; /* own reference; NULL: there is none */
    void (*done)(void *user, int result, struct st_buf *alert);
    void *user;
};

static void finish(void *user)
{
    struct errand *errand = user;
    errand->done(errand->user, errand->result, errand->alert);
    st_buf_unref(errand->alert);
    st_subscription_free(errand->subscription);
    free(errand);
}

static void apply(struct errand *errand)
{
    struct call *call =
        shard_find(&errand->service->shards[errand->owner.loop_index], errand->owner.serial);
    errand->result = -ESRCH;
    if (!call || !st_subscription_sees_call(errand->subscription, call->story.facts))
        return;
    errand->result = story_alerts_command(&call->story, &errand->command);
    const struct st_alert *alert = st_alerts_find(call->story.alerts, errand->command.alert_id);
    if (alert)
        errand->alert = story_alerts_encode(&call->story, alert);
}

static void on_owner(void *user)
{
    struct errand *errand = user;
    struct st_loop *const *loops = errand->service->loops;
    apply(errand);
    st_post_surely(loops[errand->owner.loop_index], loops[errand->home], finish, finish, errand);
}

void st_call_command_alert(struct st_call_service *service, unsigned loop_index,
                           struct st_call_alert_command command,
                           void (*done)(void *user, int result, struct st_buf *alert), void *user)
{
    struct errand *errand = st_mem_alloc(sizeof(*errand));
    errand->service = service;
    errand->home = loop_index;
    errand->subscription = command.subscription;
    errand->command = *command.command;
    errand->done = done;
    errand->user = user;
    errand->result = -ECANCELED;
    if (!directory_find(service->directory, command.call_id, &errand->owner)) {
        errand->result = -ESRCH;
        errand->owner.loop_index = loop_index;
        st_post_surely(service->loops[loop_index], service->loops[loop_index], finish, finish,
                       errand);
        return;
    }
    st_post_surely(service->loops[loop_index], service->loops[errand->owner.loop_index], on_owner,
                   finish, errand);
}
