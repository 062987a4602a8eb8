/* One message of Twilio Media Streams, read in one pass and in place. */
#ifndef SIDETONE_INGEST_TWILIO_MESSAGE_H
#define SIDETONE_INGEST_TWILIO_MESSAGE_H

#include "sidetone/json_scan.h"

enum { ST_TWILIO_INBOUND, ST_TWILIO_OUTBOUND, ST_TWILIO_TRACKS };

enum st_twilio_event {
    ST_TWILIO_CONNECTED,
    ST_TWILIO_START,
    ST_TWILIO_MEDIA,
    ST_TWILIO_DTMF,
    ST_TWILIO_MARK,
    ST_TWILIO_STOP,
    ST_TWILIO_EVENTS,
};

struct st_twilio_media {
    struct st_slice track;   /* data NULL: absent, as in all slices here */
    struct st_slice payload; /* base64 */
    bool has_timestamp;
    int64_t timestamp_ms;
};

/* Borrows the text it was read from. */
struct st_twilio_message {
    enum st_twilio_event event; /* ST_TWILIO_EVENTS: unknown */
    struct st_slice stream_id;
    bool has_media;
    struct st_twilio_media media;
    bool has_event;      /* internal from here on */
    unsigned has_detail; /* bit per event: the member of that name is there */
    struct st_scan details[ST_TWILIO_EVENTS];
};

/* NULL with *ret_message filled, or what is wrong, for people. */
const char *st_twilio_message_read(const char *text, size_t bytes,
                                   struct st_twilio_message *ret_message);

/* Is there a member named like the event? It is then valid JSON; details[event] reads it. */
bool st_twilio_message_has(const struct st_twilio_message *message, enum st_twilio_event event);

/* The text of one member of that object; false when it is absent or no text. */
bool st_twilio_message_text(const struct st_twilio_message *message, const char *name,
                            struct st_slice *ret_text);

/* "inbound" in media, "inbound_track" elsewhere; absent: inbound. -1: unknown. */
int st_twilio_track(struct st_slice name);

#endif
