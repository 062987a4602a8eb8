#include "twilio_message.h"

static const char *const event_names[ST_TWILIO_EVENTS] = {
    [ST_TWILIO_CONNECTED] = "connected", [ST_TWILIO_START] = "start", [ST_TWILIO_MEDIA] = "media",
    [ST_TWILIO_DTMF] = "dtmf",           [ST_TWILIO_MARK] = "mark",   [ST_TWILIO_STOP] = "stop",
};

static enum st_twilio_event event_of(struct st_slice name)
{
    /* Nearly all of them. */
    if (st_slice_is(name, "media"))
        return ST_TWILIO_MEDIA;
    unsigned event = 0;
    while (event < ST_TWILIO_EVENTS && !st_slice_is(name, event_names[event]))
        event++;
    return (enum st_twilio_event)event;
}

static void read_media(struct st_scan *scan, struct st_twilio_media *ret_media)
{
    struct st_slice key;
    *ret_media = (struct st_twilio_media){0};
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key)) {
        if (st_slice_is(key, "payload")) {
            st_scan_string(scan, &ret_media->payload);
        } else if (st_slice_is(key, "timestamp")) {
            ret_media->has_timestamp = st_scan_int(scan, &ret_media->timestamp_ms);
        } else if (st_slice_is(key, "track")) {
            st_scan_string(scan, &ret_media->track);
        } else {
            st_scan_skip(scan);
        }
    }
}

static void read_member(struct st_scan *scan, struct st_slice key,
                        struct st_twilio_message *message)
{
    if (st_slice_is(key, "event")) {
        struct st_slice name = {0};
        message->has_event = st_scan_string(scan, &name);
        message->event = event_of(name);
        return;
    }
    if (st_slice_is(key, "streamSid") && st_scan_peek(scan) == ST_SCAN_STRING) {
        st_scan_string(scan, &message->stream_id);
        return;
    }
    enum st_twilio_event detail = event_of(key);
    /* Read on the way past when it is known to be wanted, as Twilio's order of members lets us. */
    if (detail == ST_TWILIO_MEDIA && message->has_event && message->event == ST_TWILIO_MEDIA) {
        read_media(scan, &message->media);
        message->has_media = true;
        return;
    }
    if (detail < ST_TWILIO_EVENTS) {
        message->details[detail] = *scan;
        message->has_detail |= 1u << detail;
    }
    st_scan_skip(scan);
}

bool st_twilio_message_has(const struct st_twilio_message *message, enum st_twilio_event event)
{
    return message->has_detail & 1u << event;
}

const char *st_twilio_message_read(const char *text, size_t bytes,
                                   struct st_twilio_message *ret_message)
{
    struct st_scan scan;
    struct st_slice key;
    ret_message->event = ST_TWILIO_EVENTS;
    ret_message->has_event = false;
    ret_message->stream_id = (struct st_slice){0};
    ret_message->has_media = false;
    ret_message->has_detail = 0;
    st_scan_init(&scan, text, bytes);
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key))
        read_member(&scan, key, ret_message);
    if (st_scan_finish(&scan) < 0)
        return "not a JSON object of the expected form";
    if (!ret_message->has_event)
        return "a message without event";
    if (ret_message->event == ST_TWILIO_MEDIA && !ret_message->has_media &&
        st_twilio_message_has(ret_message, ST_TWILIO_MEDIA)) {
        struct st_scan *detail = &ret_message->details[ST_TWILIO_MEDIA];
        read_media(detail, &ret_message->media);
        ret_message->has_media = !detail->err;
    }
    return NULL;
}

bool st_twilio_message_text(const struct st_twilio_message *message, const char *name,
                            struct st_slice *ret_text)
{
    struct st_slice key;
    bool is_found = false;
    if (!st_twilio_message_has(message, message->event))
        return false;
    struct st_scan scan = message->details[message->event];
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key))
        if (st_slice_is(key, name))
            is_found = st_scan_string(&scan, ret_text);
        else
            st_scan_skip(&scan);
    return is_found && !scan.err;
}

int st_twilio_track(struct st_slice name)
{
    if (!name.data || st_slice_is(name, "inbound") || st_slice_is(name, "inbound_track"))
        return ST_TWILIO_INBOUND;
    return st_slice_is(name, "outbound") || st_slice_is(name, "outbound_track") ? ST_TWILIO_OUTBOUND
                                                                                : -1;
}
