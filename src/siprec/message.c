#include "message.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LENGTH_MAX = 1 << 24 };

/* ---- frames ---- */

struct line {
    const char *at;
    size_t bytes; /* without its end */
    size_t whole; /* with it */
};

static struct line next_line(const char *at, size_t bytes)
{
    const char *end = memchr(at, '\n', bytes);
    struct line line = {at, end ? (size_t)(end - at) : bytes, end ? (size_t)(end - at) + 1 : bytes};
    if (line.bytes > 0 && at[line.bytes - 1] == '\r')
        line.bytes--;
    return line;
}

/* The value of a header line by its long or its short name; NULL when it is another. */
static const char *value_of(const struct line *line, const char *name, char compact)
{
    const char *colon = memchr(line->at, ':', line->bytes);
    if (!colon)
        return NULL;
    size_t chars = (size_t)(colon - line->at);
    while (chars > 0 && (line->at[chars - 1] == ' ' || line->at[chars - 1] == '\t'))
        chars--;
    bool is_long = chars == strlen(name) && strncasecmp(line->at, name, chars) == 0;
    bool is_short = chars == 1 && (line->at[0] | 0x20) == compact;
    return is_long || is_short ? colon + 1 : NULL;
}

static const char *length_of(const struct line *line)
{
    return value_of(line, "content-length", 'l');
}

static int read_length(const char *value, const char *end, size_t *ret_length)
{
    size_t length = 0;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    if (value == end)
        return -EBADMSG;
    for (; value < end && *value >= '0' && *value <= '9'; value++) {
        length = length * 10 + (size_t)(*value - '0');
        if (length > LENGTH_MAX)
            return -EBADMSG;
    }
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    *ret_length = length;
    return value == end ? 0 : -EBADMSG;
}

static size_t find_end(const char *data, size_t bytes, size_t scanned)
{
    size_t from = scanned > 3 ? scanned - 3 : 0;
    for (const char *at = data + from; (at = memchr(at, '\n', bytes - (size_t)(at - data))); at++) {
        size_t next = (size_t)(at - data) + 1;
        if (next < bytes && data[next] == '\n')
            return next + 1;
        if (next + 1 < bytes && data[next] == '\r' && data[next + 1] == '\n')
            return next + 2;
    }
    return 0;
}

int sip_frame_find(struct sip_frame *ret_frame, const char *data, size_t bytes, size_t scanned)
{
    struct sip_frame frame = {.head_bytes = find_end(data, bytes, scanned)};
    if (frame.head_bytes == 0)
        return bytes >= SIP_HEAD_MAX ? -EMSGSIZE : 0;
    if (frame.head_bytes > SIP_HEAD_MAX)
        return -EMSGSIZE;
    if (memchr(data, 0, frame.head_bytes))
        return -EBADMSG;
    unsigned lines = 0;
    for (size_t at = 0; at < frame.head_bytes; lines++) {
        struct line line = next_line(data + at, frame.head_bytes - at);
        const char *value = length_of(&line);
        size_t length;
        at += line.whole;
        if (!value)
            continue;
        if (read_length(value, line.at + line.bytes, &length) < 0 ||
            (frame.has_length && frame.length != length))
            return -EBADMSG;
        frame.has_length = true;
        frame.length = length;
    }
    if (lines > SIP_LINES_MAX)
        return -EMSGSIZE;
    *ret_frame = frame;
    return 1;
}

/* ---- parsing ---- */

__attribute__((format(printf, 4, 0))) static void
be_quiet(const char *file, int line, osip_trace_level_t level, const char *format, va_list args)
{
}

static void set_up(void)
{
    osip_trace_initialize_func(TRACE_LEVEL0, be_quiet);
    parser_init();
}

void sip_message_set_up(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_up);
}

static void copy_value(const char *value, const char *end, char *out, size_t out_bytes)
{
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    snprintf(out, out_bytes, "%.*s", (int)(end - value), value);
}

static bool is_folded(const struct line *line)
{
    return line->bytes > 0 && (line->at[0] == ' ' || line->at[0] == '\t');
}

