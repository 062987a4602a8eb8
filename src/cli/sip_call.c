#include "sip_call.h"

#include "sip_credentials.h"
#include "sip_dialog.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <threads.h>

enum {
    T1_US = 500000,
    T2_US = 4000000,
    GIVE_UP_US = 64 * T1_US,
    ANSWERS_MAX = 2,
    AGAIN_MIN_US = 2100000, /* RFC 3261, 14.1: 2.1 to 4 s for whoever made the Call-ID, in steps */
    AGAIN_STEP_US = 10000,
    AGAIN_STEPS = 191,
};

/* A request that waits for its final answer. */
struct pending {
    bool is_open, is_proceeding;
    bool is_invite;   /* else BYE */
    const char *type; /* of the body; NULL: there is none */
    char branch[ST_SIP_DIALOG_WORD_MAX];
    struct st_text body, text;
    unsigned challenges; /* that were answered */
    int64_t resend_us, interval_us, until_us;
};

struct st_sip_call {
    struct st_sip_call_config config;
    struct st_sip_dialog dialog;
    struct st_sip_credentials credentials;
    unsigned sequence;
    struct st_text sdp; /* of the latest offer */
    struct st_text ack; /* of the latest final answer, for when that is repeated */
    unsigned ack_sequence;
    struct pending pending;
    int64_t again_us; /* when an offer that crossed one of theirs is made again; 0: there is none */
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

void st_sip_call_create(struct st_sip_call **ret_call, const struct st_sip_call_config *config)
{
    call_once(&parser_once, open_parser);
    struct st_sip_call *call = st_mem_alloc(sizeof(*call));
    call->config = *config;
    call->credentials.user = config->name;
    call->credentials.password = config->password;
    call->dialog.transport = config->transport;
    call->dialog.local = config->local;
    call->dialog.call_id = config->call_id;
    st_sip_dialog_init(&call->dialog, config->target);
    *ret_call = call;
}

void st_sip_call_destroy(struct st_sip_call *call)
{
    if (!call)
        return;
    struct st_text *texts[] = {&call->sdp, &call->ack, &call->pending.body, &call->pending.text};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        st_text_fini(texts[i]);
    st_sip_dialog_fini(&call->dialog);
    st_sip_credentials_fini(&call->credentials);
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
    call->again_us = 0;
    call->config.ended(call->config.user, why);
}

static void send_text(struct st_sip_call *call, const struct st_text *text)
{
    call->config.send(call->config.user, text->data, text->len);
}

/* ---- requests ---- */

static const char *method_of(const struct pending *pending)
{
    return pending->is_invite ? "INVITE" : "BYE";
}

/* As a transaction of its own, which a second try with credentials is, too. */
static void send_pending(struct st_sip_call *call, int64_t now_us)
{
    struct pending *pending = &call->pending;
    const char *method = method_of(pending);
    st_sip_dialog_make_word(pending->branch);
    st_sip_dialog_begin(&call->dialog, &pending->text, method, ++call->sequence, pending->branch);
    st_sip_credentials_add(&call->credentials, &pending->text, method, call->dialog.remote.data);
    if (pending->is_invite)
        st_text_add(&pending->text, "Require: siprec\r\nAccept: application/sdp\r\n"
                                    "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE\r\n");
    st_sip_dialog_end(&pending->text, pending->type, &pending->body);
    pending->is_open = true;
    pending->is_proceeding = false;
    pending->interval_us = T1_US;
    pending->resend_us = is_reliable(call) ? INT64_MAX : now_us + T1_US;
    pending->until_us = now_us + GIVE_UP_US;
    send_text(call, &pending->text);
}

static void begin_pending(struct st_sip_call *call, bool is_invite, const char *type)
{
    call->pending.is_invite = is_invite;
    call->pending.type = type;
    call->pending.challenges = 0;
    st_text_reset(&call->pending.body);
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
    if (call->pending.is_open || call->has_ended || call->is_hanging_up)
        return -EBUSY;
    st_text_reset(&call->sdp);
    st_text_add(&call->sdp, sdp);
    begin_pending(call, true, metadata ? "multipart/mixed;boundary=part" : "application/sdp");
    if (metadata)
        add_parts(&call->pending.body, sdp, metadata);
    else
        st_text_add(&call->pending.body, sdp);
    if (call->again_us == 0)
        send_pending(call, now_us);
    return 0;
}

static void say_bye(struct st_sip_call *call, int64_t now_us)
{
    begin_pending(call, false, NULL);
    send_pending(call, now_us);
}

/* CANCEL goes on its own; the INVITE's final answer ends the call. */
static void cancel(struct st_sip_call *call)
{
    struct st_text text = {0};
    st_sip_dialog_begin(&call->dialog, &text, "CANCEL", call->sequence, call->pending.branch);
    st_sip_dialog_end(&text, NULL, NULL);
    send_text(call, &text);
    st_text_fini(&text);
}

void st_sip_call_hang_up(struct st_sip_call *call, int64_t now_us)
{
    if (call->has_ended || call->is_hanging_up)
        return;
    call->is_hanging_up = true;
    call->again_us = 0;
    if (!call->is_established && !call->pending.is_open)
        end(call, NULL);
    else if (!call->is_established)
        cancel(call);
    else if (!call->pending.is_open)
        say_bye(call, now_us);
}

/* ---- answers ---- */

/* With the credentials of the INVITE, where it had any. */
static void acknowledge(struct st_sip_call *call, const char *branch)
{
    st_sip_dialog_begin(&call->dialog, &call->ack, "ACK", call->sequence, branch);
    st_sip_credentials_repeat(&call->credentials, &call->ack);
    st_sip_dialog_end(&call->ack, NULL, NULL);
    call->ack_sequence = call->sequence;
    send_text(call, &call->ack);
}

static void take_accepted(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    osip_body_t *body = NULL;
    char branch[ST_SIP_DIALOG_WORD_MAX];
    st_sip_dialog_learn(&call->dialog, answer, !call->is_established);
    call->is_established = true;
    call->pending.is_open = false;
    st_sip_dialog_make_word(branch);
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

/* Of the same transaction, with the tag of this answer. */
static void acknowledge_refusal(struct st_sip_call *call, const osip_message_t *answer)
{
    char *to = NULL;
    struct st_text before = call->dialog.to;
    call->dialog.to = (struct st_text){0};
    if (osip_to_to_str(answer->to, &to) == 0)
        st_text_add(&call->dialog.to, to);
    osip_free(to);
    acknowledge(call, call->pending.branch);
    st_text_fini(&call->dialog.to);
    call->dialog.to = before;
}

static bool is_challenge(const osip_message_t *answer)
{
    return answer->status_code == 401 || answer->status_code == 407;
}

/* Once, or once more where only the challenge was too old. */
static bool proves_itself(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    struct pending *pending = &call->pending;
    if (!is_challenge(answer) || pending->challenges == ANSWERS_MAX ||
        st_sip_credentials_take(&call->credentials, answer) < 0)
        return false;
    if (pending->challenges > 0 && !call->credentials.is_stale)
        return false;
    pending->challenges++;
    send_pending(call, now_us);
    return true;
}

static bool has_crossed(const struct st_sip_call *call, const osip_message_t *answer)
{
    return answer->status_code == 491 && call->is_established && !call->is_hanging_up;
}

static int64_t draw_again_us(int64_t now_us)
{
    uint32_t random;
    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        random = (uint32_t)now_us;
    return now_us + AGAIN_MIN_US + (int64_t)(random % AGAIN_STEPS) * AGAIN_STEP_US;
}

static void take_refused(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    char why[240];
    bool is_unnamed = !call->config.name && is_challenge(answer);
    snprintf(why, sizeof(why), "the gateway refuses: %d %.150s%s", answer->status_code,
             answer->reason_phrase ? answer->reason_phrase : "",
             is_unnamed ? " (a name and a password are needed)" : "");
    call->pending.is_open = false;
    acknowledge_refusal(call, answer);
    if (!call->is_hanging_up && proves_itself(call, answer, now_us))
        return;
    if (has_crossed(call, answer))
        call->again_us = draw_again_us(now_us);
    else if (!call->is_established)
        end(call, call->is_hanging_up ? NULL : why);
}

static void take_final(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    if (call->pending.is_invite && answer->status_code < 300)
        take_accepted(call, answer, now_us);
    else if (call->pending.is_invite)
        take_refused(call, answer, now_us);
    else if (!proves_itself(call, answer, now_us))
        end(call, NULL);
}

static void take_answer(struct st_sip_call *call, const osip_message_t *answer, int64_t now_us)
{
    struct pending *pending = &call->pending;
    if (!answer->cseq || !answer->cseq->number || !answer->cseq->method)
        return;
    unsigned long number = strtoul(answer->cseq->number, NULL, 10);
    bool is_invite = strcmp(answer->cseq->method, "INVITE") == 0;
    if (is_invite && answer->status_code >= 200 && number == call->ack_sequence)
        send_text(call, &call->ack);
    if (!pending->is_open || number != call->sequence || is_invite != pending->is_invite)
        return;
    if (answer->status_code < 200)
        pending->is_proceeding = true;
    else
        take_final(call, answer, now_us);
}

/* ---- requests from the other side ---- */

static void reply(struct st_sip_call *call, const osip_message_t *request, const char *status,
                  const struct st_text *sdp)
{
    struct st_text text = {0};
    st_sip_dialog_reply(&call->dialog, &text, request, status, sdp);
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
    } else if (strcmp(method, "INVITE") == 0 && call->pending.is_open && call->pending.is_invite) {
        reply(call, request, "491 Request Pending", NULL);
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
        return call->again_us ? call->again_us : INT64_MAX;
    bool repeats = !pending->is_proceeding && pending->resend_us < pending->until_us;
    return repeats ? pending->resend_us : pending->until_us;
}

static void begin_what_is_left(struct st_sip_call *call, int64_t now_us)
{
    if (call->has_ended || !call->is_established)
        return;
    if (call->is_hanging_up) {
        say_bye(call, now_us);
    } else if (call->again_us && now_us >= call->again_us) {
        call->again_us = 0;
        send_pending(call, now_us);
    }
}

void st_sip_call_tick(struct st_sip_call *call, int64_t now_us)
{
    struct pending *pending = &call->pending;
    if (!pending->is_open) {
        begin_what_is_left(call, now_us);
        return;
    }
    if (now_us < st_sip_call_due_us(call))
        return;
    if (now_us >= pending->until_us) {
        end(call, "the gateway does not answer: does it listen there by that transport, and is "
                  "this machine in its siprec.sources?");
        return;
    }
    send_text(call, &pending->text);
    pending->interval_us *= 2;
    if (!pending->is_invite && pending->interval_us > T2_US)
        pending->interval_us = T2_US;
    pending->resend_us = now_us + pending->interval_us;
}
