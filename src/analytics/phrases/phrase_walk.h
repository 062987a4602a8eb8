/*
 * One channel's walk through the graph of a set: the phrases that are begun, the gaps that are
 * open, word by word.
 *
 * Places are numbers of words modulo 2³²; what is alive lies within a phrase's length of now.
 */
#ifndef SIDETONE_ANALYTICS_PHRASE_WALK_H
#define SIDETONE_ANALYTICS_PHRASE_WALK_H

#include "phrase_compiled.h"

struct st_phrase_active {
    uint32_t node; /* the top bit: a star was read on the way */
    uint32_t start;
};

struct st_phrase_actives {
    struct st_phrase_active *items;
    uint32_t count, cap;
    uint32_t starred;
};

/* A chain of parts up to `link` was said from `start` up to `end`. */
struct st_phrase_chain {
    uint32_t link;
    uint32_t start, end; /* end: behind the last word */
};

struct st_phrase_chains {
    struct st_phrase_chain *items;
    uint32_t count, cap;
};

struct st_phrase_walk {
    struct st_phrase_actives active;
    struct st_phrase_chains gaps; /* open, oldest first */
    /* of the last step */
    struct st_phrase_chains done; /* complete with its word; the shortest first */
    struct st_phrase_actives spare, middle[2];
    /* of the segment */
    size_t budget; /* steps that stars and gaps may still cost */
    size_t left_out;
};

void st_phrase_walk_fini(struct st_phrase_walk *walk);
void st_phrase_walk_copy(struct st_phrase_walk *walk, const struct st_phrase_walk *from);

void st_phrase_walk_begin_segment(struct st_phrase_walk *walk);
void st_phrase_walk_break(struct st_phrase_walk *walk); /* what was begun has ended */

/* The next word, folded; 0 bytes for one that is equal to none. Fills `done`. */
void st_phrase_walk_step(struct st_phrase_walk *walk, const struct st_phrase_set *set,
                         const char *text, size_t bytes, uint32_t place);

/* True while the segment's budget lasts; takes one from it. */
bool st_phrase_walk_spend(struct st_phrase_walk *walk);

/* The segment has ended: gives back what only its steps needed. */
void st_phrase_walk_rest(struct st_phrase_walk *walk);

size_t st_phrase_walk_bytes(const struct st_phrase_walk *walk); /* of memory */

#endif
