/*
 * Whether a port can be bound, and who has it when not.
 *
 * The kernel lists sockets by inode, and each process's descriptors name theirs; other
 * users' processes are shown to root only.
 */
#include "doctor_look.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENING = 0x0a, INODES_MAX = 64, HOLDERS_MAX = 32 };

struct inodes {
    uint64_t items[INODES_MAX];
    size_t count;
};

/* "sl local:port remote:port st …" with the inode in the tenth column. */
static void add_socket(struct inodes *inodes, const char *line, const struct st_doctor_port *port)
{
    unsigned local, state;
    uint64_t inode;
    if (sscanf(line, " %*s %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %" SCNu64, &local, &state,
               &inode) != 3)
        return;
    bool is_bound = port->is_datagram || state == LISTENING;
    if (local == port->port && is_bound && inodes->count < INODES_MAX)
        inodes->items[inodes->count++] = inode;
}

static void read_sockets(struct inodes *inodes, const char *path, const struct st_doctor_port *port)
{
    char line[512];
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    while (fgets(line, sizeof(line), file))
        add_socket(inodes, line, port);
    fclose(file);
}

static bool is_one_of(const struct inodes *inodes, const char *folder, const char *name)
{
    char path[512], target[64];
    uint64_t inode;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    ssize_t bytes = readlink(path, target, sizeof(target) - 1);
    if (bytes <= 0)
        return false;
    target[bytes] = '\0';
    if (sscanf(target, "socket:[%" SCNu64 "]", &inode) != 1)
        return false;
    for (size_t i = 0; i < inodes->count; i++)
        if (inodes->items[i] == inode)
            return true;
    return false;
}

static bool has_one_of(const struct inodes *inodes, long process)
{
    char folder[64];
    bool has = false;
    snprintf(folder, sizeof(folder), "/proc/%ld/fd", process);
    DIR *dir = opendir(folder);
    if (!dir)
        return false;
    for (struct dirent *entry; !has && (entry = readdir(dir));)
        has = is_one_of(inodes, folder, entry->d_name);
    closedir(dir);
    return has;
}

static void read_program(struct st_doctor_port *port)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%ld/comm", port->holder);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    if (fgets(port->program, sizeof(port->program), file))
        port->program[strcspn(port->program, "\n")] = '\0';
    fclose(file);
}

static void find_holder(struct st_doctor_port *port)
{
    struct inodes inodes = {.count = 0};
    read_sockets(&inodes, port->is_datagram ? "/proc/net/udp" : "/proc/net/tcp", port);
    read_sockets(&inodes, port->is_datagram ? "/proc/net/udp6" : "/proc/net/tcp6", port);
    DIR *dir = opendir("/proc");
    if (!dir || inodes.count == 0)
        goto out;
    for (struct dirent *entry; (entry = readdir(dir)) && port->holder == 0;) {
        long process = strtol(entry->d_name, NULL, 10);
        if (process > 0 && has_one_of(&inodes, process))
            port->holder = process;
    }
    if (port->holder)
        read_program(port);
out:
    if (dir)
        closedir(dir);
}

static int parse_address(const struct st_doctor_port *port, struct sockaddr_storage *ret_address,
                         socklen_t *ret_bytes)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port->port)};
    const char *text = strcmp(port->address, "localhost") == 0 ? "127.0.0.1" : port->address;
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(ret_address, &v4, sizeof(v4));
        *ret_bytes = sizeof(v4);
    } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(ret_address, &v6, sizeof(v6));
        *ret_bytes = sizeof(v6);
    } else {
        return -EINVAL;
    }
    return 0;
}

static int try_bind(const struct st_doctor_port *port)
{
    struct sockaddr_storage address;
    socklen_t bytes = 0;
    int err = parse_address(port, &address, &bytes);
    if (err)
        return err;
    int kind = port->is_datagram ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(address.ss_family, kind | SOCK_CLOEXEC, 0), on = !port->is_datagram;
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&address, bytes) != 0)
        err = -errno;
    close(fd);
    return err;
}

void st_doctor_look_port(struct st_doctor_port *port)
{
    port->holder = 0;
    port->program[0] = '\0';
    port->err = try_bind(port);
    if (port->err == -EADDRINUSE)
        find_holder(port);
}

/* Who has them is looked for until somebody is found who is no gateway. */
void st_doctor_look_range(struct st_doctor_range *range)
{
    unsigned looked = 0;
    for (unsigned number = range->first; number <= range->last && !range->err; number++) {
        struct st_doctor_port port = {
            .address = range->address, .port = (uint16_t)number, .is_datagram = true};
        port.err = try_bind(&port);
        if (port.err != -EADDRINUSE) {
            range->err = port.err;
            continue;
        }
        if ((looked == 0 || st_doctor_port_is_gateways(&range->seen)) && looked++ < HOLDERS_MAX) {
            find_holder(&port);
            range->seen = port;
        }
        range->taken++;
    }
}
