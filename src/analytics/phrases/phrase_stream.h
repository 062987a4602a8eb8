/*
 * Finds the phrases of a set in one call, segment by segment, each channel for itself.
 *
 * A phrase may begin in one final segment and end in a later one of its channel, unless more than
 * 10 s of silence lie between two of them. A partial is read as if it were the next final, and then
 * forgotten: a final that differs from its partials, is shorter or empty, is all that counts.
 * One pattern never matches twice on the same words: of occurrences that overlap, the one that ends
 * first is reported, and of those that end at the same word the shortest.
 *
 * Pure: no I/O, no clock, deterministic. One thread at a time.
 *
 * Bounds: a segment gives at most ST_PHRASE_HITS_MAX hits, ST_PHRASE_PATTERN_HITS_MAX of one
 * pattern. At a word at most ST_PHRASE_ACTIVE_MAX phrases that are begun are followed, and as many
 * again that began with a star in them, and ST_PHRASE_GAPS_MAX gaps are open; steps over stars,
 * gaps and exclusions have a budget of 65,536 a segment and 64 a word. What lies beyond is left
 * out, the later first, and counted: a million characters cost at most some tenths of a second, and
 * commonly 20 ms. Memory: 40 bytes for each word that a phrase can span (at least 32), per channel
 * and once more for partials; 7 kB a call for common sets, and never more than about 200 kB.
 */
#ifndef SIDETONE_ANALYTICS_PHRASE_STREAM_H
#define SIDETONE_ANALYTICS_PHRASE_STREAM_H

#include "phrase_set.h"

#include "sidetone/frame.h"
#include "sidetone/segment.h"

enum {
    ST_PHRASE_HITS_MAX = 4096,
    ST_PHRASE_PATTERN_HITS_MAX = 100,
    ST_PHRASE_ACTIVE_MAX = 256,
    ST_PHRASE_GAPS_MAX = 256,
};

struct st_phrase_stream;

struct st_phrase_hit {
    size_t pattern; /* index in what the set was created from */
    unsigned channel;
    uint64_t
        first_word; /* words of the channel's finals, counted from 0; in a partial they go on */
    uint64_t last_word;
    uint64_t first_segment_id; /* in which it begins; it ends in the one that was put */
    const char *words;         /* as spoken, gaps included; borrowed until the callback returns */
    int64_t start_us; /* media time, start ≤ end; estimated when a segment has no words */
    int64_t end_us;
};

/* In order of last word, then first word, then pattern. The stream may not be used inside. */
typedef void (*st_phrase_fn)(void *user, const struct st_phrase_hit *hit);

/* Takes a reference of its own. Never NULL. */
struct st_phrase_stream *st_phrase_stream_create(struct st_phrase_set *set);
void st_phrase_stream_destroy(struct st_phrase_stream *stream); /* NULL is fine */

/* Later segments are matched by `set`. A phrase of the new set whose first words were said before
 * is found when it ends later (as far as the last words are still known); what ended before is not
 * reported again. */
void st_phrase_stream_set_phrases(struct st_phrase_stream *stream, struct st_phrase_set *set);

/* channel < ST_CHANNELS_MAX. Return how many hits were left out by the bounds: 0 for all but
 * hostile segments. */
size_t st_phrase_stream_put_final(struct st_phrase_stream *stream, unsigned channel,
                                  const struct st_segment *segment, st_phrase_fn emit, void *user);
size_t st_phrase_stream_put_partial(struct st_phrase_stream *stream, unsigned channel,
                                    const struct st_segment *segment, st_phrase_fn emit,
                                    void *user);

size_t st_phrase_stream_bytes(const struct st_phrase_stream *stream); /* of memory */

#endif
