#include "fake_link.h"

#include "sidetone/buf.h"
#include "sidetone/message.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int link_send(void *user, struct st_buf *json, const struct st_message *message)
{
    struct fake_link *link = user;
    assert(link->closes == 0);
    if (link->result)
        return link->result;
    json_t *parsed = json_loadb((const char *)json->data, json->len, JSON_REJECT_DUPLICATES, NULL);
    assert(json_is_object(parsed));
    json_array_append_new(link->sent, parsed);
    link->sent_bytes += json->len;
    if (message) {
        assert(message->json == json);
        link->events++;
    }
    if (link->keeps_queue)
        link->queued_bytes += json->len;
    if (link->on_send)
        link->on_send(link->user);
    return 0;
}

static size_t link_queued_bytes(void *user)
{
    return ((struct fake_link *)user)->queued_bytes;
}

static void link_close(void *user, uint16_t code, const char *reason)
{
    struct fake_link *link = user;
    link->closes++;
    link->code = code;
}

const struct st_subscriber_link fake_subscriber_link = {
    .send = link_send,
    .queued_bytes = link_queued_bytes,
    .close = link_close,
};

void fake_link_open(struct fake_link *link, struct st_hub *hub, unsigned loop_index)
{
    *link = (struct fake_link){.sent = json_array()};
    assert(st_subscriber_open(&link->subscriber, hub, loop_index, &fake_subscriber_link, link) ==
           0);
}

void fake_link_subscribe(struct fake_link *link, const char *json)
{
    char why[160] = "";
    struct st_subscription *subscription = st_subscription_create();
    int err = st_subscription_parse(subscription, json, strlen(json), why, sizeof(why));
    if (err) {
        fprintf(stderr, "%s: %s\n", json, why);
        abort();
    }
    st_subscriber_subscribe(link->subscriber, subscription);
}

void fake_link_drain(struct fake_link *link)
{
    while (link->queued_bytes > 0) {
        link->queued_bytes = 0;
        st_subscriber_drained(link->subscriber);
    }
}

void fake_link_close(struct fake_link *link)
{
    st_subscriber_close(link->subscriber);
    link->subscriber = NULL;
    json_decref(link->sent);
    link->sent = NULL;
}

size_t fake_link_count(const struct fake_link *link)
{
    return json_array_size(link->sent);
}

const json_t *fake_link_at(const struct fake_link *link, size_t i)
{
    assert(i < json_array_size(link->sent));
    return json_array_get(link->sent, i);
}

static const char *type_of(const json_t *message)
{
    return json_string_value(json_object_get(message, "type"));
}

size_t fake_link_count_type(const struct fake_link *link, const char *type)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(link->sent); i++)
        count += strcmp(type_of(json_array_get(link->sent, i)), type) == 0;
    return count;
}

const json_t *fake_link_last(const struct fake_link *link, const char *type)
{
    for (size_t i = json_array_size(link->sent); i > 0; i--)
        if (strcmp(type_of(json_array_get(link->sent, i - 1)), type) == 0)
            return json_array_get(link->sent, i - 1);
    return NULL;
}

const char *fake_link_take(struct fake_link *link)
{
    static char text[65536];
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(link->sent); i++) {
        const json_t *message = json_array_get(link->sent, i);
        const json_t *seq = json_object_get(message, "seq");
        bool is_event = json_object_get(message, "v") != NULL;
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", len ? " " : "",
                                type_of(message));
        if (is_event && seq)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "/%lld",
                                    (long long)json_integer_value(seq));
        assert(len < sizeof(text));
    }
    json_array_clear(link->sent);
    return text;
}
