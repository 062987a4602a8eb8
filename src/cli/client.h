/*
 * The connection of a verb: a loop on the calling thread, one WebSocket at a time, Ctrl-C.
 *
 * Everything calls back on the thread that called st_client_run.
 */
#ifndef SIDETONE_CLI_CLIENT_H
#define SIDETONE_CLI_CLIENT_H

#include "client_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_client;
struct st_loop;

struct st_client_events {
    void (*open)(void *user);
    void (*message)(void *user, const char *data, size_t bytes, bool is_binary);
    void (*drained)(void *user); /* optional */
    /* Also when it could not connect: was_open says which. The client may connect again. */
    void (*closed)(void *user, bool was_open, uint16_t code, const char *what);
    /* Ctrl-C or SIGTERM for the first time; a second one ends the run at once. */
    void (*interrupted)(void *user);
    /* The run ends, for whatever reason: close timers. Nothing is called after it. */
    void (*ending)(void *user);
};

/* Says on standard error what is wrong. */
int st_client_create(struct st_client **ret_client, const struct st_client_options *options,
                     const char *path, const struct st_client_events *events, void *user);
void st_client_destroy(struct st_client *client); /* NULL is fine */

/* Begins with a first connect; returns what st_client_finish was given. */
int st_client_run(struct st_client *client);
void st_client_finish(struct st_client *client, int exit_code);

void st_client_connect(struct st_client *client);
int st_client_send(struct st_client *client, const void *data, size_t bytes, bool is_binary);
size_t st_client_queued_bytes(const struct st_client *client);
void st_client_close(struct st_client *client); /* normally; closed follows */

struct st_loop *st_client_loop(struct st_client *client);
const char *st_client_url(const struct st_client *client);

#endif
