/*
 * Topics by rule or by examples, and how much of a call's talk was about each.
 *
 * A category of the rules with `topic: true` names a topic: by phrases and other rules, or by
 * `examples` of what is said about it, when the embedding model is installed. A final segment in
 * which it matches, one of its sentences included, is about it. Segments after that without a match
 * of their own are about the same, as long as they begin within 60 s of the last match; then about
 * nothing. A segment about several topics counts for each in equal parts. What a topic's share is
 * taken of is the length of all final segments of both channels that are not unsure. At most 16
 * topics are counted in a call. State: 200 bytes, 100 a topic, the nearest example of those by
 * meaning, and 40 for each of the last finals, whose sentences may wait to be understood.
 */
#ifndef SIDETONE_TOPIC_H
#define SIDETONE_TOPIC_H

#include <stdbool.h>
#include <stdint.h>

enum { ST_TOPICS_OF_CALL_MAX = 16 };

/* Told when a topic comes up for the first time, and for each at the end of the call. The finding's
 * channel, role, segment and times are those of the earliest match. */
struct st_topic_finding {
    const char *topic; /* the category */
    unsigned number;   /* of this topic among those of the call, from 0 */
    uint32_t matches;
    int64_t talk_us;
    double share; /* of the talk so far, 0…1 */
    bool is_final;
    const char *example; /* the sentence of an example that was nearest; NULL: not by meaning */
    double score;        /* 0…1, how sure that match was: the best so far; with an example */
};

#endif
