#include "twilio_start.h"

enum { RATE_MIN_HZ = 8000, RATE_MAX_HZ = 48000 };

int st_twilio_start_init(struct st_twilio_start *start, size_t message_bytes)
{
    static const struct st_ingest_start nothing = {.call_id = "",
                                                   .stream_id = "",
                                                   .agent_id = "",
                                                   .agent_name = "",
                                                   .queue = "",
                                                   .caller = "",
                                                   .language = ""};
    start->out = nothing;
    start->rate_hz = ST_TWILIO_RATE_DEFAULT_HZ;
    start->channels = 1;
    start->is_mulaw = true;
    return st_dialect_text_init(&start->text, message_bytes);
}

void st_twilio_start_fini(struct st_twilio_start *start)
{
    st_dialect_text_fini(&start->text);
}

static void read_parameters(struct st_twilio_start *start, struct st_scan *scan)
{
    struct st_slice key, value;
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key)) {
        if (st_scan_peek(scan) != ST_SCAN_STRING) {
            st_scan_skip(scan);
            continue;
        }
        st_scan_string(scan, &value);
        const char *name = st_dialect_text_put(&start->text, key);
        st_dialect_parameter(&start->out, &start->attributes, name,
                             st_dialect_text_put(&start->text, value));
    }
}

static void read_tracks(struct st_twilio_start *start, struct st_scan *scan)
{
    struct st_slice name;
    st_scan_enter_array(scan);
    while (st_scan_next_element(scan)) {
        if (!st_scan_string(scan, &name))
            return;
        int which = st_twilio_track(name);
        if (which < 0)
            continue;
        start->tracks |= 1u << which;
    }
}

static void read_format(struct st_twilio_start *start, struct st_scan *scan)
{
    struct st_slice key, encoding;
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key)) {
        if (st_slice_is(key, "encoding"))
            start->is_mulaw = st_scan_string(scan, &encoding) &&
                              (st_slice_is(encoding, "audio/x-mulaw") ||
                               st_slice_is(encoding, "audio/x-mulaw;rate=8000"));
        else if (st_slice_is(key, "sampleRate"))
            st_scan_int(scan, &start->rate_hz);
        else if (st_slice_is(key, "channels"))
            st_scan_int(scan, &start->channels);
        else
            st_scan_skip(scan);
    }
}

static void read_start_member(struct st_twilio_start *start, struct st_scan *scan,
                              struct st_slice key)
{
    struct st_dialect_text *text = &start->text;
    struct st_slice value;
    if (st_slice_is(key, "callSid")) {
        if (st_scan_string(scan, &value))
            start->out.call_id = st_dialect_text_put(text, value);
    } else if (st_slice_is(key, "streamSid")) {
        if (st_scan_string(scan, &value))
            start->out.stream_id = st_dialect_text_put(text, value);
    } else if (st_slice_is(key, "tracks")) {
        read_tracks(start, scan);
    } else if (st_slice_is(key, "customParameters")) {
        read_parameters(start, scan);
    } else if (st_slice_is(key, "mediaFormat")) {
        read_format(start, scan);
    } else {
        st_scan_skip(scan);
    }
}

const char *st_twilio_start_read(struct st_twilio_start *start,
                                 const struct st_twilio_message *message)
{
    struct st_scan scan = message->details[ST_TWILIO_START];
    struct st_slice key;
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key))
        read_start_member(start, &scan, key);
    if (scan.err)
        return "a field of start has the wrong type";
    if (!st_dialect_is_call_id(start->out.call_id))
        return "start.callSid: must be 1 to 128 bytes without control characters";
    if (!start->is_mulaw || start->channels != 1 || start->rate_hz < RATE_MIN_HZ ||
        start->rate_hz > RATE_MAX_HZ)
        return "start.mediaFormat: only audio/x-mulaw in one channel is taken";
    if (start->out.stream_id[0] == '\0' && message->stream_id.data)
        start->out.stream_id = st_dialect_text_put(&start->text, message->stream_id);
    return NULL;
}
