/* The inside of a set of phrases, for the stream that walks it. */
#ifndef SIDETONE_ANALYTICS_PHRASE_COMPILED_H
#define SIDETONE_ANALYTICS_PHRASE_COMPILED_H

#include "phrase_graph.h"
#include "phrase_set.h"
#include "text/contraction.h"

#include <stdatomic.h>

struct st_phrase_info {
    uint64_t identity; /* the same for the same text in another set */
    uint32_t group;
    bool is_exclusion;
    bool is_excludable; /* its group has exclusions */
};

struct st_phrase_set {
    atomic_uint refs;
    struct st_phrase_graph *graph;
    struct st_phrase_info *infos; /* by pattern */
    size_t count;
    size_t span; /* words from the first to the last of the longest phrase, gaps included */
    /* Symbol n + 1 is contraction n; its readings as symbols, ended by 0. */
    uint32_t (*readings)[ST_CONTRACTION_READINGS_MAX][ST_CONTRACTION_WORDS_MAX + 1];
};

#endif
