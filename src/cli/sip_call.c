#include "sip_call_private.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <osipparser2/osip_port.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

enum {
    T1_US = 500000,
    T2_US = 4000000,
    GIVE_UP_US = 64 * T1_US,
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

void st_sip_call_create(struct st_sip_call **ret_call, const struct st_sip_call_config *config)
{
    call_once(&parser_once, open_parser);
    struct st_sip_call *call = st_mem_alloc(sizeof(*call));
    call->config = *config;
    sip_call_make_word(call->tag);
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

/* ---- requests ---- */

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
    sip_call_make_word(call->pending.branch);
    sip_call_begin_request(call, &call->pending.text, method, ++call->sequence,
                           call->pending.branch);
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
        sip_call_add_parts(&body, sdp, metadata);
    sip_call_end_message(text, metadata ? "multipart/mixed;boundary=part" : "application/sdp",
                         metadata ? &body : &call->sdp);
    st_text_fini(&body);
    open_pending(call, now_us);
    return 0;
}

static void say_bye(struct st_sip_call *call, int64_t now_us)
{
    begin_pending(call, "BYE");
    sip_call_end_message(&call->pending.text, NULL, NULL);
    open_pending(call, now_us);
}

/* CANCEL goes on its own; the INVITE's final answer ends the call. */
static void cancel(struct st_sip_call *call)
{
    struct st_text text = {0};
    sip_call_begin_request(call, &text, "CANCEL", call->sequence, call->pending.branch);
    sip_call_end_message(&text, NULL, NULL);
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
            sip_call_add_header(&call->route, "Route", text);
        osip_free(text);
    }
}

static void acknowledge(struct st_sip_call *call, const char *branch)
{
    sip_call_begin_request(call, &call->ack, "ACK", call->sequence, branch);
    sip_call_end_message(&call->ack, NULL, NULL);
    send_text(call, &call->ack);
}

static void take_accepted(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    osip_body_t *body = NULL;
    char branch[SIP_CALL_WORD_MAX];
    if (!call->is_established)
        learn_route(call, answer);
    learn_texts(call, answer);
    call->is_established = true;
    call->pending.is_open = false;
    sip_call_make_word(branch);
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

static void reply(struct st_sip_call *call, const osip_message_t *request, const char *status,
                  const struct st_text *sdp)
{
    struct st_text text = {0};
    sip_call_write_reply(call, &text, request, status, sdp);
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
