/* Where a link goes, what its socket says, and what it takes. */
#include "session.h"

#include <errno.h>
#include <stdio.h>

enum {
    MS_US = 1000,
    SECOND_US = 1000 * MS_US,
    TARGET_AGAIN_US = 50 * MS_US,
    RENEW_WINDOW_US = 60 * SECOND_US,
    RENEW_LAST_US = 10 * SECOND_US,
    CLOSING_US = 1000 * MS_US, /* so soon a connection that takes nothing more says why */
};

void st_session_link_opened(struct st_session_link *link, int64_t now_us)
{
    const struct st_stt_engine *engine = &link->slot->engine;
    int64_t session_us = engine->session_us ? engine->session_us : engine->ops->session_us;
    int64_t window_us = session_us / 2, last_us = session_us / 8;
    link->is_open = true;
    link->open_us = link->sent_us = now_us;
    link->due_us = ST_STT_NEVER;
    if (session_us) {
        link->renew_us =
            now_us + session_us - (window_us < RENEW_WINDOW_US ? window_us : RENEW_WINDOW_US);
        link->renew_last_us =
            now_us + session_us - (last_us < RENEW_LAST_US ? last_us : RENEW_LAST_US);
    }
}

static void on_open(void *user, bool is_accepted)
{
    struct st_session_link *link = user;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    struct st_stt_session *session = link->session;
    if (!st_session_link_is_listening(link) || link->is_open)
        return;
    session->depth++;
    st_session_link_opened(link, st_loop_now_us());
    link->is_accepted = is_accepted;
    if (is_accepted && (ops->stall_us == 0 || ops->answers_speech_only))
        st_session_link_answered(link);
    if (st_session_link_flush(link))
        st_session_feed_pump(link);
    session->depth--;
    st_session_wake(session, 0);
}

static int on_response(void *user, unsigned status,
                       const char *(*header)(const void *headers, const char *name),
                       const void *headers)
{
    struct st_session_link *link = user;
    if (!st_session_link_is_listening(link))
        return -ECANCELED;
    link->session->depth++;
    int err = link->slot->engine.ops->response(link->stream, status, header, headers);
    link->is_accepted = status == 200;
    if (!err && link->is_accepted && st_session_link_is_listening(link))
        st_session_link_answered(link);
    link->session->depth--;
    return err;
}

static void on_message(void *user, const void *data, size_t bytes, bool is_binary)
{
    struct st_session_link *link = user;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    if (!st_session_link_is_listening(link))
        return;
    if (!ops->answers_speech_only || link->is_finish_sent)
        link->asked_us = link->is_waiting || link->is_finish_sent ? st_loop_now_us() : 0;
    link->session->depth++;
    int err = ops->receive(link->stream, data, bytes, is_binary);
    if (err)
        st_session_link_die(link, ST_TROUBLE_PROTOCOL,
                            "the server sent something that makes no sense");
    else if (link->is_accepted)
        st_session_link_answered(link);
    link->session->depth--;
}

static void on_closed(void *user, const struct st_engine_closing *closing)
{
    struct st_session_link *link = user;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    char what[ST_STT_WHY_BYTES];
    if (!st_session_link_is_listening(link))
        return;
    if (closing->ws_code == 1000 && link->is_finish_sent) {
        st_session_sink.done(link);
        return;
    }
    snprintf(what, sizeof(what), "%s", closing->what);
    link->retry_after_us = (int64_t)closing->retry_after_s * SECOND_US;
    link->session->depth++;
    enum st_engine_trouble trouble =
        st_engine_judge(ops, link->stream, closing, what, sizeof(what));
    link->session->depth--;
    st_session_link_die(link, trouble, what);
}

static const struct st_stt_socket_events socket_events = {
    .open = on_open,
    .response = on_response,
    .message = on_message,
    .closed = on_closed,
};

int st_session_link_aim(struct st_session_link *link, int64_t now_us)
{
    struct st_stt_session *session = link->session;
    const struct st_engine_ops *ops = link->slot->engine.ops;
    struct st_engine_target target = {.url = NULL};
    char why[ST_STT_WHY_BYTES - 40] = "";
    session->depth++;
    int err = ops->target(link->stream, &target, why, sizeof(why));
    session->depth--;
    link->is_targeting = err == -EAGAIN;
    link->target_us = now_us + TARGET_AGAIN_US;
    if (err == -EACCES)
        st_session_link_die(link, ST_TROUBLE_REFUSED, why);
    if (err == -EAGAIN || err == -EACCES)
        return 0;
    return err ? err
               : session->config.transport->connect(session->config.transport_user, &link->socket,
                                                    &target, &socket_events, link);
}

void st_session_link_closing(struct st_session_link *link)
{
    if (link->is_closing)
        return;
    int64_t due_us = st_loop_now_us() + CLOSING_US;
    link->is_closing = true;
    if (due_us < link->due_us)
        link->due_us = due_us;
    st_session_wake(link->session, link->due_us);
}

bool st_session_link_flush(struct st_session_link *link)
{
    const void *data;
    size_t bytes;
    bool is_binary;
    while (link->socket && st_outbox_peek(&link->outbox, &data, &bytes, &is_binary)) {
        int err = link->session->config.transport->send(link->socket, data, bytes, is_binary);
        if (err && err != -ENOBUFS)
            st_session_link_closing(link);
        if (err)
            return false;
        st_outbox_pop(&link->outbox);
    }
    return true;
}
