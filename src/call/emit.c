#include "call_internal.h"

#include "sidetone/loop.h"

static void send_out(struct call *call, struct st_message *message)
{
    call_forget_snapshots(call);
    if (message->seq > 0)
        history_add(&call->history, message);
    for (unsigned form = 0; message->previous && form < ST_SNAPSHOT_FORMS; form++)
        message->snapshots[form] = call_snapshot(call, form);
    st_hub_publish(call->shard->service->hub, call->shard->index, message);
}

static struct st_message *number(struct call *call, struct st_event *event)
{
    event->seq = event->type == ST_EVENT_TRANSCRIPT_PARTIAL ? 0 : ++call->seq;
    event->at_unix_ms = st_loop_wall_unix_ms();
    event->call = call->facts;
    if (event->media_us == 0)
        event->media_us = call_media_us(call);
    return st_message_encode(event, &call->shard->json);
}

static void keep_partial(struct call *call, struct st_message *message)
{
    struct channel *channel = &call->channels[message->channel];
    if (message->type != ST_EVENT_TRANSCRIPT_PARTIAL && message->type != ST_EVENT_TRANSCRIPT_FINAL)
        return;
    st_message_unref(channel->partial);
    channel->partial =
        message->type == ST_EVENT_TRANSCRIPT_PARTIAL ? st_message_ref(message) : NULL;
}

static void keep_characteristics(struct call *call, struct st_message *message)
{
    if (message->type != ST_EVENT_CHARACTERISTICS_UPDATED)
        return;
    st_message_unref(call->characteristics);
    call->characteristics = st_message_ref(message);
}

void call_emit(struct call *call, struct st_event *event)
{
    struct st_message *message = number(call, event);
    keep_partial(call, message);
    keep_characteristics(call, message);
    send_out(call, message);
    st_message_unref(message);
}

void call_emit_updated(struct call *call, unsigned changes, const struct st_call_facts *previous)
{
    int64_t lag_us = 0;
    for (unsigned i = 0; i < ST_CHANNELS_MAX; i++)
        if (call->channels[i].lag_us > lag_us)
            lag_us = call->channels[i].lag_us;
    struct st_event event = {
        .type = ST_EVENT_CALL_UPDATED,
        .updated = {.changes = changes,
                    .is_paused = call->is_paused,
                    .is_rate_suspect = call->is_rate_suspect,
                    .lag_us = lag_us},
    };
    struct st_message *message = number(call, &event);
    if (previous)
        message->previous = st_call_facts_ref(previous);
    send_out(call, message);
    st_message_unref(message);
}
