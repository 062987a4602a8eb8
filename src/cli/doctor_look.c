#include "doctor_look.h"

#include "sidetone/config.h"
#include "sidetone/log.h"
#include "sidetone/loop.h"
#include "sidetone/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
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
