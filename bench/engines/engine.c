#include "engine.h"

#include "../load/wire.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"

enum { BACKLOG = 4096 };

static const uint64_t look_ns = 5000000;
static const char h2_alpn[] = "\x02h2";

/* Of the process. */
static struct engine_config config;
static struct scene *scene;
static struct scene_engine *shared;
static struct poller_source door;
static struct ssl_ctx_st *tls_context;
static struct engine_connection **connections;
static unsigned connection_count;

const struct engine_dialect *engine_find(const char *name)
{
    static const struct engine_dialect *const dialects[] = {&vosk_dialect, &deepgram_dialect,
                                                            &aws_dialect};
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    return NULL;
}

void engine_open_listener(struct listener *listener, unsigned channels, uint32_t rate_hz,
                          tell_fn tell, void *user)
{
    listener->tell = tell;
    listener->user = user;
    listener_open(listener, scene, shared, channels, rate_hz);
}

/* ---- WebSocket engines ---- */

static void on_open(struct ws *ws)
{
    config.dialect->open(ws->user);
}

static void on_message(struct ws *ws, enum ws_opcode opcode, const uint8_t *data, size_t bytes)
{
    config.dialect->message(ws->user, opcode, data, bytes);
}

static void on_closed(struct ws *ws, const char *why)
{
}

static const struct ws_events events = {on_open, on_message, on_closed};

static void accept_ws(int fd, struct ssl_st *tls)
{
    if (connection_count == scene->listeners_max) {
        fprintf(stderr, "an engine has more than %u connections\n", scene->listeners_max);
        exit(1);
    }
    struct engine_connection *connection = calloc(1, sizeof(*connection));
    connections[connection_count++] = connection;
    connection->ws.tls = tls;
    ws_start_server(&connection->ws, fd, &events, connection);
}

static void end_ws(enum scene_fault fault)
{
    for (unsigned i = 0; i < connection_count; i++) {
        struct ws *ws = &connections[i]->ws;
        if (ws_is_alive(ws) && fault == FAULT_CLOSE)
            ws_send(ws, WS_CLOSE, "\x03\xf3", 2);
        if (ws_is_alive(ws))
            poller_close(&ws->source);
    }
}

/* ---- the process ---- */

static void on_connection(void *user, bool can_read, bool can_write)
{
    for (int fd; (fd = accept4(door.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        struct ssl_st *tls = tls_context ? wire_start_tls(tls_context, fd) : NULL;
        if (config.dialect->accept)
            config.dialect->accept(fd, tls);
        else
            accept_ws(fd, tls);
    }
}

static void open_door(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(config.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, BACKLOG) != 0) {
        perror("an engine");
        exit(1);
    }
    door = (struct poller_source){fd, on_connection, NULL};
    poller_add(&door);
    atomic_store(&shared->is_listening, true);
}

static void fail(enum scene_fault fault)
{
    atomic_store(&shared->failed_ns, clock_now_ns());
    if (fault == FAULT_MUTE)
        return;
    poller_close(&door);
    if (config.dialect->close_all)
        config.dialect->close_all();
    else
        end_ws(fault);
}

static _Noreturn void run(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    poller_open();
    connections = calloc(scene->listeners_max, sizeof(*connections));
    if (config.certificate)
        tls_context =
            wire_load_tls(config.certificate, config.key, config.dialect->accept ? h2_alpn : NULL);
    open_door();
    for (bool has_failed = false;;) {
        poller_poll(look_ns);
        enum scene_fault fault = atomic_load(&shared->fault);
        if (fault == FAULT_NONE || has_failed)
            continue;
        has_failed = true;
        fail(fault);
    }
}

pid_t engine_start(const struct engine_config *wanted, struct scene *the_scene, unsigned index)
{
    config = *wanted;
    scene = the_scene;
    shared = &scene->engines[index];
    pid_t pid = fork();
    if (pid == 0)
        run();
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    while (!atomic_load(&shared->is_listening))
        usleep(1000);
    return pid;
}
