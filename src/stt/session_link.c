#include "session.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

enum {
    MS_US = 1000,
    OPEN_MAX_US = 15000 * MS_US,
    STEADY_US = 10000 * MS_US, /* a link that held that long is retried at once when it breaks */
};

void st_session_link_die(struct st_stt_session *session, const char *why)
{
    if (session->has_died || session->is_destroyed)
        return;
    session->has_died = true;
    snprintf(session->why, sizeof(session->why), "%s: %s", session->config.ops->name, why);
    st_session_wake(session, 0);
}

/* ---- what the engine says ---- */

static bool is_listening(const struct st_stt_session *session)
{
    return !session->is_destroyed && !session->has_died && session->state != ST_STT_ENDED;
}

/* What is told later has whole milliseconds and thousandths; who works with it now should see the
 * same, so that a call gives the same findings from its transcript as it did live. */
static int64_t whole_ms(int64_t us)
{
    return us - us % MS_US;
}

static float thousandths(float confidence)
{
    return confidence < 0 ? confidence : roundf(confidence * 1000) / 1000;
}

static const struct st_word *rebase_words(struct st_stt_session *session,
                                          const struct st_segment *segment)
{
    if (segment->word_count > session->words_cap) {
        session->words_cap = segment->word_count * 2;
        session->words =
            st_mem_realloc(session->words, session->words_cap * sizeof(session->words[0]));
    }
    for (size_t i = 0; i < segment->word_count; i++) {
        const struct st_word *word = &segment->words[i];
        session->words[i] = (struct st_word){
            .text = word->text,
            .start_us = whole_ms(st_rebase_start_us(&session->rebase, word->start_us)),
            .end_us = whole_ms(st_rebase_end_us(&session->rebase, word->end_us)),
            .confidence = thousandths(word->confidence),
        };
    }
    return session->words;
}

static void on_segment(void *user, unsigned channel, const struct st_segment *segment)
{
    struct st_stt_session *session = user;
    struct st_segment mine = *segment;
    if (!is_listening(session))
        return;
    mine.start_us = whole_ms(st_rebase_start_us(&session->rebase, segment->start_us));
    mine.end_us = whole_ms(st_rebase_end_us(&session->rebase, segment->end_us));
    mine.confidence = thousandths(segment->confidence);
    mine.words = rebase_words(session, segment);
    session->depth++;
    st_splice_put(&session->splice, &mine);
    session->depth--;
    if (mine.is_final && !session->is_destroyed)
        st_session_feed_cover(session, mine.end_us);
}

static void on_send(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct st_stt_session *session = user;
    if (!is_listening(session))
        return;
    if (session->is_open && session->socket && st_outbox_is_empty(&session->outbox)) {
        int err = session->config.transport->send(session->socket, data, bytes, is_binary);
        if (err == 0)
            return;
        if (err != -ENOBUFS) {
            st_session_link_die(session, "the connection was lost");
            return;
        }
    }
    if (st_outbox_push(&session->outbox, data, bytes, is_binary) < 0)
        st_session_link_die(session, "its messages could not be sent in time");
}

static void on_end(void *user)
{
    struct st_stt_session *session = user;
    session->wants_end = true;
    if (is_listening(session) && session->is_open && session->socket &&
        st_outbox_is_empty(&session->outbox))
        session->config.transport->end(session->socket);
}

static void on_done(void *user)
{
    struct st_stt_session *session = user;
    if (!is_listening(session) || !session->is_finish_sent)
        return;
    session->is_done = true;
    st_session_wake(session, 0);
}

static void on_failed(void *user, enum st_engine_trouble trouble, const char *what)
{
    st_session_link_die(user, what);
}

static void on_lag(void *user, int64_t lag_us)
{
    struct st_stt_session *session = user;
    if (!is_listening(session))
        return;
    session->engine_lag_us = lag_us;
    session->depth++;
    st_session_feed_tell_lag(session);
    session->depth--;
}

static void on_settled(void *user, unsigned channel, int64_t until_us)
{
    struct st_stt_session *session = user;
    if (is_listening(session))
        st_session_feed_cover(session, st_rebase_end_us(&session->rebase, until_us));
}

static const struct st_engine_sink sink = {
    .segment = on_segment,
    .send = on_send,
    .end = on_end,
    .done = on_done,
    .failed = on_failed,
    .lag = on_lag,
    .settled = on_settled,
};

/* ---- what the socket says ---- */

static void on_open(void *user)
{
    struct st_stt_session *session = user;
    if (!is_listening(session) || session->is_open)
        return;
    session->is_open = true;
    session->open_us = st_loop_now_us();
    session->link_due_us = ST_STT_NEVER;
    session->depth++;
    if (session->config.ops->stall_us == 0)
        st_session_link_answered(session);
    if (st_session_link_flush(session))
        st_session_feed_pump(session);
    session->depth--;
    st_session_wake(session, 0);
}

