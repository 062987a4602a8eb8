/* What AWS says when it does not go on: before the stream, in it, and at its end. */
#include "exceptions.h"
#include "stream_private.h"

#include "sidetone/loop.h"

#include <stdio.h>
#include <time.h>

enum {
    SECOND_US = 1000000,
    LONG_US = 900 * SECOND_US, /* before the end of a whole session */
    CLOCK_STEP_MS = 60000,
};

#define SESSION_US (INT64_C(14400) * SECOND_US)

static void copy_string(const struct st_event_message *message, const char *name, char *out,
                        size_t out_bytes)
{
    const struct st_event_header *header = st_event_find(message, name);
    bool is_text = header && header->type == ST_EVENT_STRING;
    snprintf(out, out_bytes, "%.*s", is_text ? (int)header->bytes : 0,
             is_text ? (const char *)header->data : "");
}

/* A refusal because of the clock says what the time is; the next request knows. */
static bool learns_clock(struct st_engine_stream *stream)
{
    int64_t change_ms = stream->ahead_ms - atomic_load(&stream->engine->clock_ms);
    if (!stream->has_clock || (change_ms < CLOCK_STEP_MS && change_ms > -CLOCK_STEP_MS))
        return false;
    atomic_store(&stream->engine->clock_ms, stream->ahead_ms);
    return true;
}

static enum st_engine_trouble judge(struct st_engine_stream *stream,
                                    const struct st_aws_exception *exception, char *what,
                                    size_t what_bytes)
{
    enum st_engine_trouble trouble = st_aws_exception_judge(exception, what, what_bytes);
    bool is_expiry = st_aws_exception_is_expiry(exception->name);
    if (st_aws_exception_is_clock(exception->name) && learns_clock(stream)) {
        snprintf(what, what_bytes, "this machine's clock differs from AWS's by %lld s: corrected",
                 (long long)(atomic_load(&stream->engine->clock_ms) / 1000));
        return ST_TROUBLE_LOST;
    }
    if (is_expiry && st_aws_credentials_renew(stream->engine->credentials, stream->generation))
        return ST_TROUBLE_EXPIRED;
    if (trouble == ST_TROUBLE_THROTTLED && stream->sent_us > SESSION_US - LONG_US)
        return ST_TROUBLE_EXPIRED;
    return trouble;
}

void st_aws_stream_take_exception(struct st_engine_stream *stream,
                                  const struct st_event_message *message)
{
    char name[80], text[512], what[640];
    copy_string(message, ":exception-type", name, sizeof(name));
    st_aws_exception_message(message->payload, message->payload_bytes, text, sizeof(text));
    if (!name[0]) {
        copy_string(message, ":error-code", name, sizeof(name));
        copy_string(message, ":error-message", text, sizeof(text));
    }
    struct st_aws_exception exception = {.name = name, .message = text};
    enum st_engine_trouble trouble = judge(stream, &exception, what, sizeof(what));
    st_aws_stream_fail(stream, trouble, what);
}

/* "Tue, 02 Jan 2024 03:04:05 GMT" */
static int64_t read_date(const char *text)
{
    struct tm tm = {0};
    const char *end = text ? strptime(text, "%a, %d %b %Y %H:%M:%S", &tm) : NULL;
    return end ? (int64_t)timegm(&tm) * 1000 : 0;
}

int st_aws_stream_response(struct st_engine_stream *stream, unsigned status,
                           const char *(*header)(const void *headers, const char *name),
                           const void *headers)
{
    const char *type = header(headers, "x-amzn-errortype");
    stream->status = status;
    int64_t server_unix_ms = read_date(header(headers, "date"));
    stream->has_clock = server_unix_ms != 0;
    stream->ahead_ms = server_unix_ms - st_loop_wall_unix_ms(); /* the date grows old */
    snprintf(stream->error_type, sizeof(stream->error_type), "%s", type ? type : "");
    return 0;
}

static enum st_engine_trouble judge_refusal(struct st_engine_stream *stream, char *what,
                                            size_t what_bytes)
{
    char text[512];
    st_aws_exception_message(stream->body, stream->body_bytes, text, sizeof(text));
    struct st_aws_exception exception = {stream->error_type, text, stream->status};
    if (stream->error_type[0])
        return judge(stream, &exception, what, what_bytes);
    struct st_engine_closing closing = {.http_status = (uint16_t)stream->status};
    return st_engine_closing_trouble(&closing);
}

enum st_engine_trouble st_aws_stream_closing(struct st_engine_stream *stream,
                                             const struct st_engine_closing *closing,
                                             char *ret_what, size_t what_bytes)
{
    if (stream->status != 0 && stream->status != 200)
        return judge_refusal(stream, ret_what, what_bytes);
    enum st_engine_trouble trouble = st_engine_closing_trouble(closing);
    if (trouble == ST_TROUBLE_REFUSED)
        snprintf(ret_what, what_bytes,
                 "AWS refuses the connection (HTTP %u): check credentials, permissions, region and "
                 "this machine's clock",
                 closing->http_status);
    return trouble;
}
