/*
 * What an event's type adds to its JSON: one function per type, listed in message.c. They write
 * members into an open object and note in the message what the hub and call states need.
 */
#ifndef SIDETONE_PUSH_ENCODE_H
#define SIDETONE_PUSH_ENCODE_H

#include "sidetone/event.h"
#include "sidetone/json_writer.h"
#include "sidetone/message.h"

typedef void (*st_encode_fn)(struct st_json_writer *json, const struct st_event *event,
                             struct st_message *message);

void st_encode_started(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message);
void st_encode_updated(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message);
void st_encode_dtmf(struct st_json_writer *json, const struct st_event *event,
                    struct st_message *message);
void st_encode_stt(struct st_json_writer *json, const struct st_event *event,
                   struct st_message *message);
void st_encode_ended(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message);
void st_encode_transcript(struct st_json_writer *json, const struct st_event *event,
                          struct st_message *message);
void st_encode_category(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message);
void st_encode_withdrawn(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message);
void st_encode_alert(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message);
void st_encode_pii(struct st_json_writer *json, const struct st_event *event,
                   struct st_message *message);
void st_encode_sentiment(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message);
void st_encode_question(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message);
void st_encode_profanity(struct st_json_writer *json, const struct st_event *event,
                         struct st_message *message);
void st_encode_language(struct st_json_writer *json, const struct st_event *event,
                        struct st_message *message);
void st_encode_script(struct st_json_writer *json, const struct st_event *event,
                      struct st_message *message);
void st_encode_topic(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message);
void st_encode_issue(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message);
void st_encode_summary(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message);
void st_encode_shift(struct st_json_writer *json, const struct st_event *event,
                     struct st_message *message);
void st_encode_characteristics(struct st_json_writer *json, const struct st_event *event,
                               struct st_message *message);
void st_encode_silence(struct st_json_writer *json, const struct st_event *event,
                       struct st_message *message);

/* Of any type that a vendor may find something of. */
void st_encode_vendor(struct st_json_writer *json, const struct st_event *event,
                      struct st_message *message);

/* ---- parts that several share ---- */

static inline int64_t st_encode_ms(int64_t us)
{
    return us / 1000;
}

/* channel, role */
void st_encode_speaker(struct st_json_writer *json, unsigned channel, enum st_role role);
/* agent, with id and name */
void st_encode_agent(struct st_json_writer *json, const struct st_call_facts *facts);
/* start_ms, end_ms */
void st_encode_span(struct st_json_writer *json, int64_t start_us, int64_t end_us);

/* The part of an event that call states repeat is written as one value, so that they can copy it.
 */
void st_encode_begin_body(struct st_json_writer *json, struct st_message *message, const char *key);
void st_encode_end_body(struct st_json_writer *json, struct st_message *message);

#endif
