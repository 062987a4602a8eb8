#include "sip_call.h"

#include "text.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <threads.h>

enum {
    T1_US = 500000,
    T2_US = 4000000,
    GIVE_UP_US = 64 * T1_US,
    TAG_BYTES = 8,
    WORD_MAX = 2 * TAG_BYTES + 1,
    MESSAGE_MAX = 65536,
};

/* A request that waits for its final answer. */
struct pending {
    bool is_open, is_proceeding;
    const char *method;
    char branch[WORD_MAX];
    struct st_text text;
    int64_t resend_us, interval_us, until_us;
};

struct st_sip_call {
    struct st_sip_call_config config;
    char tag[WORD_MAX];
    unsigned sequence;
    struct st_text to, route, remote; /* as learned from the first answer */
    struct st_text sdp;               /* of the latest offer */
    struct st_text ack;               /* of the latest answer, for when that is repeated */
    struct pending pending;
    bool is_established, is_hanging_up, has_ended;
};

static once_flag parser_once = ONCE_FLAG_INIT;

/* The parser would write to standard error what it thinks of messages. */
__attribute__((format(printf, 4, 0))) static void
be_quiet(const char *file, int line, osip_trace_level_t level, const char *format, va_list args)
{
}

static void open_parser(void)
{
    osip_trace_initialize_func(TRACE_LEVEL0, be_quiet);
    parser_init();
}

static void make_word(char word[WORD_MAX])
{
    uint8_t random[TAG_BYTES] = {0};
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        abort();
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(word + 2 * i, 3, "%02x", random[i]);
}

void st_sip_call_create(struct st_sip_call **ret_call, const struct st_sip_call_config *config)
{
    call_once(&parser_once, open_parser);
    struct st_sip_call *call = st_mem_alloc(sizeof(*call));
    call->config = *config;
    make_word(call->tag);
    st_text_addf(&call->to, "<sip:%s>", config->target);
    st_text_addf(&call->remote, "sip:%s;transport=%s", config->target, config->transport);
    *ret_call = call;
}

