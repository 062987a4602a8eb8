/*
 * What a segment has matched, until it is decided which of it is reported: bounds, exclusions, and
 * that one pattern never matches twice on the same words.
 */
#ifndef SIDETONE_ANALYTICS_PHRASE_HITS_H
#define SIDETONE_ANALYTICS_PHRASE_HITS_H

#include "phrase_compiled.h"
#include "phrase_history.h"
#include "phrase_stream.h"
#include "phrase_walk.h"

/* The last match of a pattern. Places are as in phrase_walk.h. */
struct st_phrase_claim {
    uint32_t pattern; /* index + 1; 0: a free place */
    uint32_t end;
    uint32_t hits;       /* in this segment */
    bool is_provisional; /* counted, but not known yet whether an exclusion takes it back */
};

struct st_phrase_excluded {
    uint32_t group;
    uint32_t start, end;
};

/* What a channel remembers from segment to segment: all that a match can still share words with. */
struct st_phrase_memory {
    struct st_phrase_claim *claims; /* open addressing by pattern */
    uint32_t claim_count, claim_cap;
    struct st_phrase_excluded *excluded;
    uint32_t excluded_count, excluded_cap;
};

void st_phrase_memory_fini(struct st_phrase_memory *memory);
void st_phrase_memory_clear(struct st_phrase_memory *memory);
void st_phrase_memory_copy(struct st_phrase_memory *memory, const struct st_phrase_memory *from);
/* Forgets what lies more than `span` words before `now`. */
void st_phrase_memory_prune(struct st_phrase_memory *memory, uint32_t now, size_t span);
/* Puts the claims of `old` in place of those of `memory`, for the patterns that both sets have. */
void st_phrase_memory_take_over(struct st_phrase_memory *memory, const struct st_phrase_set *set,
                                const struct st_phrase_memory *old,
                                const struct st_phrase_set *old_set);
size_t st_phrase_memory_bytes(const struct st_phrase_memory *memory);

struct st_phrase_candidate {
    uint32_t pattern;
    uint32_t start, end;
    bool is_dropped;
    size_t words; /* in text */
    struct st_phrase_hit hit;
};

/* Of one segment. */
struct st_phrase_hits {
    struct st_phrase_candidate *items;
    size_t count, cap;
    char *text;
    size_t text_bytes, text_cap;
    size_t left_out;
};

void st_phrase_hits_fini(struct st_phrase_hits *hits);
void st_phrase_hits_clear(struct st_phrase_hits *hits);

struct st_phrase_hits_sink {
    struct st_phrase_hits *hits;
    const struct st_phrase_set *set;
    struct st_phrase_memory *memory;
    const struct st_phrase_history *history;
    struct st_phrase_walk *walk;
    unsigned channel;
};

/* Takes what the last step of the walk has completed. */
void st_phrase_hits_take_done(const struct st_phrase_hits_sink *sink);

/* The segment has ended: decides, then reports in order. */
void st_phrase_hits_settle(const struct st_phrase_hits_sink *sink);
void st_phrase_hits_emit(struct st_phrase_hits *hits, st_phrase_fn emit, void *user);

#endif
