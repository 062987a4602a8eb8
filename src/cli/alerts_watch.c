#include "alerts_watch.h"

#include "alerts_view.h"
#include "client.h"
#include "tail_view.h"
#include "terminal.h"
#include "verb.h"

#include "sidetone/json_writer.h"
#include "sidetone/loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RECONNECT_US = 60000000 };

static const char *const events[] = {
    "alert.raised",  "alert.repeated", "alert.escalated", "alert.acknowledged",
    "alert.snoozed", "alert.reopened", "alert.assigned",  "alert.cleared",
};

struct session {
    struct st_feed *feed;
    bool is_json;
    struct st_client *client;
    struct st_timer *reconnect;
    struct st_tail_view view;
    json_t *open; /* until they have been shown */
    bool was_connected;
    int64_t lost_us; /* 0: connected */
};

/* Alerts of a snapshot are told like rows of a list. */
static void keep_open(struct session *session, const json_t *state)
{
    static const char *const members[] = {"call_id", "queue", "team", "agent"};
    json_t *alerts = json_object_get(state, "alerts");
    for (size_t i = 0; session->open && i < json_array_size(alerts); i++) {
        json_t *row = json_copy(json_array_get(alerts, i));
        const char *name = json_string_value(json_object_get(row, "state"));
        for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++)
            json_object_set(row, members[k], json_object_get(state, members[k]));
        if (name && strcmp(name, "cleared") != 0)
            json_array_append(session->open, row);
        json_decref(row);
    }
}

static void print(struct session *session, struct st_text *text)
{
    fputs(text->data ? text->data : "", stdout);
    if (fflush(stdout) != 0)
        st_client_finish(session->client, ST_EXIT_FAILED);
    st_text_fini(text);
}

static void show_open(struct session *session)
{
    struct st_text text = {0};
    if (session->open && !session->is_json)
        st_alerts_view_table(session->open, st_loop_wall_unix_ms(),
                             st_terminal_is(stdout) ? st_terminal_columns(stdout) : 0, &text);
    json_decref(session->open);
    session->open = NULL;
    print(session, &text);
}

static void say(const char *what, const char *foreign)
{
    struct st_text text = {0};
    st_text_add_clean(&text, foreign ? foreign : "");
    fprintf(stderr, "sidetone alerts: %s%s\n", what, text.data ? text.data : "");
    st_text_fini(&text);
}

static const char *member(const json_t *message, const char *key)
{
    return json_string_value(json_object_get(message, key));
}

static void show(struct session *session, const json_t *message, const char *data, size_t bytes)
{
    struct st_text text = {0};
    bool is_event = st_feed_take(session->feed, message) == ST_FEED_EVENT;
    const char *type = member(message, "type");
    bool is_snapshot = type && strcmp(type, "snapshot") == 0;
    if (session->is_json && (is_event || is_snapshot)) {
        st_text_add_clean_json(&text, data, bytes);
        st_text_add(&text, "\n");
    } else if (is_event) {
        st_tail_view_event(&session->view, message, &text);
    }
    if (is_snapshot)
        keep_open(session, json_object_get(message, "call"));
    else if (type && strcmp(type, "snapshot.end") == 0)
        show_open(session);
    else if (type && strcmp(type, "error") == 0)
        say("the gateway refuses: ", member(message, "message"));
    print(session, &text);
}

static void on_message(void *user, const char *data, size_t bytes, bool is_binary)
{
    json_t *message = is_binary ? NULL : json_loadb(data, bytes, 0, NULL);
    if (message)
        show(user, message, data, bytes);
    json_decref(message);
}

static void on_open(void *user)
{
    struct session *session = user;
    struct st_json_writer json;
    if (session->lost_us != 0 && session->was_connected)
        say("connected again", NULL);
    session->was_connected = true;
    session->lost_us = 0;
    st_feed_connected(session->feed);
    st_json_init(&json);
    st_feed_subscribe(session->feed, &json);
    st_client_send(session->client, json.data, json.len, false);
    st_json_fini(&json);
}

static void on_closed(void *user, bool was_open, uint16_t code, const char *what)
{
    struct session *session = user;
    int64_t now_us = st_loop_now_us();
    if (session->lost_us == 0)
        session->lost_us = now_us;
    if (!session->was_connected || code == 1008 || now_us - session->lost_us > RECONNECT_US) {
        say("", what);
        st_client_finish(session->client, ST_EXIT_CONNECTION);
        return;
    }
    if (was_open)
        say("connection lost, trying again: ", what);
    st_timer_set(session->reconnect, st_feed_backoff_us(session->feed), 0);
}

static void on_reconnect(void *user)
{
    struct session *session = user;
    st_client_connect(session->client);
}

static void on_interrupted(void *user)
{
    struct session *session = user;
    st_client_finish(session->client, ST_EXIT_OK);
}

static void on_ending(void *user)
{
    struct session *session = user;
    st_timer_close(session->reconnect);
}

static const struct st_client_events client_events = {.open = on_open,
                                                      .message = on_message,
                                                      .closed = on_closed,
                                                      .interrupted = on_interrupted,
                                                      .ending = on_ending};

int st_alerts_watch(const struct st_client_options *options, struct st_feed *feed, bool is_json)
{
    struct session session = {
        .feed = feed,
        .is_json = is_json,
        .view = {.has_color = !is_json && st_terminal_is(stdout) && st_terminal_wants_color(stdout),
                 .is_single = feed->calls.count == 1},
    };
    feed->wants_partials = false;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        st_feed_filter_add(&feed->events, events[i]);
    int err = st_client_create(&session.client, options, "/v1/events", &client_events, &session);
    if (err < 0)
        return err == -EINVAL ? ST_EXIT_USAGE : ST_EXIT_FAILED;
    session.open = json_array();
    session.reconnect = st_timer_open(st_client_loop(session.client), on_reconnect, &session);
    int exit_code = st_client_run(session.client);
    st_client_destroy(session.client);
    st_tail_view_fini(&session.view);
    json_decref(session.open);
    return exit_code;
}