/* A header may go on in lines that begin with a blank, already behind its colon. */
static void add_type(struct sip_message *message, const struct line *line)
{
    const char *value = is_folded(line) ? line->at : value_of(line, "content-type", 'c');
    size_t have = is_folded(line) ? strlen(message->content_type) : 0;
    copy_value(value, line->at + line->bytes, message->content_type + have,
               sizeof(message->content_type) - have);
}

/* The head without what describes the body. */
static char *copy_head(struct sip_message *message, const char *data, size_t head_bytes,
                       size_t *ret_bytes)
{
    char *head = st_mem_alloc(head_bytes + 1);
    size_t used = 0;
    bool is_type = false, is_left_out = false; /* the header that the line belongs to */
    for (size_t at = 0; at < head_bytes;) {
        struct line line = next_line(data + at, head_bytes - at);
        at += line.whole;
        if (!is_folded(&line)) {
            is_type = value_of(&line, "content-type", 'c') != NULL;
            is_left_out = is_type || length_of(&line);
        }
        if (is_type)
            add_type(message, &line);
        if (is_left_out)
            continue;
        memcpy(head + used, line.at, line.whole);
        used += line.whole;
    }
    *ret_bytes = used;
    return head;
}

static bool is_complete(const osip_message_t *sip)
{
    bool is_whole = sip->call_id && sip->call_id->number && sip->cseq && sip->cseq->number &&
                    sip->cseq->method && sip->from && sip->from->url && sip->to && sip->to->url &&
                    osip_list_size(&sip->vias) > 0;
    if (!is_whole)
        return false;
    if (MSG_IS_RESPONSE(sip))
        return true;
    return sip->sip_method && sip->req_uri && sip->sip_version &&
           strcasecmp(sip->sip_version, "SIP/2.0") == 0 &&
           strcmp(sip->sip_method, sip->cseq->method) == 0;
}

int sip_message_parse(struct sip_message *ret_message, const char *data, size_t bytes)
{
    struct sip_frame frame;
    int found = sip_frame_find(&frame, data, bytes, 0);
    if (found <= 0)
        return found < 0 ? found : -EBADMSG;
    struct sip_message message = {.body = data + frame.head_bytes,
                                  .body_bytes = bytes - frame.head_bytes};
    message.is_truncated = frame.has_length && frame.length > message.body_bytes;
    if (frame.has_length && !message.is_truncated)
        message.body_bytes = frame.length;
    size_t head_bytes;
    char *head = copy_head(&message, data, frame.head_bytes, &head_bytes);
    int err = osip_message_init(&message.sip) || osip_message_parse(message.sip, head, head_bytes);
    free(head);
    if (err || !is_complete(message.sip)) {
        osip_message_free(message.sip);
        return -EBADMSG;
    }
    *ret_message = message;
    return 0;
}

void sip_message_fini(struct sip_message *message)
{
    osip_message_free(message->sip);
    *message = (struct sip_message){0};
}

/* ---- reading ---- */

bool sip_message_is(const struct sip_message *message, const char *method)
{
    return message->sip->sip_method && strcmp(message->sip->sip_method, method) == 0;
}

const char *sip_message_header(const struct sip_message *message, const char *name, unsigned index)
{
    osip_header_t *header;
    for (int i = 0; (header = osip_list_get(&message->sip->headers, i)) != NULL; i++)
        if (strcasecmp(header->hname, name) == 0 && index-- == 0)
            return header->hvalue ? header->hvalue : "";
    return NULL;
}

static bool list_has(const char *list, const char *word)
{
    size_t chars = strlen(word);
    while (*list) {
        list += strspn(list, " \t,");
        size_t here = strcspn(list, " \t,;");
        if (here == chars && strncasecmp(list, word, chars) == 0)
            return true;
        list += strcspn(list, ",");
    }
    return false;
}

bool sip_message_has_word(const struct sip_message *message, const char *name, const char *compact,
                          const char *word)
{
    const char *value;
    for (unsigned i = 0; (value = sip_message_header(message, name, i)) != NULL; i++)
        if (list_has(value, word))
            return true;
    for (unsigned i = 0; compact && (value = sip_message_header(message, compact, i)) != NULL; i++)
        if (list_has(value, word))
            return true;
    return false;
}

static const char *tag_of(osip_list_t *params)
{
    osip_generic_param_t *tag = NULL;
    osip_generic_param_get_byname(params, (char *)(uintptr_t) "tag", &tag);
    return tag && tag->gvalue ? tag->gvalue : "";
}

