/* A subscriber's connection that keeps what it was given. */
#ifndef FAKE_LINK_H
#define FAKE_LINK_H

#include "sidetone/hub.h"

#include <jansson.h>

struct fake_link {
    json_t *sent; /* array of the messages */
    size_t sent_bytes;
    size_t events; /* of them, given with their st_message */
    size_t queued_bytes;
    bool keeps_queue; /* what is sent stays queued until fake_link_drain */
    int result;
    unsigned closes;
    uint16_t code;
    void (*on_send)(void *user); /* optional */
    void *user;
    struct st_subscriber *subscriber;
};

extern const struct st_subscriber_link fake_subscriber_link;

void fake_link_open(struct fake_link *link, struct st_hub *hub, unsigned loop_index);
/* `json`: the members of a subscribe message. */
void fake_link_subscribe(struct fake_link *link, const char *json);
/* Until the queue stays empty. */
void fake_link_drain(struct fake_link *link);
void fake_link_close(struct fake_link *link);

/* Message number `i`; it must have come. */
const json_t *fake_link_at(const struct fake_link *link, size_t i);
size_t fake_link_count(const struct fake_link *link);
size_t fake_link_count_type(const struct fake_link *link, const char *type);
/* The last message of that type, or NULL. */
const json_t *fake_link_last(const struct fake_link *link, const char *type);
/* The types of what has come since the last time, and for events their seq, one a word:
 * "snapshot snapshot.end call.updated/4". Static. */
const char *fake_link_take(struct fake_link *link);

#endif
