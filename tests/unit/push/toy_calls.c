#include "toy_calls.h"

#include "sidetone/buf.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_snapshot(const struct toy_call *call, struct st_hub_backlog *backlog)
{
    char text[160];
    int n = snprintf(text, sizeof(text),
                     "{\"type\":\"snapshot\",\"call\":{\"call_id\":\"%s\",\"seq\":%llu}}",
                     call->facts->call_id, (unsigned long long)call->seq);
    st_hub_backlog_add(backlog, st_buf_copy(text, (size_t)n));
    backlog->snapshots++;
}

static void collect(void *source, unsigned loop, const struct st_subscription *subscription,
                    struct st_hub_backlog *backlog)
{
    struct toy_calls *toys = source;
    __atomic_fetch_add(&toys->collects, 1, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < toys->on[loop].count; i++) {
        struct toy_call *call = &toys->on[loop].calls[i];
        if (!st_subscription_sees_call(subscription, call->facts))
            continue;
        const struct st_resume *resume =
            st_subscription_find_resume(subscription, call->facts->call_id);
        if (!resume) {
            add_snapshot(call, backlog);
            continue;
        }
        st_hub_backlog_add_known(backlog, (size_t)(resume - subscription->resume));
        for (uint64_t seq = resume->seq; seq < call->seq; seq++)
            if (st_subscription_wants(subscription, call->events[seq]))
                st_hub_backlog_add_event(backlog, call->events[seq]);
    }
}

static const struct st_hub_source source = {.collect = collect};

void toy_calls_open(struct toy_calls *toys)
{
    struct st_hub_config *config = &toys->config;
    config->loops = toys->loops;
    config->loop_count = toys->loop_count;
    config->queue_bytes = config->queue_bytes ? config->queue_bytes : 262144;
    config->partial_bytes = config->partial_bytes ? config->partial_bytes : 16384;
    config->subscribers_max = config->subscribers_max ? config->subscribers_max : 100;
    config->source = &source;
    config->source_user = toys;
    ck_assert_int_eq(st_hub_create(&toys->hub, config), 0);
}

void toy_calls_close(struct toy_calls *toys)
{
    for (unsigned loop = 0; loop < toys->loop_count; loop++) {
        for (unsigned i = 0; i < toys->on[loop].count; i++) {
            struct toy_call *call = &toys->on[loop].calls[i];
            for (uint64_t seq = 0; seq < call->seq; seq++)
                st_message_unref(call->events[seq]);
            st_call_facts_unref(call->facts);
        }
    }
    st_hub_destroy(toys->hub);
}

struct toy_call *toy_calls_begin(struct toy_calls *toys, unsigned loop)
{
    char id[32];
    unsigned number = toys->on[loop].count++;
    ck_assert_uint_lt(number, TOY_CALLS_MAX);
    snprintf(id, sizeof(id), "c%u.%u", loop, number);
    toys->on[loop].calls[number].facts = made_facts(id, "a1", "q1");
    toy_calls_event(toys, loop, number);
    return &toys->on[loop].calls[number];
}

void toy_calls_event(struct toy_calls *toys, unsigned loop, unsigned number)
{
    struct toy_call *call = &toys->on[loop].calls[number];
    if (call->seq == TOY_EVENTS_MAX)
        return;
    struct st_message *message = made_message(
        call->seq ? ST_EVENT_TRANSCRIPT_FINAL : ST_EVENT_CALL_STARTED, call->facts, call->seq + 1);
    call->events[call->seq++] = message;
    st_hub_publish(toys->hub, loop, message);
}

void toy_calls_partial(struct toy_calls *toys, unsigned loop, unsigned number)
{
    struct st_message *message =
        made_message(ST_EVENT_TRANSCRIPT_PARTIAL, toys->on[loop].calls[number].facts, 0);
    st_hub_publish(toys->hub, loop, message);
    st_message_unref(message);
}

/* ---- clients ---- */

static uint64_t *place(struct toy_client *client, const char *call_id)
{
    unsigned loop = 0, call = 0;
    ck_assert_int_eq(sscanf(call_id, "c%u.%u", &loop, &call), 2);
    return &client->seen[loop][call];
}

static void check_message(struct toy_client *client, const json_t *message)
{
    const char *type = json_string_value(json_object_get(message, "type"));
    const json_t *seq = json_object_get(message, "seq");
    const json_t *call = json_object_get(message, "call");
    if (strcmp(type, "snapshot.end") == 0) {
        ck_assert(!client->is_complete);
        client->is_complete = true;
    } else if (strcmp(type, "snapshot") == 0) {
        ck_assert(!client->is_complete);
        uint64_t *seen = place(client, json_string_value(json_object_get(call, "call_id")));
        ck_assert_uint_eq(*seen, 0);
        *seen = (uint64_t)json_integer_value(json_object_get(call, "seq"));
    } else if (seq) {
        uint64_t *seen = place(client, json_string_value(json_object_get(message, "call_id")));
        ck_assert_uint_eq((uint64_t)json_integer_value(seq), *seen + 1);
        (*seen)++;
    }
}

static void on_send(void *user)
{
    struct toy_client *client = user;
    client->messages++;
    check_message(client, fake_link_at(&client->link, 0));
    json_array_clear(client->link.sent);
}

void toy_client_open(struct toy_client *client, struct toy_calls *toys, unsigned loop)
{
    client->toys = toys;
    client->loop = loop;
    fake_link_open(&client->link, toys->hub, loop);
    client->link.on_send = on_send;
    client->link.user = client;
    client->is_open = true;
}

void toy_client_subscribe(struct toy_client *client, bool resumes)
{
    char text[4096], *at = text;
    at += sprintf(at, "{\"resume\":{");
    for (unsigned loop = 0; loop < TOY_LOOPS_MAX; loop++) {
        for (unsigned call = 0; call < TOY_CALLS_MAX; call++) {
            uint64_t *seen = &client->seen[loop][call];
            if (!resumes)
                *seen = 0;
            if (*seen)
                at += sprintf(at, "%s\"c%u.%u\":%llu", at[-1] == '{' ? "" : ",", loop, call,
                              (unsigned long long)*seen);
        }
    }
    strcpy(at, "}}");
    client->is_complete = false;
    fake_link_subscribe(&client->link, text);
}

void toy_client_close(struct toy_client *client)
{
    fake_link_close(&client->link);
    client->is_open = false;
}
