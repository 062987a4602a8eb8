#include "poller.h"

#include "../clock.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 256 };

static const uint64_t connect_ns = 15000000000, retry_ns = 10000000;

static int epoll_fd = -1;

void poller_open(void)
{
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
}

static void control(struct poller_source *source, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(epoll_fd, operation, source->fd, &event) != 0) {
        perror("epoll_ctl");
        exit(1);
    }
}

void poller_add(struct poller_source *source)
{
    control(source, EPOLL_CTL_ADD, EPOLLIN);
}

void poller_want_write(struct poller_source *source, bool wants)
{
    control(source, EPOLL_CTL_MOD, wants ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void poller_close(struct poller_source *source)
{
    if (source->fd < 0)
        return;
    control(source, EPOLL_CTL_DEL, 0);
    close(source->fd);
    source->fd = -1;
}

void poller_poll(uint64_t wait_ns)
{
    struct epoll_event events[BATCH];
    struct timespec wait = {(time_t)(wait_ns / 1000000000), (long)(wait_ns % 1000000000)};
    int n = epoll_pwait2(epoll_fd, events, BATCH, &wait, NULL);
    for (int i = 0; i < n; i++) {
        struct poller_source *source = events[i].data.ptr;
        if (source->fd >= 0)
            source->on_ready(source->user, events[i].events & ~(uint32_t)EPOLLOUT,
                             events[i].events & EPOLLOUT);
    }
}

void poller_poll_until(uint64_t until_ns)
{
    for (uint64_t now; (now = clock_now_ns()) < until_ns;)
        poller_poll(until_ns - now);
}

int poller_connect(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uint64_t give_up_ns = clock_now_ns() + connect_ns;
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
            fcntl(fd, F_SETFL, O_NONBLOCK);
            return fd;
        }
        if (clock_now_ns() > give_up_ns) {
            perror("connect");
            exit(1);
        }
        close(fd);
        poller_poll_until(clock_now_ns() + retry_ns);
    }
}
