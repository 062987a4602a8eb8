/* A connection's bytes, cut into messages by their Content-Length. */
#include "server.h"

#include "sidetone/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 4096, PING_CHARS = 4 };

struct st_siprec_link {
    struct st_siprec *siprec;
    struct st_siprec_peer peer;
    char *data;
    size_t used, room;
    size_t scanned;   /* no end of the head before here */
    size_t wanted;    /* of the message whose head is known; 0: not known */
    size_t newlines;  /* in a row */
    int64_t begun_us; /* when the message under way began to come */
    int err;
};

int st_siprec_link_open(struct st_siprec_link **ret_link, struct st_siprec *siprec,
                        const struct st_siprec_peer *peer)
{
    if (!st_siprec_allows(siprec, peer->address))
        return -EACCES;
    struct st_siprec_link *link = st_mem_alloc(sizeof(*link));
    link->siprec = siprec;
    link->peer = *peer;
    *ret_link = link;
    return 0;
}

void st_siprec_link_close(struct st_siprec_link *link)
{
    if (!link)
        return;
    client_lose(link->siprec, link->peer.connection);
    free(link->data);
    free(link);
}

/* RFC 5626, 4.4.1: a double CRLF between messages is answered by a single one; by no more than that
 * however many come at once. */
static size_t skip_newlines(struct st_siprec_link *link, const char *data, size_t bytes)
{
    size_t at = 0;
    while (at < bytes && (data[at] == '\r' || data[at] == '\n'))
        at++;
    link->newlines += at;
    if (link->newlines >= PING_CHARS) {
        link->newlines = 0;
        link->siprec->send(link->siprec->user, &link->peer, "\r\n", 2);
    }
    if (at < bytes)
        link->newlines = 0;
    return at;
}

bool st_siprec_link_is_stuck(const struct st_siprec_link *link, int64_t now_us)
{
    return link->used > 0 && now_us - link->begun_us > SIP_TIMEOUT_US;
}

static void make_room(struct st_siprec_link *link, size_t bytes)
{
    size_t room = link->room ? link->room : ROOM_FIRST;
    while (room < bytes)
        room *= 2;
    if (room == link->room)
        return;
    link->data = st_mem_realloc(link->data, room);
    link->room = room;
}

/* Most messages are small, and connections are many. */
static void give_back_room(struct st_siprec_link *link)
{
    if (link->room <= ROOM_FIRST)
        return;
    free(link->data);
    link->data = NULL;
    link->room = 0;
}

/* What belongs to the message under way: its head line by line, then what it lacks. */
static size_t room_wanted(const struct st_siprec_link *link, size_t bytes)
{
    size_t limit = link->wanted ? link->wanted : SIP_HEAD_MAX;
    size_t lacking = limit > link->used ? limit - link->used : 0;
    return bytes < lacking ? bytes : lacking;
}

static int refuse(struct st_siprec_link *link, size_t head_bytes, int status, int err,
                  int64_t now_us)
{
    siprec_refuse(link->siprec, &link->peer, link->data, head_bytes, status, now_us);
    return link->err = err;
}

static int find_frame(struct st_siprec_link *link, int64_t now_us)
{
    struct sip_frame frame;
    int found = sip_frame_find(&frame, link->data, link->used, link->scanned);
    link->scanned = link->used;
    if (found == 0)
        return 0;
    if (found < 0)
        return refuse(link, link->used, found == -EMSGSIZE ? 513 : 400, found, now_us);
    if (frame.length > ST_SIPREC_MESSAGE_MAX - frame.head_bytes)
        return refuse(link, frame.head_bytes, 513, -EMSGSIZE, now_us);
    link->wanted = frame.head_bytes + frame.length;
    return 1;
}

/* Hands on the message, keeping what came behind it with the head. */
static int pass(struct st_siprec_link *link, int64_t now_us)
{
    struct sip_message message;
    size_t bytes = link->wanted;
    int err = sip_message_parse(&message, link->data, bytes);
    if (err) {
        siprec_refuse(link->siprec, &link->peer, link->data, bytes, 400, now_us);
        link->err = -EBADMSG;
    } else {
        siprec_receive(link->siprec, &link->peer, &message, now_us);
        sip_message_fini(&message);
    }
    size_t rest = link->used - bytes;
    size_t blank = skip_newlines(link, link->data + bytes, rest);
    memmove(link->data, link->data + bytes + blank, rest - blank);
    link->used = rest - blank;
    link->wanted = link->scanned = 0;
    link->begun_us = now_us;
    if (link->used == 0)
        give_back_room(link);
    return link->err;
}

/* Everything whole that is in the buffer. */
static int work(struct st_siprec_link *link, int64_t now_us)
{
    while (!link->err && link->used > 0) {
        if (!link->wanted && find_frame(link, now_us) <= 0)
            return link->err;
        if (link->used < link->wanted)
            return 0;
        pass(link, now_us);
    }
    return link->err;
}

int st_siprec_link_put(struct st_siprec_link *link, const void *data, size_t bytes, int64_t now_us)
{
    const char *at = data;
    while (bytes > 0 && !link->err) {
        size_t taken = link->used == 0 ? skip_newlines(link, at, bytes) : 0;
        at += taken;
        bytes -= taken;
        taken = room_wanted(link, bytes);
        if (taken == 0)
            continue;
        make_room(link, link->used + taken);
        if (link->used == 0)
            link->begun_us = now_us;
        memcpy(link->data + link->used, at, taken);
        link->used += taken;
        at += taken;
        bytes -= taken;
        work(link, now_us);
    }
    return link->err;
}
