#include "sidetone/udp.h"

#include "net_metrics.h"

#include "sidetone/loop.h"
#include "sidetone/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    BATCH = ST_UDP_BATCH,
    READY = 64,
    SOCKET_BATCHES = 8,           /* of one socket before the next */
    TICK_DATAGRAMS = 128 * BATCH, /* of all: a flood cannot hold the loop */
    RECEIVE_BYTES = 256 * 1024,
    CONTROL_BYTES = 64,
    STAMP_AGE_MAX_US = 500000, /* older: somebody has set the wall clock */
};

struct slot {
    _Alignas(8) uint8_t data[ST_UDP_DATAGRAM_MAX];
    struct sockaddr_storage from;
    _Alignas(8) uint8_t control[CONTROL_BYTES];
    struct iovec vector;
};

struct st_udp_socket {
    struct st_udp_socket *next, **link; /* among the open ones; next alone once closed */
    struct st_udp *udp;
    int fd; /* -1: closed */
    int family;
    uint16_t port;
    uint32_t dropped; /* by the kernel, as it counts */
    void (*receive)(void *user, const struct st_udp_datagram *datagram);
    void (*prefetch)(void *user, const struct st_udp_datagram *datagrams, size_t count);
    void *user;
};

struct st_udp {
    struct st_loop *loop;
    struct st_timer *timer;
    int64_t tick_us;
    void (*ticked)(void *user, int64_t now_us);
    void *user;
    int epoll;
    bool is_reading;
    struct st_udp_socket *open, *closed;
    int64_t now_us;
    int64_t wall_us; /* wall clock less monotonic time, as of now_us */
    struct mmsghdr heads[BATCH];
    struct slot *slots; /* NULL until there is a socket */
};

/* ---- system addresses ---- */

static socklen_t to_system(const struct st_udp_address *address, int family,
                           struct sockaddr_storage *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
        v4->sin_port = htons(address->port);
        memcpy(&v4->sin_addr, address->ip + 12, 4);
        return sizeof(*v4);
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    v6->sin6_port = htons(address->port);
    memcpy(&v6->sin6_addr, address->ip, 16);
    return sizeof(*v6);
}

static struct st_udp_address from_system(const struct sockaddr_storage *from)
{
    struct st_udp_address address = {.ip = {[10] = 0xff, [11] = 0xff}};
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        address.port = ntohs(v4->sin_port);
        memcpy(address.ip + 12, &v4->sin_addr, 4);
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
        address.port = ntohs(v6->sin6_port);
        memcpy(address.ip, &v6->sin6_addr, 16);
    }
    return address;
}

/* ---- reading ---- */

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t arrival_us(const struct st_udp *udp, const struct timespec *stamp)
{
    int64_t us = (int64_t)stamp->tv_sec * 1000000 + stamp->tv_nsec / 1000 - udp->wall_us;
    return us > udp->now_us || us < udp->now_us - STAMP_AGE_MAX_US ? udp->now_us : us;
}

static void note_dropped(struct st_udp_socket *socket, uint32_t dropped)
{
    if (dropped != socket->dropped)
        st_net_metrics_datagrams(ST_NET_DATAGRAMS_NO_ROOM, dropped - socket->dropped);
    socket->dropped = dropped;
}

static void read_control(struct st_udp_socket *socket, struct msghdr *head,
                         struct st_udp_datagram *datagram)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(head); at; at = CMSG_NXTHDR(head, at)) {
        struct timespec stamp;
        uint32_t dropped;
        if (at->cmsg_level != SOL_SOCKET)
            continue;
        if (at->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&stamp, CMSG_DATA(at), sizeof(stamp));
            datagram->arrived_us = arrival_us(socket->udp, &stamp);
        } else if (at->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&dropped, CMSG_DATA(at), sizeof(dropped));
            note_dropped(socket, dropped);
        }
    }
}

static void prepare(struct st_udp *udp, unsigned i)
{
    udp->heads[i].msg_hdr.msg_namelen = sizeof(udp->slots[i].from);
    udp->heads[i].msg_hdr.msg_controllen = CONTROL_BYTES;
}

