#include "pcm_start.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { RATE_MIN_HZ = 8000, RATE_MAX_HZ = 48000 };

bool st_pcm_whole(struct st_scan *scan, int64_t min, int64_t max, int64_t *ret_value)
{
    int64_t value;
    if (st_scan_peek(scan) != ST_SCAN_NUMBER || !st_scan_int(scan, &value) || value < min ||
        value > max)
        return false;
    *ret_value = value;
    return true;
}

static bool read_text(struct st_pcm_start *start, struct st_scan *scan, const char **ret_text)
{
    struct st_slice slice;
    if (!st_scan_string(scan, &slice))
        return false;
    *ret_text = st_dialect_text_put(&start->text, slice);
    return true;
}

static bool read_call_id(struct st_pcm_start *start, struct st_scan *scan)
{
    return read_text(start, scan, &start->out.call_id) && st_dialect_is_call_id(start->out.call_id);
}

static bool read_encoding(struct st_pcm_start *start, struct st_scan *scan)
{
    static const struct {
        const char *name;
        enum st_codec codec;
        size_t sample_bytes;
    } rows[] = {
        {"l16le", ST_CODEC_L16LE, 2},
        {"l16be", ST_CODEC_L16BE, 2},
        {"pcmu", ST_CODEC_PCMU, 1},
        {"pcma", ST_CODEC_PCMA, 1},
    };
    struct st_slice name;
    if (!st_scan_string(scan, &name))
        return false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (st_slice_is(name, rows[i].name)) {
            start->out.codec = rows[i].codec;
            start->format.sample_bytes = rows[i].sample_bytes;
            return true;
        }
    return false;
}

static bool read_rate(struct st_pcm_start *start, struct st_scan *scan)
{
    int64_t value;
    if (!st_pcm_whole(scan, RATE_MIN_HZ, RATE_MAX_HZ, &value))
        return false;
    start->format.rate_hz = (uint32_t)value;
    return true;
}

static bool read_layout(struct st_pcm_start *start, struct st_scan *scan)
{
    static const char *const names[] = {
        [ST_PCM_INTERLEAVED] = "interleaved", [ST_PCM_TAGGED] = "tagged", [ST_PCM_MONO] = "mono"};
    struct st_slice name;
    if (!st_scan_string(scan, &name))
        return false;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (st_slice_is(name, names[i])) {
            start->format.layout = (enum st_pcm_layout)i;
            return true;
        }
    return false;
}

static bool read_role(struct st_scan *scan, enum st_role *ret_role)
{
    struct st_slice key, name = {0};
    if (!st_scan_enter_object(scan))
        return false;
    while (st_scan_next_member(scan, &key))
        if (st_slice_is(key, "role"))
            st_scan_string(scan, &name);
        else
            st_scan_skip(scan);
    if (scan->err || !name.data)
        return false;
    *ret_role = st_slice_is(name, "agent")      ? ST_ROLE_AGENT
                : st_slice_is(name, "customer") ? ST_ROLE_CUSTOMER
                                                : ST_ROLE_UNKNOWN;
    return *ret_role != ST_ROLE_UNKNOWN;
}

static bool read_channels(struct st_pcm_start *start, struct st_scan *scan)
{
    start->role_count = 0;
    if (!st_scan_enter_array(scan))
        return false;
    while (st_scan_next_element(scan)) {
        if (start->role_count == ST_CHANNELS_MAX ||
            !read_role(scan, &start->roles[start->role_count]))
            return false;
        start->role_count++;
    }
    return !scan->err && start->role_count > 0;
}

static bool read_channel(struct st_pcm_start *start, struct st_scan *scan)
{
    int64_t value;
    if (!st_pcm_whole(scan, 0, ST_CHANNELS_MAX - 1, &value))
        return false;
    start->channel = (int)value;
    return true;
}

static bool read_agent(struct st_pcm_start *start, struct st_scan *scan)
{
    struct st_slice key;
    if (!st_scan_enter_object(scan))
        return false;
    while (st_scan_next_member(scan, &key))
        if (st_slice_is(key, "id"))
            read_text(start, scan, &start->out.agent_id);
        else if (st_slice_is(key, "name"))
            read_text(start, scan, &start->out.agent_name);
        else
            st_scan_skip(scan);
    return !scan->err;
}

static bool read_queue(struct st_pcm_start *start, struct st_scan *scan)
{
    return read_text(start, scan, &start->out.queue);
}

static bool read_caller(struct st_pcm_start *start, struct st_scan *scan)
{
    return read_text(start, scan, &start->out.caller);
}

static bool read_language(struct st_pcm_start *start, struct st_scan *scan)
{
    return read_text(start, scan, &start->out.language);
}

