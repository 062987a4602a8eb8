/*
 * Who may send to a stream, and how much. Pure.
 *
 * In learn mode the one whose packets became the stream's source is it from then on, until
 * signalling says otherwise. The rate is watched twice, of the source in use and of all others
 * together, so that strangers who flood take nothing from the one who is known.
 */
#ifndef SIDETONE_MEDIA_SOURCE_H
#define SIDETONE_MEDIA_SOURCE_H

#include "sidetone/media.h"

struct rate_guard {
    int64_t packet_us; /* at most one in that time, on the average */
    int64_t ahead_us;  /* how far what came is ahead of time */
    int64_t latest_us;
};

struct source {
    struct st_media_source signalled;
    struct st_udp_address learned; /* none: nobody yet */
    struct rate_guard known, strangers;
};

/* -EINVAL for one whose mode, or whose place on a shared port, needs more than is signalled. */
int source_check(const struct st_media_source *signalled, bool is_shared);
/* -EAFNOSUPPORT when it is of another kind of IP than ours. */
int source_check_reach(const struct st_media_source *signalled, const struct st_udp_address *ours);

void source_init(struct source *source, const struct st_media_source *signalled, unsigned ptime_ms);
/* Whether it is another one than before. */
bool source_signal(struct source *source, const struct st_media_source *signalled);

bool source_admits(const struct source *source, const struct st_udp_address *from);
/* Reports of theirs, on their RTCP port or muxed. */
bool source_admits_rtcp(const struct source *source, const struct st_udp_address *from);
/* That address's packets are the stream's. */
void source_learn(struct source *source, const struct st_udp_address *from);

/* false: too many. */
bool source_has_room(struct source *source, bool is_known, int64_t now_us);

#endif