/* false: it is too large. */
static bool take(struct st_udp_socket *socket, unsigned i, struct st_udp_datagram *ret_datagram)
{
    struct st_udp *udp = socket->udp;
    struct msghdr *head = &udp->heads[i].msg_hdr;
    *ret_datagram = (struct st_udp_datagram){
        .data = udp->slots[i].data,
        .bytes = udp->heads[i].msg_len,
        .from = from_system(&udp->slots[i].from),
        .arrived_us = udp->now_us,
    };
    read_control(socket, head, ret_datagram);
    if (!(head->msg_flags & MSG_TRUNC))
        return true;
    st_net_metrics_datagrams(ST_NET_DATAGRAMS_TOO_LARGE, 1);
    return false;
}

static void hand_out(struct st_udp_socket *socket, unsigned count)
{
    struct st_udp_datagram datagrams[BATCH];
    unsigned taken = 0;
    for (unsigned i = 0; i < count; i++)
        taken += take(socket, i, &datagrams[taken]);
    if (socket->prefetch && taken > 1)
        socket->prefetch(socket->user, datagrams, taken);
    for (unsigned i = 0; i < taken && socket->fd >= 0; i++)
        socket->receive(socket->user, &datagrams[i]);
    for (unsigned i = 0; i < count; i++)
        prepare(socket->udp, i);
}

/* Datagrams read: less than a batch when there were no more. An error of the socket (a port
 * unreachable) is told once by the kernel and is over then. */
static unsigned read_batch(struct st_udp_socket *socket)
{
    int count = recvmmsg(socket->fd, socket->udp->heads, BATCH, MSG_DONTWAIT, NULL);
    if (count <= 0)
        return 0;
    hand_out(socket, (unsigned)count);
    st_net_metrics_datagrams(ST_NET_DATAGRAMS_RECEIVED, (uint64_t)count);
    return (unsigned)count;
}

/* Datagrams read, and one for having looked; may set *ret_has_more. */
static unsigned read_socket(struct st_udp_socket *socket, bool *ret_has_more)
{
    unsigned all = 1, count = BATCH;
    for (int i = 0; i < SOCKET_BATCHES && count == BATCH && socket->fd >= 0; i++) {
        count = read_batch(socket);
        all += count;
    }
    *ret_has_more |= count == BATCH;
    return all;
}

static void free_closed(struct st_udp *udp)
{
    struct st_udp_socket *next;
    for (struct st_udp_socket *at = udp->closed; at; at = next) {
        next = at->next;
        free(at);
    }
    udp->closed = NULL;
}

static void begin_reading(struct st_udp *udp)
{
    udp->is_reading = true;
    udp->now_us = st_loop_now_us();
    udp->wall_us = clock_us(CLOCK_REALTIME) - udp->now_us;
}

static void end_reading(struct st_udp *udp)
{
    udp->is_reading = false;
    free_closed(udp);
}

void st_udp_read(struct st_udp_socket *socket)
{
    struct st_udp *udp = socket->udp;
    unsigned all = 0, count = BATCH;
    if (udp->is_reading)
        return;
    begin_reading(udp);
    while (socket->fd >= 0 && all < TICK_DATAGRAMS && count == BATCH) {
        count = read_batch(socket);
        all += count;
    }
    end_reading(udp);
}

static void on_tick(void *user)
{
    struct st_udp *udp = user;
    struct epoll_event ready[READY];
    unsigned all = 0;
    bool has_more = true;
    begin_reading(udp);
    while (has_more && all < TICK_DATAGRAMS) {
        int count = epoll_wait(udp->epoll, ready, READY, 0);
        has_more = count == READY;
        for (int i = 0; i < count && all < TICK_DATAGRAMS; i++)
            all += read_socket(ready[i].data.ptr, &has_more);
    }
    if (udp->ticked)
        udp->ticked(udp->user, udp->now_us);
    end_reading(udp);
}

/* ---- life ---- */

void st_udp_create(struct st_udp **ret_udp, const struct st_udp_config *config)
{
    struct st_udp *udp = st_mem_alloc(sizeof(*udp));
    udp->loop = config->loop;
    udp->tick_us = config->tick_us ? config->tick_us : ST_UDP_TICK_US;
    udp->ticked = config->ticked;
    udp->user = config->user;
    udp->epoll = -1;
    udp->timer = st_timer_open(config->loop, on_tick, udp);
    *ret_udp = udp;
}

void st_udp_destroy(struct st_udp *udp)
{
    if (!udp)
        return;
    while (udp->open)
        st_udp_close(udp->open);
    st_timer_close(udp->timer);
    if (udp->epoll >= 0)
        close(udp->epoll);
    free(udp->slots);
    free(udp);
}