static bool read_attributes(struct st_pcm_start *start, struct st_scan *scan)
{
    struct st_dialect_attributes *attributes = &start->attributes;
    struct st_slice key;
    attributes->count = 0;
    if (!st_scan_enter_object(scan))
        return false;
    while (st_scan_next_member(scan, &key)) {
        const char *name = st_dialect_text_put(&start->text, key), *value;
        if (!read_text(start, scan, &value) || !st_dialect_attributes_put(attributes, name, value))
            return false;
    }
    return !scan->err;
}

static const struct {
    const char *name;
    const char *rule;
    bool (*read)(struct st_pcm_start *start, struct st_scan *scan);
} start_fields[] = {
    {"call_id", "1 to 128 bytes of text without control characters", read_call_id},
    {"encoding", "l16le, l16be, pcmu or pcma", read_encoding},
    {"rate_hz", "a whole number from 8000 to 48000", read_rate},
    {"layout", "interleaved, tagged or mono", read_layout},
    {"channels", "one or two objects with a role, agent or customer", read_channels},
    {"channel", "0 or 1", read_channel},
    {"agent", "an object with id and name, both text", read_agent},
    {"queue", "text", read_queue},
    {"caller", "text", read_caller},
    {"language", "text", read_language},
    {"attributes", "an object of at most 32 texts", read_attributes},
};
enum { START_FIELDS = sizeof(start_fields) / sizeof(start_fields[0]) };

static int wrong(char message[ST_PCM_MESSAGE_BYTES], const char *name, const char *rule)
{
    snprintf(message, ST_PCM_MESSAGE_BYTES, "%s: must be %s", name, rule);
    return -EPROTO;
}

static int read_fields(struct st_pcm_start *start, struct st_scan scan,
                       char message[ST_PCM_MESSAGE_BYTES])
{
    struct st_slice key;
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key)) {
        size_t i = 0;
        while (i < START_FIELDS && !st_slice_is(key, start_fields[i].name))
            i++;
        if (i == START_FIELDS)
            st_scan_skip(&scan);
        else if (!start_fields[i].read(start, &scan))
            return wrong(message, start_fields[i].name, start_fields[i].rule);
    }
    return 0;
}

/* What no field says alone. */
static int settle_channels(struct st_pcm_start *start, char message[ST_PCM_MESSAGE_BYTES])
{
    static const enum st_role usual[] = {ST_ROLE_AGENT, ST_ROLE_CUSTOMER};
    struct st_ingest_start *out = &start->out;
    bool is_mono = start->format.layout == ST_PCM_MONO;
    size_t expected = is_mono ? 1 : ST_CHANNELS_MAX;
    if (start->channel >= 0 && !is_mono)
        return wrong(message, "channel", "left out unless the layout is mono");
    if (start->role_count > 0 && start->role_count != expected)
        return wrong(message, "channels", is_mono ? "one object" : "two objects");
    unsigned first = start->channel > 0 ? (unsigned)start->channel : 0;
    for (unsigned i = 0; i < expected; i++) {
        out->channel_mask |= 1u << (first + i);
        out->channels[first + i].role = start->role_count > 0 ? start->roles[i] : usual[first + i];
    }
    if (is_mono)
        out->stream_id = first == 0 ? "0" : "1";
    start->format.channel = first;
    return 0;
}

static int make_call_id(char out[ST_PCM_MADE_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[16];
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return -EIO;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[32] = '\0';
    return 0;
}

void st_pcm_start_init(struct st_pcm_start *start)
{
    *start = (struct st_pcm_start){
        .format = {.rate_hz = RATE_MIN_HZ, .sample_bytes = 2},
        .channel = -1,
        .out = {.stream_id = "",
                .agent_id = "",
                .agent_name = "",
                .queue = "",
                .caller = "",
                .language = "",
                .codec = ST_CODEC_L16LE},
    };
}

void st_pcm_start_fini(struct st_pcm_start *start)
{
    st_dialect_text_fini(&start->text);
    memset(start, 0, sizeof(*start));
}

int st_pcm_start_read(struct st_pcm_start *start, struct st_scan scan,
                      char ret_message[ST_PCM_MESSAGE_BYTES])
{
    struct st_ingest_start *out = &start->out;
    int err = st_dialect_text_init(&start->text, (size_t)(scan.end - scan.at));
    if (err == 0)
        err = read_fields(start, scan, ret_message);
    if (err == 0)
        err = settle_channels(start, ret_message);
    if (err == 0 && !out->call_id) {
        err = make_call_id(start->made_call_id);
        out->call_id = start->made_call_id;
    }
    out->rate_hz = start->format.rate_hz;
    out->attributes = start->attributes.items;
    out->attribute_count = start->attributes.count;
    return err;
}
