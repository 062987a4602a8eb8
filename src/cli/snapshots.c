#include "snapshots.h"

#include "client.h"
#include "text.h"
#include "verb.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <stdio.h>

enum { ANSWER_US = 30000000 };

struct session {
    const char *verb;
    struct st_feed *feed;
    struct st_client *client;
    struct st_timer *timer;
    json_t *states; /* array */
};

static void complain(const struct session *session, const char *what, const char *foreign)
{
    struct st_text text = {0};
    st_text_add_clean(&text, foreign);
    fprintf(stderr, "sidetone %s: %s%s%s\n", session->verb, what, text.len > 0 ? ": " : "",
            text.data ? text.data : "");
    st_text_fini(&text);
}

static void take_message(struct session *session, json_t *message)
{
    const char *what;
    switch (st_feed_take(session->feed, message)) {
    case ST_FEED_SNAPSHOT:
        json_array_append(session->states, json_object_get(message, "call"));
        break;
    case ST_FEED_SNAPSHOT_END:
        st_client_finish(session->client, ST_EXIT_OK);
        break;
    case ST_FEED_ERROR:
        what = json_string_value(json_object_get(message, "message"));
        complain(session, "the gateway refuses", what ? what : "");
        st_client_finish(session->client, ST_EXIT_FAILED);
        break;
    default:
        break;
    }
}

static void on_open(void *user)
{
    struct session *session = user;
    struct st_json_writer json;
    st_json_init(&json);
    st_feed_subscribe(session->feed, &json);
    st_client_send(session->client, json.data, json.len, false);
    st_json_fini(&json);
}

static void on_message(void *user, const char *data, size_t bytes, bool is_binary)
{
    json_t *message = is_binary ? NULL : json_loadb(data, bytes, 0, NULL);
    if (message)
        take_message(user, message);
    json_decref(message);
}

static void on_closed(void *user, bool was_open, uint16_t code, const char *what)
{
    struct session *session = user;
    (void)was_open;
    (void)code;
    complain(session, st_client_url(session->client), what);
    st_client_finish(session->client, ST_EXIT_CONNECTION);
}

static void on_late(void *user)
{
    struct session *session = user;
    complain(session, st_client_url(session->client), "the gateway did not answer");
    st_client_finish(session->client, ST_EXIT_CONNECTION);
}

static void on_interrupted(void *user)
{
    struct session *session = user;
    st_client_finish(session->client, ST_EXIT_FAILED);
}

static void on_ending(void *user)
{
    struct session *session = user;
    st_timer_close(session->timer);
}

static const struct st_client_events client_events = {.open = on_open,
                                                      .message = on_message,
                                                      .closed = on_closed,
                                                      .interrupted = on_interrupted,
                                                      .ending = on_ending};

int st_snapshots_get(const char *verb, const struct st_client_options *client, struct st_feed *feed,
                     json_t **ret_states)
{
    struct session session = {.verb = verb, .feed = feed};
    int err = st_client_create(&session.client, client, "/v1/events", &client_events, &session);
    if (err < 0)
        return err == -EINVAL ? ST_EXIT_USAGE : ST_EXIT_FAILED;
    session.states = json_array();
    session.timer = st_timer_open(st_client_loop(session.client), on_late, &session);
    st_timer_set(session.timer, ANSWER_US, 0);
    int exit_code = st_client_run(session.client);
    st_client_destroy(session.client);
    if (exit_code == ST_EXIT_OK)
        *ret_states = session.states;
    else
        json_decref(session.states);
    return exit_code;
}
