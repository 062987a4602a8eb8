#include "reply_reader.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>

enum { MS_US = 1000, SECOND_US = 1000000 };

int st_aws_reader_begin(struct st_aws_reader *reader, struct st_aws_reply *reply, const void *data,
                        size_t bytes)
{
    if (bytes > ST_AWS_REPLY_MAX_BYTES)
        return -EPROTO;
    if (bytes >= reply->text_cap) {
        reply->text_cap = bytes + 1;
        free(reply->text_memory);
        reply->text_memory = st_mem_alloc(reply->text_cap);
    }
    reply->text_len = 0;
    *reader = (struct st_aws_reader){.reply = reply};
    st_scan_init(&reader->scan, data, bytes);
    return 0;
}

/* Unescaped, with its NUL, a string is never longer than it was between its quotes with one of
 * them, so all of an event's strings fit memory of the event's size. */
const char *st_aws_reader_keep(struct st_aws_reader *reader, struct st_slice slice)
{
    struct st_aws_reply *reply = reader->reply;
    char *text = reply->text_memory + reply->text_len;
    reply->text_len += st_scan_unescape(slice, text, reply->text_cap - reply->text_len) + 1;
    reader->is_last_a_word = false;
    return text;
}

bool st_aws_reader_skip_null(struct st_aws_reader *reader)
{
    return st_scan_peek(&reader->scan) == ST_SCAN_NULL && st_scan_skip(&reader->scan);
}

bool st_aws_reader_text(struct st_aws_reader *reader, const char **ret_text)
{
    struct st_slice slice;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_string(&reader->scan, &slice))
        return false;
    *ret_text = st_aws_reader_keep(reader, slice);
    return true;
}

bool st_aws_reader_bool(struct st_aws_reader *reader, bool *ret_value)
{
    return st_aws_reader_skip_null(reader) || st_scan_bool(&reader->scan, ret_value);
}

bool st_aws_reader_time(struct st_aws_reader *reader, double unit_us, int64_t *ret_us)
{
    double value;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_number(&reader->scan, &value))
        return false;
    bool is_sane = value >= 0 && value * unit_us <= (double)(reader->reply->sent_us + SECOND_US);
    *ret_us = is_sane ? (int64_t)(value * unit_us + 0.5) : -1;
    return true;
}

bool st_aws_reader_confidence(struct st_aws_reader *reader, float *ret_confidence)
{
    double value;
    if (st_aws_reader_skip_null(reader))
        return true;
    if (!st_scan_number(&reader->scan, &value))
        return false;
    *ret_confidence = value >= 0 && value <= 1 ? (float)value : ST_CONFIDENCE_ABSENT;
    return true;
}

bool st_aws_reader_is_time(struct st_slice key, bool *ret_is_start, double *ret_unit_us)
{
    bool is_start = st_slice_is(key, "StartTime"), is_end = st_slice_is(key, "EndTime");
    *ret_unit_us = is_start || is_end ? SECOND_US : MS_US;
    *ret_is_start = is_start || st_slice_is(key, "BeginOffsetMillis");
    return *ret_is_start || is_end || st_slice_is(key, "EndOffsetMillis");
}
