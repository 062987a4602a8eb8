#include "acs_message.h"

#include <strings.h>

static const char *const kind_names[ST_ACS_KINDS] = {
    [ST_ACS_AUDIO_METADATA] = "AudioMetadata",
    [ST_ACS_AUDIO_DATA] = "AudioData",
    [ST_ACS_TRANSCRIPTION_METADATA] = "TranscriptionMetadata",
    [ST_ACS_TRANSCRIPTION_DATA] = "TranscriptionData",
    [ST_ACS_DTMF_DATA] = "DtmfData",
};

/* ---- values ---- */

bool st_acs_is(struct st_slice name, const char *text)
{
    size_t bytes = strlen(text);
    if (name.has_escapes)
        return st_slice_is_escaped(name, text);
    return name.len == bytes && strncasecmp(name.data, text, bytes) == 0;
}

void st_acs_take_text(struct st_scan *scan, struct st_slice *ret_text)
{
    struct st_slice text;
    if (st_scan_peek(scan) != ST_SCAN_STRING)
        st_scan_skip(scan);
    else if (st_scan_string(scan, &text))
        *ret_text = text;
}

bool st_acs_take_int(struct st_scan *scan, int64_t *ret_value)
{
    struct st_scan at = *scan;
    int64_t value;
    st_scan_skip(scan);
    if (!st_scan_int(&at, &value))
        return false;
    *ret_value = value;
    return true;
}

bool st_acs_take_number(struct st_scan *scan, double *ret_value)
{
    if (st_scan_peek(scan) == ST_SCAN_NUMBER)
        return st_scan_number(scan, ret_value);
    st_scan_skip(scan);
    return false;
}

void st_acs_take_bool(struct st_scan *scan, bool *ret_value)
{
    if (st_scan_peek(scan) == ST_SCAN_BOOL)
        st_scan_bool(scan, ret_value);
    else
        st_scan_skip(scan);
}

/* ---- times ---- */

/* Exactly `count` digits at *at, which moves on. */
static bool read_digits(struct st_slice *at, size_t count, int64_t *ret_value)
{
    int64_t value = 0;
    if (at->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (at->data[i] < '0' || at->data[i] > '9')
            return false;
        value = value * 10 + at->data[i] - '0';
    }
    at->data += count;
    at->len -= count;
    *ret_value = value;
    return true;
}

static bool read_mark(struct st_slice *at, const char *marks)
{
    if (at->len == 0 || !strchr(marks, *at->data))
        return false;
    at->data++;
    at->len--;
    return true;
}

/* Of the proleptic Gregorian calendar, by Howard Hinnant's formula. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year % 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t read_fraction_us(struct st_slice *at)
{
    int64_t us = 0, unit_us = 100000;
    if (!read_mark(at, "."))
        return 0;
    for (; at->len > 0 && *at->data >= '0' && *at->data <= '9'; at->data++, at->len--) {
        us += (*at->data - '0') * unit_us;
        unit_us /= 10;
    }
    return us;
}

/* Z, nothing, or hours and minutes before or behind. */
static bool read_zone(struct st_slice *at, int64_t *ret_minutes)
{
    int64_t hours, minutes = 0;
    *ret_minutes = 0;
    if (at->len == 0 || read_mark(at, "Zz"))
        return at->len == 0;
    int64_t sign = *at->data == '-' ? -1 : 1;
    if (!read_mark(at, "+-") || !read_digits(at, 2, &hours))
        return false;
    read_mark(at, ":");
    if (at->len > 0 && !read_digits(at, 2, &minutes))
        return false;
    *ret_minutes = sign * (hours * 60 + minutes);
    return at->len == 0;
}

bool st_acs_time(struct st_slice text, int64_t *ret_unix_us)
{
    struct st_slice at = text;
    int64_t year, month, day, hour, minute, second, zone;
    if (!text.data || text.has_escapes || !read_digits(&at, 4, &year) || !read_mark(&at, "-") ||
        !read_digits(&at, 2, &month) || !read_mark(&at, "-") || !read_digits(&at, 2, &day) ||
        !read_mark(&at, "Tt ") || !read_digits(&at, 2, &hour) || !read_mark(&at, ":") ||
        !read_digits(&at, 2, &minute) || !read_mark(&at, ":") || !read_digits(&at, 2, &second))
        return false;
    int64_t fraction_us = read_fraction_us(&at);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
        second > 60 || !read_zone(&at, &zone))
        return false;
    int64_t minutes = (days_since_1970(year, month, day) * 24 + hour) * 60 + minute - zone;
    *ret_unix_us = (minutes * 60 + second) * 1000000 + fraction_us;
    return true;
}

