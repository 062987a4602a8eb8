#include "azure_frame.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { HEADERS_MAX_BYTES = 4096, WRITTEN_MAX_BYTES = 256 };

/* ---- reading ---- */

static bool is_name(const char *name, size_t bytes, const char *wanted)
{
    return bytes == strlen(wanted) && strncasecmp(name, wanted, bytes) == 0;
}

static int keep_path(struct st_azure_frame *frame, const char *value, size_t bytes)
{
    if (bytes == 0 || bytes >= sizeof(frame->path))
        return -EPROTO;
    for (size_t i = 0; i < bytes; i++)
        frame->path[i] = (char)tolower((unsigned char)value[i]);
    frame->path[bytes] = '\0';
    return 0;
}

static void keep_id(struct st_azure_frame *frame, const char *value, size_t bytes)
{
    size_t len = 0;
    for (size_t i = 0; i < bytes && len + 1 < sizeof(frame->request_id); i++)
        if (isalnum((unsigned char)value[i]))
            frame->request_id[len++] = (char)toupper((unsigned char)value[i]);
    frame->request_id[len] = '\0';
}

/* "Name: value" */
static int read_line(struct st_azure_frame *frame, const char *line, size_t bytes)
{
    const char *colon = memchr(line, ':', bytes);
    if (!colon || colon == line)
        return -EPROTO;
    size_t name_bytes = (size_t)(colon - line);
    const char *value = colon + 1, *end = line + bytes;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (is_name(line, name_bytes, "Path"))
        return keep_path(frame, value, (size_t)(end - value));
    if (is_name(line, name_bytes, "X-RequestId"))
        keep_id(frame, value, (size_t)(end - value));
    return 0;
}

/* Lines up to an empty one or the end; *ret_used is what they take. */
static int read_headers(struct st_azure_frame *frame, const char *text, size_t bytes,
                        size_t *ret_used)
{
    size_t at = 0;
    while (at < bytes) {
        const char *line = text + at, *stop = memchr(line, '\n', bytes - at);
        size_t len = stop ? (size_t)(stop - line) : bytes - at;
        at += len + (stop ? 1 : 0);
        if (at > HEADERS_MAX_BYTES)
            return -EPROTO;
        if (len > 0 && line[len - 1] == '\r')
            len--;
        if (len == 0)
            break;
        int err = read_line(frame, line, len);
        if (err)
            return err;
    }
    *ret_used = at;
    return frame->path[0] ? 0 : -EPROTO;
}

int st_azure_frame_read(struct st_azure_frame *ret_frame, const void *data, size_t bytes,
                        bool is_binary)
{
    const uint8_t *text = data;
    size_t used, prefix = is_binary ? 2 : 0;
    struct st_azure_frame frame = {.path = ""};
    if (bytes < prefix)
        return -EPROTO;
    size_t length = is_binary ? (size_t)text[0] << 8 | text[1] : bytes;
    if (length > bytes - prefix)
        return -EPROTO;
    int err = read_headers(&frame, (const char *)text + prefix, length, &used);
    if (err)
        return err;
    used = is_binary ? prefix + length : used;
    frame.body = text + used;
    frame.body_bytes = bytes - used;
    *ret_frame = frame;
    return 0;
}

/* ---- writing ---- */

static size_t write_headers(char *out, size_t out_bytes, const struct st_azure_frame_out *frame)
{
    struct tm parts;
    char stamp[32];
    time_t seconds = (time_t)(frame->unix_ms / 1000);
    gmtime_r(&seconds, &parts);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    int len =
        snprintf(out, out_bytes, "Path: %s\r\nX-RequestId: %s\r\nX-Timestamp: %s.%03dZ\r\n%s%s%s",
                 frame->path, frame->request_id, stamp, (int)(frame->unix_ms % 1000),
                 frame->type ? "Content-Type: " : "", frame->type ? frame->type : "",
                 frame->type ? "\r\n" : "");
    return (size_t)len < out_bytes ? (size_t)len : out_bytes - 1;
}

void st_azure_frame_text(struct st_json_writer *out, const struct st_azure_frame_out *frame,
                         const char *body, size_t body_bytes)
{
    char headers[WRITTEN_MAX_BYTES];
    st_json_append(out, headers, write_headers(headers, sizeof(headers), frame));
    st_json_append(out, "\r\n", 2);
    st_json_append(out, body, body_bytes);
}

void st_azure_frame_binary(struct st_json_writer *out, const struct st_azure_frame_out *frame,
                           const void *body, size_t body_bytes)
{
    char headers[WRITTEN_MAX_BYTES];
    size_t len = write_headers(headers, sizeof(headers), frame);
    const char length[2] = {(char)(len >> 8), (char)(len & 0xff)};
    st_json_append(out, length, sizeof(length));
    st_json_append(out, headers, len);
    if (body_bytes > 0)
        st_json_append(out, body, body_bytes);
}