const char *sip_message_from_tag(const struct sip_message *message)
{
    return tag_of(&message->sip->from->gen_params);
}

const char *sip_message_to_tag(const struct sip_message *message)
{
    return tag_of(&message->sip->to->gen_params);
}

uint32_t sip_message_cseq(const struct sip_message *message)
{
    unsigned long number = strtoul(message->sip->cseq->number, NULL, 10);
    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

bool sip_message_is_encoded(const struct sip_message *message)
{
    osip_content_encoding_t *encoding;
    for (int i = 0; (encoding = osip_list_get(&message->sip->content_encodings, i)) != NULL; i++)
        if (encoding->value && strcasecmp(encoding->value, "identity") != 0)
            return true;
    return false;
}

/* ---- building ---- */

static void add_param(osip_list_t *params, const char *name, const char *value)
{
    osip_generic_param_t *param = NULL;
    osip_generic_param_get_byname(params, (char *)(uintptr_t)name, &param);
    if (!param) {
        osip_generic_param_add(params, osip_strdup(name), osip_strdup(value));
        return;
    }
    osip_free(param->gvalue);
    param->gvalue = osip_strdup(value);
}

/* RFC 3261, 18.2.1, and RFC 3581. */
static void tell_source(osip_via_t *via, const struct st_siprec_peer *peer)
{
    char port[8];
    osip_generic_param_t *rport = NULL;
    osip_generic_param_get_byname(&via->via_params, (char *)(uintptr_t) "rport", &rport);
    add_param(&via->via_params, "received", peer->address);
    if (!rport)
        return;
    snprintf(port, sizeof(port), "%u", peer->port);
    add_param(&via->via_params, "rport", port);
}

static const char *reason_of(int status)
{
    const char *text = osip_message_get_reason(status);
    return text ? text : status == 513 ? "Message Too Large" : "Error";
}

static void copy_vias(const osip_message_t *from, osip_message_t *to)
{
    osip_via_t *via, *copy;
    for (int i = 0; (via = osip_list_get(&from->vias, i)) != NULL; i++)
        if (osip_via_clone(via, &copy) == 0)
            osip_list_add(&to->vias, copy, -1);
}

osip_message_t *sip_reply_begin(const struct sip_message *request,
                                const struct st_siprec_peer *peer, int status, const char *to_tag)
{
    const osip_message_t *from = request->sip;
    osip_message_t *sip;
    if (osip_message_init(&sip))
        return NULL;
    osip_message_set_version(sip, osip_strdup("SIP/2.0"));
    osip_message_set_status_code(sip, status);
    osip_message_set_reason_phrase(sip, osip_strdup(reason_of(status)));
    copy_vias(from, sip);
    osip_from_clone(from->from, &sip->from);
    osip_to_clone(from->to, &sip->to);
    osip_call_id_clone(from->call_id, &sip->call_id);
    osip_cseq_clone(from->cseq, &sip->cseq);
    osip_via_t *via = osip_list_get(&sip->vias, 0);
    if (via)
        tell_source(via, peer);
    if (to_tag && sip->to && !*tag_of(&sip->to->gen_params))
        add_param(&sip->to->gen_params, "tag", to_tag);
    return sip;
}

void sip_add(osip_message_t *sip, const char *name, const char *format, ...)
{
    char *value = NULL;
    va_list args;
    va_start(args, format);
    int chars = vasprintf(&value, format, args);
    va_end(args);
    if (chars < 0)
        return;
    if (sip)
        osip_message_set_header(sip, name, value);
    free(value);
}

void sip_set_body(osip_message_t *sip, const char *content_type, const char *body, size_t bytes)
{
    if (!sip)
        return;
    osip_message_set_content_type(sip, content_type);
    osip_message_set_body(sip, body, bytes);
}

struct sip_text sip_take_text(osip_message_t *take_sip)
{
    struct sip_text text = {0};
    if (!take_sip)
        return text;
    if (osip_list_size(&take_sip->bodies) == 0)
        osip_message_set_content_length(take_sip, "0");
    if (osip_message_to_str(take_sip, &text.at, &text.bytes))
        text.at = NULL;
    osip_message_free(take_sip);
    return text;
}