static void on_message(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct st_stt_session *session = user;
    if (!is_listening(session))
        return;
    session->asked_us = session->is_waiting || session->is_finish_sent ? st_loop_now_us() : 0;
    session->depth++;
    int err = session->config.ops->receive(session->stream, data, bytes, is_binary);
    if (err)
        st_session_link_die(session, "the server sent something that makes no sense");
    else
        st_session_link_answered(session);
    session->depth--;
}

static void on_closed(void *user, const struct st_engine_closing *closing)
{
    struct st_stt_session *session = user;
    if (closing->ws_code == 1000 && session->is_finish_sent)
        on_done(session);
    else
        st_session_link_die(session, closing->what);
}

static int on_response(void *user, unsigned status,
                       const char *(*header)(const void *headers, const char *name),
                       const void *headers)
{
    struct st_stt_session *session = user;
    return is_listening(session)
               ? session->config.ops->response(session->stream, status, header, headers)
               : 0;
}

static const struct st_stt_socket_events socket_events = {
    .open = on_open,
    .response = on_response,
    .message = on_message,
    .closed = on_closed,
};

/* ---- the link ---- */

void st_session_link_answered(struct st_stt_session *session)
{
    if (session->is_answered)
        return;
    session->is_answered = true;
    if (session->state == ST_STT_STARTING || session->state == ST_STT_DEGRADED)
        st_session_set_state(session, ST_STT_RUNNING);
}

void st_session_link_asked(struct st_stt_session *session)
{
    if (session->asked_us == 0)
        session->asked_us = st_loop_now_us();
}

int64_t st_session_link_stall_due_us(const struct st_stt_session *session)
{
    int64_t stall_us = session->config.ops->stall_us;
    if (stall_us == 0 || session->asked_us == 0 || !session->stream || !session->is_open)
        return ST_STT_NEVER;
    return session->asked_us + stall_us;
}

bool st_session_link_flush(struct st_stt_session *session)
{
    const void *data;
    size_t bytes;
    bool is_binary;
    while (session->socket && st_outbox_peek(&session->outbox, &data, &bytes, &is_binary)) {
        int err = session->config.transport->send(session->socket, data, bytes, is_binary);
        if (err == -ENOBUFS)
            return false;
        if (err) {
            st_session_link_die(session, "the connection was lost");
            return false;
        }
        st_outbox_pop(&session->outbox);
        if (session->wants_end && st_outbox_is_empty(&session->outbox))
            session->config.transport->end(session->socket);
    }
    return true;
}

static int open_stream(struct st_stt_session *session)
{
    const struct st_stt_session_config *config = &session->config;
    struct st_engine_stream_config stream = {
        .loop = config->loop,
        .rate_hz = session->rate_hz,
        .channels = 1,
        .call_id = "",
        .language = session->language,
        .wants_partials = config->wants_partials,
        .sink = &sink,
        .user = session,
    };
    session->depth++;
    int err = config->ops->open(&session->stream, config->engine, &stream);
    session->depth--;
    return err;
}

static int connect_socket(struct st_stt_session *session, int64_t now_us)
{
    const struct st_stt_session_config *config = &session->config;
    struct st_engine_target target = {.url = NULL};
    char why[ST_STT_WHY_BYTES] = "";
    int err = config->ops->target(session->stream, &target, why, sizeof(why));
    if (err)
        return err;
    session->link_due_us = now_us + OPEN_MAX_US;
    return config->transport->connect(config->transport_user, &session->socket, config->ops->kind,
                                      &target, &socket_events, session);
}

int st_session_link_open(struct st_stt_session *session, int64_t now_us)
{
    session->retry_due_us = ST_STT_NEVER;
    int err = open_stream(session);
    if (err)
        return err;
    if (session->config.ops->kind != ST_ENGINE_EMBEDDED)
        return connect_socket(session, now_us);
    session->is_open = true;
    session->open_us = now_us;
    st_session_link_answered(session);
    return 0;
}

void st_session_link_close(struct st_stt_session *session)
{
    int64_t now_us = st_loop_now_us();
    if (session->is_answered && now_us - session->open_us >= STEADY_US)
        st_backoff_reset(&session->backoff);
    if (session->socket)
        session->config.transport->close(session->socket);
    if (session->stream)
        session->config.ops->close(session->stream);
    session->socket = NULL;
    session->stream = NULL;
    session->is_open = session->is_answered = session->is_finish_sent = false;
    session->is_done = session->has_died = session->wants_end = false;
    session->asked_us = 0;
    session->link_due_us = ST_STT_NEVER;
    st_outbox_clear(&session->outbox);
    st_splice_restart(&session->splice);
}