/* ---- messages ---- */

static enum st_acs_kind kind_of(struct st_slice name)
{
    /* Nearly all of them. */
    if (st_acs_is(name, kind_names[ST_ACS_AUDIO_DATA]))
        return ST_ACS_AUDIO_DATA;
    unsigned kind = 0;
    while (kind < ST_ACS_KINDS && !st_acs_is(name, kind_names[kind]))
        kind++;
    return (enum st_acs_kind)kind;
}

static void read_audio(struct st_scan *scan, struct st_acs_audio *ret_audio)
{
    struct st_slice key;
    *ret_audio = (struct st_acs_audio){0};
    st_scan_enter_object(scan);
    while (st_scan_next_member(scan, &key)) {
        if (st_acs_is(key, "data"))
            st_acs_take_text(scan, &ret_audio->data);
        else if (st_acs_is(key, "timestamp"))
            st_acs_take_text(scan, &ret_audio->timestamp);
        else if (st_acs_is(key, "participantRawID") || st_acs_is(key, "participantId"))
            st_acs_take_text(scan, &ret_audio->participant);
        else if (st_acs_is(key, "silent") || st_acs_is(key, "isSilent") ||
                 st_acs_is(key, "isSilence"))
            st_acs_take_bool(scan, &ret_audio->is_silent);
        else
            st_scan_skip(scan);
    }
}

struct reader {
    struct st_acs_message *message;
    struct st_slice kind;
    enum st_acs_kind body_kind; /* by the name of its member */
    bool has_format, has_data;  /* of the preview's shapes */
};

static void read_member(struct reader *reader, struct st_scan *scan, struct st_slice key)
{
    enum st_acs_kind kind = kind_of(key);
    if (kind < ST_ACS_KINDS && st_scan_peek(scan) == ST_SCAN_OBJECT) {
        reader->body_kind = kind;
        reader->message->has_body = true;
        reader->message->body = *scan;
        if (kind == ST_ACS_AUDIO_DATA)
            read_audio(scan, &reader->message->audio);
        else
            st_scan_skip(scan);
    } else if (st_acs_is(key, "kind")) {
        st_acs_take_text(scan, &reader->kind);
    } else {
        reader->has_format |= st_acs_is(key, "format") && st_scan_peek(scan) == ST_SCAN_OBJECT;
        reader->has_data |= st_acs_is(key, "data") && st_scan_peek(scan) == ST_SCAN_STRING;
        st_scan_skip(scan);
    }
}

/* Messages that are their own bodies. */
static void read_preview(struct reader *reader, struct st_scan whole)
{
    struct st_acs_message *message = reader->message;
    if (!reader->has_format && !reader->has_data)
        return;
    message->kind = reader->has_format ? ST_ACS_AUDIO_METADATA : ST_ACS_AUDIO_DATA;
    message->has_body = true;
    message->body = whole;
    if (!reader->has_format)
        read_audio(&whole, &message->audio);
}

const char *st_acs_message_read(const char *text, size_t bytes, struct st_acs_message *ret_message)
{
    struct reader reader = {.message = ret_message, .body_kind = ST_ACS_KINDS};
    struct st_scan scan;
    struct st_slice key;
    *ret_message = (struct st_acs_message){.kind = ST_ACS_KINDS};
    st_scan_init(&scan, text, bytes);
    struct st_scan whole = scan;
    st_scan_enter_object(&scan);
    while (st_scan_next_member(&scan, &key))
        read_member(&reader, &scan, key);
    if (st_scan_finish(&scan) < 0)
        return "not a JSON object";
    ret_message->kind = reader.kind.data ? kind_of(reader.kind) : reader.body_kind;
    if (!reader.kind.data && !ret_message->has_body)
        read_preview(&reader, whole);
    if (ret_message->kind < ST_ACS_KINDS && reader.body_kind != ret_message->kind &&
        reader.kind.data)
        return "a message without the body that its kind names";
    return NULL;
}
