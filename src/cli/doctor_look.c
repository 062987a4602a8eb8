#include "doctor_look.h"

#include "sidetone/config.h"
#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum { CLOCK_WATCH_US = 100000, REACH_MS = 3000 };

uint64_t st_doctor_look_files(void)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_max;
}

static int64_t clock_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct st_doctor_clock st_doctor_look_clock(void)
{
    struct timex state = {.modes = 0};
    int64_t wall_us = clock_us(CLOCK_REALTIME), monotonic_us = clock_us(CLOCK_MONOTONIC);
    usleep(CLOCK_WATCH_US);
    struct st_doctor_clock clock = {
        .wall_us = clock_us(CLOCK_REALTIME) - wall_us,
        .monotonic_us = clock_us(CLOCK_MONOTONIC) - monotonic_us,
        .unix_ms = clock_us(CLOCK_REALTIME) / 1000,
    };
    int ret = adjtimex(&state);
    clock.is_synchronised = ret >= 0 && ret != TIME_ERROR && !(state.status & STA_UNSYNC);
    return clock;
}

unsigned st_doctor_look_cores(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof(cores), &cores) == 0)
        return (unsigned)CPU_COUNT(&cores);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

/* ---- network library ---- */

struct trial {
    struct st_loop *loop;
    struct st_net *net;
};

static void on_closed(void *user)
{
    struct trial *trial = user;
    st_loop_stop(trial->loop);
}

static void on_start(void *user)
{
    struct trial *trial = user;
    st_net_close(trial->net, on_closed, trial);
}

int st_doctor_look_net(void)
{
    static const struct st_config_limits limits = {.connections = 1,
                                                   .connections_per_address = 1,
                                                   .message_bytes = 4096,
                                                   .header_bytes = 4096,
                                                   .body_bytes = 4096,
                                                   .handshake_timeout_s = 1,
                                                   .idle_timeout_s = 2,
                                                   .ping_interval_s = 1};
    struct trial trial = {0};
    struct st_net_shared *shared = NULL;
    int err = st_loop_create(&trial.loop, 0, 0);
    if (err)
        return err;
    err = st_net_shared_create(&shared, &limits);
    if (!err)
        err = st_net_create(&trial.net, trial.loop, shared, &limits);
    if (!err) {
        st_loop_post(trial.loop, on_start, &trial);
        st_loop_run(trial.loop);
    }
    st_net_destroy(trial.net);
    st_net_shared_destroy(shared);
    st_loop_destroy(trial.loop);
    return err;
}

/* ---- a remote engine ---- */

static int copy_part(char *out, size_t out_bytes, const char *text, size_t bytes)
{
    if (bytes == 0 || bytes >= out_bytes)
        return -EINVAL;
    memcpy(out, text, bytes);
    out[bytes] = '\0';
    return 0;
}

int st_doctor_look_url(const char *url, char *ret_host, size_t host_bytes, char *ret_port,
                       size_t port_bytes)
{
    bool is_tls = strncasecmp(url, "wss://", 6) == 0;
    if (!is_tls && strncasecmp(url, "ws://", 5) != 0)
        return -EINVAL;
    const char *host = url + (is_tls ? 6 : 5), *end = host + strcspn(host, "/?#");
    const char *user = memrchr(host, '@', (size_t)(end - host));
    host = user ? user + 1 : host;
    bool is_v6 = *host == '[';
    host += is_v6;
    const char *stop = memchr(host, is_v6 ? ']' : ':', (size_t)(end - host));
    if (is_v6 && !stop)
        return -EINVAL;
    stop = stop ? stop : end;
    if (copy_part(ret_host, host_bytes, host, (size_t)(stop - host)) < 0)
        return -EINVAL;
    const char *rest = stop + is_v6;
    if (rest == end)
        return copy_part(ret_port, port_bytes, is_tls ? "443" : "80", is_tls ? 3 : 2);
    const char *port = rest + 1;
    if (*rest != ':' || strspn(port, "0123456789") != (size_t)(end - port))
        return -EINVAL;
    return copy_part(ret_port, port_bytes, port, (size_t)(end - port));
}

static int wait_for_connect(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLOUT};
    int result = 0;
    socklen_t bytes = sizeof(result);
    int count = poll(&entry, 1, REACH_MS);
    if (count <= 0)
        return count == 0 ? -ETIMEDOUT : -errno;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &bytes) < 0)
        return -errno;
    return -result;
}

static int try_address(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int err = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : -errno;
    if (err == -EINPROGRESS)
        err = wait_for_connect(fd);
    close(fd);
    return err;
}

int st_doctor_look_reach(const char *url)
{
    char host[256], port[8];
    struct addrinfo *found, hints = {.ai_socktype = SOCK_STREAM};
    int err = st_doctor_look_url(url, host, sizeof(host), port, sizeof(port));
    if (err)
        return err;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -EHOSTUNREACH;
    for (const struct addrinfo *at = found; at; at = at->ai_next)
        if ((err = try_address(at)) == 0)
            break;
    freeaddrinfo(found);
    return err;
}
