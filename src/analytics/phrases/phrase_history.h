/*
 * The last words of a channel: what was said and when, for as long as a phrase can reach back.
 * Words are numbered from 0. A branch goes on from another history without changing it.
 */
#ifndef SIDETONE_ANALYTICS_PHRASE_HISTORY_H
#define SIDETONE_ANALYTICS_PHRASE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct st_phrase_spoken {
    uint64_t segment_id;
    int64_t start_us;
    int64_t end_us;
    uint32_t at; /* in the history's text */
    uint32_t bytes : 30;
    uint32_t is_adjacent : 1; /* nothing stood between it and the word before */
    uint32_t is_break : 1;    /* what was begun before it has ended */
};

_Static_assert(sizeof(struct st_phrase_spoken) == 32, "a call has at least 64 of them");

struct st_phrase_history {
    struct st_phrase_spoken *ring; /* word n is in ring[n % len]; NULL until there is one */
    size_t len;
    uint64_t count; /* words so far */
    char *text;     /* of the words in the ring, one after the other */
    size_t used, cap;
    uint64_t first;                        /* word in it */
    const struct st_phrase_history *trunk; /* knows the words before; NULL: they are forgotten */
};

void st_phrase_history_init(struct st_phrase_history *history, size_t len);
void st_phrase_history_fini(struct st_phrase_history *history);

/* Makes `history`, of the same length, a branch of `trunk` as it is now. */
void st_phrase_history_branch(struct st_phrase_history *history,
                              const struct st_phrase_history *trunk);

/* Adds a word; `at` and `bytes` of `spoken` are filled in. */
void st_phrase_history_put(struct st_phrase_history *history, const char *text, size_t bytes,
                           struct st_phrase_spoken spoken);

/* One of the last `len` words; the text is borrowed until the next put. */
const struct st_phrase_spoken *st_phrase_history_at(const struct st_phrase_history *history,
                                                    uint64_t number, const char **ret_text);

/* The number of the oldest word that is still known to this history itself. */
uint64_t st_phrase_history_oldest(const struct st_phrase_history *history);

size_t st_phrase_history_bytes(const struct st_phrase_history *history); /* of memory */

#endif
