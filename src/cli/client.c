#include "client.h"

#include "verb.h"

#include "sidetone/config.h"
#include "sidetone/err.h"
#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/mem.h"
#include "sidetone/net.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SIGNAL_END = SIGUSR2, /* wakes the thread that waits for signals, to end it */
    HTTP_UNAUTHORIZED = 401,
};

struct st_client {
    struct st_loop *loop;
    struct st_net_shared *shared;
    struct st_net *net;
    struct st_ws *ws; /* NULL: none */
    bool is_open;
    bool is_finishing;
    int exit_code;
    char *url;
    struct st_client_options options;
    struct st_client_events events;
    void *user;
    pthread_t signal_thread;
    sigset_t signals;
    unsigned interrupts;
    atomic_bool has_ended;
};

/* Snapshots of long calls are large. */
static const struct st_config_limits limits = {
    .connections = 16,
    .connections_per_address = 16,
    .message_bytes = 64 * 1024 * 1024,
    .header_bytes = 16384,
    .body_bytes = 1024 * 1024,
    .handshake_timeout_s = 10,
    .idle_timeout_s = 60,
    .ping_interval_s = 20,
};

/* ---- the connection ---- */

static void on_open(void *user, struct st_ws *ws)
{
    struct st_client *client = user;
    client->is_open = true;
    if (!client->is_finishing)
        client->events.open(client->user);
}

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    struct st_client *client = user;
    if (!client->is_finishing)
        client->events.message(client->user, data, bytes, is_binary);
}

static void on_drained(void *user, struct st_ws *ws)
{
    struct st_client *client = user;
    if (!client->is_finishing && client->events.drained)
        client->events.drained(client->user);
}

static void on_closed(void *user, struct st_ws *ws, uint16_t code, const char *what)
{
    struct st_client *client = user;
    bool was_open = client->is_open;
    char text[256];
    if (st_ws_http_status(ws) == HTTP_UNAUTHORIZED) {
        snprintf(text, sizeof(text), "%s: %s", what,
                 client->options.token ? "the token is not valid here"
                                       : "a token is needed (--token-file, SIDETONE_TOKEN)");
        what = text;
    }
    client->ws = NULL;
    client->is_open = false;
    if (!client->is_finishing)
        client->events.closed(client->user, was_open, code, what);
}

static const struct st_ws_events ws_events = {
    .open = on_open, .message = on_message, .drained = on_drained, .closed = on_closed};

void st_client_connect(struct st_client *client)
{
    const struct st_ws_connect connect = {
        .url = client->url,
        .bearer = client->options.token,
        .ca_file = client->options.ca_file,
        .skips_certificate_check = client->options.is_insecure,
    };
    int err = st_ws_connect(client->net, &client->ws, &connect, &ws_events, client);
    if (err == -EBADMSG && client->options.ca_file)
        fprintf(stderr, "sidetone: %s: no certificates that could be trusted in it\n",
                client->options.ca_file);
    else if (err < 0)
        fprintf(stderr, "sidetone: %s: %s\n", client->url, st_err_text(err));
    if (err < 0)
        st_client_finish(client,
                         err == -EINVAL || err == -EBADMSG ? ST_EXIT_USAGE : ST_EXIT_CONNECTION);
}

int st_client_send(struct st_client *client, const void *data, size_t bytes, bool is_binary)
{
    return client->is_open ? st_ws_send_copy(client->ws, data, bytes, is_binary) : -ENOTCONN;
}

size_t st_client_queued_bytes(const struct st_client *client)
{
    return client->is_open ? st_ws_queued_bytes(client->ws) : 0;
}

void st_client_close(struct st_client *client)
{
    if (client->ws)
        st_ws_close(client->ws, 1000, "");
}

/* ---- signals ---- */

static void on_interrupt(void *user)
{
    struct st_client *client = user;
    if (client->is_finishing)
        return;
    if (client->interrupts++ == 0)
        client->events.interrupted(client->user);
    else
        st_client_finish(client, ST_EXIT_FAILED);
}

static void *wait_for_signals(void *user)
{
    struct st_client *client = user;
    for (int number; sigwait(&client->signals, &number) == 0 && !client->has_ended;)
        if (number != SIGNAL_END)
            st_loop_post(client->loop, on_interrupt, client);
    return NULL;
}

/* Before any other thread: they inherit the mask. */
static void block_signals(struct st_client *client)
{
    sigemptyset(&client->signals);
    sigaddset(&client->signals, SIGINT);
    sigaddset(&client->signals, SIGTERM);
    sigaddset(&client->signals, SIGNAL_END);
    pthread_sigmask(SIG_BLOCK, &client->signals, NULL);
}

/* ---- the run ---- */

static void on_net_closed(void *user)
{
    struct st_client *client = user;
    st_loop_stop(client->loop);
}

void st_client_finish(struct st_client *client, int exit_code)
{
    if (client->is_finishing)
        return;
    client->is_finishing = true;
    client->exit_code = exit_code;
    client->events.ending(client->user);
    st_net_close(client->net, on_net_closed, client);
}

static void on_start(void *user)
{
    st_client_connect(user);
}

int st_client_run(struct st_client *client)
{
    if (pthread_create(&client->signal_thread, NULL, wait_for_signals, client) != 0)
        return ST_EXIT_FAILED;
    st_loop_post(client->loop, on_start, client);
    st_loop_run(client->loop);
    client->has_ended = true;
    pthread_kill(client->signal_thread, SIGNAL_END);
    pthread_join(client->signal_thread, NULL);
    return client->exit_code;
}

static int build(struct st_client *client)
{
    int err = st_loop_create(&client->loop, 0, 0);
    if (err == 0)
        err = st_net_shared_create(&client->shared, &limits);
    if (err == 0)
        err = st_net_create(&client->net, client->loop, client->shared, &limits);
    return err;
}

int st_client_create(struct st_client **ret_client, const struct st_client_options *options,
                     const char *path, const struct st_client_events *events, void *user)
{
    char *url;
    if (st_client_options_url(&url, options->url, path) < 0) {
        fprintf(stderr, "sidetone: '%s' is no URL of a gateway (ws://host:port)\n", options->url);
        return -EINVAL;
    }
    struct st_client *client = st_mem_alloc(sizeof(*client));
    client->url = url;
    client->options = *options;
    client->events = *events;
    client->user = user;
    st_log_set_level(NULL, ST_LOG_OFF);
    block_signals(client);
    int err = build(client);
    if (err < 0) {
        fprintf(stderr, "sidetone: cannot set up the network: %s\n", st_err_text(err));
        st_client_destroy(client);
        return err;
    }
    *ret_client = client;
    return 0;
}

void st_client_destroy(struct st_client *client)
{
    if (!client)
        return;
    st_net_destroy(client->net);
    st_net_shared_destroy(client->shared);
    st_loop_destroy(client->loop);
    free(client->url);
    free(client);
}

struct st_loop *st_client_loop(struct st_client *client)
{
    return client->loop;
}

const char *st_client_url(const struct st_client *client)
{
    return client->url;
}
