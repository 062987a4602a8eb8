/*
 * A server to point independent clients at: echoes on every WebSocket, answers requests with
 * what they asked for. Prints its port; ends when its input does.
 *   echo_server [CERTIFICATE KEY]
 */
#include "sidetone/buf.h"
#include "sidetone/config.h"
#include "sidetone/loop.h"
#include "sidetone/net.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static struct st_loop *loop;
static struct st_net *net;
static uv_pipe_t input;

static void on_message(void *user, struct st_ws *ws, const void *data, size_t bytes, bool is_binary)
{
    st_ws_send_copy(ws, data, bytes, is_binary);
}

static const struct st_ws_events events = {.message = on_message};

static int on_upgrade(void *user, struct st_http_exchange *exchange,
                      struct st_ws_accept *ret_accept)
{
    if (strcmp(st_http_path(exchange), "/refused") == 0)
        return 401;
    ret_accept->events = &events;
    ret_accept->subprotocol = "sidetone.v1";
    return 0;
}

static void on_request(void *user, struct st_http_exchange *exchange)
{
    struct st_buf *body = st_buf_copy(st_http_target(exchange), strlen(st_http_target(exchange)));
    st_http_answer(exchange, &(struct st_http_answer){
                                 .status = 200, .content_type = "text/plain", .body = body});
    st_buf_unref(body);
}

static void on_closed(void *user)
{
    st_loop_stop(loop);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char space[64];
    *buf = uv_buf_init(space, sizeof(space));
}

static void on_input(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    if (n >= 0)
        return;
    uv_close((uv_handle_t *)stream, NULL);
    st_net_close(net, on_closed, NULL);
}

int main(int argc, char **argv)
{
    const struct st_config_limits limits = {
        .connections = 1000,
        .connections_per_address = 1000,
        .message_bytes = 65536,
        .header_bytes = 16384,
        .body_bytes = 1048576,
        .handshake_timeout_s = 10,
        .idle_timeout_s = 60,
        .ping_interval_s = 20,
    };
    struct st_listener_config config = {
        .address = "127.0.0.1",
        .certificate_file = argc > 2 ? argv[1] : NULL,
        .key_file = argc > 2 ? argv[2] : NULL,
        .upgrade = on_upgrade,
        .request = on_request,
    };
    struct st_net_shared *shared;
    struct st_listener *listener;
    if (st_loop_create(&loop, 0, 0) || st_net_shared_create(&shared, &limits) ||
        st_net_create(&net, loop, shared, &limits) || st_net_listen(net, &listener, &config))
        return 1;
    printf("%u\n", st_listener_port(listener));
    fflush(stdout);
    uv_pipe_init(st_loop_uv(loop), &input, 0);
    uv_pipe_open(&input, STDIN_FILENO);
    uv_read_start((uv_stream_t *)&input, on_alloc, on_input);
    st_loop_run(loop);
    st_net_destroy(net);
    st_loop_destroy(loop);
    st_net_shared_destroy(shared);
    return 0;
}
