#include "source.h"

#include <errno.h>

enum {
    TIMES = 4,        /* as many as there should be */
    PTIME_USUAL = 10, /* ms; senders change to so short packets without saying so */
    AHEAD_MAX_US = 500000,
};

const char *st_media_source_mode_name(enum st_media_source_mode mode)
{
    static const char *const names[ST_MEDIA_SOURCE_MODES] = {"strict", "ip", "learn", "open"};
    return names[mode];
}

int source_check(const struct st_media_source *signalled, bool is_shared)
{
    bool has_ip = !st_udp_address_is_none(&signalled->rtp);
    bool has_port = has_ip && signalled->rtp.port != 0;
    bool lacks_port = signalled->mode == ST_MEDIA_SOURCE_STRICT && !has_port;
    bool lacks_ip = signalled->mode == ST_MEDIA_SOURCE_IP && !has_ip;
    bool is_nameless = is_shared && !has_port && !signalled->has_ssrc;
    return lacks_port || lacks_ip || is_nameless ? -EINVAL : 0;
}

/* An address of IPv4 reaches none of IPv6, unless ours is "::", which is both. */
static bool is_reachable(const struct st_udp_address *address, const struct st_udp_address *ours)
{
    return st_udp_address_is_anybody(address) || st_udp_address_is_none(ours) ||
           st_udp_address_is_v4(address) == st_udp_address_is_v4(ours);
}

int source_check_reach(const struct st_media_source *signalled, const struct st_udp_address *ours)
{
    bool is_reached = is_reachable(&signalled->rtp, ours) && is_reachable(&signalled->rtcp, ours);
    return is_reached ? 0 : -EAFNOSUPPORT;
}

void source_init(struct source *source, const struct st_media_source *signalled, unsigned ptime_ms)
{
    unsigned ptime = ptime_ms && ptime_ms < PTIME_USUAL ? ptime_ms : PTIME_USUAL;
    *source = (struct source){.signalled = *signalled};
    source->known.packet_us = source->strangers.packet_us = (int64_t)ptime * 1000 / TIMES;
}

bool source_signal(struct source *source, const struct st_media_source *signalled)
{
    const struct st_media_source before = source->signalled;
    source->signalled = *signalled;
    source->learned = (struct st_udp_address){0};
    return before.mode != signalled->mode || !st_udp_address_is(&before.rtp, &signalled->rtp) ||
           !st_udp_address_is(&before.rtcp, &signalled->rtcp);
}

bool source_admits(const struct source *source, const struct st_udp_address *from)
{
    switch (source->signalled.mode) {
    case ST_MEDIA_SOURCE_STRICT:
        return st_udp_address_is(from, &source->signalled.rtp);
    case ST_MEDIA_SOURCE_IP:
        return st_udp_address_has_ip_of(from, &source->signalled.rtp);
    case ST_MEDIA_SOURCE_LEARN:
        return st_udp_address_is_none(&source->learned) ||
               st_udp_address_is(from, &source->learned);
    default:
        return true;
    }
}

bool source_admits_rtcp(const struct source *source, const struct st_udp_address *from)
{
    const struct st_media_source *signalled = &source->signalled;
    switch (signalled->mode) {
    case ST_MEDIA_SOURCE_STRICT:
        return st_udp_address_is(from, &signalled->rtcp);
    case ST_MEDIA_SOURCE_IP:
        return st_udp_address_has_ip_of(from, &signalled->rtp) ||
               st_udp_address_is(from, &signalled->rtcp);
    case ST_MEDIA_SOURCE_LEARN:
        return st_udp_address_has_ip_of(from, &source->learned) ||
               st_udp_address_is(from, &signalled->rtcp);
    default:
        return true;
    }
}

void source_learn(struct source *source, const struct st_udp_address *from)
{
    if (source->signalled.mode != ST_MEDIA_SOURCE_LEARN || st_udp_address_is_none(&source->learned))
        source->learned = *from;
}

/* A bucket that leaks in time and is filled by packets. */
bool source_has_room(struct source *source, bool is_known, int64_t now_us)
{
    struct rate_guard *guard = is_known ? &source->known : &source->strangers;
    int64_t passed_us = now_us - guard->latest_us;
    if (passed_us > 0) {
        guard->ahead_us = passed_us < guard->ahead_us ? guard->ahead_us - passed_us : 0;
        guard->latest_us = now_us;
    }
    if (guard->ahead_us > AHEAD_MAX_US)
        return false;
    guard->ahead_us += guard->packet_us;
    return true;
}
