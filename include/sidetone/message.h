/*
 * An event as subscribers get it: encoded once, immutable, shared by reference across threads.
 */
#ifndef SIDETONE_MESSAGE_H
#define SIDETONE_MESSAGE_H

#include "sidetone/event.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_alert;
struct st_alert_counts;
struct st_buf;
struct st_json_writer;
struct st_media_quality;
struct st_summary;

/* What a snapshot may leave out: bits that make up its form. */
enum { ST_SNAPSHOT_TRANSCRIPT = 1, ST_SNAPSHOT_SENTIMENTS = 2, ST_SNAPSHOT_FORMS = 4 };

struct st_message {
    atomic_uint refs;
    enum st_event_type type;
    bool has_severity; /* category.matched and alert.… */
    enum st_severity severity;
    unsigned channel;
    unsigned number;                  /* of scripts and topics: which one of its call */
    uint64_t seq;                     /* 0: a partial */
    int64_t made_us;                  /* monotonic, for the delivery histogram */
    const struct st_call_facts *call; /* own reference */
    struct st_buf *json;              /* the whole event */
    /* The part that call states repeat: a segment as one value, a sentiment's members without their
     * braces. 0 bytes: none. */
    size_t body_offset, body_bytes;
    int64_t start_us; /* of a segment */
    /* call.updated that changed who may see the call: what it was before, and the whole state, in
     * every form, for those who did not see it until now. */
    const struct st_call_facts *previous;
    struct st_buf *snapshots[ST_SNAPSHOT_FORMS];
};

/* "call.started", …; NULL-free for every type. */
const char *st_event_type_name(enum st_event_type type);
int st_event_type_parse(const char *name, size_t bytes); /* or -EINVAL */

/* What changed, for call.updated. */
enum st_call_change {
    ST_CALL_CHANGE_IDENTITY = 1, /* agent, queue, caller, channels, attributes */
    ST_CALL_CHANGE_PAUSED = 2,
    ST_CALL_CHANGE_LAG = 4,
    ST_CALL_CHANGE_RATE = 8,
    ST_CALL_CHANGE_QUALITY = 16,
};

/* `scratch` is reset; it belongs to the calling thread. One reference. */
struct st_message *st_message_encode(const struct st_event *event, struct st_json_writer *scratch);
struct st_message *st_message_ref(struct st_message *message);
void st_message_unref(struct st_message *message); /* NULL is fine */

/* The descriptive fields of call.started and of call states, into an open object. */
void st_message_put_facts(struct st_json_writer *json, const struct st_call_facts *facts);

/* A list of the channels that came as RTP, as member "quality" of an open object. */
void st_message_put_quality(struct st_json_writer *json, const struct st_media_quality *channels,
                            const struct st_call_facts *facts);

/* An alert as it is, into an open object. */
void st_message_put_alert(struct st_json_writer *json, const struct st_alert *alert);
/* Who did what to it, as a member. */
void st_message_put_alert_history(struct st_json_writer *json, const struct st_alert *alert);
/* What happened to a call's alerts, as one value. */
void st_message_put_alert_counts(struct st_json_writer *json, const struct st_alert_counts *counts);
/* Where an alert belongs: queue, team and agent as members. */
void st_message_put_routing(struct st_json_writer *json, const struct st_call_facts *facts);
/* As values: the issues, outcomes and action items that stand, and the summary made of them. */
void st_message_put_issues(struct st_json_writer *json, const struct st_summary *summary);
void st_message_put_summary(struct st_json_writer *json, const struct st_summary *summary);

#endif