void st_sip_call_destroy(struct st_sip_call *call)
{
    if (!call)
        return;
    struct st_text *texts[] = {&call->to,  &call->route, &call->remote,
                               &call->sdp, &call->ack,   &call->pending.text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        st_text_fini(texts[i]);
    free(call);
}

static bool is_reliable(const struct st_sip_call *call)
{
    return strcmp(call->config.transport, "UDP") != 0;
}

static void end(struct st_sip_call *call, const char *why)
{
    if (call->has_ended)
        return;
    call->has_ended = true;
    call->pending.is_open = false;
    call->config.ended(call->config.user, why);
}

static void send_text(struct st_sip_call *call, const struct st_text *text)
{
    call->config.send(call->config.user, text->data, text->len);
}

static void add_header(struct st_text *text, const char *name, const char *value)
{
    st_text_add(text, name);
    st_text_add(text, ": ");
    st_text_add(text, value);
    st_text_add(text, "\r\n");
}

/* ---- requests ---- */

static void begin_request(const struct st_sip_call *call, struct st_text *text, const char *method,
                          unsigned sequence, const char *branch)
{
    const struct st_sip_call_config *config = &call->config;
    st_text_reset(text);
    st_text_addf(text, "%s ", method);
    st_text_add(text, call->remote.data);
    st_text_add(text, " SIP/2.0\r\n");
    st_text_addf(text, "Via: SIP/2.0/%s %s;branch=z9hG4bK%s\r\n", config->transport, config->local,
                 branch);
    st_text_add(text, call->route.data ? call->route.data : "");
    st_text_addf(text, "Max-Forwards: 70\r\nFrom: <sip:src@%s>;tag=%s\r\n", config->local,
                 call->tag);
    add_header(text, "To", call->to.data);
    add_header(text, "Call-ID", config->call_id);
    st_text_addf(text, "CSeq: %u %s\r\n", sequence, method);
    st_text_addf(text, "Contact: <sip:src@%s;transport=%s>;+sip.src\r\n", config->local,
                 config->transport);
    st_text_add(text, "User-Agent: sidetone-send\r\n");
}

static void end_request(struct st_text *text, const char *type, const struct st_text *body)
{
    if (type)
        st_text_addf(text, "Content-Type: %s\r\n", type);
    st_text_addf(text, "Content-Length: %zu\r\n\r\n", body ? body->len : 0);
    if (body)
        st_text_add_bytes(text, body->data, body->len);
}

static void open_pending(struct st_sip_call *call, int64_t now_us)
{
    struct pending *pending = &call->pending;
    pending->is_open = true;
    pending->is_proceeding = false;
    pending->interval_us = T1_US;
    pending->resend_us = is_reliable(call) ? INT64_MAX : now_us + T1_US;
    pending->until_us = now_us + GIVE_UP_US;
    send_text(call, &pending->text);
}

static void begin_pending(struct st_sip_call *call, const char *method)
{
    call->pending.method = method;
    make_word(call->pending.branch);
    begin_request(call, &call->pending.text, method, ++call->sequence, call->pending.branch);
}

static void add_parts(struct st_text *body, const char *sdp, const char *metadata)
{
    st_text_add(body, "--part\r\nContent-Type: application/sdp\r\n\r\n");
    st_text_add(body, sdp);
    st_text_add(body, "\r\n--part\r\nContent-Type: application/rs-metadata+xml\r\n"
                      "Content-Disposition: recording-session\r\n\r\n");
    st_text_add(body, metadata);
    st_text_add(body, "\r\n--part--\r\n");
}

int st_sip_call_offer(struct st_sip_call *call, const char *sdp, const char *metadata,
                      int64_t now_us)
{
    struct st_text body = {0};
    if (call->pending.is_open || call->has_ended || call->is_hanging_up)
        return -EBUSY;
    st_text_reset(&call->sdp);
    st_text_add(&call->sdp, sdp);
    begin_pending(call, "INVITE");
    struct st_text *text = &call->pending.text;
    st_text_add(text, "Require: siprec\r\nAccept: application/sdp\r\n"
                      "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE\r\n");
    if (metadata)
        add_parts(&body, sdp, metadata);
    end_request(text, metadata ? "multipart/mixed;boundary=part" : "application/sdp",
                metadata ? &body : &call->sdp);
    st_text_fini(&body);
    open_pending(call, now_us);
    return 0;
}

static void say_bye(struct st_sip_call *call, int64_t now_us)
{
    begin_pending(call, "BYE");
    end_request(&call->pending.text, NULL, NULL);
    open_pending(call, now_us);
}

/* CANCEL goes on its own; the INVITE's final answer ends the call. */
static void cancel(struct st_sip_call *call)
{
    struct st_text text = {0};
    begin_request(call, &text, "CANCEL", call->sequence, call->pending.branch);
    end_request(&text, NULL, NULL);
    send_text(call, &text);
    st_text_fini(&text);
}

void st_sip_call_hang_up(struct st_sip_call *call, int64_t now_us)
{
    if (call->has_ended || call->is_hanging_up)
        return;
    call->is_hanging_up = true;
    if (!call->is_established && !call->pending.is_open)
        end(call, NULL);
    else if (!call->is_established)
        cancel(call);
    else if (!call->pending.is_open)
        say_bye(call, now_us);
}

/* ---- answers ---- */

static void learn_texts(struct st_sip_call *call, const osip_message_t *answer)
{
    char *text = NULL;
    if (osip_to_to_str(answer->to, &text) == 0) {
        st_text_reset(&call->to);
        st_text_add(&call->to, text);
    }
    osip_free(text);
    text = NULL;
    osip_contact_t *contact = osip_list_get(&answer->contacts, 0);
    if (contact && contact->url && osip_uri_to_str(contact->url, &text) == 0) {
        st_text_reset(&call->remote);
        st_text_add(&call->remote, text);
    }
    osip_free(text);
}

/* The caller's route set is the recorded one backwards. */
static void learn_route(struct st_sip_call *call, const osip_message_t *answer)
{
    st_text_reset(&call->route);
    for (int i = osip_list_size(&answer->record_routes) - 1; i >= 0; i--) {
        char *text = NULL;
        if (osip_record_route_to_str(osip_list_get(&answer->record_routes, i), &text) == 0)
            add_header(&call->route, "Route", text);
        osip_free(text);
    }
}

static void acknowledge(struct st_sip_call *call, const char *branch)
{
    begin_request(call, &call->ack, "ACK", call->sequence, branch);
    end_request(&call->ack, NULL, NULL);
    send_text(call, &call->ack);
}

static void take_accepted(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    osip_body_t *body = NULL;
    char branch[WORD_MAX];
    if (!call->is_established)
        learn_route(call, answer);
    learn_texts(call, answer);
    call->is_established = true;
    call->pending.is_open = false;
    make_word(branch);
    acknowledge(call, branch);
    if (call->is_hanging_up) {
        say_bye(call, now_us);
        return;
    }
    if (osip_message_get_body(answer, 0, &body) >= 0 && body && body->body)
        call->config.answered(call->config.user, body->body, body->length);
    else
        call->config.answered(call->config.user, "", 0);
}

static void take_refused(struct st_sip_call *call, const osip_message_t *answer)
{
    char why[200];
    snprintf(why, sizeof(why), "the gateway refuses: %d %s", answer->status_code,
             answer->reason_phrase ? answer->reason_phrase : "");
    call->pending.is_open = false;
    /* Of the same transaction, with the tag of this answer. */
    char *to = NULL;
    struct st_text before = call->to;
    call->to = (struct st_text){0};
    if (osip_to_to_str(answer->to, &to) == 0)
        st_text_add(&call->to, to);
    osip_free(to);
    acknowledge(call, call->pending.branch);
    st_text_fini(&call->to);
    call->to = before;
    if (!call->is_established)
        end(call, call->is_hanging_up ? NULL : why);
}

static void take_answer(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    struct pending *pending = &call->pending;
    bool is_ours = answer->cseq && answer->cseq->number && answer->cseq->method &&
                   (unsigned)atoll(answer->cseq->number) == call->sequence;
    bool is_invite = is_ours && strcmp(answer->cseq->method, "INVITE") == 0;
    int status = answer->status_code;
    if (!is_ours)
        return;
    if (is_invite && !pending->is_open && status / 100 == 2 && call->ack.len > 0) {
        send_text(call, &call->ack);
        return;
    }
    if (!pending->is_open || strcmp(answer->cseq->method, pending->method) != 0)
        return;
    if (status < 200)
        pending->is_proceeding = true;
    else if (!is_invite)
        end(call, NULL);
    else if (status < 300)
        take_accepted(call, answer, now_us);
    else
        take_refused(call, answer);
}

/* ---- requests from the other side ---- */

static void add_copied(struct st_text *text, const char *name, char *value)
{
    add_header(text, name, value ? value : "");
    osip_free(value);
}

static void reply(struct st_sip_call *call, const osip_message_t *request, const char *status,
                  const struct st_text *sdp)
{
    struct st_text text = {0};
    char *value = NULL;
    st_text_addf(&text, "SIP/2.0 %s\r\n", status);
    for (int i = 0; i < osip_list_size(&request->vias); i++) {
        osip_via_to_str(osip_list_get(&request->vias, i), &value);
        add_copied(&text, "Via", value);
        value = NULL;
    }
    osip_from_to_str(request->from, &value);
    add_copied(&text, "From", value);
    value = NULL;
    osip_to_to_str(request->to, &value);
    add_copied(&text, "To", value);
    value = NULL;
    osip_call_id_to_str(request->call_id, &value);
    add_copied(&text, "Call-ID", value);
    value = NULL;
    osip_cseq_to_str(request->cseq, &value);
    add_copied(&text, "CSeq", value);
    st_text_addf(&text, "Contact: <sip:src@%s;transport=%s>;+sip.src\r\n", call->config.local,
                 call->config.transport);
    end_request(&text, sdp ? "application/sdp" : NULL, sdp);
    send_text(call, &text);
    st_text_fini(&text);
}

static void take_request(struct st_sip_call *call, const osip_message_t *request)
{
    const char *method = request->sip_method ? request->sip_method : "";
    if (strcmp(method, "ACK") == 0 || !request->from || !request->to || !request->call_id ||
        !request->cseq)
        return;
    if (strcmp(method, "BYE") == 0) {
        reply(call, request, "200 OK", NULL);
        end(call, call->is_hanging_up ? NULL : "the gateway hung up");
    } else if (strcmp(method, "INVITE") == 0) {
        reply(call, request, "200 OK", &call->sdp);
    } else if (strcmp(method, "OPTIONS") == 0 || strcmp(method, "UPDATE") == 0 ||
               strcmp(method, "INFO") == 0) {
        reply(call, request, "200 OK", NULL);
    } else {
        reply(call, request, "405 Method Not Allowed", NULL);
    }
}

void st_sip_call_put(struct st_sip_call *call, const char *data, size_t bytes, int64_t now_us)
{
    osip_message_t *message;
    if (call->has_ended || osip_message_init(&message))
        return;
    if (osip_message_parse(message, data, bytes) == 0 && message->to) {
        if (MSG_IS_RESPONSE(message))
            take_answer(call, message, now_us);
        else
            take_request(call, message);
    }
    osip_message_free(message);
}

/* ---- time ---- */

int64_t st_sip_call_due_us(const struct st_sip_call *call)
{
    const struct pending *pending = &call->pending;
    if (!pending->is_open)
        return INT64_MAX;
    bool repeats = !pending->is_proceeding && pending->resend_us < pending->until_us;
    return repeats ? pending->resend_us : pending->until_us;
}

void st_sip_call_tick(struct st_sip_call *call, int64_t now_us)
{
    struct pending *pending = &call->pending;
    if (!pending->is_open || now_us < st_sip_call_due_us(call)) {
        bool is_left = call->is_hanging_up && call->is_established && !pending->is_open;
        if (is_left && !call->has_ended)
            say_bye(call, now_us);
        return;
    }
    if (now_us >= pending->until_us) {
        end(call, "the gateway does not answer");
        return;
    }
    send_text(call, &pending->text);
    pending->interval_us *= 2;
    if (strcmp(pending->method, "INVITE") != 0 && pending->interval_us > T2_US)
        pending->interval_us = T2_US;
    pending->resend_us = now_us + pending->interval_us;
}

/* ---- a connection's bytes ---- */

long st_sip_call_frame(const char *data, size_t bytes)
{
    const char *end = memmem(data, bytes, "\r\n\r\n", 4);
    if (!end)
        return bytes > MESSAGE_MAX ? -EBADMSG : 0;
    size_t head = (size_t)(end - data) + 4;
    unsigned long length = 0;
    for (const char *line = data; line < end;) {
        const char *next = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = strtoul(line + 15, NULL, 10);
        else if (strncasecmp(line, "l:", 2) == 0)
            length = strtoul(line + 2, NULL, 10);
        line = next + 2;
    }
    if (length > MESSAGE_MAX)
        return -EBADMSG;
    return bytes - head >= length ? (long)(head + length) : 0;
}