/* The room to read into, when the first socket comes. */
static int make_ready(struct st_udp *udp)
{
    if (udp->slots)
        return 0;
    udp->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (udp->epoll < 0)
        return -errno;
    udp->slots = st_mem_alloc(BATCH * sizeof(*udp->slots));
    for (unsigned i = 0; i < BATCH; i++) {
        struct slot *slot = &udp->slots[i];
        slot->vector = (struct iovec){slot->data, sizeof(slot->data)};
        udp->heads[i].msg_hdr = (struct msghdr){.msg_name = &slot->from,
                                                .msg_iov = &slot->vector,
                                                .msg_iovlen = 1,
                                                .msg_control = slot->control};
        prepare(udp, i);
    }
    return 0;
}

static void set_option(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof(value));
}

/* Without the right to more room the system cuts it down to its limit. */
static void set_options(int fd, int family, int receive_bytes)
{
    set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    set_option(fd, SOL_SOCKET, SO_RCVBUF, receive_bytes);
    set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive_bytes);
    if (family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

static int open_bound(struct st_udp *udp, struct st_udp_socket *opened,
                      const struct st_udp_bind *wanted)
{
    struct st_udp_address local;
    struct sockaddr_storage at;
    if (st_udp_address_parse(&local, wanted->address, wanted->port))
        return -EINVAL;
    opened->family = strchr(wanted->address, ':') ? AF_INET6 : AF_INET;
    opened->fd = socket(opened->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened->fd < 0)
        return -errno;
    set_options(opened->fd, opened->family,
                wanted->receive_bytes ? wanted->receive_bytes : RECEIVE_BYTES);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = opened};
    socklen_t bytes = to_system(&local, opened->family, &at);
    if (bind(opened->fd, (struct sockaddr *)&at, bytes) < 0 ||
        getsockname(opened->fd, (struct sockaddr *)&at, &bytes) < 0 ||
        epoll_ctl(udp->epoll, EPOLL_CTL_ADD, opened->fd, &event) < 0)
        return -errno;
    opened->port = from_system(&at).port;
    return 0;
}

int st_udp_open(struct st_udp *udp, struct st_udp_socket **ret_socket,
                const struct st_udp_bind *wanted)
{
    int err = make_ready(udp);
    if (err)
        return err;
    struct st_udp_socket *opened = st_mem_alloc(sizeof(*opened));
    *opened = (struct st_udp_socket){.udp = udp,
                                     .fd = -1,
                                     .receive = wanted->receive,
                                     .prefetch = wanted->prefetch,
                                     .user = wanted->user};
    err = open_bound(udp, opened, wanted);
    if (err) {
        if (opened->fd >= 0)
            close(opened->fd);
        free(opened);
        return err;
    }
    if (!udp->open)
        st_timer_set(udp->timer, udp->tick_us, udp->tick_us);
    opened->next = udp->open;
    opened->link = &udp->open;
    if (udp->open)
        udp->open->link = &opened->next;
    udp->open = opened;
    *ret_socket = opened;
    return 0;
}

void st_udp_close(struct st_udp_socket *socket)
{
    if (!socket)
        return;
    struct st_udp *udp = socket->udp;
    close(socket->fd);
    socket->fd = -1;
    *socket->link = socket->next;
    if (socket->next)
        socket->next->link = socket->link;
    socket->next = udp->closed;
    udp->closed = socket;
    if (!udp->open)
        st_timer_cancel(udp->timer);
    if (!udp->is_reading)
        free_closed(udp);
}

uint16_t st_udp_port(const struct st_udp_socket *socket)
{
    return socket->port;
}

void st_udp_send(struct st_udp_socket *socket, const struct st_udp_address *to, const void *data,
                 size_t bytes)
{
    struct sockaddr_storage at;
    socklen_t at_bytes = to_system(to, socket->family, &at);
    bool is_of_kind = socket->family == AF_INET6 || st_udp_address_is_v4(to);
    ssize_t sent = is_of_kind ? sendto(socket->fd, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
                                       (struct sockaddr *)&at, at_bytes)
                              : -1;
    st_net_metrics_datagrams(sent < 0 ? ST_NET_DATAGRAMS_NOT_SENT : ST_NET_DATAGRAMS_SENT, 1);
}
