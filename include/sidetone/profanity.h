/*
 * Words that a company does not want to hear, or to read, found in what is said.
 *
 * Per final segment with words of the list (sidetone/profanity_list.h) there is one finding. An
 * engine that masks such words by itself ("f***") leaves nothing to find. State: 20 bytes a call.
 */
#ifndef SIDETONE_PROFANITY_H
#define SIDETONE_PROFANITY_H

#include <stddef.h>
#include <stdint.h>

enum { ST_PROFANITY_SPANS_MAX = 16 }; /* told of one segment; further words are only counted */

struct st_profanity_span {
    uint32_t begin_char; /* in the segment's shown text, half open */
    uint32_t end_char;
    int64_t start_us; /* media time */
    int64_t end_us;
};

/* The finding's times reach from the first word to the last. */
struct st_profanity_finding {
    uint32_t count; /* in this segment */
    uint32_t total; /* of this channel so far */
    const struct st_profanity_span *spans;
    size_t span_count;
};

#endif
